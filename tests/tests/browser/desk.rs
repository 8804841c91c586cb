//! A shelter's desk without cards: a walk-in, an evening out, and a mistake that is put right.

use std::time::{Duration, Instant};

use digiana_tests::gateways::Gateways;

use crate::clerk::Clerk;
use crate::scene::FIRST;
use crate::webdriver::Scripts;

#[test]
fn a_walk_in_goes_out_for_the_evening_and_comes_back_and_a_slip_is_corrected() {
    let town = Gateways::started(&[FIRST], 12);
    let clerk = Clerk::at(town.desk(1));
    clerk.presses("避難所を開設する");
    clerk.sees("にしました");
    clerk.presses("名簿にない人を受付する");
    clerk.types("氏名（聞いたまま）", "訓練 太郎");
    clerk.types("かな（分かれば）", "くんれん たろう");
    clerk.types("生まれた年", "1948");
    clerk.presses("入所する（名簿にない人）");
    clerk.sees("入所を記録しました。");
    clerk.presses_beside("退所・外出・訂正", "訓練 太郎");
    clerk.types("行き先", "自宅の片づけ");
    clerk.presses("外出・外泊する");
    clerk.sees("外出・外泊中");
    clerk.sees("自宅の片づけ");
    clerk.presses_beside("退所・外出・訂正", "訓練 太郎");
    clerk.presses("帰所した");
    clerk.sees("帰所を記録しました。");

    // Somebody else was entered who is not here.
    clerk.presses("名簿にない人を受付する");
    clerk.types("氏名（聞いたまま）", "訓練 次郎");
    clerk.presses("入所する（名簿にない人）");
    clerk.sees("訓練 次郎");
    clerk.presses_beside("退所・外出・訂正", "訓練 次郎");
    clerk.types("訂正の理由", "人違い");
    clerk.presses("この記録は誤り（訂正する）");
    clerk.sees("訂正を記録しました。");
    clerk.sees_no("訓練 次郎");

    let board = Clerk::at(town.headquarters());
    board.sees("1人");
}

#[test]
fn without_any_script_a_search_takes_a_household_in() {
    let town = Gateways::started(&[FIRST], 12);
    let clerk = Clerk::sits_down(Scripts::Off);
    clerk.opens(&town.desk(1).login_link());
    clerk.presses("避難所を開設する");
    let somebody = town.people.first().unwrap();
    clerk.types("氏名またはかな", somebody.family.written);
    clerk.presses("探す");
    clerk.ticks(&somebody.name());
    clerk.presses("入所する");
    clerk.sees("1人の入所を記録しました。");
}

/// Far more than a page takes, and less than it takes a gateway to give up a line that is silent.
const PROMPT: Duration = Duration::from_secs(15);

#[test]
fn whoever_looks_at_one_person_after_another_never_waits_for_a_page() {
    let town = Gateways::started(&[FIRST], 12);
    let desk = town.desk(1);
    let clerk = Clerk::at(desk);
    clerk.presses("避難所を開設する");
    clerk.sees("にしました");
    let somebody = town.people.first().unwrap();
    desk.tap(somebody.number);
    // A browser has six lines to one gateway, and keeps pages that were left for the way back.
    for _ in 0..5 {
        let begun = Instant::now();
        clerk.presses(&somebody.name());
        clerk.presses("受付へ戻る");
        assert!(begun.elapsed() < PROMPT, "{:?}", begun.elapsed());
    }
}
