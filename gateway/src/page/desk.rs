//! The desk of a shelter: open it, take people in, see who is here, and let nobody get lost.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use digiana_core::fact::shelter::{Act, SiteState};
use digiana_core::id::{PersonId, SiteId};
use digiana_core::limits::FACTS_PER_COMMAND_MAX;
use digiana_core::token::looks_like_my_number;
use serde::Deserialize;

use crate::app::App;
use crate::auth::session::{Flash, Staff};
use crate::backend::order::Order;
use crate::backend::{Custody, Household, RosterRow};
use crate::error::PageError;
use crate::page::board::{self, HazardChoice, IncidentLine, SiteLine};
use crate::page::form::{Fields, StaffForm};
use crate::page::shell::{self, Shell, Visit};
use crate::page::typed::{Mistake, NAME_CHARS_MAX, Typed};
use crate::page::{when, words};
use crate::routes::see_other;
use crate::text::Text;

/// The most characters of a name that are looked for.
const SEARCHED_CHARS_MAX: usize = 40;

const NAME: Typed = Typed::new("name", "desk.name");
const KANA: Typed = Typed::new("kana", "desk.kana");
const BIRTH_YEAR: Typed = Typed::new("birth_year", "desk.birth_year");
const DESTINATION: Typed = Typed::new("destination", "desk.destination");
const REASON: Typed = Typed::new("reason", "desk.reason");

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    shell: Shell,
    site: SiteLine,
    is_open: bool,
    incident: Option<IncidentLine>,
    hazards: Vec<HazardChoice>,
    cut_off: Option<String>,
    asked: String,
    households: Vec<HouseholdLine>,
    roster: Vec<RosterLine>,
}

struct HouseholdLine {
    members: Vec<MemberLine>,
}

struct MemberLine {
    person: String,
    name: String,
    kana: String,
    about: String,
    is_ticked: bool,
    at: Option<String>,
}

struct RosterLine {
    person: String,
    name: String,
    kana: String,
    about: String,
    since: String,
    custody: String,
    is_held: bool,
    is_away: bool,
    also_at: Option<String>,
    entry: String,
    /// Something about this row was refused just now.
    is_refused: bool,
}

/// Which desk, and whom it looks for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    site: Option<String>,
    q: Option<String>,
}

/// The site of a desk page: one's own, or for headquarters the one it names.
pub(crate) fn site_of(staff: &Staff, named: Option<&str>) -> Result<SiteId, PageError> {
    let named: Option<SiteId> =
        named.map(|text| text.parse().map_err(|_| PageError::NotFound)).transpose()?;
    match (staff.role.site(), named) {
        (Some(own), Some(named)) if own != named => Err(PageError::NotAllowed),
        (Some(own), _) => Ok(own),
        (None, named) => named.ok_or(PageError::NotFound),
    }
}

/// The address of a desk.
pub(crate) fn address(staff: &Staff, site: SiteId) -> String {
    match staff.role.site() {
        Some(_) => "/desk".to_owned(),
        None => format!("/desk?site={site}"),
    }
}

/// `GET /desk`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let site = site_of(&staff, asked.site.as_deref())?;
    let desk = app.town().desk(site).ok_or(PageError::NotFound)?;
    let shell = Shell::staff(&app, &staff, &visit);
    let (t, now) = (shell.t, app.town().now());
    let text: String =
        asked.q.unwrap_or_default().trim().chars().take(SEARCHED_CHARS_MAX).collect();
    if looks_like_my_number(&text) {
        // Not on this page, nor in the browser's address line.
        let said = visit.lang.text().say("desk.search_my_number").to_owned();
        app.sessions().leave_flash(&staff, Flash::refused(said));
        return Ok(see_other(&address(&staff, site)));
    }
    let found = if text.is_empty() { Vec::new() } else { app.town().search(&text) };
    let cut_off = app.town().place().cut_off_since;
    Ok(shell::html(&DeskPage {
        is_open: desk.row.state == SiteState::Open,
        site: SiteLine::of(t, &desk.row, now),
        incident: app.town().incident().map(|incident| IncidentLine::of(t, &incident, now)),
        hazards: board::hazard_choices(t),
        cut_off: cut_off.map(|since| cut_off_line(t, since, now)),
        asked: text,
        households: found.iter().map(|household| household_line(t, household)).collect(),
        roster: desk.roster.iter().map(|row| roster_line(&shell, row, now)).collect(),
        shell,
    }))
}

fn cut_off_line(t: &Text, since: i64, now: i64) -> String {
    if since == 0 {
        t.say("desk.cut_off_never").to_owned()
    } else {
        t.fill("desk.cut_off", &[("at", &when::stamp(t, since, now))])
    }
}

