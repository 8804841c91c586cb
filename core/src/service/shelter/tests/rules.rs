//! The rules, one line each: what was so, what is asked, what it means.

use crate::record::field::PERSON_NAME;
use crate::record::of_person;
use crate::service::refusal::Refusal;
use crate::service::rehearsal::{START, Town, person, records, site, text, told};

/// Plays what was, asks, and compares what was decided.
fn check(given: &str, asked: &str, expected: &str) {
    let mut town = Town::play(given);
    assert_eq!(told(&town.step(asked)), expected, "after `{given}`, `{asked}`");
}

#[test]
fn nothing_is_taken_in_before_an_incident_is_open() {
    check("A.link:7=1", "A.tap:7", "NoOpenIncident");
    check("", "A.tap:7", "NoOpenIncident");
    check("", "A.in:1", "NoOpenIncident");
    check("", "A.open", "NoOpenIncident");
    check("", "H.over", "UnknownIncident");
    check("A.incident A.open A.in:1 A.over", "A.in:2", "NoOpenIncident");
}

#[test]
fn a_cut_off_shelter_opens_the_incident_along_with_itself() {
    check("", "A.first", "IncidentOpened, SiteStateSet");
    check("A.incident", "A.first", "SiteStateSet");
    check("A.first A.link:7=1", "A.tap:7", "CheckIn 1@A");
}

#[test]
fn a_token_is_asked_after_before_its_reader() {
    check("H.incident", "H.tap:7", "UnknownToken");
    check("H.incident H.link:7=1", "H.tap:7", "NoSite");
    check("A.incident A.link:7=1 A.lost:7", "A.tap:7", "TokenSuspended");
    check("A.incident A.link:7=1 A.ended:7", "A.tap:7", "TokenEnded");
    check("A.incident A.link:7=1 B.link:7=2 meet", "A.tap:7", "TokenConflict");
    check("A.incident A.link:7=1", "A.tap:7", "SiteNotOpen");
    check("A.incident A.ready A.link:7=1", "A.tap:7", "SiteNotOpen");
}

#[test]
fn a_second_touch_records_nothing() {
    let inside = "A.incident A.open A.link:7=1 A.tap:7";
    check(inside, "A.tap:7", "AlreadyHere { same_tap: true }");
    check(&format!("{inside} later"), "A.tap:7", "AlreadyHere { same_tap: false }");
    check(inside, "A.in:1", "AlreadyHere { same_tap: true }");
}

#[test]
fn a_touch_brings_back_whoever_was_on_leave_from_here() {
    check("A.incident A.open A.link:7=1 A.tap:7 A.leave:1", "A.tap:7", "Return 1@A");
    check("A.incident A.open A.link:7=1 A.tap:7 A.leave:1 A.stop", "A.tap:7", "Return 1@A");
    check("A.incident A.open A.link:7=1 A.stop", "A.tap:7", "SiteNotOpen");
    check("A.incident A.open A.in:1 A.leave:1", "A.in:1", "Return 1@A");
}

#[test]
fn a_household_is_ticked_and_those_inside_are_passed_over() {
    check("A.incident A.open", "A.in:1+2+3", "CheckIn 1@A, CheckIn 2@A, CheckIn 3@A");
    check("A.incident A.open A.in:2", "A.in:1+2+3+3", "CheckIn 1@A, CheckIn 3@A");
    check("A.incident A.open", "A.in:", "UnknownPerson");
}

#[test]
fn only_who_is_here_can_go() {
    let inside = "A.incident A.open B.incident";
    check(inside, "A.out:1", "NotHere");
    check(&format!("{inside} A.in:1 meet B.open"), "B.leave:1", "NotHere");
    check(&format!("{inside} A.in:1"), "A.leave:1", "Leave 1@A");
    check(&format!("{inside} A.in:1 A.leave:1"), "A.leave:1", "NothingToChange");
    check(&format!("{inside} A.in:1 A.leave:1"), "A.out:1", "CheckOut 1@A");
    check(&format!("{inside} A.in:1"), "A.back:1", "AlreadyHere { same_tap: true }");
    check(&format!("{inside} A.in:1 A.out:1"), "A.back:1", "NotHere");
}

#[test]
fn late_entries_carry_their_time_and_the_future_is_refused() {
    check("A.incident A.open A.close", "A.in:1", "SiteNotOpen");
    check("A.incident A.open A.close", "A.in:1@-7200", "CheckIn 1@A");
    check("A.incident A.open", "A.in:1@200", "CheckIn 1@A");
    check("A.incident A.open", "A.in:1@400", "TimeInFuture");
    check("", "A.in:1@400", "TimeInFuture");
}

