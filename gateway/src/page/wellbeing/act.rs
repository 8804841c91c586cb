//! What staff do to a wallet: each a form, once, with a way to take it back.

use axum::extract::{Path, State};
use axum::response::Response;
use digiana_core::engine::input::Command as Asked;
use digiana_core::fact::wellbeing::Settlement;
use digiana_core::id::{EntryId, PersonId, SiteId};
use digiana_core::limits::FACT_TEXT_CHARS_MAX;
use digiana_core::scope::Scope;
use digiana_core::service::wellbeing::command::Command;

use super::person::May;
use crate::app::App;
use crate::backend::order::Order;
use crate::backend::wellbeing::{Line, LineWhat};
use crate::error::PageError;
use crate::page::form::{Fields, StaffForm};
use crate::page::typed::{Mistake, Typed, Wrong};
use crate::page::words;

/// The most points that one form can mean.
pub(crate) const POINTS_MAX: u32 = 999_999;

/// Body temperatures that can be meant, in tenths of a degree Celsius.
const TEMPERATURES: std::ops::RangeInclusive<u32> = 300..=450;

pub(crate) const POINTS: Typed = Typed::new("points", "wellbeing.points");
const REASON: Typed = Typed::new("reason", "wellbeing.reason");
const HAPPENED_AT: Typed = Typed::new("happened_at", "wellbeing.happened_at");
const TEMPERATURE: Typed = Typed::new("temperature", "wellbeing.temperature");

/// A number of points, however wide it was typed.
pub(crate) fn points(fields: &Fields) -> Result<u32, Mistake> {
    let text = words::narrow(fields.text(POINTS.field));
    if text.is_empty() {
        return Err(POINTS.is(Wrong::Missing));
    }
    let points = text.parse().ok().filter(|points| (1..=POINTS_MAX).contains(points));
    points.ok_or_else(|| POINTS.is(Wrong::NoNumber))
}

fn temperature(fields: &Fields) -> Result<Option<u16>, Mistake> {
    let text = words::narrow(fields.text(TEMPERATURE.field));
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, tenth) = text.split_once('.').unwrap_or((text.as_str(), "0"));
    let digits = if tenth.len() == 1 { format!("{whole}{tenth}") } else { String::new() };
    let tenths = digits.parse().ok().filter(|tenths| TEMPERATURES.contains(tenths));
    let tenths = tenths.and_then(|tenths| u16::try_from(tenths).ok());
    tenths.map(Some).ok_or_else(|| TEMPERATURE.is(Wrong::NoNumber))
}

/// Whose wallet a form is about, and the address of their page.
fn whose(person: &str) -> Result<(PersonId, String), PageError> {
    let id: PersonId = person.parse().map_err(|_| PageError::NotFound)?;
    Ok((id, format!("/wellbeing/person/{id}")))
}

/// The place that a form names, if it is one of those that staff may act for.
fn place(
    form: &StaffForm,
    name: &'static str,
    may: &[(SiteId, String)],
) -> Result<(SiteId, String), PageError> {
    let id: SiteId = form.fields.read(name)?;
    may.iter().find(|(site, _)| *site == id).cloned().ok_or(PageError::NotAllowed)
}

/// The line of a wallet that a form means.
fn meant(app: &App, person: PersonId, form: &StaffForm) -> Result<(EntryId, Line), PageError> {
    let entry: EntryId = form.fields.read("entry")?;
    let wallet = app.town().wallet(person).ok_or(PageError::NotFound)?;
    let line = wallet.lines.into_iter().find(|line| line.entry == entry);
    line.map(|line| (entry, line)).ok_or(PageError::NotFound)
}

async fn send(app: &App, form: StaffForm, asked: Command, done: String, back: &str) -> Response {
    form.send(app, Order::Service(Asked::Wellbeing(asked)), done, back).await
}

