//! What the town knows after vehicles that were cut off come back to the depot.

use crate::id::NodeId;
use crate::service::rehearsal::{START, person};
use crate::service::stamp::Stamped as _;
use crate::service::transport::ledger::Account;
use crate::service::{Fold, corrections};
use crate::time::Day;

use super::rehearsal::{BUSES, Town, book};

/// What is left and what is owed at each of these desks.
fn at(town: &Town, desks: &str, who: u32) -> Vec<(u32, u32)> {
    desks.chars().map(|desk| (town.desk(desk).left(who), town.desk(desk).owed(who))).collect()
}

#[test]
fn the_last_ticket_used_on_two_cut_off_buses_is_one_iou_after_the_depot() {
    let apart = "C.issue:5=1/1 C.link:7=1 meet";
    let town = Town::play(&format!("{apart} A.tap:7 B.tap:7"));
    assert_eq!(at(&town, "AB", 1), [(0, 0); 2], "each bus took the last ticket");
    let town = Town::play(&format!("{apart} A.tap:7 B.tap:7 meet"));
    assert_eq!(at(&town, "ABC", 1), [(0, 1); 3]);
    let town = Town::play(&format!("{apart} B.tap:7 later A.tap:7 meet"));
    assert_eq!(at(&town, "ABC", 1), [(0, 1); 3], "whatever the order");
    let [a, b] = ['A', 'B'].map(|desk| town.desk(desk).transport.digest());
    assert_eq!(a, b);
}

#[test]
fn the_next_book_pays_an_iou() {
    let town = Town::play("A.link:7=1 A.tap:7 wait A.tap:7 C.issue:5=1/2");
    assert_eq!(town.desk('A').owed(1), 2);
    let town = Town::play("A.link:7=1 A.tap:7 wait A.tap:7 C.issue:5=1/3 meet");
    assert_eq!(at(&town, "AC", 1), [(1, 0); 2]);
}

#[test]
fn a_ride_of_three_tickets_takes_them_from_two_books_and_owes_the_rest() {
    let town = Town::play("A.issue:5=1/1 A.issue:6=1/1 A.ride:1*3");
    assert_eq!(at(&town, "A", 1), [(0, 1)]);
}

#[test]
fn tickets_taken_back_that_were_ridden_meanwhile_are_owed() {
    let given = "C.issue:5=1/2 C.link:7=1 meet A.tap:7 C.void:5 meet";
    let town = Town::play(given);
    assert_eq!(at(&town, "AC", 1), [(0, 1); 2]);
    let town = Town::play(&format!("{given} C.undo"));
    assert_eq!(at(&town, "C", 1), [(1, 0)], "a wrong void gives them back");
    let both = "C.issue:5=1/5 meet C.void:5=2 A.void:5=3 meet";
    assert_eq!(at(&Town::play(both), "CA", 1), [(2, 0); 2], "the most counts, once");
}

#[test]
fn a_void_counts_only_while_its_book_is_held() {
    let mut town = Town::play("C.issue:5=1/2");
    let issue = town.desk('C').log[0].0.entry;
    town.step("C.void:5=1").unwrap();
    let desk = town.desks.get_mut(&'C').unwrap();
    let held: &dyn Fold = &desk.transport;
    let undo = corrections::decide([held], issue, "訓練データ: 取消");
    let made = crate::service::rehearsal::origin('C', 9, START);
    desk.transport.apply(&made, &undo.unwrap());
    assert!(desk.transport.allotted(&[person(1)]).books.is_empty());
    assert_eq!(desk.transport.ledger(&[]).sum(), 0);
    assert_eq!(desk.transport.book(book(5)), None);
}

