//! Commits: what must be on the disk, all of it or nothing, before anything is said.

use crate::credential::Envelope;
use crate::id::{EntryId, JournalId, NodeId};
use crate::journal::batch::Batch;
use crate::scope::Scope;
use crate::time::Wall;

/// The number of a commit in this run of the node; it is in no file and no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub u64);

/// Writes that become durable together.
///
/// The shell may put several commits into one transaction, in the order it got them. When one
/// fails, those after it fail too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its number, for the answer.
    pub id: CommitId,
    /// What to write, in order.
    pub writes: Vec<StoreWrite>,
}

/// One write of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreWrite {
    /// A batch joins its journal. If its seal closes the block, the block's rows from entry
    /// `block_first` on become one row, joined by [`Batch::join`].
    Append {
        /// What to append.
        batch: Batch,
        /// The first entry of the block it is in.
        block_first: u64,
    },
    /// A verified credential, under its id.
    Credential(Envelope),
    /// The newest signed report of that node for that scope; it replaces the one before.
    Report {
        /// Whose.
        node: NodeId,
        /// Of which scope; none for the node's sign of life.
        scope: Option<Scope>,
        /// The report's signed bytes.
        bytes: Vec<u8>,
    },
    /// Headquarters held a journal up to an entry, as known here since `at`.
    Custody {
        /// Up to where.
        upto: EntryId,
        /// Since when.
        at: Wall,
    },
    /// A journal's entries up to `seq` arrived here from a peer at `at`.
    Arrival {
        /// Which journal.
        journal: JournalId,
        /// The last entry that arrived.
        seq: u64,
        /// When.
        at: Wall,
    },
}

/// What the store holds beside journals, read once at the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// Every credential, in the order of ids.
    pub credentials: Vec<Envelope>,
    /// Every report's bytes.
    pub reports: Vec<Vec<u8>>,
    /// Every step of custody, by journal and entry.
    pub custody: Vec<(EntryId, Wall)>,
}
