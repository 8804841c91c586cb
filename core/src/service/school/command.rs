//! What a school's gate or a teacher asks of the school service.

use crate::fact::school::Attends;
use crate::fact::shelter::Assurance;
use crate::id::{PersonId, SiteId};
use crate::time::Day;
use crate::token::TokenTag;

/// What is asked, of which school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The school; none for the one where this reader stands.
    pub school: Option<SiteId>,
    /// What is asked.
    pub asked: Asked,
}

/// What is asked of a school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A token was held to the reader at the gate.
    Tap {
        /// The token.
        token: TokenTag,
        /// How sure that is.
        assurance: Assurance,
    },
    /// A pupil without a card chose their name at the gate (名前を選ぶ): it means what their card
    /// would have meant.
    Choose {
        /// Who.
        person: PersonId,
    },
    /// A teacher says what is so.
    Note(Note),
}

/// What a teacher says of several pupils.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Who.
    pub persons: Vec<PersonId>,
    /// What they did.
    pub attends: Attends,
    /// When, if before now: Unix seconds.
    pub happened_at: Option<i64>,
    /// The day it is about, if it is not the day on which it happened or is noted.
    pub day: Option<Day>,
}
