//! Chains: where each journal stands here, and what may be attached to it.

use super::batch::Batch;
use super::entry::{Entry, Position, read_entry};
use super::opening::Opening;
use crate::fact::Kind;
use crate::id::{Hash, JournalId, NodeId, TownId};
use crate::limits::{BLOCK_BYTES_CLOSE, BLOCK_BYTES_MAX, BLOCK_ENTRIES_MAX, FACTS_PER_COMMAND_MAX};
use crate::scope::Scope;
use crate::sign::Scheme;
use crate::wire::{Malformed, Reader};

/// Where a chain stands, and the block that is open there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// The last entry.
    pub position: Position,
    /// How many entries the open block has.
    pub block_entries: usize,
    /// How many bytes of entries the open block has.
    pub block_bytes: usize,
}

impl Tip {
    /// Before the first entry of the journal with that root.
    pub fn start(root: Hash) -> Self {
        Self { position: Position::start(root), block_entries: 0, block_bytes: 0 }
    }

    /// The first entry of the open block: where its row begins once it is closed.
    pub fn block_first(&self) -> u64 {
        let entries = u64::try_from(self.block_entries).expect("a block's count is bounded");
        self.position.seq - entries + 1
    }

    /// Whether the author must close the block here: another command might not fit in it.
    pub fn block_is_full(&self) -> bool {
        self.block_entries + FACTS_PER_COMMAND_MAX >= BLOCK_ENTRIES_MAX
            || self.block_bytes >= BLOCK_BYTES_CLOSE
    }

    /// The tip after a batch that ends at `position`.
    pub fn after(&self, position: Position, bytes: usize, closes_block: bool) -> Self {
        if closes_block {
            return Self { position, block_entries: 0, block_bytes: 0 };
        }
        let entries =
            usize::try_from(position.seq - self.position.seq).expect("a batch has a bounded count");
        Self {
            position,
            block_entries: self.block_entries + entries,
            block_bytes: self.block_bytes + bytes,
        }
    }
}

/// Why a batch does not attach here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DoesNotAttach {
    /// Entries before it are missing here.
    #[error("entries before it are missing; held up to {held}")]
    Gap {
        /// The last entry held.
        held: u64,
    },
    /// Everything in it is held already.
    #[error("held already, up to {held}")]
    Held {
        /// The last entry held.
        held: u64,
    },
    /// Its bytes are wrong.
    #[error("it cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// The seal is not the author's for this chain: forged, or the journal has two ends.
    #[error("its seal does not fit this chain at entry {seq}")]
    SealDoesNotFit {
        /// The entry the seal claims.
        seq: u64,
    },
    /// It would make a block larger than `limits` allows.
    #[error("it overfills a block at entry {seq}")]
    BlockOverfull {
        /// Its last entry.
        seq: u64,
    },
    /// The first entry does not open the journal it is in.
    #[error("its first entry does not open this journal")]
    NotAnOpening,
}

/// A batch whose chain is whole and whose seal is its author's. Whether it counts is the fold's
/// question.
///
/// Only [`Chain::attach`] and the writer make one, so to hold it is the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBatch {
    batch: Batch,
    before: Position,
    after: Position,
}

impl VerifiedBatch {
    pub(super) fn trusted(batch: Batch, before: Position, after: Position) -> Self {
        Self { batch, before, after }
    }

    /// A batch of this node's own store, whose seal was checked when it came.
    ///
    /// # Errors
    /// [`DoesNotAttach`] when the store does not hold what it held, or the batch does not begin
    /// right after `before`.
    pub fn stored(batch: Batch, before: Position) -> Result<Self, DoesNotAttach> {
        if batch.first != before.seq + 1 {
            return Err(DoesNotAttach::Gap { held: before.seq });
        }
        let after = batch.read_entries(before, |_| {})?;
        Ok(Self { batch, before, after })
    }

    /// Where the chain stands after it.
    pub fn after(&self) -> Position {
        self.after
    }

    /// The batch.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Where the chain stood before it.
    pub fn before(&self) -> Position {
        self.before
    }

    /// Looks at each entry.
    pub fn each_entry(&self, each: impl FnMut(Entry<'_>)) {
        let read = self.batch.read_entries(self.before, each);
        read.expect("a verified batch can be read");
    }
}

/// One journal as it is held here: who writes it, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    journal: JournalId,
    opening: Opening,
    durable: Option<Tip>,
    tip: Tip,
}

impl Chain {
    /// The empty chain of an opening.
    pub fn new(town: TownId, opening: Opening) -> Self {
        let tip = Tip::start(opening.root(town));
        Self { journal: opening.journal(town), opening, durable: None, tip }
    }

