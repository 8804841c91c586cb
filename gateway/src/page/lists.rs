//! The town's lists: rules, ticket books, operators, stops, routes, and what each place serves.

mod asked;
pub(crate) mod entry;
mod preview;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::lists::{List, ListEntry};
use crate::backend::{SiteField, Version};
use crate::error::PageError;
use crate::page::record;
use crate::page::shell::{self, Shell, Visit};
use crate::text::Text;

#[derive(Template)]
#[template(path = "lists.html")]
struct OverviewPage {
    shell: Shell,
    lists: Vec<ListLine>,
}

struct ListLine {
    href: String,
    name: &'static str,
    note: &'static str,
    count: String,
    disputed: usize,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    shell: Shell,
    title: &'static str,
    note: &'static str,
    add: String,
    columns: Vec<String>,
    rows: Vec<EntryLine>,
}

struct EntryLine {
    href: String,
    name: String,
    is_ended: bool,
    is_disputed: bool,
    cells: Vec<(String, String)>,
}

/// The list that an address names.
fn named(word: &str) -> Result<List, PageError> {
    List::of_word(word).ok_or(PageError::NotFound)
}

/// What a list is called, and what stands in it.
pub(super) fn said(t: &'static Text, list: List) -> (&'static str, &'static str) {
    match list {
        List::Rules => (t.say("lists.rules"), t.say("lists.rules_note")),
        List::Products => (t.say("lists.products"), t.say("lists.products_note")),
        List::Operators => (t.say("lists.operators"), t.say("lists.operators_note")),
        List::Stops => (t.say("lists.stops"), t.say("lists.stops_note")),
        List::Routes => (t.say("lists.routes"), t.say("lists.routes_note")),
        List::Sites => (t.say("lists.sites"), t.say("lists.sites_note")),
    }
}

fn is_disputed(entry: &ListEntry) -> bool {
    entry.fields.iter().any(|field| field.versions.len() > 1)
}

/// `GET /lists`
pub(crate) async fn overview(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
) -> Response {
    let shell = Shell::staff(&app, &staff, &visit);
    let t = shell.t;
    let line = |list: List| {
        let (name, note) = said(t, list);
        let entries = app.town().list(list);
        let in_use = entries.iter().filter(|entry| !entry.is_ended).count();
        ListLine {
            href: format!("/lists/{}", list.word()),
            name,
            note,
            count: t.fill("lists.count", &[("n", &in_use.to_string())]),
            disputed: entries.iter().filter(|entry| is_disputed(entry)).count(),
        }
    };
    shell::html(&OverviewPage { lists: List::ALL.into_iter().map(line).collect(), shell })
}

/// `GET /lists/{list}`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Path(list): Path<String>,
) -> Result<Response, PageError> {
    let list = named(&list)?;
    let shell = Shell::staff(&app, &staff, &visit);
    let t = shell.t;
    let asked = asked::of(&app, t, list);
    // The name stands before the row, and an entry out of use says so there.
    let columns: Vec<&record::Asked> =
        asked.iter().skip(1).filter(|asked| Some(asked.field) != list.ended()).collect();
    let row = |entry: &ListEntry| {
        let cell = |asked: &&record::Asked| {
            let held = entry.fields.iter().find(|field| field.field == asked.field);
            let value =
                held.and_then(newest).map(|said| record::told(t, &asked.takes, &said.value));
            let unsaid = asked::unsaid(t, asked.field);
            (t.say(asked.typed.label()).to_owned(), value.unwrap_or_else(|| unsaid.to_owned()))
        };
        EntryLine {
            href: format!("/lists/{}/{}", list.word(), entry.record),
            name: if entry.name.is_empty() {
                t.say("lists.nameless").to_owned()
            } else {
                entry.name.clone()
            },
            is_ended: entry.is_ended,
            is_disputed: is_disputed(entry),
            cells: columns.iter().map(cell).collect(),
        }
    };
    let (title, note) = said(t, list);
    let entries = app.town().list(list);
    Ok(shell::html(&ListPage {
        title,
        note,
        add: format!("/lists/{}/new", list.word()),
        rows: entries.iter().map(row).collect(),
        columns: columns.iter().map(|asked| t.say(asked.typed.label()).to_owned()).collect(),
        shell,
    }))
}

fn newest(field: &SiteField) -> Option<&Version> {
    field.versions.iter().max_by_key(|said| said.at)
}
