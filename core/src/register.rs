//! One meaning for everything that can be overwritten.
//!
//! A write carries what its author saw. It is current while no other admitted write covers it;
//! several current writes are a conflict that people can see. No clock decides.

use crate::id::{EntryId, JournalId};
use crate::limits::SAW_DOTS_MAX;

/// What an author held of a field when the form was shown: for each journal, the highest entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Saw(#[n(0)] Vec<EntryId>);

impl Saw {
    /// A write that saw nothing before it.
    pub const NOTHING: Self = Self(Vec::new());

    /// The saw of these dots; those past the bound are left out, so put the current ones first.
    pub fn new(mut dots: Vec<EntryId>) -> Self {
        dots.truncate(SAW_DOTS_MAX);
        Self(dots)
    }

    /// The dots, current ones first.
    pub fn dots(&self) -> &[EntryId] {
        &self.0
    }

    /// Whether the author held `entry`, or a later one of the same field and journal.
    pub fn covers(&self, entry: EntryId) -> bool {
        self.0.iter().any(|dot| dot.journal == entry.journal && dot.seq >= entry.seq)
    }

    /// Whether it names more dots than an honest author would.
    pub fn is_over_limit(&self) -> bool {
        self.0.len() > SAW_DOTS_MAX
    }
}

/// One write of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write<V> {
    /// The entry that made it.
    pub entry: EntryId,
    /// What was written.
    pub value: V,
    /// What its author held of this field.
    pub saw: Saw,
}

/// All admitted writes of one field.
///
/// It keeps every write and derives which are current, so that arrival, correction and withdrawal
/// need no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register<V> {
    // Invariant: ascending by entry, no entry twice.
    writes: Vec<Write<V>>,
}

impl<V> Default for Register<V> {
    fn default() -> Self {
        Self { writes: Vec::new() }
    }
}

impl<V> Register<V> {
    /// Takes up a write. A second write by the same entry changes nothing.
    pub fn insert(&mut self, write: Write<V>) {
        if let Err(place) = self.writes.binary_search_by_key(&write.entry, |held| held.entry) {
            self.writes.insert(place, write);
        }
    }

    /// Takes a write out, as if it had never been made: its `saw` is gone too.
    pub fn withdraw(&mut self, entry: EntryId) {
        self.writes.retain(|write| write.entry != entry);
    }

    /// Every write, by entry.
    pub fn writes(&self) -> &[Write<V>] {
        &self.writes
    }

    /// Whether nothing was ever written.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// The writes that no other covers, by entry. More than one is a conflict.
    pub fn current(&self) -> impl Iterator<Item = &Write<V>> {
        self.writes.iter().filter(|write| {
            !self
                .writes
                .iter()
                .any(|other| other.entry != write.entry && other.saw.covers(write.entry))
        })
    }

    /// The only current write, or none where there is no write or a conflict.
    pub fn settled(&self) -> Option<&Write<V>> {
        let mut current = self.current();
        let first = current.next()?;
        current.next().is_none().then_some(first)
    }

    /// What an author who is shown this field now has seen: current writes first, then the highest
    /// of each other journal.
    pub fn saw(&self) -> Saw {
        let mut dots: Vec<EntryId> = Vec::new();
        let mut see = |entry: EntryId| {
            if !dots.iter().any(|dot| dot.journal == entry.journal) {
                let journal = entry.journal;
                dots.push(EntryId { journal, seq: self.highest(journal).unwrap_or(entry.seq) });
            }
        };
        self.current().for_each(|write| see(write.entry));
        self.writes.iter().for_each(|write| see(write.entry));
        Saw::new(dots)
    }

    fn highest(&self, journal: JournalId) -> Option<u64> {
        let of_journal = self.writes.iter().filter(|write| write.entry.journal == journal);
        of_journal.map(|write| write.entry.seq).max()
    }
}

#[cfg(test)]
mod tests;
