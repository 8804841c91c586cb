//! Which edits of a set can be woven in now, and which still wait.
//!
//! An edit waits for its journal's earlier edits in the set and for every dot of its `saw`, unless
//! that dot is known never to count. A counter is above those of all that its author held, so a dot
//! is believed only of edits with a smaller counter than the edit that names it: whoever names what
//! they cannot have seen waits for none of it, and no two edits ever wait for each other. What is
//! woven in is a function of the admitted edits alone: an edit that arrives under one already woven
//! starts the set again.

use std::collections::{BTreeMap, BTreeSet};

use super::AdmittedEdit;
use crate::fact::edit::{Edit, FieldId};
use crate::id::{EntryId, JournalId, RecordId};

/// One field of one record.
pub(super) type Field = (RecordId, FieldId);

/// What an arriving edit means for those already woven in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is held already.
    Known,
    /// Nothing woven in stands on it.
    Fresh,
    /// Something woven in should have stood on it.
    Under,
}

#[derive(Debug, Clone)]
struct Held {
    edit: Edit,
    counter: u64,
    // What its author names as seen.
    dots: Vec<EntryId>,
    woven: bool,
}

#[derive(Debug, Clone, Default)]
struct OfField {
    edits: BTreeSet<EntryId>,
    // For each journal, the highest entry that an edit already woven in saw.
    seen: BTreeMap<JournalId, u64>,
}

/// The admitted edits of one set, and the order in which they can be woven.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    held: BTreeMap<EntryId, Held>,
    fields: BTreeMap<Field, OfField>,
    // Entries that were taken out or never were an edit of this set: nobody waits for them.
    absent: BTreeSet<EntryId>,
    // For each journal, how far the replica holds it.
    reached: BTreeMap<JournalId, u64>,
    // Invariant: an edit that is not woven in is either in `ready` or watches one thing it lacks.
    watchers: BTreeMap<EntryId, BTreeSet<EntryId>>,
    ready: BTreeSet<EntryId>,
    woven: usize,
}

impl Order {
    /// Takes up an admitted edit that stands on these dots.
    pub(super) fn insert(
        &mut self,
        admitted: AdmittedEdit<'_>,
        dots: impl Iterator<Item = EntryId>,
    ) -> Arrival {
        let AdmittedEdit { entry, counter, edit } = admitted;
        if self.held.contains_key(&entry) {
            return Arrival::Known;
        }
        self.absent.remove(&entry);
        let held = Held { edit: edit.clone(), counter, dots: dots.collect(), woven: false };
        let of_field = self.fields.entry((edit.record, edit.field)).or_default();
        of_field.edits.insert(entry);
        let seen = of_field.seen.get(&entry.journal).is_some_and(|seq| *seq >= entry.seq);
        // A journal's edits are woven in order, so the next one tells of all later ones.
        let later = self.held.range(after(entry)..=last_of(entry.journal)).next();
        let overtaken = later.is_some_and(|(_, held)| held.woven);
        self.held.insert(entry, held);
        self.ready.insert(entry);
        // Whoever waits for it may learn that it is of another field.
        self.wake(entry);
        if seen || overtaken { Arrival::Under } else { Arrival::Fresh }
    }

    /// Takes an edit out, or says that an entry is none. Says whether it was woven in.
    pub(super) fn withdraw(&mut self, entry: EntryId) -> bool {
        self.absent.insert(entry);
        let Some(held) = self.held.remove(&entry) else {
            self.wake(entry);
            return false;
        };
        self.ready.remove(&entry);
        for watchers in self.watchers.values_mut() {
            watchers.remove(&entry);
        }
        if let Some(of_field) = self.fields.get_mut(&(held.edit.record, held.edit.field)) {
            of_field.edits.remove(&entry);
        }
        self.wake(entry);
        held.woven
    }

    /// Learns how far a journal is held: nothing up to there is still on its way.
    pub(super) fn reached(&mut self, journal: JournalId, seq: u64) {
        let held = self.reached.entry(journal).or_default();
        if *held < seq {
            let from = EntryId { journal, seq: *held };
            *held = seq;
            let known: Vec<EntryId> =
                self.watchers.range(from..=EntryId { journal, seq }).map(|(dot, _)| *dot).collect();
            known.into_iter().for_each(|dot| self.wake(dot));
        }
    }

    /// Starts again with nothing woven in.
    pub(super) fn restart(&mut self) {
        self.watchers.clear();
        self.woven = 0;
        self.fields.values_mut().for_each(|of_field| of_field.seen.clear());
        self.held.values_mut().for_each(|held| held.woven = false);
        self.ready = self.held.keys().copied().collect();
    }

