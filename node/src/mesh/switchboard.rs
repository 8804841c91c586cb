//! Which links there are, which stay, and whom to dial when. Pure: it touches no socket.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use digiana_core::id::{LinkId, NodeId};
use digiana_core::limits;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::address_book::{AddressBook, Change, Source};
use super::endpoint::CloseCode;
use super::event::{LinkEnd, SendOutcome};
use super::limits::{
    DIALS_AT_ONCE_MAX, SETTLED_AFTER, STEADY_AFTER, WELCOME_AFTER, YIELD_TO_SMALLER,
};
use super::retry;
use super::status::{Counters, LinkStatus, MeshStatus, PeerStatus};

/// Links are numbered over all meshes of the process, so that no handle ever means two links.
static NEXT_LINK: AtomicU64 = AtomicU64::new(1);

/// Everything the mesh knows.
#[derive(Debug)]
pub(super) struct Switchboard {
    me: NodeId,
    links_max: usize,
    book: AddressBook,
    lines: BTreeMap<LinkId, Line>,
    // Invariant: the newest line of each peer that has one in `lines`.
    by_peer: BTreeMap<NodeId, LinkId>,
    redials: BTreeMap<NodeId, Redial>,
    dialling: BTreeSet<NodeId>,
    paused: BTreeSet<NodeId>,
    closing: bool,
}

/// One link, as those see it who do not serve it.
#[derive(Debug)]
struct Line {
    peer: NodeId,
    dialled: bool,
    born: Instant,
    address: Option<SocketAddr>,
    // Invariant: none once the link is asked to end, so nothing can be queued behind its end.
    queue: Option<mpsc::Sender<Vec<u8>>>,
    ending: watch::Sender<Option<Ending>>,
    over: Option<oneshot::Receiver<()>>,
    counters: Arc<Counters>,
}

/// When a peer is dialled again.
#[derive(Debug, Clone)]
struct Redial {
    failures: u32,
    next_try: Instant,
    last_error: Option<String>,
}

/// How a link is asked to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    /// Whether what was queued goes first.
    pub(super) flush: bool,
    /// Why.
    pub(super) end: LinkEnd,
}

/// A connection that became a link: all that the task serving it needs.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) link: LinkId,
    pub(super) peer: NodeId,
    pub(super) dialled: bool,
    pub(super) queue: mpsc::Receiver<Vec<u8>>,
    pub(super) ending: watch::Receiver<Option<Ending>>,
    pub(super) counters: Arc<Counters>,
    /// Resolves when the link this one replaces has been reported down.
    pub(super) predecessor: Option<oneshot::Receiver<()>>,
    /// Dropped when this link has been reported down.
    pub(super) over: oneshot::Sender<()>,
}

/// Why a connection does not become a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("another connection of the same two nodes stays")]
    Replaced,
    #[error("this node holds as many links as it may")]
    Full,
    #[error("paused by the operator")]
    Paused,
    #[error("the node stops")]
    ShutDown,
}

impl Refused {
    pub(super) fn code(self) -> CloseCode {
        match self {
            Self::Replaced => CloseCode::Replaced,
            Self::Full => CloseCode::Full,
            Self::Paused => CloseCode::Paused,
            Self::ShutDown => CloseCode::ShutDown,
        }
    }
}

impl Line {
    fn is_ending(&self) -> bool {
        self.queue.is_none()
    }

    /// The first wish stands: a link ends for one reason.
    fn end(&mut self, ending: Ending) {
        self.ending.send_if_modified(|asked| {
            let first = asked.is_none();
            asked.get_or_insert(ending);
            first
        });
        self.queue = None;
    }
}

impl Switchboard {
    pub(super) fn new(me: NodeId, links_max: usize) -> Self {
        Self {
            me,
            links_max,
            book: AddressBook::default(),
            lines: BTreeMap::new(),
            by_peer: BTreeMap::new(),
            redials: BTreeMap::new(),
            dialling: BTreeSet::new(),
            paused: BTreeSet::new(),
            closing: false,
        }
    }

