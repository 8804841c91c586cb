//! Points for what another scope saw: which awards are due and not yet held.

use crate::fact::wellbeing::Award;
use crate::id::{EntryId, NodeId, PersonId, SiteId};
use crate::service::lists::rule::{self, GivenFor, PointRule};
use crate::service::records::RecordsFold;
use crate::service::school::fold::SchoolFold;
use crate::service::tokens::TokenFold;
use crate::time::Day;

use super::fold::WellbeingFold;
use super::rows::What;

/// The awards for arrivals at a school that the rules in force give and nobody has recorded.
///
/// Only a node that may read both scopes can ask this: the school writes arrivals alone.
pub fn for_arrivals(
    wellbeing: &WellbeingFold,
    tokens: &TokenFold,
    town: &RecordsFold,
    school: SiteId,
    arrivals: impl IntoIterator<Item = (PersonId, Day)>,
) -> Vec<Award> {
    let mut rules: Vec<PointRule> =
        rule::all(town).filter(|rule| rule.given_for == GivenFor::SchoolArrival).collect();
    rules.retain(|rule| !rule.is_ended && rule.site.is_none_or(|only| only == school));
    if rules.is_empty() {
        return Vec::new();
    }
    let mut due: Vec<Award> = Vec::new();
    for (person, day) in arrivals {
        let ids = tokens.aliases(person);
        let Some(person) = ids.first().copied() else { continue };
        let in_force =
            rules.iter().filter(|rule| rule.applies(GivenFor::SchoolArrival, school, day));
        for rule in in_force {
            let held = wellbeing.granted(&ids, rule.id, school, day);
            let award = Award { person, site: school, grant: rule.grant(), day: Some(day) };
            // A rule that gives more since the arrival was rewarded changes nothing of the past.
            if held.is_none() && !due.contains(&award) {
                due.push(award);
            }
        }
    }
    due
}

/// The awards that `me` gave for arrivals which staff have corrected since.
///
/// Nobody takes back what another node gave: that one may not have heard of the correction yet, would
/// give again what was taken back, and the two would go on for ever. An arrival that is only not held
/// yet, on a replica that hears of points first, takes nothing back.
pub fn given_for_nothing(
    wellbeing: &WellbeingFold,
    tokens: &TokenFold,
    me: NodeId,
    school: SiteId,
    attendance: &SchoolFold,
) -> Vec<EntryId> {
    let mut entries = Vec::new();
    for (person, day) in attendance.taken_back() {
        let ids = tokens.aliases(person);
        // The very days for which `for_arrivals` would give them again.
        if ids.iter().any(|id| attendance.standing(&[*id], day).attended()) {
            continue;
        }
        let for_it = wellbeing.rows(&ids).filter(|row| {
            matches!(row.what, What::Award { site, .. } if site == school)
                && row.day() == day
                && wellbeing.author(row.entry.journal) == Some(me)
        });
        entries.extend(for_it.map(|row| row.entry));
    }
    entries.sort_unstable();
    entries.dedup();
    entries
}
