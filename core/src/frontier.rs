//! The frontier: every journal held here, and where each node's live end in each scope is.

pub mod vector;

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{JournalId, NodeId, TownId};
use crate::journal::batch::Batch;
use crate::journal::chain::{Chain, DoesNotAttach, Tip, VerifiedBatch};
use crate::journal::opening::{End, Reclaim};
use crate::scope::Scope;

/// The order in which journals go over a thin line: urgent scopes first, and of one node in one
/// scope the earlier life first, since a later one attaches only to it.
type SendKey = (u8, Scope, NodeId, u64, JournalId);

/// Every journal held, by name and by whose life it is.
#[derive(Debug, Clone)]
pub struct Frontier {
    town: TownId,
    chains: BTreeMap<JournalId, Chain>,
    // Invariant: one key for each chain of `chains`.
    order: BTreeSet<SendKey>,
    // Invariant: the highest durable reclaim of each journal.
    reclaimed: BTreeMap<JournalId, u64>,
    // Invariant: digests of scopes in which nothing became durable since they were computed.
    digests: BTreeMap<Scope, [u8; 8]>,
}

impl Frontier {
    /// The frontier of a replica that holds nothing.
    pub fn new(town: TownId) -> Self {
        Self {
            town,
            chains: BTreeMap::new(),
            order: BTreeSet::new(),
            reclaimed: BTreeMap::new(),
            digests: BTreeMap::new(),
        }
    }

    /// The chain of that journal, if it is held.
    pub fn chain(&self, journal: JournalId) -> Option<&Chain> {
        self.chains.get(&journal)
    }

    /// Every chain, in the order of sending.
    pub fn in_order(&self) -> impl Iterator<Item = &Chain> {
        self.order.iter().filter_map(|(.., journal)| self.chains.get(journal))
    }

    /// Takes up a chain. Its entries count here once they are durable.
    pub fn insert(&mut self, chain: Chain) {
        let journal = chain.journal();
        let scope = chain.scope();
        self.order.insert((scope.priority(), scope, chain.author(), chain.opening().life, journal));
        self.digests.remove(&scope);
        self.chains.insert(journal, chain);
    }

    /// Takes up a batch of this node's own store.
    ///
    /// # Errors
    /// [`DoesNotAttach`] when the store does not hold what it held.
    ///
    /// # Panics
    /// When the journal is not held.
    pub fn restore(
        &mut self,
        journal: JournalId,
        batch: Batch,
    ) -> Result<VerifiedBatch, DoesNotAttach> {
        self.chains.get_mut(&journal).expect("a restored batch has a chain").restore(batch)
    }

    /// Moves a chain's tip to where an attached batch ends; it awaits the disk.
    ///
    /// # Panics
    /// When the journal is not held.
    pub fn advance(&mut self, journal: JournalId, tip: Tip) {
        self.chains.get_mut(&journal).expect("an attached batch has a chain").advance(tip);
    }

    /// Everything of `journal` up to `tip` is on the disk.
    ///
    /// # Panics
    /// When the journal is not held.
    pub fn made_durable(&mut self, journal: JournalId, tip: Tip) {
        let chain = self.chains.get_mut(&journal).expect("what was persisted has a chain");
        chain.made_durable(tip);
        let scope = chain.scope();
        self.digests.remove(&scope);
    }

    /// What awaited the disk will not come: every chain stands where it stands durably, and
    /// chains of which nothing is durable are gone.
    pub fn fall_back(&mut self) {
        for chain in self.chains.values_mut() {
            chain.fall_back(self.town);
        }
        self.chains.retain(|_, chain| chain.durable().is_some());
        self.order.retain(|(.., journal)| self.chains.contains_key(journal));
    }

    /// A node took back its own journal up to `reclaim`.
    pub fn reclaim(&mut self, reclaim: Reclaim) {
        let End { journal, seq, .. } = reclaim.end;
        let upto = self.reclaimed.entry(journal).or_default();
        *upto = seq.max(*upto);
        self.digests.clear();
    }

    /// The journals of one node in one scope, earliest life first, as far as something is durable.
    pub fn lives(&self, scope: Scope, node: NodeId) -> impl DoubleEndedIterator<Item = &Chain> {
        let first = (scope.priority(), scope, node, 0, JournalId([0; 8]));
        let last = (scope.priority(), scope, node, u64::MAX, JournalId([0xff; 8]));
        self.order
            .range(first..=last)
            .filter_map(|(.., journal)| self.chains.get(journal))
            .filter(|chain| chain.durable().is_some())
    }

    /// Up to which entry a journal's author stands by it: everything, unless a later life says it
    /// ended earlier and the author has not taken the rest back.
    pub fn undisputed(&self, journal: JournalId) -> u64 {
        let Some(chain) = self.chains.get(&journal) else {
            return 0;
        };
        let ended = self.lives(chain.scope(), chain.author()).filter_map(|life| {
            let predecessor = life.opening().predecessor?;
            (predecessor.journal == journal).then_some(predecessor.seq)
        });
        let reclaimed = self.reclaimed.get(&journal).copied();
        ended.max().map_or(u64::MAX, |ended| ended.max(reclaimed.unwrap_or(0)))
    }

    /// Where one node's journals in one scope end here: one live end, or several that rival.
    pub fn ends(&self, scope: Scope, node: NodeId) -> Vec<&Chain> {
        self.lives(scope, node).filter(|chain| chain.durable_seq() > self.followed(chain)).collect()
    }

    /// Up to which entry of `chain` a later life goes on; 0 where none does.
    fn followed(&self, chain: &Chain) -> u64 {
        match self.undisputed(chain.journal()) {
            u64::MAX => 0,
            upto => upto,
        }
    }

    /// Eight bytes that two replicas share exactly when they hold the same of a scope.
    pub fn digest(&mut self, scope: Scope, writers: &[NodeId]) -> [u8; 8] {
        if let Some(digest) = self.digests.get(&scope) {
            return *digest;
        }
        let digest = self.digest_now(scope, writers);
        self.digests.insert(scope, digest);
        digest
    }

    /// The same, computed without keeping it.
    pub fn digest_now(&self, scope: Scope, writers: &[NodeId]) -> [u8; 8] {
        let mut hasher = blake3::Hasher::new();
        for node in writers {
            for end in self.ends(scope, *node) {
                let position = end.durable().expect("an end is durable").position;
                hasher.update(end.journal().as_bytes());
                hasher.update(&position.seq.to_be_bytes()).update(&position.head.0);
            }
        }
        let mut digest = [0; 8];
        hasher.finalize_xof().fill(&mut digest);
        digest
    }

    /// Forgets cached digests: who may write has changed.
    pub fn writers_changed(&mut self) {
        self.digests.clear();
    }
}
