//! Batches: a run of entries of one journal and the author's seal over its end.
//!
//! Bytes, on the wire and in the store alike:
//! `journal 8 ‖ first seq varint ‖ count varint ‖ flags 1 ‖ seal 64 ‖ entries`. Flag 1 says that
//! the seal closes a block. The seal signs `town 32 ‖ journal 8 ‖ last seq 8 big-endian ‖ head 32
//! ‖ flags 1`, so it covers everything before it too.

use super::entry::{Entry, Position, read_entry};
use crate::id::{Hash, JournalId, NodeId, TownId};
use crate::limits::{BLOCK_BYTES_MAX, BLOCK_ENTRIES_MAX};
use crate::sign::{DoesNotFit, Domain, Scheme, Signature, Signer, verify};
use crate::wire::{Malformed, Reader, put_varint};

const CLOSES_BLOCK: u8 = 1;

/// The author's word for its journal up to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// Whether a block ends here: what came before is kept as one row from now on.
    pub closes_block: bool,
    /// The signature.
    pub signature: Signature,
}

impl Seal {
    /// Seals `journal` at `end`.
    pub fn make(
        signer: &Signer,
        town: TownId,
        journal: JournalId,
        end: Position,
        closes_block: bool,
    ) -> Self {
        let parts = SealedBytes::new(journal, end.seq, closes_block);
        let signature = signer.sign(Domain::Seal, &parts.parts(&town, &end.head));
        Self { closes_block, signature }
    }

    /// Checks that `author` sealed `journal` at `seq` with `head`.
    ///
    /// # Errors
    /// [`DoesNotFit`] when not.
    pub fn verify(
        &self,
        scheme: Scheme,
        town: TownId,
        author: NodeId,
        journal: JournalId,
        seq: u64,
        head: Hash,
    ) -> Result<(), DoesNotFit> {
        let parts = SealedBytes::new(journal, seq, self.closes_block);
        let parts = parts.parts(&town, &head);
        verify(scheme, author.as_bytes(), Domain::Seal, &parts, &self.signature)
    }
}

struct SealedBytes {
    journal: JournalId,
    seq: [u8; 8],
    flags: [u8; 1],
}

impl SealedBytes {
    fn new(journal: JournalId, seq: u64, closes_block: bool) -> Self {
        Self { journal, seq: seq.to_be_bytes(), flags: [u8::from(closes_block)] }
    }

    fn parts<'a>(&'a self, town: &'a TownId, head: &'a Hash) -> [&'a [u8]; 5] {
        [town.as_bytes(), self.journal.as_bytes(), &self.seq, &head.0, &self.flags]
    }
}

/// A batch that can be read. Whether its chain holds and its seal fits is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Which journal.
    pub journal: JournalId,
    /// Its first entry.
    pub first: u64,
    /// How many entries.
    pub count: u64,
    /// The author's word for its end.
    pub seal: Seal,
    entries: Vec<u8>,
}

impl Batch {
    /// The most bytes a batch has before its entries.
    pub const HEADER_BYTES_MAX: usize = 8 + 10 + 2 + 1 + Signature::LEN;

    /// A batch of entries that were just written.
    pub(crate) fn new(
        journal: JournalId,
        first: u64,
        count: u64,
        seal: Seal,
        entries: Vec<u8>,
    ) -> Self {
        Self { journal, first, count, seal, entries }
    }

    /// Its last entry.
    pub fn last(&self) -> u64 {
        self.first + self.count - 1
    }

    /// The bytes of its entries.
    pub fn entries(&self) -> &[u8] {
        &self.entries
    }

    /// Reads a batch. Entries are not looked at yet.
    ///
    /// # Errors
    /// [`Malformed`] when the header is wrong or a bound is passed.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let journal = JournalId(reader.array()?);
        let at = reader.at();
        let first = reader.varint()?;
        let count = reader.length("a batch's count", BLOCK_ENTRIES_MAX)?;
        let count = u64::try_from(count).expect("a bounded count fits");
        if first == 0 || count == 0 || first.checked_add(count).is_none() {
            return Err(Malformed::Unnamed { what: "a batch's range", at });
        }
        let at = reader.at();
        let flags = reader.byte()?;
        if flags & !CLOSES_BLOCK != 0 {
            return Err(Malformed::Unnamed { what: "a batch's flags", at });
        }
        let signature = Signature(reader.array()?);
        let at = reader.at();
        let len = bytes.len() - at;
        if len > BLOCK_BYTES_MAX {
            let len = u64::try_from(len).unwrap_or(u64::MAX);
            return Err(Malformed::OverLimit { what: "a batch", len, max: BLOCK_BYTES_MAX, at });
        }
        let seal = Seal { closes_block: flags == CLOSES_BLOCK, signature };
        Ok(Self { journal, first, count, seal, entries: reader.take(len)?.to_vec() })
    }

    /// The batch's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::HEADER_BYTES_MAX + self.entries.len());
        out.extend_from_slice(self.journal.as_bytes());
        put_varint(&mut out, self.first);
        put_varint(&mut out, self.count);
        out.push(u8::from(self.seal.closes_block));
        out.extend_from_slice(&self.seal.signature.0);
        out.extend_from_slice(&self.entries);
        out
    }

    /// The same batch without the entries before `first`, for a chain that has those already.
    ///
    /// # Errors
    /// [`Malformed`] when the entries to leave out cannot be read, or `first` lies outside.
    pub fn starting_at(self, first: u64) -> Result<Self, Malformed> {
        if first <= self.first {
            return Ok(self);
        }
        let mut reader = Reader::new(&self.entries);
        for _ in self.first..first {
            reader.run("an entry", crate::limits::ENTRY_BYTES_MAX)?;
        }
        let at = reader.at();
        let left = (self.first + self.count).checked_sub(first).filter(|left| *left > 0);
        let count = left.ok_or(Malformed::EndsEarly { at })?;
        let entries = self.entries.get(at..).unwrap_or(&[]).to_vec();
        Ok(Self { first, count, entries, ..self })
    }

    /// Joins neighbouring batches of one block: their entries under the last one's seal.
    ///
    /// # Panics
    /// When they are none, not neighbours, or of two journals: the store's rows of a block.
    pub fn join(batches: Vec<Self>) -> Self {
        let mut batches = batches.into_iter();
        let mut joined = batches.next().expect("a block has a row");
        for next in batches {
            assert_eq!(joined.journal, next.journal, "the rows of a block are of one journal");
            assert_eq!(joined.last() + 1, next.first, "the rows of a block are neighbours");
            joined.count += next.count;
            joined.seal = next.seal;
            joined.entries.extend_from_slice(&next.entries);
        }
        joined
    }

    /// Reads the entries against `before`, which must be just before the first.
    ///
    /// # Errors
    /// [`Malformed`] when an entry cannot be read, or there are more or fewer than the count says.
    pub fn read_entries(
        &self,
        before: Position,
        mut each: impl FnMut(Entry<'_>),
    ) -> Result<Position, Malformed> {
        let mut reader = Reader::new(&self.entries);
        let mut position = before;
        for _ in 0..self.count {
            let (entry, after) = read_entry(&mut reader, position)?;
            each(entry);
            position = after;
        }
        reader.finish()?;
        Ok(position)
    }
}
