//! What every answer carries and every request must keep to, whatever the page.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::PageError;

/// The most bytes of a form. The evacuee form, every field full, has a tenth of it.
pub(crate) const FORM_BYTES_MAX: usize = 64 * 1024;

/// How long an answer may take. A wrong passphrase during a crowd of guesses takes longest.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Only what this gateway serves itself is loaded, run or sent to.
const CONTENT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'",
);

/// Gives each answer the headers that keep browsers from being used against their owner.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        header::HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Ends what takes too long, and refuses a change that another site's page sends.
pub(crate) async fn limits(request: Request, next: Next) -> Response {
    if !is_read(request.method()) && is_from_elsewhere(request.headers()) {
        return PageError::FormExpired.into_response();
    }
    tokio::time::timeout(ANSWER_WITHIN, next.run(request))
        .await
        .unwrap_or_else(|_| PageError::Busy.into_response())
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether the browser says that another site's page made it send this. Old browsers say nothing;
/// for them there is the form's own word.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = said("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = said("origin") else {
        return false;
    };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    said("host") != Some(host)
}
