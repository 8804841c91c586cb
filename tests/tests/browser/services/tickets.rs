//! The last ticket of a book, on two buses that cannot hear each other.

use digiana_tests::gateways::{Gateways, Post};
use digiana_tests::processes::until;

use super::{services, until_headquarters_counts};
use crate::clerk::Clerk;

#[test]
fn the_last_ticket_used_on_two_cut_off_buses_is_one_ride_to_pay_later() {
    let town = Gateways::serving(&[Post::Bus("bus-1"), Post::Bus("bus-2")], 12);
    let rider = town.people.iter().find(|person| !person.suppressed).unwrap();
    let counter = Clerk::at(town.headquarters());
    let buys = || {
        counter.opens(&town.headquarters().page("/transport"));
        counter.types("名前・かなで検索", rider.family.written);
        counter.presses("検索");
        counter.presses(&rider.name());
        counter.presses("1回券（訓練データ） 発行");
        counter.sees("を発行しました。");
    };
    buys();
    until_headquarters_counts(&town, "books", 1);
    town.until_of_one_mind();

    town.tell("pause", &[1, 2]);
    for bus in [1, 2] {
        town.desk(bus).tap(rider.number);
        until("the ride is recorded", || services(town.desk(bus))["rides"] == 1);
        // Each of them had a ticket for it.
        assert_eq!(services(town.desk(bus))["ious"], 0);
    }
    // The depot's Wi-Fi.
    town.tell("resume", &[1, 2]);
    until_headquarters_counts(&town, "ious", 1);
    town.until_of_one_mind();
    for gateway in &town.all {
        let counted = services(gateway);
        assert_eq!((&counted["rides"], &counted["ious"]), (&2.into(), &1.into()));
        assert_eq!(counted["ledger_sum"], 0);
    }
    counter.opens(&town.headquarters().page("/transport"));
    counter.sees("後払い乗車");
    counter.sees("1枚（1回の乗車");

    // The next book pays it, and nothing is owed.
    buys();
    until_headquarters_counts(&town, "ious", 0);
    counter.sees("使い切り");
}
