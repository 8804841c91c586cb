//! Forms of staff: read whole, from this session, and acted on once.

use std::str::FromStr;

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Redirect, Response};
use digiana_core::id::SiteId;
use digiana_core::limits::FACT_TEXT_CHARS_MAX;

use crate::app::App;
use crate::auth::session::{Flash, Staff, Tone};
use crate::backend::order::Order;
use crate::error::PageError;
use crate::page::shell::Visit;
use crate::page::words;
use crate::text::Text;

/// How many fields of a refused form are shown again.
const TYPED_FIELDS_MAX: usize = 16;

/// The fields of a form as they came, some perhaps several times. They may hold names, so there is
/// no `Debug`.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A field as text without the spaces around it; empty where it did not come.
    pub(crate) fn text(&self, name: &'static str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of a field.
    pub(crate) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.trim())
    }

    /// A field as a value of ours.
    pub(crate) fn read<T: FromStr>(&self, name: &'static str) -> Result<T, PageError> {
        self.text(name).parse().map_err(|_| PageError::BadField { field: name })
    }

    /// A field as a value of ours, or nothing where it came empty.
    pub(crate) fn read_optional<T: FromStr>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, PageError> {
        if self.text(name).is_empty() { Ok(None) } else { self.read(name).map(Some) }
    }
}

/// Reads the fields of a form from anyone.
pub(crate) async fn fields(request: Request, app: &App) -> Result<Fields, PageError> {
    let read = Form::<Vec<(String, String)>>::from_request(request, app).await;
    read.map(|Form(fields)| Fields(fields)).map_err(|refusal| {
        if refusal.into_response().status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            PageError::TooLarge
        } else {
            PageError::BadField { field: "form" }
        }
    })
}

/// A form that a session's own page sent.
pub(crate) struct StaffForm {
    pub(crate) staff: Staff,
    pub(crate) fields: Fields,
    t: &'static Text,
    is_repeat: bool,
}

impl FromRequest<App> for StaffForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let staff = request.extensions().get::<Staff>().cloned().ok_or(PageError::LoginNeeded)?;
        let (mut parts, body) = request.into_parts();
        let Ok(Visit { lang, .. }) = Visit::from_request_parts(&mut parts, app).await;
        let fields = fields(Request::from_parts(parts, body), app).await?;
        if !staff.csrf.is(fields.text("csrf")) {
            return Err(PageError::FormExpired);
        }
        let number = fields.text("form");
        if number.is_empty() {
            return Err(PageError::BadField { field: "form" });
        }
        let is_repeat = !app.sessions().is_first_sending(&staff, number);
        Ok(Self { staff, fields, t: lang.text(), is_repeat })
    }
}

impl StaffForm {
    /// The site a form is about, if this session may act there.
    pub(crate) fn site(&self) -> Result<SiteId, PageError> {
        let site = self.fields.read("site")?;
        match self.staff.role.site() {
            Some(own) if own != site => Err(PageError::NotAllowed),
            Some(_) | None => Ok(site),
        }
    }

    /// Sends an order once, leaves a sentence about what came of it, and goes `back`.
    pub(crate) async fn send(self, app: &App, order: Order, done: String, back: &str) -> Response {
        if !self.is_repeat {
            let flash = match app.town().submit(order).await {
                Ok(()) => Flash { tone: Tone::Done, said: done, typed: Vec::new() },
                Err(refusal) => self.refusal(words::refused(self.t, refusal)),
            };
            app.sessions().leave_flash(&self.staff, flash);
        }
        Redirect::to(back).into_response()
    }

    /// Leaves a refusal without sending anything, and goes `back`.
    pub(crate) fn refuse(&self, app: &App, said: &str, back: &str) -> Response {
        let flash = self.refusal(said);
        app.sessions().leave_flash(&self.staff, flash);
        Redirect::to(back).into_response()
    }

    /// The words of this reader's language.
    pub(crate) fn t(&self) -> &'static Text {
        self.t
    }

    fn refusal(&self, said: &str) -> Flash {
        let typed = self.fields.0.iter().filter(|(name, _)| name != "csrf" && name != "form");
        let kept = typed
            .take(TYPED_FIELDS_MAX)
            .map(|(name, value)| (name.clone(), value.chars().take(FACT_TEXT_CHARS_MAX).collect()));
        Flash { tone: Tone::Refused, said: said.to_owned(), typed: kept.collect() }
    }
}
