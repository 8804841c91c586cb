//! Stops of buses.

use crate::id::RecordId;
use crate::record::field;
use crate::service::records::RecordsFold;

/// Where a bus stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Its record.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Its name in kana.
    pub kana: Option<String>,
    /// It is out of use.
    pub is_ended: bool,
}

impl Stop {
    /// Reads a stop; none where its name is empty.
    pub fn read(town: &RecordsFold, id: RecordId) -> Option<Self> {
        Some(Self {
            id,
            name: town.text(id, field::STOP_NAME)?.to_owned(),
            kana: town.text(id, field::STOP_KANA).map(str::to_owned),
            is_ended: town.yes(id, field::STOP_ENDED),
        })
    }
}

/// Every stop, by record.
pub fn all(town: &RecordsFold) -> impl Iterator<Item = Stop> {
    town.records(field::is_of_stop).filter_map(|id| Stop::read(town, id))
}
