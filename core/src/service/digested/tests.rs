//! What is kept of a digest is what is there, and no more is hashed again than changed.

use std::cell::Cell;

use proptest::prelude::*;

use super::{Content, Digested, Key as _};
use crate::fact::Fact;
use crate::id::{EntryId, PersonId};
use crate::service::canon::{Canon, Canonical};
use crate::service::{Fold, Origin};

/// Takes up a log while somebody asks for the digest all the time.
///
/// What is kept on the way must be what a fold afresh says of the same facts, and what a copy says,
/// which has kept nothing and hashes everything.
pub(crate) fn keeps_its_digest<F: Fold + Clone + Default>(log: &[(Origin, Fact)]) {
    let mut kept = F::default();
    for (end, (origin, fact)) in (1..).zip(log) {
        kept.apply(origin, fact);
        let digest = kept.digest();
        let mut afresh = F::default();
        log.iter().take(end).for_each(|(origin, fact)| afresh.apply(origin, fact));
        assert_eq!(digest, afresh.digest(), "after {fact:?}");
        assert_eq!(digest, kept.clone().digest(), "after {fact:?}");
    }
}

thread_local! {
    static PUT: Cell<usize> = const { Cell::new(0) };
}

/// A row that counts how often rows are hashed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counted(u8);

impl Canonical for Counted {
    fn put(&self, canon: &mut Canon) {
        PUT.set(PUT.get() + 1);
        canon.fixed(&[self.0]);
    }
}

impl Content for Counted {
    fn is_empty(&self) -> bool {
        self.0 == 0
    }
}

fn key(first: u8, last: u8) -> PersonId {
    PersonId([first, 0, 0, 0, 0, 0, 0, last])
}

fn hashed(rows: &Digested<PersonId, Counted>) -> usize {
    PUT.set(0);
    rows.digest();
    PUT.get()
}

#[test]
fn a_change_hashes_its_own_leaf_again_and_no_other() {
    let mut rows = Digested::default();
    for first in 0..=u8::MAX {
        rows.insert(key(first, 1), Counted(1));
        rows.insert(key(first, 2), Counted(2));
    }
    assert_eq!(hashed(&rows), 512);
    assert_eq!(hashed(&rows), 0);
    rows.change(key(7, 2), |row| row.0 = 3);
    assert_eq!(hashed(&rows), 2);
    rows.remove(key(u8::MAX, 1));
    assert_eq!(hashed(&rows), 1);
    rows.insert(key(0, 3), Counted(1));
    assert_eq!(hashed(&rows), 3);
    assert_eq!(hashed(&rows.clone()), rows.len());
}

#[test]
fn the_least_key_of_a_byte_begins_with_it() {
    for byte in 0..=u8::MAX {
        assert_eq!(EntryId::least(byte).first_byte(), byte);
        assert!(key(byte, 0) >= PersonId::least(byte));
    }
}

proptest! {
    #[test]
    fn the_digest_is_that_of_the_rows_however_they_came_to_be(
        changes in proptest::collection::vec((0u8..6, 0u8..3, 0u8..4, any::<bool>()), 0..40),
    ) {
        let mut rows = Digested::<PersonId, Counted>::default();
        for (first, last, value, ask) in changes {
            let before = rows.clone();
            // Bytes at both ends and between.
            let key = key(first.wrapping_sub(3), last);
            if value == 1 {
                rows.remove(key);
            } else {
                rows.change(key, |row| row.0 = value);
            }
            if ask {
                rows.digest();
            }
            prop_assert_eq!(before == rows, before.digest() == rows.digest());
            let mut afresh = Digested::default();
            rows.iter().rev().for_each(|(key, row)| afresh.insert(*key, *row));
            prop_assert_eq!(afresh.digest(), rows.digest());
            prop_assert!(rows.values().all(|row| !row.is_empty()));
        }
    }
}
