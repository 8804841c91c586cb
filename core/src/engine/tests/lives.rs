//! Power cuts, lost tails and taken-back journals.

use std::time::Duration;

use super::town::{Town, site};
use crate::scope::Scope;

#[test]
fn a_power_cut_begins_a_new_life_and_loses_nothing() {
    let mut town = Town::of(2);
    town.open_incident(1);
    town.open_site(1);
    town.check_in(1, &[1, 2]);
    town.restart(1);
    town.check_in(1, &[3]);
    let me = town.hosts[1].engine.me();
    assert_eq!(town.hosts[1].engine.frontier().lives(Scope::Shelter, me).count(), 2);
    town.link(0, 1);
    town.assert_equal(0, 1);
    assert_eq!(town.sure_at(0, 1), 3);
}

#[test]
fn a_run_that_writes_nothing_begins_no_life() {
    let mut town = Town::of(1);
    town.open_incident(0);
    town.restart(0);
    town.restart(0);
    town.open_site(0);
    let me = town.hosts[0].engine.me();
    let lives: Vec<_> = town.hosts[0].engine.frontier().lives(Scope::Shelter, me).collect();
    let numbers: Vec<u64> = lives.iter().map(|chain| chain.opening().life).collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn a_backup_of_a_closed_node_that_is_put_back_writes_under_no_name_that_a_peer_holds() {
    let mut town = Town::of(2);
    town.link(0, 1);
    town.open_incident(1);
    town.open_site(1);
    town.cut(0, 1);
    let backup = (town.hosts[1].disk.clone(), town.hosts[1].stored.clone());
    town.restart(1);
    town.link(0, 1);
    town.check_in(1, &[1]);
    town.cut(0, 1);
    (town.hosts[1].disk, town.hosts[1].stored) = backup;
    town.restart(1);
    town.check_in(1, &[2]);
    town.link(0, 1);
    town.pass(Duration::from_secs(3));
    assert_eq!(town.alarms, []);
    town.assert_equal(0, 1);
    assert_eq!((town.sure_at(0, 1), town.sure_at(1, 1)), (2, 2));
}

/// Two nodes that met; five people came to the second, and both know it. Then the line went.
fn five_in_and_cut_off() -> Town {
    let mut town = Town::of(2);
    town.link(0, 1);
    town.open_incident(1);
    town.open_site(1);
    for number in 1..6 {
        town.check_in(1, &[number]);
    }
    town.cut(0, 1);
    town
}

/// A disk that lied about its flush: entries that peers already hold are gone from it.
fn roll_back(town: &mut Town, number: usize, keep: u64) {
    let journals: Vec<_> = town.held(number).into_keys().collect();
    for journal in journals {
        town.hosts[number].disk.forget_after(journal, keep);
    }
    town.restart(number);
}

#[test]
fn a_lost_tail_comes_back_from_peers_and_is_taken_back() {
    let mut town = five_in_and_cut_off();
    roll_back(&mut town, 1, 4);
    assert_eq!(town.sure_at(1, 1), 1, "the tail is gone here");
    // It does not know yet, and takes another person in: a new life.
    town.check_in(1, &[50]);
    town.link(0, 1);
    assert_eq!(town.sure_at(1, 1), 2, "what came back is in doubt until it is taken back");
    town.pass(Duration::from_secs(3));
    town.assert_equal(0, 1);
    assert_eq!((town.sure_at(0, 1), town.sure_at(1, 1)), (6, 6));
    let me = town.hosts[1].engine.me();
    assert_eq!(town.hosts[0].engine.frontier().ends(Scope::Shelter, me).len(), 1);
}

#[test]
fn a_node_that_begins_anew_under_its_key_passes_on_what_it_wrote_before_its_past_came_back() {
    let mut town = five_in_and_cut_off();
    // Its store was damaged: two first lives, and the older one is the longer one.
    roll_back(&mut town, 1, 0);
    town.open_incident(1);
    town.link(0, 1);
    town.pass(Duration::from_secs(3));
    town.assert_equal(0, 1);
    town.check_in(1, &[50]);
    town.assert_equal(0, 1);
    assert_eq!((town.sure_at(0, 1), town.sure_at(1, 1)), (6, 6));
}

#[test]
fn a_tail_that_comes_back_before_the_next_tap_needs_no_taking_back() {
    let mut town = five_in_and_cut_off();
    roll_back(&mut town, 1, 4);
    town.link(0, 1);
    assert_eq!(town.sure_at(1, 1), 5);
    town.check_in(1, &[50]);
    town.pass(Duration::from_secs(3));
    town.assert_equal(0, 1);
    assert_eq!(town.sure_at(0, 1), 6);
}

#[test]
fn two_lives_that_share_a_number_are_both_kept_and_found_equal() {
    let mut town = Town::of(3);
    town.link(1, 2);
    town.open_incident(1);
    town.open_site(1);
    town.check_in(1, &[1]);
    // Restored from a backup twice, each time going on by itself: two second lives.
    let backup = town.hosts[1].disk.clone();
    town.restart(1);
    town.check_in(1, &[2]);
    town.link(1, 2);
    town.cut(1, 2);
    town.hosts[1].disk = backup;
    town.restart(1);
    town.check_in(1, &[3]);
    town.link(0, 1);
    town.assert_equal(0, 1);
    town.link(0, 2);
    town.pass(Duration::from_secs(3));
    town.assert_equal(0, 2);
    assert_eq!(town.sure_at(0, 1), 3);
    assert_eq!(town.sure_at(2, 1), 3, "at {}", site(1));
}
