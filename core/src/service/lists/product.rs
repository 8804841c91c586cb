//! Ticket books as the counter sells them.

use crate::id::RecordId;
use crate::record::field;
use crate::service::records::RecordsFold;

use super::{count, id, version};

/// A ticket book that can be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its record.
    pub id: RecordId,
    /// The state of the record that this was read from.
    pub version: [u8; 4],
    /// What the counter calls it.
    pub name: String,
    /// How many tickets a book holds.
    pub tickets: u32,
    /// What a book costs, in yen.
    pub price: u32,
    /// The only operator it is good for; none for all.
    pub operator: Option<RecordId>,
    /// For how many days it is good, the day of issue counted; none for ever.
    pub valid_days: Option<u32>,
    /// The class of subsidy, in the town's word.
    pub subsidy: Option<String>,
    /// It is out of use.
    pub is_ended: bool,
}

impl Product {
    /// Reads a product; none where it has no name, or no number of tickets.
    pub fn read(town: &RecordsFold, record: RecordId) -> Option<Self> {
        Some(Self {
            id: record,
            version: version(town, record),
            name: town.text(record, field::PRODUCT_NAME)?.to_owned(),
            tickets: count(town, record, field::PRODUCT_TICKETS).filter(|tickets| *tickets > 0)?,
            price: count(town, record, field::PRODUCT_PRICE).unwrap_or(0),
            operator: id(town, record, field::PRODUCT_OPERATOR),
            valid_days: count(town, record, field::PRODUCT_VALID_DAYS),
            subsidy: town.text(record, field::PRODUCT_SUBSIDY).map(str::to_owned),
            is_ended: town.yes(record, field::PRODUCT_ENDED),
        })
    }
}

/// Every product, by record.
pub fn all(town: &RecordsFold) -> impl Iterator<Item = Product> {
    town.records(field::is_of_product).filter_map(|record| Product::read(town, record))
}
