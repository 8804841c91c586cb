//! What headquarters publishes for gateways that face the internet, as shared records: states,
//! bands and times, and nothing about anybody. Names and addresses of places lie in `town`.

use std::collections::BTreeMap;

use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::fact::shelter::{self, Congestion, IncidentKind, SiteState};
use digiana_core::fact::warning::WarningLevel;
use digiana_core::id::{IncidentId, RecordId};
use digiana_core::record::field::{
    PUBLISHED_AT, PUBLISHED_BAND, PUBLISHED_CONGESTION, PUBLISHED_INCIDENT_HAZARDS,
    PUBLISHED_INCIDENT_KIND, PUBLISHED_INCIDENT_SINCE, PUBLISHED_INCIDENT_TITLE, PUBLISHED_SET_AT,
    PUBLISHED_STATE, PUBLISHED_UNHEARD_SINCE, PUBLISHED_WARNING_DISPUTED,
    PUBLISHED_WARNING_DISTRICT, PUBLISHED_WARNING_LEVEL, PUBLISHED_WARNING_SINCE, is_published,
};
use digiana_core::record::{of_incident, of_publication, of_site, of_warning};
use digiana_core::register::{Register, Saw};
use digiana_core::service::records::RecordsFold;
use digiana_core::view::public::Band;

use super::seen::plain::known_hazard;
use super::{Incident, PublicShelter, PublicTown, Warning};

/// In the order of their numbers.
const STATES: [SiteState; 5] = [
    SiteState::NotOpened,
    SiteState::Preparing,
    SiteState::Open,
    SiteState::Suspended,
    SiteState::Closed,
];
/// In the order of their numbers.
const LEVELS: [Congestion; 4] =
    [Congestion::Free, Congestion::Some, Congestion::Crowded, Congestion::Full];
/// In the order of their numbers.
const BANDS: [Band; 5] =
    [Band::Under10, Band::Under50, Band::Under100, Band::Under200, Band::From200];
/// In the order of their numbers.
const KINDS: [IncidentKind; 2] = [IncidentKind::Real, IncidentKind::Drill];

/// What is published: the value of each field that has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aggregates(BTreeMap<(RecordId, FieldId), Value>);

impl Aggregates {
    /// What is to be published of a town.
    pub fn of(town: &PublicTown) -> Self {
        let mut all = Self::default();
        if let Some(incident) = &town.incident {
            let record = of_incident(incident.id);
            all.put(record, PUBLISHED_INCIDENT_TITLE, Value::Text(incident.title.clone()));
            all.number(record, PUBLISHED_INCIDENT_KIND, place(&KINDS, incident.kind));
            all.number(record, PUBLISHED_INCIDENT_HAZARDS, bits(incident));
            all.number(record, PUBLISHED_INCIDENT_SINCE, incident.since);
        }
        for shelter in &town.shelters {
            all.put_site(shelter);
        }
        for warning in &town.warnings {
            let Some(level) = warning.level else { continue };
            let record = of_warning(&warning.district);
            all.put(record, PUBLISHED_WARNING_DISTRICT, Value::Text(warning.district.clone()));
            all.number(record, PUBLISHED_WARNING_LEVEL, i64::from(level.number()));
            all.number(record, PUBLISHED_WARNING_SINCE, warning.since);
            if warning.is_disputed {
                all.put(record, PUBLISHED_WARNING_DISPUTED, Value::Bool(true));
            }
        }
        all
    }

    fn put_site(&mut self, shelter: &PublicShelter) {
        if shelter.state == SiteState::NotOpened {
            return;
        }
        let record = of_site(shelter.site);
        self.number(record, PUBLISHED_STATE, place(&STATES, shelter.state));
        let known = [
            (PUBLISHED_CONGESTION, shelter.congestion.map(|level| place(&LEVELS, level))),
            (PUBLISHED_BAND, shelter.people.map(|band| place(&BANDS, band))),
            (PUBLISHED_SET_AT, shelter.updated_at),
            (PUBLISHED_UNHEARD_SINCE, shelter.unheard_since),
        ];
        for (field, number) in known {
            number.into_iter().for_each(|number| self.number(record, field, number));
        }
    }

    fn put(&mut self, record: RecordId, field: FieldId, value: Value) {
        self.0.insert((record, field), value);
    }

    fn number(&mut self, record: RecordId, field: FieldId, number: i64) {
        self.put(record, field, Value::Int(number));
    }

