//! What holds of the fold whatever happened, in whatever order it is heard.

use proptest::prelude::*;

use crate::fact::Fact;
use crate::fact::correct::Correct;
use crate::id::{PersonId, SiteId};
use crate::service::digested::tests::keeps_its_digest;
use crate::service::rehearsal::{FLOOD, START, Town, person, site};
use crate::service::shelter::fold::ShelterFold;
use crate::service::shelter::incident::Accounted;
use crate::service::{Fold as _, Origin, Standing};
use std::collections::BTreeMap;

type Log = Vec<(Origin, Fact)>;

const WORDS: [&str; 15] = [
    "in:1", "in:2", "in:1+3", "out:1", "out:2", "leave:1", "back:1", "safe:3", "full", "close",
    "open", "undo", "warn:4", "warn:5", "lift:4",
];

/// What three desks recorded, some of it heard by the others, some of it by an author whose
/// standing is lost.
fn logs() -> impl Strategy<Value = Log> {
    let step = (0usize..4, 0usize..WORDS.len() + 2);
    let steps = proptest::collection::vec(step, 1..24);
    (steps, any::<u64>()).prop_map(|(steps, doubt)| {
        let mut town = Town::play("A.incident B.incident a.incident A.open B.open a.open");
        for (desk, word) in steps {
            match WORDS.get(word) {
                Some(word) => {
                    let desk = ["A", "B", "a", "B"][desk];
                    let _refused_or_not = town.step(&format!("{desk}.{word}"));
                }
                None => town.meet(),
            }
        }
        town.meet();
        let log = town.desk('A').log.clone();
        let doubted = |(at, (origin, fact)): (usize, (Origin, Fact))| {
            let doubtful = doubt >> (at % 64) & 7 == 7;
            let standing = if doubtful { Standing::Unverified } else { Standing::Admitted };
            (Origin { standing, ..origin }, fact)
        };
        log.into_iter().enumerate().map(doubted).collect()
    })
}

fn folded<'a>(log: impl IntoIterator<Item = &'a (Origin, Fact)>) -> ShelterFold {
    let mut fold = ShelterFold::default();
    log.into_iter().for_each(|(origin, fact)| fold.apply(origin, fact));
    fold
}

/// The entries whose correction counts.
fn corrected(log: &Log) -> Vec<&Correct> {
    let admitted = log.iter().filter(|(origin, _)| origin.standing == Standing::Admitted);
    let corrects = admitted.filter_map(|(_, fact)| {
        let Fact::Correct(correct) = fact else { return None };
        Some(correct)
    });
    corrects.collect()
}

