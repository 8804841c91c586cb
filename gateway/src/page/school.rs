//! A school: its class board, and what teachers note of pupils whose card was forgotten.

pub(crate) mod gate;
pub(crate) mod import;
pub(crate) mod list;
mod marks;
pub(crate) mod note;
pub(crate) mod pupil;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use digiana_core::id::SiteId;
use digiana_core::time::Day;
use digiana_core::view::school::{ClassRows, Counts};
use serde::Deserialize;

use self::marks::PupilLine;
pub(crate) use self::marks::clock;
use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::school::ClassBoard;
use crate::error::PageError;
use crate::page::calendar;
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit};
use crate::routes::see_other;
use crate::text::Text;

#[derive(Template)]
#[template(path = "school.html")]
struct SchoolPage {
    shell: Shell,
    school: String,
    site: String,
    day: DayLine,
    hours: String,
    figures: Vec<Figure>,
    classes: Vec<ClassLine>,
    /// What was noted by a clock that was never set.
    undated: Vec<UndatedLine>,
    time: String,
    list: String,
}

/// The schools, for headquarters.
#[derive(Template)]
#[template(path = "schools.html")]
struct SchoolsPage {
    shell: Shell,
    schools: Vec<(String, String)>,
}

/// A day and the ways to its neighbours.
pub(super) struct DayLine {
    pub(super) typed: String,
    pub(super) said: String,
    pub(super) is_today: bool,
    /// Nobody has come or gone on a day that has not begun.
    pub(super) is_ahead: bool,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) today: String,
}

struct Figure {
    code: &'static str,
    label: &'static str,
    count: usize,
}

struct ClassLine {
    /// Its place on the page, for the part that is kept fresh.
    number: usize,
    name: String,
    counts: String,
    pupils: Vec<PupilLine>,
}

struct UndatedLine {
    href: String,
    name: String,
    said: String,
}

/// Which school, for headquarters, and which day.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    pub(super) site: Option<String>,
    pub(super) day: Option<String>,
}

/// The school of a page: one's own, or for headquarters the one it names.
pub(super) fn site_of(staff: &Staff, named: Option<&str>) -> Result<SiteId, PageError> {
    crate::page::desk::site_of(staff, named)
}

/// The address of a page about a school: headquarters names the school, a desk is at its own.
pub(super) fn address(staff: &Staff, page: &str, site: SiteId, day: Option<Day>) -> String {
    let site = staff.role.site().is_none().then(|| format!("site={site}"));
    let day = day.map(|day| format!("day={}", calendar::typed_day(day)));
    let asked: Vec<String> = [site, day].into_iter().flatten().collect();
    if asked.is_empty() { page.to_owned() } else { format!("{page}?{}", asked.join("&")) }
}

/// The day that an address asks for: today where it asks for none.
pub(super) fn day_of(asked: Option<&str>, now: i64) -> Result<Day, PageError> {
    let Some(text) = asked.filter(|text| !text.is_empty()) else { return Ok(Day::of(now)) };
    calendar::day_of_typed(text).ok_or(PageError::NotFound)
}

impl DayLine {
    pub(super) fn of(
        t: &'static Text,
        day: Day,
        now: i64,
        address: impl Fn(Option<Day>) -> String,
    ) -> Self {
        let today = Day::of(now);
        Self {
            typed: calendar::typed_day(day),
            said: calendar::date(t, day),
            is_today: day == today,
            is_ahead: day > today,
            before: address(Some(day.plus(-1))),
            after: address(Some(day.plus(1))),
            today: address(None),
        }
    }
}

/// `GET /school`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    if staff.role.site().is_none() && asked.site.is_none() {
        return Ok(schools(&app, &staff, &visit));
    }
    let site = site_of(&staff, asked.site.as_deref())?;
    let now = app.town().now();
    let day = day_of(asked.day.as_deref(), now)?;
    let ClassBoard { school, board, devices } =
        app.town().school_board(site, day).ok_or(PageError::NotFound)?;
    let shell = Shell::staff(&app, &staff, &visit);
    let t = shell.t;
    let is_today = day == Day::of(now);
    let href = |person| {
        let page = format!("/school/pupil/{person}");
        address(&staff, &page, site, (!is_today).then_some(day))
    };
    let class = |(class, number): (&ClassRows, usize)| ClassLine {
        number,
        name: class.class.clone().unwrap_or_else(|| t.say("school.no_class").to_owned()),
        counts: said_counts(t, class.counts),
        pupils: class
            .rows
            .iter()
            .map(|row| PupilLine::of(&shell, row, &devices, href(row.pupil.id), now))
            .collect(),
    };
    let undated = board.undated.iter().map(|found| UndatedLine {
        href: address(&staff, &format!("/school/pupil/{}", found.pupil.id), site, Some(found.day)),
        name: found.pupil.name.clone(),
        said: t.fill(
            "school.undated_by",
            &[
                ("did", marks::attends(t, found.word.attends)),
                ("device", &devices.name(found.word.by)),
            ],
        ),
    });
    Ok(shell::html(&SchoolPage {
        school,
        site: site.to_string(),
        day: DayLine::of(t, day, now, |day| address(&staff, "/school", site, day)),
        hours: marks::hours(t, board.timetable),
        figures: figures(t, board.counts),
        undated: undated.collect(),
        classes: board.classes.iter().zip(1..).map(class).collect(),
        time: shell.typed("time").to_owned(),
        list: address(&staff, "/school/pupils", site, None),
        shell,
    }))
}

fn schools(app: &App, staff: &Staff, visit: &Visit) -> Response {
    let schools = app.town().schools();
    if let [(only, _)] = schools.as_slice() {
        return see_other(&format!("/school?site={only}"));
    }
    let way = |(site, name): (SiteId, String)| (format!("/school?site={site}"), name);
    let schools = schools.into_iter().map(way).collect();
    shell::html(&SchoolsPage { shell: Shell::staff(app, staff, visit), schools })
}

/// Who is missed stands first; what is disputed is shown only where something is.
fn figures(t: &'static Text, counts: Counts) -> Vec<Figure> {
    let figure = |code, label, count| Figure { code, label: t.say(label), count };
    let mut figures = vec![
        figure("unconfirmed", "attends.unconfirmed", counts.unconfirmed),
        figure("arrived", "attends.arrived", counts.arrived),
        figure("left", "attends.left", counts.left),
        figure("absent", "attends.absent", counts.absent),
    ];
    if counts.disputed > 0 {
        figures.insert(0, figure("disputed", "attends.disputed", counts.disputed));
    }
    figures
}

/// What a class comes to, in one line.
fn said_counts(t: &Text, counts: Counts) -> String {
    let of = |key, count: usize| (count > 0).then(|| format!("{} {count}", t.say(key)));
    let parts = [
        of("attends.disputed", counts.disputed),
        of("attends.unconfirmed", counts.unconfirmed),
        of("attends.arrived", counts.arrived),
        of("attends.left", counts.left),
        of("attends.absent", counts.absent),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join("　")
}
