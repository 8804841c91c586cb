//! A curve over time as SVG: what was counted, drawn here so that it prints and needs no script.

use digiana_core::view::trend::Point;

use crate::page::when;
use crate::text::Text;

/// The size of the sheet in its own units.
pub(crate) const WIDTH: f64 = 480.0;
/// See [`WIDTH`].
pub(crate) const HEIGHT: f64 = 96.0;

/// What is kept free for the words of the scale: on the left, and below.
const LEFT: f64 = 40.0;
const BELOW: f64 = 18.0;
const ABOVE: f64 = 8.0;

/// A curve as its template prints it.
#[derive(Debug)]
pub(crate) struct Chart {
    /// The curve, as a path from left to right.
    pub(crate) line: String,
    /// The same, closed along the ground.
    pub(crate) area: String,
    /// Lines across, each with its height and its word.
    pub(crate) steps: Vec<(String, String)>,
    /// When it begins and ends.
    pub(crate) from: String,
    /// See `from`.
    pub(crate) to: String,
    /// All of it in one sentence, for whoever does not see it.
    pub(crate) said: String,
}

impl Chart {
    /// The curve of headcounts; `None` where there is no time to draw.
    pub(crate) fn of_people(t: &Text, points: &[Point], now: i64) -> Option<Self> {
        let (first, last) = (points.first()?, points.last()?);
        let span = last.at.saturating_sub(first.at);
        if span <= 0 {
            return None;
        }
        let most = points.iter().map(|point| point.people).max().unwrap_or(0);
        let top = round_up(most);
        let ground = HEIGHT - BELOW;
        let x = |at: i64| LEFT + share(at.saturating_sub(first.at), span) * (WIDTH - LEFT - 6.0);
        let y = |people: u32| ground - share(i64::from(people), i64::from(top)) * (ground - ABOVE);
        let corners = points.iter().map(|point| (x(point.at), y(point.people)));
        let line: String = corners
            .enumerate()
            .map(|(number, (x, y))| format!("{}{x:.1} {y:.1}", if number == 0 { "M" } else { "L" }))
            .collect();
        let area = format!("{line}L{:.1} {ground:.1}L{LEFT:.1} {ground:.1}Z", x(last.at));
        let step = |people: u32| (format!("{:.1}", y(people)), people.to_string());
        let (from, to) = (when::stamp(t, first.at, now), when::stamp(t, last.at, now));
        let values = [
            ("from", from.as_str()),
            ("to", to.as_str()),
            ("most", &most.to_string()),
            ("last", &last.people.to_string()),
        ];
        let said = t.fill("chart.people", &values);
        Some(Self { line, area, steps: vec![step(0), step(top / 2), step(top)], from, to, said })
    }
}

/// The next round number that has a round half: 10, 20, 40, 60, 80, 100, 200…
pub(crate) fn round_up(most: u32) -> u32 {
    let mut size = 10_u32;
    while size.saturating_mul(10) <= most {
        size = size.saturating_mul(10);
    }
    let rounds = [1, 2, 4, 6, 8, 10].map(|times| size.saturating_mul(times));
    rounds.into_iter().find(|round| *round >= most).unwrap_or(most)
}

pub(crate) fn share(part: i64, whole: i64) -> f64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "seconds and people are far below 2^52"
    )]
    let double = |number: i64| number as f64;
    double(part) / double(whole.max(1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_scale_ends_in_a_round_number_with_a_round_half() {
        let rounds = [0, 7, 10, 11, 39, 61, 99, 100, 101, 1200, 4231].map(round_up);
        assert_eq!(rounds, [10, 10, 10, 20, 40, 80, 100, 100, 200, 2000, 6000]);
    }

    #[test]
    fn a_curve_says_its_figures_in_words_too() {
        let point = |at, people| Point { at, people };
        let points = [point(0, 0), point(1800, 12), point(3600, 8)];
        let chart = Chart::of_people(Lang::En.text(), &points, 3600).unwrap();
        assert!(chart.said.contains("12") && chart.said.contains('8'), "{}", chart.said);
        assert_eq!(chart.line.matches('L').count(), 2);
        assert!(Chart::of_people(Lang::En.text(), &points[..1], 0).is_none(), "no time has passed");
    }
}
