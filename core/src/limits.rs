//! Every bound of the town in one place, asserted against its neighbours.
//!
//! A queue, loop, frame or file without a line here has no bound, and that is a bug.

use std::time::Duration;

/// The most bytes one entry may have, header included.
pub const ENTRY_BYTES_MAX: usize = 4 * 1024;

/// A block closes when it holds this many entries.
pub const BLOCK_ENTRIES_MAX: usize = 512;

/// A block closes when its entries reach this many bytes.
pub const BLOCK_BYTES_CLOSE: usize = 32 * 1024;

/// The most bytes of entries one command may write in one scope: they lie under one seal, and a
/// seal never crosses the end of a block.
pub const COMMAND_BYTES_MAX: usize = 24 * 1024;

/// The most bytes of entries a block, and so a batch, may have: the last command may overshoot.
pub const BLOCK_BYTES_MAX: usize = BLOCK_BYTES_CLOSE + COMMAND_BYTES_MAX;

/// The most bytes one frame between peers may carry.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// The most bytes a key unknown to the listener may send to introduce itself.
pub const PRESENT_BYTES_MAX: usize = 2 * 1024 + 256;

/// How long a key unknown to the listener has to introduce itself.
pub const PRESENT_WITHIN: Duration = Duration::from_secs(2);

/// The most bytes of one credential's body.
pub const CREDENTIAL_BYTES_MAX: usize = 1024;

/// The most credentials a town may have: 100 nodes over many years of renewals.
pub const CREDENTIALS_MAX: usize = 4096;

/// The most nodes a town may admit.
pub const NODES_MAX: usize = 1024;

/// The most scopes two nodes may share: one bit each in a hello.
pub const SHARED_SCOPES_MAX: usize = 64;

/// The most lives of one node in one scope a replica keeps apart.
pub const LIVES_MAX: usize = 65_536;

/// The most ends of one node and scope a vector may list when they rival.
pub const RIVAL_ENDS_MAX: usize = 16;

/// The most dots a write may name as seen.
pub const SAW_DOTS_MAX: usize = 16;

/// The most bytes one value of a shared record may have.
pub const VALUE_BYTES_MAX: usize = 2 * 1024;

/// The most runs of characters one splice takes out of a free text.
pub const SPLICE_RUNS_MAX: usize = 64;

/// How many comparisons of characters may be spent on finding what somebody changed in a text.
pub const TEXT_COMPARISONS_MAX: usize = 1 << 20;

/// The most fields one edit may write.
pub const EDIT_FIELDS_MAX: usize = 48;

/// The most characters of a reason, a destination or a title in a fact.
pub const FACT_TEXT_CHARS_MAX: usize = 200;

/// How many facts one command may decide: a household of ten, ticked at once, with all it needs.
pub const FACTS_PER_COMMAND_MAX: usize = 64;

/// The furthest a counter may run ahead of the highest one held before it is disbelieved.
pub const COUNTER_LEAP_MAX: u64 = 1 << 20;

/// The highest counter anybody is believed: what a hello can carry. Years of taps stay far below.
pub const COUNTER_MAX: u64 = (1 << 48) - 1;

/// How many bytes of batches may be on their way to a peer without its word that they are durable.
pub const WINDOW_BYTES: usize = 1 << 20;

/// How many batches may be on their way to a peer without its word that they are durable.
pub const WINDOW_BATCHES: usize = 128;

/// How often a peer may say that a batch leaves a gap, in one comparison, before its journal waits
/// for the next one.
pub const GAPS_MAX: u32 = 3;

/// How many rounds of credentials a link may take before it is closed.
pub const CREDENTIAL_ROUNDS_MAX: u32 = 64;

/// How many frames may wait for one slow link before it is closed.
pub const LINK_QUEUE_FRAMES: usize = 256;

/// How many links a gateway holds; a reader holds fewer by configuration.
pub const LINKS_MAX: usize = 128;

/// How many commits may wait for the disk before new commands are told to wait.
pub const COMMITS_PENDING_MAX: usize = 1024;

/// How many bytes batches from peers may take that wait for the disk, over all links.
pub const FOREIGN_BYTES_PENDING_MAX: usize = 8 << 20;

/// How long a relay waits for the author's own push before it passes an entry on.
pub const RELAY_AFTER: Duration = Duration::from_millis(100);

/// How long signs of life of others are gathered before they are passed on together.
pub const RELAY_SIGNS_AFTER: Duration = Duration::from_secs(10);

/// How long after the last of a node's own lost entries came back it takes them back.
pub const RECLAIM_AFTER: Duration = Duration::from_secs(1);

/// How often two idle replicas compare digests again.
pub const COMPARE_EVERY: Duration = Duration::from_secs(30);

/// The least time between two receipts of one node for one scope.
pub const RECEIPT_EVERY: Duration = Duration::from_secs(60);

/// The most bytes of one receipt.
pub const RECEIPT_BYTES_MAX: usize = 16 * 1024;

/// The most ends one report names.
pub const RECEIPT_ENDS_MAX: usize = 1024;

/// The most bytes of a card's public key: RSA of 4,096 bits with its exponent.
pub const PROOF_KEY_BYTES_MAX: usize = 1 + 8 + 512;

/// How long after the last tap at a reader a second tap of the same person is the same tap.
pub const SAME_TAP_SECONDS: i64 = 10;

/// How long after somebody got on a second tap of theirs in the same vehicle is the same ride.
pub const SAME_RIDE_SECONDS: i64 = 60;

// A whole block with its seal must fit in one frame, or two nodes could never finish a sync.
const _: () = assert!(BLOCK_BYTES_MAX + 256 < FRAME_BYTES_MAX);
// One entry of any length can be written by a command, beside the opening of its journal.
const _: () = assert!(2 * ENTRY_BYTES_MAX < COMMAND_BYTES_MAX);
// An introduction holds the credential of a node and of the officer who signed it, however long
// they are: before each body stand 99 bytes.
const _: () = assert!(2 * (CREDENTIAL_BYTES_MAX + 128) <= PRESENT_BYTES_MAX);
const _: () = assert!(PRESENT_BYTES_MAX < FRAME_BYTES_MAX);
// A report with as many ends as it may name is one that peers take: an end has fifteen bytes
// while its journal has under four billion entries.
const _: () = assert!(RECEIPT_ENDS_MAX * 15 < RECEIPT_BYTES_MAX);
// A vector of every node a town may admit must fit in one frame.
const _: () = assert!(NODES_MAX * 20 < FRAME_BYTES_MAX);
// The ids of every credential a town may have must fit in one frame.
const _: () = assert!(CREDENTIALS_MAX * 8 < FRAME_BYTES_MAX);

// A full window of batches fits in a link's queue, with room for what else is said.
const _: () = assert!(WINDOW_BATCHES * 2 <= LINK_QUEUE_FRAMES);
