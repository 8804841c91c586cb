//! What later lives say of earlier ones.

use std::collections::BTreeMap;

use digiana_core::id::{EntryId, JournalId, NodeId};
use digiana_core::scope::Scope;

use crate::simulator::model::lives::Lives;

const FIRST: JournalId = JournalId([1; 8]);
const SECOND: JournalId = JournalId([2; 8]);
const ANOTHERS: JournalId = JournalId([3; 8]);

fn lives() -> Lives {
    let mut lives = Lives::default();
    lives.open(FIRST, Scope::Shelter, NodeId([1; 32]), None);
    lives.open(SECOND, Scope::Shelter, NodeId([1; 32]), Some((FIRST, 5)));
    lives.open(ANOTHERS, Scope::Shelter, NodeId([2; 32]), Some((FIRST, 2)));
    lives.reclaim(EntryId { journal: SECOND, seq: 7 }, FIRST, 9);
    lives
}

fn upto(holds: &dyn Fn(EntryId) -> bool) -> BTreeMap<JournalId, u64> {
    lives().undoubted(holds)
}

#[test]
fn what_a_later_life_does_not_go_on_from_is_in_doubt_until_it_is_taken_back() {
    assert_eq!(upto(&|_| false), BTreeMap::new());
    assert_eq!(upto(&|entry| entry.seq < 7), BTreeMap::from([(FIRST, 5)]));
    assert_eq!(upto(&|_| true), BTreeMap::from([(FIRST, 9)]));
}

#[test]
fn nobody_speaks_for_the_journal_of_another() {
    assert_eq!(upto(&|entry| entry.journal == ANOTHERS), BTreeMap::new());
}

#[test]
fn what_was_taken_back_is_beyond_doubt_though_nobody_is_held_who_doubted_it() {
    assert_eq!(upto(&|entry| entry.seq == 7), BTreeMap::new());
}
