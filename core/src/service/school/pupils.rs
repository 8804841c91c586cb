//! Pupils, read from the list in the scope of their school.

use std::fmt;

use crate::id::PersonId;
use crate::record::{field, of_person};
use crate::service::records::RecordsFold;
use crate::service::tokens::TokenFold;

/// Someone on the list of a school. `Debug` shows the id only: the rest is never in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Pupil {
    /// Who.
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// The name in kana.
    pub kana: Option<String>,
    /// The class, in the school's word.
    pub class: Option<String>,
    /// They left the school.
    pub is_ended: bool,
}

impl fmt::Debug for Pupil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pupil({:?})", self.id)
    }
}

impl Pupil {
    /// Reads a pupil; none where the list has no name for that id.
    pub fn read(list: &RecordsFold, id: PersonId) -> Option<Self> {
        let record = of_person(id);
        let text = |field| list.text(record, field).filter(|text| !text.trim().is_empty());
        Some(Self {
            id,
            name: text(field::PUPIL_NAME)?.to_owned(),
            kana: text(field::PUPIL_KANA).map(str::to_owned),
            class: text(field::PUPIL_CLASS).map(str::to_owned),
            is_ended: list.yes(record, field::PUPIL_ENDED),
        })
    }
}

/// Everyone who was ever on the list under a name, by id.
pub fn all(list: &RecordsFold) -> impl Iterator<Item = Pupil> {
    let ids = list.records(field::is_of_pupil).map(|record| PersonId(record.0));
    ids.filter_map(|id| Pupil::read(list, id))
}

/// The pupil that a person is, under any of their ids; none when they are not at this school.
pub fn find(list: Option<&RecordsFold>, tokens: &TokenFold, person: PersonId) -> Option<Pupil> {
    let list = list?;
    let ids = tokens.aliases(person).into_iter();
    ids.filter_map(|id| Pupil::read(list, id)).find(|pupil| !pupil.is_ended)
}
