//! The desk as a tired clerk meets it: taps, paper cards, mistakes and a long roster.

use super::*;

impl Story {
    async fn at_desk() -> Self {
        Self::logged_in(Screen::Shelter).await
    }

    /// The site of the desk, as its forms carry it.
    fn own_site(&self) -> String {
        self.town.site(0).to_string()
    }

    /// A card is held to the reader of the desk: recorded by the engine, and shown.
    fn tapped(&self, index: usize, ago: i64) {
        let person = self.town.person(index);
        let site = self.town.site(0);
        self.town.order(Order::CheckIn {
            site,
            people: vec![person],
            happened_at: None,
            anyway: false,
        });
        let somebody = self.town.state().people[index].clone();
        let name = ShownName::Shown { name: somebody.name, kana: somebody.kana };
        let (outcome, person) = (TapOutcome::Accepted(Did::Shelter(Act::CheckIn)), Some(person));
        self.town.change(|state| {
            state.tap = Some(Tap { at: NOW - ago, outcome, name, person, doubtful: false })
        });
    }

    fn is_here(&self, index: usize) -> bool {
        let (site, person) = (self.town.site(0), self.town.person(index));
        self.town.desk(site).unwrap().roster.iter().any(|row| row.person == person)
    }
}

#[tokio::test]
async fn a_second_disaster_is_not_begun_beside_the_one_that_is_open() {
    for role in [Screen::Shelter, Screen::Headquarters] {
        let story = Story::logged_in(role).await;
        let home = story.get("/").await.header(header::LOCATION).to_owned();
        let before = story.town.incident().unwrap();
        let fields = [("title", "訓練データの停電"), ("kind", "real")];
        story.press(&home, "/incident/open", &fields).await;
        assert_eq!(story.town.incident(), Some(before), "people stay where they are counted");
        assert!(story.town.board().others.is_empty());
        let page = story.get(&home).await.body;
        assert!(page.contains("すでに災害「令和8年11月豪雨（訓練データ）」が進行中です。"));
    }
}

#[tokio::test]
async fn a_drill_town_takes_no_real_disaster_by_any_form() {
    let mut story = Story::over(MemoryTown::new(true), Screen::Shelter);
    story.log_in().await;
    story.town.change(|state| state.is_drill_town = true);
    let site = story.own_site();
    assert!(!story.get("/desk").await.body.contains("value=\"real\""), "it is not offered");
    let begun = [("title", "訓練データの豪雨"), ("kind", "real")];
    let opened = [("site", site.as_str()), ("state", "open"), ("kind", "real")];
    let added = [("name", "訓練集会所"), ("open", "yes"), ("kind", "real")];
    for (page, action, fields) in [
        ("/desk", "/incident/open", begun.as_slice()),
        ("/desk", "/desk/site", opened.as_slice()),
        ("/site/new", "/site/new", added.as_slice()),
    ] {
        story.press(page, action, fields).await;
        assert!(story.town.incident().is_none(), "{action}");
        assert!(story.get("/desk").await.body.contains("訓練用の町では"), "{action}");
    }
    story.press("/desk", "/desk/site", &opened[..2]).await;
    let kind = digiana_core::fact::shelter::IncidentKind::Drill;
    assert_eq!(story.town.incident().unwrap().kind, kind, "unless it is said, it is a drill");
}

#[tokio::test]
async fn the_board_hides_no_incident_behind_another() {
    let story = Story::logged_in(Screen::Headquarters).await;
    assert!(!story.get("/board").await.body.contains("ほかに進行中の災害"));
    let (kind, title) =
        (digiana_core::fact::shelter::IncidentKind::Real, "訓練データの停電".to_owned());
    let opening = crate::backend::order::Opening { kind, title, hazards: Vec::new() };
    story.town.order(Order::OpenIncident(opening));
    let board = story.get("/board").await.body;
    assert!(board.contains("ほかに進行中の災害: 実災害 訓練データの停電"));
    assert!(board.contains("令和8年11月豪雨（訓練データ）") && board.contains("7人"));
}

