//! The API to programs: its own description, and mistakes.

use super::*;

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
