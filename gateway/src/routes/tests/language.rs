//! Japanese, plain Japanese and English.

use super::*;

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
