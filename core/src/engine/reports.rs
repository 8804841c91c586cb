//! Signed reports: what headquarters holds, who was heard when, and whether two states differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use minicbor::bytes::ByteArray;

use super::commit::StoreWrite;
use super::effect::{Alarm, Change};
use super::folds::FOLD_VERSION;
use super::{Engine, PendingCommit};
use crate::id::{EntryId, JournalId, LinkId, NodeId};
use crate::journal::chain::{Chain, VerifiedBatch};
use crate::limits::{
    RECEIPT_BYTES_MAX, RECEIPT_ENDS_MAX, RECEIPT_EVERY, RELAY_SIGNS_AFTER, RIVAL_ENDS_MAX,
};
use crate::receipt::{Alive, Body, Claim, HeldEnd, Receipt, Report};
use crate::scope::Scope;
use crate::sync::PeerMisbehaved;
use crate::sync::frame::Frame;
use crate::sync::session::Session;
use crate::time::{Timestamp, Wall};

/// How long after the last entry from a peer a session counts as ended, so that a receipt is due.
const QUIET: Duration = Duration::from_secs(1);

/// The most links that a sign of life names.
const LINKS_TOLD_MAX: usize = 64;

/// The newest reports, and when each node was heard.
#[derive(Debug)]
pub struct Reports {
    newest: BTreeMap<(NodeId, Option<Scope>), Report>,
    heard: BTreeMap<NodeId, Wall>,
    // By how many seconds the clock of a node was ahead of this one's when it said so itself.
    ahead: BTreeMap<NodeId, i64>,
    // Scopes in which something became durable since this node's last receipt.
    changed: BTreeSet<Scope>,
    receipt_made: BTreeMap<Scope, Duration>,
    quiet_at: Option<Duration>,
    alive_at: Duration,
    // Signs of life of others that wait to be passed on together, each with the links it came by.
    untold: BTreeMap<NodeId, Vec<LinkId>>,
    tell_at: Option<Duration>,
}

