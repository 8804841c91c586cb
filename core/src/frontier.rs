//! The frontier: every journal held here, and where each node's live end in each scope is.

pub mod vector;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::id::{Hash, JournalId, NodeId, TownId};
use crate::journal::batch::Batch;
use crate::journal::chain::{Chain, DoesNotAttach, Tip, VerifiedBatch};
use crate::journal::opening::{End, Reclaim};
use crate::scope::Scope;

/// The order in which journals go over a thin line: urgent scopes first, and of one node in one
/// scope the earlier life first, since a later one attaches only to it.
type SendKey = (u8, Scope, NodeId, u64, JournalId);

/// Where a journal ends here, with nothing that goes on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveEnd {
    /// Which journal.
    pub journal: JournalId,
    /// The how-manieth life of its node it is.
    pub life: u64,
    /// Its last durable entry; 0 when a later life is held and nothing of this one.
    pub seq: u64,
    /// Its head there; zeros when nothing is held.
    pub head: Hash,
}

/// Every journal held, by name and by whose life it is.
#[derive(Debug, Clone)]
pub struct Frontier {
    town: TownId,
    chains: BTreeMap<JournalId, Chain>,
    // Invariant: one key for each chain of `chains`.
    order: BTreeSet<SendKey>,
    // Invariant: how many chains there are of each node in each scope.
    held: BTreeMap<(Scope, NodeId), usize>,
    // Invariant: the highest durable reclaim of each journal by the node that wrote it.
    reclaimed: BTreeMap<(Scope, NodeId, JournalId), u64>,
    // Invariant: digests of scopes in which nothing became durable since they were computed.
    digests: BTreeMap<Scope, [u8; 8]>,
    // Invariant: what `find_ends` says, for some. A node begins a life at each start, and is seldom
    // asked about without one: nobody walks through all of them for each entry.
    known_ends: BTreeMap<(Scope, NodeId), Vec<LiveEnd>>,
    // Grows whenever something may be held, or count, that did not.
    version: u64,
}

