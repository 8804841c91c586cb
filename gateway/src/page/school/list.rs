//! The list of a school's pupils: who is on it, one of them, a new one.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use digiana_core::engine::input::Command;
use digiana_core::id::{PersonId, SiteId};
use digiana_core::record::{field, of_person};
use digiana_core::scope::Scope;

use super::import::Pasted;
use super::{Asked, address, site_of};
use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::SiteField;
use crate::backend::order::Order;
use crate::backend::school::{ListedPupil, PupilList};
use crate::error::PageError;
use crate::page::form::StaffForm;
use crate::page::query::Query;
use crate::page::record::{self, Line, Refused, Takes};
use crate::page::shell::{self, Shell, Visit};
use crate::page::typed::NAME_CHARS_MAX;

/// The most characters of a class.
pub(super) const CLASS_CHARS_MAX: usize = 40;

/// Where in the address of a page a pupil who is not on the list yet stands.
const NEW: &str = "new";

#[derive(Template)]
#[template(path = "pupils.html")]
struct ListPage {
    shell: Shell,
    school: String,
    site: String,
    back: String,
    add: String,
    classes: Vec<ClassLine>,
    ended: Vec<PupilLink>,
    pasted: Pasted,
}

struct ClassLine {
    name: String,
    pupils: Vec<PupilLink>,
}

struct PupilLink {
    href: String,
    name: String,
    kana: String,
    is_protected: bool,
}

#[derive(Template)]
#[template(path = "pupil_form.html")]
struct FormPage {
    shell: Shell,
    site: String,
    action: String,
    back: String,
    title: String,
    is_new: bool,
    lines: Vec<Line>,
}

/// The fields of a pupil.
fn asked() -> [record::Asked; 4] {
    let line = |field, name, label, most| record::Asked::new(field, name, label, Takes::Line(most));
    [
        line(field::PUPIL_NAME, "name", "pupil.name", NAME_CHARS_MAX).required(),
        line(field::PUPIL_KANA, "kana", "pupil.kana", NAME_CHARS_MAX),
        line(field::PUPIL_CLASS, "class", "pupil.class", CLASS_CHARS_MAX).required(),
        record::Asked::new(field::PUPIL_ENDED, "ended", "pupil.ended", Takes::Yes),
    ]
}

/// `GET /school/pupils`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let site = site_of(&staff, asked.site.as_deref())?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    shell.refresh = 0;
    page(&app, &staff, site, shell, Pasted::default())
}

/// The list, with what was pasted and could not be taken.
pub(super) fn page(
    app: &App,
    staff: &Staff,
    site: SiteId,
    shell: Shell,
    pasted: Pasted,
) -> Result<Response, PageError> {
    let PupilList { school, pupils } = app.town().pupil_list(site).ok_or(PageError::NotFound)?;
    let link = |pupil: &ListedPupil| PupilLink {
        href: address(staff, &format!("/school/pupils/{}", pupil.person), site, None),
        name: pupil.name.clone(),
        kana: pupil.kana.clone(),
        is_protected: pupil.is_protected,
    };
    let mut classes: Vec<ClassLine> = Vec::new();
    for pupil in pupils.iter().filter(|pupil| !pupil.is_ended) {
        let name = if pupil.class.is_empty() {
            shell.t.say("school.no_class").to_owned()
        } else {
            pupil.class.clone()
        };
        match classes.last_mut().filter(|last| last.name == name) {
            Some(last) => last.pupils.push(link(pupil)),
            None => classes.push(ClassLine { name, pupils: vec![link(pupil)] }),
        }
    }
    let status =
        if pasted.has_mistakes() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = shell::html(&ListPage {
        school,
        site: site.to_string(),
        back: address(staff, "/school", site, None),
        add: address(staff, "/school/pupils/new", site, None),
        classes,
        ended: pupils.iter().filter(|pupil| pupil.is_ended).map(link).collect(),
        pasted,
        shell,
    });
    Ok((status, page).into_response())
}

/// Whom an address names: `None` for somebody new.
fn named(person: &str) -> Result<Option<PersonId>, PageError> {
    if person == NEW {
        return Ok(None);
    }
    person.parse().map(Some).map_err(|_| PageError::NotFound)
}

fn held(app: &App, site: SiteId, id: Option<PersonId>) -> Result<Vec<SiteField>, PageError> {
    let Some(id) = id else { return Ok(Vec::new()) };
    app.town().pupil_fields(site, id).ok_or(PageError::NotFound)
}

/// `GET /school/pupils/{person}`, where `new` is somebody who is not on the list yet
pub(crate) async fn edit(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Path(person): Path<String>,
    Query(at): Query<Asked>,
) -> Result<Response, PageError> {
    let site = site_of(&staff, at.site.as_deref())?;
    let id = named(&person)?;
    let held = held(&app, site, id)?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    shell.refresh = 0;
    Ok(form_page(&app, &staff, site, id, shell, &held, None))
}

fn form_page(
    app: &App,
    staff: &Staff,
    site: SiteId,
    id: Option<PersonId>,
    shell: Shell,
    held: &[SiteField],
    refused: Option<&Refused<'_>>,
) -> Response {
    let lines = record::lines(&shell, &asked(), held, refused, app.town().now());
    let page = id.map_or_else(|| NEW.to_owned(), |id| id.to_string());
    let name = held.first().and_then(|name| name.versions.first());
    shell::html(&FormPage {
        site: site.to_string(),
        action: format!("/school/pupils/{page}"),
        back: address(staff, "/school/pupils", site, None),
        title: name.map_or_else(|| shell.t.say("pupil.add").to_owned(), |name| name.value.clone()),
        is_new: id.is_none(),
        lines,
        shell,
    })
}

/// `POST /school/pupils/{person}`
pub(crate) async fn save(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let id = named(&person)?;
    let held = held(&app, site, id)?;
    let asked = asked();
    let values = match record::read(&asked, &form.fields) {
        Ok(values) => values,
        Err(mistakes) => {
            let shell = form.shown_again(&app);
            let refused = Refused { fields: &form.fields, mistakes: &mistakes };
            let page = form_page(&app, &form.staff, site, id, shell, &held, Some(&refused));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let (name, kana) = (form.fields.text("name").to_owned(), form.fields.text("kana"));
    let back = address(&form.staff, "/school/pupils", site, None);
    let id = match id {
        Some(id) => id,
        None => app.town().person_of(&name, kana).unwrap_or_else(|| PersonId(rand::random())),
    };
    let edits = record::edits(of_person(id), values, &asked, &held, &form.fields)?;
    if edits.is_empty() {
        return Ok(form.refuse(&app, form.t().say("refused.nothing_to_change"), &back));
    }
    let done = form.t().fill("done.place", &[("name", &name)]);
    let order = Order::Service(Command::Edit { scope: Scope::School(site), edits });
    Ok(form.send(&app, order, done, &back).await)
}
