//! Incidents, shelters, and who is where.

use std::collections::{BTreeMap, BTreeSet};

use digiana_core::engine::folds::Folds;
use digiana_core::fact::ShelterFact;
use digiana_core::fact::shelter::{Act, CongestionSet, Presence, SiteStateSet};
use digiana_core::fact::warning::WarningSet;
use digiana_core::id::{EntryId, IncidentId, PersonId, SiteId};
use digiana_core::scope::Scope;
use digiana_core::service::shelter::incident::Accounted;
use digiana_core::service::shelter::presence::{Headcount, Interval, Whereabouts};
use digiana_core::view::Sources;
use digiana_core::view::gathered::Gathered;
use digiana_core::view::roster;

use super::difference::{Checker, Differences};
use super::persons::Persons;
use super::records::Records;
use super::register::Writes;
use super::{Held, Recorded};

/// Every incident.
#[derive(Debug, Default)]
pub struct Shelter<'a> {
    incidents: BTreeMap<IncidentId, Incident<'a>>,
    // Everyone of the register, by the ids that stand for all.
    register: BTreeSet<PersonId>,
}

/// One incident.
#[derive(Debug, Default)]
pub struct Incident<'a> {
    opened: Vec<&'a Recorded>,
    closed: Vec<&'a Recorded>,
    states: BTreeMap<SiteId, Writes<'a, SiteStateSet>>,
    congestion: BTreeMap<SiteId, Writes<'a, CongestionSet>>,
    warnings: BTreeMap<&'a str, Writes<'a, WarningSet>>,
    presence: BTreeMap<PersonId, Writes<'a, Presence>>,
    // Who was confirmed safe, and of whom only a doubted entry speaks.
    safe: BTreeSet<PersonId>,
    claimed: BTreeSet<PersonId>,
    /// Where everybody is, by the ids that stand for all.
    pub whereabouts: BTreeMap<PersonId, Places>,
    /// Who is accounted for, by the ids that stand for all.
    pub accounted: BTreeMap<PersonId, Accounted>,
}

/// What current writes say of one person, by site. A site that only says they left is none.
pub type Places = BTreeMap<SiteId, Place>;

/// What current writes say of one person at one site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// One says that they are in.
    pub is_in: bool,
    /// One says that they are out for a while.
    pub on_leave: bool,
    /// One says that they left for good.
    pub left: bool,
}

impl<'a> Shelter<'a> {
    pub(super) fn take(&mut self, recorded: &'a Recorded, fact: &'a ShelterFact, held: Held) {
        let counts = held == Held::Admitted;
        let is_claim = matches!(fact, ShelterFact::Presence(_) | ShelterFact::ConfirmedSafe(_));
        if !counts && !is_claim {
            return;
        }
        let incident = self.incidents.entry(incident_of(fact)).or_default();
        match fact {
            ShelterFact::Presence(fact) if counts => {
                incident.presence.entry(fact.person).or_default().push(recorded, fact);
            }
            ShelterFact::ConfirmedSafe(fact) if counts => drop(incident.safe.insert(fact.person)),
            // In doubt: nobody is put anywhere by it, and nobody is missing because of the doubt.
            ShelterFact::Presence(fact) => drop(incident.claimed.insert(fact.person)),
            ShelterFact::ConfirmedSafe(fact) => drop(incident.claimed.insert(fact.person)),
            ShelterFact::IncidentOpened(_) => incident.opened.push(recorded),
            ShelterFact::IncidentClosed(_) => incident.closed.push(recorded),
            ShelterFact::SiteStateSet(fact) => {
                incident.states.entry(fact.site).or_default().push(recorded, fact);
            }
            ShelterFact::CongestionSet(fact) => {
                incident.congestion.entry(fact.site).or_default().push(recorded, fact);
            }
            ShelterFact::WarningSet(fact) => {
                let warning = incident.warnings.entry(fact.district.as_str());
                warning.or_default().push(recorded, fact);
            }
        }
    }

    pub(super) fn settle(&mut self, persons: &Persons<'_>, records: &Records<'_>) {
        self.register = records.people().into_iter().map(|person| persons.head(person)).collect();
        self.incidents.values_mut().for_each(|incident| incident.settle(persons));
    }

