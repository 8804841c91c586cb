//! This node's own journals: which life is written now, and when a new one begins.
//!
//! No life outlives a run. Nothing on a disk can say that its newest entries are all that ever left
//! it: a flush that lied, a backup put back and a card that was copied look like a clean close.

use std::collections::BTreeMap;

use minicbor::bytes::ByteArray;

use crate::frontier::Frontier;
use crate::id::{JournalId, NodeId, TownId};
use crate::journal::chain::Chain;
use crate::journal::opening::{End, Opening};
use crate::planted::{self, Bug};
use crate::scope::Scope;

/// The journals this node writes in this run.
#[derive(Debug)]
pub(super) struct OwnLives {
    me: NodeId,
    town: TownId,
    writing: BTreeMap<Scope, JournalId>,
    seed: [u8; 32],
    drawn: u64,
}

/// The journal the next fact goes into.
#[derive(Debug)]
pub(super) enum Life {
    /// It has begun.
    Begun(JournalId),
    /// It begins with this opening.
    New(Box<Chain>),
}

impl OwnLives {
    pub(super) fn new(me: NodeId, town: TownId, seed: [u8; 32]) -> Self {
        Self { me, town, writing: BTreeMap::new(), seed, drawn: 0 }
    }

    /// The journal to write in `scope`: the one this run began, or a new life.
    pub(super) fn life(&mut self, scope: Scope, frontier: &Frontier) -> Life {
        if let Some(journal) = self.writing.get(&scope) {
            return Life::Begun(*journal);
        }
        let latest = frontier.lives(scope, self.me).max_by_key(|chain| chain.opening().life);
        if let Some(chain) = latest.filter(|_| planted::is(Bug::LifeGoesOn)) {
            self.writing.insert(scope, chain.journal());
            return Life::Begun(chain.journal());
        }
        let opening = Opening {
            node: self.me,
            scope,
            life: latest.map_or(1, |chain| chain.opening().life + 1),
            nonce: self.draw(),
            predecessor: latest.map(end),
        };
        let chain = Chain::new(self.town, opening);
        self.writing.insert(scope, chain.journal());
        Life::New(Box::new(chain))
    }

    /// A peer gave this node entries of `journal`, its own: another device writes under its key, or
    /// did. If that is the journal it writes, another life begins.
    pub(super) fn outgrow(&mut self, scope: Scope, journal: JournalId) {
        if self.writing.get(&scope) == Some(&journal) {
            self.writing.remove(&scope);
        }
    }

    /// Journals that fell back to nothing begin again.
    pub(super) fn fall_back(&mut self, frontier: &Frontier) {
        self.writing.retain(|_, journal| frontier.chain(*journal).is_some());
    }

    fn draw(&mut self) -> ByteArray<16> {
        self.drawn += 1;
        let mut hasher = blake3::Hasher::new_keyed(&self.seed);
        hasher.update(&self.drawn.to_be_bytes());
        let mut nonce = [0; 16];
        hasher.finalize_xof().fill(&mut nonce);
        ByteArray::from(nonce)
    }
}

/// Where a chain ends durably.
pub(super) fn end(chain: &Chain) -> End {
    let position = chain.durable().expect("a held life is durable").position;
    End { journal: chain.journal(), seq: position.seq, head: position.head }
}
