//! What a drill ends with: its figures, and whether it went well.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::population::MARK;

/// The last line of a drill without people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Summary {
    /// How many taps were shown as accepted.
    pub(super) taps_accepted: usize,
    /// How many were refused, by word.
    pub(super) taps_refused: BTreeMap<String, u64>,
    /// How many got no answer.
    pub(super) taps_unanswered: u64,
    /// How many of the accepted ones headquarters' raw journals lack.
    pub(super) taps_lost: usize,
    /// Whether all replicas hold and believe the same.
    pub(super) converged: bool,
    /// How many replicas there are.
    pub(super) replicas: usize,
    /// From the wish to heal the links to headquarters holding all that was accepted before;
    /// none when that did not come about.
    pub(super) reconcile_ms: Option<u64>,
    /// How many people two places took in that could not hear each other.
    pub(super) conflicts_made: usize,
    /// How many headquarters shows at two places.
    pub(super) conflicts_shown: u64,
    /// Those that were made.
    pub(super) conflicts: Vec<ConflictLine>,
    /// How many entries the shelters know headquarters to hold, where they say so.
    pub(super) custody_confirmed: Option<u64>,
    /// How long taps went on.
    pub(super) minutes: f64,
    /// What everything was drawn from.
    pub(super) seed: u64,
    /// Whose figures these are: nobody's.
    pub(super) town: &'static str,
    /// The scopes that differ and the links that are down, where replicas did not converge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) apart: Vec<String>,
}

/// Someone at two places at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ConflictLine {
    /// The generated person's number.
    pub(super) person: u32,
    /// The places' names.
    pub(super) places: Vec<String>,
}

impl Summary {
    /// The figures' label.
    pub(super) const TOWN: &'static str = MARK;

    /// What went wrong, a sentence each; none when the drill went well.
    pub(super) fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        if self.taps_accepted == 0 {
            failures.push("No tap was accepted, so nothing was rehearsed.".to_owned());
        }
        if self.taps_lost > 0 {
            let lost = self.taps_lost;
            failures.push(format!("{lost} accepted taps are not in headquarters' journals."));
        }
        if self.taps_unanswered > 0 {
            failures.push(format!("{} taps got no answer.", self.taps_unanswered));
        }
        if !self.converged {
            let apart = self.apart.join(", ");
            failures.push(format!("The replicas did not converge: {apart}."));
        }
        let made = u64::try_from(self.conflicts_made).unwrap_or(u64::MAX);
        if self.conflicts_shown < made {
            let shown = self.conflicts_shown;
            failures.push(format!(
                "{made} people were taken in at two places that could not hear each other, and \
                 headquarters shows {shown}."
            ));
        }
        failures
    }

    /// The figures as a line of JSON.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }

    /// The figures for people.
    pub(super) fn to_text(&self) -> String {
        let refused: Vec<_> =
            self.taps_refused.iter().map(|(word, count)| format!("{word} {count}")).collect();
        let refused = if refused.is_empty() { "none".to_owned() } else { refused.join(", ") };
        let reconciled =
            self.reconcile_ms.map_or_else(|| "never".to_owned(), |ms| format!("after {ms} ms"));
        format!(
            "{MARK}: {} taps accepted (refused: {refused}), {} lost; {} replicas, {}; headquarters \
             held all {reconciled}; {} people at two places made, {} shown",
            self.taps_accepted,
            self.taps_lost,
            self.replicas,
            if self.converged { "converged" } else { "not converged" },
            self.conflicts_made,
            self.conflicts_shown,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Summary {
        Summary {
            taps_accepted: 90,
            taps_refused: [("UnknownToken".to_owned(), 2)].into(),
            taps_unanswered: 0,
            taps_lost: 0,
            converged: true,
            replicas: 6,
            reconcile_ms: Some(800),
            conflicts_made: 1,
            conflicts_shown: 1,
            conflicts: vec![ConflictLine { person: 4, places: vec!["a".to_owned()] }],
            custody_confirmed: None,
            minutes: 0.5,
            seed: 1,
            town: Summary::TOWN,
            apart: Vec::new(),
        }
    }

    fn check(change: impl FnOnce(&mut Summary), expected: &str) {
        let mut summary = good();
        change(&mut summary);
        assert_eq!(summary.failures().join(" "), expected);
    }

    #[test]
    fn a_drill_fails_for_each_promise_that_was_not_kept() {
        check(|_| {}, "");
        check(|it| it.taps_accepted = 0, "No tap was accepted, so nothing was rehearsed.");
        check(|it| it.taps_lost = 1, "1 accepted taps are not in headquarters' journals.");
        check(|it| it.taps_unanswered = 3, "3 taps got no answer.");
        check(
            |it| (it.converged, it.apart) = (false, vec!["shelter".to_owned()]),
            "The replicas did not converge: shelter.",
        );
        check(
            |it| it.conflicts_shown = 0,
            "1 people were taken in at two places that could not hear each other, and headquarters \
             shows 0.",
        );
        check(|it| (it.conflicts_made, it.conflicts_shown) = (0, 0), "");
    }

    #[test]
    fn the_last_line_holds_every_figure_and_says_whose_they_are() {
        let line: serde_json::Value = serde_json::from_str(&good().to_json()).expect("JSON");
        for figure in [
            "taps_accepted",
            "taps_refused",
            "taps_lost",
            "converged",
            "replicas",
            "reconcile_ms",
            "conflicts_shown",
            "custody_confirmed",
            "minutes",
            "seed",
        ] {
            assert!(line.get(figure).is_some(), "{figure}");
        }
        assert_eq!(line["town"], "訓練データ");
        assert!(good().to_text().contains("90 taps accepted (refused: UnknownToken 2), 0 lost"));
    }
}