impl Reports {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            newest: BTreeMap::new(),
            heard: BTreeMap::new(),
            ahead: BTreeMap::new(),
            changed: BTreeSet::new(),
            receipt_made: BTreeMap::new(),
            quiet_at: None,
            alive_at: now.monotonic + QUIET,
            untold: BTreeMap::new(),
            tell_at: None,
        }
    }

    /// When `node` was last heard, directly or by what others passed on; none: never.
    pub fn last_heard(&self, node: NodeId) -> Option<Wall> {
        self.heard.get(&node).copied()
    }

    /// By how many seconds the clock of `node` was ahead of this one's at its last sign of life
    /// over a link of its own; none where it never gave one.
    pub fn clock_ahead(&self, node: NodeId) -> Option<i64> {
        self.ahead.get(&node).copied()
    }

    /// The last sign of life of `node`.
    pub fn alive(&self, node: NodeId) -> Option<&Alive> {
        match &self.newest(node, None)?.body {
            Body::Alive(alive) => Some(alive),
            Body::Receipt(_) => None,
        }
    }

    /// The newest report of that node: of a scope, or its sign of life.
    pub fn newest(&self, node: NodeId, scope: Option<Scope>) -> Option<&Report> {
        self.newest.get(&(node, scope))
    }

    /// Every report held.
    pub fn all(&self) -> impl Iterator<Item = &Report> {
        self.newest.values()
    }

    /// Takes up a report if it is newer than the one held.
    pub(super) fn take(&mut self, report: Report, now: Timestamp) {
        if self.lacks(report.node, report.scope(), report.counter()) {
            self.take_newer(report, now);
        }
    }

    /// Takes up a report that is newer than the one held.
    fn take_newer(&mut self, report: Report, now: Timestamp) {
        let wall = report.wall();
        // A clock ahead of this one's is not believed.
        let seconds = wall.seconds.min(now.wall.seconds);
        self.heard_at(report.node, Wall { seconds, ..wall });
        self.newest.insert((report.node, report.scope()), report);
    }

    /// Whether a report with that counter would be newer than the one held.
    fn lacks(&self, node: NodeId, scope: Option<Scope>, counter: u64) -> bool {
        self.newest.get(&(node, scope)).is_none_or(|held| held.counter() < counter)
    }

    /// A report that is held came again: whoever passes on a sign of life need not be told of it.
    fn came_again(&mut self, claim: &Claim, link: LinkId) {
        let held = self.newest.get(&(claim.node, claim.scope));
        let is_that = held.is_some_and(|held| held.counter() == claim.counter);
        if claim.scope.is_none()
            && is_that
            && let Some(came_by) = self.untold.get_mut(&claim.node)
            && !came_by.contains(&link)
        {
            came_by.push(link);
        }
    }

    /// Receipts of these scopes wait until what is folded is durable.
    fn put_off(&mut self, scopes: &BTreeSet<Scope>, now: Timestamp) {
        for scope in scopes.intersection(&self.changed) {
            let made = (now.monotonic + QUIET).saturating_sub(RECEIPT_EVERY);
            self.receipt_made.insert(*scope, made);
        }
    }

    pub(super) fn heard(&mut self, node: NodeId, now: Timestamp) {
        self.heard_at(node, now.wall);
    }

    /// An entry says that its author lived when it was written; a clock ahead of this one's is not
    /// believed.
    pub(super) fn heard_entry(&mut self, author: NodeId, batch: &VerifiedBatch, now: Timestamp) {
        let seconds = batch.after().seconds.min(now.wall.seconds);
        self.heard_at(author, Wall { seconds, ..now.wall });
    }

    fn heard_at(&mut self, node: NodeId, at: Wall) {
        let heard = self.heard.entry(node).or_insert(at);
        *heard = at.max(*heard);
    }

    pub(super) fn scope_changed(&mut self, scope: Scope) {
        self.changed.insert(scope);
    }

    pub(super) fn quiet_from(&mut self, now: Timestamp) {
        self.quiet_at = Some(now.monotonic + QUIET);
    }

    /// Entries of a catch-up still come: the session has not ended.
    pub(super) fn still_coming(&mut self, now: Timestamp) {
        if self.quiet_at.is_some() {
            self.quiet_from(now);
        }
    }

    pub(super) fn wake_at(&self) -> Option<Duration> {
        let quiet = self.quiet_at.unwrap_or(Duration::MAX);
        let once_a_minute = self.changed.iter().map(|scope| {
            self.receipt_made.get(scope).map_or(Duration::ZERO, |at| *at + RECEIPT_EVERY)
        });
        let tell = self.tell_at.unwrap_or(Duration::MAX);
        once_a_minute.chain([quiet, tell, self.alive_at]).min()
    }
}

impl Engine {
    /// Signs what is due: that this node lives, and what it holds of scopes that changed.
    pub(super) fn report_due(&mut self, now: Timestamp) {
        let quiet = self.reports.quiet_at.is_some_and(|at| at <= now.monotonic);
        if quiet {
            self.reports.quiet_at = None;
        }
        // What is folded already and not durable yet is nobody's business.
        let unsettled = Self::touched(&self.pending);
        self.reports.put_off(&unsettled, now);
        let made = &self.reports.receipt_made;
        let due = |scope: &Scope| {
            let waited = made.get(scope).is_none_or(|at| *at + RECEIPT_EVERY <= now.monotonic);
            (quiet || waited) && !unsettled.contains(scope)
        };
        let scopes: Vec<Scope> = self.reports.changed.iter().copied().filter(due).collect();
        let mut fresh = Vec::new();
        for scope in scopes {
            self.reports.changed.remove(&scope);
            self.reports.receipt_made.insert(scope, now.monotonic);
            fresh.push(self.receipt(scope, now));
        }
        if self.reports.alive_at <= now.monotonic {
            self.reports.alive_at = now.monotonic + RECEIPT_EVERY;
            fresh.push(self.alive(now));
        }
        for report in fresh {
            self.pass_on(&report, None);
            self.reports.take(report, now);
        }
        if self.reports.tell_at.is_some_and(|at| at <= now.monotonic) {
            self.tell_signs_of_life();
        }
    }

    /// Passes on who lives, in one frame a link: a town of a hundred nodes gives more than one sign a
    /// second, and nobody waits for one.
    fn tell_signs_of_life(&mut self) {
        self.reports.tell_at = None;
        let untold = std::mem::take(&mut self.reports.untold);
        let mut told = Vec::new();
        for (link, session) in self.links.iter().filter(|(_, session)| session.is_compared()) {
            let news = untold
                .iter()
                .filter(|(node, came_by)| **node != session.peer() && !came_by.contains(link));
            let reports = news.filter_map(|(node, _)| self.reports.newest(*node, None));
            told.push((*link, in_frames(reports)));
        }
        told.into_iter().for_each(|(link, frames)| self.send(link, frames));
    }

