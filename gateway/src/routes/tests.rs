//! The gateway as a browser meets it: who may open what, what pages say, what forms do.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails says so by panicking"
)]

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, header};
use tower::ServiceExt;

use super::*;
use crate::auth::passphrase::PassphraseFile;
use crate::auth::throttle::FREE_GUESSES;
use crate::backend::order::Order;
use crate::backend::town::{DESK, MemoryTown, NOW, OTHER_DESK};
use crate::backend::{Backend as _, ShownName, Tap, TapOutcome};
use crate::config::{Screen, WebConfig};
use digiana_core::fact::shelter::{Act, SiteState};
use digiana_core::fact::warning::WarningLevel;
use digiana_core::id::NodeId;
use digiana_core::record::field;
use digiana_core::scope::Scope;
use digiana_node::handle::Did;

mod cards;
mod desk;
mod kiosk;
mod lists;
mod school;
mod transport;
mod wellbeing;

/// A gateway over a town in memory, and one browser.
struct Story {
    town: Arc<MemoryTown>,
    app: App,
    router: Router,
    cookie: Option<String>,
    _data: tempfile::TempDir,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of the first hidden field of that name.
    fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        self.body.split(&start).nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

impl Answer {
    /// The value of the first button of that name.
    fn hidden_button(&self, name: &str) -> String {
        let start = format!("<button name=\"{name}\" value=\"");
        self.body.split(&start).nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

impl Story {
    fn new(role: Screen) -> Self {
        Self::over(MemoryTown::flooded(role != Screen::Headquarters), role)
    }

    fn over(town: MemoryTown, role: Screen) -> Self {
        Self::beside(&Arc::new(town), role)
    }

    /// Another screen at the same node.
    fn beside(town: &Arc<MemoryTown>, role: Screen) -> Self {
        let data = tempfile::tempdir().unwrap();
        let web = WebConfig { role, ..WebConfig::default() };
        let town = Arc::clone(town);
        let backend: Arc<dyn crate::backend::Backend> = Arc::<MemoryTown>::clone(&town);
        let app = App::new(web, backend, data.path());
        PassphraseFile::in_folder(data.path()).set("訓練データの合言葉です。").unwrap();
        Self { town, router: router(app.clone()), app, cookie: None, _data: data }
    }

    async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 4 << 20).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = fields.iter().map(|(name, value)| {
            format!("{}={}", shell::percent_encoded(name), shell::percent_encoded(value))
        });
        let body = pairs.collect::<Vec<_>>().join("&");
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    /// Logs in by a link, as the drill does.
    async fn logged_in(role: Screen) -> Self {
        let mut story = Self::new(role);
        story.log_in().await;
        story
    }

    async fn log_in(&mut self) {
        let link = self.app.links().make(SystemTime::now()).unwrap();
        let answer = self.get(&format!("/login/once/{}", link.expose())).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let cookie = answer.header(header::SET_COOKIE);
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    }

    /// Sends a form of a page with the page's own hidden words.
    async fn press(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(page).await;
        let (csrf, form) = (page.hidden("csrf"), format!("{}.x", page.hidden("form")));
        let mut all = vec![("csrf", csrf.as_str()), ("form", form.as_str())];
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }
}

/// An address of the table with something in its places.
fn filled(path: &str) -> String {
    path.replace("{site}", "0101010101010101")
        .replace("{person}", "0101010101010101")
        .replace("{name}", "x")
        .replace("{month}", "2026-11")
        .replace("{list}", "rules")
        .replace("{record}", "0101010101010101")
        .replace("{word}", "x")
}

#[tokio::test]
async fn every_staff_route_refuses_a_visitor() {
    let story = Story::new(Screen::Headquarters);
    let before = story.town.state().orders.len();
    for route in table() {
        if matches!(route.access, Access::Anyone | Access::Door) {
            continue;
        }
        for method in [Method::GET, Method::POST] {
            let path = filled(route.path);
            let request = Request::builder().method(method).uri(&path);
            let answer = story.send(request, Body::empty()).await;
            if path.starts_with("/api/") {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
                assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
            } else {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
                assert!(answer.header(header::LOCATION).starts_with("/login"), "{path}");
            }
        }
    }
    assert_eq!(story.town.state().orders.len(), before, "no order came of a visitor");
}

#[tokio::test]
async fn what_needs_no_session_is_a_short_list() {
    let open: Vec<_> = table()
        .iter()
        .filter(|route| matches!(route.access, Access::Anyone | Access::Door))
        .map(|route| route.path)
        .collect();
    let expected = [
        "/healthz",
        "/metrics",
        "/static/{name}",
        "/public",
        "/public/",
        "/public/sw.js",
        "/api/v1/public/shelters",
        "/api/v1/openapi.json",
        "/login",
        "/login/once/{word}",
        "/kit/{word}",
        "/kit",
    ];
    assert_eq!(open, expected);
}

#[tokio::test]
async fn a_public_gateway_has_no_door() {
    let story = Story::new(Screen::Public);
    for route in table().iter().filter(|route| route.access != Access::Anyone) {
        let answer = story.get(&filled(route.path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", route.path);
    }
    assert_eq!(story.get("/public/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_desk_does_not_open_the_board_nor_another_desk() {
    let story = Story::logged_in(Screen::Shelter).await;
    assert_eq!(story.get("/").await.header(header::LOCATION), "/desk");
    assert_eq!(story.get("/board").await.status, StatusCode::FORBIDDEN);
    let other = story.town.site(5).to_string();
    assert_eq!(story.get(&format!("/desk?site={other}")).await.status, StatusCode::FORBIDDEN);
    let fields = [("site", other.as_str()), ("state", "closed")];
    let answer = story.press("/desk", "/desk/site", &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_form_without_the_sessions_word_changes_nothing() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let before = story.town.state().orders.len();
    let site = story.town.site(3).to_string();
    let fields = [("site", site.as_str()), ("state", "open"), ("form", "1")];
    assert_eq!(story.post("/board/site", &fields).await.status, StatusCode::FORBIDDEN);
    let wrong = [fields.as_slice(), &[("csrf", "guessed")]].concat();
    assert_eq!(story.post("/board/site", &wrong).await.status, StatusCode::FORBIDDEN);
    assert_eq!(story.town.state().orders.len(), before);
}

#[tokio::test]
async fn another_sites_page_cannot_send_a_form() {
    let story = Story::logged_in(Screen::Headquarters).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://example.org")] {
        let request = Request::post("/logout").header(name, value).header("host", "127.0.0.1");
        assert_eq!(story.send(request, Body::empty()).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_login_link_works_once_and_not_for_a_browser_that_looks_ahead() {
    let story = Story::new(Screen::Headquarters);
    let link = story.app.links().make(SystemTime::now()).unwrap();
    let path = format!("/login/once/{}", link.expose());
    let ahead = Request::get(&path).header("sec-purpose", "prefetch");
    assert_eq!(story.send(ahead, Body::empty()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        story.send(Request::head(&path), Body::empty()).await.status,
        StatusCode::NO_CONTENT
    );
    let answer = story.get(&path).await;
    assert_eq!(answer.header(header::LOCATION), "/board");
    let cookie = answer.header(header::SET_COOKIE);
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains("Secure"), "a browser on this machine comes without TLS");
    assert_eq!(story.get(&path).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_passphrase_opens_and_wrong_ones_are_slowed() {
    let story = Story::new(Screen::Headquarters);
    let right = [("passphrase", "訓練データの合言葉です。"), ("next", "/board?lang=en")];
    let answer = story.post("/login", &right).await;
    assert_eq!(answer.header(header::LOCATION), "/board?lang=en");
    let elsewhere = [right[0], ("next", "//example.org/")];
    assert_eq!(story.post("/login", &elsewhere).await.header(header::LOCATION), "/board");
    for _ in 0..FREE_GUESSES {
        let answer = story.post("/login", &[("passphrase", "wrong")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = story.post("/login", &right).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!answer.header(header::RETRY_AFTER).is_empty());
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let answer = story.press("/board", "/logout", &[]).await;
    assert_eq!(answer.header(header::LOCATION), "/login");
    assert_eq!(story.get("/board").await.status, StatusCode::SEE_OTHER);
}

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
async fn a_place_for_which_nothing_is_stated_is_not_shown_as_safe() {
    let story = Story::new(Screen::Headquarters);
    let shelters = story.town.state().sites.len();
    let public = story.get("/public/").await.body;
    // In a flood each of them says what it is good for.
    let answers = ["指定あり</li>", "指定なし</li>", "対象外の区分</li>"];
    let cards: Vec<_> = public.split("<li class=\"card ").skip(1).collect();
    assert_eq!(cards.len(), shelters);
    for card in cards {
        assert!(card.contains("洪水") && answers.iter().any(|said| card.contains(said)), "{card}");
    }
}

#[tokio::test]
async fn residents_read_what_to_do_first_and_how_old_all_of_it_is() {
    let story = Story::new(Screen::Headquarters);
    let everyone = Some(WarningLevel::EveryoneLeaves);
    for (district, level) in [("都賀", everyone), ("別府", everyone), ("別府", None)] {
        let district = district.to_owned();
        story.town.order(Order::SetWarning { district, level, happened_at: None });
    }
    let page = story.get("/public/").await.body;
    let place = |said: &str| page.find(said).unwrap_or_else(|| panic!("{said} is not there"));
    assert!(place("警戒レベル4 避難指示") < place("全員避難してください"));
    assert!(place("全員避難してください") < place("正式な発令は防災無線・町公式"));
    assert!(place("正式な発令は防災無線・町公式") < place("開設中の避難所"));
    assert!(place("開設中の避難所") < place("その他の避難場所"));
    assert!(!page.contains("別府</b>"), "lifted, so nothing is asked of anybody");
    assert!(page.contains("15:04現在") && page.contains("<span data-age=\"0\">たった今</span>"));
    assert!(page.contains("14:32から連絡がとれません。その時の情報です。"), "of 上野");
    let first = page.split("id=\"site-").nth(1).unwrap();
    assert!(first.contains("空いています") || first.contains("混雑"), "{first}");
    assert_eq!(page.matches("href=\"geo:").count(), 19, "a way to each place");
    for mark in page.split("<a href=\"#").skip(1) {
        let anchor = mark.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{anchor}\"")), "the map leads to {anchor}");
    }
    assert!(page.contains("id=\"near\" class=\"near\" hidden"), "no button that does nothing");
}

#[tokio::test]
async fn a_gateway_without_headquarters_word_does_not_say_that_nothing_is_open() {
    let town = MemoryTown::flooded(false).into_public();
    let story = Story::over(town, Screen::Public);
    let page = story.get("/public/").await.body;
    assert!(page.contains("災害対策本部からの情報がまだ届いていません"));
    assert!(!page.contains("開設中の避難所はありません") && !page.contains("記録した避難情報は"));
    let json = story.get("/api/v1/public/shelters").await.body;
    assert!(json.contains("\"updated_at\":null"), "{json}");
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

#[tokio::test]
async fn a_kiosk_greets_by_name_but_never_the_protected_and_clears_by_itself() {
    let story = Story::logged_in(Screen::Kiosk).await;
    assert!(story.get("/kiosk").await.body.contains("タッチしてください"));
    let tap = |story: &Story, name, ago| {
        let outcome = TapOutcome::Accepted(Did::Shelter(Act::CheckIn));
        let person = Some(story.town.person(0));
        story.town.change(|state| {
            state.tap = Some(Tap { at: NOW - ago, outcome, name, person, doubtful: false })
        });
    };
    let (name, kana) = ("訓練田 一郎（訓練データ）".to_owned(), String::new());
    let shown = ShownName::Shown { name, kana };
    tap(&story, shown.clone(), 1);
    let page = story.get("/kiosk").await.body;
    assert!(page.contains("入所を受け付けました") && page.contains("訓練田 一郎"));
    tap(&story, ShownName::Protected, 1);
    let page = story.get("/kiosk").await.body;
    assert!(page.contains("ありがとうございます") && !page.contains("演習川"));
    assert!(page.contains("data-sound=\"accepted\""), "sounds as taken, without a name");
    tap(&story, shown, 9);
    assert!(story.get("/kiosk").await.body.contains("タッチしてください"), "cleared");
}

#[tokio::test]
async fn a_protected_name_is_on_no_page_at_all() {
    let mut story = Story::logged_in(Screen::Shelter).await;
    let hidden = story.town.state().people[7].name.clone();
    let site = story.town.site(0);
    let person = story.town.person(7);
    for path in ["/desk", "/desk?q=%E3%81%88", "/kiosk", &format!("/desk/person/{person}")] {
        assert!(!story.get(path).await.body.contains(&hidden), "{path}");
    }
    story = Story::logged_in(Screen::Headquarters).await;
    for path in ["/board".to_owned(), format!("/desk?site={site}")] {
        assert!(!story.get(&path).await.body.contains(&hidden), "{path}");
    }
}

#[tokio::test]
async fn nothing_public_is_about_anybody() {
    // Everyone has been checked in, and told a desk what nobody else may know.
    let town = MemoryTown::flooded(false);
    let people = town.state().people.clone();
    let (site, everybody) = (town.site(0), people.iter().map(|person| person.id).collect());
    town.order(Order::CheckIn { site, people: everybody, happened_at: None, anyway: false });
    town.change(|state| state.write_unseen(DESK, people[0].id, field::EVACUEE_ILLNESS, "持病甲"));
    let walk_in = ("漂泊野 訪子（訓練データ）".to_owned(), "ひょうはくの".to_owned());
    let (name, kana) = walk_in.clone();
    town.order(Order::WalkIn { site, name, kana, birth_year: Some(1948), happened_at: None });
    let mut secrets = vec!["持病甲".to_owned(), "病院".to_owned()];
    secrets.extend(["漂泊野".to_owned(), walk_in.1]);
    for person in &people {
        let family = person.name.split(' ').next().unwrap().to_owned();
        secrets.extend([family, person.kana.clone(), person.id.to_string()]);
    }
    town.publish(NOW);
    let published = town.state().written(Scope::Public);
    assert!(!published.is_empty());
    for secret in &secrets {
        assert!(!published.contains(secret), "{secret} is published");
    }
    let sites: Vec<_> = (0..19).map(|index| town.site(index).to_string()).collect();
    let mut urls = public_urls(&sites);
    urls.extend(asset::all().map(|asset| asset.href.to_owned()));
    let open = Story::over(town, Screen::Headquarters);
    free_of(&open, &urls, &secrets).await;
    let town = MemoryTown::flooded(false);
    town.publish(NOW);
    let facing = Story::over(town.into_public(), Screen::Public);
    assert!(facing.get("/public/").await.body.contains("class=\"card open\""));
    free_of(&facing, &urls, &secrets).await;
}

/// Every address that anyone may open, in every language and with every view of the map.
fn public_urls(sites: &[String]) -> Vec<String> {
    let mut urls = Vec::new();
    for route in table().iter().filter(|route| route.access == Access::Anyone) {
        let path = filled(route.path);
        let views = ["north", "south"].into_iter().chain(sites.iter().map(String::as_str));
        let views = views.map(|view| format!("{path}?map={view}"));
        let spoken = ["ja", "ja-x-plain", "en"].map(|lang| format!("{path}?lang={lang}"));
        urls.push(path.clone());
        urls.extend(spoken);
        urls.extend(views);
    }
    urls
}

async fn free_of(story: &Story, urls: &[String], secrets: &[String]) {
    for url in urls {
        let answer = story.get(url).await;
        let heads: String = answer.headers.values().map(|value| value.to_str().unwrap()).collect();
        for secret in secrets {
            assert!(!answer.body.contains(secret) && !heads.contains(secret), "{url}: {secret}");
        }
    }
}

#[tokio::test]
async fn the_public_shelters_are_geojson_with_a_tag_that_changes_with_them() {
    let story = Story::new(Screen::Headquarters);
    let path = "/api/v1/public/shelters";
    let first = story.get(path).await;
    let json: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(json["type"], "FeatureCollection");
    assert_eq!(json["features"].as_array().unwrap().len(), 19);
    let known = ["capacity", "congestion", "hazards", "headcount_band", "id", "name", "state"];
    let properties = json["features"][0]["properties"].as_object().unwrap();
    let keys: Vec<_> = properties.keys().map(String::as_str).collect();
    assert_eq!(keys, [known.as_slice(), &["updated_at"]].concat());
    assert_eq!(json["warnings"], serde_json::json!([]));
    let tag = first.header(header::ETAG).to_owned();
    assert!(tag.starts_with('"'), "a strong tag");
    let again = Request::get(path).header(header::IF_NONE_MATCH, format!("\"x\", {tag}"));
    let again = story.send(again, Body::empty()).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    story.town.open(story.town.site(3));
    let request = Request::get(path).header(header::IF_NONE_MATCH, tag);
    assert_eq!(story.send(request, Body::empty()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_api_answers_mistakes_with_problem_documents() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let cases = [
        (Method::GET, "/api/v1/nothing", StatusCode::NOT_FOUND),
        (Method::POST, "/api/v1/board", StatusCode::METHOD_NOT_ALLOWED),
    ];
    for (method, path, status) in cases {
        let answer = story.send(Request::builder().method(method).uri(path), Body::empty()).await;
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(json["status"], status.as_u16());
        assert!(!json["detail"].as_str().unwrap().is_empty());
    }
    let page = story.get("/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("最初のページから"), "a page shows the way");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_it_is_read() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let long = "x".repeat(security::FORM_BYTES_MAX + 1);
    for path in ["/login", "/board/site"] {
        let answer = story.post(path, &[("passphrase", &long)]).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
}

#[tokio::test]
async fn every_answer_keeps_browsers_on_this_gateway() {
    let story = Story::logged_in(Screen::Headquarters).await;
    for path in ["/board", "/nothing", "/public/", "/healthz", "/login"] {
        let answer = story.get(path).await;
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store", "{path}");
        for inline in ["<style", " style=", " onclick=", "javascript:"] {
            assert!(!answer.body.contains(inline), "{path} has {inline}");
        }
    }
    let worker = story.get("/public/sw.js").await;
    assert_eq!(worker.header(header::CACHE_CONTROL), "no-cache");
    for file in [asset::style().href, asset::public_script().href] {
        assert!(worker.body.lines().next().unwrap().contains(file), "{file} is kept");
        assert_eq!(story.get(file).await.status, StatusCode::OK);
    }
    let style = story.get(asset::style().href).await;
    assert!(style.header(header::CACHE_CONTROL).contains("immutable"));
}

#[tokio::test]
async fn pages_speak_the_language_that_is_asked_for_and_remember_it() {
    let story = Story::new(Screen::Headquarters);
    let answer = story.get("/public/?lang=en").await;
    assert!(answer.body.contains("<html lang=\"en\">") && answer.body.contains("Open shelters"));
    assert!(answer.header(header::SET_COOKIE).starts_with("digiana_lang=en"));
    let request = Request::get("/public/").header(header::COOKIE, "digiana_lang=en");
    assert!(story.send(request, Body::empty()).await.body.contains("Open shelters"));
    assert!(story.get("/public/").await.body.contains("開設中の避難所"), "Japanese by default");
}

#[tokio::test]
async fn plain_japanese_is_for_residents_and_staff_who_read_it_work_in_japanese() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let page = story.get("/public/?lang=ja-x-plain").await;
    assert!(page.header(header::SET_COOKIE).starts_with("digiana_lang=ja-x-plain"));
    assert!(page.body.contains("<html lang=\"ja-x-plain\">"));
    assert!(page.body.contains("あいて いる 避難所（ひなんじょ：逃げる ところ）"));
    assert!(page.body.contains("やさしい日本語"));
    let board = story.get("/board?lang=ja-x-plain").await.body;
    assert!(board.contains("<html lang=\"ja\">") && board.contains("避難者数"));
    assert!(!board.contains("やさしい日本語"), "not offered where it is not spoken");
}

#[tokio::test]
async fn health_and_figures_say_what_a_watcher_needs() {
    let story = Story::new(Screen::Headquarters);
    assert_eq!(story.get("/healthz").await.body, "ok\n");
    story.town.change(|state| state.is_healthy = false);
    let answer = story.get("/healthz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("the disk is full"));
    assert_eq!(story.get("/metrics").await.status, StatusCode::NOT_FOUND, "not for strangers");
    let near = Request::get("/metrics").extension(axum::extract::ConnectInfo(crate::serve::From(
        std::net::Ipv4Addr::LOCALHOST.into(),
    )));
    let answer = story.send(near, Body::empty()).await;
    assert!(answer.body.contains("digiana_healthy 0"), "{}", answer.body);
}

#[tokio::test]
async fn staff_are_told_that_a_damaged_store_was_set_aside_and_what_to_do() {
    let headline = "この端末の保存データが壊れていました";
    for (screen, pages) in [
        (Screen::Headquarters, ["/board", "/mesh"].as_slice()),
        (Screen::Shelter, ["/desk", "/mesh"].as_slice()),
    ] {
        let story = Story::logged_in(screen).await;
        for page in pages {
            assert!(!story.get(page).await.body.contains(headline), "{page}");
        }
        story.town.change(|state| state.stores_set_aside = 2);
        for page in pages {
            let said = story.get(page).await.body;
            assert!(said.contains(headline) && said.contains("壊れたデータ2個"), "{said}");
            assert!(said.contains("もう一度確認してください"), "{said}");
            let said = story.get(&format!("{page}?lang=en")).await.body;
            assert!(said.contains("The damaged data (2) is kept aside"), "{said}");
            assert!(said.contains("count them again"), "{said}");
        }
        let kiosk = story.get("/kiosk?lang=ja").await.body;
        assert!(!kiosk.contains(headline), "residents stand before it");
        assert!(!story.get("/public/?lang=ja").await.body.contains(headline));
    }
}

#[tokio::test]
async fn a_page_is_told_when_the_town_changes() {
    use futures_util::StreamExt as _;
    let story = Story::logged_in(Screen::Headquarters).await;
    let cookie = story.cookie.clone().unwrap();
    let request = Request::get("/live").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    let response = story.router.clone().oneshot(request).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let mut next =
        async || String::from_utf8(body.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(next().await.contains("event: ready"));
    story.town.change(|_| ());
    assert!(next().await.contains("event: changed"));
    assert_eq!(story.app.subscribers().count(), 1);
}

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

#[tokio::test]
async fn headquarters_sees_who_is_heard_and_cuts_and_heals_a_link() {
    let story = Story::logged_in(Screen::Headquarters).await;
    let page = story.get("/mesh").await.body;
    for said in ["上野の端末", "未接続", "2秒進み", "0.1.0", "接続を止める"] {
        assert!(page.contains(said), "{said}");
    }
    let device = NodeId([DESK; 32]).to_string();
    let press = async |what| {
        story.press("/mesh", "/mesh/link", &[("device", &device), ("do", what)]).await;
        story.get("/mesh").await.body
    };
    assert!(press("pause").await.contains("停止中"));
    assert!(!press("resume").await.contains("停止中"));
    let desk = Story::logged_in(Screen::Shelter).await;
    assert!(!desk.get("/mesh").await.body.contains("接続を止める"), "a desk cuts nobody off");
    let fields = [("device", device.as_str()), ("do", "pause")];
    let answer = desk.press("/desk", "/mesh/link", &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_opening_kit_opens_its_desk_only_and_is_noted() {
    let mut story = Story::new(Screen::Shelter);
    let word = story.app.kit().make().unwrap();
    let page = story.get(&format!("/kit/{}", word.expose())).await;
    assert!(page.body.contains("受付を始める"));
    assert_eq!(story.get("/kit/AAAA").await.status, StatusCode::GONE);
    let answer = story.post("/kit", &[("word", word.expose())]).await;
    assert_eq!(answer.header(header::LOCATION), "/desk");
    let cookie = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    story.cookie = Some(cookie);
    assert_eq!(story.get("/desk").await.status, StatusCode::OK);
    assert_eq!(story.get("/board").await.status, StatusCode::FORBIDDEN);
    let kits = story.town.board().kits;
    assert_eq!(kits.len(), 1, "headquarters sees that it was used");
    // Typed where the passphrase goes, by a desk without a camera.
    let typed = [("passphrase", word.in_groups())];
    let typed: Vec<_> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(story.post("/login", &typed).await.header(header::LOCATION), "/desk");
    assert_eq!(story.town.board().kits.len(), 2);
    let board = Story::new(Screen::Headquarters);
    let word = board.app.kit().make().unwrap();
    assert_eq!(board.get(&format!("/kit/{}", word.expose())).await.status, StatusCode::GONE);
}

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

#[tokio::test]
async fn the_api_describes_itself_and_leaves_nothing_out() {
    let story = Story::new(Screen::Headquarters);
    let answer = story.get("/api/v1/openapi.json").await;
    let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let described: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let mut served: Vec<_> =
        table().iter().map(|route| route.path).filter(|path| path.starts_with("/api/")).collect();
    served.sort_unstable();
    assert_eq!(described, served);
    let properties = &document["components"]["schemas"]["Properties"]["properties"];
    let shelters = story.get("/api/v1/public/shelters").await.body;
    let shelters: serde_json::Value = serde_json::from_str(&shelters).unwrap();
    let answered = shelters["features"][0]["properties"].as_object().unwrap();
    assert!(answered.keys().all(|key| properties.get(key).is_some()), "{properties}");
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