#[tokio::test]
async fn a_walk_in_has_a_name_that_shows_and_a_reading_in_kana() {
    let story = Story::at_desk().await;
    let site = story.own_site();
    for (name, kana, said) in [
        ("\u{200b}\u{feff}", "", "目に見えない文字"),
        ("訓練データ 太郎", "taro", "ひらがなかカタカナで"),
        ("訓練データ 太郎", "太郎", "ひらがなかカタカナで"),
    ] {
        let fields = [("site", site.as_str()), ("name", name), ("kana", kana)];
        story.press("/desk", "/desk/walk-in", &fields).await;
        assert!(story.get("/desk").await.body.contains(said), "{name:?} {kana}");
    }
    let sent = |order: &Order| {
        if let Order::WalkIn { kana, .. } = order { Some(kana.clone()) } else { None }
    };
    assert_eq!(story.town.state().orders.iter().find_map(sent), None);
    let fields = [("site", site.as_str()), ("name", "訓練データ 太郎"), ("kana", "ｸﾝﾚﾝ　ﾀﾛｳ")];
    story.press("/desk", "/desk/walk-in", &fields).await;
    let kana = story.town.state().orders.iter().find_map(sent);
    assert_eq!(kana.as_deref(), Some("クンレン タロウ"), "half-width kana are made wide");
}

#[tokio::test]
async fn a_page_that_stood_open_says_that_its_own_device_was_quicker() {
    let story = Story::at_desk().await;
    let person = story.town.person(0);
    story.town.change(|state| {
        state.write_unseen(DESK, person, field::EVACUEE_PLACE, "体育館");
        state.write_unseen(DESK, person, field::EVACUEE_PLACE, "和室");
    });
    let page = story.get(&format!("/desk/person/{person}")).await.body;
    assert!(page.contains("この画面を開いた後に、同じ端末で変更されました"));
    assert!(!page.contains("連絡がとれない間に"), "no desk was cut off");
    assert!(page.contains("value=\"和室\""), "the newest stands in the field");
    assert!(page.find("<b>和室</b>") < page.find("<b>体育館</b>"), "and first in the list");
}

#[tokio::test]
async fn two_people_of_one_name_are_told_apart_before_one_is_settled() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let board = story.get("/board").await.body;
    let both = part(&board, "queue");
    assert!(both.contains("訓練田 花子"));
    assert!(both.contains("くんれんだ はなこ　1944年生　粕渕（訓練データ）"), "{both}");
}

#[tokio::test]
async fn nothing_scrolls_away_a_tap_a_sentence_or_the_word_that_the_desk_is_cut_off() {
    let story = Story::at_desk().await;
    let page = story.get("/desk").await.body;
    assert!(page.matches(" data-focus").count() == 1 && !page.contains(" autofocus"));
    story.tapped(10, 2);
    assert!(!story.get("/desk").await.body.contains(" data-focus"), "a tap waits");
    story.town.change(|state| state.tap = None);
    let site = story.own_site();
    story.press("/desk", "/desk/walk-in", &[("site", &site), ("name", "訓練 旅人")]).await;
    let page = story.get("/desk").await.body;
    assert!(page.contains("取り消す") && !page.contains(" data-focus"), "a sentence is to be read");
    let none = format!("/desk?q={}", shell::percent_encoded("誰もいない"));
    assert!(story.get(&none).await.body.matches(" data-focus").count() == 1);
    story.town.change(|state| state.cut_off(NOW - 3600));
    let page = story.get("/desk").await.body;
    assert!(page.find("本部と切断中").unwrap() < page.find("id=\"tap\"").unwrap());
}

