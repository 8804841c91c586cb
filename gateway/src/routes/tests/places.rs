//! Places are added and edited.

use super::*;

#[tokio::test]
async fn a_place_is_added_and_opened_in_one_form_and_edited_later() {
    let story = Story::logged_in(Screen::Shelter).await;
    let fields =
        [("name", "訓練集会所"), ("open", "yes"), ("kind", "drill"), ("capacity", "１２０")];
    story.press("/site/new", "/site/new", &fields).await;
    assert!(story.get("/desk").await.body.contains("「訓練集会所」を記録しました"));
    let board = story.town.board();
    let added = board.sites.iter().find(|row| row.name == "訓練集会所").unwrap().clone();
    assert_eq!((added.state, added.capacity), (SiteState::Open, Some(120)));
    let path = format!("/site/{}", added.site);
    assert_eq!(story.get(&path).await.status, StatusCode::FORBIDDEN, "not this desk's own");
    let own = format!("/site/{}", story.town.site(0));
    let page = story.get(&own).await.body;
    let name = story
        .town
        .board()
        .sites
        .iter()
        .find(|row| row.site == story.town.site(0))
        .unwrap()
        .name
        .clone();
    assert!(page.contains(&name) && page.contains("value=\"34.") || page.contains("value=\"35."));
    let bad = [("name", name.as_str()), ("latitude", "北緯35度")];
    story.press(&own, &own, &bad).await;
    assert!(story.get(&own).await.body.contains("度で入力してください"));
    let saw = story.get(&own).await.hidden("saw-capacity");
    let fields = [("name", name.as_str()), ("capacity", "80"), ("saw-capacity", saw.as_str())];
    story.press(&own, &own, &fields).await;
    assert!(story.get(&own).await.body.contains("value=\"80\""));
}

#[tokio::test]
async fn a_place_is_not_added_twice_nor_half_nor_far_away_unasked() {
    let story = Story::logged_in(Screen::Shelter).await;
    let held = story.town.board().sites.len();
    let name = story.town.desk(story.town.site(3)).unwrap().row.name;
    let spaced = format!(" {} ", name.replace('（', "("));
    for (fields, said) in [
        ([("name", name.as_str()), ("address", "粕渕")], "同じ名前の施設はすでにあります"),
        ([("name", &spaced), ("address", "粕渕")], "同じ名前の施設はすでにあります"),
        ([("name", "訓練集会所"), ("latitude", "35.07")], "緯度と経度は、両方"),
        ([("name", "訓練集会所"), ("longitude", "132.59")], "緯度と経度は、両方"),
        ([("name", "訓練集会所"), ("capacity", "0")], "数字で入力してください"),
    ] {
        story.press("/site/new", "/site/new", &fields).await;
        let page = story.get("/site/new").await.body;
        assert!(page.contains(said), "{said}");
        let typed = format!("value=\"{}\"", fields[1].1);
        assert!(page.contains(&typed), "what was typed stays");
    }
    let far = [
        ("name", "訓練集会所"),
        ("latitude", "35.68"),
        ("longitude", "139.76"),
        ("hazard-flood", "designated"),
    ];
    let others =
        ["landslide", "storm_surge", "earthquake", "tsunami", "fire", "inland_flood", "volcano"];
    let others = others.map(|code| format!("hazard-{code}"));
    let others = others.iter().map(|name| (name.as_str(), "out_of_scope"));
    let far: Vec<_> = far.into_iter().chain(others).collect();
    let asked = story.press("/site/new", "/site/new", &far).await;
    assert!(asked.body.contains("離れています") && asked.body.contains("km"), "{}", asked.body);
    assert_eq!(story.town.board().sites.len(), held);
    story.press("/site/new", "/site/new", &[&far[..], &[("sure", "yes")]].concat()).await;
    assert_eq!(story.town.board().sites.len(), held + 1);
}

#[tokio::test]
async fn a_form_that_was_cut_short_leaves_what_a_place_is_designated_for() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let path = format!("/site/{}", story.town.site(0));
    let written = |story: &Story| {
        let fields = crate::backend::Backend::site(&*story.town, story.town.site(0)).unwrap();
        let of = |wanted| fields.iter().find(|held| held.field == wanted).unwrap().clone();
        [of(field::SITE_HAZARDS), of(field::SITE_ADDRESS)]
            .map(|held| held.versions[0].value.clone())
    };
    let before = written(&story);
    let name = ("name", "訓練の名前");
    story.press(&path, &path, &[name, ("capacity", "77")]).await;
    assert_eq!(written(&story), before, "a form without any of them");
    for garbled in [
        [("hazard-flood", "designated"), ("hazard-landslide", "designated")],
        [("hazard-flood", "desig"), ("hazard-landslide", "not_designated")],
    ] {
        story.press(&path, &path, &[&[name], garbled.as_slice()].concat()).await;
        assert_eq!(written(&story), before);
        let page = story.get(&path).await.body;
        assert!(page.contains("「災害ごとの指定」は、示された答えから選んで"), "and says which");
    }
}
