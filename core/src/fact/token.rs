//! Which token stands for whom, and which ids are the same person.

use crate::id::PersonId;
use crate::register::Saw;
use crate::token::TokenTag;
use crate::token::proof::ProofKey;

/// Whether a token opens doors.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum TokenState {
    /// It does.
    #[n(0)]
    Active,
    /// Lost, for now.
    #[n(1)]
    Suspended,
    /// For good.
    #[n(2)]
    Ended,
}

/// A token now stands for a person, in a state: a register per token.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct TokenSet {
    /// The token, as a keyed hash.
    #[n(0)]
    pub token: TokenTag,
    /// Whom it stands for.
    #[n(1)]
    pub person: PersonId,
    /// Whether it opens doors.
    #[n(2)]
    pub state: TokenState,
    /// What its author held of this token.
    #[n(3)]
    pub saw: Saw,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
}

/// Two ids are the same human being: a walk-in was recognised. Neither id is destroyed, and a
/// correction parts them again.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PersonsJoined {
    /// The id made in haste.
    #[n(0)]
    pub walk_in: PersonId,
    /// The id of the register.
    #[n(1)]
    pub person: PersonId,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(2)]
    pub happened_at: Option<i64>,
}

/// The key that a token proves itself with was read from the card that holds it: a register per
/// token.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct TokenKey {
    /// The token, as a keyed hash.
    #[n(0)]
    pub token: TokenTag,
    /// The public half of the key.
    #[n(1)]
    pub key: ProofKey,
    /// What its author held of this token's key.
    #[n(2)]
    pub saw: Saw,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(3)]
    pub happened_at: Option<i64>,
}