#[tokio::test]
async fn saving_one_field_of_an_evacuee_saves_whatever_else_was_typed() {
    let story = Story::at_desk().await;
    let person = story.town.person(0);
    story.town.change(|state| state.write_unseen(DESK, person, field::EVACUEE_PHONE, "0855"));
    let path = format!("/desk/person/{person}");
    let page = story.get(&path).await;
    let hidden: Vec<(String, String)> = page
        .body
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .filter_map(|field| {
            let (name, rest) = field.split_once("\" value=\"")?;
            let is_own = name.starts_with("saw-") || name.starts_with("was-");
            is_own.then(|| (name.to_owned(), rest.split('"').next().unwrap().to_owned()))
        })
        .collect();
    assert_eq!(hidden.len(), 2 * 23);
    let site = story.own_site();
    let of = |field: digiana_core::fact::edit::FieldId| format!("value-{}", field.0);
    let typed = [
        (of(field::EVACUEE_PLACE), "体育館"),
        (of(field::EVACUEE_PHONE), "0855"),
        (of(field::EVACUEE_ALLERGY), "そば"),
        (of(field::EVACUEE_INFANT), "yes"),
    ];
    let mut fields: Vec<(&str, &str)> = vec![("site", &site)];
    fields.extend(hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    fields.extend(typed.iter().map(|(name, value)| (name.as_str(), *value)));
    let place = field::EVACUEE_PLACE.0.to_string();
    let fields = [&fields[..], &[("field", &place)]].concat();
    let answer = story.press(&path, &format!("{path}/field"), &fields).await;
    let page = story.get(answer.header(header::LOCATION)).await.body;
    assert!(page.contains("3項目を保存しました"), "what was not changed is not written again");
    assert!(page.contains("value=\"体育館\"") && page.contains("value=\"そば\""));
    assert!(page.contains("<option value=\"yes\" selected>"));
    let edits = |order: &Order| {
        if let Order::SaveFields { edits, .. } = order { edits.len() } else { 0 }
    };
    assert_eq!(story.town.state().orders.iter().map(edits).sum::<usize>(), 3);
    // One that cannot be taken keeps all of them on the page, and saves none.
    let wrong = [(of(field::EVACUEE_ILLNESS), "1234-5678-9012"), (of(field::EVACUEE_CAR), "軽")];
    let mut fields: Vec<(&str, &str)> = vec![("site", &site)];
    fields.extend(wrong.iter().map(|(name, value)| (name.as_str(), *value)));
    let answer = story.press(&path, &format!("{path}/field"), &fields).await;
    let page = story.get(answer.header(header::LOCATION)).await.body;
    assert!(page.contains("12桁の番号は書けません") && page.contains("value=\"軽\""));
    assert_eq!(page.matches("aria-invalid").count(), 1);
    assert_eq!(story.town.state().orders.iter().map(edits).sum::<usize>(), 3);
}

#[tokio::test]
async fn what_another_place_keeps_of_an_evacuee_is_not_shown_as_blank() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let (site, person) = (story.own_site(), story.town.person(0));
    story.town.change(|state| state.write_unseen(DESK, person, field::EVACUEE_ALLERGY, "そば"));
    let path = format!("/desk/person/{person}?site={site}");
    let name = story.town.desk(story.town.site(0)).unwrap().row.name;
    story.town.change(|state| state.access = crate::backend::Access::Closed);
    let page = story.get(&path).await.body;
    assert!(page.contains(&format!("{name}が記録しています。この端末では見られません。")));
    assert!(!page.contains("name=\"value-") && !page.contains("そば"));
    story.town.change(|state| state.access = crate::backend::Access::Reads);
    let page = story.get(&path).await.body;
    assert!(page.contains("この端末では書き換えられません。") && page.contains("そば"));
    assert!(!page.contains("name=\"value-"));
}

#[test]
fn headquarters_is_not_sent_to_headquarters() {
    use digiana_core::service::refusal::Refusal;
    let t = crate::text::Lang::Ja.text();
    let said = |role| crate::page::words::refused_to(t, Refusal::NotPermitted, role);
    assert!(!said(Role::Headquarters).contains("災害対策本部"));
    let desk = Role::Desk(digiana_core::id::SiteId([1; 8]));
    assert!(said(desk).contains("災害対策本部に連絡"));
}

/// The part of a page with that id: up to the next part.
fn part<'a>(page: &'a str, id: &str) -> &'a str {
    let start = format!("id=\"{id}\" data-part");
    let rest = page.split(&start).nth(1).unwrap();
    rest.split(" data-part").next().unwrap()
}

