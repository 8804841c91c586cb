//! Who may open what: doors, forms, sessions and opening kits.

use super::*;

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
