//! The counter of ticket books: whose they are, who owes, how many ride.

mod bars;
mod may;
pub(crate) mod month;
pub(crate) mod person;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use digiana_core::id::PersonId;
use digiana_core::time::Day;
use digiana_core::token::looks_like_my_number;
use serde::Deserialize;

use self::bars::Bars;
use crate::app::App;
use crate::auth::session::{Flash, Staff};
use crate::backend::ShownName;
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit};
use crate::page::{when, words};
use crate::routes::see_other;
use crate::text::Text;

/// How many days the chart shows.
const CHART_DAYS: u16 = 30;

/// How long the counter shows who tapped: long enough to serve them, short enough that nobody takes
/// them for the next.
const TAP_SHOWN_SECONDS: i64 = 180;

/// The most who owe that one page lists.
const OWING_MAX: usize = 100;

/// The most characters of a name that are looked for.
const SEARCHED_CHARS_MAX: usize = 40;

#[derive(Template)]
#[template(path = "transport.html")]
struct CounterPage {
    shell: Shell,
    has_register: bool,
    cut_off: Option<String>,
    tapped: Option<RiderLine>,
    asked: String,
    found: Vec<RiderLine>,
    chart: Option<Bars>,
    /// The address of this month's table.
    month: String,
    owing_count: usize,
    owing: Vec<RiderLine>,
}

/// Somebody in a list, with the way to their books.
struct RiderLine {
    person: String,
    name: String,
    kana: String,
    about: String,
}

/// Whom the counter looks for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
}

/// Who it is: where the register is out of reach, the end of an id and never a name.
pub(crate) fn rider(t: &Text, name: &ShownName, person: PersonId) -> String {
    match name {
        ShownName::Shown { .. } | ShownName::Protected => words::name(t, name),
        ShownName::Unknown => {
            let [.., last, end] = person.0;
            t.fill("transport.rider", &[("id", &format!("{last:02x}{end:02x}"))])
        }
    }
}

/// A day with its year: a book may be good into the next.
fn day(t: &Text, day: Day) -> String {
    let written = when::rfc3339(day.begins());
    let mut parts = written.split('T').next().unwrap_or_default().splitn(3, '-');
    let mut part = || parts.next().unwrap_or_default().trim_start_matches('0').to_owned();
    let (year, month, day) = (part(), part(), part());
    t.fill("transport.day", &[("year", &year), ("month", &month), ("day", &day)])
}

/// Until when headquarters was heard, where it is not heard now: what is left may be less.
pub(crate) fn cut_off(app: &App, t: &Text) -> Option<String> {
    let since = app.town().place().cut_off_since?;
    Some(if since == 0 {
        t.say("transport.as_of_never").to_owned()
    } else {
        let at = when::stamp(t, since, app.town().now());
        t.fill("transport.as_of_cut", &[("at", &at)])
    })
}

/// `GET /transport`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Response {
    let text: String =
        asked.q.as_deref().unwrap_or_default().trim().chars().take(SEARCHED_CHARS_MAX).collect();
    if looks_like_my_number(&text) {
        // Not on this page, nor in the browser's address line.
        let said = visit.lang.text().say("desk.search_my_number").to_owned();
        app.sessions().leave_flash(&staff, Flash::refused(said));
        return see_other("/transport");
    }
    let mut shell = Shell::staff(&app, &staff, &visit);
    // A page that loads itself anew forgets what somebody is typing.
    shell.refresh = 0;
    let (t, now) = (shell.t, app.town().now());
    let counter = app.town().counter(CHART_DAYS);
    let owing = counter.owing.iter().take(OWING_MAX).map(|(row, name)| RiderLine {
        person: row.person.to_string(),
        name: rider(t, name, row.person),
        kana: words::kana(name),
        about: t.fill(
            "transport.owes",
            &[
                ("tickets", &row.tickets.to_string()),
                ("rides", &row.rides.to_string()),
                ("at", &when::stamp(t, row.last.seconds, now)),
            ],
        ),
    });
    shell::html(&CounterPage {
        has_register: counter.has_register,
        cut_off: cut_off(&app, t),
        tapped: tapped(&app, t, now),
        found: if text.is_empty() { Vec::new() } else { found(&app, t, &text) },
        chart: Bars::of(t, &counter.days),
        month: counter.month.map_or_else(String::new, |month| format!("/transport/month/{month}")),
        owing_count: counter.owing.len(),
        owing: owing.collect(),
        asked: text,
        shell,
    })
}

fn found(app: &App, t: &Text, text: &str) -> Vec<RiderLine> {
    let households = app.town().search(text);
    let members = households.iter().flat_map(|household| &household.members);
    let line = |member: &crate::backend::Member| RiderLine {
        person: member.person.to_string(),
        name: words::name(t, &member.name),
        kana: words::kana(&member.name),
        about: format!("{} {}", words::birth_year(t, member.birth_year), member.address),
    };
    members.filter(|member| member.is_match).map(line).collect()
}

/// Whose card was just read here.
fn tapped(app: &App, t: &Text, now: i64) -> Option<RiderLine> {
    let tap = app.town().last_tap()?;
    let is_recent = now.saturating_sub(tap.at) < TAP_SHOWN_SECONDS;
    let person = tap.person.filter(|_| is_recent)?;
    Some(RiderLine {
        person: person.to_string(),
        name: rider(t, &tap.name, person),
        kana: words::kana(&tap.name),
        about: when::age(t, tap.at, now),
    })
}