    /// One incident.
    pub fn incident(&self, incident: IncidentId) -> Option<&Incident<'a>> {
        self.incidents.get(&incident)
    }

    /// `with_register`: whether it is known here who is in the register.
    pub(super) fn compare(
        &self,
        with_register: bool,
        shown: &Folds,
        differences: &mut Differences,
    ) {
        let sources = sources(shown);
        let held = shown.shelter.incidents().map(|(id, _)| id);
        let ids: BTreeSet<IncidentId> = self.incidents.keys().copied().chain(held).collect();
        for id in ids {
            match (self.incidents.get(&id), Gathered::new(sources, id)) {
                (Some(incident), Some(gathered)) => {
                    incident.compare(&gathered, differences);
                    if with_register {
                        self.compare_missing(incident, &sources, id, differences);
                    }
                }
                (expected, shown) => {
                    let known = (expected.is_some(), shown.is_some());
                    differences.check(Checker::Incident, &id, &known.0, &known.1);
                }
            }
        }
    }

    fn compare_missing(
        &self,
        incident: &Incident<'_>,
        sources: &Sources<'_>,
        id: IncidentId,
        differences: &mut Differences,
    ) {
        let is_missing = |person: &&PersonId| !incident.accounted.contains_key(person);
        let missing: BTreeSet<PersonId> =
            self.register.iter().filter(is_missing).copied().collect();
        let shown = roster::unaccounted(sources, id).into_iter().flatten();
        let shown = shown.flat_map(|(_, people)| people).map(|person| person.id).collect();
        differences.check(Checker::Unaccounted, &id, &missing, &shown);
    }
}

impl Incident<'_> {
    fn settle(&mut self, persons: &Persons<'_>) {
        for (id, writes) in &self.presence {
            let person = persons.head(*id);
            self.accounted.insert(person, Accounted::Verified);
            let places = self.whereabouts.entry(person).or_default();
            for (_, fact) in writes.current().iter() {
                let place = places.entry(fact.site).or_default();
                match fact.act {
                    Act::CheckIn | Act::Return => place.is_in = true,
                    Act::Leave => place.on_leave = true,
                    Act::CheckOut => place.left = true,
                }
            }
        }
        for places in self.whereabouts.values_mut() {
            places.retain(|_, place| place.is_in || place.on_leave);
        }
        self.whereabouts.retain(|_, places| !places.is_empty());
        let safe = self.safe.iter().map(|id| persons.head(*id));
        self.accounted.extend(safe.map(|person| (person, Accounted::Verified)));
        for id in &self.claimed {
            self.accounted.entry(persons.head(*id)).or_insert(Accounted::Unverified);
        }
    }

    /// Whose whereabouts contradict each other.
    pub fn unsettled(&self) -> BTreeSet<PersonId> {
        let contradicts = |places: &Places| {
            places.len() > 1
                || places.values().any(|place| place.left || place.is_in && place.on_leave)
        };
        let unsettled = self.whereabouts.iter().filter(|(_, places)| contradicts(places));
        unsettled.map(|(person, _)| *person).collect()
    }

    /// How many are at a site: surely those of whom nothing else is said, at most all of whom it is.
    pub fn headcount(&self, site: SiteId) -> Headcount {
        let mut count = Headcount::default();
        for places in self.whereabouts.values() {
            let Some(place) = places.get(&site) else { continue };
            let alone = places.len() == 1 && !place.left;
            add(&mut count.present, place.is_in && !place.on_leave && alone, place.is_in);
            add(&mut count.on_leave, place.on_leave && !place.is_in && alone, place.on_leave);
        }
        count
    }

    /// How many are at shelters, each person once. Whoever two shelters have is surely at one.
    pub fn total(&self) -> Headcount {
        let mut count = Headcount::default();
        for places in self.whereabouts.values() {
            let stays = places.values().any(|place| !place.left);
            let is_in = places.values().any(|place| place.is_in);
            let on_leave = places.values().any(|place| place.on_leave);
            add(&mut count.present, stays && !on_leave, is_in);
            add(&mut count.on_leave, stays && !is_in, on_leave);
        }
        count
    }

    fn compare(&self, shown: &Gathered<'_>, differences: &mut Differences) {
        self.compare_incident(shown, differences);
        self.compare_sites(shown, differences);
        let accounted = shown.accounted();
        let people: BTreeSet<PersonId> =
            self.accounted.keys().chain(accounted.keys()).copied().collect();
        let nowhere = Places::new();
        for person in people {
            let about = format_args!("{person} in {}", shown.id);
            let grades = (self.accounted.get(&person), accounted.get(&person));
            differences.check(Checker::AccountedFor, &about, &grades.0, &grades.1);
            let places = self.whereabouts.get(&person).unwrap_or(&nowhere);
            let held = places_of(shown.whereabouts(person));
            differences.check(Checker::Presence, &about, places, &held);
        }
        differences.check(Checker::Unsettled, &shown.id, &self.unsettled(), &shown.unsettled());
        differences.check(Checker::Headcount, &shown.id, &self.total(), &shown.total());
    }

    fn compare_incident(&self, shown: &Gathered<'_>, differences: &mut Differences) {
        let first = |recorded: &[&Recorded]| {
            recorded.iter().min_by_key(|recorded| recorded.order()).map(|first| first.entry)
        };
        let expected = (first(&self.opened), first(&self.closed));
        let incident = shown.incident;
        let opening = incident.opening().map(|opening| opening.entry);
        let closing = incident.closing().map(|closing| closing.entry);
        differences.check(Checker::Incident, &shown.id, &expected, &(opening, closing));
        let is_open = !self.opened.is_empty() && self.closed.is_empty();
        differences.check(Checker::Incident, &shown.id, &is_open, &incident.is_open());
    }

    fn compare_sites(&self, shown: &Gathered<'_>, differences: &mut Differences) {
        let incident = shown.incident;
        let placed = self.whereabouts.values().flat_map(BTreeMap::keys);
        let sites = self.states.keys().chain(self.congestion.keys()).chain(placed).copied();
        let sites: BTreeSet<SiteId> = sites.chain(incident.sites()).collect();
        for site in sites {
            let about = format_args!("{site} in {}", shown.id);
            let current = self.states.get(&site).map(Writes::current).unwrap_or_default();
            let states: Vec<_> = current.iter().map(|(it, fact)| (it.entry, fact.state)).collect();
            let held = incident.site_state(site).into_iter().flat_map(|held| held.current());
            let held = held.map(|write| (write.entry, write.value.state)).collect();
            differences.check(Checker::SiteState, &about, &states, &held);
            let states: BTreeSet<_> = current.iter().map(|(_, fact)| fact.state).collect();
            let held = incident.states(site).into_iter().collect();
            differences.check(Checker::SiteState, &about, &states, &held);
            let current = self.congestion.get(&site).map(Writes::current).unwrap_or_default();
            let said = current.iter().map(|(it, fact)| (it.entry, fact.level, fact.until));
            let held = incident.congestion(site).into_iter().flat_map(|held| held.current());
            let held = held.map(|write| (write.entry, write.value.level, write.value.until));
            let (said, held) = (said.collect::<Vec<_>>(), held.collect());
            differences.check(Checker::Congestion, &about, &said, &held);
            let counts = (self.headcount(site), shown.headcount(site));
            differences.check(Checker::Headcount, &about, &counts.0, &counts.1);
        }
        let mut held: BTreeMap<&str, Vec<(EntryId, _)>> = BTreeMap::new();
        for (district, register) in incident.warnings() {
            let current = register.current().map(|write| (write.entry, write.value.level));
            held.insert(district, current.collect());
        }
        let expected: BTreeMap<&str, Vec<(EntryId, _)>> = self
            .warnings
            .iter()
            .map(|(district, writes)| {
                let current = writes.current();
                (*district, current.iter().map(|(it, fact)| (it.entry, fact.level)).collect())
            })
            .collect();
        differences.check(Checker::Warning, &shown.id, &expected, &held);
    }
}

