//! Frames come whole, in order, and all of them.

use std::time::Duration;

use digiana_core::id::LinkId;
use digiana_core::limits;
use tokio::time::{Instant, sleep};

use super::super::event::{LinkEnd, MeshEvent, SendOutcome};
use super::{Mesh, Node, PATIENCE, pair};

fn numbered(number: u32, len: usize) -> Vec<u8> {
    let mut frame = number.to_be_bytes().to_vec();
    frame.resize(len.max(4), 0x5a);
    frame
}

/// Sends numbered frames as fast as the link takes them, and never more than its queue holds.
async fn send_all(mesh: &Mesh, link: LinkId, count: u32, len: usize) {
    let deadline = Instant::now() + PATIENCE;
    for number in 0..count {
        loop {
            let status = mesh.links();
            let went = status.links.iter().find(|line| line.link == link).unwrap().frames_out;
            if u64::from(number) < went + 200 {
                break;
            }
            assert!(Instant::now() < deadline, "the link took {went} frames");
            sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(mesh.send(link, numbered(number, len)), SendOutcome::Queued);
    }
}

async fn receive_all(node: &mut Node, count: u32, len: usize) {
    for number in 0..count {
        assert_eq!(node.frame().await, numbered(number, len), "frame {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_frames_pass_both_ways_in_order() {
    let (mut a, a_link, mut b, b_link) = pair().await;
    let (a_mesh, b_mesh) = (a.mesh.clone(), b.mesh.clone());
    tokio::join!(
        send_all(&a_mesh, a_link, 1000, 300),
        send_all(&b_mesh, b_link, 1000, 300),
        receive_all(&mut a, 1000, 300),
        receive_all(&mut b, 1000, 300),
    );
    let status = a.mesh.links();
    let line = &status.links[0];
    assert_eq!((line.frames_in, line.bytes_out), (1000, 300_000));
    assert_eq!(line.address, Some(b.address()));
    assert!(line.round_trip.is_some() && status.unlinked.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_frame_passes_and_a_longer_one_is_no_frame() {
    let (a, link, mut b, _) = pair().await;
    let longest = vec![1; limits::FRAME_BYTES_MAX];
    a.send(link, &longest);
    assert_eq!(b.frame().await, longest);
    let longer = vec![1; limits::FRAME_BYTES_MAX + 1];
    assert_eq!(a.mesh.send(link, longer), SendOutcome::NotAFrame);
    assert_eq!(a.mesh.send(link, vec![]), SendOutcome::NotAFrame);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_loop_loses_no_frame_and_keeps_its_link() {
    let (a, link, mut b, _) = pair().await;
    // More than the waiting events and the receive window hold together.
    let (count, len) = (700, 4096);
    let sending = send_all(&a.mesh, link, count, len);
    let receiving = async {
        sleep(Duration::from_secs(4)).await;
        receive_all(&mut b, count, len).await;
    };
    tokio::join!(sending, receiving);
    assert_eq!(a.mesh.links().links[0].link, link);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_ends_the_link_and_says_so() {
    let (mut a, link, mut b, _) = pair().await;
    let mut outcome = SendOutcome::Queued;
    while outcome == SendOutcome::Queued {
        outcome = a.mesh.send(link, vec![1; 16 * 1024]);
        tokio::task::yield_now().await;
    }
    assert_eq!(outcome, SendOutcome::QueueFull);
    assert_eq!(a.mesh.send(link, vec![1]), SendOutcome::NoLink);
    assert_eq!(a.link_down().await, LinkEnd::QueueFull);
    let LinkEnd::ClosedByPeer { reason } = b.link_down().await else { panic!("another end") };
    assert!(reason.contains("256 frames wait"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_before_a_close_arrives_with_the_reason() {
    let (mut a, link, mut b, _) = pair().await;
    for number in 0..100 {
        a.send(link, &numbered(number, 2000));
    }
    a.mesh.close(link, "revoked");
    assert_eq!(a.mesh.send(link, vec![1]), SendOutcome::NoLink);
    receive_all(&mut b, 100, 2000).await;
    let reason = "revoked".to_owned();
    assert_eq!(b.link_down().await, LinkEnd::ClosedByPeer { reason: reason.clone() });
    assert_eq!(a.link_down().await, LinkEnd::ClosedHere { reason });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_sends_what_was_queued_and_says_goodbye() {
    let (a, link, mut b, _) = pair().await;
    for number in 0..50 {
        a.send(link, &numbered(number, 100));
    }
    let began = Instant::now();
    a.mesh.shutdown().await;
    assert!(began.elapsed() < Duration::from_secs(3));
    receive_all(&mut b, 50, 100).await;
    assert!(matches!(b.link_down().await, LinkEnd::ClosedByPeer { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_peer_was_met_is_told_by_both() {
    let (mut a, _, mut b, _) = pair().await;
    b.knows(&a);
    let (a_at, b_at) = (a.address(), b.address());
    // Both stay to the end: one tells the other where it was met.
    for (node, at) in [(&mut a, b_at), (&mut b, a_at)] {
        // Crossed dials may replace the link before either end tells where it met the other.
        let addresses = loop {
            if let MeshEvent::AddressLearned { addresses, .. } = node.event().await {
                break addresses;
            }
        };
        assert_eq!(addresses, [at]);
    }
}
