//! One person at two shelters that cannot hear each other, and headquarters that decides.

use digiana_tests::gateways::Gateways;
use digiana_tests::processes::until;

use crate::clerk::Clerk;
use crate::scene::{FIRST, SECOND};

#[test]
fn who_is_taken_in_at_two_cut_off_shelters_is_shown_once_and_settled_by_headquarters() {
    let town = Gateways::started(&[FIRST, SECOND], 12);
    let (one, other) = (Clerk::at(town.desk(1)), Clerk::at(town.desk(2)));
    one.presses("避難所を開設する");
    one.sees("にしました");
    // The second learns of the incident before the road goes.
    town.until_of_one_mind();
    other.opens(&town.desk(2).page("/desk"));
    other.presses("避難所を開設する");
    other.sees("にしました");
    town.until_of_one_mind();

    town.tell("pause", &[1, 2]);
    let wanderer = town.people.first().unwrap();
    for clerk in [&one, &other] {
        clerk.sees("本部と切断中");
        clerk.types("氏名またはかな", wanderer.family.written);
        clerk.presses("探す");
        clerk.ticks(&wanderer.name());
        clerk.presses("入所する");
        clerk.sees("の入所を記録しました。");
    }

    town.tell("resume", &[1, 2]);
    let board = Clerk::at(town.headquarters());
    board.sees("2か所で入所中の人");
    board.sees(&wanderer.name());
    // Counted once, wherever they are.
    board.sees("1人");
    for clerk in [&one, &other] {
        clerk.sees("でも入所中になっています");
    }
    board.presses_beside("にいる", &wanderer.name());
    board.sees("居場所を確定しました。");
    board.sees_no("2か所で入所中の人");
    town.until_of_one_mind();
    for clerk in [&one, &other] {
        clerk.sees_no("でも入所中になっています");
    }
    let present = town.headquarters().process.present();
    assert_eq!(present, (1, 1));
    until("both shelters agree", || {
        [1, 2].iter().all(|desk| town.desk(*desk).process.present() == present)
    });
}
