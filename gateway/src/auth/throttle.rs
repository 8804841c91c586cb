//! Slows guessing down without shutting staff out.
//!
//! An address that guesses wrong waits longer each time. Many wrong guesses from everywhere make
//! everybody wait a moment, and never more than that: a crowd of guessers must not close a
//! shelter's desk.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How many wrong guesses an address has free.
pub const FREE_GUESSES: u32 = 3;

/// The longest an address waits between two guesses.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// The most addresses that are remembered. One more makes the oldest forgotten.
pub const ADDRESSES_MAX: usize = 1024;

/// Wrong guesses from everywhere within [`CROWD_WINDOW`] from which on each guess is slowed.
pub const CROWD_GUESSES: u32 = 60;

/// How long a crowd's guesses are counted.
pub const CROWD_WINDOW: Duration = Duration::from_secs(60);

/// How much everybody is slowed while a crowd guesses.
pub const CROWD_DELAY: Duration = Duration::from_secs(1);

/// Whether a guess may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It may, after this pause.
    After(Duration),
    /// This address has to wait so long first.
    Wait(Duration),
}

#[derive(Debug, Clone, Copy)]
struct Guesses {
    wrong: u32,
    last: Instant,
}

#[derive(Debug, Default)]
struct Counts {
    // Invariant: at most ADDRESSES_MAX.
    by_address: HashMap<IpAddr, Guesses>,
    crowd: u32,
    crowd_since: Option<Instant>,
}

/// Wrong guesses so far.
#[derive(Debug, Default)]
pub struct Throttle {
    counts: Mutex<Counts>,
}

impl Throttle {
    /// Whether `from` may guess now.
    pub fn ask(&self, from: IpAddr, now: Instant) -> Leave {
        let counts = self.lock();
        if let Some(guesses) = counts.by_address.get(&neighbourhood(from)) {
            let waited = now.saturating_duration_since(guesses.last);
            let left = wait_after(guesses.wrong).saturating_sub(waited);
            if left > Duration::ZERO {
                return Leave::Wait(left);
            }
        }
        let crowded = counts.crowd >= CROWD_GUESSES
            && counts
                .crowd_since
                .is_some_and(|since| now.saturating_duration_since(since) < CROWD_WINDOW);
        Leave::After(if crowded { CROWD_DELAY } else { Duration::ZERO })
    }

    /// Notes a wrong guess.
    pub fn note_wrong(&self, from: IpAddr, now: Instant) {
        let mut counts = self.lock();
        let address = neighbourhood(from);
        if counts.by_address.len() >= ADDRESSES_MAX && !counts.by_address.contains_key(&address) {
            let oldest = counts.by_address.iter().min_by_key(|(_, guesses)| guesses.last);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                counts.by_address.remove(&oldest);
            }
        }
        let guesses = counts.by_address.entry(address).or_insert(Guesses { wrong: 0, last: now });
        guesses.wrong = guesses.wrong.saturating_add(1);
        guesses.last = now;
        let window_over = counts
            .crowd_since
            .is_none_or(|since| now.saturating_duration_since(since) >= CROWD_WINDOW);
        if window_over {
            counts.crowd = 0;
            counts.crowd_since = Some(now);
        }
        counts.crowd = counts.crowd.saturating_add(1);
    }

    /// Forgets an address's wrong guesses: it knew the passphrase in the end.
    pub fn forgive(&self, from: IpAddr) {
        self.lock().by_address.remove(&neighbourhood(from));
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().expect("no holder of this lock panics")
    }
}

/// Nothing for the first guesses, then a second, doubled each time.
fn wait_after(wrong: u32) -> Duration {
    let Some(doublings) = wrong.checked_sub(FREE_GUESSES) else {
        return Duration::ZERO;
    };
    let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    WAIT_MAX.min(Duration::from_secs(seconds))
}

/// An IPv6 subscriber has a whole /64 of addresses, which count as one.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn guesser(number: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from(0x0a00_0000 + number))
    }

    #[test]
    fn an_address_that_guesses_waits_longer_each_time() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        for _ in 0..FREE_GUESSES {
            assert_eq!(throttle.ask(DESK, start), Leave::After(Duration::ZERO));
            throttle.note_wrong(DESK, start);
        }
        assert_eq!(throttle.ask(DESK, start), Leave::Wait(Duration::from_secs(1)));
        throttle.note_wrong(DESK, start);
        assert_eq!(throttle.ask(DESK, start), Leave::Wait(Duration::from_secs(2)));
        (0..40).for_each(|_| throttle.note_wrong(DESK, start));
        assert_eq!(throttle.ask(DESK, start), Leave::Wait(WAIT_MAX));
        assert_eq!(throttle.ask(DESK, start + WAIT_MAX), Leave::After(Duration::ZERO));
    }

    #[test]
    fn a_crowd_of_guessers_slows_the_desk_and_does_not_close_it() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        (0..5000).for_each(|number| throttle.note_wrong(guesser(number), start));
        assert_eq!(throttle.ask(DESK, start), Leave::After(CROWD_DELAY));
        assert!(throttle.lock().by_address.len() <= ADDRESSES_MAX);
        assert_eq!(throttle.ask(DESK, start + CROWD_WINDOW), Leave::After(Duration::ZERO));
    }

    #[test]
    fn who_knew_the_passphrase_in_the_end_is_forgiven() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        (0..10).for_each(|_| throttle.note_wrong(DESK, start));
        throttle.forgive(DESK);
        assert_eq!(throttle.ask(DESK, start), Leave::After(Duration::ZERO));
    }
}
