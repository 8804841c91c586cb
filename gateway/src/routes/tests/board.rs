//! Headquarters' board and its map.

use super::*;

#[tokio::test]
async fn the_board_shows_how_sure_its_count_is() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let board = story.get("/board").await.body;
    for said in
        ["7人", "（未受信1か所）", "2/19", "上野の端末と連絡がとれません", "2か所で入所中の人"]
    {
        assert!(board.contains(said), "{said}");
    }
    assert!(board.contains("6人（最大7人）"), "the shelter that shares somebody");
    assert!(board.contains("0人（最大1人・未受信1か所）"), "the shelter that is not heard");
    assert!(board.contains("これは訓練です"));
    assert!(board.contains("洪水：指定なし"), "a place that is not designated is not left blank");
    let json: serde_json::Value =
        serde_json::from_str(&story.get("/api/v1/board").await.body).unwrap();
    let counts = json["sites"].as_array().unwrap().iter().map(|site| &site["people"]);
    let shared = serde_json::json!({ "sure": 6, "at_most": 7, "unheard": 0 });
    assert!(counts.clone().any(|people| *people == shared), "{json}");
}

#[tokio::test]
async fn a_drill_town_says_so_before_any_incident() {
    let story = Story::over(MemoryTown::new(false), Screen::Headquarters);
    assert!(!story.get("/public/").await.body.contains("これは訓練です"));
    story.town.change(|state| state.is_drill_town = true);
    assert!(story.get("/public/").await.body.contains("これは訓練です"));
    let json = story.get("/api/v1/public/shelters").await.body;
    assert!(json.contains("\"drill\":true"), "{json}");
}

#[tokio::test]
async fn settling_two_places_leaves_one() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let (person, site) = (story.town.person(1).to_string(), story.town.site(5).to_string());
    let fields = [("person", person.as_str()), ("site", site.as_str())];
    let answer = story.press("/board", "/board/settle", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let board = story.get("/board").await.body;
    assert!(board.contains("居場所を確定しました") && !board.contains("2か所で入所中の人"));
    assert!(!story.get("/board").await.body.contains("居場所を確定しました"), "said once");
}

#[tokio::test]
async fn a_script_in_the_background_does_not_eat_a_sentence() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let site = story.town.site(3).to_string();
    story.press("/board", "/board/site", &[("site", &site), ("state", "open")]).await;
    let request = Request::get("/board").header("x-digiana-background", "1");
    assert!(!story.send(request, Body::empty()).await.body.contains("class=\"flash"));
    assert!(story.get("/board").await.body.contains("class=\"flash done"));
}

#[tokio::test]
async fn thirteen_districts_take_one_line_of_the_board_for_each_level() {
    let story = Story::logged_in(Screen::Headquarters).await;
    for number in 1..=13 {
        let level = Some(if number < 3 {
            WarningLevel::SaveYourself
        } else {
            WarningLevel::EveryoneLeaves
        });
        let district = format!("訓練{number:02}区");
        story.town.order(Order::SetWarning { district, level, happened_at: None });
    }
    let board = story.get("/board").await.body;
    assert_eq!(board.matches("<li class=\"warning ").count(), 2);
    assert!(board.find("level-5").unwrap() < board.find("level-4").unwrap());
    assert!(board.contains("他8地区") && board.contains("<li>訓練13区 15:04から</li>"));
    assert!(board.contains("訓練01区・訓練02区"));
    let head = board.split("<thead>").nth(1).unwrap().split("</thead>").next().unwrap();
    assert!(head.find("本部での受信").unwrap() < head.find("危険への指定").unwrap());
}

#[tokio::test]
async fn the_map_names_each_place_in_words_and_warns_of_places_by_the_river() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let board = story.get("/board").await.body;
    assert_eq!(board.matches("class=\"touch\"").count(), 19);
    assert!(board.contains("江の川（概略）") && board.contains("出典：国土地理院"));
    let unfit = board.split("大和小学校体育館").find(|part| part.contains("想定災害に指定なし"));
    assert!(unfit.is_some(), "not designated for the flood");
    assert!(board.contains("href=\"geo:35."), "a way to the place");
    let north = story.get("/board?map=north").await.body;
    assert!(north.matches("class=\"touch\"").count() < 19);
}

#[tokio::test]
async fn what_was_entered_later_waits_on_the_board() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let board = story.get("/board").await.body;
    assert!(board.contains("判断待ち") && board.contains("2か所で入所中の人"));
    assert!(board.contains("避難者数の推移") || board.contains("class=\"chart\""));
}
