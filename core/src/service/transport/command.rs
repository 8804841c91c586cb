//! What a vehicle's reader or a counter asks of the transport service.

use crate::fact::shelter::Assurance;
use crate::id::RecordId;
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
}
