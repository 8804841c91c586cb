//! A line between two nodes, and the connection over it.
//!
//! The engines speak over connections that lose nothing while they live, as QUIC's streams do:
//! packets that are lost are sent again, those that come twice or too early are put right. So what
//! a bad line does to a frame is to make it late, until one end hears nothing for so long that it
//! gives the connection up, and with it everything that was on its way.

use std::time::Duration;

use digiana_core::id::LinkId;

use crate::rng::Rng;

use super::cast::{Quality, Road};
use super::fault::{Fault, Faults};

/// How many bytes of a frame go into one packet.
const PACKET_BYTES: usize = 1_200;

/// How long an end hears nothing before it gives the connection up, as in a real node.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(2);

/// How often a packet is sent again before the line counts as silent anyway.
const SENT_AGAIN_MAX: u32 = 6;

/// How many bytes a connection takes off a node's hands before frames queue in it.
const SEND_WINDOW_BYTES: usize = 1 << 20;

/// A line, and what goes on over it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) road: Road,
    /// Whether what its first, its second end sends comes nowhere.
    pub(super) deaf: [bool; 2],
    /// Whether a partition, or the absence of the bus, closes it.
    pub(super) is_closed: bool,
    /// Whether the bus is at this depot.
    pub(super) is_calling: bool,
    pub(super) connection: Option<Connection>,
    /// Since when there was none, for how patiently it is dialled.
    pub(super) apart_since: Duration,
}

/// A connection between two running nodes.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) link: LinkId,
    /// Which ends still believe in it.
    pub(super) up: [bool; 2],
    /// Since when the end hears nothing; none while it could.
    pub(super) silent_since: [Option<Duration>; 2],
    // By who sends: until when the line is busy with it, and when the last frame arrives.
    busy_until: [Duration; 2],
    arrives: [Duration; 2],
    /// What the line carries nowhere for now.
    held: [Vec<Vec<u8>>; 2],
    on_its_way: [usize; 2],
    queued: [usize; 2],
    /// What is to become of the next frame that leaves.
    pub(super) garble: Option<Garble>,
}

/// How a frame is spoilt.
#[derive(Debug, Clone, Copy)]
pub(super) enum Garble {
    /// Cut off after so many bytes.
    Cut(usize),
    /// Noise of a seed, so many bytes long.
    Noise(u64, usize),
    /// One bit is turned.
    Turned(usize),
}

impl Line {
    pub(super) fn new(road: Road) -> Self {
        let apart_since = Duration::ZERO;
        Self {
            road,
            deaf: [false; 2],
            is_closed: road.is_depot,
            is_calling: false,
            connection: None,
            apart_since,
        }
    }

    /// Which end of it a node is.
    pub(super) fn end_of(&self, node: usize) -> usize {
        let [first, _] = self.road.ends;
        usize::from(first != node)
    }

    /// The node at an end.
    pub(super) fn node_at(&self, end: usize) -> usize {
        let [first, second] = self.road.ends;
        if end == 0 { first } else { second }
    }

    /// Whether what that end sends arrives.
    pub(super) fn carries_from(&self, end: usize) -> bool {
        let [first, second] = self.deaf;
        !self.is_closed && !(if end == 0 { first } else { second })
    }

    /// Whether it carries both ways.
    pub(super) fn is_open(&self) -> bool {
        self.carries_from(0) && self.carries_from(1)
    }

    /// How long one packet takes.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_micros(self.road.quality.delay_us.into())
    }
}

/// One of a pair, by end.
pub(super) fn of<T>(pair: &[T; 2], end: usize) -> &T {
    let [first, second] = pair;
    if end == 0 { first } else { second }
}

/// One of a pair, by end.
pub(super) fn of_mut<T>(pair: &mut [T; 2], end: usize) -> &mut T {
    let [first, second] = pair;
    if end == 0 { first } else { second }
}

impl Connection {
    pub(super) fn new(link: LinkId, now: Duration) -> Self {
        Self {
            link,
            up: [true; 2],
            silent_since: [None; 2],
            busy_until: [now; 2],
            arrives: [now; 2],
            held: [Vec::new(), Vec::new()],
            on_its_way: [0; 2],
            queued: [0; 2],
            garble: None,
        }
    }

    /// When a frame that leaves `end` now arrives.
    pub(super) fn carry(
        &mut self,
        end: usize,
        bytes: usize,
        quality: &Quality,
        now: Duration,
        rng: &mut Rng,
        faults: &mut Faults,
    ) -> Duration {
        let delay = Duration::from_micros(quality.delay_us.into());
        let mut leaves = now.max(*of(&self.busy_until, end));
        let mut arrives = *of(&self.arrives, end);
        let packets = bytes.div_ceil(PACKET_BYTES).max(1);
        if let Some(bits_per_second) = quality.bits_per_second {
            faults.count(Fault::ThinLine);
            let bits = u64::try_from(bytes).expect("a frame's length").saturating_mul(8);
            leaves += Duration::from_micros(bits * 1_000_000 / u64::from(bits_per_second));
            *of_mut(&mut self.busy_until, end) = leaves;
        }
        if quality.lost_per_mille > 0 {
            for _ in 0..packets {
                let mut late = Duration::ZERO;
                let mut wait = 3 * delay + Duration::from_millis(25);
                for _ in 0..SENT_AGAIN_MAX {
                    if !rng.per_mille(quality.lost_per_mille) {
                        break;
                    }
                    faults.count(Fault::Loss);
                    late += wait;
                    wait *= 2;
                }
                if rng.per_mille(quality.doubled_per_mille) {
                    faults.count(Fault::Duplication);
                }
                if rng.per_mille(quality.overtaken_per_mille) {
                    faults.count(Fault::Reordering);
                    late += delay / 2;
                }
                arrives = arrives.max(leaves + delay + late);
            }
        } else {
            arrives = arrives.max(leaves + delay);
        }
        *of_mut(&mut self.arrives, end) = arrives;
        arrives
    }

    /// A frame is handed over at `end`; how many frames wait for the connection there.
    pub(super) fn take(&mut self, end: usize, bytes: usize) -> usize {
        let on_its_way = of_mut(&mut self.on_its_way, end);
        let waits = *on_its_way > SEND_WINDOW_BYTES;
        *on_its_way += bytes;
        let queued = of_mut(&mut self.queued, end);
        *queued = if waits { *queued + 1 } else { 0 };
        *queued
    }

    /// A frame that left `end` arrived.
    pub(super) fn arrived(&mut self, end: usize, bytes: usize) {
        let on_its_way = of_mut(&mut self.on_its_way, end);
        *on_its_way = on_its_way.saturating_sub(bytes);
    }

    /// Keeps a frame until the line carries again.
    pub(super) fn hold(&mut self, end: usize, bytes: Vec<u8>) {
        of_mut(&mut self.held, end).push(bytes);
    }

    /// Whatever waited at `end` for the line to carry again.
    pub(super) fn release(&mut self, end: usize) -> Vec<Vec<u8>> {
        std::mem::take(of_mut(&mut self.held, end))
    }
}
