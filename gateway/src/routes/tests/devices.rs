//! Who is heard, how a device is, and pages that hear of changes.

use super::*;

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
