//! The town's lists, read from its shared records: point rules, ticket products, operators, stops
//! and routes.
//!
//! A list is what staff last agreed on. What a fact was decided with stands in the fact, so a list
//! may change without changing what happened.

pub mod operator;
pub mod product;
pub mod route;
pub mod rule;
pub mod site;
pub mod stop;

use crate::fact::edit::{FieldId, Value};
use crate::id::RecordId;
use crate::service::records::RecordsFold;

/// The first bytes of the hash over a record's fields as they are: two replicas that show the same
/// name its version alike.
pub fn version(records: &RecordsFold, record: RecordId) -> [u8; 4] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"digiana/version/1\0");
    for (field, _) in records.record(record) {
        if let Some(value) = records.value(record, field) {
            hasher.update(&field.0.to_le_bytes());
            hasher.update(&crate::fact::to_cbor(value));
        }
    }
    let mut version = [0; 4];
    hasher.finalize_xof().fill(&mut version);
    version
}

/// The record that a field names.
pub(super) fn id(records: &RecordsFold, record: RecordId, field: FieldId) -> Option<RecordId> {
    match records.value(record, field)? {
        Value::Bytes(bytes) => bytes.as_slice().try_into().ok().map(RecordId),
        Value::Text(_) | Value::Int(_) | Value::Bool(_) => None,
    }
}

/// The number that a field holds, where it is one that a count can be.
pub(super) fn count(records: &RecordsFold, record: RecordId, field: FieldId) -> Option<u32> {
    records.int(record, field).and_then(|number| u32::try_from(number).ok())
}

#[cfg(test)]
mod tests;
