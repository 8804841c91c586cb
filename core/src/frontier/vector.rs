//! Vectors: a whole frontier in about three bytes a node.
//!
//! A vector has a place for each node admitted to write a scope, in the order of node ids, which
//! both ends know since their credentials were equalised first. A place is `0` for nothing,
//! `life + 1, seq` for one live end, or `1, count, (journal 8, seq)…` where ends rival.

use std::collections::BTreeMap;

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
        match &*self.ends(scope, node) {
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

    /// Up to where a replica at `place` holds each of that node's and scope's journals held here,
    /// as far as this replica can tell: whoever holds a life holds the lives it follows.
    pub fn held_at(&self, place: &Place, scope: Scope, node: NodeId) -> Vec<(&Chain, u64)> {
        let lives = || self.lives(scope, node);
        match place {
            Place::Nothing => lives().map(|chain| (chain, 0)).collect(),
            Place::Life { life: at, seq } => {
                let named = lives().filter(|chain| chain.opening().life == *at);
                let implied = self.implied(named.map(Chain::journal));
                let is_known = lives().any(|chain| chain.opening().life == *at);
                let held = |chain: &Chain| match chain.opening().life {
                    life if life == *at => *seq,
                    life if life > *at => 0,
                    // It is ahead by a life that is not held here, and goes on from these.
                    _ if !is_known => chain.durable_seq(),
                    _ => implied.get(&chain.journal()).copied().unwrap_or(0),
                };
                lives().map(|chain| (chain, held(chain))).collect()
            }
            Place::Ends(ends) => {
                let named: BTreeMap<JournalId, u64> = ends.iter().copied().collect();
                let lost = ends.iter().filter(|(_, seq)| *seq == 0);
                let lost = lost.filter_map(|(journal, _)| self.chain(*journal));
                let lost = lost.map(|chain| chain.opening().life).max().unwrap_or(0);
                let is_known = ends.iter().all(|(journal, _)| self.chain(*journal).is_some());
                let mut implied = self.implied(named.keys().copied());
                if !is_known {
                    // They go on from here as the lives held here do, and may rival the last ones.
                    let all = self.implied(lives().map(Chain::journal));
                    all.into_iter().for_each(|(journal, seq)| {
                        implied.entry(journal).or_insert(seq);
                    });
                }
                let held = |chain: &Chain| match named.get(&chain.journal()) {
                    Some(seq) => *seq,
                    // It lost all of a later life, and nobody knows what of the earlier ones.
                    None if chain.opening().life < lost => 0,
                    None => implied.get(&chain.journal()).copied().unwrap_or(0),
                };
                lives().map(|chain| (chain, held(chain))).collect()
            }
        }
    }

    /// Up to where whoever holds these journals whole holds those they follow.
    fn implied(&self, journals: impl Iterator<Item = JournalId>) -> BTreeMap<JournalId, u64> {
        let mut implied: BTreeMap<JournalId, u64> = BTreeMap::new();
        for journal in journals {
            let mut follower = self.chain(journal);
            while let Some(chain) = follower.take() {
                let Some(end) = chain.opening().predecessor else { break };
                let held = self.stood_by(chain.scope(), chain.author(), end.journal, end.seq);
                let upto = implied.entry(end.journal).or_default();
                if *upto < held {
                    *upto = held;
                    follower = self.chain(end.journal);
                }
            }
        }
        implied
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
