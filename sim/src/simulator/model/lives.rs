//! The lives of journals: what their authors doubt, and what they took back.
//!
//! A later life says up to where its node held the one before. What lies beyond is in doubt, until
//! the node takes its lost entries back.

use std::collections::BTreeMap;

use digiana_core::id::{EntryId, JournalId, NodeId};
use digiana_core::scope::Scope;

/// Up to where which journal is spoken for, by which entry.
#[derive(Debug, Default)]
pub struct Lives {
    // The journals of each node in each scope, so that nobody speaks for another's.
    journals: BTreeMap<JournalId, (Scope, NodeId)>,
    openings: BTreeMap<EntryId, (JournalId, u64)>,
    reclaims: BTreeMap<EntryId, (JournalId, u64)>,
}

impl Lives {
    /// A journal begins, and perhaps goes on from where its node believes an earlier one ended.
    pub fn open(
        &mut self,
        journal: JournalId,
        scope: Scope,
        author: NodeId,
        before: Option<(JournalId, u64)>,
    ) {
        self.journals.insert(journal, (scope, author));
        if let Some(before) = before {
            self.openings.insert(EntryId { journal, seq: 1 }, before);
        }
    }

    /// An entry takes a journal back up to a sequence.
    pub fn reclaim(&mut self, entry: EntryId, journal: JournalId, upto: u64) {
        self.reclaims.insert(entry, (journal, upto));
    }

    /// Up to where each journal that somebody goes on from is beyond doubt, to whoever holds the
    /// entries for which `holds` is true. Of a journal that is not named everything is.
    pub fn undoubted(&self, holds: &dyn Fn(EntryId) -> bool) -> BTreeMap<JournalId, u64> {
        let mut upto: BTreeMap<JournalId, u64> = BTreeMap::new();
        for (_, (journal, seq)) in self.said(&self.openings, holds) {
            let held = upto.entry(*journal).or_default();
            *held = (*held).max(*seq);
        }
        for (_, (journal, seq)) in self.said(&self.reclaims, holds) {
            if let Some(held) = upto.get_mut(journal) {
                *held = (*held).max(*seq);
            }
        }
        upto
    }

    /// What nodes say of their own journals, as far as it is held.
    fn said<'l>(
        &'l self,
        said: &'l BTreeMap<EntryId, (JournalId, u64)>,
        holds: &'l dyn Fn(EntryId) -> bool,
    ) -> impl Iterator<Item = (&'l EntryId, &'l (JournalId, u64))> {
        said.iter().filter(move |(entry, (journal, _))| {
            self.journals.get(&entry.journal) == self.journals.get(journal) && holds(**entry)
        })
    }
}
