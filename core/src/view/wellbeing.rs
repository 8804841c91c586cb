//! Visits and points as people look at them, with joined ids counted as the one person they are.

pub mod age;
pub mod preview;
pub mod unseen;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::id::{PersonId, SiteId};
use crate::service::ledger::Totals;
use crate::service::tokens::TokenFold;
use crate::service::wellbeing::fold::WellbeingFold;
use crate::time::Day;

use self::age::AgeGroup;
use super::Sources;

/// Visits of some days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visits {
    /// By facility and day; a person counts once for each.
    pub by_site: BTreeMap<SiteId, BTreeMap<Day, Count>>,
    /// By day and age; none where the register cannot be read.
    pub by_age: Option<BTreeMap<Day, BTreeMap<AgeGroup, u32>>>,
    /// Visits at a time that nobody can say (時刻不確か), so they are of no day.
    pub unsure: u32,
}

/// What happened at one facility on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// How many people came.
    pub visits: u32,
    /// How many points they were given.
    pub points: u64,
}

impl Visits {
    /// What happened at all facilities on a day.
    pub fn on(&self, day: Day) -> Count {
        let of_day = self.by_site.values().filter_map(|days| days.get(&day));
        of_day.fold(Count::default(), |sum, count| Count {
            visits: sum.visits.saturating_add(count.visits),
            points: sum.points.saturating_add(count.points),
        })
    }
}

/// Everyone with an account, each with all their ids, the one that stands for all first.
pub fn people(wellbeing: &WellbeingFold, tokens: &TokenFold) -> Vec<Vec<PersonId>> {
    let heads: BTreeSet<PersonId> =
        wellbeing.people().map(|person| tokens.canonical(person)).collect();
    heads.into_iter().map(|head| tokens.aliases(head)).collect()
}

/// Who visited which facility on which day, each once. Visits of no certain day are left out.
pub fn occurrences(
    wellbeing: &WellbeingFold,
    tokens: &TokenFold,
    days: &RangeInclusive<Day>,
) -> BTreeSet<(PersonId, SiteId, Day)> {
    let of = |(person, site, row): (PersonId, SiteId, &crate::service::wellbeing::rows::Row)| {
        let day = row.day();
        (row.has_a_day() && days.contains(&day)).then(|| (tokens.canonical(person), site, day))
    };
    wellbeing.visits().filter_map(of).collect()
}

/// The visits of some days.
pub fn visits(
    sources: &Sources<'_>,
    wellbeing: &WellbeingFold,
    days: &RangeInclusive<Day>,
) -> Visits {
    let tokens = sources.tokens;
    let occurrences = occurrences(wellbeing, tokens, days);
    let mut visits =
        Visits { by_age: sources.register.map(|_| BTreeMap::new()), ..Visits::default() };
    let unsure = wellbeing.visits().filter(|(_, _, row)| !row.has_a_day()).count();
    visits.unsure = u32::try_from(unsure).unwrap_or(u32::MAX);
    let mut births: BTreeMap<PersonId, Option<String>> = BTreeMap::new();
    for (person, site, day) in &occurrences {
        let count = visits.by_site.entry(*site).or_default().entry(*day).or_default();
        count.visits = count.visits.saturating_add(1);
        if let Some(by_age) = &mut visits.by_age {
            let read = || sources.person(*person).and_then(|person| person.birth);
            let birth = births.entry(*person).or_insert_with(read);
            let group = AgeGroup::on(birth.as_deref(), *day);
            let count = by_age.entry(*day).or_default().entry(group).or_default();
            *count = count.saturating_add(1);
        }
    }
    let came: BTreeSet<PersonId> = occurrences.iter().map(|(person, ..)| *person).collect();
    for person in came {
        for earned in wellbeing.earned(&tokens.aliases(person), days) {
            let days = visits.by_site.get_mut(&earned.site);
            if let Some(count) = days.and_then(|days| days.get_mut(&earned.day)) {
                count.points = count.points.saturating_add(u64::from(earned.given));
            }
        }
    }
    visits
}

/// Whose wallets are overdrawn, and by how much; the largest debt first.
pub fn overdrawn(wellbeing: &WellbeingFold, tokens: &TokenFold) -> Vec<(PersonId, u64)> {
    let debt = |ids: Vec<PersonId>| {
        let debt = wellbeing.wallet(&ids).balance().debt();
        ids.first().copied().filter(|_| debt > 0).map(|person| (person, debt))
    };
    let mut owing: Vec<_> = people(wellbeing, tokens).into_iter().filter_map(debt).collect();
    owing.sort_by_key(|(person, debt)| (std::cmp::Reverse(*debt), *person));
    owing
}

/// What every account of the ledger holds.
pub fn totals(wellbeing: &WellbeingFold, tokens: &TokenFold) -> Totals {
    wellbeing.totals(people(wellbeing, tokens))
}

#[cfg(test)]
mod tests;
