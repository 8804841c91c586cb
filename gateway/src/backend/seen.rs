//! What pages see of a replica: core's views with the names of devices, freshness and custody.
//!
//! Nothing is kept: a [`Seen`] borrows the folds for the time of one page.

mod left;
mod lists;
mod mesh;
pub(super) mod plain;
pub mod published;
mod queue;
mod school;
mod wellbeing;

use std::collections::BTreeMap;

use digiana_core::credential::admit::Role;
use digiana_core::engine::Engine;
use digiana_core::engine::folds::Folds;
use digiana_core::fact::Kind;
use digiana_core::fact::edit::FieldId;
use digiana_core::fact::shelter::{self, Act, SiteState};
use digiana_core::id::{EntryId, NodeId, PersonId, SiteId};
use digiana_core::receipt::{Alive, HeldEnd, custody};
use digiana_core::record::{self, field};
use digiana_core::register::{Register, Saw};
use digiana_core::scope::Scope;
use digiana_core::service::people;
use digiana_core::service::records::{FieldWrite, RecordsFold};
use digiana_core::service::search::PeopleIndex;
use digiana_core::service::sites::Site;
use digiana_core::service::stamp::Stamped as _;
use digiana_core::time::Wall;
use digiana_core::view::board::{Headline, ShelterRow, board};
use digiana_core::view::public::public_shelters;
use digiana_core::view::roster::{self, roster};
use digiana_core::view::{Sources, desk};

pub(crate) use self::plain::spelled;
use self::plain::{
    age_rank, birth_year, headcount, in_u32, incident_of, is_at_rest, name_of, shown_name, validity,
};
use self::published::Published;
use super::evacuee;
use super::{
    Access, Board, Claim, Custody, Desk, FOUND_MAX, Field, Figures, Freshness, Headcount,
    Household, Incident, Member, OTHERS_MAX, Person, Place, PublicShelter, PublicTown, RosterRow,
    SiteField, SiteRow, TwoPlaces, Unheard, Version,
};

/// How long a device may be silent before it counts as unheard: signs of life come each minute.
pub const UNHEARD_AFTER_SECONDS: i64 = 180;

/// What staff may say of a place.
const SITE_FORM: [FieldId; 8] = [
    field::SITE_NAME,
    field::SITE_KANA,
    field::SITE_ADDRESS,
    field::SITE_LATITUDE_E6,
    field::SITE_LONGITUDE_E6,
    field::SITE_CAPACITY,
    field::SITE_WELFARE_ONLY,
    field::SITE_HAZARDS,
];

/// A device of the town.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its key.
    pub node: NodeId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The sites it works at.
    pub sites: Vec<SiteId>,
    /// Whether a link to it is up.
    pub is_linked: bool,
    /// When it was last heard, directly or by what others passed on.
    pub heard: Option<Wall>,
    /// The ends of its journals of presence, as far as they are durable here.
    pub ends: Vec<EntryId>,
    /// How many entries of its own it has that this one does not, by its last sign of life.
    pub to_come: u64,
    /// By how many seconds its clock is ahead of this one's.
    pub clock_ahead: Option<i64>,
    /// The version of its software.
    pub version: Option<String>,
    /// Whom it hears, each by the first bytes of its key.
    pub hears: Vec<[u8; 4]>,
}

/// A replica as pages see it.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The folds that views are made of.
    pub sources: Sources<'a>,
    /// Everything that the admitted facts fold into, as far as this node holds it.
    pub folds: &'a Folds,
    /// What desks wrote of evacuees, by site, as far as this node may read it.
    pub care: BTreeMap<SiteId, &'a RecordsFold>,
    /// What this node may do with what desks write of evacuees, by site.
    pub access: BTreeMap<SiteId, Access>,
    /// The register by names.
    pub index: &'a PeopleIndex,
    /// What headquarters publishes, where it is all that this node may read of the shelters.
    pub published: Option<Published<'a>>,
    /// What headquarters holds.
    pub custody: &'a custody::Custody,
    /// Every device that is admitted.
    pub devices: Vec<Device>,
    /// This one.
    pub me: NodeId,
    /// Where this one stands.
    pub site: Option<SiteId>,
    /// The whole town is a rehearsal, by its key.
    pub is_drill_town: bool,
    /// Entries of kinds that this version does not know, over all scopes.
    pub set_aside: u64,
    /// What its wall clock shows.
    pub now: Wall,
}

