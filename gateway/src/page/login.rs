//! The door: a passphrase, a login link, the way out, and where `/` leads.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Instant, SystemTime};

use askama::Template;
use axum::Extension;
use axum::extract::{ConnectInfo, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::app::App;
use crate::auth::Role;
use crate::auth::passphrase::Verdict;
use crate::auth::session::{SESSION_IDLE, Staff};
use crate::auth::throttle::Leave;
use crate::backend::order::Order;
use crate::error::PageError;
use crate::page::form::{StaffForm, fields};
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit};
use crate::routes::see_other;
use crate::serve::From;

#[derive(Template)]
#[template(path = "kit.html")]
struct KitPage {
    shell: Shell,
    word: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    shell: Shell,
    next: String,
    wrong: Option<String>,
}

/// Where to go after the door.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    next: Option<String>,
}

/// The address a request came from. A request without one is taken for a stranger's.
pub(crate) struct Caller(pub(crate) IpAddr);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let known = parts.extensions.get::<ConnectInfo<From>>();
        Ok(Self(
            known.map_or_else(
                || Ipv4Addr::UNSPECIFIED.into(),
                |ConnectInfo(From(address))| *address,
            ),
        ))
    }
}

/// `GET /login`
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Response {
    let shell = Shell::plain(&app, visit.lang, &visit.path);
    let next = wanted.next.unwrap_or_default();
    shell::html(&LoginPage { shell, next, wrong: None })
}

/// `POST /login`
pub(crate) async fn enter(
    State(app): State<App>,
    visit: Visit,
    from: Caller,
    request: Request,
) -> Result<Response, PageError> {
    let headers = request.headers().clone();
    let fields = fields(request, &app).await?;
    let next = fields.text("next").to_owned();
    let offered = fields.text("passphrase");
    if is_kit(&app, offered)? {
        return open_by_kit(&app, &headers).await;
    }
    match guess(&app, from.0, offered).await? {
        Verdict::Right => open(&app, &headers, &next),
        Verdict::Wrong | Verdict::NoneSet => {
            let shell = Shell::plain(&app, visit.lang, &visit.path);
            let wrong = Some(shell.t.say("login.wrong").to_owned());
            let page = shell::html(&LoginPage { shell, next, wrong });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Whether somebody shows the word of this desk's opening kit. Its 96 bits need no pause between
/// guesses.
fn is_kit(app: &App, offered: &str) -> Result<bool, PageError> {
    let is_desk = matches!(app.role(), Some(Role::Desk(_)));
    Ok(is_desk && app.kit().opens(offered).map_err(|cause| PageError::internal(&cause))?)
}

/// `GET /kit/{word}`: a page with one button, so that a camera that looks ahead opens nothing.
pub(crate) async fn kit(
    State(app): State<App>,
    visit: Visit,
    Path(word): Path<String>,
) -> Result<Response, PageError> {
    let shell = Shell::plain(&app, visit.lang, &visit.path);
    if is_kit(&app, &word)? {
        return Ok(shell::html(&KitPage { shell, word }));
    }
    let wrong = Some(shell.t.say("kit.old").to_owned());
    let page = shell::html(&LoginPage { shell, next: String::new(), wrong });
    Ok((StatusCode::GONE, page).into_response())
}

/// `POST /kit`
pub(crate) async fn begin(State(app): State<App>, request: Request) -> Result<Response, PageError> {
    let headers = request.headers().clone();
    let fields = fields(request, &app).await?;
    if is_kit(&app, fields.text("word"))? {
        return open_by_kit(&app, &headers).await;
    }
    Err(PageError::LoginNeeded)
}

/// Opens this desk, and notes that a kit did. A desk that cannot note it opens all the same: people
/// stand in the rain.
async fn open_by_kit(app: &App, headers: &HeaderMap) -> Result<Response, PageError> {
    tracing::info!("the opening kit was used");
    if let Some(site) = app.town().place().site
        && let Err(refusal) = app.town().submit(Order::NoteKit(site)).await
    {
        tracing::warn!(%refusal, "the use of the opening kit could not be noted");
    }
    open(app, headers, "")
}

/// Compares a passphrase, one at a time and not too often from one address.
async fn guess(app: &App, from: IpAddr, offered: &str) -> Result<Verdict, PageError> {
    let turn = app.guesses_at_once().acquire().await;
    let _turn = turn.expect("the semaphore is never closed");
    match app.throttle().ask(from, Instant::now()) {
        Leave::Wait(wait) => return Err(PageError::Wait { seconds: wait.as_secs().max(1) }),
        Leave::After(pause) => tokio::time::sleep(pause).await,
    }
    let (file, offered) = (app.passphrase().clone(), offered.to_owned());
    let compared = tokio::task::spawn_blocking(move || file.verify(&offered)).await;
    let verdict = compared
        .map_err(|cause| PageError::internal(&cause))?
        .map_err(|cause| PageError::internal(&cause))?;
    match verdict {
        Verdict::Right => app.throttle().forgive(from),
        Verdict::Wrong | Verdict::NoneSet => app.throttle().note_wrong(from, Instant::now()),
    }
    Ok(verdict)
}

/// `GET /login/once/{word}`: opens a session and uses the link up. A browser that only looks ahead
/// does not use it up.
pub(crate) async fn once(
    State(app): State<App>,
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Path(word): Path<String>,
) -> Result<Response, PageError> {
    let says = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let looks_ahead = [says("sec-purpose"), says("purpose")]
        .into_iter()
        .flatten()
        .any(|purpose| purpose.contains("prefetch") || purpose.contains("prerender"));
    if method == Method::HEAD || looks_ahead {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let redeemed = app.links().redeem(&word, SystemTime::now());
    if redeemed.map_err(|cause| PageError::internal(&cause))? {
        return open(&app, &headers, "");
    }
    let shell = Shell::plain(&app, visit.lang, "/login");
    let wrong = Some(shell.t.say("login.link_used").to_owned());
    let page = shell::html(&LoginPage { shell, next: String::new(), wrong });
    Ok((StatusCode::GONE, page).into_response())
}

/// `POST /logout`
pub(crate) async fn leave(State(app): State<App>, form: StaffForm) -> Response {
    app.sessions().close(&form.staff);
    app.opened_cards().forget(&form.staff);
    app.printable_codes().forget(&form.staff);
    let name = app.session_cookie();
    let gone = format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    ([(header::SET_COOKIE, gone)], see_other("/login")).into_response()
}

/// `GET /`
pub(crate) async fn home(State(app): State<App>, Extension(staff): Extension<Staff>) -> Response {
    see_other(app.home(staff.role))
}

fn open(app: &App, headers: &HeaderMap, next: &str) -> Result<Response, PageError> {
    let role = app.role().ok_or(PageError::NotFound)?;
    let word = app.sessions().open(role, Instant::now());
    let secure = if app.cookie_needs_tls(headers) { "; Secure" } else { "" };
    let cookie = format!(
        "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{secure}",
        app.session_cookie(),
        word.expose(),
        SESSION_IDLE.as_secs(),
    );
    let target = if is_local(next) { next } else { app.home(role) };
    let mut response = see_other(target);
    let cookie = HeaderValue::try_from(cookie).expect("a secret is letters and digits");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Whether an address is a page of this gateway, whatever a browser makes of it.
fn is_local(next: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    next.starts_with('/') && !next.starts_with("//") && next.bytes().all(is_plain)
}
