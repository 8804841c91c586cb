//! Forms of staff: read whole, from this session, and acted on once.

use std::str::FromStr;
use std::time::Instant;

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Redirect, Response};
use digiana_core::id::SiteId;
use digiana_core::limits::VALUE_BYTES_MAX;
use digiana_core::service::refusal::Refusal;

use crate::app::App;
use crate::auth::session::{Flash, Staff, Undo};
use crate::backend::order::Order;
use crate::error::PageError;
use crate::page::confirm::{self, Question};
use crate::page::shell::{Shell, Visit};
use crate::page::typed::Mistake;
use crate::page::words;
use crate::text::{Lang, Text};

/// How many characters name what a form says.
const DIGEST_CHARS: usize = 16;

/// How many fields of a refused form are shown again.
const TYPED_FIELDS_MAX: usize = 96;

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

    /// Whether a field came, empty or not.
    pub(crate) fn has(&self, name: &'static str) -> bool {
        self.all(name).next().is_some()
    }

    /// A short name for all that the fields say.
    fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        // What opens a card is in no name of anything; nor is the same press two tries.
        for (name, value) in self.0.iter().filter(|(name, _)| name != "secret") {
            for text in [name, value] {
                hasher.update(&text.len().to_be_bytes()).update(text.as_bytes());
            }
        }
        hasher.finalize().to_hex().chars().take(DIGEST_CHARS).collect()
    }

    /// A field whose name is made, as text without the spaces around it.
    pub(crate) fn all_of(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Every field with its value, as they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A field as a value of ours.
    pub(crate) fn read<T: FromStr>(&self, name: &'static str) -> Result<T, PageError> {
        self.text(name).parse().map_err(|_| PageError::BadField { field: name })
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
    lang: Lang,
    action: String,
    /// Names this sending: what it says and the showing of the page it came from.
    sending: String,
    is_repeat: bool,
}

impl FromRequest<App> for StaffForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let staff = request.extensions().get::<Staff>().cloned().ok_or(PageError::LoginNeeded)?;
        let action = request.uri().path().to_owned();
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
        // Another text from the same page is another entry; only the very same is a second press.
        let sending = format!("{}.{number}", fields.digest());
        let is_repeat = !app.sessions().is_first_sending(&staff, &sending);
        Ok(Self { staff, fields, lang, action, sending, is_repeat })
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
        self.attempt(app, order, done, back).await;
        Redirect::to(back).into_response()
    }

    /// Sends an order once and leaves a sentence about what came of it, which a page that it leads
    /// `back` to may take back. Whether it was recorded, now or before.
    pub(crate) async fn attempt(&self, app: &App, order: Order, done: String, back: &str) -> bool {
        let recorded = self.record(app, order, done, back).await;
        recorded.inspect_err(|refusal| self.leave_refusal(app, self.refused(*refusal))).is_ok()
    }

    /// Why nothing was done, and what to do, for whoever sent this form.
    pub(crate) fn refused(&self, refusal: Refusal) -> &'static str {
        words::refused_to(self.t(), refusal, self.staff.role)
    }

    /// Sends an order once. Says what was done, or leaves it to the caller to say why not.
    ///
    /// # Errors
    /// The [`Refusal`] of the order.
    pub(crate) async fn record(
        &self,
        app: &App,
        order: Order,
        done: String,
        back: &str,
    ) -> Result<(), Refusal> {
        if self.is_repeat {
            self.leave_word(app, self.t().say("done.repeated").to_owned());
            return Ok(());
        }
        let can_be_taken_back = order.can_be_taken_back();
        let recorded = app.town().submit(order).await?;
        let undo = (can_be_taken_back && !recorded.entries.is_empty()).then(|| {
            let (said, back) = (done.clone(), back.to_owned());
            let undo = Undo { entries: recorded.entries, said, back };
            app.sessions().keep_undo(&self.staff, undo, Instant::now())
        });
        app.sessions().leave_flash(&self.staff, Flash { undo, ..Flash::done(done) });
        Ok(())
    }

    /// Leaves a sentence, and goes `back`.
    pub(crate) fn tell(&self, app: &App, said: String, back: &str) -> Response {
        self.leave_word(app, said);
        Redirect::to(back).into_response()
    }

    /// Leaves a refusal without sending anything, and goes `back`.
    pub(crate) fn refuse(&self, app: &App, said: &str, back: &str) -> Response {
        self.leave_refusal(app, said);
        Redirect::to(back).into_response()
    }

    /// Asks whether a step is meant before it is taken.
    pub(crate) fn ask(&self, app: &App, question: Question<'_>) -> Response {
        app.sessions().forget_sending(&self.staff, &self.sending);
        let path = question.back.to_owned();
        let visit = Visit { lang: self.lang, path, in_background: false };
        let shell = Shell::staff(app, &self.staff, &visit);
        confirm::page(shell, question, &self.action, &self.fields)
    }

    /// Around the page of a form that was refused and is shown again at once, with what was typed.
    pub(crate) fn shown_again(&self, app: &App) -> Shell {
        app.sessions().forget_sending(&self.staff, &self.sending);
        let visit = Visit { lang: self.lang, path: self.action.clone(), in_background: false };
        let mut shell = Shell::staff(app, &self.staff, &visit);
        shell.refresh = 0;
        shell
    }

    /// Whether the very same was sent before from the same page: a button that was pressed twice.
    pub(crate) fn is_repeat(&self) -> bool {
        self.is_repeat
    }

    /// Leaves a refusal of what was done, and cost something: the very same is not done again.
    pub(crate) fn refuse_for_good(&self, app: &App, said: &str, back: &str) -> Response {
        app.sessions().leave_flash(&self.staff, Flash::refused(said.to_owned()));
        Redirect::to(back).into_response()
    }

    /// The same without keeping anything that was typed: it opens a card.
    pub(crate) fn refuse_in_silence(&self, app: &App, said: &str, back: &str) -> Response {
        app.sessions().forget_sending(&self.staff, &self.sending);
        app.sessions().leave_flash(&self.staff, Flash::refused(said.to_owned()));
        Redirect::to(back).into_response()
    }

    /// Leaves word of what was typed wrong without sending anything, and goes `back`.
    pub(crate) fn mend(&self, app: &App, mistake: &Mistake, back: &str) -> Response {
        self.refuse(app, &mistake.said(self.t()), back)
    }

    /// The words of this reader's language.
    pub(crate) fn t(&self) -> &'static Text {
        self.lang.text()
    }

    fn leave_word(&self, app: &App, said: String) {
        app.sessions().leave_flash(&self.staff, Flash::done(said));
    }

    /// What was refused may be mended and sent again from the page that is open still.
    fn leave_refusal(&self, app: &App, said: &str) {
        app.sessions().forget_sending(&self.staff, &self.sending);
        app.sessions().leave_flash(&self.staff, self.refusal(said));
    }

    fn refusal(&self, said: &str) -> Flash {
        let typed = self.fields.0.iter().filter(|(name, _)| name != "csrf" && name != "form");
        let kept = typed
            .take(TYPED_FIELDS_MAX)
            .map(|(name, value)| (name.clone(), value.chars().take(VALUE_BYTES_MAX).collect()));
        let typed = kept.collect();
        Flash { form: self.action.clone(), typed, ..Flash::refused(said.to_owned()) }
    }
}
