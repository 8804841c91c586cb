//! What happened to a wallet, line by line, with what it came to after each.

use crate::fact::wellbeing::Settlement;
use crate::fact::words::Words;
use crate::id::{EntryId, NodeId, PersonId, RecordId, SiteId};
use crate::service::stamp::Stamped;
use crate::time::Wall;

use super::earn::{Earned, claims, earned};
use super::fold::WellbeingFold;
use super::rows::{Row, What};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The entry that says so, for a correction or a reversal.
    pub entry: EntryId,
    /// When it happened.
    pub when: Wall,
    /// When it was recorded, where that was later (後追い入力).
    pub recorded: Option<Wall>,
    /// Which node says so.
    pub by: Option<NodeId>,
    /// What happened.
    pub what: Happened,
    /// What it did to the wallet.
    pub points: i64,
    /// What the wallet came to after it.
    pub balance: i64,
}

/// What happened to a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// They came to a facility.
    Visited {
        /// Which.
        site: SiteId,
        /// What each rule gave.
        grants: Vec<Given>,
    },
    /// A rule gave points for what was seen elsewhere.
    Awarded {
        /// Where.
        site: SiteId,
        /// What it gave.
        grants: Vec<Given>,
    },
    /// They paid a shop.
    Spent {
        /// Which.
        shop: SiteId,
        /// It was undone.
        is_reversed: bool,
    },
    /// Points went to みさとと。Pay.
    Transferred {
        /// It was undone.
        is_reversed: bool,
    },
    /// A spend or a transfer was undone.
    Reversed {
        /// Its entry.
        target: EntryId,
        /// Why.
        reason: Words,
    },
    /// Staff settled a debt.
    Settled {
        /// How.
        how: Settlement,
        /// Why.
        reason: Words,
    },
}

/// What a rule gave for one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// The rule.
    pub rule: RecordId,
    /// What it says it gives.
    pub points: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// So many points were given; fewer than the rule says where its daily cap was reached.
    Given(u32),
    /// Another fact of that day counts in its place.
    CountedElsewhere,
    /// Nobody can say when it was (時刻不確か), so it waits.
    Pending,
}

/// The lines of a person under all their ids, in display order.
pub fn statement(fold: &WellbeingFold, ids: &[PersonId]) -> Vec<Line> {
    let given = earned(claims(fold.rows(ids).filter(|row| row.has_a_day())));
    let mut lines: Vec<(u64, Line)> = Vec::new();
    for row in fold.rows(ids) {
        let reversal = fold.reversal(row);
        let is_reversed = reversal.is_some();
        let (what, points) = match &row.what {
            What::Visit { site, .. } => {
                let (grants, points) = outcomes(row, *site, &given);
                (Happened::Visited { site: *site, grants }, points)
            }
            What::Award { site, .. } => {
                let (grants, points) = outcomes(row, *site, &given);
                (Happened::Awarded { site: *site, grants }, points)
            }
            What::Spend { shop, points, .. } => {
                (Happened::Spent { shop: *shop, is_reversed }, -i64::from(*points))
            }
            What::Transfer { points } => {
                (Happened::Transferred { is_reversed }, -i64::from(*points))
            }
            What::Settle { points, how } => {
                let reason = row.reason().cloned().unwrap_or_else(|| Words::new(""));
                (Happened::Settled { how: *how, reason }, i64::from(*points))
            }
        };
        lines.push(line(fold, row.entry, row, what, points));
        let undoes = matches!(row.what, What::Spend { .. } | What::Transfer { .. });
        if let Some(reversal) = reversal.filter(|_| undoes) {
            let what = Happened::Reversed { target: row.entry, reason: reversal.reason.clone() };
            lines.push(line(fold, reversal.entry, reversal, what, points.saturating_neg()));
        }
    }
    lines.sort_by_key(|(counter, line)| (*counter, line.entry));
    let mut balance = 0_i64;
    let run = |(_, line): (u64, Line)| {
        balance = balance.saturating_add(line.points);
        Line { balance, ..line }
    };
    lines.into_iter().map(run).collect()
}

fn line(
    fold: &WellbeingFold,
    entry: EntryId,
    of: &impl Stamped,
    what: Happened,
    points: i64,
) -> (u64, Line) {
    let recorded = of.happened_at().map(|_| of.stamp().wall());
    let by = fold.author(entry.journal);
    let line = Line { entry, when: of.when(), recorded, by, what, points, balance: 0 };
    (of.stamp().counter, line)
}

/// What became of each grant of a row, and what it gave.
fn outcomes(row: &Row, site: SiteId, earned: &[Earned]) -> (Vec<Given>, i64) {
    let day = row.day();
    let outcome = |rule, points| {
        if !row.has_a_day() {
            return Outcome::Pending;
        }
        let key = (rule, day, site);
        let place = earned.binary_search_by_key(&key, |held| (held.rule, held.day, held.site));
        let held = place.ok().and_then(|place| earned.get(place));
        match held {
            Some(held) if held.entry == row.entry && held.points == points => {
                Outcome::Given(held.given)
            }
            Some(_) | None => Outcome::CountedElsewhere,
        }
    };
    let mut grants: Vec<Given> = Vec::with_capacity(row.grants().len());
    for grant in row.grants() {
        let (rule, points) = (grant.rule, grant.points);
        let is_twice = grants.iter().any(|held| held.rule == rule && held.points == points);
        let outcome = if is_twice { Outcome::CountedElsewhere } else { outcome(rule, points) };
        grants.push(Given { rule, points, outcome });
    }
    let sum = grants.iter().map(|given| match given.outcome {
        Outcome::Given(points) => i64::from(points),
        Outcome::CountedElsewhere | Outcome::Pending => 0,
    });
    let points = sum.sum();
    (grants, points)
}
