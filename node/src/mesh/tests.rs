//! The mesh on this machine's loopback: what a town relies on, and what a hostile peer cannot do.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod crossing;
mod cut;
mod delivery;
mod strangers;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use digiana_core::id::{LinkId, NodeId};
use iroh::SecretKey;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::event::{LinkEnd, MeshEvent, SendOutcome};
use super::{Mesh, MeshConfig};

const ALPN: &[u8] = b"digiana/1/drill";

/// Longer than anything the mesh promises; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(12);

/// A node of the test town, whose every event is held to the order the mesh promises.
struct Node {
    mesh: Mesh,
    events: mpsc::Receiver<MeshEvent>,
    up: BTreeMap<LinkId, NodeId>,
}

fn id(seed: u8) -> NodeId {
    NodeId(*SecretKey::from_bytes(&[seed; 32]).public().as_bytes())
}

/// Two seeds, that of the smaller id first.
fn two_seeds() -> (u8, u8) {
    if id(1) < id(2) { (1, 2) } else { (2, 1) }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn config() -> MeshConfig {
    MeshConfig {
        alpn: ALPN.to_vec(),
        bind: vec![loopback(0)],
        peers: vec![],
        multicast: vec![],
        links_max: 8,
    }
}

impl Node {
    async fn new(seed: u8) -> Self {
        Self::with(seed, config()).await
    }

    async fn with(seed: u8, config: MeshConfig) -> Self {
        let (mesh, events) = Mesh::bind([seed; 32], config, vec![]).await.unwrap();
        Self { mesh, events, up: BTreeMap::new() }
    }

    fn id(&self) -> NodeId {
        self.mesh.node_id()
    }

    fn address(&self) -> SocketAddr {
        self.mesh.listens_on()[0]
    }

    fn knows(&self, other: &Self) {
        self.mesh.add_peer(other.id(), vec![other.address()]).unwrap();
    }

    /// The next event, which must keep the order that `MeshEvent` promises.
    async fn event(&mut self) -> MeshEvent {
        let event = timeout(PATIENCE, self.events.recv()).await.expect("an event in time");
        let event = event.expect("the mesh runs");
        match &event {
            MeshEvent::LinkUp { link, peer, .. } => {
                assert!(!self.up.values().any(|linked| linked == peer), "a second link");
                self.up.insert(*link, *peer);
            }
            MeshEvent::Frame { link, .. } => assert!(self.up.contains_key(link), "no such link"),
            MeshEvent::LinkDown { link, .. } => {
                self.up.remove(link).expect("a link that was up");
            }
            MeshEvent::AddressLearned { peer, addresses } => {
                assert!(*peer != self.id() && !addresses.is_empty());
            }
        }
        event
    }

    async fn link_up(&mut self) -> LinkId {
        loop {
            if let MeshEvent::LinkUp { link, .. } = self.event().await {
                return link;
            }
        }
    }

    async fn link_down(&mut self) -> LinkEnd {
        loop {
            if let MeshEvent::LinkDown { reason, .. } = self.event().await {
                return reason;
            }
        }
    }

    async fn frame(&mut self) -> Vec<u8> {
        loop {
            match self.event().await {
                MeshEvent::Frame { bytes, .. } => return bytes,
                MeshEvent::LinkDown { reason, .. } => panic!("link down: {reason}"),
                MeshEvent::LinkUp { .. } | MeshEvent::AddressLearned { .. } => {}
            }
        }
    }

    fn send(&self, link: LinkId, frame: &[u8]) {
        assert_eq!(self.mesh.send(link, frame.to_vec()), SendOutcome::Queued);
    }

    /// Whether frames pass both ways between the two nodes.
    async fn talks_to(&mut self, link: LinkId, other: &mut Self, other_link: LinkId) {
        self.send(link, b"there");
        assert_eq!(other.frame().await, b"there");
        other.send(other_link, b"back");
        assert_eq!(self.frame().await, b"back");
    }
}

/// Two nodes with a link.
async fn pair() -> (Node, LinkId, Node, LinkId) {
    let (smaller, greater) = two_seeds();
    let (mut a, mut b) = (Node::new(smaller).await, Node::new(greater).await);
    a.knows(&b);
    let (a_link, b_link) = tokio::join!(a.link_up(), b.link_up());
    (a, a_link, b, b_link)
}
