//! 名前を選ぶ: a pupil without a card finds their class and their name on the screen at the gate. It
//! needs no script, and nobody's state stands on it.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use digiana_core::engine::input::Command;
use digiana_core::id::{PersonId, SiteId};
use digiana_core::service::refusal::Refusal;
use digiana_core::service::school::command::{self, Asked as What};
use digiana_core::time::Day;
use digiana_node::config::Serves;
use digiana_node::handle::Did;
use serde::Deserialize;

use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::order::Order;
use crate::backend::school::{ListedPupil, PupilList};
use crate::backend::{Tap, TapOutcome};
use crate::error::PageError;
use crate::page::form::StaffForm;
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit};
use crate::routes::see_other;

/// After how many seconds without a touch the screen goes back to the reader.
const BACK_AFTER_SECONDS: u32 = 60;

#[derive(Template)]
#[template(path = "names.html")]
struct NamesPage {
    shell: Shell,
    back_after: u32,
    class: Option<String>,
    classes: Vec<(String, String)>,
    names: Vec<NameLine>,
}

struct NameLine {
    person: String,
    name: String,
    kana: String,
}

/// Which class was chosen.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    class: Option<String>,
}

/// The school at whose gate this screen stands.
fn here(app: &App, staff: &Staff) -> Result<SiteId, PageError> {
    let site = staff.role.site().or_else(|| app.town().place().site);
    site.filter(|_| app.town().serves() == Serves::School).ok_or(PageError::NotFound)
}

/// `GET /kiosk/names`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let site = here(&app, &staff)?;
    let PupilList { pupils, .. } = app.town().pupil_list(site).ok_or(PageError::NotFound)?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    shell.refresh = 0;
    let shown = |pupil: &&ListedPupil| !pupil.is_ended && !pupil.is_protected;
    let said = |pupil: &ListedPupil| match pupil.class.as_str() {
        "" => shell.t.say("school.no_class").to_owned(),
        class => class.to_owned(),
    };
    let mut classes: Vec<(String, String)> = Vec::new();
    for pupil in pupils.iter().filter(shown) {
        let name = said(pupil);
        if classes.last().is_none_or(|(last, _)| *last != name) {
            let href = format!("/kiosk/names?class={}", shell::percent_encoded(&name));
            classes.push((name, href));
        }
    }
    // Where there is one class only, nobody chooses it.
    let only = classes.first().filter(|_| classes.len() == 1).map(|(name, _)| name.clone());
    let class = asked.class.or(only);
    let of_class = |pupil: &&ListedPupil| class.as_ref() == Some(&said(pupil));
    let names = pupils.iter().filter(shown).filter(of_class).map(|pupil| NameLine {
        person: pupil.person.to_string(),
        name: pupil.name.clone(),
        kana: pupil.kana.clone(),
    });
    let names = names.collect();
    Ok(shell::html(&NamesPage { back_after: BACK_AFTER_SECONDS, class, classes, names, shell }))
}

/// `POST /kiosk/names`: the name that was touched is noted, and the screen greets as it does a card.
pub(crate) async fn choose(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let site = here(&app, &form.staff)?;
    let person: PersonId = form.fields.read("person")?;
    if form.is_repeat() {
        return Ok(see_other("/kiosk"));
    }
    let asked = command::Command { school: Some(site), asked: What::Choose { person } };
    let now = app.town().now();
    let outcome = match app.town().submit(Order::Service(Command::School(asked))).await {
        Ok(_) => {
            let day = Day::of(now);
            let page = app.town().pupil_page(site, person, day, day, 1);
            let did = page.and_then(|page| page.log.row.state).ok_or(PageError::NotFound)?;
            TapOutcome::Accepted(Did::School(did))
        }
        Err(Refusal::AlreadyNoted) => TapOutcome::Repeated,
        Err(refusal) => TapOutcome::NotNow(refusal),
    };
    let name = app.town().pupil_name(site, person);
    app.show_tap(Tap { at: now, outcome, name, person: Some(person), doubtful: false });
    Ok(see_other("/kiosk"))
}