    /// Takes up a word about where a peer is.
    pub(super) fn told(
        &mut self,
        peer: NodeId,
        source: Source,
        addresses: Vec<SocketAddr>,
        now: Instant,
    ) -> Change {
        if peer == self.me {
            return Change::None;
        }
        let somewhere = !addresses.is_empty();
        let change = match source {
            Source::Discovered | Source::Configured => self.book.put(peer, source, addresses),
            Source::LastKnown | Source::Told => self.book.add(peer, source, addresses),
        };
        // A link that lives is left alone: the word of one that moved is unproven, and a link that
        // leads nowhere is silent soon.
        if change == Change::Addresses && somewhere {
            self.try_soon(peer, now);
        } else if !self.book.knows(peer) {
            self.redials.remove(&peer);
        }
        change
    }

    /// Forgets where a peer is; a link to it stays.
    pub(super) fn forget(&mut self, peer: NodeId) {
        self.book.forget(peer);
        self.redials.remove(&peer);
    }

    /// Notes where a peer is met; its last known addresses when that is news.
    ///
    /// Any key may connect, so of a peer nobody told of the address is kept only once the engine
    /// let its link live.
    pub(super) fn met_at(
        &mut self,
        link: LinkId,
        address: SocketAddr,
        now: Instant,
    ) -> Option<(NodeId, Vec<SocketAddr>)> {
        let line = self.lines.get_mut(&link)?;
        line.address = Some(address);
        let (peer, born) = (line.peer, line.born);
        let proven = self.book.knows(peer) && !self.book.is_rumour(peer);
        if !proven && now < born + WELCOME_AFTER
            || self.book.said(peer, Source::LastKnown).first() == Some(&address)
        {
            return None;
        }
        match self.book.add(peer, Source::LastKnown, [address]) {
            Change::BookFull => None,
            // The same ones in another order are news too: the newest stands first.
            Change::None | Change::Addresses => {
                Some((peer, self.book.said(peer, Source::LastKnown).to_vec()))
            }
        }
    }

    fn try_soon(&mut self, peer: NodeId, now: Instant) {
        let next_try = now + self.courtesy(peer);
        let redial =
            self.redials.entry(peer).or_insert(Redial { failures: 0, next_try, last_error: None });
        redial.failures = 0;
        redial.next_try = redial.next_try.min(next_try);
    }

    /// Both ends may dial; the greater id leaves the smaller a moment to do so.
    fn courtesy(&self, peer: NodeId) -> Duration {
        if self.me < peer { Duration::ZERO } else { YIELD_TO_SMALLER }
    }

    /// Whom to dial now, and when to ask again.
    pub(super) fn due(
        &mut self,
        now: Instant,
    ) -> (Vec<(NodeId, Vec<SocketAddr>)>, Option<Instant>) {
        if self.closing {
            return (Vec::new(), None);
        }
        let mut waiting: Vec<_> = self
            .redials
            .iter()
            .filter(|(peer, _)| {
                !self.paused.contains(peer)
                    && !self.dialling.contains(peer)
                    && !self.by_peer.contains_key(peer)
                    && self.book.knows(**peer)
            })
            .map(|(peer, redial)| {
                let later = redial.next_try > now;
                ((later, !later && self.book.is_rumour(*peer), redial.next_try), *peer)
            })
            .collect();
        // First those whose time has come, of them first those that are more than a rumour.
        waiting.sort_unstable();
        let room = self.links_max.saturating_sub(self.by_peer.len() + self.dialling.len());
        let room = room.min(DIALS_AT_ONCE_MAX.saturating_sub(self.dialling.len()));
        let due = waiting.iter().take_while(|((later, ..), _)| !later).count().min(room);
        // Where there is no room, the end of a link or of a dial asks again.
        let next = if due == room { None } else { waiting.get(due).map(|((.., at), _)| *at) };
        let dials: Vec<_> =
            waiting.iter().take(due).map(|(_, peer)| (*peer, self.book.addresses(*peer))).collect();
        self.dialling.extend(dials.iter().map(|(peer, _)| *peer));
        (dials, next)
    }

