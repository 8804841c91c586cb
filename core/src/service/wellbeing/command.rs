//! What a facility's reader, a shop or a counter asks of the wellbeing service.

use crate::fact::shelter::Assurance;
use crate::fact::wellbeing::{Award, Settlement};
use crate::id::{EntryId, PersonId, SiteId};
use crate::token::TokenTag;

/// What is asked. Where a `site` or `shop` is none, that of this reader is meant.
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
    /// Staff note who came to a facility.
    Visit {
        /// Which.
        site: Option<SiteId>,
        /// Who.
        persons: Vec<PersonId>,
        /// When, if before now (後追い入力): Unix seconds.
        happened_at: Option<i64>,
        /// Body temperature in tenths of a degree Celsius, if it was taken.
        temperature: Option<u16>,
    },
    /// Staff note that somebody pays a shop with points.
    Spend {
        /// Which shop.
        shop: Option<SiteId>,
        /// Who.
        person: PersonId,
        /// How many points.
        points: u32,
        /// When, if before now: Unix seconds.
        happened_at: Option<i64>,
    },
    /// Points go to みさとと。Pay.
    Transfer {
        /// Whose.
        person: PersonId,
        /// How many.
        points: u32,
    },
    /// A spend or a transfer is undone.
    Reverse {
        /// Its entry.
        target: EntryId,
        /// Why.
        reason: String,
    },
    /// Staff settle what a wallet owes.
    Settle {
        /// Whose.
        person: PersonId,
        /// How many points.
        points: u32,
        /// How.
        how: Settlement,
        /// Why.
        reason: String,
    },
    /// Rules give points for what was seen elsewhere; those that are held already are passed over.
    Award(
        /// What is due.
        Vec<Award>,
    ),
}
