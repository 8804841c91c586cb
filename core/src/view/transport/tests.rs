//! What the counter, a rider and an operator are shown.

use crate::id::PersonId;
use crate::service::rehearsal::{START, person, site};
use crate::service::transport::command::Trip;
use crate::service::transport::tests::rehearsal::{BUSES, ROUTE, Town, book, record};
use crate::time::Day;

use super::Tickets;
use super::account::{BookState, LastRide};
use super::month::{Figures, Month, Named};

fn tickets(town: &Town) -> Tickets<'_> {
    let desk = town.desk('A');
    Tickets { transport: &desk.transport, tokens: &desk.tokens, town: Some(&town.lists) }
}

fn name(named: &Named) -> &str {
    named.as_ref().map_or("-", |(_, name)| name.as_deref().unwrap_or("?"))
}

#[test]
fn a_book_that_ended_or_was_taken_back_is_seen_and_not_counted() {
    let town = Town::play(
        "A.issue:5=1/10 A.issue:6=1/3 A.issue:7=1/2 A.issue:8=1/1 A.ride:1 A.void:7 wait A.ride:1*3",
    );
    let today = Day::of(START);
    let seen = |today: Day| {
        let account = tickets(&town).account(person(1), today);
        let books = account.books.iter();
        let books: Vec<_> = books.map(|book| (book.book, book.left, book.state)).collect();
        (account.left, books)
    };
    let rest = [
        (book(6), 3, BookState::Good),
        (book(7), 0, BookState::Voided),
        (book(8), 1, BookState::Good),
    ];
    let (left, books) = seen(today.plus(9));
    assert_eq!((left, books[0]), (10, (book(5), 6, BookState::Good)));
    assert_eq!(books[1..], rest);
    let (left, books) = seen(today.plus(10));
    assert_eq!((left, books[0]), (4, (book(5), 6, BookState::Expired)));
    let account = tickets(&town).account(person(1), today);
    let taken_back = account.books[2].voided.as_ref().unwrap();
    assert_eq!((taken_back.tickets, taken_back.refund), (2, 100));
    assert_eq!(account.rides.iter().map(|ride| ride.tickets).collect::<Vec<_>>(), [3, 1]);
}

#[test]
fn the_screen_in_a_bus_counts_what_is_good_in_that_bus() {
    let town = Town::play("A.issue:5=1/3 A.issue:6=1/2 A.issue:7=1/10");
    let left =
        |operator, days| tickets(&town).left_for(person(1), operator, Day::of(START).plus(days));
    assert_eq!([left(Some(BUSES), 0), left(None, 0), left(Some(record(1)), 0)], [15, 12, 12]);
    assert_eq!(left(Some(BUSES), 10), 5);
    let town = Town::play("A.ride:1 wait A.issue:6=1/2 A.ride:1*2");
    let last = |vehicle| tickets(&town).last_ride_in(vehicle, person(1), Day::of(START));
    assert_eq!(last(site('A')), Some(LastRide { left: 0, tickets: 2, owed: 1 }));
    assert_eq!(last(site('B')), None);
}

#[test]
fn who_owes_is_listed_until_a_book_pays() {
    let mut town = Town::play("A.ride:1 A.ride:2*2 later A.ride:1 A.ride:9 A.join:9=3");
    let owing = |town: &Town| {
        let all = tickets(town).owing();
        all.into_iter().map(|row| (row.person, row.tickets, row.rides)).collect::<Vec<_>>()
    };
    assert_eq!(owing(&town), [(person(2), 2, 1), (person(1), 2, 2), (person(3), 1, 1)]);
    town.step("A.issue:5=1/2").unwrap();
    town.step("A.issue:6=3/1").unwrap();
    assert_eq!(owing(&town), [(person(2), 2, 1)]);
    assert_eq!(tickets(&town).ledger().sum(), 0);
}

#[test]
fn a_month_is_counted_by_operator_and_section() {
    let mut town = Town::play("A.link:7=1 A.link:8=2 A.issue:5=1/1 B.link:7=1 C.link:7=1");
    let month = Month::of(Day::of(START)).unwrap();
    town.trip = Trip { route: Some(ROUTE), run: None, stop: Some(1) };
    for step in ["A.tap:7", "A.tap:8*2", "wait", "A.tap:7"] {
        town.step(step).unwrap();
    }
    town.trip = Trip::default();
    for step in ["B.tap:7", "later", "A.tap:7", "days", "days", "days", "A.tap:8", "meet"] {
        town.step(step).unwrap();
    }
    let table = tickets(&town).month(month);
    let shown = table.sections.iter().map(|row| {
        let Figures { rides, tickets, iou_tickets, .. } = row.figures;
        let section = [&row.operator, &row.route, &row.from, &row.to].map(name).join(" ");
        format!("{section} {rides} {tickets} {iou_tickets}")
    });
    let shown: Vec<String> = shown.collect();
    assert_eq!(
        shown,
        [
            "町営バス（訓練データ） 都賀線（訓練データ） 停留所2（訓練データ） - 3 4 4",
            "町営バス（訓練データ） - - - 1 1 1",
            "- - - - 1 1 0",
        ]
    );
    let by_operator: Vec<_> = table.operators.iter().map(|row| row.figures.rides).collect();
    assert_eq!(by_operator, [4, 1]);
    assert_eq!((table.total.rides, table.total.tickets, table.undated), (5, 6, 0));
    let next = tickets(&town).month(month.after().unwrap());
    assert_eq!(next.total.rides, 1);
}

#[test]
fn rides_are_counted_by_the_day_on_which_they_were() {
    let town = Town::play("A.ride:1 A.ride:2 days A.ride:1@-86400 A.ride:1");
    let days = tickets(&town).days(Day::of(START).plus(10), 11);
    let rides: Vec<u32> = days.iter().map(|day| day.rides).collect();
    assert_eq!(rides, [2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    assert_eq!(tickets(&town).days(Day::of(START).plus(10), 1).len(), 1);
    let nobody: Vec<PersonId> = Vec::new();
    assert_eq!(tickets(&town).transport.last_ride(&nobody), None);
}

#[test]
fn a_month_begins_and_ends_at_midnight_in_japan() {
    let month = |text: &str| text.parse::<Month>().unwrap();
    assert_eq!(month("1970-01").days(), Day(0)..Day(31));
    assert_eq!(month("2000-02").days(), Day(10_988)..Day(11_017));
    assert_eq!(month("2100-02").days().end.0 - month("2100-02").days().start.0, 28);
    // 2026-11-30 23:59:59 in Japan, and a second later.
    let last = 1_796_050_799;
    assert_eq!(Month::of(Day::of(last)), Some(month("2026-11")));
    assert_eq!(Month::of(Day::of(last + 1)), Some(month("2026-12")));
    assert_eq!(month("2026-12").after(), Some(month("2027-01")));
    assert_eq!(month("2026-01").before(), Some(month("2025-12")));
    assert_eq!(month("2026-04").to_string(), "2026-04");
    for wrong in ["2026-13", "2026-00", "26-04", "2026-4", "0000-01", "2026/04", "+026-04", ""] {
        assert!(wrong.parse::<Month>().is_err(), "{wrong} is a month");
    }
    let mut walked = month("1970-01");
    for day in 0..40_000 {
        if !walked.days().contains(&Day(day)) {
            walked = walked.after().unwrap();
        }
        assert_eq!(Month::of(Day(day)), Some(walked));
    }
    assert_eq!(Month::of(Day(i32::MAX)), None);
    assert_eq!(Month::of(Day(i32::MIN)), None);
}
