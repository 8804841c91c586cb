//! What holds of the fold whatever happened, in whatever order it is heard.

use proptest::prelude::*;

use crate::fact::Fact;
use crate::fact::correct::Correct;
use crate::service::digested::tests::keeps_its_digest;
use crate::service::{Fold as _, Origin, Standing};

use super::{Rehearsal, SchoolFold};

type Log = Vec<(Origin, Fact)>;

const WORDS: [&str; 12] = [
    "tap:1",
    "tap:2",
    "name:3",
    "came:1+2+3",
    "went:1",
    "absent:2",
    "came:1@-86400",
    "absent:1#1",
    "undo",
    "undo:1",
    "went:2#-1",
    "tap:1",
];

/// What two gates and a teacher recorded, some of it heard by the others, some of it by an author
/// whose standing is lost.
fn logs() -> impl Strategy<Value = Log> {
    let step = (0usize..3, 0usize..WORDS.len() + 4);
    let steps = proptest::collection::vec(step, 1..24);
    (steps, any::<u64>()).prop_map(|(steps, doubt)| {
        let mut school = Rehearsal::play("8:00");
        for (desk, word) in steps {
            let _refused_or_not = match WORDS.get(word) {
                Some(word) => school.step(&format!("{}.{word}", ["G", "g", "T"][desk])),
                None if word == WORDS.len() => school.step("+20000"),
                None if word == WORDS.len() + 1 => school.step("next"),
                None => school.step("meet"),
            };
        }
        school.step("meet").unwrap();
        let log = school.desk('T').log.clone();
        let doubted = |(at, (origin, fact)): (usize, (Origin, Fact))| {
            let doubtful = doubt >> (at % 64) & 7 == 7;
            let standing = if doubtful { Standing::Unverified } else { Standing::Admitted };
            (Origin { standing, ..origin }, fact)
        };
        log.into_iter().enumerate().map(doubted).collect()
    })
}

fn folded<'a>(log: impl IntoIterator<Item = &'a (Origin, Fact)>) -> SchoolFold {
    let mut fold = SchoolFold::default();
    log.into_iter().for_each(|(origin, fact)| fold.apply(origin, fact));
    fold
}

fn some(log: &Log, mask: u32) -> Log {
    let kept = log.iter().enumerate().filter(|(at, _)| mask >> (at % 32) & 1 == 1);
    kept.map(|(_, held)| held.clone()).collect()
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

proptest! {
    #[test]
    fn any_order_and_any_repetition_gives_the_same_state(
        log in logs(),
        shuffled in any::<u64>(),
        again in any::<u32>(),
    ) {
        let whole = folded(&log);
        let mut other = log.clone();
        let doubted = some(&log, again).into_iter();
        other.extend(doubted.clone());
        other.extend(doubted.map(|(origin, fact)| {
            (Origin { standing: Standing::Unverified, ..origin }, fact)
        }));
        other.sort_by_key(|(origin, _)| {
            blake3::hash(&[&origin.hash.0[..], &shuffled.to_le_bytes()].concat()).to_hex()
        });
        let other = folded(&other);
        prop_assert_eq!(&other, &whole);
        prop_assert_eq!(other.digest(), whole.digest());
    }

    #[test]
    fn the_digest_that_is_kept_is_that_of_what_is_there(log in logs().prop_shuffle()) {
        keeps_its_digest::<SchoolFold>(&log);
    }

    #[test]
    fn equal_digests_are_equal_states(log in logs(), left in any::<u32>(), right in any::<u32>()) {
        let (left, right) = (folded(&some(&log, left)), folded(&some(&log, right)));
        prop_assert_eq!(left == right, left.digest() == right.digest());
    }

    #[test]
    fn a_corrected_fact_counts_as_one_that_never_was(log in logs()) {
        let gone = corrected(&log);
        let without = folded(log.iter().filter(|(origin, _)| {
            !gone.iter().any(|correct| correct.target == origin.entry)
        }));
        prop_assert_eq!(&folded(&log).pupils, &without.pupils);
        prop_assert!(without.struck.is_empty());
    }

    #[test]
    fn what_is_taken_out_was_never_there(log in logs(), kept in any::<u32>()) {
        let kept = some(&log, kept);
        let counted = folded(&kept);
        prop_assert_eq!(&counted, &folded(kept.iter().rev()));
        prop_assert_eq!(counted.digest(), folded(kept.iter().rev()).digest());
    }

    /// While all hear each other, a pupil is where anybody would note them on paper.
    #[test]
    fn a_day_is_as_a_simple_list_has_it(
        steps in proptest::collection::vec((0usize..3, 0usize..3, 1u32..4), 1..30),
    ) {
        use crate::fact::school::Attends;
        let mut school = Rehearsal::play("8:00");
        let mut list = std::collections::BTreeMap::new();
        for (desk, word, who) in steps {
            let (word, said) = [("came", Attends::Arrived), ("went", Attends::Left), ("absent", Attends::Absent)][word];
            let new = list.insert(who, said) != Some(said);
            let step = format!("{}.{word}:{who}", ["G", "g", "T"][desk]);
            prop_assert_eq!(school.step(&step).is_ok(), new);
            school.step("meet").unwrap();
        }
        for (who, said) in list {
            let standing = school.desk('g').school.standing(&[super::pupil(who)], school.today());
            prop_assert_eq!(standing.settled(), Some(said));
        }
    }
}