impl Frontier {
    /// The frontier of a replica that holds nothing.
    pub fn new(town: TownId) -> Self {
        Self {
            town,
            chains: BTreeMap::new(),
            order: BTreeSet::new(),
            held: BTreeMap::new(),
            reclaimed: BTreeMap::new(),
            digests: BTreeMap::new(),
            known_ends: BTreeMap::new(),
            version: 0,
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

    /// A number that is the same only while nothing more, and nothing less, is held durably.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Takes up a chain. Its entries count here once they are durable.
    pub fn insert(&mut self, chain: Chain) {
        let journal = chain.journal();
        let scope = chain.scope();
        self.order.insert((scope.priority(), scope, chain.author(), chain.opening().life, journal));
        self.digests.remove(&scope);
        self.version += 1;
        let author = chain.author();
        self.known_ends.remove(&(scope, author));
        if self.chains.insert(journal, chain).is_none() {
            *self.held.entry((scope, author)).or_default() += 1;
        }
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
        let chain = self.chains.get_mut(&journal).expect("a restored batch has a chain");
        self.known_ends.remove(&(chain.scope(), chain.author()));
        chain.restore(batch)
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
        let (scope, author) = (chain.scope(), chain.author());
        self.digests.remove(&scope);
        self.version += 1;
        match self.known_ends.get_mut(&(scope, author)).map(Vec::as_mut_slice) {
            // The one live end is its last life's, which nobody follows: it moves on.
            Some([end]) if end.journal == journal && end.seq > 0 => {
                let position = chain.durable().expect("it was just made durable").position;
                (end.seq, end.head) = (position.seq, position.head);
            }
            Some(_) => drop(self.known_ends.remove(&(scope, author))),
            None => {}
        }
    }

    /// What awaited the disk will not come: every chain stands where it stands durably, and
    /// chains of which nothing is durable are gone.
    pub fn fall_back(&mut self) {
        self.version += 1;
        self.known_ends.clear();
        for chain in self.chains.values_mut() {
            chain.fall_back(self.town);
        }
        self.chains.retain(|_, chain| chain.durable().is_some());
        self.order.retain(|(.., journal)| self.chains.contains_key(journal));
        self.held.clear();
        for (_, scope, node, ..) in &self.order {
            *self.held.entry((*scope, *node)).or_default() += 1;
        }
    }

    /// `node` took back its own journal in `scope` up to `reclaim`.
    pub fn reclaim(&mut self, scope: Scope, node: NodeId, reclaim: Reclaim) {
        let End { journal, seq, .. } = reclaim.end;
        let upto = self.reclaimed.entry((scope, node, journal)).or_default();
        *upto = seq.max(*upto);
        self.known_ends.remove(&(scope, node));
        self.digests.remove(&scope);
        self.version += 1;
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
        self.followed(journal).unwrap_or(u64::MAX)
    }

    /// Up to which entry of a journal a later life of its node goes on; none where none does.
    fn followed(&self, journal: JournalId) -> Option<u64> {
        let chain = self.chains.get(&journal)?;
        let (scope, node) = (chain.scope(), chain.author());
        let predecessors = self.lives(scope, node).filter_map(|life| life.opening().predecessor);
        let ended = predecessors.filter(|end| end.journal == journal).map(|end| end.seq).max()?;
        Some(self.stood_by(scope, node, journal, ended))
    }

    fn stood_by(&self, scope: Scope, node: NodeId, journal: JournalId, ended: u64) -> u64 {
        let reclaimed = self.reclaimed.get(&(scope, node, journal)).copied();
        ended.max(reclaimed.unwrap_or(0))
    }

    /// How far the entries of `journal` that are held durably count without a doubt.
    pub fn settled(&self, journal: JournalId) -> u64 {
        let held = self.chain(journal).map_or(0, Chain::durable_seq);
        self.undisputed(journal).min(held)
    }

    /// How many journals of one node in one scope are held.
    pub fn lives_held(&self, scope: Scope, node: NodeId) -> usize {
        self.held.get(&(scope, node)).copied().unwrap_or(0)
    }

    /// Where one node's journals in one scope end here, earliest life first: one live end, unless
    /// ends rival or a later life is held without all of the life it follows.
    pub fn ends(&self, scope: Scope, node: NodeId) -> Cow<'_, [LiveEnd]> {
        match self.known_ends.get(&(scope, node)) {
            None => Cow::Owned(self.find_ends(scope, node)),
            Some(ends) => {
                debug_assert_eq!(*ends, self.find_ends(scope, node), "{scope} {node:?}");
                Cow::Borrowed(ends)
            }
        }
    }

    fn find_ends(&self, scope: Scope, node: NodeId) -> Vec<LiveEnd> {
        // Up to where each life is followed, and the number of the life before the one that says so.
        let mut followed: BTreeMap<JournalId, (u64, u64)> = BTreeMap::new();
        for life in self.lives(scope, node) {
            if let Some(end) = life.opening().predecessor {
                let before = life.opening().life.saturating_sub(1);
                let (upto, _) = followed.entry(end.journal).or_insert((0, before));
                *upto = end.seq.max(*upto);
            }
        }
        let mut ends: Vec<LiveEnd> = Vec::new();
        for chain in self.lives(scope, node) {
            let journal = chain.journal();
            let position = chain.durable().expect("a held life is durable").position;
            let upto = followed.remove(&journal);
            let upto = upto.map(|(ended, _)| self.stood_by(scope, node, journal, ended));
            if upto != Some(position.seq) {
                let life = chain.opening().life;
                ends.push(LiveEnd { journal, life, seq: position.seq, head: position.head });
            }
        }
        let lost = followed.into_iter().map(|(journal, (_, life))| {
            let head = Hash([0; 32]);
            LiveEnd { journal, life, seq: 0, head }
        });
        ends.extend(lost);
        ends.sort_by_key(|end| (end.life, end.journal));
        ends
    }

    /// Eight bytes that two replicas share exactly when they hold the same of a scope.
    pub fn digest(&mut self, scope: Scope, writers: &[NodeId]) -> [u8; 8] {
        self.digest_of(scope, || writers.to_vec())
    }

    /// The same, where finding the writers costs more than the answer, which is often known.
    pub fn digest_of(&mut self, scope: Scope, writers: impl FnOnce() -> Vec<NodeId>) -> [u8; 8] {
        if let Some(digest) = self.digests.get(&scope) {
            return *digest;
        }
        let writers = writers();
        for node in &writers {
            if !self.known_ends.contains_key(&(scope, *node)) {
                let ends = self.find_ends(scope, *node);
                self.known_ends.insert((scope, *node), ends);
            }
        }
        let digest = self.digest_now(scope, &writers);
        self.digests.insert(scope, digest);
        digest
    }

    /// The same, computed without keeping it.
    pub fn digest_now(&self, scope: Scope, writers: &[NodeId]) -> [u8; 8] {
        let mut hasher = blake3::Hasher::new();
        for node in writers {
            for end in self.ends(scope, *node).iter() {
                hasher.update(end.journal.as_bytes());
                hasher.update(&end.seq.to_be_bytes()).update(&end.head.0);
            }
        }
        let mut digest = [0; 8];
        hasher.finalize_xof().fill(&mut digest);
        digest
    }

    /// Forgets cached digests: who may write has changed.
    pub fn writers_changed(&mut self) {
        self.digests.clear();
        self.version += 1;
    }
}
