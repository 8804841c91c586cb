//! A small town in memory, so that pages can be tested without a node: Misato's real places,
//! generated people (訓練データ), and core's own rules and folds. Its facts are on no disk.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails says so by panicking"
)]

use std::sync::{Mutex, MutexGuard};

use digiana_core::credential::admit::Role;
use digiana_core::engine::folds::Folds;
use digiana_core::engine::input::Command;
use digiana_core::fact::Fact;
use digiana_core::fact::edit::{Change, Edit, Value};
use digiana_core::fact::school::{Attendance, Attends};
use digiana_core::fact::shelter;
use digiana_core::id::{Hash, JournalId, NodeId, RecordId};
use digiana_core::receipt::custody;
use digiana_core::record::{self, field};
use digiana_core::scope::Scope;
use digiana_core::service::asked::Context;
use digiana_core::service::records::RecordsFold;
use digiana_core::service::search::PeopleIndex;
use digiana_core::service::sites::{Designation, Hazards};
use digiana_core::service::{Origin, Standing};
use digiana_core::time::{Confidence, Wall};
use digiana_core::token::TokenTag;
use digiana_core::view::Sources;
use digiana_node::reader::enrol::{Asked, Doubt, EnrolFault, Read, Tries};

use super::aggregate::Aggregates;
use super::order::Opening;
use super::seen::published::Published;
use super::seen::{Device, Seen, care};
use super::*;
use crate::data;
use crate::import::sites::SiteImport;

/// 2026-11-22 15:04:05 in Japan.
pub(crate) const NOW: i64 = 1_795_327_445;

/// The devices of the town.
pub(crate) const HEADQUARTERS: u8 = 1;
/// At the first site.
pub(crate) const DESK: u8 = 2;
/// At the sixth site, 上野, and not heard.
pub(crate) const OTHER_DESK: u8 = 3;

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

/// Somebody of the register.
#[derive(Clone)]
pub(crate) struct Somebody {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    pub(crate) kana: String,
}

pub(crate) struct State {
    pub(crate) tap: Option<Tap>,
    pub(crate) serves: Serves,
    pub(crate) purpose: Purpose,
    pub(crate) is_healthy: bool,
    pub(crate) stores_set_aside: usize,
    pub(crate) is_drill_town: bool,
    /// It may read `town` and `public` alone.
    pub(crate) is_public: bool,
    pub(crate) orders: Vec<Order>,
    pub(crate) paused: Vec<NodeId>,
    /// What this gateway may do with what any shelter writes of its evacuees.
    pub(crate) access: Access,
    pub(crate) people: Vec<Somebody>,
    pub(crate) sites: Vec<SiteImport>,
    pub(crate) folds: Folds,
    custody: custody::Custody,
    /// What lies on the reader.
    pub(crate) card: LyingCard,
    devices: Vec<Device>,
    me: u8,
    site: Option<SiteId>,
    // Everything that was recorded, in order.
    told: Vec<(Scope, Origin, Fact)>,
    seq: u64,
}

/// A card that answers as it was told to.
#[derive(Debug, Default)]
pub(crate) struct LyingCard {
    /// Its token and tries; none where no card lies there.
    pub(crate) lies: Option<(TokenTag, Option<Tries>)>,
    /// What it answers to whoever opens it.
    pub(crate) opened: Option<Result<Read, EnrolFault>>,
    /// Whether it lies there forgotten.
    pub(crate) is_forgotten: bool,
    /// Whether the reader reads nothing.
    pub(crate) is_reader_lost: bool,
    /// Why it may be a copy.
    pub(crate) doubt: Option<Doubt>,
    pub(crate) is_scanner_away: bool,
    /// How often somebody tried to open it.
    pub(crate) opened_times: u32,
}

impl LyingCard {
    pub(crate) fn answer(&mut self, asked: &Asked) -> Result<Read, EnrolFault> {
        let (token, left) = self.lies.ok_or(EnrolFault::NoCard)?;
        match asked {
            Asked::Tries => Ok(Read::Tries { left, token, doubt: self.doubt }),
            Asked::Open { meant: Some(meant), .. } if *meant != token => Err(EnrolFault::Changed),
            Asked::Open { .. } => {
                self.opened_times += 1;
                self.opened.clone().unwrap_or(Err(EnrolFault::NothingToOpen))
            }
        }
    }
}

