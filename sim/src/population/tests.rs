//! The town for pretend has the shape that the town's plan tells of.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn town() -> Vec<Person> {
    People::generate(1, TOWN_PEOPLE)
}

fn households(people: &[Person]) -> BTreeMap<u32, Vec<&Person>> {
    let mut households: BTreeMap<u32, Vec<&Person>> = BTreeMap::new();
    for person in people {
        households.entry(person.household).or_default().push(person);
    }
    households
}

/// How many of a thousand.
fn per_mille(part: usize, whole: usize) -> usize {
    part * 1000 / whole
}

#[test]
fn the_same_seed_draws_the_same_town() {
    assert_eq!(town(), town());
    assert_eq!(digest(&town()), digest(&town()));
    assert_ne!(digest(&town()), digest(&People::generate(2, TOWN_PEOPLE)));
    // Drills and figures name people of this town by their numbers.
    let drawn = "7671a4695bd6247db84dc68a0a6199f6c3f9c68c5e4130ffdb8e42be408f1420";
    assert_eq!(data_encoding::HEXLOWER.encode(&digest(&town())), drawn);
}

#[test]
fn a_smaller_town_is_the_beginning_of_a_larger_one() {
    let few = People::generate(1, 100);
    assert_eq!(few.as_slice(), town().get(..100).unwrap());
    assert!(People::generate(1, 0).is_empty());
}

#[test]
fn the_town_has_as_many_and_as_old_people_as_its_plan_says() {
    for seed in 0..20 {
        let people = People::generate(seed, TOWN_PEOPLE);
        assert_eq!(people.len(), 4_231);
        let old = people.iter().filter(|person| person.age() >= 65).count();
        let share = per_mille(old, people.len());
        assert!((466..=486).contains(&share), "seed {seed}: {share} of 1000 are 65 or older");
    }
}

#[test]
fn more_than_half_of_the_households_are_single_or_of_old_people_only() {
    for seed in 0..20 {
        let people = People::generate(seed, TOWN_PEOPLE);
        let households = households(&people);
        let alone = households
            .values()
            .filter(|members| members.len() == 1 || members.iter().all(|one| one.age() >= 65))
            .count();
        let share = per_mille(alone, households.len());
        assert!((500..=600).contains(&share), "seed {seed}: {share} of 1000 households");
    }
}

#[test]
fn every_household_has_one_head_who_is_grown_up_and_at_most_six_members() {
    let people = town();
    let mut sizes = BTreeSet::new();
    for members in households(&people).values() {
        sizes.insert(members.len());
        let heads: Vec<_> =
            members.iter().filter(|member| member.relation == Relation::Head).collect();
        assert_eq!(heads.len(), 1);
        assert!(heads.iter().all(|head| head.age() >= 20));
        let parts = |one: &Person| (one.family, one.address.clone(), one.phone.clone());
        assert!(members.iter().all(|one| parts(one) == parts(members.first().unwrap())));
    }
    assert_eq!(sizes, (1..=6).collect());
}

#[test]
fn children_are_younger_than_their_parents_and_nobody_is_born_tomorrow() {
    let people = town();
    for person in &people {
        assert!(person.birth <= AS_OF && person.age() < 110, "{person:?}");
    }
    for members in households(&people).values() {
        let ages = |relation| {
            members.iter().filter(move |one| one.relation == relation).map(|one| one.age())
        };
        let head = ages(Relation::Head).next().unwrap();
        assert!(ages(Relation::Child).all(|child| child + 20 <= head));
        assert!(ages(Relation::Parent).all(|parent| head < parent));
    }
}

#[test]
fn nobody_can_be_reached_or_found() {
    for person in town() {
        assert!(person.phone.starts_with("0000-"));
        assert!(person.association.ends_with("（訓練データ）"));
        let house = person.address.trim_end_matches("番地");
        let digits = house.trim_start_matches(|character: char| !character.is_ascii_digit());
        assert!(digits.parse::<u32>().unwrap() > 9_000, "{}", person.address);
        assert_eq!(person.mark(), MARK);
        assert_eq!(format!("{person:?}"), format!("Person({})", person.number));
    }
}

#[test]
fn some_need_care_and_a_few_are_hidden() {
    let people = town();
    for need in [Need::Care, Need::Disability, Need::MedicalDevice, Need::Pregnancy, Need::Infant] {
        assert!(people.iter().any(|person| person.need == Some(need)), "{need:?}");
    }
    let needing = per_mille(people.iter().filter(|one| one.need.is_some()).count(), people.len());
    assert!((80..=220).contains(&needing), "{needing}");
    let hidden = people.iter().filter(|one| one.suppressed).count();
    assert!((1..=60).contains(&hidden), "{hidden}");
}

#[test]
fn numbers_run_from_one_and_numbers_of_cards_differ() {
    let people = town();
    let numbers: Vec<u32> = people.iter().map(|person| person.number).collect();
    assert_eq!(numbers, (1..=TOWN_PEOPLE).collect::<Vec<_>>());
    let cards: BTreeSet<_> =
        numbers.iter().map(|number| crate::card::Uid::of_person(1, *number)).collect();
    assert_eq!(cards.len(), people.len());
}

#[test]
fn the_register_file_is_read_back_as_it_was_written() {
    let people = People::generate(1, 300);
    let bytes = register_csv::to_bytes(&people);
    let text = std::str::from_utf8(&bytes).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("a spreadsheet needs the mark");
    assert_eq!(text.lines().count(), 301);
    assert!(text.split_inclusive('\n').all(|line| line.ends_with("\r\n")));

    let mut file = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(file.headers().unwrap(), register_csv::COLUMNS.as_slice());
    for (person, row) in people.iter().zip(file.records()) {
        let row = row.unwrap();
        let cell = |title| {
            let column = register_csv::COLUMNS.iter().position(|column| *column == title).unwrap();
            row.get(column).unwrap().to_owned()
        };
        assert_eq!(cell("整理番号"), person.number.to_string());
        assert_eq!(cell("氏名"), person.name());
        assert_eq!(cell("氏名カナ"), person.kana());
        assert_eq!(cell("生年月日"), person.birth.to_string());
        assert_eq!(cell("備考"), "訓練データ");
    }
}

#[test]
fn a_cell_with_a_comma_or_a_quote_stays_one_cell() {
    let mut people = People::generate(1, 1);
    let person = people.first_mut().unwrap();
    person.address = "粕渕9001番地, \"離れ\"\n2階".to_owned();
    let address = person.address.clone();
    let bytes = register_csv::to_bytes(&people);
    let mut file = csv::Reader::from_reader(bytes.as_slice());
    assert_eq!(file.records().next().unwrap().unwrap().get(7), Some(address.as_str()));
}