/// What desks wrote of evacuees, by site.
pub(super) fn care(folds: &Folds) -> BTreeMap<SiteId, &RecordsFold> {
    let all = folds.all_records().into_iter();
    let of_care = all.filter_map(|(scope, fold)| match scope {
        Scope::Care(site) => Some((site, fold)),
        Scope::Town
        | Scope::Tokens
        | Scope::Shelter
        | Scope::Transport
        | Scope::Wellbeing
        | Scope::Register
        | Scope::School(_)
        | Scope::Notices
        | Scope::Staff
        | Scope::Public => None,
    });
    of_care.collect()
}

impl<'a> Seen<'a> {
    /// The replica of a running engine. `index` is of its register.
    pub fn of(engine: &'a Engine, index: &'a PeopleIndex, now: Wall) -> Self {
        let folds = engine.folds();
        Self {
            sources: Sources {
                shelter: &folds.shelter,
                tokens: &folds.tokens,
                town: folds.records(Scope::Town),
                register: folds.records(Scope::Register),
                authority: false,
            },
            folds,
            care: care(folds),
            access: access(engine),
            index,
            published: Published::of(engine, now),
            custody: engine.custody(),
            devices: devices(engine),
            me: engine.me(),
            site: engine.site(),
            is_drill_town: false,
            set_aside: folds.unknown_in_all(),
            now,
        }
    }

    /// See [`Backend::place`](super::Backend::place).
    pub fn place(&self) -> Place {
        let own = self.devices.iter().find(|device| device.node == self.me);
        let is_headquarters = own.is_some_and(|own| own.role == Role::Headquarters);
        let headquarters = || self.devices.iter().filter(|other| other.role == Role::Headquarters);
        let is_linked = headquarters().any(|other| other.is_linked);
        // Whoever hears nobody at all need not wait to know that it does not hear headquarters.
        let hears_anyone =
            self.devices.iter().any(|other| other.node != self.me && other.is_linked);
        let is_heard = hears_anyone && headquarters().any(|other| !self.is_unheard(other));
        let last = headquarters().filter_map(|other| other.heard).map(|at| at.seconds).max();
        let is_cut_off = !is_headquarters && !is_linked && !is_heard;
        Place {
            device: own.map_or_else(String::new, |own| own.name.clone()),
            site: self.site,
            is_drill_town: self.is_drill_town,
            cut_off_since: is_cut_off.then_some(last.unwrap_or(0)),
        }
    }

    /// See [`Backend::incident`](super::Backend::incident).
    pub fn incident(&self) -> Option<Incident> {
        if let Some(published) = &self.published {
            return published.incident();
        }
        let here = self.site.and_then(|site| self.sources.shelter.incident_at(site));
        let id = here.or_else(|| self.sources.shelter.current_incident())?;
        let incident = self.sources.shelter.incident(id)?;
        Some(incident_of(&Headline::of(id, incident)))
    }

    /// See [`Backend::board`](super::Backend::board).
    pub fn board(&self) -> Board {
        let unheard: Vec<_> =
            self.devices.iter().filter(|device| self.is_unheard(device)).collect();
        let view = self
            .incident()
            .and_then(|incident| board(&self.sources, incident.id, &BTreeMap::new(), self.now));
        let mut rows: Vec<SiteRow> = match &view {
            Some(view) => {
                view.rows.iter().map(|row| self.row(row, &view.incident.hazards)).collect()
            }
            None => self.sources.shelters().map(|site| self.quiet_row(&site)).collect(),
        };
        rows.sort_by_key(|row| (is_at_rest(row.state), age_rank(row.freshness), row.name.clone()));
        let silent = rows.iter().filter(|row| row.people.unheard > 0).count();
        let people = view.as_ref().map(|view| view.total.present).unwrap_or_default();
        let two_places = view.iter().flat_map(|view| &view.unsettled).map(|unsettled| TwoPlaces {
            person: unsettled.person,
            name: shown_name(unsettled.details.as_ref()),
            birth_year: unsettled.details.as_ref().filter(may_be_seen).and_then(birth_year),
            lives_in: unsettled
                .details
                .as_ref()
                .filter(may_be_seen)
                .map(lives_in)
                .unwrap_or_default(),
            claims: unsettled
                .evidence
                .iter()
                .map(|word| Claim {
                    site: word.site,
                    site_name: self.site_name(word.site),
                    at: word.when.seconds,
                    assurance: word.assurance,
                })
                .collect(),
        });
        let mut unheard: Vec<_> = unheard
            .into_iter()
            .map(|device| Unheard {
                device: device.name.clone(),
                last_heard: device.heard.map(|at| at.seconds),
            })
            .collect();
        unheard.sort_by_key(|device| device.last_heard);
        let queue = self.queue(view.as_ref());
        let unaccounted = view.as_ref().and_then(|view| view.safety.unaccounted);
        Board {
            people: headcount(people, silent),
            unaccounted: unaccounted.map(in_u32),
            open: in_u32(rows.iter().filter(|row| row.state == SiteState::Open).count()),
            unheard,
            two_places: two_places.collect(),
            warnings: self.warnings(),
            districts: self.districts(),
            trend: self.trend(),
            late: queue.late,
            kits: self.kits(),
            unverified: queue.unverified,
            set_aside: queue.set_aside,
            others: self.others(),
            sites: rows,
        }
    }