#[tokio::test]
async fn a_tap_brings_up_the_household_and_two_ticks_check_it_in() {
    let story = Story::at_desk().await;
    assert!(!story.get("/desk").await.body.contains("class=\"tapped"));
    story.tapped(10, 2);
    let page = story.get("/desk").await;
    let tap = part(&page.body, "tap");
    assert!(tap.contains("カードで入所を記録しました") && tap.contains("模擬山 一郎"));
    assert!(tap.contains("模擬山 花子") && tap.contains("模擬山 健"), "the rest to tick");
    let own = format!("name=\"person\" value=\"{}\"", story.town.person(10));
    assert!(!tap.contains(&own), "who tapped is not asked for again");
    let word = page.hidden("tap");
    let (site, one, other) =
        (story.own_site(), story.town.person(11).to_string(), story.town.person(12).to_string());
    let fields = [("site", site.as_str()), ("tap", &word), ("person", &one), ("person", &other)];
    story.press("/desk", "/desk/check-in", &fields).await;
    assert!(story.is_here(11) && story.is_here(12) && !story.is_here(13));
    let page = story.get("/desk").await.body;
    assert!(
        page.contains("2人の入所を記録しました") && !page.contains("class=\"tapped"),
        "handled"
    );
    story.tapped(15, 1);
    assert!(part(&story.get("/desk").await.body, "tap").contains("試験谷 一郎"), "the next tap");
}

#[tokio::test]
async fn a_tap_leaves_the_desk_when_nobody_else_came_and_after_a_while() {
    let story = Story::at_desk().await;
    story.tapped(10, 2);
    let (site, word) = (story.own_site(), story.get("/desk").await.hidden("tap"));
    let nobody = [("site", site.as_str()), ("tap", &word)];
    story.press("/desk", "/desk/check-in", &nobody).await;
    let page = story.get("/desk").await.body;
    assert!(
        page.contains("選ばれていません") && page.contains("class=\"tapped"),
        "not handled yet"
    );
    story.press("/desk", "/desk/tap", &nobody).await;
    assert!(!story.get("/desk").await.body.contains("class=\"tapped"));
    story.tapped(11, 170);
    assert!(story.get("/desk").await.body.contains("class=\"tapped"));
    story.town.change(|state| state.tap.as_mut().unwrap().at = NOW - 180);
    assert!(!story.get("/desk").await.body.contains("class=\"tapped"), "long ago");
}

#[tokio::test]
async fn a_protected_person_taps_without_a_name_or_a_household() {
    let story = Story::at_desk().await;
    let person = Some(story.town.person(7));
    let (outcome, name) = (TapOutcome::Accepted(Did::Shelter(Act::CheckIn)), ShownName::Protected);
    story
        .town
        .change(|state| state.tap = Some(Tap { at: NOW, outcome, name, person, doubtful: false }));
    let page = story.get("/desk").await.body;
    let tap = part(&page, "tap");
    assert!(tap.contains("（氏名非表示）") && !tap.contains("演習川"), "no family either");
    story.tapped(8, 1);
    let page = story.get("/desk").await.body;
    let tap = part(&page, "tap");
    assert!(tap.contains("演習川") && !tap.contains("（氏名非表示）"), "nor beside the family");
}

#[tokio::test]
async fn the_wrong_card_is_taken_back_from_the_tap() {
    let story = Story::at_desk().await;
    story.tapped(10, 0);
    let page = story.get("/desk").await;
    let (site, word) = (story.own_site(), page.hidden("tap"));
    let (entry, reason) = (page.hidden("entry"), page.hidden("reason"));
    let fields = [
        ("site", site.as_str()),
        ("tap", &word),
        ("entry", &entry),
        ("reason", &reason),
        ("do", "correct"),
    ];
    story.press("/desk", "/desk/presence", &fields).await;
    assert!(!story.is_here(10));
    assert!(!story.get("/desk").await.body.contains("class=\"tapped"));
}

#[tokio::test]
async fn a_card_that_is_not_taken_says_why_at_the_desk() {
    let story = Story::at_desk().await;
    let refused =
        |outcome| Tap { at: NOW, outcome, name: ShownName::Unknown, person: None, doubtful: false };
    story.town.change(|state| state.tap = Some(refused(TapOutcome::UnknownCard)));
    let page = story.get("/desk").await.body;
    assert!(part(&page, "tap").contains("登録のないカードです。氏名で探して"));
}

#[tokio::test]
async fn headquarters_sees_no_tap_of_a_desk_it_looks_at() {
    let story = Story::logged_in(Screen::Headquarters).await;
    story.tapped(10, 1);
    let site = story.own_site();
    assert!(!story.get(&format!("/desk?site={site}")).await.body.contains("class=\"tapped"));
}

