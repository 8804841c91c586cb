//! A small town in memory, so that pages can be tested without a node: Misato's real places,
//! generated people (訓練データ), and rules just good enough to give each answer once.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails says so by panicking"
)]

use std::sync::{Mutex, MutexGuard};

use digiana_core::id::JournalId;

use super::*;
use crate::data;
use crate::import::sites::SiteImport;

/// 2026-11-22 15:04:05 in Japan.
pub(crate) const NOW: i64 = 1_795_327_445;

const FAMILIES: [(&str, &str); 4] = [
    ("訓練田", "くんれんだ"),
    ("演習川", "えんしゅうがわ"),
    ("模擬山", "もぎやま"),
    ("試験谷", "しけんだに"),
];
const GIVEN: [(&str, &str); 5] = [
    ("一郎", "いちろう"),
    ("花子", "はなこ"),
    ("次郎", "じろう"),
    ("桜", "さくら"),
    ("健", "けん"),
];

#[derive(Clone)]
pub(crate) struct Somebody {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    pub(crate) kana: String,
    pub(crate) birth_year: Option<i32>,
    pub(crate) household: usize,
    pub(crate) is_protected: bool,
    pub(crate) at: Vec<(SiteId, Act, i64, EntryId, String)>,
    pub(crate) fields: Vec<(FieldId, Vec<Version>)>,
}

pub(crate) struct State {
    pub(crate) now: i64,
    pub(crate) place: Place,
    pub(crate) incident: Option<Incident>,
    pub(crate) sites: Vec<(SiteImport, SiteState)>,
    pub(crate) people: Vec<Somebody>,
    pub(crate) tap: Option<Tap>,
    pub(crate) healthy: bool,
    pub(crate) unheard: Vec<Unheard>,
    pub(crate) orders: Vec<Order>,
    seq: u64,
}

pub(crate) struct MemoryTown {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

fn shown(person: &Somebody) -> ShownName {
    if person.is_protected {
        ShownName::Protected
    } else {
        ShownName::Shown { name: person.name.clone(), kana: person.kana.clone() }
    }
}

impl MemoryTown {
    /// A town with people at home, nothing open, and this gateway at the first site or at none.
    pub(crate) fn new(at_site: bool) -> Self {
        let sites: Vec<_> =
            data::sites().into_iter().map(|site| (site, SiteState::NotOpened)).collect();
        let own = sites.first().map(|(site, _)| site.id).filter(|_| at_site);
        let people = (0..20_u8).map(|number| {
            let (family, family_kana) = FAMILIES[usize::from(number / 5)];
            let (given, given_kana) = GIVEN[usize::from(number % 5)];
            Somebody {
                id: PersonId([number + 1, 7, 7, 7, 7, 7, 7, number]),
                name: format!("{family} {given}（訓練データ）"),
                kana: format!("{family_kana} {given_kana}"),
                birth_year: Some(1940 + i32::from(number) * 4),
                household: usize::from(number / 5),
                is_protected: number == 7,
                at: Vec::new(),
                fields: Vec::new(),
            }
        });
        let device = if at_site { "比之宮の端末" } else { "災害対策本部" };
        let state = State {
            now: NOW,
            place: Place { device: device.to_owned(), site: own, cut_off_since: None },
            incident: None,
            people: people.collect(),
            sites,
            tap: None,
            healthy: true,
            unheard: Vec::new(),
            orders: Vec::new(),
            seq: 0,
        };
        Self { state: Mutex::new(state), changes: watch::Sender::new(0) }
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
        result
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn site(&self, index: usize) -> SiteId {
        self.state().sites[index].0.id
    }

    pub(crate) fn person(&self, index: usize) -> PersonId {
        self.state().people[index].id
    }

    pub(crate) fn order(&self, order: Order) {
        self.change(|state| state.decide(order)).unwrap();
    }

    /// A flood with two open shelters, one of them unheard, and somebody at both.
    pub(crate) fn flooded(at_site: bool) -> Self {
        let town = Self::new(at_site);
        town.order(Order::OpenIncident {
            kind: IncidentKind::Drill,
            title: "令和8年11月豪雨（訓練データ）".to_owned(),
            hazards: vec![Hazard::Flood, Hazard::Landslide],
        });
        let (one, other) = (town.site(0), town.site(5));
        town.order(Order::SetSite(one, SiteState::Open));
        town.order(Order::SetSite(other, SiteState::Open));
        let ids: Vec<_> = (0..8).map(|index| town.person(index)).collect();
        town.order(Order::CheckIn(one, ids.clone()));
        let leave = |person| Order::Presence {
            site: one,
            person,
            act: Act::Leave,
            destination: "病院".to_owned(),
        };
        town.order(leave(ids[4]));
        let entry = town.change(|state| state.entry());
        town.change(|state| {
            let at = (other, Act::CheckIn, NOW - 1800, entry, String::new());
            state.people[1].at.push(at);
            state.unheard = vec![Unheard {
                device: "上野の端末".to_owned(),
                last_heard: Some(NOW - 1900),
            }];
        });
        town
    }
}

impl State {
    fn entry(&mut self) -> EntryId {
        self.seq += 1;
        EntryId { journal: JournalId([1; 8]), seq: self.seq }
    }

