//! The state machine of one node.
//!
//! Told what happened, it says what to do. It does no I/O, reads no clock and rolls no dice.

pub mod commit;
pub mod effect;
pub mod figures;
pub mod folds;
pub mod input;
pub mod reports;
pub mod start;

mod command;
mod foreign;
mod own;
mod peers;
mod persisted;
mod rebuild;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use self::commit::{Commit, CommitId, StoreWrite};
use self::effect::{Accepted, Alarm, Change, Effect};
use self::folds::Folds;
use self::input::{Input, RequestId};
use self::own::OwnLives;
use self::reports::Reports;
use crate::credential::Envelope;
use crate::credential::admit::Role;
use crate::credential::set::CredentialSet;
use crate::fact::Fact;
use crate::frontier::Frontier;
use crate::id::{JournalId, LinkId, NodeId, SiteId};
use crate::journal::chain::{Tip, VerifiedBatch};
use crate::journal::journals::Journals;
use crate::journal::opening::Reclaim;
use crate::receipt::custody::Custody;
use crate::scope::Scope;
use crate::service::Origin;
use crate::sign::{PublicKey, Scheme, Signer};
use crate::sync::frame::Frame;
use crate::sync::session::{Replica, Session};
use crate::time::Timestamp;

/// What a node is, beside what its store holds.
#[derive(Debug)]
pub struct EngineConfig {
    /// The arithmetic of the town's signatures.
    pub scheme: Scheme,
    /// The public key that makes the town.
    pub root: PublicKey,
    /// This node's key.
    pub signer: Signer,
    /// Where this node's reader stands.
    pub site: Option<SiteId>,
    /// 32 random bytes, fresh at every start, from which journals get their names.
    pub seed: [u8; 32],
}

/// The state machine of one node. It does no I/O and reads no clock.
///
/// Call [`handle_input`](Self::handle_input) with what happened, drain
/// [`poll_effect`](Self::poll_effect), then sleep until [`poll_timeout`](Self::poll_timeout).
///
/// A resident sees `Indicate` with an outcome that was accepted only after the commit that holds
/// it is durable, and no peer is sent an entry before that.
#[derive(Debug)]
pub struct Engine {
    me: NodeId,
    signer: Signer,
    site: Option<SiteId>,
    credentials: CredentialSet,
    frontier: Frontier,
    folds: Folds,
    custody: Custody,
    reports: Reports,
    links: BTreeMap<LinkId, Session>,
    own: OwnLives,
    // The highest counter this node believes; the next fact's is one above.
    counter: u64,
    // Whether the disk refuses writes: commands are refused, foreign batches wait.
    store_refuses: bool,
    next_commit: u64,
    // Invariant: ascending, in the order the shell was given them.
    pending: BTreeMap<CommitId, PendingCommit>,
    // Invariant: what the foreign batches in `pending` cost.
    foreign_bytes: usize,
    // Own old journals whose lost tail came back, and when to take it back.
    reclaim_at: BTreeMap<JournalId, Duration>,
    // Journals of which a second branch was seen, so that each is told of once.
    forked: BTreeSet<JournalId>,
    effects: VecDeque<Effect>,
}

/// What waits for the disk.
#[derive(Debug, Default)]
struct PendingCommit {
    advanced: Vec<(JournalId, Tip)>,
    // This node's own facts, folded already so that the next command sees them.
    own: Vec<(Scope, Origin, Fact)>,
    // A batch of peers, folded once it is durable, and up to where each link brought it.
    foreign: Option<(BTreeMap<LinkId, u64>, VerifiedBatch)>,
    credentials: Vec<Envelope>,
    request: Option<(RequestId, Accepted)>,
    // Whether this node wrote it, so that it goes out at once.
    is_own: bool,
    // Own journals that are taken back.
    reclaims: Vec<(Scope, Reclaim)>,
}

impl PendingCommit {
    fn own() -> Self {
        Self { is_own: true, ..Self::default() }
    }
}

