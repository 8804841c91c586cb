//! The clock of a simulated node: it runs a little fast or slow, jumps, and may never have been set.

use std::time::Duration;

use digiana_core::time::{Confidence, Timestamp, Wall};

/// When every simulated town begins: 2026-11-23 00:00 in Japan, in Unix seconds.
pub const BEGINS: i64 = 1_795_359_600;

/// No clock that was ever set says less: 2026-01-01T00:00:00Z, as in a real node.
const BUILT_AFTER: i64 = 1_767_225_600;

/// 2035-01-01T00:00:00Z.
const FAR_AHEAD: i64 = 2_051_222_400;

/// What happens to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockFault {
    /// Its battery is empty: it starts in 1970.
    Unset,
    /// Somebody set it to 2035.
    FarAhead,
    /// It jumps by so many seconds.
    Jump(i32),
    /// Somebody sets it right.
    SetRight,
}

/// One node's clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    drift_ppm: i32,
    // What it shows is the town's time plus this.
    ahead_seconds: i64,
    // When it was last set, on the town's clock: drift counts from there.
    set_at: Duration,
    started: Duration,
}

impl Clock {
    /// A clock that gains so many microseconds in each second, and was set right.
    pub fn new(drift_ppm: i32) -> Self {
        let (set_at, started) = (Duration::ZERO, Duration::ZERO);
        Self { drift_ppm, ahead_seconds: 0, set_at, started }
    }

    /// The node starts: its monotonic clock begins at nothing.
    pub fn start(&mut self, now: Duration) {
        self.started = now;
    }

    /// What it shows when the town's time is `now`.
    pub fn read(&self, now: Duration) -> Timestamp {
        let seconds = self.seconds(now);
        let confidence = if seconds < BUILT_AFTER { Confidence::Unsure } else { Confidence::Held };
        let wall = Wall { seconds, confidence };
        Timestamp { monotonic: now.saturating_sub(self.started), wall }
    }

    /// When its node's monotonic clock shows `due`, on the town's clock.
    pub fn town_time(&self, due: Duration) -> Duration {
        self.started.saturating_add(due)
    }

    /// Something happens to it.
    pub fn suffer(&mut self, fault: ClockFault, now: Duration) {
        let true_seconds = BEGINS + whole(now);
        self.ahead_seconds = match fault {
            ClockFault::Unset => -true_seconds,
            ClockFault::FarAhead => FAR_AHEAD - true_seconds,
            ClockFault::Jump(by) => self.seconds(now) - true_seconds + i64::from(by),
            ClockFault::SetRight => 0,
        };
        self.set_at = now;
    }

    fn seconds(&self, now: Duration) -> i64 {
        let gained = whole(now.saturating_sub(self.set_at)) * i64::from(self.drift_ppm) / 1_000_000;
        BEGINS + whole(now) + self.ahead_seconds + gained
    }
}

fn whole(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).expect("a simulated town ends before the sun does")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_drifts_jumps_and_is_set_right() {
        let day = Duration::from_secs(86_400);
        let mut clock = Clock::new(50);
        assert_eq!(clock.read(day).wall.seconds, BEGINS + 86_400 + 4, "50 ppm are 4 s a day");
        clock.suffer(ClockFault::Jump(-3_600), day);
        assert_eq!(clock.read(day).wall.seconds, BEGINS + 86_400 + 4 - 3_600);
        clock.suffer(ClockFault::Unset, day);
        let read = clock.read(day + Duration::from_secs(9)).wall;
        assert_eq!((read.seconds, read.confidence), (9, Confidence::Unsure));
        clock.suffer(ClockFault::FarAhead, day);
        assert_eq!(clock.read(day).wall.seconds, FAR_AHEAD);
        clock.suffer(ClockFault::SetRight, day);
        assert_eq!(clock.read(day).wall.seconds, BEGINS + 86_400);
    }

    #[test]
    fn the_monotonic_clock_never_jumps() {
        let mut clock = Clock::new(-20);
        clock.start(Duration::from_secs(10));
        clock.suffer(ClockFault::FarAhead, Duration::from_secs(20));
        assert_eq!(clock.read(Duration::from_secs(30)).monotonic, Duration::from_secs(20));
        assert_eq!(clock.town_time(Duration::from_secs(20)), Duration::from_secs(30));
    }
}
