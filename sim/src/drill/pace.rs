//! How fast the play goes: a clock of its own, which people turn while it runs.

#![expect(clippy::disallowed_methods, reason = "the drill times real processes")]

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

/// How much slower slow is, and how much faster fast.
const FACTOR: u32 = 4;

/// How fast people come by themselves, and with them the cuts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Speed {
    /// Nobody comes by themselves.
    Stop,
    /// Time to look at each tap.
    Slow,
    /// As it is planned.
    #[default]
    Normal,
    /// An evacuation under way.
    Fast,
}

impl Speed {
    /// All of them, the slowest first.
    pub(super) const ALL: [Self; 4] = [Self::Stop, Self::Slow, Self::Normal, Self::Fast];

    /// Its word in a form.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Slow => "slow",
            Self::Normal => "normal",
            Self::Fast => "fast",
        }
    }

    /// How much of the play passes in this time.
    fn played_in(self, time: Duration) -> Duration {
        match self {
            Self::Stop => Duration::ZERO,
            Self::Slow => time / FACTOR,
            Self::Normal => time,
            Self::Fast => time * FACTOR,
        }
    }

    /// How long this much of the play takes; for ever when it stands still.
    fn time_for(self, play: Duration) -> Option<Duration> {
        match self {
            Self::Stop => None,
            Self::Slow => Some(play * FACTOR),
            Self::Normal => Some(play),
            Self::Fast => Some(play / FACTOR),
        }
    }
}

/// The play's own clock.
#[derive(Debug)]
pub(super) struct Clock {
    hand: Mutex<Hand>,
    turned: watch::Sender<Speed>,
}

/// How far the play had come when its speed was last chosen.
#[derive(Debug, Clone, Copy)]
struct Hand {
    played: Duration,
    since: Instant,
    speed: Speed,
}

impl Hand {
    fn at(self, now: Instant) -> Duration {
        self.played + self.speed.played_in(now.saturating_duration_since(self.since))
    }
}

impl Clock {
    /// A clock that goes as planned.
    pub(super) fn new() -> Self {
        let speed = Speed::default();
        let hand = Hand { played: Duration::ZERO, since: Instant::now(), speed };
        Self { hand: Mutex::new(hand), turned: watch::Sender::new(speed) }
    }

    /// How much of the play has passed.
    pub(super) fn now(&self) -> Duration {
        self.hand(|hand| hand.at(Instant::now()))
    }

    /// Goes on at another speed.
    pub(super) fn turn(&self, speed: Speed) {
        self.hand(|hand| {
            let now = Instant::now();
            *hand = Hand { played: hand.at(now), since: now, speed };
        });
        self.turned.send_replace(speed);
    }

    /// Waits until this much of the play has passed, however fast it goes meanwhile.
    pub(super) async fn reach(&self, moment: Duration) {
        let mut turned = self.turned.subscribe();
        loop {
            let speed = *turned.borrow_and_update();
            let left = moment.saturating_sub(self.now());
            if left.is_zero() {
                return;
            }
            // The clock holds the sender, so a change is all that can come.
            match speed.time_for(left) {
                Some(time) => drop(timeout(time, turned.changed()).await),
                None => drop(turned.changed().await),
            }
        }
    }

    fn hand<T>(&self, act: impl FnOnce(&mut Hand) -> T) -> T {
        // The hand is whole after every call.
        act(&mut self.hand.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_minute_of_the_play_takes_as_long_as_its_speed_says() {
        let check = |speed: Speed, time: Option<Duration>| {
            assert_eq!(speed.time_for(MINUTE), time, "{speed:?}");
            let since = Instant::now();
            let hand = Hand { played: MINUTE, since, speed };
            let later = time.map_or(MINUTE, |time| hand.at(since + time));
            assert_eq!(later, if time.is_some() { 2 * MINUTE } else { MINUTE }, "{speed:?}");
        };
        check(Speed::Stop, None);
        check(Speed::Slow, Some(4 * MINUTE));
        check(Speed::Normal, Some(MINUTE));
        check(Speed::Fast, Some(MINUTE / 4));
    }

    #[tokio::test]
    async fn whoever_waits_while_it_stands_still_goes_on_when_it_is_turned() {
        let clock = Clock::new();
        clock.turn(Speed::Stop);
        let moment = clock.now() + Duration::from_millis(4);
        tokio::join!(clock.reach(moment), async { clock.turn(Speed::Fast) });
        assert!(clock.now() >= moment);
    }
}
