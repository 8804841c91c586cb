//! Every table of the store. This page is the format.
//!
//! The number in a name is the format's. To change what a table's keys or values are, add the next
//! number and a migration; a released table never changes its meaning. Names kept for tables that
//! later versions bring: `quarantine-1`, `parcels-1`, `checkpoints-1`.

use digiana_core::id::{CredentialId, EntryId, JournalId, NodeId};
use digiana_core::scope::Scope;
use digiana_core::time::{Confidence, Wall};
use digiana_core::wire::{Malformed, Reader};
use redb::TableDefinition;

/// The format of a whole store: it grows when an older program could not read what stands in one.
pub(super) const FORMAT: u32 = 1;

/// `journal 8 ‖ sequence 8`, big-endian, so that a range is in order of writing.
pub(super) type EntryKey = [u8; 16];

/// By journal and first entry: the batch's bytes as they stand on the wire. Once a block is
/// closed, its batches are one row.
pub(super) const BATCHES: TableDefinition<'static, &EntryKey, &[u8]> =
    TableDefinition::new("batches-1");

/// What this store is: `format` (4 bytes, big-endian), `town` (32), `node` (32).
pub(super) const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta-1");

/// By id: the envelope's bytes.
pub(super) const CREDENTIALS: TableDefinition<'static, &[u8; CredentialId::LEN], &[u8]> =
    TableDefinition::new("credentials-1");

/// By `node 32 ‖ scope 1 or 9` (nothing after the node for its sign of life): the newest report's
/// signed bytes.
pub(super) const REPORTS: TableDefinition<'static, &[u8], &[u8]> =
    TableDefinition::new("reports-1");

/// `seconds 8 ‖ confidence 1`, big-endian.
pub(super) type WallBytes = [u8; 9];

/// By journal and entry: since when this node knows that headquarters holds the journal up to it.
pub(super) const CUSTODY: TableDefinition<'static, &EntryKey, &WallBytes> =
    TableDefinition::new("custody-1");

/// By journal and entry: when the entries up to it arrived here from a peer.
pub(super) const ARRIVALS: TableDefinition<'static, &EntryKey, &WallBytes> =
    TableDefinition::new("arrivals-1");

/// The key of an entry.
pub(super) fn entry_key(journal: JournalId, seq: u64) -> EntryKey {
    let mut key = [0; 16];
    let (name, place) = key.split_at_mut(JournalId::LEN);
    name.copy_from_slice(journal.as_bytes());
    place.copy_from_slice(&seq.to_be_bytes());
    key
}

/// The entry of a key.
pub(super) fn entry_of(key: &EntryKey) -> EntryId {
    let [a, b, c, d, e, f, g, h, seq @ ..] = *key;
    EntryId { journal: JournalId([a, b, c, d, e, f, g, h]), seq: u64::from_be_bytes(seq) }
}

/// The key of a report.
pub(super) fn report_key(node: NodeId, scope: Option<Scope>) -> Vec<u8> {
    let mut key = node.as_bytes().to_vec();
    key.extend(scope.map(Scope::to_bytes).unwrap_or_default());
    key
}

/// A wall clock's reading as bytes.
pub(super) fn wall_bytes(wall: Wall) -> WallBytes {
    let [a, b, c, d, e, f, g, h] = wall.seconds.to_be_bytes();
    [a, b, c, d, e, f, g, h, wall.confidence.code()]
}

/// Reads what [`wall_bytes`] wrote.
///
/// # Errors
/// [`Malformed`] when the confidence has no name.
pub(super) fn wall_of(bytes: &WallBytes) -> Result<Wall, Malformed> {
    let mut reader = Reader::new(bytes);
    let seconds = i64::from_be_bytes(reader.array()?);
    let at = reader.at();
    let code = reader.byte()?;
    let confidence = Confidence::from_code(u64::from(code));
    if confidence.code() == code {
        Ok(Wall { seconds, confidence })
    } else {
        Err(Malformed::Unnamed { what: "a clock's confidence", at })
    }
}
