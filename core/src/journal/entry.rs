//! Entries: a kind, a stamp and a body, chained by hash.
//!
//! Bytes: `len varint ‖ kind varint ‖ counter varint ‖ stamp varint ‖ body`, where `len` counts
//! what follows it. Counter and wall clock are absolute in entry 1 and steps from the entry before
//! after that: the counter's step is at least 1; the stamp is `zigzag(seconds' step) << 2 |
//! confidence`. `hash = blake3(hash of the entry before ‖ all these bytes)`.

use crate::fact::Kind;
use crate::id::Hash;
use crate::limits::ENTRY_BYTES_MAX;
use crate::time::{Confidence, Wall};
use crate::wire::{Malformed, Reader, put_run, put_varint, unzigzag, zigzag};

/// The furthest a wall clock may be from 1970, in seconds: some 18 billion years are enough.
const SECONDS_MAX: i64 = 1 << 59;

/// Where a chain stands: what the next entry is written against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The last entry; 0 before the first.
    pub seq: u64,
    /// Its hash; before the first, the journal's root.
    pub head: Hash,
    /// Its counter; 0 before the first.
    pub counter: u64,
    /// Its wall clock; 0 before the first.
    pub seconds: i64,
}

impl Position {
    /// Before the first entry of the journal with that root.
    pub fn start(root: Hash) -> Self {
        Self { seq: 0, head: root, counter: 0, seconds: 0 }
    }
}

/// One entry, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its place in its journal, from 1.
    pub seq: u64,
    /// Its hash: the journal's head after it.
    pub hash: Hash,
    /// What kind of fact.
    pub kind: Kind,
    /// The author's Lamport counter: it orders display, nothing else.
    pub counter: u64,
    /// What the author's wall clock showed.
    pub wall: Wall,
    /// The fact.
    pub body: &'a [u8],
}

/// Appends the bytes of one entry written against `before`, and returns where the chain stands then.
///
/// # Panics
/// When `counter` is not above the one before: the engine's counter only grows.
pub fn write_entry(
    out: &mut Vec<u8>,
    before: Position,
    kind: Kind,
    counter: u64,
    wall: Wall,
    body: &[u8],
) -> Position {
    assert!(counter > before.counter, "a counter only grows");
    let seconds = wall.seconds.clamp(-SECONDS_MAX, SECONDS_MAX);
    let mut inner = Vec::with_capacity(body.len() + 12);
    put_varint(&mut inner, u64::from(kind.0));
    put_varint(&mut inner, counter - before.counter);
    let stamp = zigzag(seconds - before.seconds) << 2 | u64::from(wall.confidence.code());
    put_varint(&mut inner, stamp);
    inner.extend_from_slice(body);
    let start = out.len();
    put_run(out, &inner);
    let written = out.get(start..).expect("what was just written is there");
    Position { seq: before.seq + 1, head: chain(before.head, written), counter, seconds }
}

/// Reads the next entry against `before`.
///
/// # Errors
/// [`Malformed`], naming the byte counted from where `reader` began.
pub fn read_entry<'a>(
    reader: &mut Reader<'a>,
    before: Position,
) -> Result<(Entry<'a>, Position), Malformed> {
    let start = reader.clone();
    let inner = reader.run("an entry", ENTRY_BYTES_MAX)?;
    let bytes = start.clone().take(reader.at() - start.at())?;
    let at = reader.at() - inner.len();
    let mut fields = Reader::new(inner);
    let kind = fields.varint()?;
    let kind = u32::try_from(kind).map_err(|_| Malformed::NotCanonical { at })?;
    let step = fields.varint()?;
    let stamp = fields.varint()?;
    let body = fields.take(inner.len() - fields.at())?;
    let wrong = Malformed::Unnamed { what: "an entry's counter or stamp", at };
    let counter = before.counter.checked_add(step).filter(|_| step > 0).ok_or(wrong)?;
    let seconds = before
        .seconds
        .checked_add(unzigzag(stamp >> 2))
        .filter(|seconds| (-SECONDS_MAX..=SECONDS_MAX).contains(seconds))
        .ok_or(wrong)?;
    let after = Position { seq: before.seq + 1, head: chain(before.head, bytes), counter, seconds };
    let wall = Wall { seconds, confidence: Confidence::from_code(stamp & 3) };
    let entry = Entry { seq: after.seq, hash: after.head, kind: Kind(kind), counter, wall, body };
    Ok((entry, after))
}

fn chain(before: Hash, bytes: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&before.0).update(bytes);
    Hash(*hasher.finalize().as_bytes())
}