/// `POST /wellbeing/person/{person}/visit`
pub(crate) async fn visit(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let (person, back) = whose(&person)?;
    let may = May::of(&app, &form.staff);
    let (site, name) = place(&form, "site", &may.facilities)?;
    let typed = HAPPENED_AT.moment(&form.fields, app.town().now());
    let (happened_at, temperature) = match (typed, temperature(&form.fields)) {
        (Ok(happened_at), Ok(temperature)) => (happened_at, temperature),
        (Err(mistake), _) | (_, Err(mistake)) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().fill("wellbeing.done_visit", &[("site", &name)]);
    let persons = vec![person];
    let asked = Command::Visit { site: Some(site), persons, happened_at, temperature };
    Ok(send(&app, form, asked, done, &back).await)
}

/// `POST /wellbeing/person/{person}/spend`
pub(crate) async fn spend(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let (person, back) = whose(&person)?;
    let may = May::of(&app, &form.staff);
    let (shop, name) = place(&form, "shop", &may.shops)?;
    let points = match points(&form.fields) {
        Ok(points) => points,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let values = [("shop", name.as_str()), ("n", &points.to_string())];
    let done = form.t().fill("wellbeing.done_spend", &values);
    let asked = Command::Spend { shop: Some(shop), person, points, happened_at: None };
    Ok(send(&app, form, asked, done, &back).await)
}

/// `POST /wellbeing/person/{person}/transfer`
pub(crate) async fn transfer(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let (person, back) = whose(&person)?;
    if !May::of(&app, &form.staff).is_counter {
        return Err(PageError::NotAllowed);
    }
    let points = match points(&form.fields) {
        Ok(points) => points,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().fill("wellbeing.done_transfer", &[("n", &points.to_string())]);
    Ok(send(&app, form, Command::Transfer { person, points }, done, &back).await)
}

/// `POST /wellbeing/person/{person}/reverse`
pub(crate) async fn reverse(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let (person, back) = whose(&person)?;
    let (target, line) = meant(&app, person, &form)?;
    let is_posting = matches!(line.what, LineWhat::Spent { .. } | LineWhat::Transferred { .. });
    let is_undone = matches!(
        line.what,
        LineWhat::Spent { is_reversed: true, .. } | LineWhat::Transferred { is_reversed: true }
    );
    // What somebody undid meanwhile is refused by the rules, in words.
    if !is_posting || !(is_undone || May::of(&app, &form.staff).may_reverse(&line.what)) {
        return Err(PageError::NotAllowed);
    }
    let reason = match REASON.required(&form.fields, FACT_TEXT_CHARS_MAX) {
        Ok(reason) => reason,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().say("wellbeing.done_reverse").to_owned();
    Ok(send(&app, form, Command::Reverse { target, reason }, done, &back).await)
}

/// `POST /wellbeing/person/{person}/settle`
pub(crate) async fn settle(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let (person, back) = whose(&person)?;
    if !May::of(&app, &form.staff).is_counter {
        return Err(PageError::NotAllowed);
    }
    let how = match form.fields.text("how") {
        "paid" => Settlement::PaidBack,
        "written_off" => Settlement::WrittenOff,
        _ => return Err(PageError::BadField { field: "how" }),
    };
    let typed = (points(&form.fields), REASON.required(&form.fields, FACT_TEXT_CHARS_MAX));
    let (points, reason) = match typed {
        (Ok(points), Ok(reason)) => (points, reason),
        (Err(mistake), _) | (_, Err(mistake)) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().fill("wellbeing.done_settle", &[("n", &points.to_string())]);
    Ok(send(&app, form, Command::Settle { person, points, how, reason }, done, &back).await)
}

/// `POST /wellbeing/person/{person}/correct`: it was another card, or never happened.
pub(crate) async fn correct(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let (person, back) = whose(&person)?;
    let (target, line) = meant(&app, person, &form)?;
    if !May::of(&app, &form.staff).may_correct(&line.what) {
        return Err(PageError::NotAllowed);
    }
    let reason = match REASON.required(&form.fields, FACT_TEXT_CHARS_MAX) {
        Ok(reason) => reason,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().say("wellbeing.done_correct").to_owned();
    let order = Order::Correct { scope: Scope::Wellbeing, target, reason };
    Ok(form.send(&app, order, done, &back).await)
}
