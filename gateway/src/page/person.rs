//! The evacuee form: saved field by field, with what other desks wrote beside it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use digiana_core::fact::edit::FieldId;
use digiana_core::id::{EntryId, PersonId, SiteId};
use digiana_core::limits::SAW_DOTS_MAX;
use digiana_core::register::Saw;
use serde::Deserialize;

use crate::app::App;
use crate::auth::session::{Staff, Tone};
use crate::backend::evacuee::{self, Holds};
use crate::backend::order::Order;
use crate::backend::{Access, Field, Household, Version};
use crate::error::PageError;
use crate::page::desk::{self, Address, RosterLine};
use crate::page::form::StaffForm;
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit};
use crate::page::typed::{Mistake, Typed, Wrong};
use crate::page::{when, words};
use crate::text::Text;

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    shell: Shell,
    back: String,
    site: String,
    person: String,
    name: String,
    kana: String,
    /// What the roster says of them; nothing where they are not at this shelter.
    presence: Option<RosterLine>,
    /// The site that counts them, where it is another.
    elsewhere: String,
    /// The others of their household.
    household: Vec<Relative>,
    /// Why the form cannot be written here; empty where it can.
    locked: String,
    groups: Vec<GroupLine>,
}

struct Relative {
    href: String,
    name: String,
    at: String,
}

struct GroupLine {
    label: &'static str,
    fields: Vec<FieldLine>,
}

struct FieldLine {
    number: u16,
    label: &'static str,
    value: String,
    /// What the page showed in the field before anybody typed.
    was: String,
    saw: String,
    by: Option<String>,
    /// Every value that is held, for whoever may only read.
    held: Vec<Rival>,
    /// Every value, where desks wrote without having seen each other's.
    rivals: Vec<Rival>,
    /// How that came about.
    conflict: &'static str,
    is_yes_no: bool,
    is_refused: bool,
    /// It was saved just now: the one whose button was pressed, of those that were changed.
    is_saved: bool,
    /// Where whoever works by keyboard goes on.
    is_next: bool,
}

struct Rival {
    value: String,
    by: String,
}

/// At which desk, for headquarters, and which field was sent last.
#[derive(Debug, Deserialize)]
pub(crate) struct AtDesk {
    site: Option<String>,
    sent: Option<u16>,
}

/// The address of a person's page.
fn address(staff: &Staff, site: SiteId, person: PersonId) -> String {
    let page = format!("/desk/person/{person}");
    if staff.role.site().is_some() { page } else { format!("{page}?site={site}") }
}

/// `GET /desk/person/{person}`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Path(person): Path<String>,
    Query(at): Query<AtDesk>,
) -> Result<Response, PageError> {
    let site = desk::site_of(&staff, at.site.as_deref())?;
    let id: PersonId = person.parse().map_err(|_| PageError::NotFound)?;
    let person = app.town().person(site, id).ok_or(PageError::NotFound)?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    // A page that loads itself anew forgets what somebody is typing.
    shell.refresh = 0;
    let (t, now) = (shell.t, app.town().now());
    let desk = app.town().desk(site).ok_or(PageError::NotFound)?;
    let row = desk.roster.iter().find(|row| row.person == person.person);
    let household = app.town().household(person.person);
    let own = household.members.first().and_then(|own| own.at.clone());
    Ok(shell::html(&PersonPage {
        back: Address::of(&staff, site).to_string(),
        site: site.to_string(),
        person: id.to_string(),
        name: words::name(t, &person.name),
        kana: words::kana(&person.name),
        elsewhere: match own.filter(|_| row.is_none()) {
            Some(at) => t.fill("desk.counted_at", &[("site", &at)]),
            None => t.say("person.not_here").to_owned(),
        },
        presence: row.map(|row| RosterLine::of(&shell, row, now)),
        locked: match person.access {
            Access::Writes => String::new(),
            Access::Reads => t.fill("person.read_only", &[("site", &desk.row.name)]),
            Access::Closed => t.fill("person.closed", &[("site", &desk.row.name)]),
        },
        household: relatives(t, &household, |person| address(&staff, site, person)),
        groups: groups(&shell, &person.fields, at.sent, now),
        shell,
    }))
}

fn relatives(
    t: &Text,
    household: &Household,
    address: impl Fn(PersonId) -> String,
) -> Vec<Relative> {
    let others = household.members.iter().skip(1).map(|other| Relative {
        href: address(other.person),
        name: words::name(t, &other.name),
        at: match &other.at {
            Some(site) => t.fill("desk.counted_at", &[("site", site)]),
            None => t.say("person.nowhere").to_owned(),
        },
    });
    others.collect()
}

/// The fields under their headings. After a field that was saved, the next one waits.
fn groups(shell: &Shell, fields: &[Field], sent: Option<u16>, now: i64) -> Vec<GroupLine> {
    let was_done = shell.flash.as_ref().is_some_and(|flash| flash.tone == Tone::Done);
    let saved = sent.filter(|_| was_done).map(FieldId);
    let place = |field| evacuee::rows().position(|row| row.field == field);
    let next = saved.and_then(place).map(|place| place + 1);
    let line = |row: &evacuee::Row| {
        let field = fields.iter().find(|field| field.field == row.field)?;
        Some(FieldLine {
            is_saved: saved == Some(row.field),
            is_refused: shell.is_refused() && sent == Some(row.field.0),
            is_next: next.is_some() && place(row.field) == next,
            ..field_line(shell, field, now)
        })
    };
    let group = |group: &evacuee::Group| GroupLine {
        label: shell.t.say(group.label),
        fields: group.rows.iter().filter_map(line).collect(),
    };
    evacuee::FORM.iter().map(group).collect()
}

