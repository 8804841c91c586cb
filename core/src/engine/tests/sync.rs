//! Replicas that were apart find each other equal again, in few bytes.

use std::time::Duration;

use super::town::{Town, person, site};
use crate::engine::input::Command;
use crate::limits::COMPARE_EVERY;
use crate::scope::Scope;

#[test]
fn a_cut_off_shelter_reaches_headquarters_when_the_link_returns() {
    let mut town = Town::of(2);
    town.open_incident(1);
    town.open_site(1);
    town.check_in(1, &[1, 2, 3]);
    assert_eq!(town.sure_at(0, 1), 0);
    town.link(1, 0);
    assert_eq!(town.sure_at(0, 1), 3);
    town.check_in(1, &[4]);
    assert_eq!(town.sure_at(0, 1), 4, "pushed while the link is live");
    town.assert_equal(0, 1);
}

#[test]
fn the_ends_of_a_chain_never_meet_and_agree() {
    let mut town = Town::of(4);
    for number in 0..3 {
        town.link(number, number + 1);
    }
    town.open_incident(3);
    town.open_site(3);
    town.check_in(3, &[1]);
    town.pass(Duration::from_secs(1));
    assert_eq!(town.sure_at(0, 3), 1);
    town.open_site(0);
    town.check_in(0, &[2]);
    town.pass(Duration::from_secs(1));
    town.assert_equal(0, 3);
}

#[test]
fn equal_replicas_find_out_in_forty_bytes_each() {
    let mut town = Town::of(2);
    town.open_incident(1);
    town.link(0, 1);
    town.pass(Duration::from_secs(2));
    town.cut(0, 1);
    town.sent.clear();
    town.link(0, 1);
    // Reports travel in an exchange of their own, after the comparison.
    let hello = 40;
    let reports: usize = (0..2).map(|n| reports_bytes(&town, n)).sum();
    let sent: usize = town.sent.values().sum();
    assert_eq!(sent - reports, 2 * hello);
}

/// What a host sends of reports to a peer that was just compared.
fn reports_bytes(town: &Town, number: usize) -> usize {
    let engine = &town.hosts[number].engine;
    let peer = town.hosts[1 - number].engine.me();
    let session = engine.links().find(|(_, session)| session.peer() == peer);
    let frames = session.map(|(_, session)| engine.reports_for(session)).unwrap_or_default();
    frames.iter().map(|frame| frame.to_bytes().len()).sum()
}

#[test]
fn one_missing_fact_with_a_hundred_nodes_costs_little() {
    let mut town = Town::of(100);
    town.open_incident(0);
    for number in 1..100 {
        town.link(0, number);
        town.open_site(number);
        town.cut(0, number);
    }
    town.link(0, 1);
    town.open_site(0);
    town.link(0, 1);
    town.cut(0, 1);
    town.check_in(1, &[1]);
    for from_headquarters in [false, true] {
        town.sent.clear();
        if from_headquarters {
            town.check_in(0, &[2]);
            town.link(0, 1);
        } else {
            town.link(1, 0);
        }
        let reports = reports_bytes(&town, 0) + reports_bytes(&town, 1);
        let bytes = town.sent.values().sum::<usize>() - reports;
        assert!(bytes <= 600, "{bytes} bytes both ways");
        town.assert_equal(0, 1);
        town.cut(0, 1);
    }
}

#[test]
fn a_shelters_two_days_fit_through_a_thin_line() {
    let mut town = Town::of(2);
    town.open_incident(1);
    town.open_site(1);
    for number in 0..2000 {
        town.check_in(1, &[number]);
    }
    town.sent.clear();
    town.link(0, 1);
    let bytes: usize = town.sent.values().sum();
    assert!(bytes <= 160_000, "{bytes} bytes both ways");
    assert_eq!(town.sure_at(0, 1), 2000);
    town.assert_equal(0, 1);
}

#[test]
fn somebody_at_two_cut_off_shelters_counts_once_in_town() {
    let mut town = Town::of(3);
    town.open_incident(0);
    town.link(0, 1);
    town.link(0, 2);
    town.open_site(1);
    town.open_site(2);
    town.cut(0, 1);
    town.cut(0, 2);
    town.check_in(1, &[1, 2]);
    town.check_in(2, &[1, 3]);
    town.link(1, 0);
    town.link(2, 0);
    town.pass(Duration::from_secs(1));
    let shelter = &town.hosts[0].engine.folds().shelter;
    let incident = shelter.incident(super::town::INCIDENT).unwrap();
    assert_eq!(incident.total().present.sure, 3);
    let (one, two) = (incident.headcount(site(1)).present, incident.headcount(site(2)).present);
    assert_eq!((one.sure, one.at_most, two.sure, two.at_most), (1, 2, 1, 2));
    assert!(incident.whereabouts(person(1)).is_two_places());
    // A later tap settles it.
    town.check_in(2, &[1]);
    town.pass(Duration::from_secs(1));
    let shelter = &town.hosts[1].engine.folds().shelter;
    let incident = shelter.incident(super::town::INCIDENT).unwrap();
    assert!(!incident.whereabouts(person(1)).is_two_places());
    town.assert_equal(0, 1);
    town.assert_equal(1, 2);
}

#[test]
fn a_link_that_lost_a_push_is_equal_again_at_the_next_comparison() {
    let mut town = Town::of(2);
    town.link(0, 1);
    town.open_incident(1);
    // A batch of a journal whose beginning the peer never got: it says so, and gets all of it.
    town.open_site(1);
    let journal = *town.held(1).keys().next().unwrap();
    town.hosts[0].disk.forget_after(journal, 0);
    town.restart(0);
    town.link(0, 1);
    town.pass(COMPARE_EVERY + Duration::from_secs(1));
    town.assert_equal(0, 1);
}

#[test]
fn what_a_node_may_not_read_is_never_sent_to_it() {
    let mut town = Town::of(2);
    let mut scopes = Scope::EVERY_READER.to_vec();
    scopes.push(Scope::Register);
    let wide = town.admission(0, &scopes);
    town.give(0, wide);
    let request = town.command(
        0,
        Command::Correct {
            scope: Scope::Register,
            target: crate::id::EntryId { journal: crate::id::JournalId([1; 8]), seq: 1 },
            reason: "訓練".into(),
        },
    );
    assert!(town.told[&request].is_err());
    town.link(0, 1);
    town.assert_equal(0, 1);
    let shared = town.hosts[0]
        .engine
        .credentials()
        .shared_scopes(town.hosts[0].engine.me(), town.hosts[1].engine.me());
    assert!(!shared.contains(&Scope::Register));
}
