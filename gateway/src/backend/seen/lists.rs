//! The town's lists as pages see them.

use std::collections::BTreeSet;

use digiana_core::id::{PersonId, RecordId, SiteId};
use digiana_core::register::{Register, Saw};
use digiana_core::scope::Scope;
use digiana_core::service::lists::rule::{GivenFor, PointRule};
use digiana_core::time::Day;
use digiana_core::view::wellbeing;
use digiana_core::view::wellbeing::preview::preview;

use super::Seen;
use crate::backend::SiteField;
use crate::backend::lists::{List, ListEntry, RulePreview};

impl Seen<'_> {
    /// See [`ListsBackend::list`](crate::backend::lists::ListsBackend::list).
    pub fn list(&self, list: List) -> Vec<ListEntry> {
        let records = self
            .sources
            .town
            .into_iter()
            .flat_map(|town| town.records(move |field| list.has(field)).collect::<Vec<_>>());
        let mut entries: Vec<ListEntry> =
            records.filter_map(|record| self.list_entry(list, record)).collect();
        entries.sort_by(|one, other| {
            let key = |entry: &ListEntry| (entry.is_ended, entry.name.clone(), entry.record);
            key(one).cmp(&key(other))
        });
        entries
    }

    /// See [`ListsBackend::list_entry`](crate::backend::lists::ListsBackend::list_entry).
    pub fn list_entry(&self, list: List, record: RecordId) -> Option<ListEntry> {
        let town = self.sources.town?;
        let field = |number: &digiana_core::fact::edit::FieldId| {
            let held = town.field(record, *number);
            SiteField {
                field: *number,
                versions: held.map_or_else(Vec::new, |held| self.versions(town, held)),
                saw: held.map_or(Saw::NOTHING, Register::saw),
            }
        };
        let fields: Vec<SiteField> = list.fields().iter().map(field).collect();
        let is_known = fields.iter().any(|field| !field.versions.is_empty());
        let name = list.fields().first().and_then(|field| town.text(record, *field));
        is_known.then(|| ListEntry {
            record,
            name: name.unwrap_or_default().to_owned(),
            is_ended: list.ended().is_some_and(|ended| town.yes(record, ended)),
            fields,
        })
    }

    /// See [`ListsBackend::preview`](crate::backend::lists::ListsBackend::preview).
    pub fn preview(&self, rule: &PointRule, from: Day, until: Day) -> RulePreview {
        let days = from..=until;
        let mut unread_schools = 0;
        let happened: BTreeSet<(PersonId, SiteId, Day)> = match rule.given_for {
            GivenFor::Visit => {
                wellbeing::occurrences(&self.folds.wellbeing, self.sources.tokens, &days)
            }
            GivenFor::SchoolArrival => {
                let schools = self.schools();
                let is_read = |site: SiteId| self.folds.records(Scope::School(site)).is_some();
                unread_schools = schools.iter().filter(|(site, _)| !is_read(*site)).count();
                let arrivals = schools.iter().flat_map(|(site, _)| {
                    let arrivals = self.folds.school(*site).arrivals();
                    arrivals
                        .map(|(person, day)| (self.sources.tokens.canonical(person), *site, day))
                });
                arrivals.filter(|(_, _, day)| days.contains(day)).collect()
            }
        };
        let would = preview(rule, happened);
        let mut by_site: Vec<_> = would
            .by_site
            .into_iter()
            .map(|(site, would)| (site, self.site_name(site), would))
            .collect();
        by_site.sort_by(|one, other| one.1.cmp(&other.1));
        RulePreview { from, until, by_site, all: would.all, unread_schools }
    }
}
