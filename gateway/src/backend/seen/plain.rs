//! Core's values as pages hold them.

use digiana_core::fact::edit::Value;
use digiana_core::fact::shelter::{self, IncidentKind, SiteState};
use digiana_core::service::people;
use digiana_core::service::shelter::presence;
use digiana_core::service::sites::{Designation, Site};
use digiana_core::view::board::Headline;

use crate::backend::evacuee::Holds;
use crate::backend::{Freshness, Headcount, Incident, ShownName};
use crate::import::hazard::{Hazard, Validity};

/// A value as a form's field holds it.
pub(crate) fn spelled(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Bool(true) => Holds::YES.to_owned(),
        Value::Bool(false) => Holds::NO.to_owned(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

pub(super) fn incident_of(headline: &Headline) -> Incident {
    Incident {
        id: headline.id,
        // What is not known to be a drill is taken for real.
        kind: headline.kind.unwrap_or(IncidentKind::Real),
        title: headline.title.clone().unwrap_or_default(),
        hazards: headline.hazards.iter().map(|hazard| known_hazard(*hazard)).collect(),
        since: headline.since.map_or(0, |at| at.seconds),
    }
}

pub(in crate::backend) fn known_hazard(hazard: shelter::Hazard) -> Hazard {
    match hazard {
        shelter::Hazard::Flood => Hazard::Flood,
        shelter::Hazard::Landslide => Hazard::Landslide,
        shelter::Hazard::StormSurge => Hazard::StormSurge,
        shelter::Hazard::Earthquake => Hazard::Earthquake,
        shelter::Hazard::Tsunami => Hazard::Tsunami,
        shelter::Hazard::Fire => Hazard::LargeFire,
        shelter::Hazard::InlandFlood => Hazard::InlandFlood,
        shelter::Hazard::Volcano => Hazard::Volcano,
    }
}

/// The answer for each threat, or for every hazard where nothing threatens.
pub(super) fn validity(site: &Site, threats: &[shelter::Hazard]) -> Vec<(Hazard, Validity)> {
    let asked = if threats.is_empty() { &shelter::Hazard::ALL } else { threats };
    let answer = |hazard: &shelter::Hazard| {
        let found = site.hazards.map_or(Designation::OutOfScope, |held| held.designation(*hazard));
        let found = match found {
            Designation::Designated => Validity::Designated,
            Designation::NotDesignated => Validity::NotDesignated,
            Designation::OutOfScope => Validity::OutOfScope,
        };
        (known_hazard(*hazard), found)
    };
    asked.iter().map(answer).collect()
}

pub(super) fn name_of(site: &Site) -> String {
    site.name.clone().unwrap_or_else(|| site.id.short())
}

pub(in crate::backend) fn shown_name(details: Option<&people::Person>) -> ShownName {
    match details {
        Some(person) if person.protected => ShownName::Protected,
        Some(person) => person.name.as_ref().map_or(ShownName::Unknown, |name| ShownName::Shown {
            name: name.clone(),
            kana: person.kana.clone().unwrap_or_default(),
        }),
        None => ShownName::Unknown,
    }
}

pub(in crate::backend) fn birth_year(person: &people::Person) -> Option<i32> {
    person.birth.as_deref()?.split('-').next()?.parse().ok()
}

pub(super) fn headcount(people: presence::Interval, unheard: usize) -> Headcount {
    Headcount { sure: people.sure, at_most: people.at_most, unheard: in_u32(unheard) }
}

/// Not open and not about to be: such sites stand below the others.
pub(super) fn is_at_rest(state: SiteState) -> bool {
    matches!(state, SiteState::NotOpened | SiteState::Closed)
}

/// Oldest first; what is heard now comes last.
pub(super) fn age_rank(freshness: Freshness) -> i64 {
    match freshness {
        Freshness::Never => i64::MIN,
        Freshness::Heard(at) => at,
        Freshness::Linked | Freshness::Here => i64::MAX,
    }
}

pub(super) fn in_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The part of the town that an address names, as 宮内 of 島根県美郷町宮内562-5.
pub(super) fn district_of(address: &str) -> Option<&str> {
    let after_town = address.split_once(['町', '村']).map_or(address, |(_, rest)| rest);
    let is_number = |c: char| c.is_numeric() || c == '-';
    let district = after_town.split(is_number).next().unwrap_or_default().trim();
    (!district.is_empty()).then_some(district)
}

#[cfg(test)]
mod tests {
    use super::district_of;

    #[test]
    fn an_address_names_a_part_of_the_town() {
        assert_eq!(district_of("島根県美郷町宮内562-5"), Some("宮内"));
        assert_eq!(district_of("島根県美郷町都賀本郷１６３"), Some("都賀本郷"));
        assert_eq!(district_of("島根県美郷町562"), None);
    }
}
