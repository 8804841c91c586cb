//! A shelter opens, closes, is cut off and is written by two desks.

use super::*;

#[tokio::test]
async fn a_shelter_with_people_in_it_is_closed_by_whoever_means_it() {
    let story = Story::logged_in(Screen::Shelter).await;
    let site = story.town.site(0).to_string();
    let fields = [("site", site.as_str()), ("state", "closed")];
    let asked = story.press("/desk", "/desk/site", &fields).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.body.contains("閉鎖しますか") && asked.body.contains("name=\"sure\""));
    assert!(story.get("/desk").await.body.contains("state open"), "not closed yet");
    let (csrf, form) = (asked.hidden("csrf"), asked.hidden("form"));
    let meant = [("csrf", csrf.as_str()), ("form", &form), ("sure", "yes")];
    story.post("/desk/site", &[fields.as_slice(), &meant].concat()).await;
    let desk = story.get("/desk").await.body;
    assert!(desk.contains("state closed"), "{desk}");
    assert!(!desk.contains("action=\"/desk/walk-in\""), "a closed shelter takes nobody in");
}

#[tokio::test]
async fn a_desk_that_is_cut_off_says_so_and_that_nothing_is_lost() {
    let story = Story::logged_in(Screen::Shelter).await;
    assert!(!story.get("/desk").await.body.contains("本部と切断中"));
    story.town.change(|state| state.cut_off(NOW - 3600));
    let desk = story.get("/desk").await.body;
    assert!(desk.contains("本部と切断中") && desk.contains("記録は失われません"));
    assert!(desk.contains("最終受信 14:04") && desk.contains("本部未受信"));
}

#[tokio::test]
async fn a_shelter_opens_by_one_button() {
    let mut story = Story::over(MemoryTown::new(true), Screen::Shelter);
    story.log_in().await;
    let desk = story.get("/desk").await.body;
    assert!(desk.contains("避難所を開設する"));
    let site = story.town.site(0).to_string();
    story.press("/desk", "/desk/site", &[("site", &site), ("state", "open")]).await;
    assert!(!story.get("/desk").await.body.contains("避難所を開設する"));
}

#[tokio::test]
async fn a_drill_towns_shelter_opens_as_a_drill_unless_somebody_says_otherwise() {
    let mut story = Story::over(MemoryTown::new(true), Screen::Shelter);
    story.log_in().await;
    let chosen = |kind: &str| format!("name=\"kind\" value=\"{kind}\" checked");
    assert!(story.get("/desk").await.body.contains(&chosen("real")));
    story.town.change(|state| state.is_drill_town = true);
    let desk = story.get("/desk").await.body;
    assert!(desk.contains(&chosen("drill")) && !desk.contains(&chosen("real")));
}

#[tokio::test]
async fn a_conflict_of_two_desks_is_shown_with_who_and_when() {
    let story = Story::logged_in(Screen::Shelter).await;
    let person = story.town.person(0);
    story.town.change(|state| {
        state.write_unseen(DESK, person, field::EVACUEE_PLACE, "体育館");
        state.write_unseen(OTHER_DESK, person, field::EVACUEE_PLACE, "和室");
    });
    let path = format!("/desk/person/{person}");
    let page = story.get(&path).await.body;
    for said in
        ["体育館", "和室", "上野の端末 15:04", "・比之宮の端末 15:04", "違う内容が書かれました"]
    {
        assert!(page.contains(said), "{said}");
    }
    let site = story.town.site(0).to_string();
    let number = field::EVACUEE_PLACE.0.to_string();
    let form = page.split(&format!("name=\"saw-{number}\" value=\"")).nth(1).unwrap();
    let saw = form.split('"').next().unwrap();
    let names = ["saw", "was", "value"].map(|name| format!("{name}-{number}"));
    let fields = [
        ("site", site.as_str()),
        ("field", &number),
        (&names[0], saw),
        (&names[1], "和室"),
        (&names[2], "和室"),
    ];
    story.press(&path, &format!("{path}/field"), &fields).await;
    assert!(!story.get(&path).await.body.contains("違う内容が書かれました"));
}
