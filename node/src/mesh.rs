//! The mesh of one node: frames to and from its peers over iroh, and links that mend themselves.
//!
//! It moves opaque frames and decides nothing about the town: whoever holds a key may connect, and
//! the engine says who is welcome. It promises that of one peer at most one link is up, that the
//! frames of a link come whole and in order, and that no frame is dropped on a link that stays up.
//! It uses no relay, no name service and no address that it was not given, told, or met at.

mod address_book;
mod connection;
mod dialler;
mod discovery;
mod endpoint;
pub mod event;
pub mod fault;
pub mod framing;
mod limits;
mod listener;
mod retry;
pub mod status;
mod switchboard;

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

use digiana_core::id::{LinkId, NodeId};
use iroh::Endpoint;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use self::address_book::{Change, Source};
use self::event::{LinkEnd, MeshEvent, SendOutcome};
use self::fault::MeshFault;
use self::limits::{EVENTS_WAITING_MAX, FLUSH_WITHIN, GOODBYE_WITHIN, PEERS_MAX, SHUTDOWN_WITHIN};
use self::status::MeshStatus;
use self::switchboard::{Ending, Switchboard};

/// What the mesh is told at its start.
#[derive(Debug, Clone)]
pub struct MeshConfig {
    /// Version and town: nodes with another one cannot connect.
    pub alpn: Vec<u8>,
    /// Where to listen, such as `127.0.0.1:41001` or `0.0.0.0:0`. Of several of one family the
    /// first serves all peers that share no subnet with the others.
    pub bind: Vec<SocketAddr>,
    /// Peers and where they are. One without an address may still connect by itself.
    pub peers: Vec<(NodeId, Vec<SocketAddr>)>,
    /// The addresses of the interfaces to announce this node on and to listen for others;
    /// none: no multicast.
    pub multicast: Vec<Ipv4Addr>,
    /// How many links may be up at once.
    pub links_max: usize,
}

/// A running mesh. Clones speak of the same one; it stops when it is shut down or the last is
/// dropped.
#[derive(Clone)]
pub struct Mesh {
    running: Arc<Running>,
}

/// Stops the tasks behind the mesh when the last handle goes.
struct Running {
    shared: Arc<Shared>,
}

/// What the tasks of a mesh share.
struct Shared {
    me: NodeId,
    alpn: Vec<u8>,
    endpoint: Endpoint,
    board: Mutex<Switchboard>,
    // Told when the dialler should look at the board again.
    change: Notify,
    // Told when a link was taken off the board.
    retired: Notify,
    events: mpsc::Sender<MeshEvent>,
    tasks: Mutex<JoinSet<()>>,
}

impl Mesh {
    /// Opens the endpoint and begins to listen, to dial and, where interfaces are named, to look
    /// around on the LAN.
    ///
    /// `secret` is the node's ed25519 secret key; `address_book` holds where peers were last met,
    /// as [`MeshEvent::AddressLearned`] told. When the receiver is not read, the mesh stops reading
    /// from its peers.
    ///
    /// # Errors
    /// [`MeshFault`] when an address cannot be listened on or a peer's id is no key.
    pub async fn bind(
        secret: [u8; 32],
        config: MeshConfig,
        address_book: Vec<(NodeId, Vec<SocketAddr>)>,
    ) -> Result<(Self, mpsc::Receiver<MeshEvent>), MeshFault> {
        if config.bind.is_empty() {
            return Err(MeshFault::NoAddress);
        }
        let endpoint = endpoint::bind(secret, &config.alpn, &config.bind).await?;
        let me = endpoint::node_id(endpoint.id());
        let (events, receiver) = mpsc::channel(EVENTS_WAITING_MAX);
        let shared = Arc::new(Shared {
            me,
            alpn: config.alpn,
            endpoint,
            board: Mutex::new(Switchboard::new(me, config.links_max)),
            change: Notify::new(),
            retired: Notify::new(),
            events,
            tasks: Mutex::new(JoinSet::new()),
        });
        let mesh = Self { running: Arc::new(Running { shared: Arc::clone(&shared) }) };
        let said = [(Source::Configured, config.peers), (Source::LastKnown, address_book)];
        for (source, peers) in said {
            for (peer, addresses) in peers {
                mesh.told(peer, source, addresses)?;
            }
        }
        shared.spawn(listener::run(Arc::clone(&shared)));
        shared.spawn(dialler::run(Arc::clone(&shared)));
        if !config.multicast.is_empty() {
            shared.spawn(discovery::run(Arc::clone(&shared), config.multicast));
        }
        tracing::info!(me = %me.short(), at = ?mesh.listens_on(), "mesh up");
        Ok((mesh, receiver))
    }

