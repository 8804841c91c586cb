//! What the town asks for: rules that decide, and folds that remember.
//!
//! A rule is `decide(&State, Command, now) -> Result<Vec<Fact>, Refusal>`; a fold takes up facts in
//! any order. Folds read no other scope and no clock.

pub mod asked;
pub mod canon;
pub mod corrections;
pub mod derived;
pub mod digested;
pub mod ledger;
pub mod lists;
pub mod people;
pub mod records;
pub mod refusal;
#[cfg(test)]
pub(crate) mod rehearsal;
pub mod school;
pub mod search;
pub mod shelter;
pub mod sites;
pub mod stamp;
pub mod tokens;
pub mod transport;
pub mod wellbeing;

use self::corrections::Corrections;
use crate::fact::Fact;
use crate::id::{EntryId, Hash, NodeId};
use crate::time::Wall;

/// What credentials say of an authentic entry that counts for something.
///
/// Entries that are not permitted yet are not shown to folds at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It counts for nothing but a claim that somebody is safe.
    Unverified,
    /// It counts.
    Admitted,
}

/// Everything about an entry but its fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Its identity.
    pub entry: EntryId,
    /// Its hash.
    pub hash: Hash,
    /// Who wrote it.
    pub author: NodeId,
    /// The author's counter: it orders display.
    pub counter: u64,
    /// What the author's wall clock showed when it was recorded.
    pub wall: Wall,
    /// Whether it counts.
    pub standing: Standing,
}

/// A state that the facts of one scope fold into.
///
/// Applying facts in any order, and applying one twice, gives the same state.
pub trait Fold {
    /// Takes up one fact. Facts of kinds the fold does not know change nothing.
    fn apply(&mut self, origin: &Origin, fact: &Fact);

    /// What staff have corrected.
    fn corrections(&self) -> &Corrections;

    /// The first bytes of the hash of an entry that is held and not corrected: what a correction
    /// of it must carry.
    fn hash_of(&self, entry: EntryId) -> Option<[u8; 4]>;

    /// Sixteen bytes that are equal for equal states, and only for them.
    fn digest(&self) -> [u8; 16];
}
