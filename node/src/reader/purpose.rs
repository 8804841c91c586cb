//! What a card that is held to this reader means just now.
//!
//! What a reader serves stands in its configuration. What else a tap needs is said at the screen
//! beside it: a driver goes on to the next stop, a shop types an amount. That is kept nowhere else:
//! after a restart a bus rides on with 停留所不明 until its driver says where it is.

use digiana_core::engine::input::Command;
use digiana_core::fact::shelter::Assurance;
use digiana_core::service::transport::command::Trip;
use digiana_core::service::{school, shelter, transport, wellbeing};
use digiana_core::token::TokenTag;

use crate::config::Serves;

/// What the next tap means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody comes to the shelter.
    CheckIn,
    /// Somebody visits the facility.
    Visit,
    /// Somebody gets on.
    Board {
        /// Where the vehicle is, as far as its driver has said.
        trip: Trip,
        /// A taxi's fare in yen.
        fare: Option<u32>,
        /// How many tickets it takes.
        tickets: u32,
    },
    /// Somebody pays with points: once, since the next customer pays something else.
    Spend {
        /// How many; none until the shop has typed it.
        points: Option<u32>,
    },
    /// A pupil comes to school, or leaves.
    School,
}

impl Purpose {
    /// What a reader that serves this begins with.
    pub fn of(serves: Serves) -> Self {
        match serves {
            Serves::Shelter => Self::CheckIn,
            Serves::Facility => Self::Visit,
            Serves::Bus | Serves::Taxi => {
                Self::Board { trip: Trip::default(), fare: None, tickets: 1 }
            }
            Serves::Shop => Self::Spend { points: None },
            Serves::School => Self::School,
        }
    }

    /// What a tap asks the engine for.
    pub(crate) fn command(self, token: TokenTag, assurance: Assurance) -> Command {
        match self {
            Self::CheckIn => {
                Command::Shelter(shelter::command::Command::TapCheckIn { token, assurance })
            }
            Self::Visit => {
                Command::Wellbeing(wellbeing::command::Command::TapVisit { token, assurance })
            }
            Self::Board { trip, fare, tickets } => {
                let tap =
                    transport::command::Command::TapBoard { token, assurance, trip, fare, tickets };
                Command::Transport(tap)
            }
            Self::Spend { points } => {
                let points = points.unwrap_or(0);
                let tap = wellbeing::command::Command::TapSpend { token, assurance, points };
                Command::Wellbeing(tap)
            }
            Self::School => {
                let asked = school::command::Asked::Tap { token, assurance };
                Command::School(school::command::Command { school: None, asked })
            }
        }
    }

    /// What the tap after one that was taken means: an amount or a fare was for one customer.
    pub(crate) fn after_taken(self, serves: Serves) -> Self {
        match self {
            Self::Spend { .. } => Self::of(serves),
            Self::Board { trip, .. } => Self::Board { trip, fare: None, tickets: 1 },
            Self::CheckIn | Self::Visit | Self::School => self,
        }
    }
}
