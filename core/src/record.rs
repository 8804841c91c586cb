//! Shared records: what several people edit, field by field.
//!
//! A record is a set of fields under one id; which numbers mean what stands in [`field`]. Rules and
//! pages read the registers. The [`document`] of a record set is made from the same admitted edits
//! and serves merged free text, history and export.

pub mod document;
pub mod field;

use crate::id::{IncidentId, PersonId, RecordId, SiteId};

/// Keeps the id of an evacuee's record apart from every other hash.
const EVACUEE_DOMAIN: &[u8] = b"digiana/evacuee/1\0";

/// The same for the record of a district's warning.
const WARNING_DOMAIN: &[u8] = b"digiana/warning/1\0";

/// The same for the record that says when anything was published.
const PUBLISHED_DOMAIN: &[u8] = b"digiana/published/1\0";

/// The record of a person in the register.
pub fn of_person(person: PersonId) -> RecordId {
    RecordId(person.0)
}

/// The record of a site.
pub fn of_site(site: SiteId) -> RecordId {
    RecordId(site.0)
}

/// The record of what an evacuee told a desk in one incident: the same wherever two desks that
/// cannot hear each other begin it.
pub fn of_evacuee(incident: IncidentId, person: PersonId) -> RecordId {
    hashed(&[EVACUEE_DOMAIN, incident.as_bytes(), person.as_bytes()])
}

/// The record of an incident, as headquarters publishes it.
pub fn of_incident(incident: IncidentId) -> RecordId {
    RecordId(incident.0)
}

/// The record of what a district was told, as headquarters publishes it: one for each name.
pub fn of_warning(district: &str) -> RecordId {
    hashed(&[WARNING_DOMAIN, district.as_bytes()])
}

/// The record that says when headquarters published.
pub fn of_publication() -> RecordId {
    hashed(&[PUBLISHED_DOMAIN])
}

fn hashed(parts: &[&[u8]]) -> RecordId {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut id = [0; RecordId::LEN];
    hasher.finalize_xof().fill(&mut id);
    RecordId(id)
}