pub(crate) struct MemoryTown {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

fn wall(seconds: i64) -> Wall {
    Wall { seconds, confidence: Confidence::Synced }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

impl MemoryTown {
    /// A town with people at home and nothing open; this gateway is the first site's desk, or
    /// headquarters.
    pub(crate) fn new(at_site: bool) -> Self {
        let sites = data::sites();
        let (first, sixth) = (sites[0].id, sites[5].id);
        let device = |node: u8, name: &str, role, sites| Device {
            node: NodeId([node; 32]),
            name: name.to_owned(),
            role,
            sites,
            is_linked: true,
            heard: Some(wall(NOW)),
            ends: Vec::new(),
            to_come: 0,
            clock_ahead: Some(2),
            version: Some("0.1.0".to_owned()),
            hears: vec![[HEADQUARTERS; 4]],
        };
        let mut other = device(OTHER_DESK, "上野の端末", Role::Reader, vec![sixth]);
        (other.is_linked, other.heard) = (false, Some(wall(NOW - 1900)));
        let mut state = State {
            tap: None,
            card: LyingCard::default(),
            serves: Serves::Shelter,
            purpose: Purpose::CheckIn,
            is_healthy: true,
            stores_set_aside: 0,
            is_drill_town: false,
            is_public: false,
            orders: Vec::new(),
            paused: Vec::new(),
            access: Access::Writes,
            people: Vec::new(),
            folds: Folds::default(),
            custody: custody::Custody::default(),
            devices: vec![
                device(HEADQUARTERS, "災害対策本部", Role::Headquarters, Vec::new()),
                device(DESK, "比之宮の端末", Role::Reader, vec![first]),
                other,
            ],
            me: if at_site { DESK } else { HEADQUARTERS },
            site: at_site.then_some(first),
            sites,
            told: Vec::new(),
            seq: 0,
        };
        state.write_sites();
        (0..20).for_each(|number| state.write_person(number));
        Self { state: Mutex::new(state), changes: watch::Sender::new(0) }
    }

    /// A flood with two open shelters, one of them unheard, and somebody at both.
    pub(crate) fn flooded(at_site: bool) -> Self {
        let town = Self::new(at_site);
        town.order(Order::OpenIncident(Opening {
            kind: IncidentKind::Drill,
            title: "令和8年11月豪雨（訓練データ）".to_owned(),
            hazards: vec![Hazard::Flood, Hazard::Landslide],
        }));
        let (one, other) = (town.site(0), town.site(5));
        town.open(one);
        town.open(other);
        let ids: Vec<_> = (0..8).map(|index| town.person(index)).collect();
        town.order(Order::CheckIn {
            site: one,
            people: ids.clone(),
            happened_at: None,
            anyway: false,
        });
        let (person, destination) = (ids[4], "病院".to_owned());
        let act = Act::Leave;
        town.order(Order::Presence {
            site: one,
            person,
            act,
            destination,
            happened_at: None,
            anyway: false,
        });
        let incident = town.incident().unwrap().id;
        town.change(|state| {
            let presence = shelter::Presence {
                incident,
                person: ids[1],
                site: other,
                act: Act::CheckIn,
                assurance: Assurance::Listed,
                saw: Saw::NOTHING,
                happened_at: Some(NOW - 1800),
                destination: None,
            };
            let entry = state.apply(OTHER_DESK, Scope::Shelter, &Fact::from(presence));
            let later = EntryId { seq: entry.seq + 1, ..entry };
            state.devices[2].ends = vec![later];
        });
        town
    }

    /// The reader of this gateway serves something else than a shelter.
    pub(crate) fn serving(self, serves: Serves) -> Self {
        self.change(|state| (state.serves, state.purpose) = (serves, Purpose::of(serves)));
        self
    }

    pub(crate) fn open(&self, site: SiteId) {
        self.order(Order::SetSite { site, state: SiteState::Open, opening: None });
    }

    pub(crate) fn order(&self, order: Order) {
        self.change(|state| state.decide(order)).unwrap();
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
        self.state().sites[index].id
    }

    pub(crate) fn person(&self, index: usize) -> PersonId {
        self.state().people[index].id
    }

    pub(super) fn see<T>(&self, see: impl FnOnce(Seen<'_>) -> T) -> T {
        self.state().see(see)
    }

    /// Headquarters publishes; how many fields it wrote.
    pub(crate) fn publish(&self, at: i64) -> usize {
        let wanted = Aggregates::of(&self.public());
        self.change(|state| {
            let edits = wanted.edits(state.folds.records(Scope::Public), at);
            let count = edits.len();
            state.perform(Command::Edit { scope: Scope::Public, edits }).unwrap();
            count
        })
    }

    /// The same town in a vehicle, which carries ids and no names.
    pub(crate) fn without_register(self) -> Self {
        self.change(|state| {
            (state.serves, state.purpose) = (Serves::Bus, Purpose::of(Serves::Bus));
            let told = std::mem::take(&mut state.told);
            state.folds = Folds::default();
            for (scope, origin, fact) in told {
                if Scope::EVERY_READER.contains(&scope) {
                    state.folds.apply(scope, &origin, &fact);
                }
            }
        });
        self
    }

    /// The same town at a gateway that may read `town` and `public` alone, with nothing else in it.
    pub(crate) fn into_public(self) -> Self {
        self.change(|state| {
            state.is_public = true;
            let told = std::mem::take(&mut state.told);
            state.folds = Folds::default();
            for (scope, origin, fact) in told {
                if matches!(scope, Scope::Town | Scope::Public) {
                    state.folds.apply(scope, &origin, &fact);
                }
            }
        });
        self
    }
}

impl State {
    /// Headquarters falls silent, and has said nothing of what it holds.
    pub(crate) fn cut_off(&mut self, since: i64) {
        self.devices[0].is_linked = false;
        self.devices[0].heard = Some(wall(since));
        self.custody = custody::Custody::default();
    }

    /// The link to a device comes or goes; it was heard just now.
    pub(crate) fn link(&mut self, device: u8, is_up: bool) {
        let device = &mut self.devices[usize::from(device) - 1];
        (device.is_linked, device.heard) = (is_up, Some(wall(NOW)));
    }

    /// A device that stands somewhere else has recorded something.
    pub(crate) fn written_by(&mut self, device: u8, scope: Scope, fact: &Fact) {
        self.apply(device, scope, fact);
    }

    /// Nothing was heard of a device since then.
    pub(crate) fn silent_since(&mut self, device: u8, at: i64) {
        let device = &mut self.devices[usize::from(device) - 1];
        (device.is_linked, device.heard) = (false, Some(wall(at)));
    }

    /// This gateway holds no register after all.
    pub(crate) fn forget_register(&mut self) {
        let told = self.told.clone();
        self.folds = Folds::default();
        for (scope, origin, fact) in told.iter().filter(|(scope, ..)| *scope != Scope::Register) {
            self.folds.apply(*scope, origin, fact);
        }
    }

    /// A desk writes a field of an evacuee without having seen what others wrote.
    pub(crate) fn write_unseen(&mut self, desk: u8, person: PersonId, field: FieldId, value: &str) {
        let incident = self.see(|seen| seen.incident()).unwrap().id;
        let (record, change) = (record::of_evacuee(incident, person), Change::Put(text(value)));
        let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
        let scope = Scope::Care(self.sites[0].id);
        self.apply(desk, scope, &Fact::Edit(edit));
    }

    /// A desk of the first site, as a school, notes a pupil without having heard what others noted.
    pub(crate) fn attends_unseen(&mut self, desk: u8, person: PersonId, attends: Attends) {
        let fact = Attendance {
            person,
            attends,
            assurance: Assurance::Listed,
            saw: Saw::NOTHING,
            happened_at: None,
            day: None,
        };
        self.apply(desk, Scope::School(self.sites[0].id), &Fact::from(fact));
    }

    /// A desk of the first site, as a school, writes a field of a pupil without having seen what
    /// others wrote.
    pub(crate) fn write_pupil_unseen(
        &mut self,
        desk: u8,
        record: RecordId,
        field: FieldId,
        value: &str,
    ) {
        let change = Change::Put(text(value));
        let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
        self.apply(desk, Scope::School(self.sites[0].id), &Fact::Edit(edit));
    }

    /// A desk writes a field of the town's lists without having seen what others wrote.
    pub(crate) fn write_town_unseen(
        &mut self,
        desk: u8,
        record: RecordId,
        field: FieldId,
        value: Value,
    ) {
        let change = Change::Put(value);
        let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
        self.apply(desk, Scope::Town, &Fact::Edit(edit));
    }

    /// All that is written in a scope's shared records, as text.
    pub(crate) fn written(&self, scope: Scope) -> String {
        let fields = self.folds.records(scope).into_iter().flat_map(RecordsFold::fields);
        let values = fields.flat_map(|((record, _), register)| {
            let current: Vec<_> = register.current().collect();
            current.into_iter().map(move |write| match &write.value.value {
                Some(Value::Text(text)) => format!("{record} {text}\n"),
                Some(Value::Int(number)) => format!("{record} {number}\n"),
                Some(Value::Bytes(bytes)) => format!("{record} {bytes:02x?}\n"),
                Some(Value::Bool(_)) | None => format!("{record}\n"),
            })
        });
        values.collect()
    }

    fn see<T>(&self, see: impl FnOnce(Seen<'_>) -> T) -> T {
        let index = self
            .folds
            .records(Scope::Register)
            .map_or_else(PeopleIndex::default, PeopleIndex::build);
        let care = care(&self.folds);
        see(Seen {
            sources: Sources {
                shelter: &self.folds.shelter,
                tokens: &self.folds.tokens,
                town: self.folds.records(Scope::Town),
                register: self.folds.records(Scope::Register),
                authority: false,
            },
            folds: &self.folds,
            care,
            access: self.sites.iter().map(|site| (site.id, self.access)).collect(),
            index: &index,
            published: self
                .is_public
                .then(|| Published { records: self.folds.records(Scope::Public), holds_at: None }),
            custody: &self.custody,
            devices: self.devices.clone(),
            me: NodeId([self.me; 32]),
            site: self.site,
            is_drill_town: self.is_drill_town,
            set_aside: 0,
            now: wall(NOW),
        })
    }

    fn decide(&mut self, order: Order) -> Result<Recorded, Refusal> {
        self.orders.push(order.clone());
        let incident = self.see(|seen| seen.incident()).map(|incident| incident.id);
        let drawn = (self.seq + 1).to_be_bytes();
        self.perform(asked::command(order, incident, drawn)?)
    }

    pub(crate) fn perform(&mut self, command: Command) -> Result<Recorded, Refusal> {
        let context = Context { site: self.site, now: wall(NOW) };
        let facts = self.folds.decide(&command, &context)?;
        let written: Vec<_> =
            facts.iter().map(|(scope, fact)| (*scope, self.apply(self.me, *scope, fact))).collect();
        Ok(Recorded::of(written))
    }

    pub(crate) fn apply(&mut self, by: u8, scope: Scope, fact: &Fact) -> EntryId {
        self.seq += 1;
        let entry = EntryId { journal: JournalId([by; 8]), seq: self.seq };
        let origin = Origin {
            entry,
            hash: Hash(*blake3::hash(&self.seq.to_be_bytes()).as_bytes()),
            author: NodeId([by; 32]),
            counter: self.seq,
            wall: wall(NOW),
            standing: Standing::Admitted,
        };
        self.folds.apply(scope, &origin, fact);
        self.told.push((scope, origin, fact.clone()));
        if self.devices[0].is_linked {
            self.custody.note(entry, wall(NOW));
        }
        let author = &mut self.devices[usize::from(by) - 1];
        if scope == Scope::Shelter {
            author.ends = vec![entry];
        }
        entry
    }

    fn write(&mut self, scope: Scope, record: RecordId, field: FieldId, value: Value) {
        let change = Change::Put(value);
        let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
        self.apply(HEADQUARTERS, scope, &Fact::Edit(edit));
    }

    fn write_sites(&mut self) {
        for site in self.sites.clone() {
            let record = record::of_site(site.id);
            let codes = shelter::Hazard::ALL.into_iter().zip(site.hazards.iter());
            let hazards = Hazards::new(codes.map(|(hazard, (_, found))| {
                let designation = match found {
                    Validity::Designated => Designation::Designated,
                    Validity::NotDesignated => Designation::NotDesignated,
                    Validity::OutOfScope => Designation::OutOfScope,
                };
                (hazard, designation)
            }));
            let millionths = |degrees: f64| {
                let written = format!("{degrees:.6}").replace('.', "");
                Value::Int(written.parse().unwrap())
            };
            for (field, value) in [
                (field::SITE_NAME, text(&site.name)),
                (field::SITE_ADDRESS, text(&site.address)),
                (field::SITE_LATITUDE_E6, millionths(site.latitude)),
                (field::SITE_LONGITUDE_E6, millionths(site.longitude)),
                (field::SITE_HAZARDS, Value::Int(hazards.as_int())),
                (field::SITE_CAPACITY, Value::Int(40)),
            ] {
                self.write(Scope::Town, record, field, value);
            }
        }
    }

    fn write_person(&mut self, number: u8) {
        let (family, family_kana) = FAMILIES[usize::from(number / 5)];
        let (given, given_kana) = GIVEN[usize::from(number % 5)];
        let id = PersonId([number + 1, 7, 7, 7, 7, 7, 7, number]);
        let name = format!("{family} {given}（訓練データ）");
        let kana = format!("{family_kana} {given_kana}");
        for (field, value) in [
            (field::PERSON_NAME, text(&name)),
            (field::PERSON_KANA, text(&kana)),
            (field::PERSON_BIRTH, text(&format!("{}-04-01", 1940 + i32::from(number) * 4))),
            (field::PERSON_ADDRESS, text("粕渕（訓練データ）")),
            (field::PERSON_HOUSEHOLD, Value::Bytes(vec![number / 5; 8])),
            (field::PERSON_PROTECTED, Value::Bool(number == 7)),
        ] {
            self.write(Scope::Register, record::of_person(id), field, value);
        }
        self.people.push(Somebody { id, name, kana });
    }
}

impl Backend for MemoryTown {
    fn place(&self) -> Place {
        self.see(|seen| seen.place())
    }

    fn now(&self) -> i64 {
        NOW
    }

    fn incident(&self) -> Option<Incident> {
        self.see(|seen| seen.incident())
    }

    fn board(&self) -> Board {
        self.see(|seen| seen.board())
    }

    fn desk(&self, site: SiteId) -> Option<Desk> {
        self.see(|seen| seen.desk(site))
    }

    fn search(&self, text: &str) -> Vec<Household> {
        if let Some(household) = cards::holder_of_typed(self, text) {
            return vec![household];
        }
        self.see(|seen| seen.search(text))
    }

    fn household(&self, person: PersonId) -> Household {
        self.see(|seen| seen.household(person))
    }

    fn person(&self, site: SiteId, person: PersonId) -> Option<Person> {
        self.see(|seen| seen.person(site, person))
    }

    fn last_tap(&self) -> Option<Tap> {
        self.state().tap.clone()
    }

    fn card_is_forgotten(&self) -> bool {
        self.state().card.is_forgotten
    }

    fn reader_is_lost(&self) -> bool {
        self.state().card.is_reader_lost
    }

    fn scanner_is_away(&self) -> bool {
        self.state().card.is_scanner_away
    }

    fn serves(&self) -> Serves {
        self.state().serves
    }

    fn purpose(&self) -> Purpose {
        self.state().purpose
    }

    fn set_purpose(&self, purpose: Purpose) {
        self.change(|state| state.purpose = purpose);
    }

    fn public(&self) -> PublicTown {
        self.see(|seen| seen.public())
    }

    fn health(&self) -> Result<(), String> {
        if self.state().is_healthy { Ok(()) } else { Err("the disk is full".to_owned()) }
    }

    fn stores_set_aside(&self) -> usize {
        self.state().stores_set_aside
    }

    fn figures(&self) -> Figures {
        self.see(|seen| seen.figures())
    }

    fn site(&self, site: SiteId) -> Option<Vec<SiteField>> {
        self.see(|seen| seen.site_fields(site))
    }

    fn mesh(&self) -> Vec<MeshDevice> {
        let paused = self.state().paused.clone();
        let mut devices = self.see(|seen| seen.mesh());
        devices.iter_mut().for_each(|device| device.is_paused = paused.contains(&device.node));
        devices
    }

    fn pause(&self, device: NodeId) {
        self.change(|state| state.paused.push(device));
    }

    fn resume(&self, device: NodeId) {
        self.change(|state| state.paused.retain(|paused| *paused != device));
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn submit(&self, order: Order) -> Answer<'_> {
        Box::pin(async move { self.change(|state| state.decide(order)) })
    }
}

super::lists::seen_through!(MemoryTown);
super::school::seen_through!(MemoryTown);