    fn receipt(&mut self, scope: Scope, now: Timestamp) -> Report {
        let writers = self.credentials.writers(scope);
        let frontier = self.frontier.digest(scope, &writers);
        let mut ends = Vec::new();
        for node in writers {
            let of_node = self.frontier.ends(scope, node);
            // As in a vector: where more ends rival, the latest lives are named.
            let skipped = of_node.len().saturating_sub(RIVAL_ENDS_MAX);
            let named = of_node.iter().skip(skipped);
            ends.extend(named.map(|end| HeldEnd { journal: end.journal, seq: end.seq }));
        }
        ends.truncate(RECEIPT_ENDS_MAX);
        let of_tokens = || self.credentials.writers(Scope::Tokens);
        let tokens = self.frontier.digest_of(Scope::Tokens, of_tokens);
        let receipt = Receipt {
            scope,
            counter: self.counter_of_report(),
            made_at: now.wall,
            ends,
            frontier: ByteArray::from(frontier),
            credentials: ByteArray::from(self.credentials.digest()),
            tokens: ByteArray::from(tokens),
            fold_version: FOLD_VERSION,
            fold: ByteArray::from(self.folds.digest(scope)),
        };
        Report::sign(&self.signer, self.credentials.town(), Body::Receipt(receipt))
    }

    fn alive(&mut self, now: Timestamp) -> Report {
        let standing = self.credentials.standing(self.me).into_iter();
        let scopes = standing.flat_map(|standing| standing.reads.iter().copied());
        let latest = scopes.filter_map(|scope| self.frontier.lives(scope, self.me).next_back());
        let ends = latest.map(held_end).take(RECEIPT_ENDS_MAX).collect();
        let linked = self.links.values().map(Session::peer);
        let linked = linked.filter_map(|peer| Some(ByteArray::from(*peer.0.first_chunk::<4>()?)));
        let alive = Alive {
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            linked: Some(linked.take(LINKS_TOLD_MAX).collect()),
            counter: self.counter_of_report(),
            wall: now.wall,
            ends,
        };
        Report::sign(&self.signer, self.credentials.town(), Body::Alive(alive))
    }