    /// The open incidents that the board is not about.
    fn others(&self) -> Vec<Incident> {
        let current = self.incident().map(|incident| incident.id);
        let open = Headline::open(&self.sources);
        let open = open.iter().map(incident_of).filter(|other| Some(other.id) != current);
        open.take(OTHERS_MAX).collect()
    }

    /// See [`Backend::desk`](super::Backend::desk).
    pub fn desk(&self, site: SiteId) -> Option<Desk> {
        let row = self.board().sites.into_iter().find(|row| row.site == site)?;
        let incident = self.incident();
        let roster = incident.and_then(|incident| roster(&self.sources, incident.id, site));
        let rows = roster.iter().flat_map(|roster| &roster.rows);
        let roster = rows.filter_map(|row| self.roster_row(row)).collect();
        Some(Desk { row, roster, left: self.left(site) })
    }

    /// See [`Backend::search`](super::Backend::search).
    pub fn search(&self, text: &str) -> Vec<Household> {
        let incident = self.incident().map(|incident| incident.id);
        let found = desk::search(&self.sources, self.index, incident, text, FOUND_MAX);
        let matches: Vec<PersonId> = found.iter().map(|row| row.person).collect();
        let mut shown: Vec<PersonId> = Vec::new();
        let mut households = Vec::new();
        for person in &matches {
            if shown.contains(person) {
                continue;
            }
            let members = desk::household(&self.sources, incident, *person);
            shown.extend(members.iter().map(|row| row.person));
            let member = |row: &desk::DeskRow| self.member(row, matches.contains(&row.person));
            households.push(Household { members: members.iter().map(member).collect() });
        }
        households
    }

    /// See [`Backend::household`](super::Backend::household).
    pub fn household(&self, person: PersonId) -> Household {
        let person = self.sources.tokens.canonical(person);
        let incident = self.incident().map(|incident| incident.id);
        let members = desk::household(&self.sources, incident, person);
        let member = |row: &desk::DeskRow| self.member(row, row.person == person);
        // Beside a name, a row without one says whose it is.
        let may_be_shown = |row: &&desk::DeskRow| {
            row.person == person || !row.details.as_ref().is_some_and(|details| details.protected)
        };
        Household { members: members.iter().filter(may_be_shown).map(member).collect() }
    }

    /// See [`Backend::person`](super::Backend::person).
    pub fn person(&self, site: SiteId, person: PersonId) -> Option<Person> {
        let person = self.sources.tokens.canonical(person);
        let details = self.sources.person(person);
        let incident = self.incident();
        let presence = incident
            .as_ref()
            .and_then(|incident| self.sources.shelter.incident(incident.id)?.presence(person));
        if details.is_none() && presence.is_none() {
            return None;
        }
        let access = self.access.get(&site).copied().unwrap_or(Access::Closed);
        let form = incident.filter(|_| access != Access::Closed);
        let fields = form.map_or_else(Vec::new, |incident| {
            let evacuee = record::of_evacuee(incident.id, person);
            let field = |row: &evacuee::Row| {
                let held = self
                    .care
                    .get(&site)
                    .and_then(|fold| Some((*fold, fold.field(evacuee, row.field)?)));
                Field {
                    field: row.field,
                    label: row.label,
                    holds: row.holds,
                    versions: held.map_or_else(Vec::new, |(fold, held)| self.versions(fold, held)),
                    saw: held.map_or(Saw::NOTHING, |(_, held)| held.saw()),
                }
            };
            evacuee::rows().map(field).collect()
        });
        Some(Person { person, name: shown_name(details.as_ref()), access, fields })
    }

