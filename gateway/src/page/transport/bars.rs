//! Rides by day as bars in SVG: drawn here, so that it prints and needs no script.

use digiana_core::view::transport::days::RidesOfDay;

use super::day;
use crate::page::chart::{HEIGHT, WIDTH, round_up, share};
use crate::text::Text;

const LEFT: f64 = 40.0;
const RIGHT: f64 = 6.0;
const BELOW: f64 = 18.0;
const ABOVE: f64 = 8.0;

/// Bars as their template prints them.
#[derive(Debug)]
pub(crate) struct Bars {
    /// All bars as one path.
    pub(crate) path: String,
    /// Lines across, each with its height and its word.
    pub(crate) steps: Vec<(String, String)>,
    /// The first day and the last.
    pub(crate) from: String,
    /// See `from`.
    pub(crate) to: String,
    /// All of it in one sentence, for whoever does not see it.
    pub(crate) said: String,
}

impl Bars {
    /// The bars of days; `None` where there are none.
    pub(crate) fn of(t: &Text, days: &[RidesOfDay]) -> Option<Self> {
        let (first, last) = (days.first()?, days.last()?);
        let most = days.iter().map(|day| day.rides).max().unwrap_or(0);
        let top = round_up(most);
        let ground = HEIGHT - BELOW;
        let y = |rides: u32| ground - share(i64::from(rides), i64::from(top)) * (ground - ABOVE);
        let count = i64::try_from(days.len()).unwrap_or(i64::MAX);
        let width = (WIDTH - LEFT - RIGHT) * share(1, count);
        let bar = |(number, day): (i64, &RidesOfDay)| {
            if day.rides == 0 {
                return String::new();
            }
            let x = LEFT + (WIDTH - LEFT - RIGHT) * share(number, count) + width * 0.1;
            let (y, right) = (y(day.rides), x + width * 0.8);
            format!("M{x:.1} {ground:.1}L{x:.1} {y:.1}L{right:.1} {y:.1}L{right:.1} {ground:.1}Z")
        };
        let step = |rides: u32| (format!("{:.1}", y(rides)), rides.to_string());
        let (from, to) = (day(t, first.day), day(t, last.day));
        let whole: u64 = days.iter().map(|day| u64::from(day.rides)).sum();
        let values = [
            ("from", from.as_str()),
            ("to", to.as_str()),
            ("all", &whole.to_string()),
            ("most", &most.to_string()),
            ("last", &last.rides.to_string()),
        ];
        Some(Self {
            path: (0..).zip(days).map(bar).collect(),
            steps: vec![step(0), step(top / 2), step(top)],
            said: t.fill("transport.chart_said", &values),
            from,
            to,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;
    use crate::text::Lang;
    use digiana_core::time::Day;

    #[test]
    fn each_day_with_rides_has_a_bar_and_all_is_said_in_words() {
        let on = |day, rides| RidesOfDay { day: Day(day), rides };
        let bars = Bars::of(Lang::En.text(), &[on(1, 3), on(2, 0), on(3, 12)]).unwrap();
        assert_eq!(bars.path.matches('M').count(), 2);
        assert!(bars.said.contains("15") && bars.said.contains("12"), "{}", bars.said);
        assert!(Bars::of(Lang::En.text(), &[]).is_none());
    }
}
