//! What a teacher notes: several pupils at once, with the time at which it was true; and a
//! correction.

use axum::extract::State;
use axum::response::Response;
use digiana_core::engine::input::Command;
use digiana_core::fact::school::Attends;
use digiana_core::id::PersonId;
use digiana_core::limits::FACTS_PER_COMMAND_MAX;
use digiana_core::scope::Scope;
use digiana_core::service::lists::route::read_minute;
use digiana_core::service::school::command::{self, Asked};
use digiana_core::time::Day;

use super::{address, day_of, marks};
use crate::app::App;
use crate::backend::order::Order;
use crate::error::PageError;
use crate::page::form::{Fields, StaffForm};
use crate::page::typed::{Mistake, Typed, Wrong};
use crate::page::words;

const TIME: Typed = Typed::new("time", "school.time");
const REASON: Typed = Typed::new("reason", "desk.reason");

/// `POST /school/note`: those who are ticked came, went or are absent.
pub(crate) async fn note(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let (site, now) = (form.site()?, app.town().now());
    let day = day_of(Some(form.fields.text("day")), now)?;
    let is_today = day == Day::of(now);
    let page = match form.fields.text("page") {
        "pupil" => format!("/school/pupil/{}", form.fields.read::<PersonId>("person")?),
        _ => "/school".to_owned(),
    };
    let back = address(&form.staff, &page, site, (!is_today).then_some(day));
    let attends = match form.fields.text("do") {
        "arrived" => Attends::Arrived,
        "left" => Attends::Left,
        "absent" => Attends::Absent,
        _ => return Err(PageError::BadField { field: "do" }),
    };
    // One more than can be taken, so that too many are refused and never cut short.
    let people = form.fields.all("person").take(FACTS_PER_COMMAND_MAX + 1);
    let people: Result<Vec<PersonId>, _> = people.map(str::parse).collect();
    let persons = people.map_err(|_| PageError::BadField { field: "person" })?;
    if persons.is_empty() {
        return Ok(form.refuse(&app, form.t().say("school.nobody_ticked"), &back));
    }
    let happened_at = match happened_at(&form.fields, day, now, attends) {
        Ok(happened_at) => happened_at,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().fill(
        "done.school",
        &[("n", &persons.len().to_string()), ("did", marks::attends(form.t(), attends))],
    );
    let day = (!is_today).then_some(day);
    let note = command::Note { persons, attends, happened_at, day };
    let asked = command::Command { school: Some(site), asked: Asked::Note(note) };
    Ok(form.send(&app, Order::Service(Command::School(asked)), done, &back).await)
}

/// When it was; none for now, and for an absence of another day. Whoever came or went on another day
/// did so at a time.
fn happened_at(
    fields: &Fields,
    day: Day,
    now: i64,
    attends: Attends,
) -> Result<Option<i64>, Mistake> {
    let text = words::narrow(fields.text(TIME.field));
    if text.is_empty() {
        let is_timeless = day == Day::of(now) || attends == Attends::Absent;
        return if is_timeless { Ok(None) } else { Err(TIME.is(Wrong::Missing)) };
    }
    let minute = read_minute(&text).ok_or_else(|| TIME.is(Wrong::NoTime))?;
    Ok(Some(day.begins().saturating_add(i64::from(minute) * 60)))
}

/// `POST /school/correct`: a line of a pupil's day was wrong.
pub(crate) async fn correct(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let (site, now) = (form.site()?, app.town().now());
    let person: PersonId = form.fields.read("person")?;
    let day = day_of(Some(form.fields.text("day")), now)?;
    let day = (day != Day::of(now)).then_some(day);
    let back = address(&form.staff, &format!("/school/pupil/{person}"), site, day);
    let target = form.fields.read("entry")?;
    let reason = match REASON.words(&form.fields) {
        Ok(reason) => reason,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().say("done.correct").to_owned();
    let order = Order::Correct { scope: Scope::School(site), target, reason };
    Ok(form.send(&app, order, done, &back).await)
}