    fn decide(&mut self, order: Order) -> Result<(), Refused> {
        self.orders.push(order.clone());
        let entry = self.entry();
        let (now, seq) = (self.now, self.seq);
        let is_open = |state: &Self, id: SiteId| {
            state.sites.iter().any(|(site, is)| site.id == id && *is == SiteState::Open)
        };
        match order {
            Order::OpenIncident { .. } if self.incident.is_some() => {
                return Err(Refused::IncidentOpen);
            }
            Order::OpenIncident { kind, title, hazards } => {
                let id = IncidentId([9; 8]);
                self.incident = Some(Incident { id, kind, title, hazards, since: now - 7200 });
            }
            Order::CloseIncident(_) => self.incident = None,
            Order::SetSite(id, to) => {
                let row = self.sites.iter_mut().find(|(site, _)| site.id == id);
                row.ok_or(Refused::UnknownSite)?.1 = to;
            }
            Order::CheckIn(site, _) if !is_open(self, site) => return Err(Refused::SiteNotOpen),
            Order::CheckIn(site, people) => {
                for id in people {
                    let person = self.people.iter_mut().find(|person| person.id == id);
                    let at = (site, Act::CheckIn, now, entry, String::new());
                    person.ok_or(Refused::UnknownPerson)?.at.push(at);
                }
            }
            Order::WalkIn { site, .. } if !is_open(self, site) => return Err(Refused::SiteNotOpen),
            Order::WalkIn { site, name, kana, birth_year } => self.people.push(Somebody {
                id: PersonId([200, 0, 0, 0, 0, 0, 0, u8::try_from(seq % 200).unwrap()]),
                name,
                kana,
                birth_year,
                household: 1000 + usize::try_from(seq).unwrap(),
                is_protected: false,
                at: vec![(site, Act::CheckIn, now, entry, String::new())],
                fields: Vec::new(),
            }),
            Order::Presence { site, person, act, destination } => {
                let person = self.people.iter_mut().find(|known| known.id == person);
                let person = person.ok_or(Refused::UnknownPerson)?;
                let at = person.at.iter_mut().find(|at| at.0 == site).ok_or(Refused::NotThere)?;
                *at = (site, act, now, entry, destination);
                person.at.retain(|at| at.1 != Act::CheckOut);
            }
            Order::Correct { target, .. } => {
                let held = self.people.iter().any(|known| known.at.iter().any(|at| at.3 == target));
                if !held {
                    return Err(Refused::NothingToCorrect);
                }
                self.people.iter_mut().for_each(|known| known.at.retain(|at| at.3 != target));
            }
            Order::Settle(person, site) => {
                let person = self.people.iter_mut().find(|known| known.id == person);
                person.ok_or(Refused::UnknownPerson)?.at.retain(|at| at.0 == site);
            }
            Order::SaveField { person, field, value, .. } => {
                let person = self.people.iter_mut().find(|known| known.id == person);
                let person = person.ok_or(Refused::UnknownPerson)?;
                person.fields.retain(|(held, _)| *held != field);
                let by = self.place.device.clone();
                person.fields.push((field, vec![Version { value, by, at: now }]));
            }
        }
        Ok(())
    }

