//! Writing one's own journal: entries, their counter, and the seal over them.

use super::batch::{Batch, Seal};
use super::chain::{Chain, Tip, VerifiedBatch};
use super::entry::write_entry;
use crate::fact::Kind;
use crate::id::TownId;
use crate::limits::{BLOCK_BYTES_MAX, BLOCK_ENTRIES_MAX};
use crate::sign::Signer;
use crate::time::Wall;

/// Writes entries onto the tip of one's own chain and seals them. The chain does not move.
///
/// Each entry's counter is one above the one before; the first one's is `counter`.
///
/// # Panics
/// When there is nothing to write, or more than fits in a block.
pub fn seal_entries(
    signer: &Signer,
    town: TownId,
    chain: &Chain,
    entries: &[(Kind, Vec<u8>)],
    counter: u64,
    wall: Wall,
) -> (VerifiedBatch, Tip) {
    assert!(!entries.is_empty(), "a seal covers something new");
    let tip = chain.tip();
    assert!(tip.block_entries + entries.len() <= BLOCK_ENTRIES_MAX, "a command fits in a block");
    let before = tip.position;
    let mut bytes = Vec::new();
    let mut position = before;
    for ((kind, body), counter) in entries.iter().zip(counter..) {
        position = write_entry(&mut bytes, position, *kind, counter, wall, body);
    }
    assert!(tip.block_bytes + bytes.len() <= BLOCK_BYTES_MAX, "a command fits in a block");
    let closes_block = tip.after(position, bytes.len(), false).block_is_full();
    let after = tip.after(position, bytes.len(), closes_block);
    let seal = Seal::make(signer, town, chain.journal(), position, closes_block);
    let count = position.seq - before.seq;
    let batch = Batch::new(chain.journal(), before.seq + 1, count, seal, bytes);
    (VerifiedBatch::trusted(batch, before, position), after)
}
