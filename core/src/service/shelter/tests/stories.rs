//! What the town knows after cut-off shelters hear each other.

use crate::fact::Fact;
use crate::fact::correct::Correct;
use crate::fact::shelter::{Congestion, SiteState};
use crate::fact::words::Words;
use crate::service::rehearsal::{FLOOD, START, Town, origin, person, site};
use crate::service::shelter::incident::{Accounted, Incident};
use crate::service::shelter::presence::{Headcount, Interval};
use crate::service::{Fold as _, Standing};

/// Two shelters that know of the incident and do not hear each other.
const APART: &str = "A.incident B.incident A.open B.open ";

fn flood(town: &Town) -> &Incident {
    town.desk('A').shelter.incident(FLOOD).unwrap()
}

fn present(sure: u32, at_most: u32) -> Headcount {
    Headcount { present: Interval { sure, at_most }, on_leave: Interval::default() }
}

fn on_leave(sure: u32, at_most: u32) -> Headcount {
    Headcount { present: Interval::default(), on_leave: Interval { sure, at_most } }
}

#[test]
fn a_resident_at_two_cut_off_shelters_counts_once_in_the_town() {
    let town = Town::play(&format!("{APART} A.in:1+2 B.in:1 meet"));
    let flood = flood(&town);
    assert!(flood.whereabouts(person(1)).is_two_places());
    assert_eq!(flood.total(), present(2, 2));
    assert_eq!(flood.headcount(site('A')), present(1, 2));
    assert_eq!(flood.headcount(site('B')), present(0, 1));
    assert_eq!(flood.unsettled().collect::<Vec<_>>(), [person(1)]);
}

#[test]
fn whoever_moves_between_shelters_that_hear_each_other_is_at_one() {
    let town = Town::play(&format!("{APART} A.in:1 meet later B.in:1 meet"));
    let flood = flood(&town);
    assert_eq!(flood.whereabouts(person(1)).surely_in(), Some(site('B')));
    assert_eq!(flood.headcount(site('A')), present(0, 0));
    assert_eq!(flood.total(), present(1, 1));
}

#[test]
fn a_later_touch_settles_two_places() {
    let town = Town::play(&format!("{APART} A.in:1 B.in:1 meet later B.in:1 meet"));
    assert_eq!(flood(&town).whereabouts(person(1)).surely_in(), Some(site('B')));
}

#[test]
fn checked_out_of_one_of_two_places_is_at_the_other() {
    let town = Town::play(&format!("{APART} A.in:1 B.in:1 meet A.out:1 meet"));
    assert_eq!(flood(&town).whereabouts(person(1)).surely_in(), Some(site('B')));
    assert_eq!(flood(&town).total(), present(1, 1));
}

#[test]
fn two_desks_of_one_shelter_are_no_conflict() {
    let town = Town::play("A.incident a.incident A.open a.open A.in:1 a.in:1 meet");
    assert_eq!(flood(&town).headcount(site('A')), present(1, 1));
    assert_eq!(flood(&town).unsettled().count(), 0);
}

#[test]
fn on_leave_is_counted_apart_and_still_of_the_shelter() {
    let town = Town::play("A.incident A.open A.in:1 A.leave:1");
    assert_eq!(flood(&town).headcount(site('A')), on_leave(1, 1));
    assert_eq!(flood(&town).people_at(site('A')).count(), 1);
    assert_eq!(flood(&town).total(), on_leave(1, 1));
}

#[test]
fn a_corrected_fact_is_absent_and_what_it_had_seen_too() {
    let town = Town::play(&format!("{APART} A.in:1 meet B.in:1 B.undo meet"));
    assert_eq!(flood(&town).whereabouts(person(1)).surely_in(), Some(site('A')));
    let town = Town::play("A.incident A.open A.in:1 A.undo");
    assert_eq!(flood(&town).accounted(person(1)), None);
    assert_eq!(flood(&town).total(), present(0, 0));
}

#[test]
fn a_correction_of_another_hash_changes_nothing() {
    let mut town = Town::play("A.incident A.open A.in:1");
    let desk = town.desks.get_mut(&'A').unwrap();
    let target = desk.log.last().unwrap().0.entry;
    let correct = Correct { target, target_hash: [0xEE; 4], reason: Words::new("訓練データ") };
    desk.shelter.apply(&origin('B', 1, START), &Fact::Correct(correct));
    assert_eq!(flood(&town).accounted(person(1)), Some(Accounted::Verified));
}

