//! What the person at the reader sees and hears: a lamp and a buzzer, or a line on a console.
//!
//! The last signals are kept for `ctl outcomes --follow`, which may begin to listen at any time. A
//! signal says how a tap ended and nothing of whose it was.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use digiana_core::time::Timestamp;
use tokio::sync::broadcast;

/// How many signals are kept for whoever asks later.
pub const SIGNALS_KEPT_MAX: usize = 64;

/// How many signals may wait for one follower before it is told that it missed some.
pub const SIGNALS_QUEUED_MAX: usize = 64;

/// How a tap ended, for the person who tapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The tap counts and is durable here.
    Accepted,
    /// The tap counts, and somebody should look at the screen.
    Attention,
    /// The rules refuse the tap.
    Refused,
    /// The card could not be read, or this node can record nothing: the screen says which.
    Fault,
}

/// The colour of a lamp. Each goes with another sound, so that no meaning hangs on colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lamp {
    /// Done.
    Green,
    /// Done, but look.
    Blue,
    /// Not done; staff can help.
    Amber,
    /// Not read, or not to be recorded here.
    Red,
}

/// What a buzzer plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Beeps {
    /// How many, from 1.
    pub count: u8,
    /// How long each is, in milliseconds.
    pub millis: u16,
}

impl Signal {
    /// The lamp that goes on.
    pub fn lamp(self) -> Lamp {
        match self {
            Self::Accepted => Lamp::Green,
            Self::Attention => Lamp::Blue,
            Self::Refused => Lamp::Amber,
            Self::Fault => Lamp::Red,
        }
    }

    /// What the buzzer plays.
    pub fn beeps(self) -> Beeps {
        match self {
            Self::Accepted => Beeps { count: 1, millis: 120 },
            Self::Attention => Beeps { count: 2, millis: 120 },
            Self::Refused => Beeps { count: 1, millis: 600 },
            Self::Fault => Beeps { count: 3, millis: 80 },
        }
    }
}

/// A signal that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// From 1 at the start of the node, without gaps.
    pub number: u64,
    /// What was shown.
    pub signal: Signal,
    /// When.
    pub at: Timestamp,
}

/// An indicator without a lamp: it writes to the log, keeps the last signals and tells followers.
#[derive(Debug)]
pub struct Indicator {
    kept: Mutex<Kept>,
    followers: broadcast::Sender<Shown>,
}

#[derive(Debug)]
struct Kept {
    // Invariant: how many signals were ever shown.
    count: u64,
    // Invariant: the last SIGNALS_KEPT_MAX of them at most, oldest first.
    last: VecDeque<Shown>,
}

impl Indicator {
    /// An indicator that has shown nothing.
    pub fn new() -> Self {
        let kept = Kept { count: 0, last: VecDeque::with_capacity(SIGNALS_KEPT_MAX) };
        Self { kept: Mutex::new(kept), followers: broadcast::Sender::new(SIGNALS_QUEUED_MAX) }
    }

    /// Shows a signal. It never waits: a follower that is slow misses signals, and is told so.
    pub fn show(&self, signal: Signal, now: Timestamp) {
        let mut kept = self.kept();
        kept.count += 1;
        let shown = Shown { number: kept.count, signal, at: now };
        if kept.last.len() == SIGNALS_KEPT_MAX {
            kept.last.pop_front();
        }
        kept.last.push_back(shown);
        tracing::info!(?signal, lamp = ?signal.lamp(), number = shown.number, "indicated");
        // Under the lock, so that followers hear signals in the order of their numbers. With nobody
        // following the signal is kept all the same.
        let _ = self.followers.send(shown);
    }

    /// The last signals, oldest first.
    pub fn recent(&self) -> Vec<Shown> {
        self.kept().last.iter().copied().collect()
    }

    /// The last signals, and every later one without a gap between.
    pub fn follow(&self) -> (Vec<Shown>, broadcast::Receiver<Shown>) {
        let kept = self.kept();
        (kept.last.iter().copied().collect(), self.followers.subscribe())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // Nothing that can fail is done under the lock, so what it guards is whole in any case.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Indicator {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use digiana_core::time::{Confidence, Wall};

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        let wall = Wall { seconds: 0, confidence: Confidence::Unsure };
        Timestamp { monotonic: Duration::from_secs(seconds), wall }
    }

    #[test]
    fn every_signal_looks_and_sounds_different() {
        let all = [Signal::Accepted, Signal::Attention, Signal::Refused, Signal::Fault];
        let lamps: std::collections::HashSet<_> = all.map(Signal::lamp).into_iter().collect();
        let sounds: std::collections::HashSet<_> = all.map(Signal::beeps).into_iter().collect();
        assert_eq!((lamps.len(), sounds.len()), (4, 4));
    }

    #[test]
    fn the_last_signals_are_kept_and_the_oldest_forgotten() {
        let indicator = Indicator::new();
        for second in 1..=70 {
            indicator.show(Signal::Accepted, at(second));
        }
        let numbers: Vec<u64> = indicator.recent().iter().map(|shown| shown.number).collect();
        assert_eq!(numbers, (7..=70).collect::<Vec<_>>());
    }

    #[test]
    fn a_follower_hears_what_was_and_what_comes_with_nothing_between() {
        let indicator = Indicator::new();
        indicator.show(Signal::Accepted, at(1));
        let (before, mut later) = indicator.follow();
        indicator.show(Signal::Fault, at(2));
        assert_eq!(before.iter().map(|shown| shown.number).collect::<Vec<_>>(), [1]);
        let next = later.try_recv().expect("the signal was sent");
        assert_eq!(next, Shown { number: 2, signal: Signal::Fault, at: at(2) });
    }

    #[test]
    fn a_slow_follower_is_told_that_it_missed_signals() {
        let indicator = Indicator::new();
        let (_, mut later) = indicator.follow();
        for second in 1..=65 {
            indicator.show(Signal::Refused, at(second));
        }
        let missed = later.try_recv();
        assert_eq!(missed, Err(broadcast::error::TryRecvError::Lagged(1)));
    }
}
