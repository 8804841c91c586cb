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

/// How far the town's calendar is ahead of UTC: Japan Standard Time has no summer time.
const CALENDAR_AHEAD_SECONDS: i64 = 9 * 3600;

/// A day of the town's calendar: days since 1970-01-01, each from midnight to midnight in Japan.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Day(#[n(0)] pub i32);

impl Day {
    /// The day on which a moment lies: Unix seconds. A moment beyond all calendars lies on the last
    /// day there is.
    pub fn of(seconds: i64) -> Self {
        let days = seconds.saturating_add(CALENDAR_AHEAD_SECONDS).div_euclid(86_400);
        let last = if days < 0 { i32::MIN } else { i32::MAX };
        Self(i32::try_from(days).unwrap_or(last))
    }

    /// When it begins: Unix seconds.
    pub fn begins(self) -> i64 {
        i64::from(self.0) * 86_400 - CALENDAR_AHEAD_SECONDS
    }

    /// That many days later; earlier where negative.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

/// Minutes since midnight in Japan at a moment: 0 to 1,439.
pub fn minute_of_day(seconds: i64) -> u16 {
    let minute = seconds.saturating_add(CALENDAR_AHEAD_SECONDS).rem_euclid(86_400) / 60;
    u16::try_from(minute).expect("a day has 1,440 minutes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_japan() {
        // 2026-11-22 23:59:59 and a second later, in Japan.
        let last = 1_795_359_599;
        assert_eq!(Day::of(last).plus(1), Day::of(last + 1));
        assert_eq!(Day::of(last + 1).begins(), last + 1);
        assert_eq!((minute_of_day(last), minute_of_day(last + 1)), (1439, 0));
        assert_eq!(Day::of(-9 * 3600), Day(0));
        assert_eq!(Day::of(i64::MAX), Day(i32::MAX));
    }
}
