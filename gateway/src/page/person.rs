//! The evacuee form: saved field by field, with what other desks wrote beside it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use digiana_core::fact::edit::FieldId;
use digiana_core::id::{EntryId, PersonId};
use digiana_core::limits::SAW_DOTS_MAX;
use digiana_core::register::Saw;
use serde::Deserialize;

use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::Field;
use crate::backend::evacuee::{self, Holds};
use crate::backend::order::Order;
use crate::error::PageError;
use crate::page::form::StaffForm;
use crate::page::shell::{self, Shell, Visit};
use crate::page::typed::{Typed, Wrong};
use crate::page::{desk, when, words};
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
    fields: Vec<FieldLine>,
}

struct FieldLine {
    number: u16,
    label: &'static str,
    value: String,
    saw: String,
    by: Option<String>,
    /// Every value, where desks wrote without hearing each other.
    rivals: Vec<Rival>,
    is_yes_no: bool,
    is_refused: bool,
}

struct Rival {
    value: String,
    by: String,
}

/// At which desk, for headquarters.
#[derive(Debug, Deserialize)]
pub(crate) struct AtDesk {
    site: Option<String>,
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
    let shell = Shell::staff(&app, &staff, &visit);
    let (t, now) = (shell.t, app.town().now());
    Ok(shell::html(&PersonPage {
        back: desk::address(&staff, site),
        site: site.to_string(),
        person: id.to_string(),
        name: words::name(t, &person.name),
        kana: words::kana(&person.name),
        fields: person.fields.iter().map(|field| field_line(&shell, field, now)).collect(),
        shell,
    }))
}

fn field_line(shell: &Shell, field: &Field, now: i64) -> FieldLine {
    let t: &'static Text = shell.t;
    let by = |version: &crate::backend::Version| {
        t.fill("person.by", &[("device", &version.by), ("at", &when::stamp(t, version.at, now))])
    };
    let spoken = |value: &str| match (field.holds, value) {
        (Holds::YesNo, Holds::YES) => t.say("field.yes").to_owned(),
        (Holds::YesNo, Holds::NO) => t.say("field.no").to_owned(),
        (Holds::YesNo | Holds::Text, value) => value.to_owned(),
    };
    let rival = |version: &crate::backend::Version| Rival {
        value: spoken(&version.value),
        by: by(version),
    };
    let (value, said, rivals) = match field.versions.as_slice() {
        [] => (String::new(), None, Vec::new()),
        [only] => (only.value.clone(), Some(by(only)), Vec::new()),
        [first, ..] => (first.value.clone(), None, field.versions.iter().map(rival).collect()),
    };
    let label = t.say(field.label);
    // A refused form keeps what was typed, so that it is mended and not typed again.
    let is_refused = shell.is_refused() && shell.typed("field") == field.field.0.to_string();
    let value = if is_refused { shell.typed("value").to_owned() } else { value };
    let is_yes_no = field.holds == Holds::YesNo;
    let saw = written(&field.saw);
    FieldLine { number: field.field.0, label, value, saw, by: said, rivals, is_yes_no, is_refused }
}

/// What a form has seen, as a hidden field carries it.
fn written(saw: &Saw) -> String {
    let dots: Vec<_> = saw.dots().iter().map(EntryId::to_string).collect();
    dots.join(",")
}

fn read_back(text: &str) -> Result<Saw, PageError> {
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
    let mut back = format!("/desk/person/{id}");
    if form.staff.role.site().is_none() {
        back.push_str(&format!("?site={site}"));
    }
    let field = FieldId(form.fields.read("field")?);
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
