//! Visits and points as staff of a facility, a shop and headquarters meet them.

use crate::backend::lists::ListsBackend as _;
use digiana_core::engine::input::Command as Asked;
use digiana_core::fact::Fact;
use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::fact::shelter::Assurance;
use digiana_core::fact::wellbeing::{Spend, Visit};
use digiana_core::id::{PersonId, RecordId};
use digiana_core::record::{of_person, of_site};
use digiana_core::register::Saw;
use digiana_core::service::lists::rule::PointRule;
use digiana_core::service::lists::site::{FACILITY, SHELTER, SHOP};
use digiana_core::service::wellbeing::command::Command;
use digiana_core::time::Day;
use digiana_node::config::Serves;
use digiana_node::reader::purpose::Purpose;

use super::*;
use crate::backend::wellbeing::WellbeingBackend as _;

const RULE: RecordId = RecordId([0x31; 8]);
const DAY: i64 = 86_400;

/// A town whose first site is a facility that gives five points a visit, and whose second is a shop.
fn with_rule(town: MemoryTown) -> MemoryTown {
    let (facility, shop) = (town.site(0), town.site(1));
    write(
        &town,
        Scope::Town,
        [
            (RULE, field::RULE_NAME, Value::Text("外出（訓練データ）".to_owned())),
            (RULE, field::RULE_POINTS, Value::Int(5)),
            (of_site(facility), field::SITE_SERVES, Value::Int(SHELTER | FACILITY)),
            (of_site(shop), field::SITE_SERVES, Value::Int(SHOP)),
        ],
    );
    town
}

fn write(
    town: &MemoryTown,
    scope: Scope,
    fields: impl IntoIterator<Item = (RecordId, FieldId, Value)>,
) {
    let edit = |(record, field, value)| Edit {
        record,
        field,
        change: Change::Put(value),
        saw: Saw::NOTHING,
        happened_at: None,
    };
    let edits = fields.into_iter().map(edit).collect();
    town.change(|state| state.perform(Asked::Edit { scope, edits })).unwrap();
}

fn did(town: &MemoryTown, command: Command) {
    town.order(Order::Service(Asked::Wellbeing(command)));
}

fn came(town: &MemoryTown, index: usize, days_ago: i64) -> PersonId {
    let (person, site) = (town.person(index), town.site(0));
    let happened_at = (days_ago > 0).then_some(NOW - days_ago * DAY);
    let persons = vec![person];
    did(town, Command::Visit { site: Some(site), persons, happened_at, temperature: None });
    person
}

impl Story {
    async fn at(serves: Serves) -> Self {
        let town = with_rule(MemoryTown::new(true).serving(serves));
        let mut story = Self::over(town, Screen::Shelter);
        story.log_in().await;
        story
    }

    async fn at_counter() -> Self {
        let mut story = Self::over(with_rule(MemoryTown::new(false)), Screen::Headquarters);
        story.log_in().await;
        story
    }

    fn points(&self, person: PersonId) -> i64 {
        self.town.earned(person).points
    }
}

#[tokio::test]
async fn a_facility_opens_on_what_today_brought() {
    let story = Story::at(Serves::Facility).await;
    assert_eq!(story.get("/").await.header(header::LOCATION), "/wellbeing");
    came(&story.town, 0, 0);
    came(&story.town, 0, 1);
    came(&story.town, 1, 0);
    let page = story.get("/wellbeing").await.body;
    assert!(page.contains("<dd>2人</dd>") && page.contains("<dd>10</dd>"), "{page}");
    assert!(page.contains("比之宮") && page.contains("訪問は3件"));
    assert!(page.contains("上野の端末") && page.contains("届いていない"), "who is not heard");
    let page = story.get("/wellbeing?q=%E3%81%8F%E3%82%93").await.body;
    assert!(page.contains("訓練田 一郎"), "found by kana");
}

#[tokio::test]
async fn whoever_held_a_card_to_the_reader_is_one_press_from_their_wallet() {
    let story = Story::at(Serves::Facility).await;
    let person = came(&story.town, 0, 0);
    story.answered(TapOutcome::Accepted(Did::Visited));
    let page = story.get("/wellbeing").await.body;
    assert!(page.contains(&format!("/wellbeing/person/{person}")) && page.contains("5ポイント"));
}

