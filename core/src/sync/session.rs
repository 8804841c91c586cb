//! One link's conversation: who are you, are we equal, where do we differ.
//!
//! A comparison is begun by a hello, by either end, and by the dialler where both begin at once.
//! It leaves both ends knowing what the other held, after which [`Flow`] sends what is missing and
//! whatever comes later.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::PeerMisbehaved;
use super::flow::{Flow, Which};
use super::frame::{Frame, Hello};
use crate::credential::set::CredentialSet;
use crate::frontier::Frontier;
use crate::frontier::vector::Place;
use crate::id::{CredentialId, JournalId, NodeId};
use crate::journal::journals::{Journals, JournalsFault};
use crate::limits::{
    COMPARE_EVERY, CREDENTIAL_ROUNDS_MAX, FRAME_BYTES_MAX, PRESENT_WITHIN, RELAY_AFTER,
};
use crate::planted::{self, Bug};
use crate::scope::Scope;
use crate::time::Timestamp;

/// What a conversation needs to know of the replica.
pub struct Replica<'a> {
    /// This node.
    pub me: NodeId,
    /// The credentials held.
    pub credentials: &'a CredentialSet,
    /// The journals held.
    pub frontier: &'a mut Frontier,
    /// Their entries.
    pub journals: &'a dyn Journals,
    /// Whether credentials of peers have come that are not durable here yet.
    pub credentials_wait: bool,
    /// The highest counter this node believes.
    pub counter: u64,
    /// The moment.
    pub now: Timestamp,
}

impl std::fmt::Debug for Replica<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replica({:?})", self.me)
    }
}

