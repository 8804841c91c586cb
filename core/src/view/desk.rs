//! What a shelter's desk finds when somebody says a name.

use crate::id::{IncidentId, PersonId};
use crate::service::people::{self, Person};
use crate::service::search::PeopleIndex;
use crate::service::shelter::incident::Accounted;
use crate::service::shelter::presence::Whereabouts;

use super::Sources;
use super::gathered::Gathered;

/// One person at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskRow {
    /// Who.
    pub person: PersonId,
    /// What the register says of them.
    pub details: Option<Person>,
    /// Where they are.
    pub whereabouts: Whereabouts,
    /// Whether they are accounted for.
    pub accounted: Option<Accounted>,
}

/// Up to `limit` people whose name or kana begins with the query. The protected are found by
/// nobody but the authority; a desk takes them in by their card.
pub fn search(
    sources: &Sources<'_>,
    index: &PeopleIndex,
    incident: Option<IncidentId>,
    query: &str,
    limit: usize,
) -> Vec<DeskRow> {
    let mut found: Vec<PersonId> = Vec::new();
    for person in index.search(query) {
        if found.len() >= limit {
            break;
        }
        let person = sources.tokens.canonical(person);
        let hidden =
            !sources.authority && sources.person(person).is_some_and(|person| person.protected);
        if !hidden && !found.contains(&person) {
            found.push(person);
        }
    }
    rows(sources, incident, found)
}

/// The household of a person, for ticking who is here; the person first.
pub fn household(
    sources: &Sources<'_>,
    incident: Option<IncidentId>,
    person: PersonId,
) -> Vec<DeskRow> {
    let person = sources.tokens.canonical(person);
    let household = sources.person(person).and_then(|person| person.household);
    let mut all = vec![person];
    if let (Some(register), Some(household)) = (sources.register, household) {
        for member in people::household(register, household) {
            let member = sources.tokens.canonical(member);
            if !all.contains(&member) {
                all.push(member);
            }
        }
    }
    rows(sources, incident, all)
}

/// What a desk shows of people it knows by id.
pub fn rows(
    sources: &Sources<'_>,
    incident: Option<IncidentId>,
    people: Vec<PersonId>,
) -> Vec<DeskRow> {
    let gathered = incident.and_then(|incident| Gathered::new(*sources, incident));
    let row = |person: PersonId| {
        let gathered = gathered.as_ref();
        let ids = sources.tokens.aliases(person);
        DeskRow {
            person,
            details: sources.person(person),
            whereabouts: gathered
                .map_or(Whereabouts::NOWHERE, |gathered| gathered.whereabouts(person).clone()),
            accounted: gathered.and_then(|gathered| {
                ids.iter().filter_map(|id| gathered.incident.accounted(*id)).max()
            }),
        }
    };
    people.into_iter().map(row).collect()
}
