//! One incident: its sites, its people, and their counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::shelter::{Assurance, Congestion, Hazard, IncidentKind, SiteState};
use crate::id::{EntryId, PersonId, SiteId};
use crate::register::{Register, Saw, Write};
use crate::service::canon::{Canon, Canonical};
use crate::service::digested::{Content, Digested};

use super::presence::{Headcount, Whereabouts};
use super::writes::{
    Claim, Closed, CongestionWrite, Opened, PresenceWrite, SafeWrite, StateWrite, WarningWrite,
};

/// How sure it is that somebody is accounted for (安否確認済み). The order is from weakest to
/// strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Accounted {
    /// Only entries say so whose author has no standing in the town. Shown as such, never as
    /// missing.
    Unverified,
    /// An admitted entry says so.
    Verified,
}

/// What the facts at hand say of one incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incident {
    pub(super) opened: Register<Opened>,
    pub(super) closed: Register<Closed>,
    pub(super) sites: Digested<SiteId, SiteEntry>,
    pub(super) people: Digested<PersonId, PersonEntry>,
    // Invariant: none is empty.
    pub(super) warnings: BTreeMap<String, Register<WarningWrite>>,
    // Invariant: the sum of `Whereabouts::count` over `people`.
    total: Headcount,
    // Invariant: those of `people` whose whereabouts are not settled.
    unsettled: BTreeSet<PersonId>,
}

/// One site in one incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SiteEntry {
    pub(super) state: Register<StateWrite>,
    pub(super) congestion: Register<CongestionWrite>,
    // Invariant: those whose whereabouts name this site, and the sum of their `count_at`.
    people: BTreeSet<PersonId>,
    count: Headcount,
}

impl Content for SiteEntry {
    fn is_empty(&self) -> bool {
        self.state.is_empty() && self.congestion.is_empty() && self.people.is_empty()
    }
}

impl Canonical for SiteEntry {
    fn put(&self, canon: &mut Canon) {
        canon.put(&self.state).put(&self.congestion);
    }
}

/// One person in one incident.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PersonEntry {
    pub(super) presence: Register<PresenceWrite>,
    pub(super) safe: Register<SafeWrite>,
    pub(super) claims: Register<Claim>,
    // Invariant: `Whereabouts::of(&presence)`.
    whereabouts: Whereabouts,
}

impl Content for PersonEntry {
    fn is_empty(&self) -> bool {
        self.presence.is_empty() && self.safe.is_empty() && self.claims.is_empty()
    }
}

impl Canonical for PersonEntry {
    fn put(&self, canon: &mut Canon) {
        canon.put(&self.presence).put(&self.safe).put(&self.claims);
    }
}

impl PersonEntry {
    /// Takes up an unverified entry's word, unless the entry has been admitted.
    pub(super) fn claim(&mut self, entry: EntryId, claim: Claim) {
        if self.presence.get(entry).is_none() && self.safe.get(entry).is_none() {
            self.claims.insert(Write { entry, value: claim, saw: Saw::NOTHING });
        }
    }
}

impl Incident {
    /// How it was opened: the first opening by counter, should there be several. None when only
    /// what happened in it has arrived.
    pub fn opening(&self) -> Option<&Write<Opened>> {
        self.opened.writes().iter().min_by_key(|write| (write.value.stamp.counter, write.entry))
    }

    /// Whether it was opened and is not over.
    pub fn is_open(&self) -> bool {
        !self.opened.is_empty() && self.closed.is_empty()
    }

    /// Whether a site takes people in for it, is made ready to, or has somebody.
    pub fn is_in_use(&self) -> bool {
        let is_ready = |site: &SiteEntry| {
            let mut current = site.state.current();
            current.any(|write| match write.value.state {
                SiteState::Preparing | SiteState::Open | SiteState::Suspended => true,
                SiteState::NotOpened | SiteState::Closed => false,
            }) || !site.people.is_empty()
        };
        self.sites.values().any(is_ready)
    }

    /// When it was closed, if it is: the first closing by counter.
    pub fn closing(&self) -> Option<&Write<Closed>> {
        self.closed.writes().iter().min_by_key(|write| (write.value.stamp.counter, write.entry))
    }

    /// Whether it is a drill; none while its opening has not arrived.
    pub fn kind(&self) -> Option<IncidentKind> {
        self.opening().map(|opening| opening.value.kind)
    }

    /// What threatens; empty while its opening has not arrived.
    pub fn hazards(&self) -> &[Hazard] {
        self.opening().map_or(&[], |opening| &opening.value.hazards)
    }

    /// Every site of which anything is known here.
    pub fn sites(&self) -> impl Iterator<Item = SiteId> {
        self.sites.keys().copied()
    }

    /// The register of a site's state; none when it was never set.
    pub fn site_state(&self, site: SiteId) -> Option<&Register<StateWrite>> {
        self.sites.get(&site).map(|entry| &entry.state).filter(|state| !state.is_empty())
    }

    /// The states that current writes give a site, in the order of a shelter's life, each once.
    /// None where nobody set one, several where desks disagree.
    pub fn states(&self, site: SiteId) -> Vec<SiteState> {
        let current = self.site_state(site).into_iter().flat_map(Register::current);
        let states: BTreeSet<_> = current.map(|write| write.value.state).collect();
        states.into_iter().collect()
    }

    /// The register of staff's word on how crowded a site is.
    pub fn congestion(&self, site: SiteId) -> Option<&Register<CongestionWrite>> {
        self.sites.get(&site).map(|entry| &entry.congestion).filter(|held| !held.is_empty())
    }

