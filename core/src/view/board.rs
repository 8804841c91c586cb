//! The board of headquarters: figures, a row for each shelter, and what is to be settled.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::shelter::{Congestion, Hazard, IncidentKind, SiteState};
use crate::id::{IncidentId, PersonId, SiteId};
use crate::service::people::{self, Person};
use crate::service::shelter::incident::{Accounted, Incident};
use crate::service::shelter::presence::{Headcount, Interval};
use crate::service::sites::{Site, Validity};
use crate::service::stamp::Stamped;
use crate::time::Wall;

use super::gathered::Gathered;
use super::{Evidence, Sources};

/// What an incident is called and whether it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// Which.
    pub id: IncidentId,
    /// Whether it is a drill; none while its opening has not arrived here.
    pub kind: Option<IncidentKind>,
    /// What people call it.
    pub title: Option<String>,
    /// What threatens.
    pub hazards: Vec<Hazard>,
    /// Since when.
    pub since: Option<Wall>,
    /// Until when, if it is over.
    pub until: Option<Wall>,
}

impl Headline {
    /// The headline of an incident.
    pub fn of(id: IncidentId, incident: &Incident) -> Self {
        let opening = incident.opening().map(|opening| &opening.value);
        Self {
            id,
            kind: incident.kind(),
            title: opening.map(|opening| opening.title.clone()),
            hazards: incident.hazards().to_vec(),
            since: opening.map(Stamped::when),
            until: incident.closing().map(|closing| closing.value.when()),
        }
    }

    /// Every open incident, the newest first.
    pub fn open(sources: &Sources<'_>) -> Vec<Self> {
        let open = sources.shelter.open_incidents().into_iter();
        open.map(|(id, incident)| Self::of(id, incident)).collect()
    }
}

/// How crowded a shelter is, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// The level.
    pub level: Congestion,
    /// Staff said so, whatever the count is.
    pub said: bool,
}

impl Crowd {
    /// Staff's word while it holds at `now` (Unix seconds), else the count against the capacity:
    /// 30, 60 and 80 percent. None where nobody entered a capacity.
    pub fn of(
        incident: &Incident,
        site: SiteId,
        present: Interval,
        capacity: Option<u32>,
        now: i64,
    ) -> Option<Self> {
        if let Some(level) = incident.congestion_said(site, now) {
            return Some(Self { level, said: true });
        }
        let capacity = u64::from(capacity.filter(|seats| *seats > 0)?);
        // A place that may be fuller than it looks is shown as full as it may be.
        let level = match u64::from(present.at_most) * 100 / capacity {
            0..30 => Congestion::Free,
            30..60 => Congestion::Some,
            60..80 => Congestion::Crowded,
            _ => Congestion::Full,
        };
        Some(Self { level, said: false })
    }
}

/// One shelter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelterRow {
    /// What the town's records say of it.
    pub site: Site,
    /// Its state; open, should desks disagree and one say so.
    pub state: SiteState,
    /// All states that desks give it, where they disagree; else empty.
    pub disputed: Vec<SiteState>,
    /// How many are there.
    pub headcount: Headcount,
    /// How crowded it is.
    pub crowd: Option<Crowd>,
    /// Whether it is good for what threatens.
    pub validity: Validity,
    /// When its nodes were last heard, as the caller knows; none if never.
    pub heard: Option<Wall>,
}

impl ShelterRow {
    pub(super) fn of(gathered: &Gathered<'_>, site: Site, heard: Option<Wall>, now: Wall) -> Self {
        let incident = gathered.incident;
        let states = incident.states(site.id);
        let open = states.iter().find(|state| **state == SiteState::Open);
        let headcount = gathered.headcount(site.id);
        Self {
            state: *open.or_else(|| states.last()).unwrap_or(&SiteState::NotOpened),
            disputed: if states.len() > 1 { states } else { Vec::new() },
            headcount,
            crowd: Crowd::of(incident, site.id, headcount.present, site.capacity, now.seconds),
            validity: site.validity(incident.hazards()),
            heard,
            site,
        }
    }
}