fn household_line(t: &Text, household: &Household) -> HouseholdLine {
    // A family name finds the whole household, of whom perhaps one has come: nobody is ticked for
    // the desk unless it asked for just this person.
    let asked_for_one = household.members.iter().filter(|member| member.is_match).count() == 1;
    let member = |member: &crate::backend::Member| MemberLine {
        person: member.person.to_string(),
        name: words::name(t, &member.name),
        kana: words::kana(&member.name),
        about: joined(&[&words::birth_year(t, member.birth_year), &member.address]),
        is_ticked: asked_for_one && member.is_match && member.at.is_none(),
        at: member.at.as_ref().map(|site| t.fill("desk.counted_at", &[("site", site)])),
    };
    HouseholdLine { members: household.members.iter().map(member).collect() }
}

fn roster_line(shell: &Shell, row: &RosterRow, now: i64) -> RosterLine {
    let t: &Text = shell.t;
    let destination = row.destination.clone().unwrap_or_default();
    RosterLine {
        person: row.person.to_string(),
        name: words::name(t, &row.name),
        kana: words::kana(&row.name),
        about: joined(&[
            &words::birth_year(t, row.birth_year),
            words::whereabouts(t, row.act),
            &destination,
        ]),
        since: joined(&[&when::stamp(t, row.at, now), words::assurance(t, row.assurance)]),
        custody: words::custody(t, row.custody, now),
        is_held: matches!(row.custody, Custody::Held(_)),
        is_away: row.act == Act::Leave,
        also_at: (!row.also_at.is_empty())
            .then(|| t.fill("desk.also_at", &[("sites", &row.also_at.join(t.say("word.and")))])),
        entry: row.entry.to_string(),
        is_refused: shell.is_refused_at("/desk/presence")
            && shell.typed("person") == row.person.to_string(),
    }
}

fn joined(parts: &[&str]) -> String {
    let said: Vec<_> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    said.join("　")
}

/// `POST /desk/site`
pub(crate) async fn set_site(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let back = address(&form.staff, form.site()?);
    board::set_site_and_return(&app, form, &back).await
}

/// `POST /desk/check-in`
pub(crate) async fn check_in(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let people = form.fields.all("person").take(FACTS_PER_COMMAND_MAX);
    let people: Result<Vec<PersonId>, _> = people.map(str::parse).collect();
    let people = people.map_err(|_| PageError::BadField { field: "person" })?;
    let back = address(&form.staff, site);
    if people.is_empty() {
        return Ok(form.refuse(&app, form.t().say("refused.nobody"), &back));
    }
    let done = form.t().fill("done.check_in", &[("n", &people.len().to_string())]);
    Ok(form.send(&app, Order::CheckIn(site, people), done, &back).await)
}

/// `POST /desk/walk-in`
pub(crate) async fn walk_in(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let back = address(&form.staff, site);
    let order = match written_down(site, &form.fields) {
        Ok(order) => order,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().say("done.walk_in").to_owned();
    Ok(form.send(&app, order, done, &back).await)
}

fn written_down(site: SiteId, fields: &Fields) -> Result<Order, Mistake> {
    let name = NAME.required(fields, NAME_CHARS_MAX)?;
    let kana = KANA.optional(fields, NAME_CHARS_MAX)?;
    let birth_year = BIRTH_YEAR.birth_year(fields)?;
    Ok(Order::WalkIn { site, name, kana, birth_year })
}

/// `POST /desk/presence`: one row of the roster, by the button that was pressed.
pub(crate) async fn presence(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let back = address(&form.staff, site);
    let person = form.fields.read("person")?;
    let t = form.t();
    let typed =
        DESTINATION.words(&form.fields).and_then(|to| Ok((to, REASON.words(&form.fields)?)));
    let (destination, reason) = match typed {
        Ok(typed) => typed,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let gone = |act, done: &str| {
        let destination = destination.clone();
        (Order::Presence { site, person, act, destination }, done.to_owned())
    };
    let (order, done) = match form.fields.text("do") {
        "check-out" => gone(Act::CheckOut, t.say("done.check_out")),
        "leave" => gone(Act::Leave, t.say("done.leave")),
        "return" => gone(Act::Return, t.say("done.return")),
        "correct" => {
            let target = form.fields.read("entry")?;
            (Order::Correct { target, reason }, t.say("done.correct").to_owned())
        }
        _ => return Err(PageError::BadField { field: "do" }),
    };
    Ok(form.send(&app, order, done, &back).await)
}