    /// See [`Backend::site`](super::Backend::site).
    pub fn site_fields(&self, site: SiteId) -> Option<Vec<SiteField>> {
        let town = self.sources.town?;
        Site::read(town, site)?;
        let field = |number: &FieldId| {
            let held = town.field(record::of_site(site), *number);
            SiteField {
                field: *number,
                versions: held.map_or_else(Vec::new, |held| self.versions(town, held)),
                saw: held.map_or(Saw::NOTHING, Register::saw),
            }
        };
        Some(SITE_FORM.iter().map(field).collect())
    }

    /// See [`Backend::public`](super::Backend::public).
    pub fn public(&self) -> PublicTown {
        if let Some(published) = &self.published {
            return self.published_town(published);
        }
        let town = public_shelters(&self.sources, self.now);
        let shelter = |view: digiana_core::view::public::PublicShelter| {
            let site = self.sources.site(view.id);
            PublicShelter {
                site: view.id,
                hazards: validity(&site, &[]),
                name: name_of(&site),
                address: view.address.unwrap_or_default(),
                place: view.latitude_e6.zip(view.longitude_e6),
                state: view.state,
                congestion: view.congestion,
                people: view.headcount_band,
                capacity: view.capacity,
                is_welfare: view.welfare_only,
                updated_at: view.updated_at.map(|at| at.seconds),
                unheard_since: self.silent_since(view.id).filter(|_| !is_at_rest(view.state)),
            }
        };
        let mut shelters: Vec<_> = town.shelters.into_iter().map(shelter).collect();
        shelters.sort_by(|one, other| one.name.cmp(&other.name));
        PublicTown {
            incident: town.incident.as_ref().map(incident_of),
            updated_at: Some(self.now.seconds),
            warnings: self.warnings(),
            shelters,
        }
    }

    /// The figures that follow from the devices; the node adds its own.
    pub fn figures(&self) -> Figures {
        let of_me = self.devices.iter().filter(|device| device.node == self.me);
        let waiting = of_me
            .flat_map(|own| &own.ends)
            .map(|end| end.seq.saturating_sub(self.custody.upto(end.journal)));
        Figures {
            links: in_u32(self.devices.iter().filter(|device| device.is_linked).count()),
            unheard: in_u32(self.devices.iter().filter(|device| self.is_unheard(device)).count()),
            awaiting_custody: waiting.sum(),
            ..Figures::default()
        }
    }

    fn is_unheard(&self, device: &Device) -> bool {
        let is_recent =
            |at: Wall| self.now.seconds.saturating_sub(at.seconds) <= UNHEARD_AFTER_SECONDS;
        device.node != self.me && !device.is_linked && !device.heard.is_some_and(is_recent)
    }

    fn site_name(&self, site: SiteId) -> String {
        name_of(&self.sources.site(site))
    }

    fn device_name(&self, node: Option<NodeId>) -> String {
        let known = self.devices.iter().find(|device| Some(device.node) == node);
        known.map_or_else(
            || node.map_or_else(String::new, |node| node.short()),
            |known| known.name.clone(),
        )
    }

    fn site_of_device(&self, node: Option<NodeId>) -> String {
        let known = self.devices.iter().find(|device| Some(device.node) == node);
        let site = known.and_then(|device| device.sites.first());
        site.map_or_else(String::new, |site| self.site_name(*site))
    }

    fn at(&self, site: SiteId) -> impl Iterator<Item = &Device> {
        self.devices.iter().filter(move |device| device.sites.contains(&site))
    }

    /// Since when none of a site's devices is heard.
    fn silent_since(&self, site: SiteId) -> Option<i64> {
        let is_silent = self.at(site).all(|device| self.is_unheard(device));
        let last = self.at(site).filter_map(|device| device.heard).map(|at| at.seconds).max();
        last.filter(|_| is_silent)
    }

