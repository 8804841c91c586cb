//! Vectors: a whole frontier in about three bytes a node.
//!
//! A vector has a place for each node admitted to write a scope, in the order of node ids, which
//! both ends know since their credentials were equalised first. A place is `0` for nothing,
//! `life + 1, seq` for one live end, or `1, count, (journal 8, seq)…` where ends rival.

use super::{Frontier, LiveEnd};
use crate::id::{JournalId, NodeId};
use crate::journal::chain::Chain;
use crate::limits::RIVAL_ENDS_MAX;
use crate::scope::Scope;
use crate::wire::{Malformed, Reader, put_varint};

/// Where one node's journals in one scope end at a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It holds nothing of that node.
    Nothing,
    /// It holds all lives before `life` to where the next begins, and `life` up to `seq`.
    Life {
        /// Which life, from 1.
        life: u64,
        /// Its last entry there.
        seq: u64,
    },
    /// It holds these ends, which rival.
    Ends(Vec<(JournalId, u64)>),
}

impl Place {
    /// Appends the place's bytes.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nothing => out.push(0),
            Self::Life { life, seq } => {
                put_varint(out, life + 1);
                put_varint(out, *seq);
            }
            Self::Ends(ends) => {
                out.push(1);
                put_varint(out, u64::try_from(ends.len()).expect("a count fits"));
                for (journal, seq) in ends {
                    out.extend_from_slice(journal.as_bytes());
                    put_varint(out, *seq);
                }
            }
        }
    }

    /// Reads a place.
    ///
    /// # Errors
    /// [`Malformed`], naming the byte.
    pub fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        match from.varint()? {
            0 => Ok(Self::Nothing),
            1 => {
                let count = from.length("rival ends", RIVAL_ENDS_MAX)?;
                let mut ends = Vec::with_capacity(count);
                for _ in 0..count {
                    ends.push((JournalId(from.array()?), from.varint()?));
                }
                Ok(Self::Ends(ends))
            }
            life => Ok(Self::Life { life: life - 1, seq: from.varint()? }),
        }
    }
}

impl Frontier {
    /// Where `node`'s journals in `scope` end here.
    pub fn place(&self, scope: Scope, node: NodeId) -> Place {
        match self.ends(scope, node).as_slice() {
            [] => Place::Nothing,
            [end] => Place::Life { life: end.life, seq: end.seq },
            ends => by_name(ends),
        }
    }

    /// The same with journals by name, for ends that share a life's number.
    pub fn place_by_name(&self, scope: Scope, node: NodeId) -> Place {
        by_name(&self.ends(scope, node))
    }

    /// The same for a peer at `peer`, with every life by name from the one it speaks of on: it may
    /// hold more of an earlier life than the later one says there was.
    pub fn place_for(&self, scope: Scope, node: NodeId, peer: &Place) -> Place {
        let latest = self.lives(scope, node).map(|chain| chain.opening().life).max();
        match peer {
            Place::Life { life, .. } if latest.is_some_and(|latest| latest > *life) => {
                let from = self.lives(scope, node).filter(|chain| chain.opening().life >= *life);
                let held: Vec<_> =
                    from.map(|chain| (chain.journal(), chain.durable_seq())).collect();
                let is_named = |end: &LiveEnd| held.iter().any(|(named, _)| *named == end.journal);
                let ends = self.ends(scope, node);
                let others = ends.iter().filter(|end| !is_named(end));
                let others = others.map(|end| (end.journal, end.seq));
                let named = others.chain(held.iter().copied()).take(RIVAL_ENDS_MAX);
                Place::Ends(named.collect())
            }
            Place::Nothing | Place::Life { .. } => self.place(scope, node),
            Place::Ends(_) => self.place_by_name(scope, node),
        }
    }

    /// Up to which entry a replica at `place` holds `chain`, one of that node's and scope's here,
    /// as far as this replica can tell: a later life says how far it follows the one before.
    pub fn held_at(&self, place: &Place, chain: &Chain) -> u64 {
        let (scope, node) = (chain.scope(), chain.author());
        let life = chain.opening().life;
        // What a replica that names only later lives holds of this one.
        let implied = || self.followed(chain.journal()).unwrap_or(0).min(chain.durable_seq());
        match place {
            Place::Nothing => 0,
            Place::Life { life: at, seq } if life == *at => *seq,
            Place::Life { life: at, .. } if life > *at => 0,
            Place::Life { life: at, .. } => {
                let known = self.lives(scope, node).any(|chain| chain.opening().life == *at);
                if known { implied() } else { chain.durable_seq() }
            }
            Place::Ends(ends) => {
                if let Some((_, seq)) = ends.iter().find(|(named, _)| *named == chain.journal()) {
                    return *seq;
                }
                let known =
                    |journal: &JournalId| self.chain(*journal).map(|end| end.opening().life);
                let later = |(journal, seq): &(JournalId, u64)| {
                    known(journal).filter(|named| *named > life).map(|_| *seq)
                };
                match ends.iter().filter_map(later).min() {
                    // It lost all of a later life, and nobody knows what of the earlier ones.
                    Some(0) => 0,
                    Some(_) => implied(),
                    // It names only lives that are not held here: they go on from this one where
                    // the lives held here do, and may rival the last of these.
                    None if ends.iter().any(|(journal, _)| known(journal).is_none()) => implied(),
                    None => 0,
                }
            }
        }
    }

    /// Whether this end has to say where it is with `node` in `scope`: a replica at `place` holds
    /// something that is not held here, or speaks of one live end where several are known here.
    pub fn is_behind(&self, place: &Place, scope: Scope, node: NodeId) -> bool {
        match place {
            Place::Nothing => false,
            Place::Life { life, seq } => {
                let of_life = |chain: &&Chain| chain.opening().life == *life;
                let held = self.lives(scope, node).filter(of_life).map(Chain::durable_seq).max();
                held.unwrap_or(0) < *seq || self.ends(scope, node).len() > 1
            }
            Place::Ends(ends) => ends
                .iter()
                .any(|(journal, seq)| self.chain(*journal).map_or(0, Chain::durable_seq) < *seq),
        }
    }
}

/// Beyond the bound the latest lives are named: they are the ones that still grow.
fn by_name(ends: &[LiveEnd]) -> Place {
    let latest = ends.iter().rev().take(RIVAL_ENDS_MAX);
    Place::Ends(latest.map(|end| (end.journal, end.seq)).collect())
}