fn incident_of(fact: &ShelterFact) -> IncidentId {
    match fact {
        ShelterFact::IncidentOpened(fact) => fact.incident,
        ShelterFact::IncidentClosed(fact) => fact.incident,
        ShelterFact::SiteStateSet(fact) => fact.incident,
        ShelterFact::Presence(fact) => fact.incident,
        ShelterFact::ConfirmedSafe(fact) => fact.incident,
        ShelterFact::CongestionSet(fact) => fact.incident,
        ShelterFact::WarningSet(fact) => fact.incident,
    }
}

fn add(interval: &mut Interval, surely: bool, perhaps: bool) {
    interval.sure += u32::from(surely);
    interval.at_most += u32::from(perhaps);
}

fn places_of(whereabouts: &Whereabouts) -> Places {
    let places = whereabouts.places().iter();
    let place = |place: &digiana_core::service::shelter::presence::Place| {
        let (is_in, on_leave, left) = (place.is_in, place.on_leave, place.left);
        (place.site, Place { is_in, on_leave, left })
    };
    places.map(place).collect()
}

/// What a page of the authority is read from.
pub(super) fn sources(shown: &Folds) -> Sources<'_> {
    Sources {
        shelter: &shown.shelter,
        tokens: &shown.tokens,
        town: shown.records(Scope::Town),
        register: shown.records(Scope::Register),
        authority: true,
    }
}
