//! Visits and points, under person ids.
//!
//! Points move between accounts of the town's ledger; each of these facts is worth at most one
//! posting an account pair, and a mistake is mended by a posting the other way.

use crate::fact::shelter::Assurance;
use crate::fact::words::Words;
use crate::id::{EntryId, PersonId, RecordId, SiteId};
use crate::time::Day;

/// What a rule gives for one visit, as it was worded when it was decided: the fold needs no rule.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct Grant {
    /// The rule's record in the scope `town`.
    #[n(0)]
    pub rule: RecordId,
    /// The first bytes of the hash over the rule's fields as they were.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub version: [u8; 4],
    /// How many points.
    #[n(2)]
    pub points: u32,
    /// The most that the rule gives one person in one day, wherever they go; none for no bound.
    #[n(3)]
    pub daily_cap: Option<u32>,
}

/// Somebody came to a facility. Each of its grants counts once per rule, person, facility and day,
/// however many readers saw the visit.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Visit {
    /// Who, as an id without a name.
    #[n(0)]
    pub person: PersonId,
    /// Which facility.
    #[n(1)]
    pub site: SiteId,
    /// What the rules in force give for it.
    #[n(2)]
    pub grants: Vec<Grant>,
    /// How sure that is.
    #[n(3)]
    pub assurance: Assurance,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
    /// Body temperature in tenths of a degree Celsius, if it was taken.
    #[n(5)]
    pub temperature: Option<u16>,
}

/// Points are given by a rule for what another scope saw, such as an arrival at school. It counts
/// once per rule, person, site and day, like a visit's grants, and is no visit.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Award {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// Where.
    #[n(1)]
    pub site: SiteId,
    /// What the rule gives.
    #[n(2)]
    pub grant: Grant,
    /// The day it is for, if that is not the day it was recorded.
    #[n(3)]
    pub day: Option<Day>,
}

/// Points go from a wallet to a shop.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Spend {
    /// Whose wallet.
    #[n(0)]
    pub person: PersonId,
    /// Which shop.
    #[n(1)]
    pub shop: SiteId,
    /// How many points.
    #[n(2)]
    pub points: u32,
    /// How sure it is who paid.
    #[n(3)]
    pub assurance: Assurance,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
}

/// Points leave the town's ledger for みさとと。Pay.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Transfer {
    /// Whose wallet.
    #[n(0)]
    pub person: PersonId,
    /// How many points.
    #[n(1)]
    pub points: u32,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(2)]
    pub happened_at: Option<i64>,
}

/// A spend or a transfer is undone by the opposite posting. It counts once per target, and for
/// nothing while its target is not held.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Reverse {
    /// Which posting's fact.
    #[n(0)]
    pub target: EntryId,
    /// The first four bytes of the target's hash, so that no other entry can be meant.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub target_hash: [u8; 4],
    /// Why, in a clerk's words. Never a name.
    #[n(2)]
    pub reason: Words,
}

/// How a debt was settled.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Settlement {
    /// The person paid it at the counter.
    #[n(0)]
    PaidBack,
    /// The town bears it.
    #[n(1)]
    WrittenOff,
}

/// Staff settle what a wallet owes.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Settle {
    /// Whose wallet.
    #[n(0)]
    pub person: PersonId,
    /// How many points.
    #[n(1)]
    pub points: u32,
    /// How.
    #[n(2)]
    pub how: Settlement,
    /// Why, in a clerk's words. Never a name.
    #[n(3)]
    pub reason: Words,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
}