/// Why a conversation cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionFault {
    /// It is the peer's fault: its link is closed.
    #[error(transparent)]
    Peer(#[from] PeerMisbehaved),
    /// It is the disk's: the node stops and says why.
    #[error(transparent)]
    Store(#[from] JournalsFault),
}

/// A comparison this end began: what it held when it said hello.
#[derive(Debug, Clone)]
struct Begun {
    digest: [u8; 16],
    // Of which frontier that was.
    version: u64,
    // None where the flow knew already that the peer holds all of it: in a quiet town that is so
    // at nearly every comparison, and there are a thousand journals to look at.
    ends: Option<BTreeMap<JournalId, u64>>,
}

/// One link's conversation.
#[derive(Debug, Clone)]
pub struct Session {
    peer: NodeId,
    dialled: bool,
    begun: Option<Begun>,
    // Until when a stranger has to introduce itself.
    stranger_until: Option<Duration>,
    // Whether the stranger was asked to.
    asked_who: bool,
    // Scopes in which this end knows what the peer holds, so that it may send.
    open: BTreeSet<Scope>,
    // Scopes whose vector was sent and not answered yet.
    unanswered: BTreeSet<Scope>,
    relay_at: Option<Duration>,
    compare_at: Duration,
    credential_rounds: u32,
    compared: bool,
    // Of which frontier the flow took up that the peer holds all of it.
    assumed: Option<u64>,
    /// What is on its way to the peer, and what it holds.
    pub flow: Flow,
}

impl Session {
    /// A new link to `peer`.
    ///
    /// A peer whose key is not known has a short time to introduce itself, asked or not.
    pub fn new(peer: NodeId, dialled: bool, known: bool, now: Timestamp) -> Self {
        Self {
            peer,
            dialled,
            begun: None,
            stranger_until: (!known).then(|| now.monotonic + PRESENT_WITHIN),
            asked_who: false,
            open: BTreeSet::new(),
            unanswered: BTreeSet::new(),
            relay_at: None,
            compare_at: now.monotonic + COMPARE_EVERY,
            credential_rounds: 0,
            compared: false,
            assumed: None,
            flow: Flow::default(),
        }
    }

    /// Who is at the other end, by its key; whether it is admitted is another question.
    pub fn peer(&self) -> NodeId {
        self.peer
    }

    /// Whether a comparison has ended, so that both ends know what the other lacks.
    pub fn is_compared(&self) -> bool {
        self.compared
    }

    /// Whether everything this end knows the peer to lack has arrived there.
    pub fn is_quiet(&self) -> bool {
        self.compared && self.begun.is_none() && self.unanswered.is_empty() && self.flow.is_idle()
    }

    /// The scopes both ends may read.
    pub fn shared(&self, replica: &Replica<'_>) -> Vec<Scope> {
        replica.credentials.shared_scopes(replica.me, self.peer)
    }

    /// Begins a comparison.
    pub fn begin(&mut self, replica: &mut Replica<'_>, out: &mut Vec<Frame>) {
        let (digest, _) = self.digest(replica);
        let ends = (!self.is_known(replica)).then(|| self.ends(replica));
        self.begun = Some(Begun { digest, version: replica.frontier.version(), ends });
        self.unanswered.clear();
        self.compare_at = replica.now.monotonic + COMPARE_EVERY;
        out.push(self.hello(replica, true, digest));
    }

    /// The peer said hello.
    ///
    /// # Errors
    /// [`SessionFault::Store`] when the store cannot be read.
    pub fn on_hello(
        &mut self,
        hello: Hello,
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        if replica.credentials.standing(self.peer).is_none() {
            self.ask_who(out);
            return Ok(());
        }
        self.stranger_until = None;
        if !hello.initiates {
            return self.on_answer(hello, replica, out);
        }
        if self.begun.is_some() && self.dialled {
            // Both began at once: the listener will answer what the dialler said.
            return Ok(());
        }
        self.begun = None;
        self.unanswered.clear();
        let (digest, scopes) = self.digest(replica);
        out.push(self.hello(replica, false, digest));
        // What differs is corrected by the vectors to come; what does not is known already.
        if !self.is_known(replica) || hello.digest != digest {
            self.assume(&self.ends(replica), replica);
            self.assumed = (hello.digest == digest).then(|| replica.frontier.version());
        }
        if hello.digest == digest {
            self.compared = true;
        } else {
            out.push(Frame::Digests { credentials: replica.credentials.digest(), scopes });
        }
        Ok(())
    }

    fn on_answer(
        &mut self,
        hello: Hello,
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        // A comparison begun twice is answered twice; the first answer ends it.
        let Some(begun) = self.begun.as_ref().filter(|begun| begun.digest == hello.digest) else {
            return Ok(());
        };
        let (version, ends) = (begun.version, begun.ends.clone());
        self.begun = None;
        self.compared = true;
        match ends {
            Some(ends) => {
                self.assume(&ends, replica);
                self.assumed = Some(version);
            }
            None if self.is_known(replica) => return Ok(()),
            None => {}
        }
        self.fill(replica, Which::All, out)
    }

    /// The peer, whose hello was different, says where.
    ///
    /// # Errors
    /// [`SessionFault::Peer`] when it never agrees on credentials or lists other scopes.
    pub fn on_digests(
        &mut self,
        credentials: [u8; 8],
        scopes: &[[u8; 8]],
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        let Some(begun) = self.begun.take() else {
            return Ok(());
        };
        if credentials != replica.credentials.digest() {
            self.credential_rounds += 1;
            if self.credential_rounds > CREDENTIAL_ROUNDS_MAX {
                return Err(PeerMisbehaved::CredentialsNeverAgree.into());
            }
            out.push(Frame::CredentialIds(replica.credentials.ids().collect()));
            return Ok(());
        }
        let shared = self.shared(replica);
        if shared.len() != scopes.len() {
            return Err(PeerMisbehaved::OutOfTurn("digests of other scopes").into());
        }
        self.credential_rounds = 0;
        // The two differ: what this end held then is taken up again, then corrected by the vectors.
        let ends = begun.ends.unwrap_or_else(|| self.ends(replica));
        self.assume(&ends, replica);
        self.assumed = None;
        for (index, (scope, theirs)) in (0..).zip(shared.into_iter().zip(scopes)) {
            let writers = replica.credentials.writers(scope);
            if replica.frontier.digest(scope, &writers) == *theirs {
                continue;
            }
            let places = writers.iter().map(|node| replica.frontier.place(scope, *node)).collect();
            self.open.remove(&scope);
            self.unanswered.insert(scope);
            out.push(Frame::Vector { scope: index, by_name: false, places });
        }
        self.compared = true;
        self.fill(replica, Which::All, out)
    }

    /// The peer lists the credentials it holds: it gets those it lacks, and is asked for others.
    pub fn on_credential_ids(
        &self,
        ids: &[CredentialId],
        replica: &Replica<'_>,
        out: &mut Vec<Frame>,
    ) {
        let theirs: BTreeSet<CredentialId> = ids.iter().copied().collect();
        let lacking: Vec<CredentialId> =
            replica.credentials.ids().filter(|id| !theirs.contains(id)).collect();
        Self::send_credentials(&lacking, replica, out);
        let wanted = theirs.into_iter().filter(|id| replica.credentials.get(*id).is_none());
        out.push(Frame::WantCredentials(wanted.collect()));
    }

    /// The peer asks for credentials. Asking for none, it holds all of them.
    pub fn on_want_credentials(
        &mut self,
        ids: &[CredentialId],
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) {
        Self::send_credentials(ids, replica, out);
        if ids.is_empty() && !replica.credentials_wait {
            // If this end lacks some too, it begins again once those are durable.
            self.begin(replica, out);
        }
    }

    fn send_credentials(ids: &[CredentialId], replica: &Replica<'_>, out: &mut Vec<Frame>) {
        // Appointments first: an admission is believed once its officer is.
        let mut envelopes: Vec<_> =
            ids.iter().filter_map(|id| replica.credentials.get(*id)).cloned().collect();
        envelopes.sort_by_key(|envelope| envelope.kind);
        let mut frame = Vec::new();
        let mut bytes = 0;
        for envelope in envelopes {
            let len = envelope.to_bytes().len() + 4;
            if bytes + len >= FRAME_BYTES_MAX {
                out.push(Frame::Credentials(std::mem::take(&mut frame)));
                bytes = 0;
            }
            bytes += len;
            frame.push(envelope);
        }
        if !frame.is_empty() {
            out.push(Frame::Credentials(frame));
        }
    }

    /// The peer does not know this node: it introduces itself, and waits to be greeted.
    pub fn on_who(&mut self, replica: &Replica<'_>, out: &mut Vec<Frame>) {
        self.begun = None;
        out.push(Frame::Present(replica.credentials.introduction(replica.me)));
        if replica.credentials.standing(self.peer).is_none() {
            self.ask_who(out);
        }
    }

    fn ask_who(&mut self, out: &mut Vec<Frame>) {
        if !std::mem::replace(&mut self.asked_who, true) {
            out.push(Frame::Who);
        }
    }

    /// A stranger showed credentials of this town; however slow the disk is, they have until past
    /// the next comparison to become durable.
    pub fn introduced(&mut self, now: Timestamp) {
        if self.stranger_until.is_some() {
            self.stranger_until = Some(now.monotonic + 2 * COMPARE_EVERY);
        }
    }

    /// The disk is back: whatever a stranger showed meanwhile was lost.
    pub fn ask_again(&mut self, out: &mut Vec<Frame>) {
        self.asked_who = false;
        self.ask_who(out);
    }

    /// The peer says where its journals in a scope end.
    ///
    /// # Errors
    /// [`SessionFault::Peer`] when the scope is not shared.
    pub fn on_vector(
        &mut self,
        index: u8,
        by_name: bool,
        places: &[Place],
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        let scope = self.shared_scope(index, replica)?;
        let writers = replica.credentials.writers(scope);
        if writers.len() != places.len() {
            // Credentials changed under the conversation: compare afresh.
            self.begin(replica, out);
            return Ok(());
        }
        if planted::is(Bug::AsksTwice) && !by_name {
            let places = writers.iter().map(|node| replica.frontier.place_by_name(scope, *node));
            out.push(Frame::Vector { scope: index, by_name: true, places: places.collect() });
            return Ok(());
        }
        let mut behind = Vec::new();
        let mut ahead = false;
        for (number, (node, place)) in (0..).zip(writers.iter().zip(places)) {
            ahead |= self.learn(scope, *node, place, replica);
            if replica.frontier.is_behind(place, scope, *node) {
                behind.push((number, replica.frontier.place_for(scope, *node, place)));
            }
        }
        if !ahead && behind.is_empty() && !by_name {
            // Equal by number and yet different: two lives share a number somewhere.
            let places = writers.iter().map(|node| replica.frontier.place_by_name(scope, *node));
            self.unanswered.insert(scope);
            out.push(Frame::Vector { scope: index, by_name: true, places: places.collect() });
        }
        out.push(Frame::Behind { scope: index, places: behind });
        self.open.insert(scope);
        self.fill(replica, Which::All, out)
    }

    /// The peer says where it is behind.
    ///
    /// # Errors
    /// [`SessionFault::Peer`] when the scope is not shared.
    pub fn on_behind(
        &mut self,
        index: u8,
        places: &[(u16, Place)],
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        let scope = self.shared_scope(index, replica)?;
        let writers = replica.credentials.writers(scope);
        let mut behind = Vec::new();
        for (number, place) in places {
            let Some(node) = writers.get(usize::from(*number)) else { continue };
            self.learn(scope, *node, place, replica);
            if replica.frontier.is_behind(place, scope, *node) {
                behind.push((*number, replica.frontier.place_for(scope, *node, place)));
            }
        }
        let asked = self.unanswered.remove(&scope);
        if asked && !behind.is_empty() {
            // Each end lacks something of one node: a tail of an earlier life that this end lost.
            out.push(Frame::Behind { scope: index, places: behind });
        }
        self.open.insert(scope);
        self.fill(replica, Which::All, out)
    }

    /// Notes what a peer at `place` holds of each of a node's journals here; whether it lacks any.
    fn learn(&mut self, scope: Scope, node: NodeId, place: &Place, replica: &Replica<'_>) -> bool {
        let mut lacks = false;
        for (chain, held) in replica.frontier.held_at(place, scope, node) {
            lacks |= held < chain.durable_seq();
            self.flow.peer_holds_exactly(chain.journal(), held);
        }
        lacks
    }

    /// The peer made entries durable.
    ///
    /// # Errors
    /// [`SessionFault::Store`] when the store cannot be read.
    pub fn on_have(
        &mut self,
        journal: JournalId,
        seq: u64,
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        if replica.frontier.chain(journal).is_some() {
            self.flow.acknowledged(journal, seq);
        }
        self.resume(replica, out)
    }

    /// The peer could not attach a batch.
    ///
    /// # Errors
    /// [`SessionFault::Store`] when the store cannot be read.
    pub fn on_gap(
        &mut self,
        journal: JournalId,
        seq: u64,
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        if let Some(chain) = replica.frontier.chain(journal) {
            let gaps = self.flow.gap(journal, seq);
            // A life that does not attach again and again: the peer's earlier life of that number
            // is another one than was thought, and it lacks the life that this one follows.
            let before = chain.opening().predecessor.map(|end| end.journal);
            let before = before.filter(|it| replica.frontier.chain(*it).is_some());
            if let Some(before) = before.filter(|_| seq == 0 && gaps == 2) {
                self.flow.peer_holds_exactly(before, 0);
            }
        }
        self.fill(replica, Which::All, out)
    }

    fn resume(
        &mut self,
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        if self.flow.may_resume() { self.fill(replica, Which::All, out) } else { Ok(()) }
    }

    /// This node's own entries became durable: they go out at once.
    ///
    /// # Errors
    /// [`SessionFault::Store`] when the store cannot be read.
    pub fn push_own(
        &mut self,
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        let own = Which::Of(replica.me);
        self.fill(replica, own, out)
    }

    /// Somebody else's entries became durable here: they go on unless the peer has them by then.
    pub fn relay_soon(&mut self, now: Timestamp) {
        self.relay_at.get_or_insert(now.monotonic + RELAY_AFTER);
    }

    /// When this conversation wants to be woken next.
    pub fn wake_at(&self) -> Duration {
        let relay = self.relay_at.unwrap_or(Duration::MAX);
        let stranger = self.stranger_until.unwrap_or(Duration::MAX);
        self.compare_at.min(relay).min(stranger)
    }

    /// Does what is due.
    ///
    /// # Errors
    /// [`SessionFault::Peer`] when a stranger did not introduce itself in time.
    pub fn on_wake(
        &mut self,
        replica: &mut Replica<'_>,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        let now = replica.now.monotonic;
        if self.stranger_until.is_some_and(|until| until <= now) {
            if replica.credentials.standing(self.peer).is_none() {
                return Err(PeerMisbehaved::TooSlow.into());
            }
            self.stranger_until = None;
        }
        if self.relay_at.is_some_and(|at| at <= now) {
            self.relay_at = self.relay_at.filter(|_| planted::is(Bug::TimerStays));
            self.fill(replica, Which::All, out)?;
        }
        if self.compare_at <= now {
            self.compare_at = now + COMPARE_EVERY;
            // Rounds are counted to end a quarrel, not a conversation with a slow disk.
            self.credential_rounds = 0;
            if replica.credentials.standing(self.peer).is_none() {
                self.ask_again(out);
                return Ok(());
            }
            // One end is enough; the listener's turn comes only if the dialler has fallen silent.
            let begins = self.dialled || self.begun.is_some();
            if begins && !planted::is(Bug::ComparesNoMore) {
                self.begin(replica, out);
            }
        }
        Ok(())
    }

    fn fill(
        &mut self,
        replica: &mut Replica<'_>,
        which: Which,
        out: &mut Vec<Frame>,
    ) -> Result<(), SessionFault> {
        if self.open.is_empty() {
            return Ok(());
        }
        Ok(self.flow.fill(replica.frontier, replica.journals, &self.open, which, out)?)
    }

    /// The peer holds what is held here by `ends`: the two were equal then, or will say where not.
    fn assume(&mut self, ends: &BTreeMap<JournalId, u64>, replica: &Replica<'_>) {
        for (journal, seq) in ends {
            self.flow.peer_holds_exactly(*journal, *seq);
        }
        self.open = self.shared(replica).into_iter().collect();
    }

    /// Whether the flow knows that the peer holds everything that is held here, all of it arrived.
    fn is_known(&self, replica: &Replica<'_>) -> bool {
        self.assumed == Some(replica.frontier.version()) && self.flow.is_settled()
    }

    fn ends(&self, replica: &Replica<'_>) -> BTreeMap<JournalId, u64> {
        let shared: BTreeSet<Scope> = self.shared(replica).into_iter().collect();
        let chains = replica.frontier.in_order().filter(|chain| shared.contains(&chain.scope()));
        chains.map(|chain| (chain.journal(), chain.durable_seq())).collect()
    }

    /// The digest of a hello, and of each shared scope.
    fn digest(&self, replica: &mut Replica<'_>) -> ([u8; 16], Vec<[u8; 8]>) {
        let mut hasher = blake3::Hasher::new();
        if !planted::is(Bug::HelloWithoutCredentials) {
            hasher.update(&replica.credentials.digest());
        }
        let mut scopes = Vec::new();
        for scope in self.shared(replica) {
            let writers = || replica.credentials.writers(scope);
            let digest = replica.frontier.digest_of(scope, writers);
            hasher.update(&digest);
            scopes.push(digest);
        }
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        (digest, scopes)
    }

    fn hello(&self, replica: &Replica<'_>, initiates: bool, digest: [u8; 16]) -> Frame {
        let shared = self.shared(replica).len();
        let scopes = u64::MAX.checked_shr(u32::try_from(64 - shared).unwrap_or(0)).unwrap_or(0);
        let wall = replica.now.wall;
        Frame::Hello(Hello { initiates, scopes, digest, wall, counter: replica.counter })
    }

    fn shared_scope(&self, index: u8, replica: &Replica<'_>) -> Result<Scope, PeerMisbehaved> {
        let shared = self.shared(replica);
        shared.get(usize::from(index)).copied().ok_or(PeerMisbehaved::NoSuchScope(index))
    }
}