#[test]
fn a_book_pays_only_on_its_days_and_what_ends_first_pays_first() {
    let town = Town::play("C.issue:5=1/2 C.issue:6=1/10 C.ride:1");
    let allotted = |town: &Town| town.desk('C').transport.allotted(&[person(1)]).into_owned();
    let used = |town: &Town| {
        let books = allotted(town).books;
        books.iter().map(|held| (held.book, held.used)).collect::<Vec<_>>()
    };
    assert_eq!(used(&town), [(book(6), 1), (book(5), 0)]);
    let town = Town::play("C.issue:5=1/2 C.issue:6=1/10 days C.ride:1");
    assert_eq!(used(&town), [(book(6), 0), (book(5), 1)]);
    let town = Town::play("C.issue:6=1/10 days C.ride:1 C.ride:1@-90000");
    assert_eq!(at(&town, "C", 1), [(9, 1)], "a late ride is paid by the day on which it was");
}

#[test]
fn of_books_that_end_together_the_one_issued_first_pays_first() {
    // The name of the journal of A comes before that of C, whoever wrote first.
    for (first, second) in [('C', 'A'), ('A', 'C')] {
        let script = format!("{first}.issue:5=1/2 meet {second}.issue:6=1/2 meet B.ride:1 meet");
        let town = Town::play(&script);
        for desk in ['A', 'B', 'C'] {
            let books = town.desk(desk).transport.allotted(&[person(1)]).into_owned().books;
            let used: Vec<_> = books.iter().map(|held| (held.book, held.used)).collect();
            assert_eq!(used, [(book(5), 1), (book(6), 0)], "{script} at {desk}");
        }
    }
}

#[test]
fn a_book_of_one_company_pays_on_its_vehicles_only() {
    let town = Town::play("A.issue:5=1/3 A.ride:1 meet B.link:7=1 meet B.tap:7 meet");
    assert_eq!(at(&town, "AB", 1), [(2, 1); 2]);
    let ledger = town.desk('A').transport.ledger(&[]);
    assert_eq!(ledger.balance(Account::Operator(Some(BUSES))), 1);
    assert_eq!(ledger.balance(Account::Operator(None)), 1);
    assert_eq!(ledger.balance(Account::Debt(person(1))), -1);
    assert_eq!(ledger.balance(Account::Book(book(5))), 2);
    assert_eq!(ledger.balance(Account::Town), -3);
    assert_eq!(ledger.sum(), 0);
}

#[test]
fn two_ids_of_one_person_share_their_books() {
    let town = Town::play("C.issue:5=1/2 C.ride:9");
    assert_eq!(town.desk('C').owed(9), 1);
    let town = Town::play("C.issue:5=1/2 C.ride:9 C.join:9=1");
    assert_eq!(at(&town, "C", 9), [(1, 0)]);
    assert_eq!(at(&town, "C", 1), [(1, 0)]);
    let joined: Vec<_> = town.desk('C').tokens.joined().collect();
    let ledger = town.desk('C').transport.ledger(&joined);
    assert_eq!((ledger.balance(Account::Debt(person(1))), ledger.sum()), (0, 0));
    assert_eq!(town.desk('C').transport.ledger(&[]).balance(Account::Debt(person(9))), -1);
}

#[test]
fn who_saw_somebody_ride_is_known_by_node_and_time() {
    let town = Town::play("A.link:7=1 A.tap:7 later B.ride:1@-7200 meet");
    let transport = &town.desk('A').transport;
    assert_eq!(transport.last_ride(&[person(1)]), Some(START));
    assert_eq!(transport.seen_by(&[person(1)]), [NodeId([b'A'; 32]), NodeId([b'B'; 32])]);
    assert_eq!(transport.last_ride(&[person(2)]), None);
    let days = transport.rides().map(|(_, ride)| Day::of(ride.value.when().seconds));
    assert_eq!(days.count(), 2);
}

#[test]
fn one_late_ride_folds_its_person_again_only() {
    let mut town = Town::play("C.issue:5=1/2 C.issue:6=2/2 C.ride:1 C.ride:2");
    let made =
        |town: &Town, who: u32| town.desk('C').transport.people[&person(who)].allotted.is_made();
    [1, 2].iter().for_each(|who| assert_eq!(town.desk('C').left(*who), 1));
    assert!(made(&town, 1) && made(&town, 2));
    town.step("C.ride:1@-7200").unwrap();
    assert!(!made(&town, 1) && made(&town, 2));
    assert_eq!(at(&town, "C", 1), [(0, 0)]);
}
