//! What a school's gate or a teacher asks of the school service.

use crate::fact::shelter::Assurance;
use crate::id::SiteId;
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
}
