//! What a register shows, whatever order the town's writes arrive in.

use super::*;
use proptest::prelude::*;

fn entry(journal: u8, seq: u64) -> EntryId {
    EntryId { journal: JournalId([journal; 8]), seq }
}

fn register(writes: &[(EntryId, &'static str, &[EntryId])]) -> Register<&'static str> {
    let mut register = Register::default();
    for (entry, value, saw) in writes.iter().copied() {
        register.insert(Write { entry, value, saw: Saw::new(saw.to_vec()) });
    }
    register
}

fn current(register: &Register<&'static str>) -> Vec<&'static str> {
    register.current().map(|write| write.value).collect()
}

#[test]
fn a_write_that_saw_another_replaces_it() {
    let town = register(&[(entry(1, 1), "gym", &[]), (entry(2, 1), "hall", &[entry(1, 1)])]);
    assert_eq!(current(&town), ["hall"]);
}

#[test]
fn writes_that_did_not_see_each_other_are_a_conflict() {
    let town = register(&[(entry(1, 1), "gym", &[]), (entry(2, 1), "hall", &[])]);
    assert_eq!(current(&town), ["gym", "hall"]);
    assert_eq!(town.settled(), None);
}

#[test]
fn a_withdrawn_write_takes_its_saw_with_it() {
    let mut town = register(&[(entry(1, 1), "gym", &[]), (entry(2, 1), "hall", &[entry(1, 1)])]);
    town.withdraw(entry(2, 1));
    assert_eq!(current(&town), ["gym"]);
}

#[test]
fn whoever_writes_now_has_seen_all_journals_current_ones_first() {
    let town = register(&[
        (entry(1, 1), "gym", &[]),
        (entry(1, 4), "gym again", &[entry(1, 1)]),
        (entry(2, 1), "hall", &[entry(1, 4)]),
    ]);
    assert_eq!(town.saw().dots(), [entry(2, 1), entry(1, 4)]);
}

#[test]
fn whoever_spares_a_current_write_leaves_it_in_force() {
    let mut town = register(&[
        (entry(1, 1), "gym", &[]),
        (entry(2, 1), "hall", &[]),
        (entry(2, 3), "lost", &[entry(2, 1)]),
    ]);
    let saw = town.saw_sparing(|write| write.value == "gym");
    town.insert(Write { entry: entry(3, 1), value: "gone from the hall", saw });
    assert_eq!(current(&town), ["gym", "gone from the hall"]);
}

/// A history: each write comes from one of four journals and saw a random subset of those before.
fn histories() -> impl Strategy<Value = Vec<(EntryId, Vec<EntryId>)>> {
    proptest::collection::vec((0u8..4, any::<u32>()), 1..14).prop_map(|draws| {
        let mut made: Vec<(EntryId, Vec<EntryId>)> = Vec::new();
        for (journal, mask) in draws {
            let before = made.iter().filter(|(id, _)| id.journal == entry(journal, 1).journal);
            let id = entry(journal, u64::try_from(before.count()).unwrap() + 1);
            let seen = made.iter().enumerate().filter(|(k, _)| mask >> (k % 32) & 1 == 1);
            let saw = seen.map(|(_, (id, _))| *id).collect();
            made.push((id, saw));
        }
        made
    })
}

proptest! {
    #[test]
    fn no_order_of_arrival_changes_what_is_current(
        history in histories(),
        order in any::<proptest::sample::Index>(),
    ) {
        let build = |turn: usize| {
            let mut rotated = history.clone();
            rotated.rotate_left(turn);
            let mut register = Register::default();
            for (entry, saw) in rotated {
                register.insert(Write { entry, value: (), saw: Saw::new(saw) });
            }
            register
        };
        prop_assert_eq!(build(0), build(order.index(history.len())));
    }

    #[test]
    fn current_is_what_no_other_write_covers(history in histories(), own in any::<bool>()) {
        let mut register = Register::default();
        for (entry, mut saw) in history {
            if own {
                saw.push(entry);
            }
            register.insert(Write { entry, value: (), saw: Saw::new(saw) });
        }
        let plainly = |write: &&Write<()>| {
            !register.writes().iter().any(|other| {
                other.entry != write.entry && other.saw.covers(write.entry)
            })
        };
        let expected: Vec<_> = register.writes().iter().filter(plainly).collect();
        prop_assert_eq!(register.current().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_write_that_saw_everything_settles_every_conflict(history in histories()) {
        let mut register = Register::default();
        for (entry, saw) in history {
            register.insert(Write { entry, value: (), saw: Saw::new(saw) });
        }
        let last = entry(9, 1);
        register.insert(Write { entry: last, value: (), saw: register.saw() });
        prop_assert_eq!(register.settled().map(|write| write.entry), Some(last));
    }

    #[test]
    fn withdrawing_equals_never_having_had(history in histories(), gone in any::<proptest::sample::Index>()) {
        let gone = history[gone.index(history.len())].0;
        let build = |skip: Option<EntryId>| {
            let mut register = Register::default();
            for (entry, saw) in history.iter().filter(|(id, _)| Some(*id) != skip) {
                register.insert(Write { entry: *entry, value: (), saw: Saw::new(saw.clone()) });
            }
            register
        };
        let mut taken = build(None);
        taken.withdraw(gone);
        prop_assert_eq!(taken, build(Some(gone)));
    }
}