impl Engine {
    /// Tells the engine what happened.
    ///
    /// `journals` is what the store holds durably now; `now` the one reading of the clock.
    pub fn handle_input(&mut self, input: Input, journals: &dyn Journals, now: Timestamp) {
        match input {
            Input::Commanded { request, command } => self.on_commanded(request, &command, now),
            Input::LinkUp { link, peer, dialled } => {
                self.on_link_up(link, peer, dialled, journals, now);
            }
            Input::LinkDown { link } => self.on_link_down(link),
            Input::FrameReceived { link, bytes } => {
                self.on_frame_received(link, &bytes, journals, now);
            }
            Input::Persisted(commit) => self.on_persisted(commit, journals, now),
            Input::PersistFailed(commit) => self.on_persist_failed(commit, journals),
            Input::StoreReady => self.on_store_ready(journals, now),
            Input::CredentialsGiven(envelopes) => self.on_credentials_given(&envelopes),
            Input::Woken => self.on_woken(journals, now),
        }
    }

    /// The next thing to do, in order; none when everything is done.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When to say [`Input::Woken`], on the monotonic clock; none when nothing is due ever.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let links = self.links.values().map(Session::wake_at);
        let reclaims = self.reclaim_at.values().copied();
        let reports = self.reports.wake_at();
        links.chain(reclaims).chain(reports).min()
    }

    /// This node's name.
    pub fn me(&self) -> NodeId {
        self.me
    }

    /// Where this node's reader stands.
    pub fn site(&self) -> Option<SiteId> {
        self.site
    }

    /// Everything the admitted facts fold into.
    pub fn folds(&self) -> &Folds {
        &self.folds
    }

    /// What headquarters is known to hold.
    pub fn custody(&self) -> &Custody {
        &self.custody
    }

    /// The credentials held.
    pub fn credentials(&self) -> &CredentialSet {
        &self.credentials
    }

    /// The journals held.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Each link's peer, and whether the two were compared.
    pub fn links(&self) -> impl Iterator<Item = (LinkId, &Session)> {
        self.links.iter().map(|(link, session)| (*link, session))
    }

    /// Which nodes were heard when, and what they said they hold.
    pub fn reports(&self) -> &Reports {
        &self.reports
    }

    /// Whether the disk refuses writes, so that no command is accepted.
    pub fn store_refuses(&self) -> bool {
        self.store_refuses
    }

    /// How many commits wait for the disk.
    pub fn pending_commits(&self) -> usize {
        self.pending.len()
    }

    fn is_headquarters(&self, node: NodeId) -> bool {
        self.credentials.standing(node).is_some_and(|it| it.role == Role::Headquarters)
    }

    fn publish(&mut self, change: Change) {
        let told = self.effects.iter().any(|e| matches!(e, Effect::Publish(c) if *c == change));
        if !told {
            self.effects.push_back(Effect::Publish(change));
        }
    }

    fn alarm(&mut self, alarm: Alarm) {
        self.effects.push_back(Effect::Alarm(alarm));
    }

    fn persist(&mut self, writes: Vec<StoreWrite>, waits: PendingCommit) {
        if self.store_refuses {
            // Whoever sent it sends it again at the comparison that follows the disk's return.
            return;
        }
        let id = CommitId(self.next_commit);
        self.next_commit += 1;
        self.pending.insert(id, waits);
        self.effects.push_back(Effect::Persist(Commit { id, writes }));
    }

    fn send(&mut self, link: LinkId, frames: Vec<Frame>) {
        for frame in frames {
            self.effects.push_back(Effect::Send { link, frame: frame.to_bytes() });
        }
    }

    /// Has one link's conversation do something with the replica, and sends what comes of it.
    fn converse<T>(
        &mut self,
        link: LinkId,
        journals: &dyn Journals,
        now: Timestamp,
        act: impl FnOnce(&mut Session, &mut Replica<'_>, &mut Vec<Frame>) -> T,
    ) -> Option<T> {
        let session = self.links.get_mut(&link)?;
        let mut replica = Replica {
            me: self.me,
            credentials: &self.credentials,
            frontier: &mut self.frontier,
            journals,
            credentials_wait: self.store_refuses
                || self.pending.values().any(|commit| !commit.credentials.is_empty()),
            counter: self.counter,
            now,
        };
        let mut frames = Vec::new();
        let result = act(session, &mut replica, &mut frames);
        self.send(link, frames);
        Some(result)
    }

    fn linked(&self) -> Vec<LinkId> {
        self.links.keys().copied().collect()
    }

    fn touched(commits: &BTreeMap<CommitId, PendingCommit>) -> BTreeSet<Scope> {
        commits.values().flat_map(|commit| commit.own.iter().map(|(scope, ..)| *scope)).collect()
    }
}

#[cfg(test)]
mod tests;
