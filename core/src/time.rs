//! Time as an input: what the one clock of the program said when something happened.
//!
//! No order and no membership is decided by wall time. A counter orders display, the monotonic
//! clock drives timers, and the wall clock is data with its own confidence.

use std::time::Duration;

/// How far a wall clock may be believed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Confidence {
    /// Never set since power-up, or before this software was built: it may say 1970.
    #[n(0)]
    Unsure,
    /// Set once, running free since.
    #[n(1)]
    Held,
    /// Disciplined by a time source now.
    #[n(2)]
    Synced,
}

impl Confidence {
    /// The number it has in entries and frames.
    pub fn code(self) -> u8 {
        match self {
            Self::Unsure => 0,
            Self::Held => 1,
            Self::Synced => 2,
        }
    }

    /// The confidence with that number; a number of the future is no confidence at all.
    pub fn from_code(code: u64) -> Self {
        match code {
            1 => Self::Held,
            2 => Self::Synced,
            _ => Self::Unsure,
        }
    }
}

/// Seconds since 1970-01-01T00:00:00Z as a wall clock showed them, and how far to believe it.
///
/// Whole seconds: no rule of the town asks for finer ones, and a byte an entry is saved.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct Wall {
    /// Unix seconds; may be negative on a broken clock.
    #[n(0)]
    pub seconds: i64,
    /// How far to believe them.
    #[n(1)]
    pub confidence: Confidence,
}

/// The moment an input happened, read once by the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Since the node started. Never jumps; timers use only this.
    pub monotonic: Duration,
    /// What the wall clock showed.
    pub wall: Wall,
}