    fn row(&self, site: &SiteImport, state: SiteState) -> SiteRow {
        let here = self.people.iter().flat_map(|person| {
            person.at.iter().filter(|at| at.0 == site.id).map(|at| (person.at.len() > 1, at.1))
        });
        let here: Vec<_> = here.collect();
        let count = |wanted: &dyn Fn(bool, Act) -> bool| {
            u32::try_from(here.iter().filter(|(both, act)| wanted(*both, *act)).count()).unwrap()
        };
        let sure = count(&|both, act| !both && act != Act::Leave);
        let at_most = count(&|_, act| act != Act::Leave);
        let is_unheard = site.name.starts_with("上野") && !self.unheard.is_empty();
        let shown =
            self.incident.as_ref().map_or_else(|| Hazard::ALL.to_vec(), |now| now.hazards.clone());
        SiteRow {
            site: site.id,
            name: site.name.clone(),
            state,
            people: Headcount { sure, at_most, unheard: u32::from(is_unheard) },
            on_leave: count(&|_, act| act == Act::Leave),
            capacity: (state == SiteState::Open).then_some(40),
            congestion: (state == SiteState::Open).then_some(Congestion::Free),
            congestion_by_staff: false,
            validity: shown.into_iter().map(|hazard| (hazard, site.hazards.of(hazard))).collect(),
            is_welfare: !site.is_for_everyone(),
            freshness: if is_unheard {
                Freshness::Heard(self.now - 1900)
            } else if self.place.site == Some(site.id) {
                Freshness::Here
            } else if state == SiteState::Open {
                Freshness::Linked
            } else {
                Freshness::Never
            },
            custody: if is_unheard {
                Custody::Waiting(Some(self.now - 1900))
            } else if state == SiteState::Open {
                Custody::Held(self.now - 40)
            } else {
                Custody::Nothing
            },
        }
    }
}

impl Backend for MemoryTown {
    fn place(&self) -> Place {
        self.state().place.clone()
    }

    fn now(&self) -> i64 {
        self.state().now
    }

    fn incident(&self) -> Option<Incident> {
        self.state().incident.clone()
    }

    fn board(&self) -> Board {
        let state = self.state();
        let mut sites: Vec<_> = state.sites.iter().map(|(site, is)| state.row(site, *is)).collect();
        sites.sort_by_key(|row| std::cmp::Reverse(row.state == SiteState::Open));
        let inside = |person: &&Somebody| person.at.iter().any(|at| at.1 != Act::Leave);
        let sure = u32::try_from(state.people.iter().filter(inside).count()).unwrap();
        let seen = state.people.iter().filter(|person| !person.at.is_empty()).count();
        let unheard = u32::try_from(state.unheard.len()).unwrap();
        let claim = |at: &(SiteId, Act, i64, EntryId, String)| Claim {
            site: at.0,
            site_name: sites.iter().find(|row| row.site == at.0).unwrap().name.clone(),
            at: at.2,
            assurance: Assurance::Listed,
        };
        let both = state.people.iter().filter(|person| person.at.len() > 1);
        Board {
            people: Headcount { sure, at_most: sure + 3 * unheard, unheard },
            unaccounted: Some(u32::try_from(state.people.len() - seen).unwrap()),
            open: u32::try_from(sites.iter().filter(|row| row.state == SiteState::Open).count())
                .unwrap(),
            unheard: state.unheard.clone(),
            two_places: both
                .map(|person| TwoPlaces {
                    person: person.id,
                    name: shown(person),
                    claims: person.at.iter().map(claim).collect(),
                })
                .collect(),
            sites,
        }
    }