    /// The next edit that lacks nothing. From here on it counts as woven in.
    pub(super) fn next(&mut self) -> Option<EntryId> {
        while let Some(entry) = self.ready.pop_first() {
            let Some(held) = self.held.get(&entry).filter(|held| !held.woven) else {
                continue;
            };
            if let Some(lack) = self.lacks(entry, held) {
                self.watchers.entry(lack).or_default().insert(entry);
                continue;
            }
            self.weave(entry);
            return Some(entry);
        }
        None
    }

    fn weave(&mut self, entry: EntryId) {
        let held = self.held.get_mut(&entry).expect("an edit that is ready is held");
        held.woven = true;
        self.woven = self.woven.saturating_add(1);
        let field = (held.edit.record, held.edit.field);
        let of_field = self.fields.get_mut(&field).expect("a held edit stands under its field");
        for dot in &held.dots {
            let seen = of_field.seen.entry(dot.journal).or_default();
            *seen = dot.seq.max(*seen);
        }
        self.wake(entry);
    }

    fn wake(&mut self, entry: EntryId) {
        self.ready.extend(self.watchers.remove(&entry).unwrap_or_default());
    }

    // The first thing that an edit stands on and that is not woven in yet.
    fn lacks(&self, entry: EntryId, held: &Held) -> Option<EntryId> {
        let before = self.held.range(first_of(entry.journal)..entry).next_back();
        if let Some((previous, _)) = before.filter(|(_, held)| !held.woven) {
            return Some(*previous);
        }
        let field = (held.edit.record, held.edit.field);
        held.dots.iter().find_map(|dot| {
            match self.believed(field, *dot, held.counter) {
                Some(nearest) if !self.is_woven(nearest) => Some(nearest),
                Some(nearest) if nearest == *dot => None,
                // A journal comes in order; what of it comes late all the same arrives under.
                Some(_) | None if dot.journal == entry.journal => None,
                Some(_) | None => self.is_on_its_way(*dot).then_some(*dot),
            }
        })
    }

    fn is_on_its_way(&self, dot: EntryId) -> bool {
        let reached = self.reached.get(&dot.journal).copied().unwrap_or(0);
        dot.seq > reached && !self.absent.contains(&dot) && !self.held.contains_key(&dot)
    }

    fn is_woven(&self, entry: EntryId) -> bool {
        self.held.get(&entry).is_some_and(|held| held.woven)
    }

    /// The latest edit of a field up to the dot that whoever had this counter can have seen.
    fn believed(&self, field: Field, dot: EntryId, counter: u64) -> Option<EntryId> {
        let is_past =
            |entry: &EntryId| self.held.get(entry).is_some_and(|held| held.counter < counter);
        self.up_to(field, dot).find(is_past)
    }

    /// The edits of a field by the dot's journal up to the dot, latest first.
    pub(super) fn up_to(&self, field: Field, dot: EntryId) -> impl Iterator<Item = EntryId> {
        let edits = self.fields.get(&field).map(|of_field| &of_field.edits);
        edits
            .into_iter()
            .flat_map(move |edits| edits.range(first_of(dot.journal)..=dot).rev())
            .copied()
    }

    /// The latest edit of each journal that this edit of the field stands on.
    pub(super) fn seen(&self, entry: EntryId) -> Vec<EntryId> {
        let Some(held) = self.held.get(&entry) else {
            return Vec::new();
        };
        let field = (held.edit.record, held.edit.field);
        held.dots.iter().filter_map(|dot| self.believed(field, *dot, held.counter)).collect()
    }

    /// An edit's content.
    pub(super) fn edit(&self, entry: EntryId) -> Option<&Edit> {
        self.held.get(&entry).map(|held| &held.edit)
    }

    /// The edits of one record that are woven in.
    pub(super) fn woven_of(&self, record: RecordId) -> impl Iterator<Item = (EntryId, &Edit)> {
        let fields = self.fields.range((record, FieldId(0))..=(record, FieldId(u16::MAX)));
        let entries = fields.flat_map(|(_, of_field)| &of_field.edits);
        entries.filter_map(|entry| {
            let held = self.held.get(entry).filter(|held| held.woven)?;
            Some((*entry, &held.edit))
        })
    }

    /// How many edits are woven in.
    pub(super) fn woven(&self) -> usize {
        self.woven
    }

    /// How many edits wait for something.
    pub(super) fn waiting(&self) -> usize {
        self.held.len().saturating_sub(self.woven)
    }
}

fn first_of(journal: JournalId) -> EntryId {
    EntryId { journal, seq: 0 }
}

fn last_of(journal: JournalId) -> EntryId {
    EntryId { journal, seq: u64::MAX }
}

fn after(entry: EntryId) -> EntryId {
    EntryId { seq: entry.seq.saturating_add(1), ..entry }
}
