//! Every bound and every patience of the mesh.

use std::time::Duration;

use digiana_core::limits;

/// How long a link may stay without a frame before it carries a heartbeat.
pub(super) const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);

/// How long a link may stay without a byte from the peer before it counts as cut.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(2);

/// What a process that was itself held up gets to look at what came meanwhile.
pub(super) const SILENCE_GRACE: Duration = Duration::from_millis(100);

/// How long a dial may take, from the first packet to the listener's first heartbeat.
pub(super) const DIAL_WITHIN: Duration = Duration::from_secs(3);

/// How long a peer that connected may take to open its stream.
pub(super) const STREAM_WITHIN: Duration = Duration::from_secs(3);

/// How long a graceful close may take to hand over what was queued.
pub(super) const FLUSH_WITHIN: Duration = Duration::from_secs(2);

/// How long a peer that finished its stream may take to say why.
pub(super) const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// How long the endpoint may take to tell its peers that it goes.
pub(super) const SHUTDOWN_WITHIN: Duration = Duration::from_secs(3);

/// The first wait after a dial that failed.
pub(super) const RETRY_FIRST: Duration = Duration::from_millis(300);

/// The longest wait between two dials.
pub(super) const RETRY_LONGEST: Duration = Duration::from_secs(15);

/// How much longer the greater id waits before it dials, so that mostly one side dials.
pub(super) const YIELD_TO_SMALLER: Duration = Duration::from_millis(400);

/// A link that lived this long was a success: the next dial waits no longer than the first did.
pub(super) const STEADY_AFTER: Duration = Duration::from_secs(3);

/// A stranger whose link lived this long was welcomed by the engine, so its address is kept.
pub(super) const WELCOME_AFTER: Duration = Duration::from_secs(10);

/// A link this old is known to both ends, so a peer that connects again has lost it.
///
/// It is longer than any dial that began before the link was up can last.
pub(super) const SETTLED_AFTER: Duration = Duration::from_secs(7);

/// How many events may wait for the node's loop before the mesh stops reading from its peers.
pub(super) const EVENTS_WAITING_MAX: usize = 256;

/// How many dials run at once.
pub(super) const DIALS_AT_ONCE_MAX: usize = 16;

/// How many connections may be on their way to becoming a link at once.
pub(super) const WELCOMES_AT_ONCE_MAX: usize = 32;

/// How many peers the address book holds.
pub(super) const PEERS_MAX: usize = limits::NODES_MAX;

/// How many peers the address book holds that nobody but an unproven word on the LAN told of.
pub(super) const RUMOURS_MAX: usize = 256;

/// How many addresses of one peer are kept from one source.
pub(super) const ADDRESSES_PER_SOURCE_MAX: usize = 4;

/// How many bytes of a reason travel to the peer, or are believed from it.
pub(super) const REASON_BYTES_MAX: usize = 120;

/// How many bytes of a connection may wait unread in this process.
pub(super) const RECEIVE_WINDOW_BYTES: u32 = 1 << 20;

/// How many bytes of a connection may wait in this process for the peer's acknowledgement.
pub(super) const SEND_WINDOW_BYTES: u64 = 1 << 20;

/// How many bytes one read takes from a stream at most.
pub(super) const READ_BYTES: usize = 16 * 1024;

/// How long LAN discovery may hear nothing, not even itself, before it begins anew.
pub(super) const DISCOVERY_DEAF_AFTER: Duration = Duration::from_secs(15);

// A heartbeat may be lost once without the link being taken for cut.
const _: () = assert!(SILENCE_MAX.as_millis() >= 2 * HEARTBEAT_EVERY.as_millis());
// The engine has shown a stranger the door before its address would be kept.
const _: () = assert!(WELCOME_AFTER.as_millis() > 2 * limits::PRESENT_WITHIN.as_millis());
// A dial, and the stream it opens, are over before a link counts as settled.
const _: () =
    assert!(SETTLED_AFTER.as_millis() > DIAL_WITHIN.as_millis() + STREAM_WITHIN.as_millis());
// A peer may have a whole window in flight and a frame in pieces.
const _: () = assert!(limits::FRAME_BYTES_MAX * 8 <= 1 << 20);