fn accounted(fold: &ShelterFold) -> BTreeMap<PersonId, Accounted> {
    let flood = fold.incident(FLOOD);
    flood.into_iter().flat_map(|flood| flood.accounted_people()).collect()
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_gives_the_same_state(
        log in logs(),
        shuffled in any::<u64>(),
        again in any::<u64>(),
    ) {
        let whole = folded(&log);
        let mut other = log.clone();
        let repeated: Log =
            log.iter().enumerate().filter(|(at, _)| again >> (at % 64) & 1 == 1).map(|(_, held)| held.clone()).collect();
        // A standing that was in doubt before counts for nothing once it is not.
        let doubted = repeated.iter().filter(|(_, fact)| !matches!(fact, Fact::Correct(_)));
        other.extend(doubted.map(|(origin, fact)| {
            (Origin { standing: Standing::Unverified, ..*origin }, fact.clone())
        }));
        other.extend(repeated.clone());
        other.sort_by_key(|(origin, _)| blake3::hash(&[&origin.hash.0[..], &shuffled.to_le_bytes()].concat()).to_hex());
        let other = folded(&other);
        prop_assert_eq!(&other, &whole);
        prop_assert_eq!(other.digest(), whole.digest());
    }

    #[test]
    fn the_digest_that_is_kept_is_that_of_what_is_there(log in logs().prop_shuffle()) {
        keeps_its_digest::<ShelterFold>(&log);
    }

    #[test]
    fn equal_digests_are_equal_states(log in logs(), left in any::<u32>(), right in any::<u32>()) {
        let some = |mask: u32| {
            folded(log.iter().enumerate().filter(|(at, _)| mask >> (at % 32) & 1 == 1).map(|(_, held)| held))
        };
        let (left, right) = (some(left), some(right));
        prop_assert_eq!(left == right, left.digest() == right.digest());
    }

    #[test]
    fn a_corrected_fact_leaves_nothing(log in logs()) {
        let gone = corrected(&log);
        let without = folded(log.iter().filter(|(origin, _)| {
            !gone.iter().any(|correct| correct.target == origin.entry)
        }));
        prop_assert_eq!(folded(&log).incidents, without.incidents);
    }

    #[test]
    fn what_is_taken_out_was_never_there(log in logs(), kept in any::<u32>()) {
        let kept: Log = log.iter().enumerate().filter(|(at, _)| kept >> (at % 32) & 1 == 1).map(|(_, held)| held.clone()).collect();
        let mut counted = folded(&kept);
        let recounted = folded(kept.iter().rev());
        prop_assert_eq!(&counted, &recounted);
        let Some(flood) = counted.incidents.get_mut(&FLOOD) else { return Ok(()) };
        // The counts that are kept are those that a recount of everyone gives.
        let mut total = super::super::presence::Headcount::default();
        let people: Vec<PersonId> = flood.accounted_people().map(|(person, _)| person).collect();
        people.iter().for_each(|person| total += flood.whereabouts(*person).count());
        prop_assert_eq!(total, flood.total());
        for site in ['A', 'B'].map(site) {
            let mut count = super::super::presence::Headcount::default();
            people.iter().for_each(|person| count += flood.whereabouts(*person).count_at(site));
            prop_assert_eq!(count, flood.headcount(site));
            let here: Vec<PersonId> = people.iter().copied().filter(|person| flood.whereabouts(*person).at(site).is_some()).collect();
            prop_assert_eq!(here, flood.people_at(site).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_merge_makes_a_safe_person_missing(log in logs(), mine in any::<u32>()) {
        let uncorrected = log.iter().filter(|(_, fact)| !matches!(fact, Fact::Correct(_)));
        let uncorrected: Log = uncorrected.cloned().collect();
        let mine = folded(uncorrected.iter().enumerate().filter(|(at, _)| mine >> (at % 32) & 1 == 1).map(|(_, held)| held));
        let merged = accounted(&folded(&uncorrected));
        for (person, grade) in accounted(&mine) {
            prop_assert!(merged.get(&person) >= Some(&grade));
        }
    }

    #[test]
    fn nobody_counts_twice_in_the_town(log in logs()) {
        let fold = folded(&log);
        let Some(flood) = fold.incident(FLOOD) else { return Ok(()) };
        let total = flood.total();
        let people = flood.accounted_people().count();
        prop_assert!(usize::try_from(total.present.at_most.max(total.on_leave.at_most)).unwrap() <= people);
        prop_assert!(total.present.sure <= total.present.at_most);
        let sites = ['A', 'B'].map(|name| flood.headcount(site(name)));
        prop_assert!(sites[0].present.sure + sites[1].present.sure <= total.present.at_most);
    }

    /// While all hear each other, presence is what anybody would note on paper.
    #[test]
    fn presence_is_as_a_simple_list_has_it(
        steps in proptest::collection::vec((0usize..2, 0usize..4, 1u32..4), 1..40),
    ) {
        let mut town = Town::play("A.incident B.incident A.open B.open");
        let mut list: BTreeMap<PersonId, (SiteId, bool)> = BTreeMap::new();
        town.meet();
        for (desk, word, who) in steps {
            let (desk, here) = [("A", site('A')), ("B", site('B'))][desk];
            let word = ["in", "out", "leave", "back"][word];
            let id = person(who);
            let held = list.get(&id).copied();
            let is_here = held.is_some_and(|(at, _)| at == here);
            let expected = match word {
                "in" => held != Some((here, false)),
                "out" => is_here,
                "leave" => held == Some((here, false)),
                _ => held == Some((here, true)),
            };
            if expected {
                match word {
                    "out" => list.remove(&id),
                    "leave" => list.insert(id, (here, true)),
                    _ => list.insert(id, (here, false)),
                };
            }
            prop_assert_eq!(town.step(&format!("{desk}.{word}:{who}")).is_ok(), expected);
            town.now += 60;
            town.meet();
        }
        let flood = town.desk('B').shelter.incident(FLOOD).unwrap();
        for who in (1..4).map(person) {
            let whereabouts = flood.whereabouts(who);
            let here = list.get(&who).filter(|(_, away)| !away).map(|(at, _)| *at);
            let away = list.get(&who).filter(|(_, away)| *away).map(|(at, _)| *at);
            prop_assert_eq!(whereabouts.surely_in(), here);
            prop_assert_eq!(whereabouts.surely_on_leave(), away);
        }
        prop_assert_eq!(flood.unsettled().count(), 0);
        prop_assert!(town.now >= START);
    }
}