#[tokio::test]
async fn a_visit_is_noted_late_with_a_temperature_and_taken_back() {
    let story = Story::at(Serves::Facility).await;
    let (person, site) = (story.town.person(0), story.town.site(0).to_string());
    let path = format!("/wellbeing/person/{person}");
    let fields =
        [("site", site.as_str()), ("happened_at", "2026-11-21T10:00"), ("temperature", "３６.５")];
    story.press(&path, &format!("{path}/visit"), &fields).await;
    let page = story.get(&path).await;
    assert!(page.body.contains("訪問を記録しました") && page.body.contains("昨日 10:00"));
    assert_eq!(story.points(person), 5);
    let word = page.hidden("undo");
    story.press(&path, "/desk/undo", &[("undo", &word)]).await;
    assert_eq!(story.points(person), 0);
    let fields = [("site", site.as_str()), ("temperature", "hot")];
    story.press(&path, &format!("{path}/visit"), &fields).await;
    let page = story.get(&path).await.body;
    assert!(page.contains("value=\"hot\""), "what was typed is kept");
}

#[tokio::test]
async fn a_shop_types_an_amount_for_the_next_card_and_sees_what_became_of_it() {
    let story = Story::at(Serves::Shop).await;
    assert_eq!(story.get("/").await.header(header::LOCATION), "/shop");
    story.press("/shop", "/shop", &[("points", "１２０")]).await;
    assert_eq!(story.town.purpose(), Purpose::Spend { points: Some(120) });
    assert!(story.get("/shop").await.body.contains("タッチを待っています"));
    story.press("/shop", "/shop", &[("do", "cancel")]).await;
    assert_eq!(story.town.purpose(), Purpose::Spend { points: None });
    for wrong in ["0", "-3", "many", ""] {
        story.press("/shop", "/shop", &[("points", wrong)]).await;
        assert_eq!(story.town.purpose(), Purpose::Spend { points: None }, "{wrong}");
    }
    let person = came(&story.town, 0, 0);
    did(&story.town, Command::Spend { shop: None, person, points: 3, happened_at: None });
    story.answered(TapOutcome::Accepted(Did::Spent(3)));
    let page = story.get("/shop").await.body;
    assert!(page.contains("3ポイントの支払いを受けました") && page.contains("残り2ポイント"));
}

