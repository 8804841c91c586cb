//! What the rules gave a person, each grant once however many readers saw the visit.
//!
//! A grant's key is the rule, the person, the site and the day. Of several with one key the most
//! points count; what a rule gives in a day at all sites together ends at its cap.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::id::{EntryId, RecordId, SiteId};
use crate::planted::{self, Bug};
use crate::service::stamp::Stamped as _;
use crate::time::Day;

use super::rows::{Row, What};

/// What one rule gave for one day at one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earned {
    /// The rule.
    pub rule: RecordId,
    /// The day it counts for.
    pub day: Day,
    /// Where.
    pub site: SiteId,
    /// The entry that counts.
    pub entry: EntryId,
    /// What the rule says.
    pub points: u32,
    /// What is left of it under the rule's cap.
    pub given: u32,
}

/// One grant as it competes with others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) rule: RecordId,
    pub(crate) day: Day,
    pub(crate) site: SiteId,
    pub(crate) entry: EntryId,
    pub(crate) counter: u64,
    pub(crate) points: u32,
    pub(crate) daily_cap: Option<u32>,
}

/// The grants of rows, whatever they come to.
pub(super) fn claims<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<Claim> {
    let of = |row: &'a Row| {
        let site = match row.what {
            What::Visit { site, .. } | What::Award { site, .. } => Some(site),
            What::Spend { .. } | What::Transfer { .. } | What::Settle { .. } => None,
        };
        let claim = move |site| {
            let (entry, counter, day) = (row.entry, row.stamp().counter, row.day());
            row.grants().iter().map(move |grant| Claim {
                rule: grant.rule,
                day,
                site,
                entry,
                counter,
                points: grant.points,
                daily_cap: grant.daily_cap,
            })
        };
        site.into_iter().flat_map(claim)
    };
    rows.into_iter().flat_map(of).collect()
}

/// What the claims of one person come to, by rule, day and site.
pub(crate) fn earned(mut claims: Vec<Claim>) -> Vec<Earned> {
    claims.sort_by_key(|claim| {
        (claim.rule, claim.day, claim.site, Reverse(claim.points), claim.entry)
    });
    if !planted::is(Bug::EarnsTwice) {
        claims.dedup_by_key(|claim| (claim.rule, claim.day, claim.site));
    }
    let mut earned = Vec::with_capacity(claims.len());
    for winners in claims.chunk_by(|one, other| (one.rule, one.day) == (other.rule, other.day)) {
        let bounds = winners.iter().map(|claim| claim.daily_cap);
        let cap = bounds.reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)));
        let mut left = cap.flatten();
        let mut first: Vec<&Claim> = winners.iter().collect();
        first.sort_by_key(|claim| (claim.counter, claim.entry));
        let mut given = BTreeMap::new();
        for claim in first {
            let points = left.map_or(claim.points, |left| left.min(claim.points));
            left = left.map(|left| left.saturating_sub(points));
            given.insert(claim.site, points);
        }
        earned.extend(winners.iter().map(|claim| {
            let Claim { rule, day, site, entry, points, .. } = *claim;
            let given = given.get(&site).copied().unwrap_or(0);
            Earned { rule, day, site, entry, points, given }
        }));
    }
    earned
}
