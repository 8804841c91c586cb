//! `/api/v1/openapi.json`: what the API is, made from the types that it answers with.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{board, card, shelters};
use crate::error::Problem;

/// The whole of `/api/v1` (OpenAPI 3.1).
#[derive(OpenApi)]
#[openapi(
    info(
        title = "digiana",
        description = "Shelters of a mountain town, for programs. Errors are problem documents (RFC 9457).",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(shelters::show, board::show, card::show, card::enrol, show),
    components(schemas(Problem)),
    modifiers(&Session)
)]
struct Api;

/// Staff's addresses take the cookie of a session.
struct Session;

impl Modify for Session {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            "digiana_session_8080",
            "The cookie of a staff session; its name ends in the port of the gateway.",
        ));
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| Api::openapi().to_json().expect("a document of our own types can be written"));

/// `GET /api/v1/openapi.json`
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    responses((status = 200, description = "This document", content_type = "application/json"))
)]
pub(crate) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}
