//! Appointments and admissions.

use crate::fact::Kind;
use crate::id::{NodeId, OfficerId, SiteId};
use crate::scope::Scope;

/// The root appoints an officer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Appoint {
    /// The officer's key.
    #[n(0)]
    pub officer: OfficerId,
    /// The office, for lists. Never a person's name.
    #[n(1)]
    pub office: String,
    /// When: Unix seconds.
    #[n(2)]
    pub issued_at: i64,
}

/// What a node is for. The order is what it carries, from least to most.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Role {
    /// A gateway that faces the internet.
    #[n(2)]
    Public,
    /// A reader somewhere in town.
    #[n(0)]
    Reader,
    /// 災害対策本部: its word that it holds something is custody.
    #[n(1)]
    Headquarters,
}

/// What a node may write in a scope.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Writable {
    /// The scope; writing implies reading.
    #[n(0)]
    pub scope: Scope,
    /// The kinds of facts; none named means all.
    #[n(1)]
    pub kinds: Vec<Kind>,
}

/// An officer admits a node. Several admissions of one node unite.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Admit {
    /// The node's key.
    #[n(0)]
    pub node: NodeId,
    /// What people call the device. Never a person's name.
    #[n(1)]
    pub name: String,
    /// What it is for.
    #[n(2)]
    pub role: Role,
    /// The places it works at.
    #[n(3)]
    pub sites: Vec<SiteId>,
    /// The scopes it may read beyond those it may write.
    #[n(4)]
    pub reads: Vec<Scope>,
    /// The scopes it may write.
    #[n(5)]
    pub writes: Vec<Writable>,
    /// Bounds on what it may grant: (rule number, amount). Enforced with the ledger.
    #[n(6)]
    pub budgets: Vec<(u32, u64)>,
    /// Its age X25519 public key for bundles.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub age_recipient: Option<minicbor::bytes::ByteArray<32>>,
    /// When: Unix seconds.
    #[n(8)]
    pub issued_at: i64,
}