    /// Reports of one node are ordered by its counter, so each takes a number of its own.
    fn counter_of_report(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(super) fn on_reports(
        &mut self,
        link: LinkId,
        reports: &[Arc<[u8]>],
        now: Timestamp,
    ) -> Result<(), PeerMisbehaved> {
        let peer = self.links.get(&link).map(Session::peer);
        for bytes in reports {
            // The signature is looked at last: what is old or of no use here costs nothing.
            let claim = Report::claim(bytes).map_err(|_| PeerMisbehaved::BadReport)?;
            if !self.reports.lacks(claim.node, claim.scope, claim.counter) {
                self.reports.came_again(&claim, link);
                continue;
            }
            let shared = |scope| self.credentials.is_shared(self.me, claim.node, scope);
            if self.credentials.standing(claim.node).is_none() || !claim.scope.is_none_or(shared) {
                continue;
            }
            let town = self.credentials.town();
            let report = Report::read(self.credentials.scheme(), town, bytes)
                .map_err(|_| PeerMisbehaved::BadReport)?;
            // Whoever restarts hears of it in the next hello, so that its next word is newer than
            // all it said before.
            self.believe_counter(report.counter());
            if peer == Some(report.node) && report.scope().is_none() {
                let ahead = report.wall().seconds.saturating_sub(now.wall.seconds);
                self.reports.ahead.insert(report.node, ahead);
            }
            if report.node == self.me {
                continue;
            }
            self.on_report(&report, now);
            if report.scope().is_none() {
                self.reports.untold.insert(report.node, vec![link]);
                self.reports.tell_at.get_or_insert(now.monotonic + RELAY_SIGNS_AFTER);
            } else {
                self.pass_on(&report, Some(link));
            }
            self.reports.take_newer(report, now);
        }
        Ok(())
    }

    fn on_report(&mut self, report: &Report, now: Timestamp) {
        self.publish(Change::Links);
        let Body::Receipt(receipt) = &report.body else { return };
        if self.is_headquarters(report.node) {
            self.custody_by(receipt, now);
            let write = StoreWrite::Report {
                node: report.node,
                scope: report.scope(),
                bytes: report.bytes().to_vec(),
            };
            self.persist(vec![write], PendingCommit::default());
        }
        self.compare_states(report.node, receipt);
    }

    /// A receipt of headquarters names live ends; the lives before them it holds as far as the next
    /// one goes on, unless it names them too.
    fn custody_by(&mut self, receipt: &Receipt, now: Timestamp) {
        let named: BTreeSet<JournalId> = receipt.ends.iter().map(|end| end.journal).collect();
        for end in &receipt.ends {
            let mut upto = Some(EntryId { journal: end.journal, seq: end.seq });
            while let Some(EntryId { journal, seq }) = upto.take() {
                let Some(chain) = self.frontier.chain(journal) else { break };
                let before = chain.opening().predecessor;
                let seq = seq.min(chain.durable_seq());
                let is_news = self.custody.upto(journal) < seq;
                if is_news {
                    self.note_custody(EntryId { journal, seq }, now);
                }
                upto = before
                    .filter(|before| end.seq > 0 && !named.contains(&before.journal))
                    .map(|before| EntryId { journal: before.journal, seq: before.seq })
                    // What is known of a life was known of those before it.
                    .filter(|before| self.custody.upto(before.journal) < before.seq);
            }
        }
    }

    /// Two replicas of the same entries under the same folds must show the same.
    fn compare_states(&mut self, node: NodeId, receipt: &Receipt) {
        let scope = receipt.scope;
        let writers = |scope| self.credentials.writers(scope);
        let mut digest = |scope| self.frontier.digest_of(scope, || writers(scope));
        let same_entries = receipt.credentials.as_slice() == self.credentials.digest()
            && receipt.tokens.as_slice() == digest(Scope::Tokens)
            && receipt.frontier.as_slice() == digest(scope)
            && receipt.fold_version == FOLD_VERSION;
        // Facts that wait for the disk are folded already: then the two are not comparable.
        let settled = self.pending.values().all(|commit| commit.own.is_empty());
        if same_entries && settled && receipt.fold.as_slice() != self.folds.digest(scope) {
            self.alarm(Alarm::FoldsDiffer { node, scope });
        }
    }

    /// Passes a report on: receipts of headquarters and this node's own signs of life to everyone,
    /// other receipts only from this node itself.
    fn pass_on(&mut self, report: &Report, except: Option<LinkId>) {
        let travels =
            report.scope().is_none() || report.node == self.me || self.is_headquarters(report.node);
        if !travels {
            return;
        }
        let mut links = Vec::new();
        for (link, session) in &self.links {
            let peer = session.peer();
            let may_read =
                report.scope().is_none_or(|scope| self.credentials.is_shared(self.me, peer, scope));
            if Some(*link) != except && peer != report.node && may_read && session.is_compared() {
                links.push(*link);
            }
        }
        for link in links {
            self.send(link, vec![Frame::Reports(vec![Arc::clone(report.bytes())])]);
        }
    }

    /// Gives a newly compared peer the reports it may not have heard while it was away.
    pub(super) fn reports_for(&self, session: &Session) -> Vec<Frame> {
        let peer = session.peer();
        let shared = self.credentials.shared_scopes(self.me, peer);
        let wanted = self.reports.all().filter(|report| {
            report.node != peer
                && report.scope().is_none_or(|scope| {
                    shared.contains(&scope) && self.is_headquarters(report.node)
                })
        });
        in_frames(wanted)
    }
}

/// Reports in as few frames as hold them.
fn in_frames<'a>(reports: impl Iterator<Item = &'a Report>) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut some = Vec::new();
    let mut bytes = 0;
    for report in reports.map(|report| Arc::clone(report.bytes())) {
        if bytes + report.len() > RECEIPT_BYTES_MAX && !some.is_empty() {
            frames.push(Frame::Reports(std::mem::take(&mut some)));
            bytes = 0;
        }
        bytes += report.len();
        some.push(report);
    }
    if !some.is_empty() {
        frames.push(Frame::Reports(some));
    }
    frames
}

fn held_end(chain: &Chain) -> HeldEnd {
    HeldEnd { journal: chain.journal(), seq: chain.durable_seq() }
}
