//! One entry of a list: checked as it is typed, with every version of each field beside it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use digiana_core::engine::input::Command;
use digiana_core::fact::edit::{FieldId, Value};
use digiana_core::id::RecordId;
use digiana_core::scope::Scope;
use digiana_core::service::lists::route::{read_stops, read_times};

use super::preview::{self, PreviewLines};
use super::{asked, named, said};
use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::SiteField;
use crate::backend::lists::{List, ListEntry};
use crate::backend::order::Order;
use crate::error::PageError;
use crate::page::form::{Fields, StaffForm};
use crate::page::record::{self, Asked, Line, Refused, Takes};
use crate::page::school::clock;
use crate::page::shell::{self, Shell, Visit};
use crate::page::typed::Mistake;

/// Where in the address of a page an entry that is not there yet stands.
const NEW: &str = "new";

#[derive(Template)]
#[template(path = "list_entry.html")]
struct EntryPage {
    shell: Shell,
    action: String,
    back: String,
    list: &'static str,
    title: String,
    is_new: bool,
    lines: Vec<Line>,
    /// Where a rule may be tried out before it is saved.
    has_preview: bool,
    preview: Option<PreviewLines>,
    /// The names to choose from, for a route.
    stops: Vec<String>,
    /// The timetable as it is read: a row for each stop.
    timetable: Vec<(String, Vec<String>)>,
    /// Where the other fields of a place are.
    more: Option<String>,
}

/// An entry that is asked for.
struct Wanted {
    list: List,
    /// `None` for one that is not there yet.
    record: Option<RecordId>,
    held: Option<ListEntry>,
}

impl Wanted {
    fn read(app: &App, list: &str, record: &str) -> Result<Self, PageError> {
        let list = named(list)?;
        if record == NEW {
            return Ok(Self { list, record: None, held: None });
        }
        let record: RecordId = record.parse().map_err(|_| PageError::NotFound)?;
        let held = app.town().list_entry(list, record).ok_or(PageError::NotFound)?;
        Ok(Self { list, record: Some(record), held: Some(held) })
    }

    fn fields(&self) -> &[SiteField] {
        self.held.as_ref().map_or_else(Default::default, |held| held.fields.as_slice())
    }

    fn address(&self) -> String {
        let record = self.record.map_or_else(|| NEW.to_owned(), |record| record.to_string());
        format!("/lists/{}/{record}", self.list.word())
    }
}

/// `GET /lists/{list}/{record}`, where `new` is an entry that is not there yet
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Path((list, record)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let wanted = Wanted::read(&app, &list, &record)?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    // A page that loads itself anew forgets what somebody is typing.
    shell.refresh = 0;
    let asked = asked::of(&app, shell.t, wanted.list);
    let values = preview::held(wanted.fields());
    let preview = (wanted.list == List::Rules).then_some(values.as_slice());
    Ok(page(&app, shell, &wanted, &asked, None, preview))
}

fn page(
    app: &App,
    shell: Shell,
    wanted: &Wanted,
    asked: &[Asked],
    refused: Option<&Refused<'_>>,
    preview: Option<&[(FieldId, Option<Value>)]>,
) -> Response {
    let t = shell.t;
    let lines = record::lines(&shell, asked, wanted.fields(), refused, app.town().now());
    let (name, _) = said(t, wanted.list);
    let title = wanted.held.as_ref().map(|held| held.name.clone());
    let stops = asked.iter().find_map(|asked| {
        let Takes::Stops(all) = &asked.takes else { return None };
        Some(all.as_slice())
    });
    let is_site = wanted.list == List::Sites;
    shell::html(&EntryPage {
        action: wanted.address(),
        back: format!("/lists/{}", wanted.list.word()),
        list: name,
        title: title.unwrap_or_else(|| t.fill("lists.add_to", &[("list", name)])),
        is_new: wanted.record.is_none(),
        has_preview: wanted.list == List::Rules,
        preview: preview.and_then(|values| preview::lines(app, t, values)),
        stops: stops.unwrap_or_default().iter().map(|(_, name)| name.clone()).collect(),
        timetable: stops.map_or_else(Vec::new, |all| timetable(all, wanted.fields())),
        more: wanted.record.filter(|_| is_site).map(|record| format!("/site/{record}")),
        lines,
        shell,
    })
}

/// The timetable that is held, a row for each stop; nothing where it cannot be read, such as where
/// two desks changed stops and times while apart.
fn timetable(all: &[(String, String)], held: &[SiteField]) -> Vec<(String, Vec<String>)> {
    let text = |place: usize| {
        let newest = held.get(place)?.versions.iter().max_by_key(|said| said.at)?;
        Some(newest.value.as_str())
    };
    let (Some(stops), Some(times)) = (text(2), text(3)) else { return Vec::new() };
    let Ok(ids) = read_stops(stops) else { return Vec::new() };
    let Ok(runs) = read_times(times, ids.len()) else { return Vec::new() };
    let names = record::stop_names(all, stops);
    let row = |(place, name): (usize, String)| {
        let time = |run: &Vec<Option<u16>>| {
            run.get(place).copied().flatten().map_or_else(|| "-".to_owned(), clock)
        };
        (name, runs.iter().map(time).collect())
    };
    names.into_iter().enumerate().map(row).collect()
}

/// `POST /lists/{list}/{record}`
pub(crate) async fn save(
    State(app): State<App>,
    Path((list, record)): Path<(String, String)>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let wanted = Wanted::read(&app, &list, &record)?;
    let asked = asked::of(&app, form.t(), wanted.list);
    let values = match checked(wanted.list, &asked, &form.fields) {
        Ok(values) => values,
        Err(mistakes) => {
            let shell = form.shown_again(&app);
            let refused = Refused { fields: &form.fields, mistakes: &mistakes };
            let page = page(&app, shell, &wanted, &asked, Some(&refused), None);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    if form.fields.text("do") == "preview" {
        let shell = form.shown_again(&app);
        let typed = Refused { fields: &form.fields, mistakes: &[] };
        return Ok(page(&app, shell, &wanted, &asked, Some(&typed), Some(&values)));
    }
    let name = form.fields.text("name").to_owned();
    let id = wanted.record.unwrap_or_else(|| RecordId(rand::random()));
    let edits = record::edits(id, values, &asked, wanted.fields(), &form.fields)?;
    if edits.is_empty() {
        let back = wanted.address();
        return Ok(form.refuse(&app, form.t().say("refused.nothing_to_change"), &back));
    }
    let done = form.t().fill("done.place", &[("name", &name)]);
    let order = Order::Service(Command::Edit { scope: Scope::Town, edits });
    let back = format!("/lists/{}", wanted.list.word());
    Ok(form.send(&app, order, done, &back).await)
}

/// What the form says, or everything that is wrong with it.
fn checked(
    list: List,
    asked: &[Asked],
    fields: &Fields,
) -> Result<Vec<(FieldId, Option<Value>)>, Vec<Mistake>> {
    let values = record::read(asked, fields)?;
    let mistakes = asked::across(list, asked, &values);
    if mistakes.is_empty() { Ok(values) } else { Err(mistakes) }
}