fn field_line(shell: &Shell, field: &Field, now: i64) -> FieldLine {
    let t: &'static Text = shell.t;
    let by = |version: &Version| {
        let at = when::stamp(t, version.at, now);
        // A device is often called by its site: that is said once.
        if version.by.contains(&version.site) {
            t.fill("person.by", &[("device", &version.by), ("at", &at)])
        } else {
            let values = [("device", version.by.as_str()), ("site", &version.site), ("at", &at)];
            t.fill("person.by_at", &values)
        }
    };
    let spoken = |value: &str| match (field.holds, value) {
        (_, "") => t.say("person.emptied").to_owned(),
        (Holds::YesNo, Holds::YES) => t.say("field.yes").to_owned(),
        (Holds::YesNo, Holds::NO) => t.say("field.no").to_owned(),
        (Holds::YesNo | Holds::Text, value) => value.to_owned(),
    };
    let rival = |version: &Version| Rival { value: spoken(&version.value), by: by(version) };
    let (value, said, rivals) = match field.versions.as_slice() {
        [] => (String::new(), None, Vec::new()),
        [only] => (only.value.clone(), Some(by(only)), Vec::new()),
        [first, ..] => (first.value.clone(), None, field.versions.iter().map(rival).collect()),
    };
    // A refused form keeps what was typed, with what it had seen, so that it is mended and not typed
    // again, and overwrites nothing that it has not shown.
    let kept = |prefix: &str, held: String| {
        let name = format!("{prefix}-{}", field.field.0);
        if shell.is_refused() && shell.all_typed(&name).next().is_some() {
            shell.typed(&name).to_owned()
        } else {
            held
        }
    };
    FieldLine {
        number: field.field.0,
        label: t.say(field.label),
        was: kept("was", value.clone()),
        value: kept("value", value),
        saw: kept("saw", written(&field.saw)),
        by: said,
        held: field.versions.iter().map(rival).collect(),
        rivals,
        conflict: conflict(t, &field.versions),
        is_yes_no: field.holds == Holds::YesNo,
        is_refused: false,
        is_saved: false,
        is_next: false,
    }
}

/// How several values came about: between desks that did not hear each other, or at one, from a
/// page that stood open while another was saved.
pub(super) fn conflict(t: &'static Text, versions: &[Version]) -> &'static str {
    if !versions.is_empty() && versions.iter().all(|version| version.is_ours) {
        t.say("person.stale")
    } else {
        t.say("person.conflict")
    }
}

/// What a form has seen, as a hidden field carries it.
pub(super) fn written(saw: &Saw) -> String {
    let dots: Vec<_> = saw.dots().iter().map(EntryId::to_string).collect();
    dots.join(",")
}

pub(super) fn read_back(text: &str) -> Result<Saw, PageError> {
    let dots = text.split(',').filter(|dot| !dot.is_empty()).take(SAW_DOTS_MAX);
    let dots: Result<Vec<EntryId>, _> = dots.map(str::parse).collect();
    dots.map(Saw::new).map_err(|_| PageError::BadField { field: "saw" })
}

/// `POST /desk/person/{person}/field`: every field that was changed on the page, each as it had
/// seen it; and the one whose button was pressed, where desks disagree on it.
pub(crate) async fn save_fields(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let id: PersonId = person.parse().map_err(|_| PageError::NotFound)?;
    let page = address(&form.staff, site, id);
    let sign = if page.contains('?') { '&' } else { '?' };
    let at = |field: FieldId| format!("{page}{sign}sent={}", field.0);
    let held = app.town().person(site, id).ok_or(PageError::NotFound)?;
    let pressed = form.fields.text("field").parse().ok().map(FieldId);
    let is_disputed = |field: FieldId| {
        held.fields.iter().any(|held| held.field == field && held.versions.len() > 1)
    };
    let mut edits = Vec::new();
    for row in evacuee::rows() {
        let named = |prefix: &str| format!("{prefix}-{}", row.field.0);
        let typed = form.fields.all_of(&named("value"));
        let is_changed = typed != form.fields.all_of(&named("was"));
        let is_settled = pressed == Some(row.field) && is_disputed(row.field);
        if !is_changed && !is_settled {
            continue;
        }
        match read(row, typed) {
            Ok(value) => {
                let saw = read_back(form.fields.all_of(&named("saw")))?;
                edits.push((row.field, value, saw));
            }
            Err(mistake) => return Ok(form.mend(&app, &mistake, &at(row.field))),
        }
    }
    let Some((first, ..)) = edits.first() else {
        let back = pressed.map_or_else(|| page.clone(), at);
        return Ok(form.tell(&app, form.t().say("person.nothing").to_owned(), &back));
    };
    let saved = pressed.filter(|pressed| edits.iter().any(|(field, ..)| field == pressed));
    let back = at(saved.unwrap_or(*first));
    let done = match edits.len() {
        1 => form.t().say("done.field").to_owned(),
        many => form.t().fill("done.fields", &[("n", &many.to_string())]),
    };
    Ok(form.send(&app, Order::SaveFields { site, person: id, edits }, done, &back).await)
}

/// What was typed into a field, if it can hold that.
fn read(row: &evacuee::Row, typed: &str) -> Result<String, Mistake> {
    let field = Typed::new("value", row.label);
    let value = field.value_of(typed)?;
    if row.holds.takes(&value) { Ok(value) } else { Err(field.is(Wrong::NoChoice)) }
}