#[tokio::test]
async fn the_last_action_is_undone_whole_and_once() {
    let story = Story::at_desk().await;
    let site = story.own_site();
    let people: Vec<_> = (10..13).map(|index| story.town.person(index).to_string()).collect();
    let mut fields = vec![("site", site.as_str())];
    fields.extend(people.iter().map(|person| ("person", person.as_str())));
    story.press("/desk", "/desk/check-in", &fields).await;
    let page = story.get("/desk").await;
    assert!(page.body.contains("3人の入所を記録しました") && page.body.contains("取り消す"));
    let (csrf, form) = (page.hidden("csrf"), page.hidden("form"));
    let number = page.body.split("name=\"undo\" value=\"").nth(1).unwrap();
    let number = number.split('"').next().unwrap();
    let undo = [("csrf", csrf.as_str()), ("form", &form), ("undo", number)];
    assert_eq!(story.post("/desk/undo", &undo).await.header(header::LOCATION), "/desk");
    assert!((10..13).all(|index| !story.is_here(index)), "all three");
    let page = story.get("/desk").await.body;
    assert!(page.contains("取り消しました：3人の入所を記録しました"), "it says what");
    assert!(!page.contains("name=\"undo\""), "what was undone is not undone again");
    let corrections = |story: &Story| {
        let orders = &story.town.state().orders;
        orders.iter().filter(|order| matches!(order, Order::Correct { .. })).count()
    };
    assert_eq!(corrections(&story), 3);
    story.post("/desk/undo", &undo).await;
    assert!(story.get("/desk").await.body.contains("すでに取り消してあります：3人の入所"));
    assert_eq!(corrections(&story), 3, "nothing is corrected twice");
    let guessed = [undo[0], undo[1], ("undo", "guessed")];
    story.post("/desk/undo", &guessed).await;
    assert!(story.get("/desk").await.body.contains("取り消す記録が見つかりません"));
}

/// Presses the button beside the sentence that says what was done.
async fn undo(story: &Story) {
    let page = story.get("/desk").await;
    let (csrf, form) = (page.hidden("csrf"), page.hidden("form"));
    let number = page.body.split("name=\"undo\" value=\"").nth(1).unwrap();
    let number = number.split('"').next().unwrap().to_owned();
    let fields = [("csrf", csrf.as_str()), ("form", &form), ("undo", &number)];
    story.post("/desk/undo", &fields).await;
}

#[tokio::test]
async fn the_last_action_can_be_taken_back_after_the_page_was_loaded_again() {
    let story = Story::at_desk().await;
    let site = story.own_site();
    let person = story.town.person(0).to_string();
    let fields = [("site", site.as_str()), ("person", &person), ("do", "check-out")];
    story.press("/desk", "/desk/presence", &fields).await;
    let first = story.get("/desk").await.body;
    assert_eq!(first.matches("name=\"undo\"").count(), 1, "once, beside the sentence");
    story.get(&format!("/desk/person/{person}")).await;
    let page = story.get("/desk").await.body;
    assert!(page.contains("直前の操作：退所を記録しました"), "also on the way back");
    undo(&story).await;
    assert!(story.is_here(0));
    story.get("/desk").await;
    assert!(!story.get("/desk").await.body.contains("直前の操作"), "taken back");
}

