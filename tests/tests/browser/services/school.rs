//! Five children forgot their cards.

use digiana_tests::gateways::{Gateways, Post};

use serde_json::json;

use super::until_headquarters_counts;
use crate::clerk::Clerk;

#[test]
fn a_teacher_puts_five_forgotten_cards_right_and_takes_one_of_them_back() {
    let town = Gateways::serving(&[Post::School("E3244800015")], 24);
    let school = town.desk(1);
    let pupils: Vec<_> = town.pupils().collect();
    let (came, forgot) = pupils.split_at(7);
    came.iter().for_each(|pupil| school.tap(pupil.number));
    let teacher = Clerk::at(school);
    until_headquarters_counts(&town, "arrivals", 7);

    forgot.iter().for_each(|pupil| teacher.ticks(&pupil.name()));
    // They came with the first bell: midnight is past at whatever hour this is told.
    // How a clock is typed depends on the browser's language, so its value is set.
    const MIDNIGHT: &str = "document.querySelector('input[type=time]').value = '00:00'";
    teacher.browser.run(MIDNIGHT, &json!([]));
    teacher.presses("到着にする");
    teacher.sees("5人");
    teacher.sees("先生が入力");
    until_headquarters_counts(&town, "arrivals", 12);

    // One of them was seen by nobody after all.
    let wrong = forgot.last().unwrap();
    teacher.presses(&format!("{} 1日の記録", wrong.name()));
    teacher.sees("到着 0:00");
    teacher.presses("訂正する");
    teacher.types("訂正の理由", "訓練データ: 休みだった");
    teacher.presses("この記録は誤り");
    teacher.sees("未確認");
    until_headquarters_counts(&town, "arrivals", 11);
    // Two points for each who came, and none for who did not.
    until_headquarters_counts(&town, "earned", 22);
    town.until_of_one_mind();
}

#[test]
fn points_for_school_are_given_where_both_are_known() {
    let town = Gateways::serving(&[Post::School("E3244800015")], 24);
    let pupil = town.pupils().next().unwrap();
    town.desk(1).tap(pupil.number);
    // The rule of the lists gives two; the school wrote an arrival only.
    until_headquarters_counts(&town, "earned", 2);
    until_headquarters_counts(&town, "visits", 0);
    assert_eq!(super::services(town.headquarters())["ledger_sum"], 0);
}
