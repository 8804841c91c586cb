//! What anybody may see: no id of a person, no name, no exact count.

use std::collections::BTreeMap;

use crate::fact::shelter::{Congestion, Hazard, IncidentKind, SiteState};
use crate::id::SiteId;
use crate::register::Register;
use crate::service::shelter::incident::Incident;
use crate::service::sites::{Site, Validity};
use crate::service::stamp::Stamped;
use crate::time::Wall;

use super::Sources;
use super::board::{Headline, ShelterRow, shelter_rows};
use super::gathered::Gathered;

/// How many people are at a shelter, roughly: a count would tell when one person comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// Up to 9, or nobody.
    Under10,
    /// 10 to 49.
    Under50,
    /// 50 to 99.
    Under100,
    /// 100 to 199.
    Under200,
    /// 200 and more.
    From200,
}

impl Band {
    /// The band of a count.
    pub fn of(count: u32) -> Self {
        match count {
            0..10 => Self::Under10,
            10..50 => Self::Under50,
            50..100 => Self::Under100,
            100..200 => Self::Under200,
            _ => Self::From200,
        }
    }
}

/// One shelter, for anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicShelter {
    /// Which.
    pub id: SiteId,
    /// What people call it.
    pub name: Option<String>,
    /// Its address.
    pub address: Option<String>,
    /// Latitude in millionths of a degree.
    pub latitude_e6: Option<i64>,
    /// Longitude in millionths of a degree.
    pub longitude_e6: Option<i64>,
    /// Its state.
    pub state: SiteState,
    /// How crowded it is; none where it is not open or nobody entered a capacity.
    pub congestion: Option<Congestion>,
    /// Staff said so.
    pub congestion_said: bool,
    /// How many are there; none where it is not open.
    pub headcount_band: Option<Band>,
    /// How many it takes in.
    pub capacity: Option<u32>,
    /// The hazards it is designated for; none where nobody says.
    pub hazards: Option<Vec<Hazard>>,
    /// Whether it is good for what threatens.
    pub validity: Validity,
    /// For people who need care only, unless opened to all.
    pub welfare_only: bool,
    /// When its state or staff's word on its crowd was last set.
    pub updated_at: Option<Wall>,
}

/// The town's shelters, for anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicShelters {
    /// The incident; none in quiet times.
    pub incident: Option<Headline>,
    /// The shelters, by id.
    pub shelters: Vec<PublicShelter>,
}

impl PublicShelters {
    /// Whether it must be marked 訓練. An incident whose opening has not arrived is no drill.
    pub fn is_drill(&self) -> bool {
        self.incident.as_ref().and_then(|headline| headline.kind) == Some(IncidentKind::Drill)
    }
}

/// The town's shelters in the newest open incident, or in quiet times.
pub fn public_shelters(sources: &Sources<'_>, now: Wall) -> PublicShelters {
    let current = sources.shelter.current_incident();
    let Some(gathered) = current.and_then(|id| Gathered::new(*sources, id)) else {
        let shelters = sources.shelters().map(PublicShelter::in_quiet_times).collect();
        return PublicShelters { incident: None, shelters };
    };
    let rows = shelter_rows(sources, &gathered, &BTreeMap::new(), now).into_iter();
    let shelters = rows.map(|row| PublicShelter::of(row, gathered.incident)).collect();
    let incident = Some(Headline::of(gathered.id, gathered.incident));
    PublicShelters { incident, shelters }
}

impl PublicShelter {
    fn in_quiet_times(site: Site) -> Self {
        Self {
            id: site.id,
            name: site.name,
            address: site.address,
            latitude_e6: site.latitude_e6,
            longitude_e6: site.longitude_e6,
            state: SiteState::NotOpened,
            congestion: None,
            congestion_said: false,
            headcount_band: None,
            capacity: site.capacity,
            hazards: site.hazards.map(|hazards| hazards.designated().collect()),
            validity: Validity::Unknown,
            welfare_only: site.welfare_only,
            updated_at: None,
        }
    }

    fn of(row: ShelterRow, incident: &Incident) -> Self {
        let open = matches!(row.state, SiteState::Open | SiteState::Suspended);
        let crowd = row.crowd.filter(|_| open);
        let updated_at = updated_at(incident, row.site.id);
        Self {
            state: row.state,
            congestion: crowd.map(|crowd| crowd.level),
            congestion_said: crowd.is_some_and(|crowd| crowd.said),
            headcount_band: open.then(|| Band::of(row.headcount.present.at_most)),
            validity: row.validity,
            updated_at,
            ..Self::in_quiet_times(row.site)
        }
    }
}

fn updated_at(incident: &Incident, site: SiteId) -> Option<Wall> {
    let state = incident.site_state(site).into_iter().flat_map(Register::current);
    let crowd = incident.congestion(site).into_iter().flat_map(Register::current);
    let crowd = crowd.map(|write| write.value.stamp().wall());
    state.map(|write| write.value.when()).chain(crowd).max_by_key(|when| when.seconds)
}
