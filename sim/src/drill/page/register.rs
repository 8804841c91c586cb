//! The generated people, found by name, kana, number or address, whole households at a time.

use digiana_core::service::search::folded;

use crate::population::Person;

/// The most people on one page, unless the first household alone is larger.
pub(super) const PEOPLE_MAX: usize = 60;

/// The most characters that are looked for.
pub(super) const ASKED_CHARS_MAX: usize = 40;

/// The people of the drill's town.
pub(super) struct Register {
    people: Vec<Person>,
    // What each is found by, in the same order.
    keys: Vec<[String; 3]>,
}

impl std::fmt::Debug for Register {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Register({} people)", self.people.len())
    }
}

/// Households that were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found<'r> {
    /// Those of this page, each with all of its people.
    pub(super) households: Vec<&'r [Person]>,
    /// How many households were found in all.
    pub(super) households_in_all: usize,
    /// How many people are in them.
    pub(super) people_in_all: usize,
    /// Where the next page begins; none where there is none.
    pub(super) next: Option<usize>,
}

impl Register {
    /// Of these people, who come household by household.
    pub(super) fn of(people: &[Person]) -> Self {
        let keys = |person: &Person| {
            [&person.name(), &person.kana(), &person.address].map(|text| folded(text))
        };
        Self { people: people.to_vec(), keys: people.iter().map(keys).collect() }
    }

    /// Somebody by number; none for a card that is registered for nobody.
    pub(super) fn person(&self, number: u32) -> Option<&Person> {
        self.people.iter().find(|person| person.number == number)
    }

    /// The households with somebody whom `asked` fits, from the one at `from` on.
    pub(super) fn find(&self, asked: &str, from: usize) -> Found<'_> {
        let asked: String = asked.chars().take(ASKED_CHARS_MAX).collect();
        let (wanted, number) = (folded(&asked), asked.trim().parse::<u32>().ok());
        let fits = |at: usize, person: &Person| {
            let keys = self.keys.get(at).into_iter().flatten();
            wanted.is_empty()
                || number == Some(person.number)
                || keys.into_iter().any(|key| key.contains(&wanted))
        };
        let mut all = Vec::new();
        let mut begins = 0;
        for household in self.people.chunk_by(|one, next| one.household == next.household) {
            if household.iter().zip(begins..).any(|(person, at)| fits(at, person)) {
                all.push(household);
            }
            begins += household.len();
        }
        let (households_in_all, people_in_all) = (all.len(), all.iter().map(|it| it.len()).sum());
        let mut people = 0;
        let households: Vec<_> = all
            .into_iter()
            .skip(from)
            .take_while(|household| {
                let is_first = people == 0;
                people += household.len();
                is_first || people <= PEOPLE_MAX
            })
            .collect();
        let next = Some(from.saturating_add(households.len()));
        let next = next.filter(|next| *next < households_in_all && !households.is_empty());
        Found { households, households_in_all, people_in_all, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::population::People;

    fn register() -> Register {
        Register::of(&People::generate(1, 300))
    }

    fn people(found: &Found<'_>) -> usize {
        found.households.iter().map(|household| household.len()).sum()
    }

    #[test]
    fn everybody_is_on_some_page_and_no_page_is_long() {
        let register = register();
        let (mut from, mut seen) = (Some(0), 0);
        while let Some(at) = from {
            let found = register.find("", at);
            assert!((1..=PEOPLE_MAX).contains(&people(&found)), "from {at}");
            seen += people(&found);
            from = found.next;
        }
        assert_eq!(seen, 300);
        assert!(register.find("", 9_999).households.is_empty());
    }

    #[test]
    fn a_household_is_found_by_anything_that_fits_one_of_its_people() {
        let register = register();
        let person = register.person(17).cloned().expect("there are 300");
        let is_in = |asked: &str| {
            let found = register.find(asked, 0);
            found.households.iter().any(|household| household.contains(&person))
        };
        assert!(is_in("17") && is_in(&person.name()) && is_in(&person.kana()));
        assert!(is_in(&folded(&person.kana())), "in hiragana, as people type");
        assert!(is_in(person.given.written));
        assert!(is_in(&person.address));
        assert!(register.find("江の川の河童", 0).households.is_empty());
        assert!(register.find(&"あ".repeat(4_000), 0).households.is_empty());
        assert_eq!(register.person(301), None);
    }

    #[test]
    fn who_was_found_is_not_in_a_debug_text() {
        assert_eq!(format!("{:?}", register()), "Register(300 people)");
    }
}