    fn freshness(&self, site: SiteId) -> Freshness {
        if self.at(site).any(|device| device.node == self.me) {
            return Freshness::Here;
        }
        if self.at(site).any(|device| device.is_linked) {
            return Freshness::Linked;
        }
        let heard = self.at(site).filter_map(|device| device.heard).map(|at| at.seconds).max();
        heard.map_or(Freshness::Never, Freshness::Heard)
    }

    fn custody_of_site(&self, site: SiteId) -> Custody {
        let ends: Vec<_> = self.at(site).flat_map(|device| &device.ends).collect();
        let held: Vec<_> = ends.iter().map(|end| self.custody.since(**end)).collect();
        let newest = |times: &[Option<Wall>]| times.iter().flatten().map(|at| at.seconds).max();
        if held.iter().all(Option::is_some) {
            newest(&held).map_or(Custody::Nothing, Custody::Held)
        } else {
            let earlier: Vec<_> = ends
                .iter()
                .map(|end| EntryId { seq: self.custody.upto(end.journal), ..**end })
                .filter(|end| end.seq > 0)
                .map(|end| self.custody.since(end))
                .collect();
            Custody::Waiting(newest(&earlier))
        }
    }

    fn custody_of_entry(&self, entry: EntryId) -> Custody {
        let held = self.custody.since(entry);
        held.map_or(Custody::Waiting(None), |at| Custody::Held(at.seconds))
    }

    fn row(&self, row: &ShelterRow, threats: &[shelter::Hazard]) -> SiteRow {
        let site = row.site.id;
        let is_silent = row.state == SiteState::Open
            && self.at(site).next().is_some()
            && self.at(site).all(|device| self.is_unheard(device));
        SiteRow {
            site,
            name: name_of(&row.site),
            state: row.state,
            disputed: row.disputed.clone(),
            people: headcount(row.headcount.present, usize::from(is_silent)),
            on_leave: row.headcount.on_leave.at_most,
            capacity: row.site.capacity,
            // Nobody is sent to a closed door because there is room behind it.
            congestion: row.crowd.filter(|_| !is_at_rest(row.state)).map(|crowd| crowd.level),
            congestion_by_staff: row.crowd.is_some_and(|crowd| crowd.said),
            validity: validity(&row.site, threats),
            place: row.site.latitude_e6.zip(row.site.longitude_e6),
            is_welfare: row.site.welfare_only,
            freshness: self.freshness(site),
            custody: self.custody_of_site(site),
        }
    }

    fn quiet_row(&self, site: &Site) -> SiteRow {
        SiteRow {
            site: site.id,
            name: name_of(site),
            state: SiteState::NotOpened,
            disputed: Vec::new(),
            people: Headcount::default(),
            on_leave: 0,
            capacity: site.capacity,
            congestion: None,
            congestion_by_staff: false,
            validity: validity(site, &[]),
            place: site.latitude_e6.zip(site.longitude_e6),
            is_welfare: site.welfare_only,
            freshness: self.freshness(site.id),
            custody: self.custody_of_site(site.id),
        }
    }

    fn roster_row(&self, row: &roster::RosterRow) -> Option<RosterRow> {
        let present = |act: Act| matches!(act, Act::CheckIn | Act::Return | Act::Leave);
        let words = row.evidence.iter().filter(|word| present(word.act));
        let newest = words.max_by_key(|word| (word.recorded.seconds, word.entry))?;
        let destination = self.destination(row.person, newest.entry);
        Some(RosterRow {
            person: row.person,
            name: shown_name(row.details.as_ref()),
            birth_year: row.details.as_ref().and_then(birth_year),
            act: if row.on_leave { Act::Leave } else { newest.act },
            at: newest.when.seconds,
            entered_at: newest.late.then_some(newest.recorded.seconds),
            assurance: row.assurance.unwrap_or(newest.assurance),
            destination: destination.filter(|_| row.on_leave),
            entry: newest.entry,
            custody: self.custody_of_entry(newest.entry),
            also_at: row.elsewhere.iter().map(|site| self.site_name(*site)).collect(),
        })
    }

    fn destination(&self, person: PersonId, entry: EntryId) -> Option<String> {
        let incident = self.sources.shelter.incident(self.incident()?.id)?;
        let aliases = self.sources.tokens.aliases(person);
        let write = aliases.iter().find_map(|id| incident.presence(*id)?.get(entry))?;
        write.value.destination().map(|words| words.as_str().to_owned())
    }

