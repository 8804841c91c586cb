//! What a point rule would have given, while it is typed.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{EntryId, JournalId, PersonId, SiteId};
use crate::service::lists::rule::PointRule;
use crate::service::wellbeing::earn::{Claim, earned};
use crate::time::Day;

/// What a rule would have given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// At each site.
    pub by_site: BTreeMap<SiteId, Would>,
    /// At all of them, where somebody who went to several counts once.
    pub all: Would,
}

/// What a rule would have given at one site, or at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Would {
    /// For how many visits, or arrivals.
    pub times: u32,
    /// To how many people.
    pub people: u32,
    /// How many points, under its cap.
    pub points: u64,
}

impl Would {
    fn count(&mut self, given: u32) {
        self.times = self.times.saturating_add(1);
        self.points = self.points.saturating_add(u64::from(given));
    }
}

/// What `rule` would have given for what happened, each person, site and day once. Its own first
/// and last day are passed over: the question is what it would have come to.
pub fn preview(
    rule: &PointRule,
    happened: impl IntoIterator<Item = (PersonId, SiteId, Day)>,
) -> Preview {
    let mut by_person: BTreeMap<PersonId, BTreeSet<(Day, SiteId)>> = BTreeMap::new();
    for (person, site, day) in happened {
        if rule.site.is_none_or(|only| only == site) {
            by_person.entry(person).or_default().insert((day, site));
        }
    }
    let mut preview = Preview::default();
    for times in by_person.into_values() {
        let claims = (1..).zip(times).map(|(seq, (day, site))| Claim {
            rule: rule.id,
            day,
            site,
            entry: EntryId { journal: JournalId([0; 8]), seq },
            counter: seq,
            points: rule.points,
            daily_cap: rule.daily_cap,
        });
        let mut sites = BTreeSet::new();
        for earned in earned(claims.collect()) {
            let here = preview.by_site.entry(earned.site).or_default();
            here.count(earned.given);
            here.people = here.people.saturating_add(u32::from(sites.insert(earned.site)));
            preview.all.count(earned.given);
        }
        preview.all.people = preview.all.people.saturating_add(1);
    }
    preview
}