    /// Staff's word on how crowded a site is that holds at `now` (Unix seconds): the worst, should
    /// desks disagree.
    pub fn congestion_said(&self, site: SiteId, now: i64) -> Option<Congestion> {
        let current = self.congestion(site)?.current();
        current.filter(|write| write.value.until > now).filter_map(|write| write.value.level).max()
    }

    /// Every district that was ever spoken for, with the register of its level. The empty name is
    /// the whole town.
    pub fn warnings(&self) -> impl Iterator<Item = (&str, &Register<WarningWrite>)> {
        self.warnings.iter().map(|(district, register)| (district.as_str(), register))
    }

    /// The register of a district's level; none where it was never set.
    pub fn warning(&self, district: &str) -> Option<&Register<WarningWrite>> {
        self.warnings.get(district)
    }

    /// How many are at a site.
    pub fn headcount(&self, site: SiteId) -> Headcount {
        self.sites.get(&site).map_or_else(Headcount::default, |entry| entry.count)
    }

    /// How many are at shelters, each person once.
    pub fn total(&self) -> Headcount {
        self.total
    }

    /// Everyone who is, or may be, in at a site or on leave from it.
    pub fn people_at(&self, site: SiteId) -> impl Iterator<Item = PersonId> {
        self.sites.get(&site).into_iter().flat_map(|entry| entry.people.iter().copied())
    }

    /// Everyone whose whereabouts contradict each other: two places at once, or two desks of one
    /// site that disagree.
    pub fn unsettled(&self) -> impl Iterator<Item = PersonId> {
        self.unsettled.iter().copied()
    }

    /// Everything recorded of a person's coming and going.
    pub fn presence(&self, person: PersonId) -> Option<&Register<PresenceWrite>> {
        self.people.get(&person).map(|entry| &entry.presence).filter(|held| !held.is_empty())
    }

    /// Where a person is.
    pub fn whereabouts(&self, person: PersonId) -> &Whereabouts {
        static NOWHERE: Whereabouts = Whereabouts::NOWHERE;
        self.people.get(&person).map_or(&NOWHERE, |entry| &entry.whereabouts)
    }

    /// Every word that a person is safe without being at a shelter.
    pub fn confirmed_safe(&self, person: PersonId) -> &[Write<SafeWrite>] {
        self.people.get(&person).map_or(&[], |entry| entry.safe.writes())
    }

    /// Whether a person is accounted for. Whoever was seen at a shelter is, though they left.
    pub fn accounted(&self, person: PersonId) -> Option<Accounted> {
        self.people.get(&person).map(PersonEntry::accounted)
    }

    /// Everyone accounted for.
    pub fn accounted_people(&self) -> impl Iterator<Item = (PersonId, Accounted)> {
        self.people.iter().map(|(person, entry)| (*person, entry.accounted()))
    }

    /// The strongest proof that a person is safe: 「カードのみ」 is shown where it is `Listed`.
    pub fn assurance(&self, person: PersonId) -> Option<Assurance> {
        let entry = self.people.get(&person)?;
        let seen = entry.presence.writes().iter().map(|write| write.value.assurance);
        seen.chain(entry.safe.writes().iter().map(|write| write.value.assurance)).max()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.opened.is_empty()
            && self.closed.is_empty()
            && self.sites.is_empty()
            && self.people.is_empty()
            && self.warnings.is_empty()
    }

    /// Changes what is known of a person, and keeps the counts true.
    pub(super) fn change_person<T>(
        &mut self,
        person: PersonId,
        change: impl FnOnce(&mut PersonEntry) -> T,
    ) -> T {
        let (result, moved) = self.people.change(person, |entry| {
            let result = change(entry);
            let after = Whereabouts::of(&entry.presence);
            let moved = (after != entry.whereabouts)
                .then(|| (std::mem::replace(&mut entry.whereabouts, after.clone()), after));
            (result, moved)
        });
        if let Some((before, after)) = moved {
            self.recount(person, &before, &after);
        }
        result
    }

    /// Changes what is known of a site.
    pub(super) fn change_site<T>(
        &mut self,
        site: SiteId,
        change: impl FnOnce(&mut SiteEntry) -> T,
    ) -> T {
        self.sites.change(site, change)
    }

    /// Changes what is known of a district.
    pub(super) fn change_warning<T>(
        &mut self,
        district: &str,
        change: impl FnOnce(&mut Register<WarningWrite>) -> T,
    ) -> T {
        let register = self.warnings.entry(district.to_owned()).or_default();
        let result = change(register);
        if register.is_empty() {
            self.warnings.remove(district);
        }
        result
    }

    fn recount(&mut self, person: PersonId, before: &Whereabouts, after: &Whereabouts) {
        for place in before.places() {
            self.change_site(place.site, |entry| {
                entry.people.remove(&person);
                entry.count -= before.count_at(place.site);
            });
        }
        for place in after.places() {
            self.change_site(place.site, |entry| {
                entry.people.insert(person);
                entry.count += after.count_at(place.site);
            });
        }
        self.total -= before.count();
        self.total += after.count();
        if after.is_settled() {
            self.unsettled.remove(&person);
        } else {
            self.unsettled.insert(person);
        }
    }
}

impl Canonical for Incident {
    fn put(&self, canon: &mut Canon) {
        canon.put(&self.opened).put(&self.closed).put(&self.sites).put(&self.people);
        canon.len(self.warnings.len());
        for (district, register) in &self.warnings {
            canon.value(district).put(register);
        }
    }
}

impl PersonEntry {
    fn accounted(&self) -> Accounted {
        if self.presence.is_empty() && self.safe.is_empty() {
            Accounted::Unverified
        } else {
            Accounted::Verified
        }
    }
}
