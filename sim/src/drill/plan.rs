//! Who comes to which reader when: drawn from the seed, household by household.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::cast::Post;
use super::ledger::Act;
use crate::population::Person;
use crate::rng::Rng;

/// How many people in a thousand hold a card to the reader that is registered for nobody.
const STRANGERS_PER_MILLE: u32 = 25;

/// How many in a thousand hold theirs to the reader once more.
const AGAIN_PER_MILLE: u32 = 40;

/// How much of the cut-off time there is for each person who goes to both cut-off shelters.
const SECONDS_PER_DOUBLED: u64 = 5;

/// The most people who do.
const DOUBLED_MAX: u64 = 12;

/// How fast people come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tempo {
    /// About a tap a second at each reader: an evacuation under way.
    Rush,
    /// Slow enough to look on, and to tap by hand beside it.
    Gentle,
}

impl Tempo {
    /// Milliseconds between members of a household, and between households, at one reader.
    fn gaps(self) -> [(u32, u32); 2] {
        match self {
            Self::Rush => [(500, 900), (900, 2_000)],
            Self::Gentle => [(1_500, 3_000), (4_000, 9_000)],
        }
    }
}

/// One card held to one reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tap {
    /// From the beginning of the act.
    pub(super) at: Duration,
    /// Whose card.
    pub(super) person: u32,
}

/// What happens in one act: for each reader its taps in order of time.
pub(super) type Taps = BTreeMap<Post, Vec<Tap>>;

/// A drill from the first tap to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// The two shelters that are cut off from everybody.
    pub(super) cut: [Post; 2],
    /// How long each act takes, and what happens in it.
    pub(super) acts: [(Act, Duration, Taps); 3],
    /// Who goes to both.
    pub(super) doubled: Vec<u32>,
}

/// The people of the town, on their way to the readers.
#[derive(Debug)]
pub(super) struct Crowd {
    rng: Rng,
    households: Vec<Vec<u32>>,
    waiting: VecDeque<Vec<u32>>,
    people: u32,
    tempo: Tempo,
}

impl Crowd {
    /// The crowd of these people. The same seed gives the same drill.
    pub(super) fn new(seed: u64, people: &[Person], tempo: Tempo) -> Self {
        let mut households: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for person in people {
            households.entry(person.household).or_default().push(person.number);
        }
        let people = u32::try_from(people.len()).expect("a generated town is small");
        let households = households.into_values().collect();
        let rng = Rng::new(seed, "drill/crowd");
        Self { rng, households, waiting: VecDeque::new(), people, tempo }
    }

    /// Draws the next drill of this length: a third of it linked, half of it cut, the rest healed.
    pub(super) fn plan(&mut self, length: Duration) -> Plan {
        let mut shelters = Post::SHELTERS;
        self.rng.shuffle(&mut shelters);
        let [one, other, _] = shelters;
        let mut cut = [one, other];
        cut.sort_unstable();

        let (linked_for, cut_for) = (length / 3, length / 2);
        let linked = self.act(linked_for);
        let mut apart = self.act(cut_for);
        let doubled = self.doubled(cut, cut_for, &mut apart);
        let healed_for = length.saturating_sub(linked_for).saturating_sub(cut_for);
        let mut healed = self.act(healed_for);
        for taps in healed.values_mut() {
            // A later tap would settle what they are to show.
            taps.retain(|tap| !doubled.contains(&tap.person));
        }
        let acts = [
            (Act::Linked, linked_for, linked),
            (Act::Cut, cut_for, apart),
            (Act::Healed, healed_for, healed),
        ];
        Plan { cut, acts, doubled }
    }

    fn act(&mut self, length: Duration) -> Taps {
        Post::READERS.into_iter().map(|post| (post, self.queue(length))).collect()
    }

    /// What happens at one reader.
    fn queue(&mut self, length: Duration) -> Vec<Tap> {
        let [members, households] = self.tempo.gaps();
        let mut taps = Vec::new();
        let mut at = self.gap((0, members.1));
        while at < length {
            for person in self.next_household() {
                if at >= length {
                    break;
                }
                taps.push(Tap { at, person });
                if self.rng.per_mille(AGAIN_PER_MILLE) {
                    at += self.gap(members);
                    taps.push(Tap { at, person });
                }
                at += self.gap(members);
            }
            if self.rng.per_mille(STRANGERS_PER_MILLE) {
                // The numbers above the last person's are cards that nobody registered.
                let person = self.people + self.rng.between(1, 1_000);
                taps.push(Tap { at, person });
            }
            at += self.gap(households);
        }
        taps.retain(|tap| tap.at < length);
        taps
    }