    /// Who this node is to its peers.
    pub fn node_id(&self) -> NodeId {
        self.shared().me
    }

    /// Where it listens, with the ports the system chose.
    pub fn listens_on(&self) -> Vec<SocketAddr> {
        self.shared().endpoint.bound_sockets()
    }

    /// Queues a frame for the peer of a link; never waits.
    ///
    /// A link whose queue is full ends with [`LinkEnd::QueueFull`].
    pub fn send(&self, link: LinkId, frame: Vec<u8>) -> SendOutcome {
        self.shared().board().send(link, frame)
    }

    /// Ends a link: what was queued goes first, then the reason.
    pub fn close(&self, link: LinkId, reason: &str) {
        let end = LinkEnd::ClosedHere { reason: reason.to_owned() };
        self.shared().board().end(link, Ending { flush: true, end });
    }

    /// Adds where a peer may be found: typed, scanned, or from the town's records. It is dialled
    /// soon, if it has no link.
    ///
    /// # Errors
    /// [`MeshFault`] when the id is no key or the address book is full.
    pub fn add_peer(&self, peer: NodeId, addresses: Vec<SocketAddr>) -> Result<(), MeshFault> {
        self.told(peer, Source::Told, addresses)
    }

    /// Forgets where a peer is, so that it is not dialled again. A link to it stays until closed.
    pub fn forget_peer(&self, peer: NodeId) {
        self.shared().board().forget(peer);
    }

    /// Cuts a peer off: its link ends now, and it is neither dialled nor let in until resumed.
    pub fn pause(&self, peer: NodeId) {
        tracing::info!(peer = %peer.short(), "paused");
        self.shared().board().pause(peer);
    }

    /// Ends a pause; the peer is dialled at once.
    pub fn resume(&self, peer: NodeId) {
        tracing::info!(peer = %peer.short(), "resumed");
        self.shared().board().resume(peer, Instant::now());
        self.shared().changed();
    }

    /// The links, and the known peers without one.
    pub fn links(&self) -> MeshStatus {
        self.shared().board().status(Instant::now())
    }

    /// Sends what was queued, closes every link, and stops. Takes a few seconds at most.
    pub async fn shutdown(self) {
        let shared = self.shared();
        shared.board().shut_down();
        let idle = async {
            loop {
                let retired = shared.retired.notified();
                if shared.board().is_idle() {
                    return;
                }
                retired.await;
            }
        };
        if timeout(FLUSH_WITHIN + GOODBYE_WITHIN, idle).await.is_err() {
            tracing::warn!("some links took too long to end and are cut");
        }
        shared.stop_tasks();
        if timeout(SHUTDOWN_WITHIN, shared.endpoint.close()).await.is_err() {
            tracing::warn!("some peers do not know that this node went");
        }
        tracing::info!(me = %shared.me.short(), "mesh down");
    }

    fn shared(&self) -> &Shared {
        &self.running.shared
    }

    fn told(
        &self,
        peer: NodeId,
        source: Source,
        addresses: Vec<SocketAddr>,
    ) -> Result<(), MeshFault> {
        if endpoint::endpoint_id(peer).is_none() {
            return Err(MeshFault::NotAKey { peer });
        }
        let change = self.shared().board().told(peer, source, addresses, Instant::now());
        match change {
            Change::BookFull => Err(MeshFault::BookFull { peer, max: PEERS_MAX }),
            Change::None | Change::Addresses => {
                self.shared().changed();
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Mesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mesh").field("me", &self.node_id()).finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.stop_tasks();
    }
}

impl Shared {
    fn board(&self) -> MutexGuard<'_, Switchboard> {
        self.board.lock().expect("no holder of the switchboard panics")
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().expect("no holder of the tasks panics");
        while let Some(ended) = tasks.try_join_next() {
            if let Err(fault) = ended
                && fault.is_panic()
            {
                tracing::error!(%fault, "a task of the mesh broke");
            }
        }
        tasks.spawn(task);
    }

    fn stop_tasks(&self) {
        self.tasks.lock().expect("no holder of the tasks panics").abort_all();
    }

    /// Something changed that may bring a dial forward or let a shutdown go on.
    fn changed(&self) {
        self.change.notify_one();
        self.retired.notify_waiters();
    }
}
