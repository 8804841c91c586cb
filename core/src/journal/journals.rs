//! Reading stored journals: bounded ranges, so no replica keeps its history in memory.

use std::collections::BTreeMap;

use super::batch::Batch;
use crate::id::JournalId;
use crate::planted::{self, Bug};

/// The store cannot give what it holds. The node stops and says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("journal {journal} cannot be read from the store: {why}")]
pub struct JournalsFault {
    /// Which journal.
    pub journal: JournalId,
    /// What the store said.
    pub why: String,
}

/// What is on the disk: redb in `node`, a map in simulation.
pub trait Journals {
    /// Every journal that has an entry, ascending.
    ///
    /// # Errors
    /// [`JournalsFault`] when the store cannot be read.
    fn list(&self) -> Result<Vec<JournalId>, JournalsFault>;

    /// The stored batches of `journal` from the one that holds entry `from` on, in order, until
    /// `bytes_max` bytes are passed; at least one where there is one.
    ///
    /// # Errors
    /// [`JournalsFault`] when the store cannot be read.
    fn rows(
        &self,
        journal: JournalId,
        from: u64,
        bytes_max: usize,
    ) -> Result<Vec<Batch>, JournalsFault>;
}

/// The run of entries from `from` to the end of its block, or to the newest seal: one batch, ready
/// to be sent. None where nothing is stored from there on.
///
/// # Errors
/// [`JournalsFault`] when the store cannot be read.
pub fn run_from(
    journals: &dyn Journals,
    journal: JournalId,
    from: u64,
) -> Result<Option<Batch>, JournalsFault> {
    let rows = journals.rows(journal, from, crate::limits::BLOCK_BYTES_MAX)?;
    let mut block = Vec::new();
    for row in rows {
        let closes = row.seal.closes_block;
        block.push(row);
        if closes && !planted::is(Bug::RunPastTheBlock) {
            break;
        }
    }
    if block.is_empty() {
        return Ok(None);
    }
    let run = Batch::join(block).starting_at(from);
    run.map(Some).map_err(|error| JournalsFault { journal, why: error.to_string() })
}

/// Journals in memory: for tests, and for the simulator's disks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryJournals {
    rows: BTreeMap<(JournalId, u64), Batch>,
}

impl MemoryJournals {
    /// Stores a batch. One that closes a block takes the block's rows from `block_first` on into
    /// its own, as the disk does.
    pub fn append(&mut self, batch: Batch, block_first: u64) {
        let journal = batch.journal;
        if !batch.seal.closes_block {
            self.rows.insert((journal, batch.first), batch);
            return;
        }
        let keys: Vec<_> = self
            .rows
            .range((journal, block_first)..(journal, batch.first))
            .map(|(k, _)| *k)
            .collect();
        let mut block: Vec<Batch> = keys.iter().filter_map(|key| self.rows.remove(key)).collect();
        block.push(batch);
        self.rows.insert((journal, block_first), Batch::join(block));
    }

    /// Forgets everything after `seq`, as a disk does that lied about its flush. Whole rows only.
    pub fn forget_after(&mut self, journal: JournalId, seq: u64) {
        self.rows.retain(|(of, _), batch| *of != journal || batch.last() <= seq);
    }
}

impl Journals for MemoryJournals {
    fn list(&self) -> Result<Vec<JournalId>, JournalsFault> {
        let mut journals: Vec<JournalId> = self.rows.keys().map(|(journal, _)| *journal).collect();
        journals.dedup();
        Ok(journals)
    }

    fn rows(
        &self,
        journal: JournalId,
        from: u64,
        bytes_max: usize,
    ) -> Result<Vec<Batch>, JournalsFault> {
        let start = self.rows.range((journal, 0)..=(journal, from)).next_back();
        let start = start.map_or(from, |((_, first), _)| *first);
        let mut bytes = 0;
        let mut out = Vec::new();
        for batch in self.rows.range((journal, start)..=(journal, u64::MAX)).map(|(_, b)| b) {
            if batch.last() < from {
                continue;
            }
            bytes += batch.entries().len();
            out.push(batch.clone());
            if bytes > bytes_max {
                break;
            }
        }
        Ok(out)
    }
}
