//! The rules, one line each: what was so, what is asked, what it means.

use crate::service::rehearsal::{site, wall};
use crate::service::transport::command::Trip;
use crate::service::{asked::Context, transport::decide};
use crate::time::{Confidence, Day, Wall};

use super::rehearsal::{ROUTE, Town, told};

/// Plays what was, asks, and compares what was decided.
fn check(given: &str, asked: &str, expected: &str) {
    let mut town = Town::play(given);
    assert_eq!(told(&town.step(asked)), expected, "after `{given}`, `{asked}`");
}

#[test]
fn a_rider_without_a_right_rides() {
    check("A.link:7=1", "A.tap:7", "Ride 1@A 1 of the buses");
    check("C.issue:5=1/1 C.link:7=1 C.tap:7 later", "C.tap:7", "Ride 1@C 1");
    check("B.link:7=1", "B.tap:7*3", "Ride 1@B 3");
}

#[test]
fn a_token_is_asked_after_before_its_reader() {
    check("", "H.tap:7", "UnknownToken");
    check("H.link:7=1", "H.tap:7", "NoSite");
    check("H.link:7=1", "H.tap:7*0", "NoSite");
    check("A.link:7=1 A.lost:7", "A.tap:7", "TokenSuspended");
    check("A.link:7=1 A.ended:7", "A.tap:7", "TokenEnded");
    check("A.link:7=1 B.link:7=2 meet", "A.tap:7", "TokenConflict");
    check("A.link:7=1", "A.tap:7*0", "NoAmount");
    check("A.link:7=1 A.tap:7", "A.tap:7*0", "NoAmount");
}

#[test]
fn a_double_tap_in_one_vehicle_is_one_ride() {
    check("A.link:7=1 A.tap:7", "A.tap:7", "SameRide");
    check("A.link:7=1 A.tap:7 wait", "A.tap:7", "Ride 1@A 1 of the buses");
    check("A.link:7=1 A.tap:7 A.link:8=1", "A.tap:8", "SameRide");
    check("A.link:7=1 A.tap:7 A.join:9=1 A.link:8=9", "A.tap:8", "SameRide");
    check("A.link:7=1 A.tap:7 meet B.link:8=1", "B.tap:8", "Ride 1@B 1");
    check("A.ride:1@-7200 A.link:7=1", "A.tap:7", "Ride 1@A 1 of the buses");
    check("A.ride:1@-30 A.link:7=1", "A.tap:7", "SameRide");
}

#[test]
fn a_late_ride_carries_its_time_and_comes_once() {
    check("", "A.ride:1@-7200", "Ride 1@A 1 of the buses");
    check("A.ride:1@-7200", "A.ride:1@-7170", "SameRide");
    check("A.ride:1@-7200", "A.ride:1@-7000", "Ride 1@A 1 of the buses");
    check("", "A.ride:1@400", "TimeInFuture");
    check("", "H.ride:1", "NoSite");
}

#[test]
fn a_book_is_sold_as_the_list_has_it() {
    check("", "C.issue:5=1/2", "Issue 1 2 for 200");
    check("", "C.issue:5=1/10", "Issue 1 10 for 1000 until day 9");
    check("", "C.issue:5=1/10@-86400", "Issue 1 10 for 1000 until day 8");
    check("", "C.issue:5=1/99", "UnknownProduct");
    check("", "C.issue:5=1/12", "UnknownProduct");
    check("", "C.issue:5=1/2@400", "TimeInFuture");
    check("C.issue:5=1/2", "C.issue:5=1/2", "NothingToChange");
    check("C.join:9=1", "C.issue:5=9/2", "Issue 1 2 for 200");
}

#[test]
fn no_more_is_taken_back_than_is_left() {
    check("", "C.void:5", "UnknownBook");
    check("C.issue:5=1/2", "C.void:5", "Void 1 2 for 100");
    check("C.issue:5=1/2", "C.void:5=0", "NoAmount");
    check("C.issue:5=1/2", "C.void:5=3", "NotSoMany");
    check("C.issue:5=1/2 C.ride:1", "C.void:5=2", "NotSoMany");
    check("C.issue:5=1/2 C.ride:1", "C.void:5", "Void 1 1 for 100");
    check("C.issue:5=1/2 C.void:5", "C.void:5", "NothingToChange");
    check("C.issue:5=1/2", "C.mute:5", "NoReason");
    check("C.issue:5=1/4 C.void:5=1", "C.void:5=2", "Void 1 3 for 200");
    check("C.issue:5=9/2 C.join:9=1 C.ride:1", "C.void:5=2", "NotSoMany");
}

#[test]
fn the_stop_is_the_drivers_word_then_the_timetables_then_unknown() {
    let from = |trip: Trip, minute: i64, confidence: Confidence| {
        let mut town = Town::play("A.link:7=1");
        town.trip = trip;
        let midnight = Day::of(town.now).begins();
        town.now = midnight + minute * 60;
        if confidence == Confidence::Unsure {
            let desk = town.desk('A');
            let (transport, tokens, town_lists) = (&desk.transport, &desk.tokens, &town.lists);
            let known = decide::Known { transport, tokens, town: Some(town_lists) };
            let tap = crate::service::transport::command::Command::TapBoard {
                token: crate::service::rehearsal::token(7),
                assurance: crate::fact::shelter::Assurance::Listed,
                trip,
                fare: None,
                tickets: 1,
            };
            let now = Wall { confidence, ..wall(town.now) };
            let context = Context { site: Some(site('A')), now };
            return told(&decide::decide(&known, &tap, &context));
        }
        told(&town.step("A.tap:7"))
    };
    let trip = |run, stop| Trip { route: Some(ROUTE), run, stop };
    let set = Confidence::Synced;
    assert_eq!(from(trip(Some(0), Some(2)), 420, set), "Ride 1@A 1 of the buses from 3");
    assert_eq!(from(trip(Some(0), None), 435, set), "Ride 1@A 1 of the buses from 2");
    assert_eq!(from(trip(Some(0), None), 0, set), "Ride 1@A 1 of the buses from 1");
    assert_eq!(from(trip(Some(0), None), 435, Confidence::Unsure), "Ride 1@A 1 of the buses");
    assert_eq!(from(trip(Some(0), Some(9)), 435, set), "Ride 1@A 1 of the buses");
    assert_eq!(from(trip(Some(9), None), 435, set), "Ride 1@A 1 of the buses");
    assert_eq!(from(trip(None, None), 435, set), "Ride 1@A 1 of the buses");
    assert_eq!(from(Trip::default(), 435, set), "Ride 1@A 1 of the buses");
}

#[test]
fn the_route_says_whose_the_ride_is_where_the_vehicle_does_not() {
    let mut town = Town::play("B.link:7=1");
    assert_eq!(told(&town.step("B.tap:7")), "Ride 1@B 1");
    town.step("wait").unwrap();
    town.trip = Trip { route: Some(ROUTE), ..Trip::default() };
    assert_eq!(told(&town.step("B.tap:7")), "Ride 1@B 1 of the buses");
}