    fn desk(&self, site: SiteId) -> Option<Desk> {
        let state = self.state();
        let (place, is) = state.sites.iter().find(|(place, _)| place.id == site)?;
        let name_of = |id: SiteId| {
            state.sites.iter().find(|(place, _)| place.id == id).unwrap().0.name.clone()
        };
        let rows = state.people.iter().filter_map(|person| {
            let at = person.at.iter().find(|at| at.0 == site)?;
            let others = person.at.iter().filter(|other| other.0 != site);
            Some(RosterRow {
                person: person.id,
                name: shown(person),
                birth_year: person.birth_year,
                act: at.1,
                at: at.2,
                assurance: Assurance::Vouched,
                destination: Some(at.4.clone()).filter(|to| !to.is_empty()),
                entry: at.3,
                custody: if state.place.cut_off_since.is_some() {
                    Custody::Waiting(None)
                } else {
                    Custody::Held(at.2 + 2)
                },
                also_at: others.map(|other| name_of(other.0)).collect(),
            })
        });
        Some(Desk { row: state.row(place, *is), roster: rows.collect() })
    }

    fn search(&self, _: SiteId, text: &str) -> Vec<Household> {
        let state = self.state();
        let matches = |person: &&Somebody| {
            !person.is_protected && (person.name.starts_with(text) || person.kana.starts_with(text))
        };
        let mut homes: Vec<_> =
            state.people.iter().filter(matches).map(|person| person.household).collect();
        homes.dedup();
        let member = |person: &Somebody| Member {
            person: person.id,
            name: shown(person),
            birth_year: person.birth_year,
            address: "粕渕（訓練データ）".to_owned(),
            is_match: matches(&person),
            at: person.at.first().map(|at| {
                state.sites.iter().find(|(place, _)| place.id == at.0).unwrap().0.name.clone()
            }),
        };
        let of = |home: usize| Household {
            members: state.people.iter().filter(|one| one.household == home).map(member).collect(),
        };
        homes.into_iter().take(FOUND_MAX).map(of).collect()
    }

    fn person(&self, _: SiteId, person: PersonId) -> Option<Person> {
        const FORM: [(FieldId, &str); 8] = [
            (FieldId(65), "field.phone"),
            (FieldId(66), "field.emergency_contact"),
            (FieldId(36), "field.address"),
            (FieldId(67), "field.place_in_shelter"),
            (FieldId(70), "field.health"),
            (FieldId(73), "field.care"),
            (FieldId(79), "field.pets"),
            (FieldId(83), "field.needs"),
        ];
        let state = self.state();
        let known = state.people.iter().find(|known| known.id == person)?;
        let versions = |field: FieldId| {
            let held = known.fields.iter().find(|(held, _)| *held == field);
            held.map_or_else(Vec::new, |(_, versions)| versions.clone())
        };
        let dot = EntryId { journal: JournalId([1; 8]), seq: 1 };
        let fields = FORM.iter().map(|(field, label)| Field {
            field: *field,
            label,
            versions: versions(*field),
            saw: Saw::new(vec![dot]),
        });
        Some(Person { person, name: shown(known), fields: fields.collect() })
    }

    fn last_tap(&self) -> Option<Tap> {
        self.state().tap.clone()
    }

    fn public(&self) -> PublicTown {
        let state = self.state();
        let shelter = |(site, is): &(SiteImport, SiteState)| {
            let row = state.row(site, *is);
            PublicShelter {
                site: site.id,
                name: site.name.clone(),
                address: site.address.clone(),
                latitude: site.latitude,
                longitude: site.longitude,
                state: *is,
                congestion: row.congestion,
                people: (*is == SiteState::Open).then(|| Band::of(row.people.at_most)),
                capacity: row.capacity,
                is_welfare: row.is_welfare,
                hazards: row.validity,
                updated_at: state.now - 60,
            }
        };
        PublicTown {
            incident: state.incident.clone(),
            updated_at: state.now - 60,
            shelters: state.sites.iter().map(shelter).collect(),
        }
    }

    fn health(&self) -> Result<(), String> {
        if self.state().healthy { Ok(()) } else { Err("the disk is full".to_owned()) }
    }

    fn figures(&self) -> Figures {
        Figures { entries: self.state().seq, links: 2, ..Figures::default() }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn submit(
        &self,
        order: Order,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refused>> + Send + '_>> {
        Box::pin(async move { self.change(|state| state.decide(order)) })
    }
}
