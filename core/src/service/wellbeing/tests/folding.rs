//! What holds of the fold whatever happened, in whatever order it is heard.

use proptest::prelude::*;

use crate::fact::Fact;
use crate::service::digested::tests::keeps_its_digest;
use crate::service::ledger::{Account, Posting};
use crate::service::wellbeing::fold::WellbeingFold;
use crate::service::wellbeing::rehearsal::{Desk, Town};
use crate::service::wellbeing::statement::statement;
use crate::service::{Fold as _, Origin, Standing};

type Log = Vec<(Origin, Fact)>;

const WORDS: [&str; 19] = [
    "visit:1",
    "visit:1+2",
    "visit:3@-86400",
    "visit:9",
    "tap:7",
    "pay:7=3",
    "spend:2=4",
    "spend:1=9",
    "transfer:1=2",
    "reverse",
    "settle:1=2",
    "writeoff:2=1",
    "award:1=2",
    "award:1=4",
    "undo",
    "join:9=1",
    "join:3=2",
    "visit:2",
    "undo",
];
const DESKS: [&str; 6] = ["A", "a", "C", "S", "T", "X"];

/// What cut-off places recorded, some of it heard by the others, some of it by an author whose
/// standing is lost.
fn logs() -> impl Strategy<Value = Log> {
    let steps = proptest::collection::vec((0usize..6, 0usize..WORDS.len() + 3), 1..40);
    (steps, any::<u64>()).prop_map(|(steps, doubt)| {
        let mut town =
            Town::play("A.link:7=1 a.visit:1 C.visit:1+2 S.link:7=1 T.visit:3 X.visit:1 meet");
        for (desk, word) in steps {
            match WORDS.get(word) {
                Some(word) => {
                    let _refused_or_not = town.step(&format!("{}.{word}", DESKS[desk]));
                }
                None => town.meet(),
            }
            town.now += 7200;
        }
        town.meet();
        let log = town.desk('A').log.clone();
        let doubted = |(at, (origin, fact)): (usize, (Origin, Fact))| {
            let doubtful = doubt >> (at % 64) & 15 == 15;
            let standing = if doubtful { Standing::Unverified } else { Standing::Admitted };
            (Origin { standing, ..origin }, fact)
        };
        log.into_iter().enumerate().map(doubted).collect()
    })
}

fn some(log: &Log, mask: u64) -> impl Iterator<Item = &(Origin, Fact)> {
    log.iter().enumerate().filter(move |(at, _)| mask >> (at % 64) & 1 == 1).map(|(_, held)| held)
}

fn desk<'a>(log: impl IntoIterator<Item = &'a (Origin, Fact)>) -> Desk {
    let mut desk = Desk::new();
    log.into_iter().for_each(|(origin, fact)| desk.hear(origin, fact));
    desk
}

fn folded<'a>(log: impl IntoIterator<Item = &'a (Origin, Fact)>) -> WellbeingFold {
    let mut fold = WellbeingFold::default();
    for (origin, fact) in log {
        fold.apply(origin, fact);
        // Somebody looks all the time: what is kept of an account must not outlive a change.
        let people: Vec<_> = fold.people().collect();
        people.iter().for_each(|person| assert!(fold.wallet(&[*person]).pending < u64::MAX));
    }
    fold
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_gives_the_same_state(
        log in logs(),
        shuffled in any::<u64>(),
        again in any::<u64>(),
    ) {
        let whole = folded(&log);
        let mut other: Log = log.clone();
        other.extend(some(&log, again).cloned());
        other.sort_by_key(|(origin, _)| blake3::hash(&[&origin.hash.0[..], &shuffled.to_le_bytes()].concat()).to_hex());
        let other = folded(&other);
        prop_assert_eq!(&other, &whole);
        prop_assert_eq!(other.digest(), whole.digest());
        for person in whole.people() {
            prop_assert_eq!(whole.wallet(&[person]), other.wallet(&[person]));
        }
    }

    #[test]
    fn the_digest_that_is_kept_is_that_of_what_is_there(log in logs().prop_shuffle()) {
        keeps_its_digest::<WellbeingFold>(&log);
    }

    #[test]
    fn equal_digests_are_equal_states(log in logs(), left in any::<u64>(), right in any::<u64>()) {
        let (left, right) = (folded(some(&log, left)), folded(some(&log, right)));
        prop_assert_eq!(left == right, left.digest() == right.digest());
    }

    #[test]
    fn a_corrected_fact_leaves_nothing(log in logs()) {
        let is_gone = |origin: &Origin| log.iter().any(|(by, fact)| {
            by.standing == Standing::Admitted
                && matches!(fact, Fact::Correct(correct) if correct.target == origin.entry)
        });
        let without = folded(log.iter().filter(|(origin, _)| !is_gone(origin)));
        let whole = folded(&log);
        prop_assert_eq!(&whole.accounts, &without.accounts);
        for person in whole.people() {
            prop_assert_eq!(whole.wallet(&[person]), without.wallet(&[person]));
            prop_assert_eq!(statement(&whole, &[person]).len(), statement(&without, &[person]).len());
        }
    }

    #[test]
    fn all_accounts_together_hold_nothing_in_every_partial_merge(log in logs(), kept in any::<u64>()) {
        let desk = desk(some(&log, kept));
        let mut totals = desk.totals();
        prop_assert_eq!(totals.sum(), 0, "{:?}", totals);
        // A posting of one side alone would show.
        totals.add(Account::Fund, -3);
        prop_assert_eq!(totals.sum(), -3);
    }

    #[test]
    fn a_wallet_is_what_its_postings_and_its_statement_come_to(log in logs(), kept in any::<u64>()) {
        let desk = desk(some(&log, kept));
        for ids in desk.people() {
            let wallet = desk.wellbeing.wallet(&ids).points;
            let postings = desk.wellbeing.postings(&ids);
            let legs = postings.iter().flat_map(Posting::legs);
            let own = legs.filter(|(account, _)| *account == Account::Wallet(ids[0]));
            prop_assert_eq!(own.map(|(_, points)| points).sum::<i64>(), wallet);
            let lines = statement(&desk.wellbeing, &ids);
            prop_assert_eq!(lines.last().map_or(0, |line| line.balance), wallet);
        }
    }

    #[test]
    fn nobody_earns_more_by_being_seen_again(log in logs(), kept in any::<u64>()) {
        let visits = log.iter().filter(|(_, fact)| fact.kind().0 == 64).cloned();
        let visits: Log = visits.collect();
        let (some, all) = (folded(some(&visits, kept)), folded(&visits));
        for person in all.people() {
            // A merge adds to what was earned and takes nothing of it away.
            prop_assert!(some.wallet(&[person]).points <= all.wallet(&[person]).points);
        }
        let twice: Log = visits.iter().map(|(origin, fact)| {
            let mut entry = origin.entry;
            entry.journal.0[0] ^= 0xFF;
            (Origin { entry, ..*origin }, fact.clone())
        }).collect();
        let twice = folded(visits.iter().chain(&twice));
        for person in all.people() {
            prop_assert_eq!(twice.wallet(&[person]).points, all.wallet(&[person]).points);
        }
    }
}
