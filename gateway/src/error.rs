//! What a reader is told when a request cannot be answered: the next step, never the cause.
//!
//! A handler returns a [`PageError`]; [`shown`] turns it into a page for people and a problem
//! document (RFC 9457) for programs, so that no handler asks who is reading.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::page::shell::{self, LANG_COOKIE, Shell};
use crate::text::Text;

/// Why a request was not answered. The order is by who must act: the reader, then the town's staff,
/// then whoever runs the gateway.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PageError {
    /// There is no such page, or what it was about is gone.
    #[error("not found")]
    NotFound,
    /// The page is there, but not for this method.
    #[error("wrong method")]
    WrongMethod,
    /// A staff page without a session.
    #[error("login needed")]
    LoginNeeded,
    /// A session that may open other pages, but not this one.
    #[error("not allowed")]
    NotAllowed,
    /// A form from another page, another session or another site.
    #[error("form expired")]
    FormExpired,
    /// A field of a form cannot be read.
    #[error("field {field} cannot be read")]
    BadField {
        /// Its name in the form.
        field: &'static str,
    },
    /// More than a form of ours ever has.
    #[error("body too large")]
    TooLarge,
    /// Wrong passphrases from this address.
    #[error("wait {seconds} s")]
    Wait {
        /// How long to wait.
        seconds: u64,
    },
    /// Too much at once; nothing was done.
    #[error("busy")]
    Busy,
    /// A fault of ours; its cause is in the log.
    #[error("internal")]
    Internal,
}

impl PageError {
    /// Notes a fault of ours in the log and keeps its cause from the reader.
    pub(crate) fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(cause = %cause, "a page failed");
        Self::Internal
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::LoginNeeded => StatusCode::UNAUTHORIZED,
            Self::NotAllowed | Self::FormExpired => StatusCode::FORBIDDEN,
            Self::BadField { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What happened, and what to do next.
    fn words(&self, t: &Text) -> (String, String) {
        let pair = |title: &str, next_step: &str| (title.to_owned(), next_step.to_owned());
        match self {
            Self::NotFound => pair(t.say("error.not_found"), t.say("error.not_found_next")),
            Self::WrongMethod => pair(t.say("error.method"), t.say("error.method_next")),
            Self::LoginNeeded => pair(t.say("error.login"), t.say("error.login_next")),
            Self::NotAllowed => pair(t.say("error.role"), t.say("error.role_next")),
            Self::FormExpired => pair(t.say("error.form"), t.say("error.form_next")),
            Self::BadField { .. } => pair(t.say("error.field"), t.say("error.field_next")),
            Self::TooLarge => pair(t.say("error.large"), t.say("error.large_next")),
            Self::Wait { seconds } => (
                t.say("error.wait").to_owned(),
                t.fill("error.wait_next", &[("seconds", &seconds.to_string())]),
            ),
            Self::Busy => pair(t.say("error.busy"), t.say("error.busy_next")),
            Self::Internal => pair(t.say("error.ours"), t.say("error.ours_next")),
        }
    }
}

impl IntoResponse for PageError {
    /// A bare status that carries the error; [`shown`] gives it a body.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    title: String,
    next_step: String,
}

/// A problem document. Its type is `about:blank`: the title says all there is to the kind.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Problem {
    r#type: &'static str,
    status: u16,
    /// What happened.
    title: String,
    /// What to do next.
    detail: String,
}

impl Problem {
    /// An answer of a handler that says itself what happened, and what to do.
    pub(crate) fn answer(status: StatusCode, title: &str, detail: &str) -> Response {
        let (title, detail) = (title.to_owned(), detail.to_owned());
        let problem = Self { r#type: "about:blank", status: status.as_u16(), title, detail };
        let kind = HeaderValue::from_static("application/problem+json");
        (status, [(header::CONTENT_TYPE, kind)], axum::Json(problem)).into_response()
    }
}

/// The road of every request: remembers a language that was asked for, and gives errors of
/// handlers, and of the router itself, their words.
pub(crate) async fn shown(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = shell::asked_language(request.uri().query());
    let mut response = with_words(app, request, next).await;
    if let Some(lang) = asked {
        let cookie =
            format!("{LANG_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", lang.tag());
        let cookie = HeaderValue::try_from(cookie).expect("a language's tag is letters");
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn with_words(app: App, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let address = request.uri().clone();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let lang = shell::language(request.uri(), request.headers());
    let response = next.run(request).await;
    let said = response.extensions().get::<PageError>().cloned();
    let Some(error) = said.or_else(|| of_the_router(response.status())) else {
        return response;
    };
    if matches!(error, PageError::LoginNeeded) && !is_api {
        return to_login(&address, is_read);
    }
    let (title, next_step) = error.words(lang.text());
    let status = error.status();
    let mut answer = if is_api {
        let problem =
            Problem { r#type: "about:blank", status: status.as_u16(), title, detail: next_step };
        let json = serde_json::to_string(&problem).expect("a problem is text and a number");
        (status, [(header::CONTENT_TYPE, "application/problem+json")], json).into_response()
    } else {
        let shell = Shell::plain(&app, lang, address.path());
        (status, shell::html(&ErrorPage { shell, title, next_step })).into_response()
    };
    if let PageError::Wait { seconds } = error {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

/// What the router answers by itself has no words.
fn of_the_router(status: StatusCode) -> Option<PageError> {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => Some(PageError::WrongMethod),
        StatusCode::PAYLOAD_TOO_LARGE => Some(PageError::TooLarge),
        _ => None,
    }
}

/// Sends a visitor to the door, and back to the page they wanted if they only read.
fn to_login(wanted: &axum::http::Uri, is_read: bool) -> Response {
    let path = wanted.path_and_query().map_or("/", |path| path.as_str());
    let target = if is_read && path != "/" {
        format!("/login?next={}", shell::percent_encoded(path))
    } else {
        "/login".to_owned()
    };
    axum::response::Redirect::to(&target).into_response()
}
