//! What a facility's reader, a shop or a counter asks of the wellbeing service.

use crate::fact::shelter::Assurance;
use crate::token::TokenTag;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A token was held to a facility's reader.
    TapVisit {
        /// The token.
        token: TokenTag,
        /// How sure that is.
        assurance: Assurance,
    },
    /// A token was held to a shop's reader, after the shop had typed an amount.
    TapSpend {
        /// The token.
        token: TokenTag,
        /// How sure that is.
        assurance: Assurance,
        /// How many points.
        points: u32,
    },
}
