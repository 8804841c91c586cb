//! What an operator sees of the mesh.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use digiana_core::id::{LinkId, NodeId};

/// The links and the peers without one, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshStatus {
    /// Every link that is up, oldest first.
    pub links: Vec<LinkStatus>,
    /// Every known peer without a link, by id.
    pub unlinked: Vec<PeerStatus>,
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkStatus {
    /// Its handle.
    pub link: LinkId,
    /// Who is at the other end.
    pub peer: NodeId,
    /// Whether this node dialled.
    pub dialled: bool,
    /// Where the peer is reached; none in the first instant of a link.
    pub address: Option<SocketAddr>,
    /// How long it has been up.
    pub up_for: Duration,
    /// Frames that came.
    pub frames_in: u64,
    /// Frames that went.
    pub frames_out: u64,
    /// Bytes of the frames that came, their lengths not counted.
    pub bytes_in: u64,
    /// Bytes of the frames that went, their lengths not counted.
    pub bytes_out: u64,
    /// How long a packet takes there and back; none in the first instant of a link.
    pub round_trip: Option<Duration>,
}

/// One known peer without a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerStatus {
    /// Who it is.
    pub peer: NodeId,
    /// Where it is sought.
    pub addresses: Vec<SocketAddr>,
    /// Whether the operator cut it.
    pub paused: bool,
    /// Whether it is being dialled now.
    pub dialling: bool,
    /// Why the last dial or link ended.
    pub last_error: Option<String>,
    /// When it is dialled next; none while paused, or when nobody knows where it is.
    pub next_try_in: Option<Duration>,
}

/// What one link counts, from the task that serves it to those who ask.
#[derive(Debug, Default)]
pub(super) struct Counters {
    frames_in: AtomicU64,
    frames_out: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    round_trip_micros: AtomicU64,
}

impl Counters {
    pub(super) fn came(&self, bytes: usize) {
        count(&self.frames_in, &self.bytes_in, bytes);
    }

    pub(super) fn went(&self, bytes: usize) {
        count(&self.frames_out, &self.bytes_out, bytes);
    }

    pub(super) fn measured(&self, round_trip: Duration) {
        let micros = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX).max(1);
        self.round_trip_micros.store(micros, Ordering::Relaxed);
    }
}

fn count(frames: &AtomicU64, bytes: &AtomicU64, len: usize) {
    frames.fetch_add(1, Ordering::Relaxed);
    bytes.fetch_add(u64::try_from(len).unwrap_or(u64::MAX), Ordering::Relaxed);
}

impl LinkStatus {
    pub(super) fn new(
        link: LinkId,
        peer: NodeId,
        dialled: bool,
        address: Option<SocketAddr>,
        up_for: Duration,
        counters: &Counters,
    ) -> Self {
        let micros = counters.round_trip_micros.load(Ordering::Relaxed);
        Self {
            link,
            peer,
            dialled,
            address,
            up_for,
            frames_in: counters.frames_in.load(Ordering::Relaxed),
            frames_out: counters.frames_out.load(Ordering::Relaxed),
            bytes_in: counters.bytes_in.load(Ordering::Relaxed),
            bytes_out: counters.bytes_out.load(Ordering::Relaxed),
            round_trip: (micros > 0).then(|| Duration::from_micros(micros)),
        }
    }
}
