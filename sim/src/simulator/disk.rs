//! The disk of a simulated node: what it shows while the power is on, and what is left after.
//!
//! Like the store it stands for, it takes transactions whole or not at all, keeps the same rows, and
//! checks every row when it is opened.

use std::collections::{BTreeMap, VecDeque};

use digiana_core::credential::Envelope;
use digiana_core::engine::commit::{Commit, CommitId, StoreWrite, Stored};
use digiana_core::id::{CredentialId, EntryId, JournalId, NodeId};
use digiana_core::journal::batch::Batch;
use digiana_core::journal::journals::{Journals, JournalsFault, MemoryJournals};
use digiana_core::scope::Scope;
use digiana_core::time::Wall;

use super::fault::Fault;

/// How many commits go into one transaction, as in a real node.
const GROUP_MAX: usize = 128;

/// Everything that stands on a disk at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    journals: MemoryJournals,
    credentials: BTreeMap<CredentialId, Envelope>,
    reports: BTreeMap<(NodeId, Option<Scope>), Vec<u8>>,
    custody: BTreeMap<EntryId, Wall>,
    damaged: Option<Damage>,
    // The last entry of each journal.
    ends: BTreeMap<JournalId, u64>,
}

/// What is wrong with an image. Opening it finds out, by the checksum of each page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Damage {
    /// A write that the disk confirmed never reached its place.
    #[error("a confirmed write is missing")]
    LostWrite,
    /// A write reached the place of another.
    #[error("a write stands in the place of another")]
    MisdirectedWrite,
    /// A bit is not what it was.
    #[error("a bit has turned")]
    BitRot,
}

impl Damage {
    /// The kind of trouble it is counted as.
    pub fn fault(self) -> Fault {
        match self {
            Self::LostWrite => Fault::LostWrite,
            Self::MisdirectedWrite => Fault::MisdirectedWrite,
            Self::BitRot => Fault::BitRot,
        }
    }
}

/// What becomes of the transaction that was under way when the power went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Torn {
    /// It had reached the disk whole; only nobody was told.
    Landed,
    /// None of it counts, however much of it had reached the disk.
    Undone,
}

/// What the disk says at the end of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// These commits are durable, in this order.
    Persisted(Vec<CommitId>),
    /// The disk is full: this commit and all after it are not durable.
    Full(CommitId),
}

/// A disk with a queue of commits in front of it.
#[derive(Debug, Default)]
pub struct Disk {
    live: Image,
    // What a disk that lies about its flush really kept; none while it tells the truth.
    durable: Option<Image>,
    waiting: VecDeque<Commit>,
    writing: Vec<Commit>,
    is_full: bool,
    // From the first refusal until the node is told that there is room: nothing is taken.
    refuses: bool,
}

impl Image {
    /// What stands beside the journals.
    pub fn stored(&self) -> Stored {
        Stored {
            credentials: self.credentials.values().cloned().collect(),
            reports: self.reports.values().cloned().collect(),
            custody: self.custody.iter().map(|(upto, at)| (*upto, *at)).collect(),
        }
    }

    /// The journals.
    pub fn journals(&self) -> &MemoryJournals {
        &self.journals
    }

    /// The last entry of a journal; 0 where it has none.
    pub fn last(&self, journal: JournalId) -> u64 {
        self.ends.get(&journal).copied().unwrap_or(0)
    }

    fn append(&mut self, batch: Batch, block_first: u64) {
        self.ends.insert(batch.journal, batch.last());
        self.journals.append(batch, block_first);
    }

    fn suffer(&mut self, damage: Damage, journal: JournalId) {
        let rows = |journals: &MemoryJournals, journal| {
            journals.rows(journal, 1, usize::MAX).expect("what is in memory can be read")
        };
        let mut spoilt = rows(&self.journals, journal);
        let Some(mut last) = spoilt.pop() else { return };
        match damage {
            Damage::LostWrite => {}
            Damage::MisdirectedWrite => {
                let Some(before) = spoilt.pop() else { return };
                (last.first, last.count) = (before.first, before.count);
                spoilt.push(last);
            }
            Damage::BitRot => {
                let mut bytes = last.to_bytes();
                if let Some(byte) = bytes.last_mut() {
                    *byte ^= 1;
                }
                spoilt.push(Batch::read(&bytes).expect("its entries are not looked at"));
            }
        }
        let mut journals = MemoryJournals::default();
        for other in self.journals.list().expect("what is in memory can be read") {
            let kept = if other == journal { spoilt.clone() } else { rows(&self.journals, other) };
            kept.into_iter().for_each(|row| {
                let first = row.first;
                journals.append(row, first);
            });
        }
        self.ends.insert(journal, spoilt.last().map_or(0, Batch::last));
        self.journals = journals;
    }

    /// Writes one commit.
    pub fn apply(&mut self, commit: Commit) {
        for write in commit.writes {
            match write {
                StoreWrite::Append { batch, block_first } => self.append(batch, block_first),
                StoreWrite::Credential(envelope) => {
                    self.credentials.insert(envelope.id(), envelope);
                }
                StoreWrite::Report { node, scope, bytes } => {
                    self.reports.insert((node, scope), bytes);
                }
                StoreWrite::Custody { upto, at } => {
                    self.custody.insert(upto, at);
                }
                // Read by no engine: it is for whoever looks into a theft.
                StoreWrite::Arrival { .. } => {}
            }
        }
    }
}