    fn member(&self, row: &desk::DeskRow, is_match: bool) -> Member {
        let details = row.details.as_ref();
        let address = details.and_then(|person| person.address.clone());
        let district = details.and_then(|person| person.district.clone());
        Member {
            person: row.person,
            name: shown_name(details),
            birth_year: details.and_then(birth_year),
            address: address.or(district).unwrap_or_default(),
            is_match,
            at: row.whereabouts.places().first().map(|place| self.site_name(place.site)),
        }
    }

    fn versions(&self, fold: &RecordsFold, held: &Register<FieldWrite>) -> Vec<Version> {
        let current: Vec<_> = held.current().collect();
        // An empty field is nothing to show, unless it stands against a value.
        let current =
            current.iter().filter(|write| write.value.value.is_some() || current.len() > 1);
        let version = |write: &&digiana_core::register::Write<FieldWrite>| {
            let author = fold.author(write.entry.journal);
            Version {
                value: write.value.value.as_ref().map_or_else(String::new, spelled),
                by: self.device_name(author),
                site: self.site_of_device(author),
                at: write.value.when().seconds,
                is_ours: author == Some(self.me),
            }
        };
        let mut newest: Vec<_> = current.collect();
        newest.sort_by_key(|write| {
            let (stamp, at) = (write.value.stamp(), write.value.when().seconds);
            std::cmp::Reverse((at, stamp.counter, write.entry))
        });
        newest.into_iter().map(version).collect()
    }
}

/// Whether more of a person may be seen than that there is somebody.
fn may_be_seen(person: &&people::Person) -> bool {
    !person.protected
}

/// Enough of an address to tell two of one name apart, and no more: the neighbourhood, else the
/// address up to its first number.
fn lives_in(person: &people::Person) -> String {
    let address = person.address.as_deref().unwrap_or_default();
    let first = address.split(|c: char| c.is_numeric()).next().unwrap_or_default().trim();
    person.district.clone().unwrap_or_else(|| first.to_owned())
}

/// What a node may do with what desks write of evacuees, as its credentials say.
fn access(engine: &Engine) -> BTreeMap<SiteId, Access> {
    let Some(own) = engine.credentials().standing(engine.me()) else { return BTreeMap::new() };
    let of_care = own.reads.iter().filter_map(|scope| match scope {
        Scope::Care(site) => {
            let writes = own.may_write(*scope, Kind::EDIT);
            Some((*site, if writes { Access::Writes } else { Access::Reads }))
        }
        Scope::Town
        | Scope::Tokens
        | Scope::Shelter
        | Scope::Transport
        | Scope::Wellbeing
        | Scope::Register
        | Scope::School(_)
        | Scope::Notices
        | Scope::Staff
        | Scope::Public => None,
    });
    of_care.collect()
}

fn devices(engine: &Engine) -> Vec<Device> {
    let linked: Vec<NodeId> = engine.links().map(|(_, session)| session.peer()).collect();
    let device = |(node, standing): (NodeId, &digiana_core::credential::set::Standing)| {
        let alive = engine.reports().alive(node);
        let ends = engine.frontier().ends(Scope::Shelter, node);
        let ends = ends.iter().map(|end| EntryId { journal: end.journal, seq: end.seq });
        Device {
            node,
            name: standing.name.clone(),
            role: standing.role,
            sites: standing.sites.iter().copied().collect(),
            is_linked: linked.contains(&node),
            heard: engine.reports().last_heard(node),
            to_come: alive.map_or(0, |alive| to_come(engine, alive)),
            clock_ahead: engine.reports().clock_ahead(node),
            version: alive.and_then(|alive| alive.version.clone()),
            hears: alive
                .and_then(|alive| alive.linked.as_ref())
                .map_or_else(Vec::new, |linked| linked.iter().map(|first| **first).collect()),
            // A journal's opening is nothing that happened to anybody.
            ends: ends.filter(|end| end.seq > 1).collect(),
        }
    };
    engine.credentials().nodes().map(device).collect()
}

/// How many entries a sign of life tells of that are not held here, of scopes that both may read.
fn to_come(engine: &Engine, alive: &Alive) -> u64 {
    let missing = |end: &HeldEnd| {
        let chain = engine.frontier().chain(end.journal)?;
        Some(end.seq.saturating_sub(chain.durable_seq()))
    };
    alive.ends.iter().filter_map(missing).sum()
}