    /// Sends some people to one cut-off shelter, and later to the other.
    fn doubled(&mut self, cut: [Post; 2], length: Duration, taps: &mut Taps) -> Vec<u32> {
        let wanted = (length.as_secs() / SECONDS_PER_DOUBLED).clamp(1, DOUBLED_MAX);
        let mut doubled = Vec::new();
        for _ in 0..wanted {
            let household = self.next_household();
            let Some(person) = household.first().copied() else { break };
            if doubled.contains(&person) {
                break;
            }
            for list in taps.values_mut() {
                list.retain(|tap| tap.person != person);
            }
            let [first, second] = if self.rng.per_mille(500) { cut } else { [cut[1], cut[0]] };
            for (post, part) in [(first, 0), (second, 4)] {
                let at = length / 10 * (part + 1) + length / 1000 * self.rng.below(300);
                let list = taps.get_mut(&post).expect("a shelter has a reader");
                list.push(Tap { at, person });
            }
            doubled.push(person);
        }
        for list in taps.values_mut() {
            list.sort_by_key(|tap| tap.at);
        }
        doubled
    }

    /// The next household on its way. When all have been somewhere they set out again.
    fn next_household(&mut self) -> Vec<u32> {
        if self.waiting.is_empty() {
            let mut all = self.households.clone();
            self.rng.shuffle(&mut all);
            self.waiting = all.into();
        }
        self.waiting.pop_front().unwrap_or_default()
    }

    fn gap(&mut self, (least, most): (u32, u32)) -> Duration {
        Duration::from_millis(self.rng.between(least, most).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::population::People;

    const MINUTE: Duration = Duration::from_secs(60);

    fn plan(seed: u64, length: Duration) -> Plan {
        Crowd::new(seed, &People::generate(seed, 300), Tempo::Rush).plan(length)
    }

    fn taps(plan: &Plan) -> usize {
        plan.acts.iter().flat_map(|(_, _, taps)| taps.values()).map(Vec::len).sum()
    }

    #[test]
    fn the_same_seed_plans_the_same_drill() {
        assert_eq!(plan(1, MINUTE), plan(1, MINUTE));
        assert_ne!(plan(1, MINUTE), plan(2, MINUTE));
    }

    #[test]
    fn a_minute_has_about_two_hundred_taps_and_a_longer_drill_has_more() {
        for seed in 0..20 {
            let plan = plan(seed, MINUTE);
            assert!((120..=280).contains(&taps(&plan)), "seed {seed}: {}", taps(&plan));
        }
        assert!(taps(&plan(1, MINUTE * 10)) > 1_200);
    }

    #[test]
    fn gently_about_fifty_a_minute_come_as_the_drills_page_says() {
        let people = People::generate(1, 300);
        let plan = Crowd::new(1, &people, Tempo::Gentle).plan(MINUTE * 10);
        assert!((400..=600).contains(&taps(&plan)), "{}", taps(&plan));
    }

    #[test]
    fn acts_fill_the_time_and_no_tap_is_outside_of_its_act() {
        for seed in 0..20 {
            let plan = plan(seed, MINUTE);
            assert_eq!(plan.acts.iter().map(|(_, length, _)| *length).sum::<Duration>(), MINUTE);
            for (_, length, taps) in &plan.acts {
                assert_eq!(taps.len(), Post::READERS.len());
                for list in taps.values() {
                    assert!(list.is_sorted_by_key(|tap| tap.at));
                    assert!(list.iter().all(|tap| tap.at < *length));
                }
            }
        }
    }

    #[test]
    fn everyone_doubled_goes_to_both_cut_off_shelters_and_nowhere_else_from_then_on() {
        for seed in 0..50 {
            let plan = plan(seed, MINUTE / 2);
            assert!(!plan.doubled.is_empty(), "seed {seed}");
            let [_, (_, _, cut), (_, _, healed)] = &plan.acts;
            for person in &plan.doubled {
                let at: Vec<Post> = cut
                    .iter()
                    .filter(|(_, list)| list.iter().any(|tap| tap.person == *person))
                    .map(|(post, _)| *post)
                    .collect();
                assert_eq!(at, plan.cut, "seed {seed}");
                let later = healed.values().flatten().any(|tap| tap.person == *person);
                assert!(!later, "seed {seed}");
            }
        }
    }

    #[test]
    fn some_cards_are_registered_for_nobody_and_some_come_twice() {
        let plan = plan(3, MINUTE * 5);
        let all: Vec<Tap> =
            plan.acts.iter().flat_map(|(_, _, taps)| taps.values().flatten().copied()).collect();
        assert!(all.iter().any(|tap| tap.person > 300));
        let next_is_same = plan
            .acts
            .iter()
            .flat_map(|(_, _, taps)| taps.values())
            .any(|list| list.windows(2).any(|pair| pair[0].person == pair[1].person));
        assert!(next_is_same);
    }
}