    /// The writes that make `held` say this; none where it does, and was ever told.
    pub fn edits(&self, held: Option<&RecordsFold>, now: i64) -> Vec<Edit> {
        let register =
            |(record, field): (RecordId, FieldId)| held.and_then(|held| held.field(record, field));
        let edit = |key: (RecordId, FieldId), change: Change| Edit {
            record: key.0,
            field: key.1,
            change,
            saw: register(key).map_or(Saw::NOTHING, Register::saw),
            happened_at: None,
        };
        let says = |key, value: Option<&Value>| {
            let Some(register) = register(key) else { return value.is_none() };
            register.settled().is_some_and(|write| write.value.value.as_ref() == value)
        };
        let published_at = (of_publication(), PUBLISHED_AT);
        let mut edits: Vec<Edit> = held
            .into_iter()
            .flat_map(RecordsFold::fields)
            .map(|(key, _)| key)
            .filter(|key| is_published(key.1) && *key != published_at)
            .filter(|key| !self.0.contains_key(key) && !says(*key, None))
            .map(|key| edit(key, Change::Delete))
            .collect();
        for (key, value) in &self.0 {
            if !says(*key, Some(value)) {
                edits.push(edit(*key, Change::Put(value.clone())));
            }
        }
        // The last of all, so that nothing is called newer than it is while the rest is on its way.
        if !edits.is_empty() || register(published_at).is_none() {
            edits.push(edit(published_at, Change::Put(Value::Int(now))));
        }
        edits
    }
}

/// When anything was published last; none where nothing has arrived.
pub fn published_at(held: &RecordsFold) -> Option<i64> {
    held.int(of_publication(), PUBLISHED_AT)
}

/// The incident that is published: the newest, should headquarters' devices disagree.
pub fn incident(held: &RecordsFold) -> Option<Incident> {
    let records = held.records(|field| field == PUBLISHED_INCIDENT_KIND);
    let all = records.map(|record| {
        let flags = held.int(record, PUBLISHED_INCIDENT_HAZARDS).unwrap_or(0);
        let is_set = |number: usize| u32::try_from(number).is_ok_and(|bit| flags >> bit & 1 == 1);
        let hazards = shelter::Hazard::ALL.into_iter().enumerate();
        Incident {
            id: IncidentId(record.0),
            // What is not known to be a drill is taken for real.
            kind: of_place(&KINDS, held.int(record, PUBLISHED_INCIDENT_KIND))
                .unwrap_or(IncidentKind::Real),
            title: held.text(record, PUBLISHED_INCIDENT_TITLE).unwrap_or_default().to_owned(),
            hazards: hazards
                .filter(|(number, _)| is_set(*number))
                .map(|(_, hazard)| known_hazard(hazard))
                .collect(),
            since: held.int(record, PUBLISHED_INCIDENT_SINCE).unwrap_or(0),
        }
    });
    all.max_by_key(|incident| (incident.since, incident.id))
}

/// The warnings that are published, the most urgent first.
pub fn warnings(held: &RecordsFold) -> Vec<Warning> {
    let records = held.records(|field| field == PUBLISHED_WARNING_LEVEL);
    let warning = |record| {
        let number = held.int(record, PUBLISHED_WARNING_LEVEL)?;
        Some(Warning {
            district: held.text(record, PUBLISHED_WARNING_DISTRICT)?.to_owned(),
            level: Some(WarningLevel::of_number(u8::try_from(number).ok()?)?),
            since: held.int(record, PUBLISHED_WARNING_SINCE)?,
            is_disputed: held.yes(record, PUBLISHED_WARNING_DISPUTED),
        })
    };
    let mut all: Vec<Warning> = records.filter_map(warning).collect();
    all.sort_by_key(|warning| std::cmp::Reverse((warning.level, warning.since)));
    all
}

/// A place with what is published of it.
pub fn of_shelter(held: &RecordsFold, shelter: PublicShelter) -> PublicShelter {
    let record = of_site(shelter.site);
    PublicShelter {
        state: of_place(&STATES, held.int(record, PUBLISHED_STATE)).unwrap_or(SiteState::NotOpened),
        congestion: of_place(&LEVELS, held.int(record, PUBLISHED_CONGESTION)),
        people: of_place(&BANDS, held.int(record, PUBLISHED_BAND)),
        updated_at: held.int(record, PUBLISHED_SET_AT),
        unheard_since: held.int(record, PUBLISHED_UNHEARD_SINCE),
        ..shelter
    }
}

fn bits(incident: &Incident) -> i64 {
    let hazards = shelter::Hazard::ALL.into_iter().enumerate();
    let named = hazards.filter(|(_, hazard)| incident.hazards.contains(&known_hazard(*hazard)));
    named.fold(0, |bits, (number, _)| bits | (1 << number))
}

/// The number of a value.
fn place<T: PartialEq + Copy>(all: &[T], value: T) -> i64 {
    let place = all.iter().position(|other| *other == value);
    let place = place.and_then(|place| i64::try_from(place).ok());
    place.expect("the list has every value of its kind")
}

/// The value of a number.
fn of_place<T: Copy>(all: &[T], number: Option<i64>) -> Option<T> {
    all.get(usize::try_from(number?).ok()?).copied()
}

#[cfg(test)]
mod tests;
