//! The Automerge changes that edits become, each made here from the edit and what it stood on.
//!
//! Nothing is read from the clock or drawn by lot: the actor is the journal, the time is 0. So all
//! replicas that admitted the same edits make the same changes, byte for byte.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use automerge::legacy::{Op, OpId};
use automerge::{ActorId, Automerge, Change, ChangeHash, ExpandedChange, ObjId, TextEncoding};

use crate::id::{EntryId, JournalId};

/// Keeps the actor of a genesis apart from every other hash.
const GENESIS_DOMAIN: &[u8] = b"digiana/genesis/1\0";

/// How many bytes name the actor of a genesis. No journal's name is as long.
const GENESIS_ACTOR_BYTES: usize = 16;
const _: () = assert!(GENESIS_ACTOR_BYTES != JournalId::LEN);

/// For each journal, the highest entry among a change and all it builds on. Ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Past(Vec<(JournalId, u64)>);

impl Past {
    /// Whether an entry of this document lies in it.
    pub(super) fn contains(&self, entry: EntryId) -> bool {
        let place = self.0.binary_search_by_key(&entry.journal, |(journal, _)| *journal);
        place.ok().and_then(|place| self.0.get(place)).is_some_and(|(_, seq)| *seq >= entry.seq)
    }

    fn join(&mut self, other: &Self) {
        other
            .0
            .iter()
            .for_each(|(journal, seq)| self.add(EntryId { journal: *journal, seq: *seq }));
    }

    fn add(&mut self, entry: EntryId) {
        match self.0.binary_search_by_key(&entry.journal, |(journal, _)| *journal) {
            Ok(place) => {
                if let Some((_, seq)) = self.0.get_mut(place) {
                    *seq = entry.seq.max(*seq);
                }
            }
            Err(place) => self.0.insert(place, (entry.journal, entry.seq)),
        }
    }
}

#[derive(Clone)]
struct Made {
    hash: ChangeHash,
    // Its place among the changes of its journal, from 1.
    seq: u64,
    first_op: u64,
    // The highest operation in it and all it builds on.
    last_op: u64,
    // How long the longest line of changes down to genesis is.
    depth: u64,
    // Itself included.
    past: Past,
}

/// A change about to be made: all but its operations.
pub(super) struct Plan {
    entry: EntryId,
    deps: Vec<ChangeHash>,
    seq: u64,
    depth: u64,
    /// The number its first operation will have.
    pub(super) first_op: u64,
    /// What the change builds on.
    pub(super) past: Past,
}

/// One Automerge document and the edits its changes were made from.
#[derive(Clone)]
pub(super) struct Changes {
    genesis: Change,
    document: Automerge,
    // Invariant: every change in `made` is in `document` or here, behind what it builds on.
    unwritten: Vec<Change>,
    made: BTreeMap<EntryId, Made>,
    // From the first operation of a change to its edit.
    origins: BTreeMap<(JournalId, u64), EntryId>,
}

impl Changes {
    /// A document that holds its genesis only. Equal names and operations make equal documents.
    pub(super) fn new(name: &[u8], operations: Vec<Op>) -> Self {
        let genesis = Change::from(ExpandedChange {
            operations,
            actor_id: genesis_actor(name),
            hash: None,
            seq: 1,
            start_op: NonZeroU64::MIN,
            time: 0,
            message: None,
            deps: Vec::new(),
            extra_bytes: Vec::new(),
            author: None,
        });
        Self {
            document: begun(&genesis),
            genesis,
            unwritten: Vec::new(),
            made: BTreeMap::new(),
            origins: BTreeMap::new(),
        }
    }

    /// Goes back to the genesis.
    pub(super) fn restart(&mut self) {
        self.document = begun(&self.genesis);
        self.unwritten.clear();
        self.made.clear();
        self.origins.clear();
    }

    /// Prepares the change of an edit that stood on these, all of them made.
    pub(super) fn plan(&self, entry: EntryId, seen: &[EntryId]) -> Plan {
        let previous = self.made.range(EntryId { seq: 0, ..entry }..entry).next_back();
        let previous = previous.map(|(previous, _)| *previous);
        let mut stands_on = self.maximal(seen.iter().copied().chain(previous).collect());
        // Automerge names the actor's previous change even where another dependency covers it.
        stands_on.extend(previous.filter(|previous| !stands_on.contains(previous)));
        let mut plan = Plan {
            entry,
            deps: Vec::new(),
            seq: 1,
            depth: 0,
            first_op: self.genesis.max_op(),
            past: Past::default(),
        };
        for (entry, made) in stands_on.iter().filter_map(|entry| self.made.get_key_value(entry)) {
            plan.deps.push(made.hash);
            plan.depth = plan.depth.max(made.depth);
            plan.first_op = plan.first_op.max(made.last_op);
            plan.past.join(&made.past);
            if Some(*entry) == previous {
                plan.seq = made.seq.saturating_add(1);
            }
        }
        if plan.deps.is_empty() {
            plan.deps.push(self.genesis.hash());
        }
        plan.depth = plan.depth.saturating_add(1);
        plan.first_op = plan.first_op.saturating_add(1);
        plan
    }

