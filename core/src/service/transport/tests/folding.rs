//! What holds of the fold whatever happened, in whatever order it is heard.

use proptest::prelude::*;

use crate::fact::Fact;
use crate::id::PersonId;
use crate::service::digested::tests::keeps_its_digest;
use crate::service::rehearsal::person;
use crate::service::stamp::Stamped as _;
use crate::service::transport::allot::allot;
use crate::service::transport::fold::TransportFold;
use crate::service::transport::ledger::Account;
use crate::service::{Fold as _, Origin, Standing};

use super::rehearsal::Town;

type Log = Vec<(Origin, Fact)>;

const WORDS: [&str; 20] = [
    "tap:1",
    "tap:2",
    "tap:1*3",
    "ride:1@-7200",
    "ride:2@-100000",
    "issue:5=1/1",
    "issue:6=1/2",
    "issue:7=2/10",
    "issue:8=9/3",
    "issue:9=1/3",
    "void:5",
    "void:6=1",
    "void:7=4",
    "void:9=2",
    "undo",
    "undo",
    "wait",
    "later",
    "days",
    "ride:9",
];

/// What two buses and a counter recorded, some of it heard by the others, some of it by an author
/// whose standing is lost.
fn logs() -> impl Strategy<Value = Log> {
    let step = (0usize..3, 0usize..WORDS.len() + 2);
    let steps = proptest::collection::vec(step, 1..40);
    (steps, any::<u64>()).prop_map(|(steps, doubt)| {
        let mut town =
            Town::play("C.link:1=1 C.link:2=2 A.link:1=1 A.link:2=2 B.link:1=1 B.link:2=2");
        for (desk, word) in steps {
            let _refused_or_not = match WORDS.get(word) {
                Some(word @ (&"wait" | &"later" | &"days")) => town.step(word),
                Some(word) => town.step(&format!("{}.{word}", ["A", "B", "C"][desk])),
                None => town.step("meet"),
            };
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

fn folded<'a>(log: impl IntoIterator<Item = &'a (Origin, Fact)>) -> TransportFold {
    let mut fold = TransportFold::default();
    log.into_iter().for_each(|(origin, fact)| fold.apply(origin, fact));
    fold
}

fn some(log: &Log, mask: u64) -> Log {
    let chosen = log.iter().enumerate().filter(|(at, _)| mask >> (at % 64) & 1 == 1);
    chosen.map(|(_, held)| held.clone()).collect()
}

fn joined() -> Vec<Vec<PersonId>> {
    vec![vec![person(1), person(9)]]
}

proptest! {
    #[test]
    fn any_order_any_grouping_and_any_repetition_gives_the_same_state(
        log in logs(),
        shuffled in any::<u64>(),
        again in any::<u64>(),
        asked in any::<u64>(),
    ) {
        let whole = folded(&log);
        let mut other = log.clone();
        other.extend(some(&log, again));
        other.sort_by_key(|(origin, _)| blake3::hash(&[&origin.hash.0[..], &shuffled.to_le_bytes()].concat()).to_hex());
        let mut fold = TransportFold::default();
        for (at, (origin, fact)) in other.iter().enumerate() {
            fold.apply(origin, fact);
            if asked >> (at % 64) & 1 == 1 {
                // What was derived on the way must not show in the end.
                let _kept_for_now = fold.ledger(&joined());
            }
        }
        prop_assert_eq!(&fold, &whole);
        prop_assert_eq!(fold.digest(), whole.digest());
        prop_assert_eq!(fold.ledger(&joined()), whole.ledger(&joined()));
        for (id, rows) in whole.people() {
            let kept = fold.allotted(&[id]);
            prop_assert_eq!(kept.as_ref(), &allot(&[rows]));
        }
    }

    #[test]
    fn the_digest_that_is_kept_is_that_of_what_is_there(log in logs().prop_shuffle()) {
        keeps_its_digest::<TransportFold>(&log);
    }

    #[test]
    fn equal_digests_are_equal_states(log in logs(), left in any::<u64>(), right in any::<u64>()) {
        let (left, right) = (folded(&some(&log, left)), folded(&some(&log, right)));
        prop_assert_eq!(left == right, left.digest() == right.digest());
    }

    #[test]
    fn a_corrected_fact_leaves_nothing(log in logs()) {
        let admitted = log.iter().filter(|(origin, _)| origin.standing == Standing::Admitted);
        let gone: Vec<_> = admitted.filter_map(|(_, fact)| {
            let Fact::Correct(correct) = fact else { return None };
            Some(correct.target)
        }).collect();
        let without = folded(log.iter().filter(|(origin, _)| !gone.contains(&origin.entry)));
        prop_assert_eq!(folded(&log).people, without.people);
        let unverified_left_out = folded(log.iter().filter(|(origin, _)| origin.standing == Standing::Admitted));
        prop_assert_eq!(folded(&log), unverified_left_out);
    }

    /// Whatever part of the facts a replica holds.
    #[test]
    fn tickets_come_from_nowhere_in_no_merge(log in logs(), held in any::<u64>()) {
        let fold = folded(&some(&log, held));
        for joined in [joined(), Vec::new()] {
            let mut ledger = fold.ledger(&joined);
            prop_assert_eq!(ledger.sum(), 0);
            for (account, tickets) in ledger.accounts() {
                match account {
                    Account::Town | Account::Debt(_) => prop_assert!(tickets <= 0),
                    Account::Book(_) | Account::Operator(_) => prop_assert!(tickets >= 0),
                }
            }
            // A side of a posting without its other side is found out.
            ledger.post(Account::Operator(None), 1);
            prop_assert_ne!(ledger.sum(), 0);
        }
    }

    /// Whatever part of the facts a replica holds.
    #[test]
    fn books_pay_by_their_last_day_and_then_by_their_age(log in logs(), held in any::<u64>()) {
        let fold = folded(&some(&log, held));
        for (id, rows) in fold.people() {
            let issues = rows.issues.all();
            let paying: Vec<_> = fold.allotted(&[id]).books.iter().map(|book| {
                let issue = issues.iter().find(|row| row.entry == book.issue).unwrap();
                let last = issue.value.valid_until;
                (last.is_none(), last, issue.value.stamp().counter, issue.entry)
            }).collect();
            prop_assert!(paying.is_sorted(), "{:?}", paying);
        }
    }

    /// While all hear each other and no book ends, a purse of tickets gives the same figures.
    #[test]
    fn what_is_left_is_as_a_purse_has_it(steps in proptest::collection::vec((0usize..3, 1u32..3), 1..40)) {
        let mut town = Town::play("A.link:1=1 A.link:2=2 meet");
        let mut purse = [0i64; 2];
        let mut books = 0;
        for (what, who) in steps {
            let held = &mut purse[usize::try_from(who).unwrap() - 1];
            let step = match what {
                0 => {
                    books += 1;
                    *held += 2;
                    format!("A.issue:{books}={who}/2")
                }
                1 => {
                    *held -= 1;
                    format!("A.tap:{who}")
                }
                _ => {
                    *held -= 3;
                    format!("A.tap:{who}*3")
                }
            };
            town.step(&step).unwrap();
            town.step("wait").unwrap();
        }
        for (who, held) in (1..).zip(purse) {
            let desk = town.desk('A');
            prop_assert_eq!(i64::from(desk.left(who)) - i64::from(desk.owed(who)), held);
            prop_assert!(desk.left(who) == 0 || desk.owed(who) == 0);
        }
    }
}
