//! This node's own journals: which life is written now, and when a new one begins.

use std::collections::{BTreeMap, BTreeSet};

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
    // Whether the last run ended with a clean close, so that its lives may go on.
    closed_cleanly: bool,
    writing: BTreeMap<Scope, JournalId>,
    // Scopes whose life of the last run must not go on: a peer holds more of it.
    outgrown: BTreeSet<Scope>,
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
    pub(super) fn new(me: NodeId, town: TownId, closed_cleanly: bool, seed: [u8; 32]) -> Self {
        let writing = BTreeMap::new();
        Self { me, town, closed_cleanly, writing, outgrown: BTreeSet::new(), seed, drawn: 0 }
    }

    /// The journal to write in `scope`, and a new life where none may go on.
    ///
    /// `counter` is the highest this node believes: a life that ran past it does not go on.
    pub(super) fn life(&mut self, scope: Scope, frontier: &Frontier, counter: u64) -> Life {
        if let Some(journal) = self.writing.get(&scope) {
            return Life::Begun(*journal);
        }
        let latest = frontier.lives(scope, self.me).max_by_key(|chain| chain.opening().life);
        if let Some(chain) = latest
            && (self.closed_cleanly || planted::is(Bug::UncleanLifeGoesOn))
            && !self.outgrown.contains(&scope)
            && chain.tip().position.counter <= counter
        {
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

    /// A peer gave this node entries of `journal`, its own: it had lost them. If that is the
    /// journal it writes, or would go on writing, another life begins.
    pub(super) fn outgrow(&mut self, scope: Scope, journal: JournalId) {
        if self.writing.get(&scope).is_none_or(|writing| *writing == journal) {
            self.writing.remove(&scope);
            self.outgrown.insert(scope);
        }
    }

    /// Whether no life of an unclean run is left to go on: after a crash, a scope that was not
    /// written since must still begin a new life, however cleanly this run closes.
    pub(super) fn is_settled(&self, frontier: &Frontier) -> bool {
        let mut own = frontier.in_order().filter(|chain| chain.author() == self.me);
        own.all(|chain| {
            let scope = chain.scope();
            self.writing.contains_key(&scope)
                || (self.closed_cleanly && !self.outgrown.contains(&scope))
        })
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