#[test]
fn no_unverified_word_moves_anybody_and_none_makes_anybody_missing() {
    let heard = Town::play("A.incident A.open A.in:1 A.safe:2");
    let mut stolen = Town::play("B.incident");
    for (origin, fact) in &heard.desk('A').log {
        let standing = Standing::Unverified;
        let doubted = crate::service::Origin { standing, ..*origin };
        stolen.desks.get_mut(&'B').unwrap().hear(&doubted, fact);
    }
    let flood = stolen.desk('B').shelter.incident(FLOOD).unwrap();
    assert_eq!(flood.total(), present(0, 0));
    assert_eq!(flood.states(site('A')), []);
    assert_eq!(flood.accounted(person(1)), Some(Accounted::Unverified));
    assert_eq!(flood.accounted(person(2)), Some(Accounted::Unverified));
    for (origin, fact) in &heard.desk('A').log {
        stolen.desks.get_mut(&'B').unwrap().hear(origin, fact);
    }
    let flood = stolen.desk('B').shelter.incident(FLOOD).unwrap();
    assert_eq!(flood.accounted(person(1)), Some(Accounted::Verified));
    assert_eq!(flood.total(), present(1, 1));
}

#[test]
fn staff_words_on_a_crowd_expire() {
    let town = Town::play("A.incident A.open A.full");
    assert_eq!(flood(&town).congestion_said(site('A'), START), Some(Congestion::Full));
    assert_eq!(flood(&town).congestion_said(site('A'), START + 7200), None);
}

#[test]
fn desks_that_disagree_on_a_shelter_are_both_shown() {
    let town = Town::play("A.incident a.incident A.open a.ready meet");
    assert_eq!(flood(&town).states(site('A')), [SiteState::Preparing, SiteState::Open]);
    let town = Town::play("A.incident a.incident A.open a.ready meet a.close meet");
    assert_eq!(flood(&town).states(site('A')), [SiteState::Closed]);
}

#[test]
fn desks_of_one_shelter_that_disagree_leave_a_doubt_and_no_second_place() {
    let town =
        Town::play("A.incident A.open A.in:1 a.incident meet A.out:1 a.leave:1 a.back:1 meet");
    let flood = flood(&town);
    assert_eq!(flood.headcount(site('A')), present(0, 1));
    assert!(!flood.whereabouts(person(1)).is_two_places());
    assert_eq!(flood.unsettled().collect::<Vec<_>>(), [person(1)]);
}

#[test]
fn a_shelter_goes_on_with_the_incident_it_opened_itself() {
    let town = Town::play("A.first A.in:1 H.incident meet");
    let shelter = &town.desk('A').shelter;
    assert_eq!(shelter.open_incidents().len(), 2);
    let own = shelter.incident_at(site('A')).unwrap();
    assert_ne!(own, FLOOD);
    assert_eq!(shelter.incident(own).unwrap().total(), present(1, 1));
    assert_eq!(shelter.incident_at(site('B')), shelter.current_incident());
}

#[test]
fn an_empty_incident_does_not_hide_the_one_that_people_are_in() {
    for script in [
        "A.incident A.open A.in:1 B.first B.close meet",
        "B.incident B.open B.in:1 A.first A.close meet",
        "A.incident A.ready B.first B.close meet",
    ] {
        let town = Town::play(script);
        let shelter = &town.desk('B').shelter;
        assert_eq!(shelter.open_incidents().len(), 2);
        assert_eq!(shelter.current_incident(), Some(FLOOD), "after `{script}`");
        assert_eq!(shelter.incident_at(site('C')), Some(FLOOD), "after `{script}`");
    }
    let town = Town::play("A.incident B.first B.close meet");
    assert_ne!(town.desk('A').shelter.current_incident(), Some(FLOOD), "of two, the newest");
}

#[test]
fn a_walk_in_who_was_recognised_leaves_the_other_shelter_by_both_ids() {
    let mut town = Town::play(&format!("{APART} B.in:9 A.link:7=1 A.join:9=1 meet"));
    let decided = town.step("A.tap:7");
    assert_eq!(crate::service::rehearsal::told(&decided), "CheckIn 1@A, CheckOut 9@B");
    assert_eq!(flood(&town).total(), present(1, 1));
}
