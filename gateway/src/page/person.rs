//! The evacuee form: saved field by field, with what other desks wrote beside it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
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
use crate::backend::{Field, Household, Version};
use crate::error::PageError;
use crate::page::desk::{self, Address, RosterLine};
use crate::page::form::StaffForm;
use crate::page::shell::{self, Shell, Visit};
use crate::page::typed::{Typed, Wrong};
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
    saw: String,
    by: Option<String>,
    /// Every value, where desks wrote without having seen each other's.
    rivals: Vec<Rival>,
    /// How that came about.
    conflict: &'static str,
    is_yes_no: bool,
    is_refused: bool,
    /// It was saved just now.
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
    // A refused form keeps what was typed, so that it is mended and not typed again.
    let is_refused = shell.is_refused() && shell.typed("field") == field.field.0.to_string();
    FieldLine {
        number: field.field.0,
        label: t.say(field.label),
        value: if is_refused { shell.typed("value").to_owned() } else { value },
        saw: written(&field.saw),
        by: said,
        rivals,
        conflict: conflict(t, &field.versions),
        is_yes_no: field.holds == Holds::YesNo,
        is_refused,
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

/// `POST /desk/person/{person}/field`
pub(crate) async fn save_field(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let id: PersonId = person.parse().map_err(|_| PageError::NotFound)?;
    let field = FieldId(form.fields.read("field")?);
    let page = address(&form.staff, site, id);
    let sign = if page.contains('?') { '&' } else { '?' };
    let back = format!("{page}{sign}sent={}", field.0);
    let saw = read_back(form.fields.text("saw"))?;
    let row = evacuee::row(field).ok_or(PageError::BadField { field: "field" })?;
    let typed = Typed::new("value", row.label);
    let value = typed.value(&form.fields).and_then(|value| {
        if row.holds.takes(&value) { Ok(value) } else { Err(typed.is(Wrong::NoChoice)) }
    });
    let value = match value {
        Ok(value) => value,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().say("done.field").to_owned();
    Ok(form.send(&app, Order::SaveField { site, person: id, field, value, saw }, done, &back).await)
}
