//! The shelter scope's facts, folded.

use std::collections::BTreeMap;

use crate::fact::correct::Correct;
use crate::fact::shelter::{ConfirmedSafe, IncidentClosed, Presence, SiteState};
use crate::fact::{Fact, ShelterFact};
use crate::id::{EntryId, IncidentId, JournalId, NodeId, PersonId, SiteId};
use crate::planted::{self, Bug};
use crate::register::{Saw, Write};
use crate::service::canon::Canon;
use crate::service::corrections::Corrections;
use crate::service::stamp::{Authors, Stamp, hash_in, is_meant, withdraw};
use crate::service::{Fold, Origin, Standing};

use super::incident::Incident;
use super::writes::{
    Claim, Closed, CongestionWrite, Opened, PresenceWrite, SafeWrite, StateWrite, WarningWrite,
};

/// All that the admitted facts of the shelter scope say.
///
/// A corrected fact counts as absent, what it had seen too. An unverified one changes nothing but
/// that its person is not missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShelterFold {
    pub(super) corrections: Corrections,
    pub(super) authors: Authors,
    // Invariant: none is empty.
    pub(super) incidents: BTreeMap<IncidentId, Incident>,
}

impl ShelterFold {
    /// Every incident of which anything is known here.
    pub fn incidents(&self) -> impl Iterator<Item = (IncidentId, &Incident)> {
        self.incidents.iter().map(|(id, incident)| (*id, incident))
    }

    /// One incident.
    pub fn incident(&self, id: IncidentId) -> Option<&Incident> {
        self.incidents.get(&id)
    }

    /// Every open incident, the newest by counter first.
    pub fn open_incidents(&self) -> Vec<(IncidentId, &Incident)> {
        let mut open: Vec<_> =
            self.incidents().filter(|(_, incident)| incident.is_open()).collect();
        open.sort_by_key(|(_, incident)| {
            std::cmp::Reverse(
                incident.opening().map(|opening| (opening.value.stamp.counter, opening.entry)),
            )
        });
        open
    }

    /// The incident that a page shows when nobody chose one: the newest open one by counter of
    /// those that a shelter opened for or that somebody came to; else the newest open one.
    ///
    /// One press at any desk opens an incident, and the fold knows no roles. What is empty must not
    /// hide the incident that people are in: their headcount would vanish from the board.
    pub fn current_incident(&self) -> Option<IncidentId> {
        let open = self.open_incidents();
        let in_use = open.iter().find(|(_, incident)| incident.is_in_use());
        in_use.or_else(|| open.first()).map(|(id, _)| *id)
    }

    /// The incident in which something happens at a site when nobody chose one: the newest open
    /// one for which the site was made ready, so that a shelter which opened by itself goes on
    /// when the opening by headquarters arrives; else the [current](Self::current_incident) one.
    pub fn incident_at(&self, site: SiteId) -> Option<IncidentId> {
        let open = self.open_incidents();
        let ready = open.iter().find(|(_, incident)| {
            let states = incident.states(site);
            states.iter().any(|state| {
                matches!(state, SiteState::Preparing | SiteState::Open | SiteState::Suspended)
            })
        });
        ready.map(|(id, _)| *id).or_else(|| self.current_incident())
    }

    /// Who writes a journal, for a page that shows who said what.
    pub fn author(&self, journal: JournalId) -> Option<NodeId> {
        self.authors.of(journal)
    }

    fn change<T>(&mut self, id: IncidentId, change: impl FnOnce(&mut Incident) -> T) -> T {
        let incident = self.incidents.entry(id).or_default();
        let result = change(incident);
        if incident.is_empty() {
            self.incidents.remove(&id);
        }
        result
    }

    fn presence(&mut self, origin: &Origin, fact: &Presence) {
        let value = PresenceWrite::new(Stamp::of(origin), fact);
        let write = Write { entry: origin.entry, value, saw: fact.saw.clone() };
        self.about(origin, fact.incident, fact.person, |person| person.presence.insert(write));
    }

    fn confirmed_safe(&mut self, origin: &Origin, fact: &ConfirmedSafe) {
        let value = SafeWrite::new(Stamp::of(origin), fact);
        let write = Write { entry: origin.entry, value, saw: Saw::NOTHING };
        self.about(origin, fact.incident, fact.person, |person| person.safe.insert(write));
    }

    /// Takes up a fact about a person: as it is when admitted, else as a claim that they are safe.
    fn about(
        &mut self,
        origin: &Origin,
        incident: IncidentId,
        person: PersonId,
        admit: impl FnOnce(&mut super::incident::PersonEntry),
    ) {
        let entry = origin.entry;
        self.change(incident, |incident| {
            incident.change_person(person, |person| match origin.standing {
                Standing::Admitted => {
                    person.claims.withdraw(entry);
                    admit(person);
                }
                Standing::Unverified if planted::is(Bug::DoubtedIsForgotten) => {}
                Standing::Unverified => {
                    person.claim(entry, Claim { stamp: Stamp::of(origin), happened_at: None });
                }
            });
        });
    }

