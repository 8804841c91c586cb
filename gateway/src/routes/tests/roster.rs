//! Who is at a shelter, by the forms of its desk.

use super::*;

#[tokio::test]
async fn a_household_is_checked_in_by_ticks() {
    let story = Story::logged_in(Screen::Shelter).await;
    let page = story.get("/desk?q=%E3%82%82%E3%81%8E").await.body; // もぎ
    assert!(page.contains("模擬山 花子"), "the household comes up by kana");
    let site = story.town.site(0).to_string();
    let (one, other) = (story.town.person(10).to_string(), story.town.person(11).to_string());
    let fields = [("site", site.as_str()), ("person", &one), ("person", &other)];
    story.press("/desk", "/desk/check-in", &fields).await;
    let desk = story.get("/desk").await.body;
    assert!(desk.contains("2人の入所を記録しました") && desk.contains("模擬山 一郎"));
    assert!(desk.contains("本部受信済"));
}

#[tokio::test]
async fn a_form_that_is_sent_twice_counts_once() {
    let story = Story::logged_in(Screen::Shelter).await;
    let page = story.get("/desk").await;
    let (csrf, form) = (page.hidden("csrf"), page.hidden("form"));
    let site = story.town.site(0).to_string();
    let fields =
        [("csrf", csrf.as_str()), ("form", &form), ("site", &site), ("name", "訓練データ 二重")];
    for _ in 0..2 {
        assert_eq!(story.post("/desk/walk-in", &fields).await.status, StatusCode::SEE_OTHER);
    }
    let sent = |order: &&Order| matches!(order, Order::WalkIn { .. });
    assert_eq!(story.town.state().orders.iter().filter(sent).count(), 1);
    assert!(story.get("/desk").await.body.contains("ボタンが2度押されました"), "and says so");
}

#[tokio::test]
async fn a_refused_form_can_be_mended_on_the_page_that_is_open_still() {
    let story = Story::logged_in(Screen::Shelter).await;
    let page = story.get("/desk").await;
    let (csrf, form) = (page.hidden("csrf"), page.hidden("form"));
    let site = story.town.site(0).to_string();
    let fixed = [("csrf", csrf.as_str()), ("form", &form), ("site", &site)];
    for name in ["", "訓練データ 三郎"] {
        story.post("/desk/walk-in", &[fixed.as_slice(), &[("name", name)]].concat()).await;
    }
    assert!(story.get("/desk").await.body.contains("入所を記録しました"), "not taken for a repeat");
}

#[tokio::test]
async fn whoever_searches_by_my_number_is_told_not_to() {
    let story = Story::logged_in(Screen::Shelter).await;
    let answer = story.get("/desk?q=123456789012").await;
    assert_eq!(answer.header(header::LOCATION), "/desk", "not in the address line either");
    let desk = story.get("/desk").await.body;
    assert!(desk.contains("個人番号（12桁）は入力しないでください"));
}

#[tokio::test]
async fn an_evacuees_field_that_is_refused_keeps_what_was_typed() {
    let story = Story::logged_in(Screen::Shelter).await;
    let path = format!("/desk/person/{}", story.town.person(0));
    let site = story.town.site(0).to_string();
    let number = field::EVACUEE_PLACE.0.to_string();
    let long = "体育館".repeat(400);
    let value = format!("value-{number}");
    let fields = [("site", site.as_str()), ("field", &number), (&value, &long)];
    let answer = story.press(&path, &format!("{path}/field"), &fields).await;
    let page = story.get(answer.header(header::LOCATION)).await.body;
    assert!(page.contains("短くしてください") && page.contains("aria-invalid"));
    assert!(page.contains("value=\"体育館体育館"));
}

#[tokio::test]
async fn a_walk_ins_name_is_text_and_nothing_else() {
    let story = Story::logged_in(Screen::Shelter).await;
    let site = story.town.site(0).to_string();
    let name = "<script>alert(1)</script>\"'訓練データ";
    story.press("/desk", "/desk/walk-in", &[("site", &site), ("name", name)]).await;
    let desk = story.get("/desk").await.body;
    assert!(!desk.contains("<script>alert"));
    assert!(desk.contains("&#60;script&#62;alert(1)"), "shown as it was typed");
}

#[tokio::test]
async fn a_refused_walk_in_keeps_what_was_typed_and_a_my_number_is_not_taken() {
    let story = Story::logged_in(Screen::Shelter).await;
    let site = story.town.site(0).to_string();
    for year in ["1066", "abcd"] {
        let fields = [("site", site.as_str()), ("name", "訓練データ 太郎"), ("birth_year", year)];
        story.press("/desk", "/desk/walk-in", &fields).await;
        let desk = story.get("/desk").await.body;
        assert!(desk.contains("西暦の4桁で入力してください"), "the sentence for this mistake");
        assert!(desk.contains("value=\"訓練データ 太郎\"") && desk.contains("<details open>"));
    }
    let number = [("site", site.as_str()), ("name", "１２３４ ５６７８ ９０１２")];
    story.press("/desk", "/desk/walk-in", &number).await;
    let sent = |order: &Order| matches!(order, Order::WalkIn { .. });
    assert!(!story.town.state().orders.iter().any(sent));
}

#[tokio::test]
async fn leave_return_check_out_and_correction_take_one_row() {
    let story = Story::logged_in(Screen::Shelter).await;
    let site = story.town.site(0).to_string();
    let person = story.town.person(0).to_string();
    for (button, said) in [("leave", "外出・外泊"), ("return", "帰所"), ("check-out", "退所")]
    {
        let fields = [("site", site.as_str()), ("person", &person), ("do", button)];
        story.press("/desk", "/desk/presence", &fields).await;
        let desk = story.get("/desk").await.body;
        assert!(desk.contains(&format!("{said}を記録しました")), "{button}");
    }
    let third = story.town.person(2);
    let roster = story.town.desk(story.town.site(0)).unwrap().roster;
    let entry = roster.iter().find(|row| row.person == third).unwrap().entry.to_string();
    let person = third.to_string();
    let fields =
        [("site", site.as_str()), ("person", &person), ("entry", &entry), ("do", "correct")];
    story.press("/desk", "/desk/presence", &fields).await;
    assert!(story.get("/desk").await.body.contains("訂正の理由を入力"), "a reason first");
    let with_reason = [fields.as_slice(), &[("reason", "人違い")]].concat();
    story.press("/desk", "/desk/presence", &with_reason).await;
    assert!(story.get("/desk").await.body.contains("訂正を記録しました"));
}

#[tokio::test]
async fn another_name_typed_into_the_same_page_is_another_person() {
    let story = Story::logged_in(Screen::Shelter).await;
    let page = story.get("/desk").await;
    let (csrf, form) = (page.hidden("csrf"), page.hidden("form"));
    let site = story.town.site(0).to_string();
    for name in ["訓練データ 早子", "訓練データ 別人"] {
        let fields = [("csrf", csrf.as_str()), ("form", &form), ("site", &site), ("name", name)];
        story.post("/desk/walk-in", &fields).await;
    }
    let sent = |order: &&Order| matches!(order, Order::WalkIn { .. });
    assert_eq!(story.town.state().orders.iter().filter(sent).count(), 2);
}