#[test]
fn an_old_paper_card_moves_nobody_who_was_seen_later_unless_staff_mean_it() {
    let check = |given: &str, asked: &str, expected: &str| {
        let mut town = Town::play(given);
        let said = match town.step(asked) {
            Err(Refusal::SeenLater { person: who, site: at, at: when }) => {
                let places = [("A", site('A')), ("B", site('B'))];
                let place = places.iter().find(|(_, site)| *site == at).unwrap().0;
                assert_eq!(who, person(1));
                format!("seen at {place} {}", when - START)
            }
            other => told(&other),
        };
        assert_eq!(said, expected, "after `{given}`, `{asked}`");
    };
    let there = "A.incident A.open B.incident B.open A.in:1 meet";
    check(there, "B.in:1@-3600", "seen at A 0");
    check(there, "B.in:1+2@-3600", "seen at A 0");
    check(there, "B.in:1@-3600!", "CheckIn 1@B");
    check(there, "A.out:1@-60", "seen at A 0");
    check(there, "A.leave:1@-60", "seen at A 0");
    check(there, "A.out:1@-60!", "CheckOut 1@A");
    check(there, "A.out:1@0", "CheckOut 1@A");
    check(&format!("{there} A.out:1"), "A.in:1@-60", "seen at A 0");
    check(&format!("{there} later A.leave:1"), "A.back:1@-60", "seen at A 3600");
    check(&format!("{there} later"), "B.in:1@-60", "CheckIn 1@B");
    check("A.incident A.open A.in:1@-7200", "A.out:1@-3600", "CheckOut 1@A");
    check(&format!("{there} A.walkin:9 A.join:9=1 meet"), "B.in:9@-60", "seen at A 0");
}

#[test]
fn a_token_changes_hands_only_when_staff_mean_it() {
    check("A.link:7=1", "A.link:7=1", "NothingToChange");
    check("A.link:7=1", "A.link:7=2", "TokenTaken");
    check("A.link:7=1", "A.relink:7=2", "TokenSet");
    check("A.link:7=1 A.lost:7", "A.link:7=1", "TokenSuspended");
    check("", "A.lost:7", "UnknownToken");
    check("A.link:7=1 A.lost:7", "A.lost:7", "NothingToChange");
    check("A.join:9=1", "A.join:9=1", "NothingToChange");
}

#[test]
fn a_correction_names_a_fact_and_a_reason_once() {
    check("A.incident A.open A.in:1", "A.undo", "Correct");
    check("A.link:7=1", "A.undo:tokens", "Correct");
    check("A.link:7=1", "A.undo", "UnknownTarget");
    check("", "A.undo", "UnknownTarget");
    check("A.incident", "A.mute", "NoReason");
}

#[test]
fn whom_the_register_does_not_know_comes_as_a_walk_in() {
    let check = |given: &str, asked: &str, expected: &str| {
        let mut town = Town::play(given);
        let record = of_person(person(1));
        let register = records([(record, PERSON_NAME, text("訓練 一郎"))]);
        town.desks.get_mut(&'A').unwrap().register = Some(register);
        assert_eq!(told(&town.step(asked)), expected, "after `{given}`, `{asked}`");
    };
    check("A.incident A.open", "A.in:1", "CheckIn 1@A");
    check("A.incident A.open", "A.in:1+9", "UnknownPerson");
    check("A.incident A.open", "A.safe:9", "UnknownPerson");
    check("A.incident A.open", "A.out:9", "UnknownPerson");
    check("A.incident", "A.in:9", "UnknownPerson");
    check("A.incident A.open", "A.walkin:9", "CheckIn 9@A");
    check("A.incident A.open A.walkin:9", "A.out:9", "CheckOut 9@A");
    check("A.incident A.open A.join:9=1", "A.in:9", "CheckIn 1@A");
    check("A.incident A.open A.link:7=9", "A.in:9", "CheckIn 9@A");
}

#[test]
fn two_desks_that_disagree_are_settled_by_the_next_touch() {
    let both = "A.incident A.open A.link:7=1 B.incident B.open B.link:7=1 A.tap:7 B.tap:7 meet";
    check(both, "A.tap:7", "CheckIn 1@A");
    check(both, "B.in:1", "CheckIn 1@B");
}
