//! The children of the school: the generated people of its age.

use crate::population::{MARK, Person};

/// The ages of those who go to school, on the first day of the school year.
const AGES: std::ops::RangeInclusive<u16> = 6..=11;

/// How many go to school in a town without children.
const LEAST: usize = 5;

/// The children of the school. In a town without any, its first people go there.
pub(super) fn of(people: &[Person]) -> impl Iterator<Item = &Person> {
    let is_child = |person: &&Person| AGES.contains(&person.age());
    let has_any = people.iter().any(|person| is_child(&person));
    let first = if has_any { 0 } else { LEAST };
    let children = people.iter().filter(move |person| has_any && is_child(person));
    children.chain(people.iter().take(first))
}

/// The list of pupils as a file.
pub(super) fn csv(people: &[Person]) -> String {
    let mut text = "\u{feff}整理番号,氏名,氏名カナ,学級\r\n".to_owned();
    for pupil in of(people) {
        let year = pupil.age().clamp(*AGES.start(), *AGES.end()) - AGES.start() + 1;
        let (number, name, kana) = (pupil.number, pupil.name(), pupil.kana());
        text += &format!("{number},{name},{kana},{year}年（{MARK}）\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::population::People;

    #[test]
    fn children_go_to_school_and_each_has_a_class() {
        for seed in 0..10 {
            let people = People::generate(seed, 300);
            let pupils: Vec<_> = of(&people).collect();
            assert!(pupils.len() >= LEAST, "seed {seed}: {}", pupils.len());
            assert!(pupils.iter().all(|pupil| AGES.contains(&pupil.age())));
            assert_eq!(csv(&people).lines().count(), pupils.len() + 1);
            assert!(csv(&people).lines().skip(1).all(|line| line.ends_with("年（訓練データ）")));
        }
    }

    #[test]
    fn in_a_town_without_children_its_first_people_go_to_school() {
        let mut people = People::generate(1, 300);
        people.retain(|person| !AGES.contains(&person.age()));
        let expected: Vec<_> = people.iter().take(LEAST).collect();
        assert_eq!(of(&people).collect::<Vec<_>>(), expected);
    }
}
