//! The roster of a shelter (避難者名簿), and who of the town is not accounted for (安否未確認).

use std::collections::BTreeMap;

use crate::fact::shelter::Assurance;
use crate::id::{IncidentId, PersonId, SiteId};
use crate::service::people::Person;
use crate::service::shelter::presence::Headcount;
use crate::time::Wall;

use super::board::everyone;
use super::gathered::Gathered;
use super::{Evidence, Sources};

/// One person of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// Who.
    pub person: PersonId,
    /// What the register says of them, where it can be read.
    pub details: Option<Person>,
    /// Since when the person is here, or on leave.
    pub since: Option<Wall>,
    /// The strongest proof that the person was here.
    pub assurance: Option<Assurance>,
    /// On leave (外出・外泊).
    pub on_leave: bool,
    /// Other sites that have the person too.
    pub elsewhere: Vec<SiteId>,
    /// Whether it is sure that the person is here, or on leave from here.
    pub sure: bool,
    /// What is said of the person at this site, for corrections and custody marks.
    pub evidence: Vec<Evidence>,
}

/// Who is at a shelter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// Which shelter.
    pub site: SiteId,
    /// How many.
    pub headcount: Headcount,
    /// Who, by kana where it is known, then by id.
    pub rows: Vec<RosterRow>,
}

/// The roster of a site; none when nothing is known of the incident here.
pub fn roster(sources: &Sources<'_>, incident: IncidentId, site: SiteId) -> Option<Roster> {
    let gathered = Gathered::new(*sources, incident)?;
    let rows = gathered.people_at(site).into_iter().filter_map(|person| {
        let whereabouts = gathered.whereabouts(person);
        let place = whereabouts.at(site)?;
        let mut evidence = gathered.evidence(person);
        evidence.retain(|word| word.site == site);
        let others = whereabouts.places().iter().map(|place| place.site);
        Some(RosterRow {
            person,
            details: sources.person(person),
            since: evidence.iter().map(|word| word.when).min_by_key(|when| when.seconds),
            assurance: evidence.iter().map(|word| word.assurance).max(),
            on_leave: place.on_leave && !place.is_in,
            elsewhere: others.filter(|other| *other != site).collect(),
            sure: whereabouts.is_settled(),
            evidence,
        })
    });
    let mut rows: Vec<RosterRow> = rows.collect();
    rows.sort_by(|one, other| by_kana(one).cmp(&by_kana(other)));
    Some(Roster { site, headcount: gathered.headcount(site), rows })
}

fn by_kana(row: &RosterRow) -> (bool, Option<&str>, PersonId) {
    let kana = row.details.as_ref().and_then(|person| person.kana.as_deref());
    (kana.is_none(), kana, row.person)
}

/// Who of the register is not accounted for, by neighbourhood; none where the register cannot be
/// read here. Those who need care come first, then by kana.
///
/// The protected are listed under no neighbourhood, as an id, except for the authority.
pub fn unaccounted(
    sources: &Sources<'_>,
    incident: IncidentId,
) -> Option<BTreeMap<Option<String>, Vec<Person>>> {
    let accounted = Gathered::new(*sources, incident)?.accounted();
    let missing = everyone(sources)?.into_iter().filter(|person| !accounted.contains_key(person));
    let mut districts: BTreeMap<Option<String>, Vec<Person>> = BTreeMap::new();
    for person in missing.filter_map(|person| sources.person(person)) {
        districts.entry(person.district.clone()).or_default().push(person);
    }
    for people in districts.values_mut() {
        people.sort_by(|one, other| {
            let rank = |person: &Person| (!person.needs_care, person.kana.clone(), person.id);
            rank(one).cmp(&rank(other))
        });
    }
    Some(districts)
}