#[tokio::test]
async fn a_shop_undoes_its_own_payment_and_no_other() {
    let story = Story::at(Serves::Shop).await;
    let person = came(&story.town, 0, 0);
    let own = story.town.site(0);
    did(&story.town, Command::Spend { shop: Some(own), person, points: 3, happened_at: None });
    let path = format!("/wellbeing/person/{person}");
    let page = story.get(&path).await.body;
    assert!(!page.contains("/transfer\"") && !page.contains("/settle\""));
    let entry = page.split("name=\"entry\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    story.press(&path, &format!("{path}/reverse"), &[("entry", entry), ("reason", "")]).await;
    assert_eq!(story.points(person), 2, "a reason is needed");
    let fields = [("entry", entry), ("reason", "打ち間違い")];
    story.press(&path, &format!("{path}/reverse"), &fields).await;
    assert_eq!(story.points(person), 5);
    assert!(story.get(&path).await.body.contains("取り消し済み"));
    let other = story.town.site(1);
    did(&story.town, Command::Spend { shop: Some(other), person, points: 1, happened_at: None });
    let wallet = story.town.wallet(person).unwrap();
    let entry = wallet.lines[0].entry.to_string();
    let fields = [("entry", entry.as_str()), ("reason", "他店")];
    let answer = story.press(&path, &format!("{path}/reverse"), &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn headquarters_settles_what_two_cut_off_shops_let_be_spent() {
    let story = Story::at_counter().await;
    let person = came(&story.town, 0, 0);
    story.town.change(|state| {
        for desk in [DESK, OTHER_DESK] {
            let shop = state.sites[usize::from(desk)].id;
            let assurance = Assurance::Listed;
            let spend = Spend { person, shop, points: 5, assurance, happened_at: None };
            state.written_by(desk, Scope::Wellbeing, &Fact::from(spend));
        }
    });
    let page = story.get("/wellbeing/overdrawn").await.body;
    assert!(page.contains("訓練田 一郎") && page.contains("5ポイント"));
    let path = format!("/wellbeing/person/{person}");
    let fields = [("how", "paid"), ("points", "6"), ("reason", "窓口")];
    story.press(&path, &format!("{path}/settle"), &fields).await;
    assert_eq!(story.points(person), -5, "no more than is owed");
    let fields = [("how", "paid"), ("points", "5"), ("reason", "窓口")];
    story.press(&path, &format!("{path}/settle"), &fields).await;
    assert_eq!(story.points(person), 0);
    assert!(story.get("/wellbeing/overdrawn").await.body.contains("残高不足の口座はありません"));
}

#[tokio::test]
async fn headquarters_moves_points_out_of_town_once() {
    let story = Story::at_counter().await;
    let person = came(&story.town, 0, 0);
    let path = format!("/wellbeing/person/{person}");
    story.press(&path, &format!("{path}/transfer"), &[("points", "9")]).await;
    let page = story.get(&path).await.body;
    assert!(page.contains("class=\"flash refused\"") && page.contains("value=\"9\""), "kept");
    story.press(&path, &format!("{path}/transfer"), &[("points", "4")]).await;
    assert_eq!(story.points(person), 1);
}

#[tokio::test]
async fn nobody_is_said_to_be_unseen_while_a_reader_is_silent() {
    let story = Story::at_counter().await;
    let person = came(&story.town, 0, 5);
    let watch = [(of_person(person), field::PERSON_WATCH_DAYS, Value::Int(3))];
    write(&story.town, Scope::Register, watch);
    // Headquarters itself noted the visit, and hears itself.
    let page = story.get("/wellbeing/unseen").await.body;
    let (not_seen, unknown) = page.split_once("id=\"unknown\"").unwrap();
    assert!(not_seen.contains("訓練田 一郎") && !unknown.contains("訓練田 一郎"));
    // The reader that is not heard saw them too, four days ago.
    story.town.change(|state| {
        let site = state.sites[5].id;
        let visit = Visit {
            person,
            site,
            grants: Vec::new(),
            assurance: Assurance::Listed,
            happened_at: Some(NOW - 4 * DAY),
            temperature: None,
        };
        state.written_by(OTHER_DESK, Scope::Wellbeing, &Fact::from(visit));
        state.silent_since(OTHER_DESK, NOW - 2 * DAY);
    });
    let page = story.get("/wellbeing/unseen").await.body;
    let (not_seen, unknown) = page.split_once("id=\"unknown\"").unwrap();
    assert!(unknown.contains("訓練田 一郎") && !not_seen.contains("訓練田 一郎"));
    assert!(unknown.contains("上野の端末") && unknown.contains("最終受信 11/20"));
    story.town.change(|state| state.link(OTHER_DESK, true));
    let page = story.get("/wellbeing/unseen").await.body;
    assert!(page.split_once("id=\"unknown\"").unwrap().0.contains("訓練田 一郎"), "heard again");
}

#[tokio::test]
async fn a_table_of_visits_is_a_file_without_names() {
    let story = Story::at(Serves::Facility).await;
    came(&story.town, 0, 0);
    let answer = story.get("/wellbeing/visits.csv").await;
    assert!(answer.header(header::CONTENT_DISPOSITION).contains("visits.csv"));
    let lines: Vec<&str> = answer.body.split("\r\n").collect();
    assert_eq!(lines[0], "\u{feff}日付,施設,訪問,ポイント");
    assert!(lines[1].starts_with("2026-11-22,") && lines[1].ends_with(",1,5"), "{}", lines[1]);
    assert!(!answer.body.contains("訓練田"));
}

#[tokio::test]
async fn a_screen_says_what_a_visit_brought_and_nobodys_name() {
    let town = with_rule(MemoryTown::new(true).serving(Serves::Facility));
    let mut story = Story::over(town, Screen::Kiosk);
    story.log_in().await;
    came(&story.town, 0, 0);
    came(&story.town, 0, 1);
    story.answered(TapOutcome::Accepted(Did::Visited));
    let page = story.get("/kiosk").await.body;
    assert!(page.contains("+5ポイント") && page.contains("全部で10"), "{page}");
    assert!(!page.contains("訓練田"));
    assert_eq!(story.get("/wellbeing").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_a_register_a_wallet_has_no_name() {
    let story = Story::at(Serves::Shop).await;
    let person = came(&story.town, 0, 0);
    story.town.change(|state| state.forget_register());
    let page = story.get(&format!("/wellbeing/person/{person}")).await.body;
    assert!(
        !page.contains("訓練田") && page.contains("…0700") && page.contains("5ポイント"),
        "{page}"
    );
    let page = story.get("/wellbeing").await.body;
    assert!(page.contains("町民名簿を持っていません"));
}

#[tokio::test]
async fn a_rule_that_is_typed_is_tried_on_the_last_month() {
    let story = Story::at(Serves::Facility).await;
    came(&story.town, 0, 1);
    came(&story.town, 1, 2);
    came(&story.town, 1, 0);
    let rule = story.town.change(|state| {
        let town = state.folds.records(Scope::Town).unwrap();
        PointRule::read(town, RULE).unwrap()
    });
    let yesterday = Day::of(NOW).plus(-1);
    let would = story.town.preview(&rule, yesterday.plus(-29), yesterday);
    assert_eq!((would.all.times, would.all.people, would.all.points), (2, 2, 10));
}