/// Somebody whom two places have at once, or two desks of one place disagree about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Who.
    pub person: PersonId,
    /// What the register says of them, where it can be read.
    pub details: Option<Person>,
    /// Whether it is two places, and not two desks of one.
    pub two_places: bool,
    /// What is said: where, when, by which node.
    pub evidence: Vec<Evidence>,
}

/// Who is known to be safe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SafetyCount {
    /// Accounted for by an admitted entry.
    pub verified: usize,
    /// Accounted for by unverified entries only.
    pub unverified: usize,
    /// Everyone in the register; none where it cannot be read here.
    pub register: Option<usize>,
    /// Those of the register who are not accounted for; none where it cannot be read here.
    pub unaccounted: Option<usize>,
}

/// The board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// The incident it is about.
    pub incident: Headline,
    /// Other incidents that are open, the newest first.
    pub other_open: Vec<Headline>,
    /// Everyone at shelters, each person once.
    pub total: Headcount,
    /// Who is known to be safe.
    pub safety: SafetyCount,
    /// How many shelters are open.
    pub open_sites: usize,
    /// The shelters: those of the town's records and any other of the incident, by id.
    pub rows: Vec<ShelterRow>,
    /// What is to be settled.
    pub unsettled: Vec<Unsettled>,
}

/// The board of an incident; none when nothing is known of it here. `heard` is when the nodes of
/// each site were last heard.
pub fn board(
    sources: &Sources<'_>,
    incident: IncidentId,
    heard: &BTreeMap<SiteId, Wall>,
    now: Wall,
) -> Option<Board> {
    let gathered = Gathered::new(*sources, incident)?;
    let rows = shelter_rows(sources, &gathered, heard, now);
    let mut other_open = Headline::open(sources);
    other_open.retain(|headline| headline.id != incident);
    let unsettled = gathered.unsettled().into_iter().map(|person| Unsettled {
        person,
        details: sources.person(person),
        two_places: gathered.whereabouts(person).is_two_places(),
        evidence: gathered.evidence(person),
    });
    Some(Board {
        incident: Headline::of(incident, gathered.incident),
        other_open,
        total: gathered.total(),
        safety: safety(sources, &gathered),
        open_sites: rows.iter().filter(|row| row.state == SiteState::Open).count(),
        unsettled: unsettled.collect(),
        rows,
    })
}

/// Everyone of the register, by the ids that stand for all ids of theirs; none where the register
/// cannot be read.
pub(super) fn everyone(sources: &Sources<'_>) -> Option<BTreeSet<PersonId>> {
    let ids = people::ids(sources.register?);
    Some(ids.map(|person| sources.tokens.canonical(person)).collect())
}

pub(super) fn shelter_rows(
    sources: &Sources<'_>,
    gathered: &Gathered<'_>,
    heard: &BTreeMap<SiteId, Wall>,
    now: Wall,
) -> Vec<ShelterRow> {
    let mut sites: BTreeMap<SiteId, Site> =
        sources.shelters().map(|site| (site.id, site)).collect();
    for id in gathered.incident.sites() {
        sites.entry(id).or_insert_with(|| sources.site(id));
    }
    let row = |site: Site| {
        let heard = heard.get(&site.id).copied();
        ShelterRow::of(gathered, site, heard, now)
    };
    sites.into_values().map(row).collect()
}

fn safety(sources: &Sources<'_>, gathered: &Gathered<'_>) -> SafetyCount {
    let accounted = gathered.accounted();
    let everyone = everyone(sources);
    let missing = everyone
        .as_ref()
        .map(|everyone| everyone.iter().filter(|person| !accounted.contains_key(person)).count());
    let verified = accounted.values().filter(|grade| **grade == Accounted::Verified).count();
    SafetyCount {
        verified,
        unverified: accounted.len() - verified,
        register: everyone.map(|everyone| everyone.len()),
        unaccounted: missing,
    }
}
