//! One visit, seen twice; the same points, spent twice.

use digiana_tests::gateways::{Gateways, Post};
use digiana_tests::processes::until;

use super::{services, until_headquarters_counts};
use crate::clerk::Clerk;

#[test]
fn a_visit_that_two_cut_off_readers_saw_earns_once() {
    let town = Gateways::serving(&[Post::Facility("plaza"), Post::Facility("plaza")], 12);
    let visitor = town.people.first().unwrap().number;
    town.tell("pause", &[1, 2]);
    for reader in [1, 2] {
        town.desk(reader).tap(visitor);
        until("the reader counts the visit", || services(town.desk(reader))["earned"] == 10);
    }
    assert_eq!(services(town.headquarters())["visits"], 0);
    town.tell("resume", &[1, 2]);
    town.until_of_one_mind();
    for gateway in &town.all {
        let counted = services(gateway);
        assert_eq!((&counted["visits"], &counted["earned"]), (&1.into(), &10.into()));
    }
}

#[test]
fn the_same_points_spent_at_two_cut_off_shops_are_a_debt_that_staff_see() {
    let posts = [Post::Shop("shop-1"), Post::Shop("shop-2"), Post::Facility("plaza")];
    let town = Gateways::serving(&posts, 12);
    let customer = town.people.first().unwrap().number;
    town.desk(3).tap(customer);
    until_headquarters_counts(&town, "earned", 10);
    town.until_of_one_mind();

    town.tell("pause", &[1, 2]);
    for shop in [1, 2] {
        town.desk(shop).process.ctl(&["charge", "10"]);
        town.desk(shop).tap(customer);
        until("the shop was paid", || services(town.desk(shop))["spends"] == 1);
        assert_eq!(services(town.desk(shop))["overdrawn"], 0);
    }
    town.tell("resume", &[1, 2]);
    until_headquarters_counts(&town, "overdrawn", 1);
    town.until_of_one_mind();
    for gateway in &town.all {
        let counted = services(gateway);
        assert_eq!((&counted["spends"], &counted["overdrawn"]), (&2.into(), &1.into()));
        assert_eq!(counted["ledger_sum"], 0, "no point came from nowhere");
    }

    let staff = Clerk::at(town.headquarters());
    staff.opens(&town.headquarters().page("/wellbeing/overdrawn"));
    staff.presses(&town.people.first().unwrap().name());
    staff.ticks("町の負担");
    staff.types("理由", "訓練データ: 店どうしが切断中だった");
    staff.presses_beside("不足を清算する", "清算の方法");
    staff.sees("10ポイントを清算しました");
    until_headquarters_counts(&town, "overdrawn", 0);
    town.until_of_one_mind();
    assert_eq!(services(town.desk(1))["ledger_sum"], 0);
}
