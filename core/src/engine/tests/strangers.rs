//! Who is let in, and what becomes of those who break the protocol.

use super::town::Town;
use crate::scope::Scope;
use crate::sync::PeerMisbehaved;
use crate::sync::frame::Frame;
use std::time::Duration;

#[test]
fn a_spare_tablet_joins_a_cut_off_shelter_by_its_own_credential() {
    let mut town = Town::of(2);
    town.open_incident(1);
    // Admitted at the town hall after the shelter was cut off: only the tablet knows.
    let admission = town.admission(2, &Scope::EVERY_READER);
    let known: Vec<_> = (0..2).map(|n| town.admission(n, &Scope::EVERY_READER)).collect();
    let mut credentials = vec![town.appointment(), admission];
    credentials.extend(known);
    town.add(2, credentials);
    town.link(2, 1);
    town.assert_equal(1, 2);
    town.open_site(2);
    town.check_in(2, &[1]);
    town.assert_equal(1, 2);
    // And the shelter, heard again, tells headquarters of it.
    town.link(0, 1);
    town.pass(Duration::from_secs(1));
    town.assert_equal(0, 2);
    assert_eq!(town.closed, []);
}

#[test]
fn a_tablet_that_knows_only_itself_learns_the_town() {
    let mut town = Town::of(2);
    town.open_incident(1);
    let admission = town.admission(2, &Scope::EVERY_READER);
    town.add(2, vec![town.appointment(), admission]);
    town.link(1, 2);
    town.assert_equal(1, 2);
    assert_eq!(town.hosts[2].engine.credentials(), town.hosts[1].engine.credentials());
    assert_eq!(town.closed, []);
}

#[test]
fn a_key_that_nobody_admitted_is_let_go() {
    let mut town = Town::of(1);
    town.add(1, Vec::new());
    town.link(1, 0);
    town.pass(Duration::from_secs(4));
    assert!(!town.closed.is_empty());
    assert_eq!(town.hosts[0].engine.links().count(), 0);
}

#[test]
fn garbage_closes_its_own_link_and_disturbs_nobody() {
    for bytes in [vec![], vec![99], vec![1, 2, 3], vec![8, 200, 7], vec![10; 40]] {
        let mut town = Town::of(2);
        town.open_incident(0);
        town.link(0, 1);
        town.speak(0, bytes);
        assert!(matches!(town.closed.as_slice(), [PeerMisbehaved::Malformed(_)]));
        assert_eq!(town.hosts[0].engine.links().count(), 0);
        town.link(0, 1);
        town.assert_equal(0, 1);
    }
}

#[test]
fn words_that_cannot_be_true_close_the_link() {
    let no_such_scope = Frame::Behind { scope: 60, places: Vec::new() };
    for frame in [no_such_scope, Frame::Reports(vec![[1; 200].into()])] {
        let mut town = Town::of(2);
        town.link(0, 1);
        town.speak(0, frame.to_bytes());
        assert_eq!(town.closed.len(), 1, "{frame:?}");
    }
}

#[test]
fn gaps_without_end_are_not_answered_without_end() {
    let mut town = Town::of(2);
    town.link(0, 1);
    town.open_incident(0);
    let journal = *town.held(0).keys().next().unwrap();
    town.sent.clear();
    for _ in 0..1000 {
        town.speak(0, Frame::Gap { journal, seq: 0 }.to_bytes());
    }
    assert!(town.sent.get(&0).copied().unwrap_or(0) < 2_000, "{:?}", town.sent);
}

#[test]
fn a_counter_from_the_end_of_time_is_not_believed() {
    let mut town = Town::of(2);
    town.link(1, 0);
    let wall = crate::time::Wall { seconds: 0, confidence: crate::time::Confidence::Unsure };
    let counter = u64::MAX - 1;
    let entries = vec![(crate::fact::Kind(999), Vec::new())];
    let batch = town.sealed_by(1, Scope::Town, entries, counter, wall);
    town.speak(0, Frame::Batch(batch).to_bytes());
    assert_eq!(town.held(0).len(), 1, "what is authentic is kept");
    town.open_incident(0);
    town.restart(0);
    town.open_site(0);
}

#[test]
fn a_journal_with_two_ends_does_not_part_those_who_hold_one_each() {
    let mut town = Town::of(3);
    let wall = crate::time::Wall { seconds: 0, confidence: crate::time::Confidence::Unsure };
    let branch = |town: &Town, body: u8| {
        let entries = vec![(crate::fact::Kind(999), vec![body])];
        Frame::Batch(town.sealed_by(2, Scope::Town, entries, 5, wall)).to_bytes()
    };
    for (host, body) in [(0, 1), (1, 2)] {
        let bytes = branch(&town, body);
        town.link(2, host);
        town.speak(host, bytes);
        town.cut(2, host);
        assert_eq!(town.held(host).len(), 1);
    }
    town.link(0, 1);
    town.open_incident(0);
    town.pass(Duration::from_secs(70));
    assert_eq!(town.closed, []);
    assert!(town.hosts[1].engine.folds().shelter.incident(super::town::INCIDENT).is_some());
}
