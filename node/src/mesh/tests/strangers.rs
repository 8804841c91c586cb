//! What a peer that breaks the rules can do: lose its own link, and nothing else.

use std::time::Duration;

use digiana_core::id::NodeId;
use digiana_core::wire;
use iroh::Endpoint;
use iroh::endpoint::{Connection, ConnectionError, SendStream};
use tokio::time::{Instant, timeout};

use super::super::endpoint;
use super::super::event::{LinkEnd, MeshEvent, PeerMisbehaved};
use super::super::fault::MeshFault;
use super::super::{Mesh, MeshConfig};
use super::{ALPN, Node, PATIENCE, config, id, loopback, pair};

/// An endpoint with the right key and version, and manners of its own.
async fn stranger(seed: u8, alpn: &[u8], at: &Node) -> (Endpoint, Result<Connection, String>) {
    let raw = endpoint::bind([seed; 32], alpn, &[loopback(0)]).await.unwrap();
    let to = endpoint::endpoint_addr(endpoint::endpoint_id(at.id()).unwrap(), &[at.address()]);
    let met = timeout(PATIENCE, raw.connect(to, alpn)).await.expect("an answer in time");
    (raw, met.map_err(|error| endpoint::dial_error(&error)))
}

/// A stranger that behaved until its link was up.
async fn linked_stranger(seed: u8, node: &mut Node) -> (Endpoint, Connection, SendStream) {
    let (raw, met) = stranger(seed, ALPN, node).await;
    let connection = met.unwrap();
    let (mut send, mut recv) = connection.open_bi().await.unwrap();
    send.write_all(&[0]).await.unwrap();
    loop {
        if let MeshEvent::LinkUp { peer, .. } = node.event().await
            && peer == id(seed)
        {
            break;
        }
    }
    tokio::spawn(async move {
        let mut sink = [0; 64];
        while let Ok(Some(_)) = recv.read(&mut sink).await {}
    });
    (raw, connection, send)
}

async fn closed_because(connection: &Connection) -> String {
    let closed = timeout(PATIENCE, connection.closed()).await.expect("closed in time");
    let ConnectionError::ApplicationClosed(close) = closed else { panic!("{closed}") };
    String::from_utf8_lossy(&close.reason).into_owned()
}

/// What the node says of the stranger's link, while its friends' link stays.
async fn ends_alone(bytes: &[u8], expected: PeerMisbehaved, told: &str) {
    let (mut a, a_link, mut b, b_link) = pair().await;
    let (_raw, connection, mut send) = linked_stranger(7, &mut a).await;
    send.write_all(bytes).await.unwrap();
    assert_eq!(a.link_down().await, LinkEnd::PeerMisbehaved(expected));
    let reason = closed_because(&connection).await;
    assert!(reason.contains(told), "{reason}");
    a.talks_to(a_link, &mut b, b_link).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_over_long_frame_ends_its_own_link_only() {
    let mut frame = Vec::new();
    wire::put_varint(&mut frame, 70_000);
    frame.resize(5000, 1);
    let told = "70000 bytes is over the limit of 65536";
    ends_alone(&frame, PeerMisbehaved::FrameTooLong { len: 70_000 }, told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_ends_its_own_link_only() {
    let garbage = [0xff; 4096];
    let len = (1 << 22) - 1;
    ends_alone(&garbage, PeerMisbehaved::FrameTooLong { len }, "over the limit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_ends_inside_a_frame_is_told_apart_from_a_close() {
    let mut node = Node::new(1).await;
    let (_raw, connection, mut send) = linked_stranger(7, &mut node).await;
    send.write_all(&[5, 1, 2]).await.unwrap();
    send.finish().unwrap();
    let cut = LinkEnd::PeerMisbehaved(PeerMisbehaved::CutInsideFrame);
    assert_eq!(node.link_down().await, cut);
    assert_eq!(closed_because(&connection).await, cut.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_falls_silent_is_dropped_within_three_seconds() {
    let mut node = Node::new(1).await;
    let (_raw, connection, _send) = linked_stranger(7, &mut node).await;
    let began = Instant::now();
    // Its transport still answers: only the application is dead.
    assert_eq!(node.link_down().await, LinkEnd::Silent);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    closed_because(&connection).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_connects_and_stalls_is_closed() {
    let node = Node::new(1).await;
    let (_raw, met) = stranger(7, ALPN, &node).await;
    let began = Instant::now();
    let reason = closed_because(&met.unwrap()).await;
    assert!(reason.contains("no stream within 3 s"), "{reason}");
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(node.mesh.links().links.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_town_or_version_is_refused_at_the_door() {
    let mut node = Node::new(1).await;
    let (_raw, met) = stranger(7, b"digiana/2/drill", &node).await;
    let refused = met.map(|_| ()).unwrap_err();
    assert!(refused.contains("another town or another version"), "{refused}");
    // And the operator of a node that dials such a peer can see why.
    let other = Node::with(2, MeshConfig { alpn: b"digiana/1/other".to_vec(), ..config() }).await;
    node.knows(&other);
    let began = Instant::now();
    while node.mesh.links().unlinked[0].last_error.is_none() {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let shown = node.mesh.links().unlinked[0].last_error.clone().unwrap();
    assert!(shown.contains("another town or another version"), "{shown}");
    assert!(node.events.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_speaks_first_is_no_peer() {
    let mut node = Node::new(1).await;
    let raw = endpoint::bind([7; 32], ALPN, &[loopback(0)]).await.unwrap();
    node.mesh.add_peer(id(7), raw.bound_sockets()).unwrap();
    let connection = raw.accept().await.unwrap().await.unwrap();
    let (mut send, _recv) = connection.accept_bi().await.unwrap();
    send.write_all(&[3, 1, 2, 3]).await.unwrap();
    assert_eq!(closed_because(&connection).await, PeerMisbehaved::SpokeTooEarly.to_string());
    assert!(node.events.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_node_says_so_to_the_next_peer() {
    let mut node = Node::with(1, MeshConfig { links_max: 1, ..config() }).await;
    let (_first, _connection, _send) = linked_stranger(7, &mut node).await;
    let (_second, met) = stranger(8, ALPN, &node).await;
    let connection = met.unwrap();
    let (mut send, _recv) = connection.open_bi().await.unwrap();
    send.write_all(&[0]).await.unwrap();
    let reason = closed_because(&connection).await;
    assert!(reason.contains("as many links as it may"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_is_named() {
    let nowhere = MeshConfig { bind: vec![], ..config() };
    let fault = Mesh::bind([1; 32], nowhere, vec![]).await.unwrap_err();
    assert_eq!(fault, MeshFault::NoAddress);

    let node = Node::new(1).await;
    let taken = MeshConfig { bind: vec![node.address()], ..config() };
    let fault = Mesh::bind([2; 32], taken, vec![]).await.unwrap_err().to_string();
    assert!(fault.contains(&node.address().to_string()) && fault.contains("in use"), "{fault}");

    let no_key = (0..=u8::MAX).map(|byte| NodeId([byte; 32]));
    let no_key = no_key.into_iter().find(|id| endpoint::endpoint_id(*id).is_none()).unwrap();
    let fault = node.mesh.add_peer(no_key, vec![loopback(1)]).unwrap_err();
    assert_eq!(fault, MeshFault::NotAKey { peer: no_key });
}
