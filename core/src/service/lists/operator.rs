//! Operators of buses and taxis.

use crate::id::RecordId;
use crate::record::field;
use crate::service::records::RecordsFold;

/// Who runs vehicles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Its record.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Whether its vehicles are taxis, which have no stops but a fare.
    pub is_taxi: bool,
    /// It is out of use.
    pub is_ended: bool,
}

impl Operator {
    /// Reads an operator; none where its name is empty.
    pub fn read(town: &RecordsFold, id: RecordId) -> Option<Self> {
        Some(Self {
            id,
            name: town.text(id, field::OPERATOR_NAME)?.to_owned(),
            is_taxi: town.int(id, field::OPERATOR_KIND) == Some(1),
            is_ended: town.yes(id, field::OPERATOR_ENDED),
        })
    }
}

/// Every operator, by record.
pub fn all(town: &RecordsFold) -> impl Iterator<Item = Operator> {
    town.records(field::is_of_operator).filter_map(|id| Operator::read(town, id))
}
