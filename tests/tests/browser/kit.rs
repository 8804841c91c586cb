//! The page in a shelter's key box opens its desk, also when nobody can be asked.

use digiana_tests::gateways::Gateways;

use crate::clerk::Clerk;
use crate::scene::FIRST;
use crate::webdriver::Scripts;

#[test]
fn whoever_comes_first_opens_a_cut_off_shelter_with_the_kit_from_the_key_box() {
    let town = Gateways::started(&[FIRST], 12);
    let desk = town.desk(1);
    let word = desk.kit();
    town.tell("pause", &[1]);
    let clerk = Clerk::sits_down(Scripts::On);
    // The tablet's camera reads this address from the paper.
    clerk.opens(&desk.page(&format!("/kit/{word}")));
    clerk.presses("受付を始める");
    clerk.sees("本部と切断中");
    clerk.presses("避難所を開設する");
    clerk.sees("にしました");
    let somebody = town.people.first().unwrap();
    desk.tap(somebody.number);
    clerk.sees(&somebody.name());

    town.tell("resume", &[1]);
    let board = Clerk::at(town.headquarters());
    board.sees("開設キットの使用");
    board.sees("1/19");
    board.sees("1人");
}
