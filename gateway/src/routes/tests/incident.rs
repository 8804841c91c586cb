//! Disasters and the orders to districts.

use super::*;

#[tokio::test]
async fn headquarters_notes_what_a_district_is_to_do_and_lifts_it() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let fields = [("district", "都賀"), ("level", "4"), ("at", "14:50")];
    story.press("/board", "/board/warning", &fields).await;
    let board = story.get("/board").await.body;
    assert!(board.contains("避難情報を記録しました"));
    assert!(board.contains("class=\"warning level-4\"") && board.contains("警戒レベル4 避難指示"));
    assert!(board.contains("14:50から"));
    assert!(board.contains("正式な発令は防災無線・町公式"));
    story.press("/board", "/board/warning", &[("district", "都賀"), ("level", "lifted")]).await;
    assert!(!story.get("/board").await.body.contains("class=\"warning level-4\""));
    let fields = [("district", "都賀"), ("level", "9")];
    let board = story.press("/board", "/board/warning", &fields).await;
    assert_eq!(board.status, StatusCode::SEE_OTHER);
    assert!(story.get("/board").await.body.contains("示された答えから選んで"));
}

#[tokio::test]
async fn an_order_for_the_whole_town_is_ticked_and_one_for_a_new_district_is_asked_about() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let sent = || story.town.board().warnings.len();
    let press = async |fields: &[(&'static str, &str)]| {
        story.press("/board", "/board/warning", fields).await
    };
    press(&[("district", ""), ("level", "4")]).await;
    let board = story.get("/board").await.body;
    assert!(board.contains("「地区」が空欄です") && sent() == 0);
    let level = "name=\"level\" value=\"4\" required checked";
    assert!(board.contains(level), "what was chosen stays");
    press(&[("district", "都賀"), ("whole", "yes"), ("level", "4")]).await;
    assert!(story.get("/board").await.body.contains("両方が選ばれています") && sent() == 0);
    let mistyped = [("district", "都架"), ("level", "4")];
    let asked = press(&mistyped).await;
    assert!(asked.body.contains("「都架」は、これまでに使われていない地区名です") && sent() == 0);
    press(&[mistyped.as_slice(), &[("sure", "yes")]].concat()).await;
    assert_eq!(sent(), 1);
    press(&[("district", "都架"), ("level", "lifted")]).await;
    press(&[("district", ""), ("whole", "yes"), ("level", "4")]).await;
    let board = story.get("/board").await.body;
    assert!(board.contains("<b>警戒レベル4 避難指示</b> <span>町内全域</span>"), "{board}");
    let lifts = board.split("class=\"lifts\"").nth(1).unwrap();
    assert!(lifts.split("</ul>").next().unwrap().contains("name=\"whole\" value=\"yes\""));
}

#[tokio::test]
async fn a_disaster_with_people_at_shelters_is_ended_by_whoever_means_it_and_comes_back() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let incident = story.town.incident().unwrap().id.to_string();
    let fields = [("incident", incident.as_str())];
    let asked = story.press("/board", "/incident/close", &fields).await;
    assert!(asked.body.contains("災害を終了しますか") && story.town.incident().is_some());
    let meant = [fields.as_slice(), &[("sure", "yes")]].concat();
    story.press("/board", "/incident/close", &meant).await;
    assert!(story.town.incident().is_none());
    let board = story.get("/board").await.body;
    assert!(board.contains("action=\"/desk/undo\""), "one button brings it back");
}

#[tokio::test]
async fn an_order_is_not_lifted_at_a_time_that_has_not_come() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let set = async |level: &str, at: &str| {
        let fields = [("district", "都賀"), ("level", level), ("at", at)];
        story.press("/board", "/board/warning", &fields).await;
        story.get("/board").await.body
    };
    assert!(set("5", "").await.contains("class=\"warning level-5\""));
    for at in ["15:30", "14:00"] {
        let board = set("lifted", at).await;
        assert!(
            board.contains("まだ来ていない時刻") && board.contains("class=\"warning level-5\"")
        );
    }
    assert!(!set("lifted", "").await.contains("class=\"warning level-5\""));
}
