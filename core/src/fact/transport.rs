//! Ticket books and rides, under person ids.
//!
//! A rider is never refused: a ride is recorded whether a right is left or not, and what it is
//! worth is what the books of its person fold into.

use crate::fact::shelter::Assurance;
use crate::fact::words::Words;
use crate::id::{BookId, PersonId, RecordId, SiteId};
use crate::time::Day;

/// A ticket book is handed out.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BookIssued {
    /// Its name, drawn at random where it was issued.
    #[n(0)]
    pub book: BookId,
    /// Whose.
    #[n(1)]
    pub person: PersonId,
    /// The product's record in the scope `town`.
    #[n(2)]
    pub product: RecordId,
    /// The first bytes of the hash over the product's fields as they were.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub version: [u8; 4],
    /// How many tickets it holds.
    #[n(4)]
    pub tickets: u32,
    /// What was paid for it, in yen.
    #[n(5)]
    pub price: u32,
    /// The only operator it is good for; none for all.
    #[n(6)]
    pub operator: Option<RecordId>,
    /// The last day on which it is good; none for no end.
    #[n(7)]
    pub valid_until: Option<Day>,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(8)]
    pub happened_at: Option<i64>,
}

/// What is left of a ticket book is taken back. Of several for one book the one that takes back the
/// most tickets counts, then the one that paid back the most, then the first by entry.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct BookVoided {
    /// Which.
    #[n(0)]
    pub book: BookId,
    /// Whose, so that it is found without the book.
    #[n(1)]
    pub person: PersonId,
    /// How many tickets are taken back.
    #[n(2)]
    pub tickets: u32,
    /// What was paid back, in yen.
    #[n(3)]
    pub refund: u32,
    /// Why, in a clerk's words. Never a name.
    #[n(4)]
    pub reason: Words,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(5)]
    pub happened_at: Option<i64>,
}

/// Somebody rides.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Ride {
    /// Who, as an id without a name.
    #[n(0)]
    pub person: PersonId,
    /// The vehicle.
    #[n(1)]
    pub vehicle: SiteId,
    /// The operator's record in the scope `town`; none where nobody has said whose vehicle it is.
    #[n(2)]
    pub operator: Option<RecordId>,
    /// The route's record; none for a taxi, and where the driver has not chosen one.
    #[n(3)]
    pub route: Option<RecordId>,
    /// The stop's record where they got on; none for 停留所不明.
    #[n(4)]
    pub from: Option<RecordId>,
    /// The stop's record where they get off, where the vehicle asks.
    #[n(5)]
    pub to: Option<RecordId>,
    /// How many tickets it takes.
    #[n(6)]
    pub tickets: u32,
    /// A taxi's fare in yen.
    #[n(7)]
    pub fare: Option<u32>,
    /// How sure it is who rides.
    #[n(8)]
    pub assurance: Assurance,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(9)]
    pub happened_at: Option<i64>,
}
