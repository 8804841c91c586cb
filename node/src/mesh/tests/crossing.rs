//! Two nodes that dial each other keep one link, the same at both ends.

use std::time::Duration;

use digiana_core::id::NodeId;
use tokio::time::{Instant, sleep};

use super::super::address_book::Source;
use super::super::event::LinkEnd;
use super::super::limits::{SETTLED_AFTER, WELCOME_AFTER};
use super::super::switchboard::{Refused, Switchboard};
use super::{Node, loopback, two_seeds};

#[tokio::test(flavor = "multi_thread")]
async fn two_that_dial_at_once_keep_one_link() {
    let (smaller, greater) = two_seeds();
    let (mut a, mut b) = (Node::new(smaller).await, Node::new(greater).await);
    a.knows(&b);
    b.knows(&a);
    tokio::join!(a.link_up(), b.link_up());
    for _ in 0..5 {
        a.mesh.pause(b.id());
        b.mesh.pause(a.id());
        tokio::join!(a.link_down(), b.link_down());
        sleep(Duration::from_millis(50)).await;
        // A resume dials at once on both sides, so the two connections cross.
        a.mesh.resume(b.id());
        b.mesh.resume(a.id());
        // `Node::event` asserts that no second link is up before the first is down.
        let calm = |mut node: Node| async move {
            let quiet = Instant::now() + Duration::from_secs(1);
            while let Ok(event) = tokio::time::timeout_at(quiet, node.event()).await {
                drop(event);
            }
            node
        };
        (a, b) = tokio::join!(calm(a), calm(b));
        let [a_link] = a.up.keys().copied().collect::<Vec<_>>()[..] else { panic!("{:?}", a.up) };
        let [b_link] = b.up.keys().copied().collect::<Vec<_>>()[..] else { panic!("{:?}", b.up) };
        let (at_a, at_b) = (a.mesh.links(), b.mesh.links());
        assert_eq!((at_a.links.len(), at_b.links.len()), (1, 1));
        assert_ne!(at_a.links[0].dialled, at_b.links[0].dialled, "not the same connection");
        a.talks_to(a_link, &mut b, b_link).await;
    }
}

const ME: NodeId = NodeId([5; 32]);
const SMALLER: NodeId = NodeId([1; 32]);
const GREATER: NodeId = NodeId([9; 32]);

#[tokio::test]
async fn of_two_crossed_connections_the_one_dialled_by_the_smaller_id_stays() {
    let now = Instant::now();
    for (peer, dialled_first, dialled_second, stays) in [
        (GREATER, true, false, true),
        (GREATER, false, true, false),
        (SMALLER, true, false, false),
        (SMALLER, false, true, true),
    ] {
        let mut board = Switchboard::new(ME, 8);
        let mut first = board.admit(peer, dialled_first, now).unwrap();
        let second = board.admit(peer, dialled_second, now);
        assert_eq!(second.as_ref().err(), stays.then_some(&Refused::Replaced));
        assert_eq!(board.status(now).links.len(), 1);
        let ending = first.ending.borrow_and_update().clone();
        assert_eq!(ending.map(|ending| ending.end), (!stays).then_some(LinkEnd::Replaced));
    }
}

#[tokio::test]
async fn a_peer_that_connects_again_has_lost_the_old_link() {
    let now = Instant::now();
    let mut board = Switchboard::new(ME, 8);
    let _by_me = board.admit(GREATER, true, now).unwrap();
    assert!(matches!(board.admit(GREATER, false, now), Err(Refused::Replaced)));
    let later = board.admit(GREATER, false, now + SETTLED_AFTER).unwrap();
    assert!(later.predecessor.is_some());
    let again = board.admit(GREATER, false, now + SETTLED_AFTER).unwrap();
    assert!(again.predecessor.is_some());
}

#[tokio::test]
async fn a_full_node_takes_no_further_peer_and_dials_none() {
    let now = Instant::now();
    let mut board = Switchboard::new(ME, 1);
    let held = board.admit(GREATER, false, now).unwrap();
    assert!(matches!(board.admit(SMALLER, false, now), Err(Refused::Full)));
    // The peer that is linked already may still come by another connection.
    let newer = board.admit(GREATER, false, now).unwrap();
    board.retire(held.link, &LinkEnd::Replaced, now);
    board.told(SMALLER, Source::Told, vec![loopback(1)], now);
    let later = now + Duration::from_secs(1);
    assert_eq!(board.due(later).0, []);
    board.retire(newer.link, &LinkEnd::Silent, now);
    assert_eq!(board.due(later).0, [(SMALLER, vec![loopback(1)])]);
    assert_eq!(board.due(later).0, [], "it is being dialled");
}

#[tokio::test]
async fn a_stranger_is_not_sought_until_the_engine_let_its_link_live() {
    let now = Instant::now();
    let mut board = Switchboard::new(ME, 8);
    let brief = board.admit(SMALLER, false, now).unwrap();
    assert_eq!(board.met_at(brief.link, loopback(1), now), None);
    let unwelcome = LinkEnd::ClosedHere { reason: "unknown key".to_owned() };
    board.retire(brief.link, &unwelcome, now);
    let later = now + Duration::from_secs(60);
    assert_eq!(board.due(later).0, []);

    let welcome = board.admit(SMALLER, false, now).unwrap();
    let known = board.met_at(welcome.link, loopback(1), now + WELCOME_AFTER);
    assert_eq!(known, Some((SMALLER, vec![loopback(1)])));
    assert_eq!(board.met_at(welcome.link, loopback(1), later), None);
    board.retire(welcome.link, &LinkEnd::Silent, later);
    assert_eq!(board.due(later + Duration::from_secs(1)).0, [(SMALLER, vec![loopback(1)])]);
}

#[tokio::test]
async fn a_rumour_waits_behind_those_whom_people_named() {
    let now = Instant::now();
    let mut board = Switchboard::new(ME, 1);
    board.told(GREATER, Source::Discovered, vec![loopback(1)], now);
    let later = now + Duration::from_secs(1);
    board.told(SMALLER, Source::Configured, vec![loopback(2)], now);
    assert_eq!(board.due(later).0, [(SMALLER, vec![loopback(2)])]);
}
