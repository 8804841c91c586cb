//! An order of a page as the command that the engine decides.

use digiana_core::engine::input::Command;
use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::fact::shelter::{Act, Assurance, SiteState};
use digiana_core::fact::words::Words;
use digiana_core::id::{IncidentId, PersonId, SiteId};
use digiana_core::record::{self, field};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::shelter::command::{self, CheckIn, Going, OpenIncident};

use super::evacuee;
use super::order::{Opening, Order};
use crate::import::hazard::Hazard;

/// The command of an order. `drawn` is eight fresh random bytes for whatever the order makes;
/// `incident` is the one in force here.
///
/// # Errors
/// [`Refusal`] where the order means nothing without an incident, or names a field that the form
/// does not have.
pub fn command(
    order: Order,
    incident: Option<IncidentId>,
    drawn: [u8; 8],
) -> Result<Command, Refusal> {
    let shelter = Command::Shelter;
    Ok(match order {
        Order::OpenIncident(opening) => {
            shelter(command::Command::OpenIncident(opened(opening, drawn)))
        }
        Order::CloseIncident(incident) => {
            shelter(command::Command::CloseIncident { incident, happened_at: None })
        }
        Order::SetWarning { district, level, happened_at } => {
            shelter(command::Command::SetWarning {
                incident: None,
                district,
                level,
                saw: None,
                happened_at,
            })
        }
        Order::SetSite { site, state, opening } => shelter(command::Command::SetSiteState {
            incident: None,
            site: Some(site),
            state,
            saw: None,
            opening: opening.map(|opening| opened(opening, drawn)),
            happened_at: None,
        }),
        Order::CheckIn { site, people, happened_at, anyway } => {
            shelter(command::Command::CheckIn(CheckIn {
                anyway,
                ..vouched(site, people, false, happened_at)
            }))
        }
        Order::WalkIn { site, name, kana, birth_year, happened_at } => {
            let person = PersonId(drawn);
            Command::Together(vec![
                Command::Edit {
                    scope: Scope::Register,
                    edits: written_down(person, name, kana, birth_year),
                },
                shelter(command::Command::CheckIn(vouched(site, vec![person], true, happened_at))),
            ])
        }
        Order::Presence { site, person, act, destination, happened_at, anyway } => {
            let destination = (!destination.is_empty()).then(|| Words::new(&destination));
            let (incident, at) = (None, Some(site));
            let going = Going { incident, site: at, person, destination, happened_at, anyway };
            shelter(match act {
                Act::CheckIn => command::Command::CheckIn(CheckIn {
                    anyway,
                    ..vouched(site, vec![person], false, happened_at)
                }),
                Act::CheckOut => command::Command::CheckOut(going),
                Act::Leave => command::Command::Leave(going),
                Act::Return => command::Command::Return(going),
            })
        }
        Order::Correct { scope, target, reason } => Command::Correct { scope, target, reason },
        Order::Service(command) => command,
        Order::Settle(person, site) => {
            shelter(command::Command::CheckIn(vouched(site, vec![person], false, None)))
        }
        Order::SaveSite { site, edits, opening } => {
            let record = record::of_site(site);
            let edit = |(field, value, saw): (FieldId, Option<Value>, Saw)| {
                let change = value.map_or(Change::Delete, Change::Put);
                Edit { record, field, change, saw, happened_at: None }
            };
            let edits = edits.into_iter().map(edit).collect();
            let written = Command::Edit { scope: Scope::Town, edits };
            let Some(opening) = opening else { return Ok(written) };
            let opened = shelter(command::Command::SetSiteState {
                incident: None,
                site: Some(site),
                state: SiteState::Open,
                saw: None,
                opening: Some(opened(opening, drawn)),
                happened_at: None,
            });
            Command::Together(vec![written, opened])
        }
        Order::NoteKit(site) => {
            // Nothing is seen, so that every use stays to be read.
            let (record, field) = (record::of_site(site), field::SITE_KIT_USED);
            let change = Change::Put(Value::Bool(true));
            let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
            Command::Edit { scope: Scope::Town, edits: vec![edit] }
        }
        Order::SaveFields { site, person, edits } => {
            let incident = incident.ok_or(Refusal::NoOpenIncident)?;
            let record = record::of_evacuee(incident, person);
            let edit = |(field, value, saw): (FieldId, String, Saw)| {
                let row = evacuee::row(field).ok_or(Refusal::UnknownTarget)?;
                let change = row.holds.value(&value).map_or(Change::Delete, Change::Put);
                Ok(Edit { record, field, change, saw, happened_at: None })
            };
            let edits: Result<Vec<Edit>, Refusal> = edits.into_iter().map(edit).collect();
            Command::Edit { scope: Scope::Care(site), edits: edits? }
        }
    })
}

fn opened(opening: Opening, drawn: [u8; 8]) -> OpenIncident {
    OpenIncident {
        incident: IncidentId(drawn),
        kind: opening.kind,
        hazards: opening.hazards.into_iter().map(Hazard::in_facts).collect(),
        title: opening.title,
        happened_at: None,
    }
}

fn vouched(
    site: SiteId,
    persons: Vec<PersonId>,
    walk_in: bool,
    happened_at: Option<i64>,
) -> CheckIn {
    CheckIn {
        incident: None,
        site: Some(site),
        persons,
        walk_in,
        assurance: Assurance::Vouched,
        happened_at,
        anyway: false,
    }
}

/// The first lines of somebody whom the register does not know.
fn written_down(
    person: PersonId,
    name: String,
    kana: String,
    birth_year: Option<i32>,
) -> Vec<Edit> {
    let line = |field: FieldId, value: Value| Edit {
        record: record::of_person(person),
        field,
        change: Change::Put(value),
        saw: Saw::NOTHING,
        happened_at: None,
    };
    let mut lines = vec![
        line(field::PERSON_NAME, Value::Text(name)),
        line(field::PERSON_WALK_IN, Value::Bool(true)),
    ];
    if !kana.is_empty() {
        lines.push(line(field::PERSON_KANA, Value::Text(kana)));
    }
    if let Some(year) = birth_year {
        lines.push(line(field::PERSON_BIRTH, Value::Text(year.to_string())));
    }
    lines
}
