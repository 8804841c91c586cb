//! Links that are cut, peers that die, and how soon they are met again.

use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use super::super::event::LinkEnd;
use super::super::{Mesh, MeshConfig};
use super::{Node, config, id, loopback, pair, two_seeds};

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_cuts_both_ways_and_a_resume_heals_within_two_seconds() {
    let (mut a, _, mut b, _) = pair().await;
    b.knows(&a);
    // Each side in turn, because who dials first differs.
    for turn in 0..2 {
        let (cutter, other) = if turn == 0 { (&mut a, &mut b) } else { (&mut b, &mut a) };
        cutter.mesh.pause(other.id());
        assert_eq!(cutter.link_down().await, LinkEnd::Paused);
        assert!(matches!(other.link_down().await, LinkEnd::ClosedByPeer { .. }));
        // Long enough for the other to try several times.
        sleep(Duration::from_secs(2)).await;
        let status = cutter.mesh.links();
        assert!(status.links.is_empty() && status.unlinked[0].paused);
        let refused = other.mesh.links().unlinked[0].last_error.clone().unwrap();
        assert!(refused.contains("paused"), "{refused}");
        let healed = Instant::now();
        cutter.mesh.resume(other.id());
        let (link, other_link) = tokio::join!(cutter.link_up(), other.link_up());
        assert!(healed.elapsed() < Duration::from_secs(2), "{:?}", healed.elapsed());
        cutter.talks_to(link, other, other_link).await;
    }
}

/// A peer in a runtime of its own, which can be killed without a word to anyone.
fn mortal(seed: u8, port: u16) -> (Runtime, Mesh) {
    let runtime = Runtime::new().unwrap();
    let config = MeshConfig { bind: vec![loopback(port)], ..config() };
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    loop {
        let bound = Mesh::bind([seed; 32], config.clone(), vec![]);
        match std::thread::scope(|s| s.spawn(|| runtime.block_on(bound)).join().unwrap()) {
            Ok((mesh, mut events)) => {
                runtime.spawn(async move { while events.recv().await.is_some() {} });
                return (runtime, mesh);
            }
            Err(fault) => assert!(std::time::Instant::now() < deadline, "{fault}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

async fn a_killed_peer_is_noticed_and_met_again(mine: u8, theirs: u8) {
    let (runtime, mesh) = mortal(theirs, 0);
    let port = mesh.listens_on()[0].port();
    let mut node = Node::new(mine).await;
    node.mesh.add_peer(id(theirs), vec![loopback(port)]).unwrap();
    node.link_up().await;
    sleep(Duration::from_millis(500)).await;

    let killed = Instant::now();
    runtime.shutdown_background();
    drop(mesh);
    assert_eq!(node.link_down().await, LinkEnd::Silent);
    assert!(killed.elapsed() <= Duration::from_secs(3), "{:?}", killed.elapsed());
    // Some dials find nobody.
    sleep(Duration::from_secs(1)).await;
    assert!(node.mesh.links().links.is_empty());

    let back = Instant::now();
    let (runtime, _mesh) = mortal(theirs, port);
    node.link_up().await;
    assert!(back.elapsed() < Duration::from_secs(6), "{:?}", back.elapsed());
    runtime.shutdown_background();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_peer_of_greater_id_is_noticed_and_met_again() {
    let (smaller, greater) = two_seeds();
    a_killed_peer_is_noticed_and_met_again(smaller, greater).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_peer_of_smaller_id_is_noticed_and_met_again() {
    let (smaller, greater) = two_seeds();
    a_killed_peer_is_noticed_and_met_again(greater, smaller).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_whose_mesh_is_dropped_is_noticed() {
    let (a, _, mut b, _) = pair().await;
    let dropped = Instant::now();
    drop(a);
    b.link_down().await;
    assert!(dropped.elapsed() <= Duration::from_secs(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_not_there_is_tried_again_ever_more_rarely() {
    let (smaller, greater) = two_seeds();
    let mut node = Node::new(smaller).await;
    // Bound and never read: a dead address that answers nothing.
    let dead = std::net::UdpSocket::bind(loopback(0)).unwrap();
    node.mesh.add_peer(id(greater), vec![dead.local_addr().unwrap()]).unwrap();
    let began = Instant::now();
    let peer = loop {
        let peer = node.mesh.links().unlinked.remove(0);
        if peer.last_error.is_some() {
            break peer;
        }
        assert!(began.elapsed() < Duration::from_secs(5));
        sleep(Duration::from_millis(50)).await;
    };
    assert!(peer.last_error.unwrap().contains("no answer within 3 s"));
    assert!(peer.next_try_in.unwrap() <= Duration::from_millis(300));
    // A living address beside the dead one is found at the next try.
    let mut other = Node::new(greater).await;
    node.mesh.add_peer(other.id(), vec![other.address()]).unwrap();
    let (link, other_link) = tokio::join!(node.link_up(), other.link_up());
    node.talks_to(link, &mut other, other_link).await;
}
