//! The town's lists as headquarters edits them: checked, tried out, and never overwritten in silence.

use digiana_core::engine::input::Command;
use digiana_core::fact::edit::Value;
use digiana_core::id::RecordId;
use digiana_core::record::of_site;
use digiana_core::service::lists::route::Route;
use digiana_core::service::wellbeing::command as wellbeing;
use digiana_core::time::Day;

use super::*;
use crate::backend::lists::{List, ListEntry, ListsBackend as _};

impl Story {
    async fn at_lists() -> Self {
        Self::logged_in(Screen::Headquarters).await
    }

    /// Sends the form of a new entry.
    async fn add(&self, list: &str, fields: &[(&str, &str)]) -> Answer {
        let page = format!("/lists/{list}/new");
        self.press(&page, &page, fields).await
    }

    fn entry(&self, list: List, name: &str) -> ListEntry {
        self.town.list(list).into_iter().find(|entry| entry.name == name).unwrap()
    }
}

const RULE: [(&str, &str); 3] = [("name", "来館（訓練データ）"), ("points", "5"), ("for", "0")];

#[tokio::test]
async fn every_list_has_its_pages_and_takes_a_new_entry() {
    let story = Story::at_lists().await;
    let overview = story.get("/lists").await.body;
    for list in List::ALL {
        assert!(overview.contains(&format!("href=\"/lists/{}\"", list.word())));
        let page = story.get(&format!("/lists/{}", list.word())).await;
        assert_eq!(page.status, StatusCode::OK);
        let form = story.get(&format!("/lists/{}/new", list.word())).await;
        assert_eq!(form.status, StatusCode::OK);
    }
    assert_eq!(story.get("/lists/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(story.get("/lists/rules/0101010101010101").await.status, StatusCode::NOT_FOUND);
    let answer = story.add("rules", &RULE).await;
    assert_eq!(answer.header(header::LOCATION), "/lists/rules");
    let list = story.get("/lists/rules").await.body;
    assert!(list.contains("来館（訓練データ）") && list.contains("施設の訪問"));
    story.add("operators", &[("name", "町営バス（訓練データ）"), ("kind", "0")]).await;
    let operator = story.entry(List::Operators, "町営バス（訓練データ）").record.to_string();
    let book = [("name", "11回券（訓練データ）"), ("tickets", "１１"), ("price", "2,000")];
    let fields = [book.as_slice(), &[("operator", operator.as_str())]].concat();
    story.add("products", &fields).await;
    let list = story.get("/lists/products").await.body;
    assert!(list.contains("2000") && list.contains("町営バス（訓練データ）"));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept() {
    let story = Story::at_lists().await;
    let fields = [
        ("name", ""),
        ("points", "たくさん"),
        ("for", "0"),
        ("from", "2026-04-31"),
        ("daily_cap", "7"),
    ];
    let page = story.add("rules", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "「名前」が空欄です",
        "「付くポイント」は数字で入力してください",
        "「開始日（空欄はいつでも）」は日付で入力してください",
        "value=\"たくさん\"",
        "value=\"7\"",
        "aria-describedby=\"wrong-points\"",
    ] {
        assert!(page.body.contains(said), "{said}");
    }
    assert_eq!(page.body.matches(" autofocus").count(), 1);
    let turned = [RULE.as_slice(), &[("from", "2026-05-01"), ("until", "2026-04-01")]].concat();
    let page = story.add("rules", &turned).await.body;
    assert!(page.contains("「最終日（空欄は終わりなし）」は、始まりより後にしてください"));
    assert_eq!(story.town.list(List::Rules), []);
}

#[tokio::test]
async fn a_rule_changed_on_two_gateways_shows_both_until_somebody_settles_it() {
    let story = Story::at_lists().await;
    story.add("rules", &RULE).await;
    let record = story.entry(List::Rules, RULE[0].1).record;
    let path = format!("/lists/rules/{record}");
    let saw = story.get(&path).await.hidden("saw-points");
    story.town.change(|state| {
        state.write_town_unseen(OTHER_DESK, record, field::RULE_POINTS, Value::Int(9));
    });
    assert!(story.get("/lists").await.body.contains("端末により内容が違うもの：1件"));
    assert!(story.get("/lists/rules").await.body.contains("端末により違う内容"));
    let page = story.get(&path).await;
    assert!(page.body.contains("<b>5</b>") && page.body.contains("<b>9</b>"));
    assert!(page.body.contains("上野の端末") && page.body.contains("災害対策本部"));
    // A form that was shown before the other's word arrived settles nothing.
    let old = [RULE.as_slice(), &[("points", "7"), ("saw-points", &saw)]].concat();
    let old: Vec<_> = old.into_iter().filter(|field| *field != ("points", "5")).collect();
    story.press(&path, &path, &old).await;
    assert!(story.get(&path).await.body.contains("<b>9</b>"));
    let saw = story.get(&path).await.hidden("saw-points");
    // Nor does one that is sent for the sake of another field.
    let shown = story.get(&path).await.hidden("points");
    let cap = [("name", RULE[0].1), ("points", shown.as_str()), ("for", "0"), ("daily_cap", "20")];
    let cap = [cap.as_slice(), &[("saw-points", &saw)]].concat();
    story.press(&path, &path, &cap).await;
    assert!(story.get(&path).await.body.contains("has-conflict"));
    let settled = [cap.as_slice(), &[("settle-points", "yes")]].concat();
    story.press(&path, &path, &settled).await;
    assert!(!story.get(&path).await.body.contains("has-conflict"), "as it stands");
    story.town.change(|state| {
        state.write_town_unseen(OTHER_DESK, record, field::RULE_POINTS, Value::Int(11));
    });
    let saw = story.get(&path).await.hidden("saw-points");
    let new = [("name", RULE[0].1), ("points", "7"), ("for", "0"), ("daily_cap", "20")];
    let new = [new.as_slice(), &[("saw-points", &saw)]].concat();
    story.press(&path, &path, &new).await;
    let page = story.get(&path).await.body;
    assert!(!page.contains("has-conflict") && page.contains("value=\"7\""));
}

#[tokio::test]
async fn an_entry_is_ended_and_never_deleted() {
    let story = Story::at_lists().await;
    story.add("stops", &[("name", "役場前（訓練データ）")]).await;
    let record = story.entry(List::Stops, "役場前（訓練データ）").record;
    let path = format!("/lists/stops/{record}");
    let fields = [("name", "役場前（訓練データ）"), ("ended", "yes")];
    story.press(&path, &path, &fields).await;
    let list = story.get("/lists/stops").await.body;
    assert!(list.contains("役場前（訓練データ）") && list.contains("使わない</span>"));
    assert!(story.get("/lists").await.body.contains("0件"));
}

#[tokio::test]
async fn a_route_is_made_of_names_and_its_mistakes_name_line_and_place() {
    let story = Story::at_lists().await;
    for name in ["役場前", "小学校前", "病院"] {
        story.add("stops", &[("name", name)]).await;
    }
    let route = |stops: &'static str, times: &'static str| {
        [("name", "谷線（訓練データ）"), ("stops", stops), ("times", times)]
    };
    for (stops, times, said) in [
        ("役場前\n駅前", "", "2行目は、一覧にない停留所です"),
        ("役場前\n病院", "7:00 7:10\n8:00", "2行目は時刻が1個です。停留所は2か所"),
        ("役場前\n病院", "7:00 7時10分", "1行目、2番目は時刻として読めません"),
        ("役場前\n病院", "7:00 7:10\n8:10 8:00", "2行目、2番目は、前の停留所より早い時刻です"),
    ] {
        let page = story.add("routes", &route(stops, times)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(page.body.contains(said), "{said}");
        assert!(page.body.contains(stops), "what was typed is kept");
    }
    story
        .add("routes", &route("役場前\n小学校前\n\n病院", "７:00　7:05 7:20\n16:30 - 16:45"))
        .await;
    let record = story.entry(List::Routes, "谷線（訓練データ）").record;
    let read = {
        let state = story.town.state();
        Route::read(state.folds.records(Scope::Town).unwrap(), record).unwrap()
    };
    assert_eq!(read.stops.len(), 3);
    assert_eq!(read.runs[1], [Some(990), None, Some(1005)]);
    let page = story.get(&format!("/lists/routes/{record}")).await.body;
    assert!(page.contains("役場前\n小学校前\n病院</textarea>"), "by names");
    assert!(page.contains("<th scope=\"row\">病院</th><td>7:20</td><td>16:45</td>"));
    let list = story.get("/lists/routes").await.body;
    assert!(list.contains("役場前 → 小学校前 → 病院") && list.contains("2便"));
}

#[tokio::test]
async fn a_place_says_what_it_serves_and_a_school_when_pupils_come() {
    let story = Story::at_lists().await;
    let record = of_site(story.town.site(3));
    let path = format!("/lists/sites/{record}");
    let name = story.town.board().sites.len();
    assert_eq!(name, 19);
    let page = story.get(&path).await.body;
    assert!(page.contains("value=\"1\" checked"), "what nobody spoke of is a shelter");
    let held = story.town.list_entry(List::Sites, record).unwrap().name;
    let fields = [
        ("name", held.as_str()),
        ("serves", "2"),
        ("serves", "4"),
        ("arrive_by", "08:10"),
        ("leave_from", "14:30"),
    ];
    story.press(&path, &path, &fields).await;
    let list = story.get("/lists/sites").await.body;
    assert!(list.contains("健康の施設・学校") && list.contains("08:10") && list.contains("14:30"));
    assert_eq!(story.town.board().sites.len(), 18, "it is no shelter any more");
    assert!(!story.get("/public/").await.body.contains(&format!("id=\"site-{record}\"")));
    let bus = [("name", "町営バス1号車（訓練データ）"), ("serves", "8")];
    story.add("sites", &bus).await;
    assert_eq!(story.town.board().sites.len(), 18, "a bus is no shelter either");
    let none = [("name", "どこでもない（訓練データ）")];
    let page = story.add("sites", &none).await.body;
    assert!(page.contains("「使いみち」が空欄です"));
}

#[tokio::test]
async fn a_rule_is_tried_on_last_month_before_it_is_saved() {
    let story = Story::at_lists().await;
    let site = story.town.site(2);
    story.town.change(|state| {
        state.write_town_unseen(DESK, of_site(site), field::SITE_SERVES, Value::Int(2));
    });
    // Two people in October, one of them on two days; in November it is not last month.
    for (person, days_ago) in [(0, 33), (1, 33), (0, 32), (0, 21)] {
        let visit = wellbeing::Command::Visit {
            site: Some(site),
            persons: vec![story.town.person(person)],
            happened_at: Some(Day::of(NOW).plus(-days_ago).begins() + 12 * 3600),
            temperature: None,
        };
        story.town.order(Order::Service(Command::Wellbeing(visit)));
    }
    let tried = [RULE.as_slice(), &[("do", "preview")]].concat();
    let page = story.add("rules", &tried).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("2026年10月にこの規則があったら"), "{}", page.body);
    assert!(page.body.contains("3回・2人・15ポイント"), "{}", page.body);
    assert!(page.body.contains("来館（訓練データ）"), "what was typed is kept");
    assert_eq!(story.town.list(List::Rules), [], "nothing was saved");
    story.add("rules", &RULE).await;
    let record: RecordId = story.entry(List::Rules, RULE[0].1).record;
    let page = story.get(&format!("/lists/rules/{record}")).await.body;
    assert!(page.contains("3回・2人・15ポイント"), "and for a rule as it stands");
}

#[tokio::test]
async fn a_desk_does_not_open_the_towns_lists() {
    let story = Story::logged_in(Screen::Shelter).await;
    assert_eq!(story.get("/lists").await.status, StatusCode::FORBIDDEN);
    assert_eq!(story.get("/lists/rules/new").await.status, StatusCode::FORBIDDEN);
}