    /// Whether a connection to the peer is still wanted, or an equal one came meanwhile.
    pub(super) fn refusal(&self, peer: NodeId) -> Option<Refused> {
        if self.closing {
            Some(Refused::ShutDown)
        } else if self.paused.contains(&peer) {
            Some(Refused::Paused)
        } else {
            None
        }
    }

    /// Whether the newest link to the peer still stands.
    pub(super) fn is_linked(&self, peer: NodeId) -> bool {
        self.line_of(peer).is_some_and(|line| !line.is_ending())
    }

    /// Ends a dial, with what went wrong when it brought no link.
    pub(super) fn dialled(&mut self, peer: NodeId, error: Option<String>, now: Instant) {
        self.dialling.remove(&peer);
        let Some(error) = error else { return };
        if let Some(redial) = self.redials.get_mut(&peer) {
            redial.next_try = now + retry::wait_after(redial.failures, rand::random());
            redial.failures = redial.failures.saturating_add(1);
            redial.last_error = Some(error);
        }
    }

    /// Makes a link of a connection, or says why not.
    ///
    /// Of two connections between the same two nodes the one dialled by the smaller id stays, so
    /// that both ends keep the same one. That is for connections that crossed: a peer that connects
    /// again by the same side, or long after the link was up, has lost the old link.
    pub(super) fn admit(
        &mut self,
        peer: NodeId,
        dialled: bool,
        now: Instant,
    ) -> Result<Admitted, Refused> {
        if let Some(refused) = self.refusal(peer) {
            return Err(refused);
        }
        let by_smaller = dialled == (self.me < peer);
        let mut predecessor = None;
        if let Some(line) = self.by_peer.get(&peer).and_then(|link| self.lines.get_mut(link)) {
            let crossed = line.dialled != dialled && now < line.born + SETTLED_AFTER;
            if !line.is_ending() && crossed && !by_smaller {
                return Err(Refused::Replaced);
            }
            line.end(Ending { flush: false, end: LinkEnd::Replaced });
            predecessor = line.over.take();
        } else if self.by_peer.len() >= self.links_max {
            return Err(Refused::Full);
        }
        let link = LinkId(NEXT_LINK.fetch_add(1, Ordering::Relaxed));
        let (sender, queue) = mpsc::channel(limits::LINK_QUEUE_FRAMES);
        let (ending, asked) = watch::channel(None);
        let (over, is_over) = oneshot::channel();
        let counters = Arc::new(Counters::default());
        let line = Line {
            peer,
            dialled,
            born: now,
            address: None,
            queue: Some(sender),
            ending,
            over: Some(is_over),
            counters: Arc::clone(&counters),
        };
        self.lines.insert(link, line);
        self.by_peer.insert(peer, link);
        Ok(Admitted { link, peer, dialled, queue, ending: asked, counters, predecessor, over })
    }

    /// Forgets a link that has been reported down.
    pub(super) fn retire(&mut self, link: LinkId, end: &LinkEnd, now: Instant) {
        let Some(line) = self.lines.remove(&link) else { return };
        if self.by_peer.get(&line.peer) != Some(&link) {
            return;
        }
        self.by_peer.remove(&line.peer);
        if !self.book.knows(line.peer) {
            self.redials.remove(&line.peer);
            return;
        }
        let courtesy = self.courtesy(line.peer);
        let redial = self.redials.entry(line.peer).or_insert(Redial {
            failures: 0,
            next_try: now,
            last_error: None,
        });
        // A peer that closes each link at once is asked ever more rarely.
        if now >= line.born + STEADY_AFTER || *end == LinkEnd::Paused {
            redial.failures = 0;
        }
        redial.next_try = now + courtesy + retry::wait_after(redial.failures, rand::random());
        redial.failures = redial.failures.saturating_add(1);
        redial.last_error = Some(end.to_string());
    }

