//! What the lists say of what staff typed.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use crate::fact::edit::Value;
use crate::id::{RecordId, SiteId};
use crate::record::field;
use crate::service::rehearsal::{records, text};
use crate::time::Day;

use super::product::Product;
use super::route::{self, NotARoute, Route};
use super::rule::{GivenFor, PointRule};
use super::version;

const ID: RecordId = RecordId([0x16; 8]);

#[test]
fn a_rule_gives_points_where_and_when_it_says() {
    let rule = |fields: Vec<(_, Value)>| {
        let town = records(fields.into_iter().map(|(field, value)| (ID, field, value)));
        PointRule::read(&town, ID)
    };
    let named = || (field::RULE_NAME, text("通院（訓練データ）"));
    assert_eq!(rule(vec![named()]), None, "a rule without points is none");
    let rule = rule(vec![
        named(),
        (field::RULE_POINTS, Value::Int(5)),
        (field::RULE_SITE, Value::Bytes(vec![7; 8])),
        (field::RULE_FROM, Value::Int(100)),
        (field::RULE_UNTIL, Value::Int(101)),
    ]);
    let rule = rule.unwrap();
    let at = |site: u8, day| rule.applies(GivenFor::Visit, SiteId([site; 8]), Day(day));
    assert_eq!([at(7, 99), at(7, 100), at(7, 101), at(7, 102)], [false, true, true, false]);
    assert!(!at(8, 100));
    assert!(!rule.applies(GivenFor::SchoolArrival, SiteId([7; 8]), Day(100)));
}

#[test]
fn replicas_that_show_the_same_name_a_version_alike() {
    let tickets = |number| {
        records([
            (ID, field::PRODUCT_NAME, text("11回券（訓練データ）")),
            (ID, field::PRODUCT_TICKETS, Value::Int(number)),
        ])
    };
    assert_eq!(version(&tickets(11), ID), version(&tickets(11), ID));
    assert_ne!(version(&tickets(11), ID), version(&tickets(12), ID));
    assert_eq!(Product::read(&tickets(0), ID), None, "a book without tickets is none");
    assert_eq!(Product::read(&tickets(11), ID).unwrap().tickets, 11);
}

#[test]
fn a_timetable_that_cannot_be_read_names_the_place() {
    let error = |text| route::read_times(text, 2).unwrap_err();
    assert_eq!(error("07:00 07:10\n08:00"), NotARoute::Times { line: 2, times: 1, stops: 2 });
    assert_eq!(error("07:00 7.10"), NotARoute::Time { line: 1, place: 2 });
    assert_eq!(error("07:00 24:00"), NotARoute::Time { line: 1, place: 2 });
    assert_eq!(error("\n07:10 07:00"), NotARoute::Backwards { line: 2, place: 2 });
    assert_eq!(route::read_stops("1616161616161616 16").unwrap_err(), NotARoute::Stop { place: 2 });
}

#[test]
fn a_bus_is_where_its_timetable_says() {
    let stops = [[1; 8], [2; 8], [3; 8]].map(RecordId);
    let written: Vec<String> = stops.iter().map(ToString::to_string).collect();
    let town = records([
        (ID, field::ROUTE_NAME, text("訓練線（訓練データ）")),
        (ID, field::ROUTE_STOPS, text(&written.join(" "))),
        (ID, field::ROUTE_TIMES, text("07:00 - 07:20\n08:00 08:10 08:20")),
    ]);
    let route = Route::read(&town, ID).unwrap();
    let at = |run, minute| route.stop_by_timetable(run, minute);
    assert_eq!(at(0, 6 * 60), Some(stops[0]), "it waits at its first stop");
    assert_eq!(at(0, 7 * 60 + 19), Some(stops[0]), "it passes the second by");
    assert_eq!(at(1, 8 * 60 + 10), Some(stops[1]));
    assert_eq!(at(1, 23 * 60), Some(stops[2]));
    assert_eq!(at(2, 8 * 60), None);
}