#[tokio::test]
async fn whoever_was_checked_out_by_mistake_is_put_back_from_the_list_of_those_who_left() {
    let story = Story::at_desk().await;
    assert!(!story.get("/desk").await.body.contains("退所した人"));
    let site = story.own_site();
    for index in [0, 2] {
        let person = story.town.person(index).to_string();
        let fields = [
            ("site", site.as_str()),
            ("person", &person),
            ("do", "check-out"),
            ("destination", "親戚の家"),
        ];
        story.press("/desk", "/desk/presence", &fields).await;
    }
    let page = story.get("/desk").await.body;
    let gone = part(&page, "gone");
    assert!(gone.contains("退所した人 <small>2人") && gone.contains("親戚の家"), "{gone}");
    let row = gone.split("訓練田 一郎").nth(1).unwrap();
    let value = |name: &str| {
        let start = format!("name=\"{name}\" value=\"");
        row.split(&start).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let (entry, reason) = (value("entry"), value("reason"));
    let back = [("site", site.as_str()), ("entry", &entry), ("reason", &reason), ("do", "correct")];
    story.press("/desk", "/desk/presence", &back).await;
    assert!(story.is_here(0) && !story.is_here(2));
    assert!(story.get("/desk").await.body.contains("退所した人 <small>1人"));
}

#[tokio::test]
async fn a_walk_in_and_a_check_out_are_undone_too() {
    let story = Story::at_desk().await;
    let site = story.own_site();
    let before = story.town.desk(story.town.site(0)).unwrap().roster.len();
    let name = "訓練データ 旅人";
    story.press("/desk", "/desk/walk-in", &[("site", &site), ("name", name)]).await;
    assert_eq!(story.town.desk(story.town.site(0)).unwrap().roster.len(), before + 1);
    undo(&story).await;
    assert_eq!(story.town.desk(story.town.site(0)).unwrap().roster.len(), before);
    let person = story.town.person(0).to_string();
    let fields = [("site", site.as_str()), ("person", &person), ("do", "check-out")];
    story.press("/desk", "/desk/presence", &fields).await;
    assert!(!story.is_here(0));
    undo(&story).await;
    assert!(story.is_here(0));
}

#[tokio::test]
async fn an_undo_that_a_roster_row_was_quicker_than_takes_back_the_rest() {
    let story = Story::at_desk().await;
    let site = story.own_site();
    let (one, other) = (story.town.person(10), story.town.person(11));
    let (first, second) = (one.to_string(), other.to_string());
    let fields = [("site", site.as_str()), ("person", &first), ("person", &second)];
    story.press("/desk", "/desk/check-in", &fields).await;
    let roster = story.town.desk(story.town.site(0)).unwrap().roster;
    let target = roster.iter().find(|row| row.person == one).unwrap().entry;
    story
        .town
        .order(Order::Correct { scope: Scope::Shelter, target, reason: "人違い".to_owned() });
    undo(&story).await;
    assert!(!story.is_here(10) && !story.is_here(11));
    assert!(story.get("/desk").await.body.contains("取り消しました：2人"));
}

#[tokio::test]
async fn a_paper_card_is_entered_with_its_own_time_and_the_next_one_too() {
    let story = Story::at_desk().await;
    assert!(!story.get("/desk").await.body.contains("datetime-local"), "ordinary work has no time");
    let site = story.own_site();
    let page = story.get("/desk?late=1&q=%E3%82%82%E3%81%8E").await.body;
    assert!(page.contains("<h2>後追い入力</h2>") && page.contains("datetime-local"));
    let person = story.town.person(10).to_string();
    let time = "2026-11-22T09:05";
    let card = |name: &'static str, value| {
        [("site", site.as_str()), ("late", "1"), ("happened_at", time), (name, value)]
    };
    let answer = story.press("/desk", "/desk/check-in", &card("person", &person)).await;
    assert_eq!(answer.header(header::LOCATION), "/desk?late=2026-11-22T09:05");
    let page = story.get("/desk?late=2026-11-22T09:05").await.body;
    assert!(page.contains("value=\"2026-11-22T09:05\" required"), "kept for the next card");
    let roster = part(&page, "roster");
    assert!(roster.contains("9:05　職員確認　後追い入力（15:04 入力）"), "{roster}");
    story.press("/desk", "/desk/walk-in", &card("name", "訓練データ 旅人")).await;
    let roster = story.get("/desk").await.body;
    assert_eq!(roster.matches("後追い入力（15:04 入力）").count(), 2);
    let fields = [card("person", &person).as_slice(), &[("do", "check-out")]].concat();
    story.press("/desk", "/desk/presence", &fields).await;
    assert!(!story.is_here(10));
    let at = |order: &Order| {
        if let Order::Presence { happened_at, .. } = order { *happened_at } else { None }
    };
    let sent = story.town.state().orders.iter().rev().find_map(at);
    assert_eq!(sent, Some(NOW - 5 - (5 * 60 + 59) * 60), "09:05 in Japan");
}

