//! One pupil: all that was noted on a day, what may be corrected, and the month around it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use digiana_core::id::PersonId;
use digiana_core::time::Day;
use digiana_core::view::school::DayRow;

use super::marks::{self, PupilLine};
use super::{Asked, DayLine, address, day_of, site_of};
use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::school::PupilPage;
use crate::error::PageError;
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit};
use crate::page::{calendar, when};

#[derive(Template)]
#[template(path = "pupil.html")]
struct Page {
    shell: Shell,
    school: String,
    site: String,
    back: String,
    edit: String,
    class: String,
    pupil: PupilLine,
    day: DayLine,
    lines: Vec<LogLine>,
    time: String,
    month: MonthLine,
}

/// One line of the log.
struct LogLine {
    entry: String,
    said: String,
    at: String,
    code: &'static str,
    marks: Vec<&'static str>,
    is_corrected: bool,
    /// Its form was refused just now.
    is_refused: bool,
}

/// A month as a table: weeks from Monday.
struct MonthLine {
    said: String,
    before: String,
    after: String,
    weekdays: [&'static str; 7],
    weeks: Vec<Vec<Option<DayCell>>>,
}

struct DayCell {
    number: u8,
    href: String,
    code: &'static str,
    said: String,
    is_shown: bool,
}

/// `GET /school/pupil/{person}`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Path(person): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let site = site_of(&staff, asked.site.as_deref())?;
    let person: PersonId = person.parse().map_err(|_| PageError::NotFound)?;
    let now = app.town().now();
    let day = day_of(asked.day.as_deref(), now)?;
    let (first, days) = calendar::month_around(day);
    let held = app.town().pupil_page(site, person, day, first, days);
    let PupilPage { school, log, days, devices } = held.ok_or(PageError::NotFound)?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    // A page that loads itself anew forgets what somebody is typing.
    shell.refresh = 0;
    let t = shell.t;
    let page = format!("/school/pupil/{person}");
    let of_day = |day: Option<Day>| address(&staff, &page, site, day);
    let is_today = day == Day::of(now);
    let line = |row: &digiana_core::view::school::LogRow| {
        let word = &row.word;
        let entry = word.entry.to_string();
        let holds = [
            (row.is_current, t.say("school.counts")),
            (word.late, t.say("queue.late")),
            (row.is_corrected, t.say("school.corrected")),
        ];
        LogLine {
            said: marks::said(t, word, &devices, now),
            at: t.fill("school.entered", &[("at", &when::stamp(t, word.recorded.seconds, now))]),
            code: if row.is_corrected { "corrected" } else { "held" },
            marks: holds.into_iter().filter_map(|(holds, word)| holds.then_some(word)).collect(),
            is_corrected: row.is_corrected,
            is_refused: shell.is_refused_at("/school/correct") && shell.typed("entry") == entry,
            entry,
        }
    };
    let lines = log.rows.iter().map(line).collect();
    let pupil = PupilLine::of(&shell, &log.row, &devices, of_day(Some(day)), now);
    let cell = |row: &DayRow| DayCell {
        number: calendar::day_of_month(row.day),
        href: of_day(Some(row.day)),
        code: marks::code(&row.row),
        said: if row.row.is_unconfirmed() {
            String::new()
        } else {
            format!("{} {}", marks::state(t, &row.row), marks::clocks(&row.row))
        },
        is_shown: row.day == day,
    };
    let mut weeks: Vec<Vec<Option<DayCell>>> = vec![Vec::new()];
    for _ in 0..calendar::weekday(first) {
        weeks.last_mut().into_iter().for_each(|week| week.push(None));
    }
    for row in &days {
        if weeks.last().is_none_or(|week| week.len() == 7) {
            weeks.push(Vec::new());
        }
        weeks.last_mut().into_iter().for_each(|week| week.push(Some(cell(row))));
    }
    let last = first.plus(i32::try_from(days.len()).unwrap_or(31));
    Ok(shell::html(&Page {
        school,
        site: site.to_string(),
        back: address(&staff, "/school", site, (!is_today).then_some(day)),
        edit: address(&staff, &format!("/school/pupils/{person}"), site, None),
        class: log.row.pupil.class.clone().unwrap_or_default(),
        pupil,
        day: DayLine::of(t, day, now, of_day),
        lines,
        time: shell.typed("time").to_owned(),
        month: MonthLine {
            said: calendar::month(t, first),
            before: of_day(Some(first.plus(-1))),
            after: of_day(Some(last)),
            weekdays: calendar::weekdays(t),
            weeks,
        },
        shell,
    }))
}
