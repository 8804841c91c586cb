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
    let mut hasher = blake3::Hasher::new();
    hasher.update(EVACUEE_DOMAIN).update(incident.as_bytes()).update(person.as_bytes());
    let mut id = [0; RecordId::LEN];
    hasher.finalize_xof().fill(&mut id);
    RecordId(id)
}