#[tokio::test]
async fn an_old_paper_card_asks_before_it_moves_somebody_who_was_seen_later() {
    let story = Story::at_desk().await;
    let (site, person) = (story.own_site(), story.town.person(0).to_string());
    let time = "2026-11-22T09:05";
    let card = [
        ("site", site.as_str()),
        ("late", "1"),
        ("happened_at", time),
        ("person", &person),
        ("do", "check-out"),
    ];
    let asked = story.press("/desk?late=1", "/desk/presence", &card).await;
    assert!(story.is_here(0), "not moved yet");
    for said in ["訓練田 一郎", "15:04 に", "それでも記録する", "name=\"sure\" value=\"yes\""]
    {
        assert!(asked.body.contains(said), "{said}");
    }
    let name = story.town.desk(story.town.site(0)).unwrap().row.name;
    assert!(asked.body.contains(&name), "where they were seen");
    let meant = [card.as_slice(), &[("sure", "yes")]].concat();
    story.press("/desk?late=1", "/desk/presence", &meant).await;
    assert!(!story.is_here(0), "staff mean it");
    let (gone, other) = (story.town.person(2).to_string(), story.town.person(10).to_string());
    let left = [("site", site.as_str()), ("person", &gone), ("do", "check-out")];
    story.press("/desk", "/desk/presence", &left).await;
    let both = [("person", gone.as_str()), ("person", &other), ("sure", "yes")];
    let several = [&card[..3], both.as_slice()].concat();
    story.press("/desk?late=1", "/desk/check-in", &several).await;
    assert!(!story.is_here(2) && !story.is_here(10), "one at a time");
    let page = story.get("/desk?late=1").await.body;
    assert!(page.contains("訓練田 次郎") && page.contains("1人ずつ入力してください"));
}

#[tokio::test]
async fn a_paper_card_of_the_future_or_without_a_time_is_refused_and_can_be_mended() {
    let story = Story::at_desk().await;
    let site = story.own_site();
    let person = story.town.person(10).to_string();
    for (time, said) in [
        ("2026-11-22T16:00", "未来の時刻は入力できません"),
        ("", "「紙に書かれた日時」が空欄です"),
        ("2016-11-22T16:00", "1年より前の日時は使えません"),
        ("昨日", "日付と時刻で入力してください"),
    ] {
        let fields = [
            ("site", site.as_str()),
            ("late", "1"),
            ("happened_at", time),
            ("q", "もぎ"),
            ("person", &person),
        ];
        let answer = story.press("/desk", "/desk/check-in", &fields).await;
        let back = answer.header(header::LOCATION).to_owned();
        assert!(back.contains("late=") && back.ends_with("&q=%E3%82%82%E3%81%8E"), "{back}");
        let page = story.get(&back).await.body;
        assert!(page.contains(said), "{said}");
        let ticked = format!("value=\"{person}\" checked");
        assert!(page.contains(&ticked), "the ticks are kept");
    }
    assert!(!story.is_here(10));
}

#[tokio::test]
async fn a_long_roster_is_narrowed_by_any_part_of_a_name() {
    let story = Story::at_desk().await;
    let who = |text: &str| format!("/desk?who={}", shell::percent_encoded(text));
    for text in ["訓練田 桜", "さくら", "サクラ"] {
        let page = story.get(&who(text)).await.body;
        let roster = part(&page, "roster");
        assert_eq!(roster.matches("<li class=\"card\"").count(), 1, "{text}");
        assert!(roster.contains("訓練田 桜") && page.contains("8人のうち1人を表示"));
    }
    let page = story.get(&who("誰もいない")).await.body;
    assert!(page.contains("名簿に「誰もいない」を含む人はいません") && page.contains("全員を表示"));
    let number = story.get("/desk?who=123456789012").await;
    assert_eq!(number.header(header::LOCATION), "/desk", "no My Number in the address");
}

#[tokio::test]
async fn a_desk_that_hears_nobody_says_so_at_once_and_one_that_hears_others_waits() {
    let story = Story::at_desk().await;
    story.town.change(|state| state.link(1, false));
    let desk = story.get("/desk").await.body;
    assert!(desk.contains("本部と切断中") && desk.contains("記録は失われません"));
    story.town.change(|state| state.link(OTHER_DESK, true));
    assert!(!story.get("/desk").await.body.contains("本部と切断中"), "heard by way of others");
    story.town.change(|state| state.cut_off(NOW - 181));
    assert!(story.get("/desk").await.body.contains("本部と切断中"), "but not for three minutes");
}

