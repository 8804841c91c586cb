//! Revocations, narrowings and evidence of copies: their bytes, settled before they are acted on.
//!
//! A credential of one of these kinds is verified, kept and passed on like any other. No command
//! of this version makes one, and no rule of this version acts on one.

use minicbor::bytes::ByteArray;

use crate::fact::Kind;
use crate::id::{Hash, JournalId, NodeId, OfficerId};
use crate::scope::Scope;

/// Where a journal ends for good: at a sealed entry, so the officer's signature serves as its seal.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Cut {
    /// Which journal.
    #[n(0)]
    pub journal: JournalId,
    /// The last entry that counts; 0: none does.
    #[n(1)]
    pub seq: u64,
    /// The journal's head after that entry.
    #[n(2)]
    pub head: Hash,
}

/// Who is revoked.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub enum Revoked {
    /// A node, by an officer.
    #[n(0)]
    Node(#[n(0)] NodeId),
    /// An officer, by the root.
    #[n(1)]
    Officer(#[n(0)] OfficerId),
}

/// A node or an officer is out. Final.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Revoke {
    /// Who.
    #[n(0)]
    pub revoked: Revoked,
    /// Where each of its journals ends; journals not named end at 0.
    #[n(1)]
    pub cuts: Vec<Cut>,
    /// Why.
    #[n(2)]
    pub reason: String,
    /// When: Unix seconds.
    #[n(3)]
    pub issued_at: i64,
}

/// A node may no longer read or write a scope, or write one kind in it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Narrow {
    /// Which node.
    #[n(0)]
    pub node: NodeId,
    /// Which scope.
    #[n(1)]
    pub scope: Scope,
    /// Which kind; none means the whole scope.
    #[n(2)]
    pub kind: Option<Kind>,
    /// Where its journal in that scope ends for this purpose.
    #[n(3)]
    pub cut: Cut,
    /// When: Unix seconds.
    #[n(4)]
    pub issued_at: i64,
}

/// One of two seals that cannot lie on one chain.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SealedHead {
    /// The entry that was sealed.
    #[n(0)]
    pub seq: u64,
    /// The head after it.
    #[n(1)]
    pub head: Hash,
    /// Whether the seal closed a block.
    #[n(2)]
    pub closes_block: bool,
    /// The author's signature.
    #[n(3)]
    pub signature: ByteArray<64>,
}

/// A device was copied: its own two seals say so. Anyone may issue it; it proves itself.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Evidence {
    /// The node that was copied.
    #[n(0)]
    pub node: NodeId,
    /// The journal that has two ends.
    #[n(1)]
    pub journal: JournalId,
    /// One seal.
    #[n(2)]
    pub one: SealedHead,
    /// The other, at the same entry or later.
    #[n(3)]
    pub other: SealedHead,
    /// The entry hashes from the first seal's place to the other's, where those differ in place.
    #[n(4)]
    pub between: Vec<Hash>,
}
