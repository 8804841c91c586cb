//! Corrections: a wrong fact is named, with a reason, and counts as absent from then on.

use crate::fact::words::Words;
use crate::id::{EntryId, Hash};

/// 訂正: a member of staff says that `target` was wrong. Final.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Correct {
    /// The wrong fact, in the same scope.
    #[n(0)]
    pub target: EntryId,
    /// The first four bytes of the target's hash, so that no other entry can be meant.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub target_hash: [u8; 4],
    /// Why, in a clerk's words. Never a name.
    #[n(2)]
    pub reason: Words,
}

impl Correct {
    /// The bytes of a target's hash that a correction carries.
    pub fn hash_of(target: Hash) -> [u8; 4] {
        let [a, b, c, d, ..] = target.0;
        [a, b, c, d]
    }
}
