//! What can be pressed: each becomes a wish, and the page is shown again when it is done.

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::cast::{LINKS, Link, Post, links_of};
use super::super::hands::{Done, Wish};
use super::super::pace::Speed;
use super::view::{self, Place};
use super::{NotDone, Page, diagram};

/// What a form may send. Each button sends what it needs and where its page was.
#[derive(Deserialize, Default)]
pub(super) struct Pressed {
    #[serde(flatten)]
    place: Place,
    person: Option<String>,
    cut: Option<String>,
    heal: Option<String>,
    speed: Option<String>,
    by_itself: Option<String>,
    post: Option<String>,
}

/// `POST …/tap`: somebody's card at the reader that is chosen.
pub(super) async fn tap(State(page): State<Page>, Form(pressed): Form<Pressed>) -> Response {
    let person = pressed.person.as_deref().and_then(|text| text.parse().ok());
    let person = person.filter(|number| page.register.person(*number).is_some());
    let wish = person.map(|person| Wish::Tap(pressed.place.reader(), person));
    do_and_show(&page, pressed.place, wish, "#people").await
}

/// `POST …/links`: cuts or heals a link, all of a post, or everything.
pub(super) async fn links(State(page): State<Page>, Form(pressed): Form<Pressed>) -> Response {
    let wish = match (&pressed.cut, &pressed.heal) {
        (Some(what), None) => links_named(what).map(Wish::Cut),
        (None, Some(what)) => links_named(what).map(Wish::Heal),
        (Some(_), Some(_)) | (None, None) => None,
    };
    do_and_show(&page, pressed.place, wish, "#links").await
}

/// `POST …/speed`: how fast people come by themselves.
pub(super) async fn speed(State(page): State<Page>, Form(pressed): Form<Pressed>) -> Response {
    let known = |word: &str| Speed::ALL.into_iter().find(|speed| speed.word() == word);
    let wish = pressed.speed.as_deref().and_then(known).map(Wish::Speed);
    do_and_show(&page, pressed.place, wish, "#speed").await
}

/// `POST …/by-itself`: whether the drill cuts and heals by itself.
pub(super) async fn by_itself(State(page): State<Page>, Form(pressed): Form<Pressed>) -> Response {
    let wish = match pressed.by_itself.as_deref() {
        Some("yes") => Some(Wish::CutByItself(true)),
        Some("no") => Some(Wish::CutByItself(false)),
        Some(_) | None => None,
    };
    do_and_show(&page, pressed.place, wish, "#links").await
}

/// `POST …/open`: the way into a post's pages, by a link made for this once.
pub(super) async fn open(State(page): State<Page>, Form(pressed): Form<Pressed>) -> Response {
    let post = pressed.post.as_deref().and_then(Post::from_folder);
    let Some(post) = post else { return not_understood(&page, pressed.place) };
    match page.wish(Wish::LoginLink(post)).await {
        Ok(Done::Link(link)) => Redirect::to(&link).into_response(),
        Ok(Done::So) => not_understood(&page, pressed.place),
        Err(why) => not_done(&page, pressed.place, &why),
    }
}

async fn do_and_show(page: &Page, place: Place, wish: Option<Wish>, part: &str) -> Response {
    let Some(wish) = wish else { return not_understood(page, place) };
    match page.wish(wish).await {
        Ok(_) => Redirect::to(&format!("{}{part}", place.address(page))).into_response(),
        Err(why) => not_done(page, place, &why),
    }
}

fn not_understood(page: &Page, place: Place) -> Response {
    let why = place.lang().words().trouble_wish.to_owned();
    view::with_trouble(page, place, StatusCode::UNPROCESSABLE_ENTITY, why)
}

fn not_done(page: &Page, place: Place, why: &NotDone) -> Response {
    match why {
        NotDone::Busy => {
            let why = place.lang().words().trouble_busy.to_owned();
            view::with_trouble(page, place, StatusCode::SERVICE_UNAVAILABLE, why)
        }
        NotDone::Fault(fault) => {
            view::with_trouble(page, place, StatusCode::BAD_GATEWAY, fault.to_string())
        }
    }
}

/// A link by its own name, those of a post by its folder's, or `all`.
fn links_named(name: &str) -> Option<Vec<Link>> {
    if name == "all" {
        return Some(LINKS.to_vec());
    }
    let of_post = || Post::from_folder(name).map(|post| links_of(&[post]));
    diagram::from_name(name).map(|link| vec![link]).or_else(of_post)
}