    fn closed(&mut self, origin: &Origin, fact: &IncidentClosed) {
        let value = Closed { stamp: Stamp::of(origin), happened_at: fact.happened_at };
        let write = Write { entry: origin.entry, value, saw: Saw::NOTHING };
        self.change(fact.incident, |incident| incident.closed.insert(write));
    }

    /// Takes out what a correction means, wherever it lies.
    fn correct(&mut self, correct: &Correct) {
        let ids: Vec<IncidentId> = self.incidents.keys().copied().collect();
        for id in ids {
            if self.change(id, |incident| incident.correct(correct)) {
                return;
            }
        }
    }
}

impl Incident {
    fn correct(&mut self, correct: &Correct) -> bool {
        if withdraw(&mut self.opened, correct) || withdraw(&mut self.closed, correct) {
            return true;
        }
        let site = self.sites.iter().find(|(_, site)| {
            is_meant(&site.state, correct) || is_meant(&site.congestion, correct)
        });
        if let Some(site) = site.map(|(id, _)| *id) {
            return self.change_site(site, |site| {
                withdraw(&mut site.state, correct) || withdraw(&mut site.congestion, correct)
            });
        }
        let warning = self.warnings.iter().find(|(_, register)| is_meant(*register, correct));
        if let Some(district) = warning.map(|(district, _)| district.clone()) {
            return self.change_warning(&district, |register| withdraw(register, correct));
        }
        let person = self.people.iter().find(|(_, person)| {
            is_meant(&person.presence, correct)
                || is_meant(&person.safe, correct)
                || is_meant(&person.claims, correct)
        });
        person.map(|(id, _)| *id).is_some_and(|person| {
            self.change_person(person, |person| {
                withdraw(&mut person.presence, correct)
                    || withdraw(&mut person.safe, correct)
                    || withdraw(&mut person.claims, correct)
            })
        })
    }
}

impl Fold for ShelterFold {
    fn apply(&mut self, origin: &Origin, fact: &Fact) {
        let entry = origin.entry;
        let about_people =
            matches!(fact, Fact::Shelter(ShelterFact::Presence(_) | ShelterFact::ConfirmedSafe(_)));
        if origin.standing != Standing::Admitted && !about_people {
            return;
        }
        self.authors.apply(origin);
        if let Fact::Correct(correct) = fact {
            self.corrections.apply(origin, correct);
            self.correct(correct);
            return;
        }
        if self.corrections.of(entry, origin.hash).is_some() {
            return;
        }
        let Fact::Shelter(fact) = fact else { return };
        let stamp = Stamp::of(origin);
        match fact {
            ShelterFact::IncidentOpened(fact) => {
                let value = Opened::new(stamp, fact);
                let write = Write { entry, value, saw: Saw::NOTHING };
                self.change(fact.incident, |incident| incident.opened.insert(write));
            }
            ShelterFact::IncidentClosed(fact) => self.closed(origin, fact),
            ShelterFact::SiteStateSet(fact) => {
                let value = StateWrite::new(stamp, fact);
                let write = Write { entry, value, saw: fact.saw.clone() };
                self.change(fact.incident, |incident| {
                    incident.change_site(fact.site, |site| site.state.insert(write));
                });
            }
            ShelterFact::Presence(fact) => self.presence(origin, fact),
            ShelterFact::ConfirmedSafe(fact) => self.confirmed_safe(origin, fact),
            ShelterFact::CongestionSet(fact) => {
                let value = CongestionWrite::new(stamp, fact);
                let write = Write { entry, value, saw: fact.saw.clone() };
                self.change(fact.incident, |incident| {
                    incident.change_site(fact.site, |site| site.congestion.insert(write));
                });
            }
            ShelterFact::WarningSet(fact) => {
                let value = WarningWrite::new(stamp, fact);
                let write = Write { entry, value, saw: fact.saw.clone() };
                self.change(fact.incident, |incident| {
                    incident.change_warning(&fact.district, |register| register.insert(write));
                });
            }
        }
    }

    fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    fn hash_of(&self, entry: EntryId) -> Option<[u8; 4]> {
        self.incidents.values().find_map(|incident| {
            let sites = incident.sites.values().find_map(|site| {
                hash_in(&site.state, entry).or_else(|| hash_in(&site.congestion, entry))
            });
            let person = || {
                incident.people.values().find_map(|person| {
                    hash_in(&person.presence, entry)
                        .or_else(|| hash_in(&person.safe, entry))
                        .or_else(|| hash_in(&person.claims, entry))
                })
            };
            hash_in(&incident.opened, entry)
                .or_else(|| hash_in(&incident.closed, entry))
                .or(sites)
                .or_else(|| incident.warnings.values().find_map(|held| hash_in(held, entry)))
                .or_else(person)
        })
    }

    fn digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("shelter");
        canon.put(&self.corrections).put(&self.authors).len(self.incidents.len());
        for (id, incident) in &self.incidents {
            canon.value(id).put(incident);
        }
        canon.digest()
    }
}
