//! Who may press: a browser that was given the address, on this page and no other.
//!
//! The word in the address keeps out every page that was not told it; the checks here hold even
//! where it leaked: no other name for this machine, and no press from another page.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Page;

/// What the page is made of comes from here, and forms lead here or, with a login link, to another
/// port of this machine.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    connect-src 'self'; form-action 'self' http://127.0.0.1:*; base-uri 'none'; \
    frame-ancestors 'none'";

/// Lets a request through, or says why not.
pub(super) async fn check(State(page): State<Page>, request: Request, next: Next) -> Response {
    let Ok(_place) = page.room.try_acquire() else {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "混み合っています / busy: try again");
    };
    if said(request.headers(), header::HOST) != Some(page.host.as_str()) {
        let why = format!("http://{} だけで開けます / open it at that address only", page.host);
        return refuse(StatusCode::FORBIDDEN, &why);
    }
    let own = format!("http://{}", page.host);
    if is_press(request.method()) && said(request.headers(), header::ORIGIN) != Some(own.as_str()) {
        let why = "訓練のページから押してください / press the buttons on the drill's own page";
        return refuse(StatusCode::FORBIDDEN, why);
    }
    next.run(request).await
}

/// For addresses without the word, or with nothing behind it.
pub(super) async fn nothing_here() -> Response {
    let why =
        "訓練を始めた画面に出たアドレスを開いてください / open the address that the drill printed";
    refuse(StatusCode::NOT_FOUND, why)
}

/// Gives each answer the headers that keep browsers from being used against their owner.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The word in the address goes to no other page; a press still says where it comes from.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn is_press(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

fn said(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn refuse(status: StatusCode, why: &str) -> Response {
    (status, format!("{why}\n")).into_response()
}
