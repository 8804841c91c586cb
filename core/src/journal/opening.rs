//! How a journal begins: who writes it, in which scope and life, and what came before.

use minicbor::bytes::ByteArray;

use crate::fact::to_cbor;
use crate::id::{Hash, JournalId, NodeId, TownId};
use crate::scope::Scope;

/// The end of a journal as somebody held it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct End {
    /// Which journal.
    #[n(0)]
    pub journal: JournalId,
    /// Its last entry there.
    #[n(1)]
    pub seq: u64,
    /// Its head after that entry.
    #[n(2)]
    pub head: Hash,
}

/// The body of entry 1.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Opening {
    /// Whose log.
    #[n(0)]
    pub node: NodeId,
    /// In which scope.
    #[n(1)]
    pub scope: Scope,
    /// The how-manieth life of that node in that scope, from 1.
    #[n(2)]
    pub life: u64,
    /// Random, so that no two lives share a name.
    #[n(3)]
    pub nonce: ByteArray<16>,
    /// The life before, with the last entry its node held of it. None in life 1.
    #[n(4)]
    pub predecessor: Option<End>,
}

impl Opening {
    /// The full hash behind the journal's name: what the first entry is chained to.
    pub fn root(&self, town: TownId) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"digiana/journal/1\0");
        hasher.update(town.as_bytes()).update(self.node.as_bytes());
        let scope = self.scope.to_bytes();
        // A scope's code says whether a site follows, so the nonce cannot be shifted into it.
        hasher.update(&scope).update(self.nonce.as_slice());
        Hash(*hasher.finalize().as_bytes())
    }

    /// The journal's name: the first eight bytes of [`root`](Self::root).
    pub fn journal(&self, town: TownId) -> JournalId {
        let [a, b, c, d, e, f, g, h, ..] = self.root(town).0;
        JournalId([a, b, c, d, e, f, g, h])
    }

    /// The body's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_cbor(self)
    }
}

/// A node takes back its own entries that it had lost and got again from a peer: up to `end` its
/// old life is in order. Written once per journal, in the life that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Reclaim {
    /// The old life, to where it is reclaimed.
    #[n(0)]
    pub end: End,
}

/// HQ takes over an entry from beyond a cut. Its identity stays the original's.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Adopt {
    /// The entry's journal.
    #[n(0)]
    pub journal: JournalId,
    /// Its place there.
    #[n(1)]
    pub seq: u64,
    /// Its hash.
    #[n(2)]
    pub hash: Hash,
    /// Its counter and wall clock, made absolute, since deltas need their neighbours.
    #[n(3)]
    pub counter: u64,
    /// Unix seconds and confidence, as in the entry.
    #[n(4)]
    pub wall: crate::time::Wall,
    /// Its bytes as they were chained.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// The wall clock of a journal was wrong from one entry to another.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ClockFix {
    /// Whose stamps.
    #[n(0)]
    pub journal: JournalId,
    /// The first wrong entry.
    #[n(1)]
    pub from: u64,
    /// The last wrong entry.
    #[n(2)]
    pub to: u64,
    /// Seconds to add.
    #[n(3)]
    pub offset: i64,
}
