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
use crate::auth::session::Staff;
use crate::backend::order::Order;
use crate::backend::{Custody, Household, RosterRow};
use crate::error::PageError;
use crate::page::board::{self, HazardChoice, IncidentLine, SiteLine};
use crate::page::form::StaffForm;
use crate::page::shell::{self, Shell, Visit};
use crate::page::{when, words};
use crate::text::Text;

/// The most characters of a name that are looked for.
const SEARCHED_CHARS_MAX: usize = 40;

/// The most characters of a walk-in's name or kana.
const NAME_CHARS_MAX: usize = 60;

/// Years of birth that a person at a desk can have.
const BIRTH_YEARS: std::ops::RangeInclusive<i32> = 1880..=2100;

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
    let text = if looks_like_my_number(&text) { String::new() } else { text };
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
        roster: desk.roster.iter().map(|row| roster_line(t, row, now)).collect(),
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

fn roster_line(t: &Text, row: &RosterRow, now: i64) -> RosterLine {
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
    let (name, kana) = (form.fields.text("name").to_owned(), form.fields.text("kana").to_owned());
    let birth_year: Option<i32> = form.fields.read_optional("birth_year")?;
    let too_long = |text: &str| text.chars().count() > NAME_CHARS_MAX;
    let bad = name.is_empty()
        || too_long(&name)
        || too_long(&kana)
        || looks_like_my_number(&name)
        || looks_like_my_number(&kana)
        || has_hidden_characters(&name)
        || has_hidden_characters(&kana)
        || birth_year.is_some_and(|year| !BIRTH_YEARS.contains(&year));
    if bad {
        return Ok(form.refuse(&app, form.t().say("refused.bad_text"), &back));
    }
    let done = form.t().say("done.walk_in").to_owned();
    Ok(form.send(&app, Order::WalkIn { site, name, kana, birth_year }, done, &back).await)
}

/// `POST /desk/presence`: one row of the roster, by the button that was pressed.
pub(crate) async fn presence(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let back = address(&form.staff, site);
    let person = form.fields.read("person")?;
    let destination = form.fields.text("destination").to_owned();
    let reason = form.fields.text("reason").to_owned();
    let t = form.t();
    if looks_like_my_number(&destination) || looks_like_my_number(&reason) {
        return Ok(form.refuse(&app, form.t().say("refused.bad_text"), &back));
    }
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

/// Whether a text has characters that nobody sees and that turn a line of the roster around:
/// controls, and Unicode's marks of direction.
fn has_hidden_characters(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().any(|c| c.is_control() || turns(c))
}

#[cfg(test)]
mod tests {
    use super::has_hidden_characters;

    #[test]
    fn a_name_cannot_turn_the_roster_around() {
        assert!(has_hidden_characters("a\u{202e}b"));
        assert!(has_hidden_characters("a\0b"));
        assert!(!has_hidden_characters("訓練\u{3000}太郎"));
        assert!(!has_hidden_characters("渡邊\u{e0100}"));
    }
}
