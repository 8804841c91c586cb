//! One meaning for everything that can be overwritten.
//!
//! A write carries what its author saw. It is current while no other admitted write covers it;
//! several current writes are a conflict that people can see. No clock decides.

use std::collections::BTreeMap;

use crate::id::{EntryId, JournalId};
use crate::limits::SAW_DOTS_MAX;

/// What an author held of a field when the form was shown: for each journal, the highest entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Saw(
    // Invariant: never `Some` of nothing. A replica holds a hundred thousand of these, so one that
    // saw nothing takes no heap and one that saw something no spare room.
    Option<Box<[EntryId]>>,
);

impl Saw {
    /// A write that saw nothing before it.
    pub const NOTHING: Self = Self(None);

    /// The saw of these dots; those past the bound are left out, so put the current ones first.
    pub fn new(mut dots: Vec<EntryId>) -> Self {
        dots.truncate(SAW_DOTS_MAX);
        Self::as_it_came(dots)
    }

    fn as_it_came(dots: Vec<EntryId>) -> Self {
        Self((!dots.is_empty()).then(|| dots.into_boxed_slice()))
    }

    /// The dots, current ones first.
    pub fn dots(&self) -> &[EntryId] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether the author held `entry`, or a later one of the same field and journal.
    pub fn covers(&self, entry: EntryId) -> bool {
        self.dots().iter().any(|dot| dot.journal == entry.journal && dot.seq >= entry.seq)
    }

    /// Whether it names more dots than an honest author would.
    pub fn is_over_limit(&self) -> bool {
        self.dots().len() > SAW_DOTS_MAX
    }
}

impl<C> minicbor::Encode<C> for Saw {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        self.dots().encode(e, ctx)
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Saw {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        Vec::decode(d, ctx).map(Self::as_it_came)
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
            if self.writes.len() == self.writes.capacity() {
                // Most fields are written once and people come and go a few times: doubling would
                // leave half of a replica's memory empty.
                self.writes.reserve_exact(1 + self.writes.len() / 8);
            }
            self.writes.insert(place, write);
        }
    }

    /// For how many writes it has room.
    #[cfg(test)]
    pub(crate) fn room(&self) -> usize {
        self.writes.capacity()
    }

    /// The write by that entry.
    pub fn get(&self, entry: EntryId) -> Option<&Write<V>> {
        let place = self.writes.binary_search_by_key(&entry, |held| held.entry).ok()?;
        self.writes.get(place)
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
        let covers = Covers::of(&self.writes);
        self.writes.iter().filter(move |write| !covers.covered(write.entry))
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
        let mut highest: BTreeMap<JournalId, u64> = BTreeMap::new();
        for write in &self.writes {
            highest.insert(write.entry.journal, write.entry.seq);
        }
        let mut dots: Vec<EntryId> = Vec::new();
        for write in self.current().chain(&self.writes) {
            let journal = write.entry.journal;
            if let Some(seq) = highest.remove(&journal) {
                dots.push(EntryId { journal, seq });
            }
        }
        Saw::new(dots)
    }

    /// What an author has seen who means to leave the current writes for which `spared` holds in
    /// force: everything, except what would cover one of those.
    pub fn saw_sparing(&self, spared: impl Fn(&Write<V>) -> bool) -> Saw {
        let mut below: BTreeMap<JournalId, u64> = BTreeMap::new();
        for write in self.current().filter(|write| spared(write)) {
            below.entry(write.entry.journal).or_insert(write.entry.seq);
        }
        let seen = |dot: &EntryId| {
            let held = self.writes.iter().map(|write| write.entry);
            let of_journal = held.filter(|entry| entry.journal == dot.journal);
            match below.get(&dot.journal) {
                Some(spared) => of_journal.filter(|entry| entry.seq < *spared).max(),
                None => Some(*dot),
            }
        };
        Saw::new(self.saw().dots().iter().filter_map(seen).collect())
    }
}

/// For each journal, how far the writes of a field cover it, and how far all but the one that
/// covers it furthest do: a write cannot cover itself.
#[derive(Default)]
struct Covers(
    // Invariant: ascending by journal. They are few, so a tree would cost more than it saves.
    Vec<Cover>,
);

struct Cover {
    journal: JournalId,
    upto: u64,
    by: EntryId,
    upto_by_others: u64,
}

impl Covers {
    fn of<V>(writes: &[Write<V>]) -> Self {
        let mut covers = Self::default();
        for write in writes {
            for dot in write.saw.dots() {
                covers.see(*dot, write.entry);
            }
        }
        covers
    }

    fn find(&self, journal: JournalId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&journal, |cover| cover.journal)
    }

    fn see(&mut self, dot: EntryId, by: EntryId) {
        let cover = match self.find(dot.journal) {
            Ok(place) => self.0.get_mut(place),
            Err(place) => {
                let new = Cover { journal: dot.journal, upto: dot.seq, by, upto_by_others: 0 };
                return self.0.insert(place, new);
            }
        }
        .expect("a cover that was found is there");
        if by == cover.by {
            cover.upto = cover.upto.max(dot.seq);
        } else if dot.seq > cover.upto {
            *cover = Cover { upto: dot.seq, by, upto_by_others: cover.upto, ..*cover };
        } else {
            cover.upto_by_others = cover.upto_by_others.max(dot.seq);
        }
    }

    fn covered(&self, entry: EntryId) -> bool {
        let cover = self.find(entry.journal).ok().and_then(|place| self.0.get(place));
        cover.is_some_and(|cover| {
            let upto = if cover.by == entry { cover.upto_by_others } else { cover.upto };
            upto >= entry.seq
        })
    }
}

#[cfg(test)]
mod tests;
