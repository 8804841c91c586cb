//! The one clock of the program.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use digiana_core::time::{Confidence, Timestamp, Wall};
use tokio::time::Instant;

/// No clock that was ever set says less: 2026-01-01T00:00:00Z, before this software was built.
const BUILT_AFTER: i64 = 1_767_225_600;

/// What time it is, since this node started and on the wall.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    started: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { started: Instant::now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp { monotonic: self.started.elapsed(), wall: wall() }
    }

    /// Sleeps until a moment of the monotonic clock; for ever where there is none.
    pub(super) async fn sleep_until(self, due: Option<Duration>) {
        match due.and_then(|due| self.started.checked_add(due)) {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }
}

/// What the wall clock shows. A clock that stands before this software was built was never set.
pub(crate) fn wall() -> Wall {
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
    };
    let confidence = if seconds < BUILT_AFTER { Confidence::Unsure } else { Confidence::Held };
    Wall { seconds, confidence }
}