    /// Queues a frame.
    pub(super) fn send(&mut self, link: LinkId, frame: Vec<u8>) -> SendOutcome {
        if frame.is_empty() || frame.len() > limits::FRAME_BYTES_MAX {
            return SendOutcome::NotAFrame;
        }
        let Some(line) = self.lines.get_mut(&link) else { return SendOutcome::NoLink };
        let Some(queue) = &line.queue else { return SendOutcome::NoLink };
        match queue.try_send(frame) {
            Ok(()) => SendOutcome::Queued,
            Err(mpsc::error::TrySendError::Closed(_)) => SendOutcome::NoLink,
            Err(mpsc::error::TrySendError::Full(_)) => {
                line.end(Ending { flush: false, end: LinkEnd::QueueFull });
                SendOutcome::QueueFull
            }
        }
    }

    /// Asks a link to end.
    pub(super) fn end(&mut self, link: LinkId, ending: Ending) {
        if let Some(line) = self.lines.get_mut(&link) {
            line.end(ending);
        }
    }

    fn end_line(&mut self, peer: NodeId, ending: Ending) {
        if let Some(link) = self.by_peer.get(&peer) {
            self.end(*link, ending);
        }
    }

    fn line_of(&self, peer: NodeId) -> Option<&Line> {
        self.by_peer.get(&peer).and_then(|link| self.lines.get(link))
    }

    /// Cuts a peer off, both ways, until it is resumed.
    pub(super) fn pause(&mut self, peer: NodeId) {
        self.paused.insert(peer);
        self.end_line(peer, Ending { flush: false, end: LinkEnd::Paused });
    }

    /// Lets a peer be linked again, and dials it at once.
    pub(super) fn resume(&mut self, peer: NodeId, now: Instant) {
        if self.paused.remove(&peer)
            && let Some(redial) = self.redials.get_mut(&peer)
        {
            redial.failures = 0;
            redial.next_try = now;
        }
    }

    /// Ends every link, sending what was queued, and takes no further one.
    pub(super) fn shut_down(&mut self) {
        self.closing = true;
        for line in self.lines.values_mut() {
            line.end(Ending { flush: true, end: LinkEnd::ShutDown });
        }
    }

    /// Whether no link is left.
    pub(super) fn is_idle(&self) -> bool {
        self.lines.is_empty()
    }

    /// What an operator wants to see.
    pub(super) fn status(&self, now: Instant) -> MeshStatus {
        let linked = |peer: &NodeId| self.is_linked(*peer);
        let links = self.lines.iter().filter(|(_, line)| !line.is_ending());
        let links = links
            .map(|(link, line)| {
                let up_for = now.duration_since(line.born);
                LinkStatus::new(
                    *link,
                    line.peer,
                    line.dialled,
                    line.address,
                    up_for,
                    &line.counters,
                )
            })
            .collect();
        let mut strangers = self.paused.clone();
        strangers.extend(self.redials.keys().filter(|peer| self.book.knows(**peer)));
        let unlinked = strangers.iter().filter(|peer| !linked(peer)).map(|peer| {
            let redial = self.redials.get(peer);
            let is_paused = self.paused.contains(peer);
            PeerStatus {
                peer: *peer,
                addresses: self.book.addresses(*peer),
                paused: is_paused,
                dialling: self.dialling.contains(peer),
                last_error: redial.and_then(|redial| redial.last_error.clone()),
                next_try_in: redial
                    .filter(|_| !is_paused)
                    .map(|redial| redial.next_try.saturating_duration_since(now)),
            }
        });
        MeshStatus { links, unlinked: unlinked.collect() }
    }
}