#[tokio::test]
async fn an_evacuees_page_says_where_they_are_and_goes_on_to_the_next_field() {
    let story = Story::at_desk().await;
    let path = format!("/desk/person/{}", story.town.person(0));
    let page = story.get(&path).await.body;
    for heading in
        ["避難所での連絡", "体のこと", "家・ペット・車", "言語・手伝い・要望", "安否の照会"]
    {
        assert!(page.contains(heading), "{heading}");
    }
    assert_eq!(page.matches("class=\"field\"").count(), 23);
    let presence = part(&page, "presence");
    assert!(presence.contains("入所中") && presence.contains("本部受信済"));
    assert!(presence.contains("同じ世帯の人") && presence.contains("訓練田 花子"));
    assert!(page.contains("href=\"/desk\""), "the way back");
    let site = story.own_site();
    let number = field::EVACUEE_PLACE.0.to_string();
    let value = format!("value-{number}");
    let fields = [("site", site.as_str()), ("field", &number), (&value, "体育館")];
    let answer = story.press(&path, &format!("{path}/field"), &fields).await;
    let page = story.get(answer.header(header::LOCATION)).await.body;
    assert!(page.contains("保存済み") && page.matches(" autofocus").count() == 1);
    let next = page.split(" autofocus").next().unwrap();
    let relation = format!("id=\"f{}\"", field::EVACUEE_RELATION.0);
    assert!(
        next.rsplit("<div class=\"field").next().unwrap().contains(&relation),
        "the field after it"
    );
    let away = format!("/desk/person/{}", story.town.person(10));
    assert!(story.get(&away).await.body.contains("この避難所には入所していません"));
}

#[tokio::test]
async fn whoever_was_not_found_need_not_be_typed_again() {
    let story = Story::at_desk().await;
    let page = story.get("/desk?q=%E3%81%9F%E3%81%B3%E3%81%B3%E3%81%A8").await.body; // たびびと
    assert!(
        page.contains("<details open>")
            && page
                .contains("name=\"kana\" maxlength=\"60\" autocomplete=\"off\" value=\"たびびと\"")
    );
}

#[tokio::test]
async fn a_reason_that_is_sent_by_the_enter_key_corrects_and_checks_nobody_out() {
    let story = Story::at_desk().await;
    let page = story.get("/desk").await.body;
    let row = part(&page, "roster").split("<li class=\"card\"").nth(1).unwrap();
    let forms: Vec<_> = row.split("<form ").skip(1).collect();
    let first_button = |form: &str| form.split("<button").nth(1).unwrap().to_owned();
    let with = |field: &str| {
        let name = format!("<input name=\"{field}\"");
        forms.iter().find(|form| form.contains(&name)).map(|form| first_button(form)).unwrap()
    };
    assert!(with("destination").contains("value=\"check-out\""));
    assert!(with("reason").contains("value=\"correct\""));
}

#[tokio::test]
async fn only_who_was_asked_for_alone_is_ticked() {
    let story = Story::at_desk().await;
    let ticked = async |text: &str| {
        let path = format!("/desk?q={}", shell::percent_encoded(text));
        story.get(&path).await.body.matches("\" checked").count()
    };
    assert_eq!(ticked("模擬山 桜").await, 1);
    assert_eq!(ticked("模擬山").await, 0, "one of the family has come, or all");
    story.town.order(Order::WalkIn {
        site: story.town.site(0),
        name: "模擬山 桜（旅人）".to_owned(),
        kana: String::new(),
        birth_year: None,
        happened_at: None,
    });
    assert_eq!(ticked("模擬山 桜").await, 0, "two of one name");
}

#[tokio::test]
async fn a_desk_has_one_place_to_begin_and_never_loads_itself_anew() {
    let story = Story::at_desk().await;
    let paths = ["/desk", "/desk?q=%E3%82%82%E3%81%8E", "/desk?q=x", "/desk?late=1"];
    for path in paths {
        let page = story.get(path).await.body;
        assert_eq!(page.matches(" data-focus").count(), 1, "{path}");
        assert!(!page.contains("http-equiv=\"refresh\""), "{path}");
    }
}
