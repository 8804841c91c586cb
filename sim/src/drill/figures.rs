//! What a drill ends with: its figures, and whether it went well.

use std::collections::BTreeMap;

use serde::Serialize;

use super::formats::answer::ServicesStatus;
use super::ledger::{Deed, Ledger};
use crate::population::MARK;

/// The last line of a drill without people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Summary {
    /// How many taps were shown as accepted.
    pub(super) taps_accepted: usize,
    /// How many of them as what.
    pub(super) services: ServiceCounts,
    /// How many headquarters counts of what services count.
    pub(super) services_shown: ServicesShown,
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
    /// The sum over all accounts of the points' ledger, as headquarters has it.
    pub(super) ledger_sum: u64,
    /// How many rides headquarters counts for which no ticket was left.
    pub(super) ious: u64,
    /// How many people paid with the same points at two tills that could not hear each other.
    pub(super) overdrafts_made: usize,
    /// How many wallets headquarters finds overdrawn.
    pub(super) overdrafts_found: u64,
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

/// Taps that were shown as accepted, by what they were accepted as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct ServiceCounts {
    /// At shelters.
    pub(super) check_ins: usize,
    /// At the facility.
    pub(super) visits: usize,
    /// On the bus.
    pub(super) rides: usize,
    /// Payments with points.
    pub(super) spends: usize,
    /// At school.
    pub(super) arrivals: usize,
}

impl ServiceCounts {
    /// Those of the drill's own list.
    pub(super) fn of(ledger: &Ledger) -> Self {
        Self {
            check_ins: ledger.count(Deed::CheckIn),
            visits: ledger.count(Deed::Visit),
            rides: ledger.count(Deed::Ride),
            spends: ledger.count(Deed::Spend),
            arrivals: ledger.count(Deed::Arrive),
        }
    }
}

/// What headquarters counts. Check-ins are no such figure: it counts people, who move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct ServicesShown {
    /// Visits at facilities.
    pub(super) visits: u64,
    /// Rides.
    pub(super) rides: u64,
    /// Payments with points.
    pub(super) spends: u64,
    /// Arrivals at schools.
    pub(super) arrivals: u64,
}

impl From<ServicesStatus> for ServicesShown {
    fn from(status: ServicesStatus) -> Self {
        let ServicesStatus { visits, rides, spends, arrivals, .. } = status;
        Self { visits, rides, spends, arrivals }
    }
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
        let (here, there) = (&self.services, &self.services_shown);
        for (what, accepted, shown) in [
            ("visits", here.visits, there.visits),
            ("rides", here.rides, there.rides),
            ("payments", here.spends, there.spends),
            ("arrivals", here.arrivals, there.arrivals),
        ] {
            if shown < number(accepted) {
                failures.push(format!(
                    "{accepted} {what} were accepted, and headquarters counts {shown}."
                ));
            }
        }
        if self.ledger_sum != 0 {
            let sum = self.ledger_sum;
            failures.push(format!("The points' ledger sums to {sum} instead of nothing."));
        }
        let made = number(self.overdrafts_made);
        if self.overdrafts_found < made {
            let found = self.overdrafts_found;
            failures.push(format!(
                "{made} people paid with the same points at two tills that could not hear each \
                 other, and headquarters finds {found} overdrawn."
            ));
        }
        let made = number(self.conflicts_made);
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
            "{MARK}: {} taps accepted (refused: {refused}), {} lost: {} check-ins, {} visits, {} \
             rides ({} without a ticket), {} payments, {} arrivals; {} replicas, {}; headquarters \
             held all {reconciled}; {} people at two places made, {} shown; {} overdrafts made, {} \
             found; the points' ledger sums to {}",
            self.taps_accepted,
            self.taps_lost,
            self.services.check_ins,
            self.services.visits,
            self.services.rides,
            self.ious,
            self.services.spends,
            self.services.arrivals,
            self.replicas,
            if self.converged { "converged" } else { "not converged" },
            self.conflicts_made,
            self.conflicts_shown,
            self.overdrafts_made,
            self.overdrafts_found,
            self.ledger_sum,
        )
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Summary {
        Summary {
            taps_accepted: 90,
            services: ServiceCounts {
                check_ins: 40,
                visits: 20,
                rides: 20,
                spends: 7,
                arrivals: 3,
            },
            services_shown: ServicesShown { visits: 20, rides: 20, spends: 7, arrivals: 3 },
            taps_refused: [("UnknownToken".to_owned(), 2)].into(),
            taps_unanswered: 0,
            taps_lost: 0,
            converged: true,
            replicas: 8,
            reconcile_ms: Some(800),
            conflicts_made: 1,
            conflicts_shown: 1,
            conflicts: vec![ConflictLine { person: 4, places: vec!["a".to_owned()] }],
            ledger_sum: 0,
            ious: 20,
            overdrafts_made: 2,
            overdrafts_found: 2,
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
        check(
            |it| it.services_shown.rides = 19,
            "20 rides were accepted, and headquarters counts 19.",
        );
        check(
            |it| (it.services_shown.visits, it.services_shown.arrivals) = (21, 0),
            "3 arrivals were accepted, and headquarters counts 0.",
        );
        check(
            |it| it.services_shown.spends = 6,
            "7 payments were accepted, and headquarters counts 6.",
        );
        check(|it| it.ledger_sum = 10, "The points' ledger sums to 10 instead of nothing.");
        check(
            |it| it.overdrafts_found = 1,
            "2 people paid with the same points at two tills that could not hear each other, and \
             headquarters finds 1 overdrawn.",
        );
        check(|it| it.overdrafts_found = 5, "");
    }

    #[test]
    fn the_last_line_holds_every_figure_and_says_whose_they_are() {
        let line: serde_json::Value = serde_json::from_str(&good().to_json()).expect("JSON");
        for figure in [
            "taps_accepted",
            "services",
            "services_shown",
            "ledger_sum",
            "ious",
            "overdrafts_made",
            "overdrafts_found",
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
        assert_eq!(line["services"]["check_ins"], 40);
        let text = good().to_text();
        assert!(text.contains("90 taps accepted (refused: UnknownToken 2), 0 lost"), "{text}");
        assert!(text.contains("20 rides (20 without a ticket)"), "{text}");
    }
}
