//! What a vehicle's reader or a counter asks of the transport service.

use crate::fact::shelter::Assurance;
use crate::id::{BookId, PersonId, RecordId, SiteId};
use crate::token::TokenTag;

/// Where a vehicle is, as far as its driver has said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trip {
    /// The route; none for a taxi, and where no route was chosen.
    pub route: Option<RecordId>,
    /// Which run of the route's timetable, from 0.
    pub run: Option<u16>,
    /// The place in the route's list of the stop the driver said they are at (次へ), from 0; none
    /// to go by the timetable.
    pub stop: Option<u16>,
}

/// A ride that staff enter later (後追い入力).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Board {
    /// Who.
    pub person: PersonId,
    /// In which vehicle; none for the one this reader is in.
    pub vehicle: Option<SiteId>,
    /// The route's record, where it is known.
    pub route: Option<RecordId>,
    /// The stop's record where they got on; none for 停留所不明.
    pub from: Option<RecordId>,
    /// The stop's record where they got off, where it is known.
    pub to: Option<RecordId>,
    /// A taxi's fare in yen.
    pub fare: Option<u32>,
    /// How many tickets it takes.
    pub tickets: u32,
    /// When, if before now: Unix seconds.
    pub happened_at: Option<i64>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A token was held to a vehicle's reader.
    TapBoard {
        /// The token.
        token: TokenTag,
        /// How sure that is.
        assurance: Assurance,
        /// Where the vehicle is.
        trip: Trip,
        /// A taxi's fare in yen.
        fare: Option<u32>,
        /// How many tickets it takes.
        tickets: u32,
    },
    /// Staff enter a ride.
    Board(Board),
    /// The counter hands out a book.
    Issue {
        /// A fresh random id.
        book: BookId,
        /// To whom.
        person: PersonId,
        /// The product's record in the scope `town`.
        product: RecordId,
        /// When, if before now: Unix seconds.
        happened_at: Option<i64>,
    },
    /// The counter takes tickets of a book back.
    Void {
        /// Which book.
        book: BookId,
        /// How many now; none for all that are left.
        tickets: Option<u32>,
        /// What is paid back now, in yen.
        refund: u32,
        /// Why. Never a name.
        reason: String,
        /// When, if before now: Unix seconds.
        happened_at: Option<i64>,
    },
}