    /// Makes the planned change with these operations.
    pub(super) fn make(&mut self, plan: Plan, operations: Vec<Op>) {
        let Plan { entry, deps, seq, depth, first_op, mut past } = plan;
        past.add(entry);
        if !operations.is_empty() {
            self.origins.insert((entry.journal, first_op), entry);
        }
        let change = Change::from(ExpandedChange {
            operations,
            actor_id: actor(entry.journal),
            hash: None,
            seq,
            start_op: NonZeroU64::new(first_op).expect("operations are numbered from 1"),
            time: 0,
            message: None,
            deps,
            extra_bytes: Vec::new(),
            author: None,
        });
        let hash = change.hash();
        let last_op = change.max_op();
        self.made.insert(entry, Made { hash, seq, first_op, last_op, depth, past });
        self.unwritten.push(change);
    }

    /// Writes what was made into the document.
    pub(super) fn write(&mut self) {
        if !self.unwritten.is_empty() {
            self.document
                .apply_changes(std::mem::take(&mut self.unwritten))
                .expect("changes made here are whole, new and in order");
        }
    }

    /// The document, as last written.
    pub(super) fn document(&self) -> &Automerge {
        &self.document
    }

    /// The heads of the document as someone saw it who held these.
    pub(super) fn heads_of(&self, seen: Vec<EntryId>) -> Vec<ChangeHash> {
        let maximal = self.maximal(seen);
        if maximal.is_empty() {
            return vec![self.genesis.hash()];
        }
        maximal.iter().filter_map(|entry| self.made.get(entry)).map(|made| made.hash).collect()
    }

    /// Those of the entries that no other of them builds on.
    pub(super) fn maximal(&self, mut entries: Vec<EntryId>) -> Vec<EntryId> {
        entries.sort_unstable();
        entries.dedup();
        let covered = |entry: EntryId| {
            entries.iter().any(|other| {
                let made = self.made.get(other).filter(|_| *other != entry);
                made.is_some_and(|made| made.past.contains(entry))
            })
        };
        entries.iter().copied().filter(|entry| !covered(*entry)).collect()
    }

    /// The last edit of each journal.
    pub(super) fn latest(&self) -> Vec<EntryId> {
        let mut latest: Vec<EntryId> = Vec::new();
        for entry in self.made.keys() {
            match latest.last_mut().filter(|last| last.journal == entry.journal) {
                Some(last) => *last = *entry,
                None => latest.push(*entry),
            }
        }
        latest
    }

    /// The `offset`-th operation of an edit that is made.
    pub(super) fn operation(&self, entry: EntryId, offset: u64) -> Option<OpId> {
        let made = self.made.get(&entry)?;
        Some(OpId(made.first_op.saturating_add(offset), actor(entry.journal)))
    }

    /// Which edit made an operation, and the how-manieth of the edit it is.
    pub(super) fn origin(&self, id: &ObjId) -> Option<(EntryId, u64)> {
        let ObjId::Id(counter, actor, _) = id else {
            return None;
        };
        let journal = JournalId(actor.to_bytes().try_into().ok()?);
        let mut made = self.origins.range((journal, 0)..=(journal, *counter));
        let ((_, first_op), entry) = made.next_back()?;
        Some((*entry, counter.checked_sub(*first_op)?))
    }

    /// Whether the change of an edit is made.
    pub(super) fn holds(&self, entry: EntryId) -> bool {
        self.made.contains_key(&entry)
    }

    /// How far an edit lies above genesis: it is deeper than all it builds on.
    pub(super) fn depth(&self, entry: EntryId) -> u64 {
        self.made.get(&entry).map_or(0, |made| made.depth)
    }
}

/// The actor whose one change begins a document of this name.
pub(super) fn genesis_actor(name: &[u8]) -> ActorId {
    let mut bytes = [0; GENESIS_ACTOR_BYTES];
    let mut hasher = blake3::Hasher::new();
    hasher.update(GENESIS_DOMAIN).update(name);
    hasher.finalize_xof().fill(&mut bytes);
    ActorId::from(bytes)
}

/// The actor that a journal is.
pub(super) fn actor(journal: JournalId) -> ActorId {
    ActorId::from(journal.as_bytes())
}

fn begun(genesis: &Change) -> Automerge {
    let mut document = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint)
        .with_actor(genesis.actor_id().clone());
    document.apply_changes([genesis.clone()]).expect("a genesis builds on nothing");
    document
}