impl Disk {
    /// What the running node reads.
    pub fn live(&self) -> &Image {
        &self.live
    }

    /// What would be left if the power went now.
    pub fn durable(&self) -> &Image {
        self.durable.as_ref().unwrap_or(&self.live)
    }

    /// Takes a commit into the queue; whether the disk was idle, so that a transaction is to
    /// [`begin`](Self::begin).
    pub fn push(&mut self, commit: Commit) -> bool {
        if self.refuses {
            // The engine has given up whatever follows a commit that failed.
            return false;
        }
        self.waiting.push_back(commit);
        self.writing.is_empty()
    }

    /// How many commits wait or are being written.
    pub fn queued(&self) -> usize {
        self.waiting.len() + self.writing.len()
    }

    /// Puts what waits into a transaction; whether there was anything.
    pub fn begin(&mut self) -> bool {
        let group = self.waiting.len().min(GROUP_MAX);
        self.writing.extend(self.waiting.drain(..group));
        !self.writing.is_empty()
    }

    /// Ends the transaction: none where nothing was being written.
    pub fn finish(&mut self) -> Option<Answer> {
        let commits = std::mem::take(&mut self.writing);
        let first = commits.first()?.id;
        if self.is_full {
            self.waiting.clear();
            self.refuses = true;
            return Some(Answer::Full(first));
        }
        let ids = commits.iter().map(|commit| commit.id).collect();
        commits.into_iter().for_each(|commit| self.live.apply(commit));
        Some(Answer::Persisted(ids))
    }

    /// What is being written.
    pub(super) fn writing(&self) -> Vec<CommitId> {
        self.writing.iter().map(|commit| commit.id).collect()
    }

    /// What a full disk refuses, when nobody looks at its answer.
    pub(super) fn swallow(&mut self) -> Vec<CommitId> {
        let ids = if self.is_full { self.writing() } else { Vec::new() };
        self.writing.retain(|commit| !ids.contains(&commit.id));
        ids
    }

    /// Nothing more fits on it.
    pub fn fill(&mut self) {
        self.is_full = true;
    }

    /// There is room again. The node hears of it when it [tries](Self::takes_writes).
    pub fn free(&mut self) {
        self.is_full = false;
    }

    /// Whether it refused writes and takes them again from now on.
    pub fn takes_writes(&mut self) -> bool {
        let again = self.refuses && !self.is_full;
        self.refuses &= !again;
        again
    }

    /// Whether it refuses writes.
    pub fn refuses(&self) -> bool {
        self.refuses
    }

    /// From now on it confirms what it does not keep.
    pub fn lie(&mut self) {
        if self.durable.is_none() {
            self.durable = Some(self.live.clone());
        }
    }

    /// Whether it confirms what it does not keep.
    pub fn lies(&self) -> bool {
        self.durable.is_some()
    }

    /// Everything confirmed so far is kept after all.
    pub fn flush(&mut self) {
        self.durable = None;
    }

    /// The power goes. What waits is gone; what a lying disk only held in its cache is gone too.
    pub fn cut_power(&mut self, torn: Torn) {
        let writing = std::mem::take(&mut self.writing);
        self.waiting.clear();
        self.refuses = false;
        match self.durable.take() {
            Some(kept) => self.live = kept,
            None if torn == Torn::Landed && !self.is_full => {
                writing.into_iter().for_each(|commit| self.live.apply(commit));
            }
            None => {}
        }
    }

    /// The node closes its store after the last answer.
    pub fn close(&mut self) {
        debug_assert!(self.queued() == 0, "a close waits for the disk");
        self.refuses = false;
        // A system that shuts down flushes its disks.
        self.durable = None;
    }

    /// Something on the medium goes wrong. A running node does not notice.
    pub fn damage(&mut self, damage: Damage) {
        self.live.damaged = Some(damage);
        if let Some(durable) = &mut self.durable {
            durable.damaged = Some(damage);
        }
    }

    /// Opens what is left, checking every row.
    ///
    /// # Errors
    /// What is wrong with the image: the store is then set aside.
    pub fn open(&self) -> Result<Stored, Damage> {
        self.live.damaged.map_or_else(|| Ok(self.live.stored()), Err)
    }

    /// What a damage does to the last rows of a journal, when nobody looks for it.
    pub(super) fn suffer(&mut self, damage: Damage, journal: Option<JournalId>) {
        self.live.damaged = None;
        if let Some(journal) = journal {
            self.live.suffer(damage, journal);
        }
    }

    /// A damaged store is moved out of the way, and an empty one made.
    pub fn set_aside(&mut self) -> Image {
        std::mem::take(&mut self.live)
    }

    /// Another program writes a batch while the node does not run.
    pub fn append(&mut self, batch: Batch, block_first: u64) {
        self.live.append(batch, block_first);
    }
}

impl Journals for Disk {
    fn list(&self) -> Result<Vec<JournalId>, JournalsFault> {
        self.live.journals.list()
    }

    fn rows(
        &self,
        journal: JournalId,
        from: u64,
        bytes_max: usize,
    ) -> Result<Vec<Batch>, JournalsFault> {
        self.live.journals.rows(journal, from, bytes_max)
    }
}
