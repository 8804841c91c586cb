//! People of the register, read from its fields.

use std::fmt;

use crate::id::{PersonId, RecordId};
use crate::record::{field, of_person};

use super::records::RecordsFold;

/// Someone in the register. `Debug` shows the id only: the rest is never in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// The name, as the register writes it.
    pub name: Option<String>,
    /// The name in kana.
    pub kana: Option<String>,
    /// The day of birth, `YYYY-MM-DD`.
    pub birth: Option<String>,
    /// The sex, in the register's word.
    pub sex: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// The neighbourhood association (自治会).
    pub district: Option<String>,
    /// The id that all of one household carry.
    pub household: Option<RecordId>,
    /// The telephone.
    pub phone: Option<String>,
    /// Needs care in a disaster.
    pub needs_care: bool,
    /// Never to be shown or sounded outside the authority (DV等支援措置).
    pub protected: bool,
    /// The id was made in haste at a desk.
    pub walk_in: bool,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({:?})", self.id)
    }
}

impl Person {
    /// Reads a person; none when nothing is held of them.
    pub fn read(register: &RecordsFold, id: PersonId) -> Option<Self> {
        let record = of_person(id);
        exists(register, id).then(|| {
            let text = |field| register.text(record, field).map(str::to_owned);
            Self {
                id,
                name: text(field::PERSON_NAME),
                kana: text(field::PERSON_KANA),
                birth: text(field::PERSON_BIRTH),
                sex: text(field::PERSON_SEX),
                address: text(field::PERSON_ADDRESS),
                district: text(field::PERSON_DISTRICT),
                household: register.value(record, field::PERSON_HOUSEHOLD).and_then(as_record),
                phone: text(field::PERSON_PHONE),
                needs_care: register.yes(record, field::PERSON_NEEDS_CARE),
                protected: register.yes(record, field::PERSON_PROTECTED),
                walk_in: register.yes(record, field::PERSON_WALK_IN),
            }
        })
    }
}

/// Whether the register holds anything of a person.
pub fn exists(register: &RecordsFold, id: PersonId) -> bool {
    let mut fields = register.record(of_person(id));
    fields.any(|(field, held)| {
        field::is_of_person(field) && held.current().any(|write| write.value.value.is_some())
    })
}

/// Everyone in the register, by id.
pub fn ids(register: &RecordsFold) -> impl Iterator<Item = PersonId> {
    register.records(field::is_of_person).map(|record| PersonId(record.0))
}

/// Everyone of one household, by id.
pub fn household(register: &RecordsFold, household: RecordId) -> Vec<PersonId> {
    let of = |person: &PersonId| {
        let mut values = register.values(of_person(*person), field::PERSON_HOUSEHOLD);
        values.any(|(_, value)| as_record(value) == Some(household))
    };
    ids(register).filter(of).collect()
}

fn as_record(value: &crate::fact::edit::Value) -> Option<RecordId> {
    match value {
        crate::fact::edit::Value::Bytes(bytes) => bytes.as_slice().try_into().ok().map(RecordId),
        crate::fact::edit::Value::Text(_)
        | crate::fact::edit::Value::Int(_)
        | crate::fact::edit::Value::Bool(_) => None,
    }
}
