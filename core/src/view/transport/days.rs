//! How many rides there were, day by day: what the chart at the counter draws.

use crate::service::stamp::Stamped as _;
use crate::time::{Confidence, Day};

use super::Tickets;

/// The rides of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RidesOfDay {
    /// Which.
    pub day: Day,
    /// How many people got on.
    pub rides: u32,
}

/// The most days that one chart shows.
pub const DAYS_MAX: u16 = 366;

impl Tickets<'_> {
    /// The rides of so many days, the last of them `last`, by when they happened. A ride that was
    /// recorded by a clock that was never set is on no day.
    pub fn days(&self, last: Day, days: u16) -> Vec<RidesOfDay> {
        let days = i32::from(days.min(DAYS_MAX));
        let mut counted: Vec<RidesOfDay> =
            (1 - days..=0).map(|ago| RidesOfDay { day: last.plus(ago), rides: 0 }).collect();
        for (_, ride) in self.transport.rides() {
            let when = ride.value.when();
            let day = Day::of(when.seconds);
            let place = counted.binary_search_by_key(&day, |counted| counted.day).ok();
            let is_told = when.confidence != Confidence::Unsure;
            if let Some(counted) =
                place.filter(|_| is_told).and_then(|place| counted.get_mut(place))
            {
                counted.rides = counted.rides.saturating_add(1);
            }
        }
        counted
    }
}