    /// The chain that a journal's first batch begins.
    ///
    /// # Errors
    /// [`DoesNotAttach`] when the batch does not begin with the opening of its own journal.
    pub fn opened_by(town: TownId, batch: &Batch) -> Result<Self, DoesNotAttach> {
        if batch.first != 1 {
            return Err(DoesNotAttach::Gap { held: 0 });
        }
        let mut reader = Reader::new(batch.entries());
        let (entry, _) = read_entry(&mut reader, Position::start(Hash([0; 32])))?;
        if entry.kind != Kind::OPENING {
            return Err(DoesNotAttach::NotAnOpening);
        }
        let opening: Opening =
            minicbor::decode(entry.body).map_err(|_| DoesNotAttach::NotAnOpening)?;
        if opening.journal(town) == batch.journal && opening.life > 0 {
            Ok(Self::new(town, opening))
        } else {
            Err(DoesNotAttach::NotAnOpening)
        }
    }

    /// The journal's name.
    pub fn journal(&self) -> JournalId {
        self.journal
    }

    /// How it began.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Whose journal it is.
    pub fn author(&self) -> NodeId {
        self.opening.node
    }

    /// The scope it is in.
    pub fn scope(&self) -> Scope {
        self.opening.scope
    }

    /// Where it stands, what awaits the disk included.
    pub fn tip(&self) -> Tip {
        self.tip
    }

    /// Where it stands durably; none before the first commit.
    pub fn durable(&self) -> Option<Tip> {
        self.durable
    }

    /// The last durable entry; 0 before the first commit.
    pub fn durable_seq(&self) -> u64 {
        self.durable.map_or(0, |tip| tip.position.seq)
    }

    /// Checks a batch against the chain's tip: order, hashes, seal.
    ///
    /// Entries held already are left out. The chain does not move; see [`advance`](Self::advance).
    ///
    /// # Errors
    /// [`DoesNotAttach`]; of these only `Gap` and `Held` can come from an honest peer.
    pub fn attach(
        &self,
        scheme: Scheme,
        town: TownId,
        batch: Batch,
    ) -> Result<(VerifiedBatch, Tip), DoesNotAttach> {
        let held = self.tip.position.seq;
        if batch.first > held + 1 {
            return Err(DoesNotAttach::Gap { held });
        }
        if batch.last() <= held {
            return Err(DoesNotAttach::Held { held });
        }
        let batch = batch.starting_at(held + 1)?;
        let before = self.tip.position;
        let tip = self.follow(&batch)?;
        let Position { seq, head, .. } = tip.position;
        batch
            .seal
            .verify(scheme, town, self.author(), self.journal, seq, head)
            .map_err(|_| DoesNotAttach::SealDoesNotFit { seq })?;
        Ok((VerifiedBatch::trusted(batch, before, tip.position), tip))
    }

    /// Takes up a batch of this node's own store, whose seal was checked when it came.
    ///
    /// # Errors
    /// [`DoesNotAttach`] when the store does not hold what it held.
    pub fn restore(&mut self, batch: Batch) -> Result<VerifiedBatch, DoesNotAttach> {
        if batch.first != self.tip.position.seq + 1 {
            return Err(DoesNotAttach::Gap { held: self.tip.position.seq });
        }
        let before = self.tip.position;
        let tip = self.follow(&batch)?;
        self.tip = tip;
        self.durable = Some(tip);
        Ok(VerifiedBatch::trusted(batch, before, tip.position))
    }

    /// Where the chain stands after a batch that begins at its tip.
    fn follow(&self, batch: &Batch) -> Result<Tip, DoesNotAttach> {
        let mut opens_again = false;
        let position = batch.read_entries(self.tip.position, |entry| {
            opens_again |= (entry.kind == Kind::OPENING) != (entry.seq == 1);
        })?;
        if opens_again {
            return Err(DoesNotAttach::NotAnOpening);
        }
        let entries = self.tip.block_entries + usize::try_from(batch.count).unwrap_or(usize::MAX);
        let bytes = self.tip.block_bytes + batch.entries().len();
        if entries > BLOCK_ENTRIES_MAX || bytes > BLOCK_BYTES_MAX {
            return Err(DoesNotAttach::BlockOverfull { seq: position.seq });
        }
        Ok(self.tip.after(position, batch.entries().len(), batch.seal.closes_block))
    }

    /// Moves the tip to where an attached batch ends.
    pub fn advance(&mut self, tip: Tip) {
        assert!(tip.position.seq > self.tip.position.seq, "a chain only grows");
        self.tip = tip;
    }

    /// Everything up to `tip` is on the disk.
    pub fn made_durable(&mut self, tip: Tip) {
        self.durable = Some(tip);
    }

    /// What awaited the disk will not come: the chain stands where it stands durably.
    pub fn fall_back(&mut self, town: TownId) {
        self.tip = self.durable.unwrap_or_else(|| Tip::start(self.opening.root(town)));
    }
}

#[cfg(test)]
mod tests;
