//! The desk of a shelter: open it, take people in, see who is here, and let nobody get lost.

pub(crate) mod act;
mod address;
mod household;
mod late;
mod roster;
pub(crate) mod tap;
pub(crate) mod undo;

use std::time::Instant;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use digiana_core::fact::shelter::SiteState;
use digiana_core::id::SiteId;
use digiana_core::token::looks_like_my_number;
use serde::Deserialize;

pub(crate) use self::address::Address;
use self::household::HouseholdLine;
use self::late::{Late, LateLine};
use self::roster::GoneLine;
pub(crate) use self::roster::RosterLine;
use self::tap::TapLine;
use crate::app::App;
use crate::auth::session::{Flash, Staff};
use crate::error::PageError;
use crate::page::board::{self, HazardChoice, IncidentLine, SiteLine};
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit};
use crate::page::when;
use crate::routes::see_other;
use crate::text::Text;

/// The most characters of a name that are looked for.
const SEARCHED_CHARS_MAX: usize = 40;

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    shell: Shell,
    site: SiteLine,
    is_open: bool,
    takes_in: bool,
    incident: Option<IncidentLine>,
    hazards: Vec<HazardChoice>,
    cut_off: Option<String>,
    tap: Option<TapLine>,
    /// Nothing on top of the page waits to be read, so that the keyboard may begin below it.
    is_calm: bool,
    late: LateLine,
    asked: String,
    households: Vec<HouseholdLine>,
    walk_in: WalkInLine,
    who: String,
    /// How many the roster has, and how many of them are shown.
    roster_count: String,
    whole_roster: String,
    roster: Vec<RosterLine>,
    /// Those who have left, so that a wrong check-out can be taken back.
    gone: Vec<GoneLine>,
    gone_count: String,
    /// What this session did last here, where the sentence on top does not offer to take it back.
    last: Option<LastLine>,
}

/// What a session did last: the number by which it is taken back, and what was said of it.
struct LastLine {
    undo: String,
    said: String,
}

/// What this session did last at this desk and can take back still.
fn last_done(app: &App, staff: &Staff, address: &Address) -> Option<LastLine> {
    let (undo, done) = app.sessions().last_undo(staff, Instant::now())?;
    let is_here = done.back.starts_with(&address.clone().late(None).to_string());
    is_here.then_some(LastLine { undo, said: done.said })
}

/// The form for somebody whom the register does not know, with what is known of them.
struct WalkInLine {
    is_open: bool,
    name: String,
    kana: String,
    birth_year: String,
}

/// Which desk, in which mode, and whom it looks for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    site: Option<String>,
    q: Option<String>,
    late: Option<String>,
    who: Option<String>,
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

/// `GET /desk`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let site = site_of(&staff, asked.site.as_deref())?;
    let desk = app.town().desk(site).ok_or(PageError::NotFound)?;
    let (text, who) = (searched(asked.q.as_deref()), searched(asked.who.as_deref()));
    let late = Late::asked(asked.late.as_deref());
    let address = Address::of(&staff, site).late(late.clone());
    if looks_like_my_number(&text) || looks_like_my_number(&who) {
        // Not on this page, nor in the browser's address line.
        let said = visit.lang.text().say("desk.search_my_number").to_owned();
        app.sessions().leave_flash(&staff, Flash::refused(said));
        return Ok(see_other(&address.to_string()));
    }
    let mut shell = Shell::staff(&app, &staff, &visit);
    // A page that loads itself anew forgets what somebody is typing.
    shell.refresh = 0;
    let (t, now) = (shell.t, app.town().now());
    let found = if text.is_empty() { Vec::new() } else { app.town().search(&text) };
    let cut_off = app.town().place().cut_off_since;
    let roster = roster::lines(&shell, &desk.roster, &who, now);
    let tap = tap::line(&app, t, site, &desk.roster);
    let offers_undo = shell.flash.as_ref().is_some_and(|flash| flash.undo.is_some());
    Ok(shell::html(&DeskPage {
        is_calm: tap.is_none() && !offers_undo && !shell.is_refused(),
        is_open: desk.row.state == SiteState::Open,
        takes_in: takes_in(desk.row.state, late.is_some()),
        tap,
        late: LateLine::of(late.as_ref(), &address),
        walk_in: walk_in(&shell, &text, found.is_empty()),
        households: household::lines(&shell, &found),
        gone: roster::gone(t, &desk.left, &who, now),
        gone_count: t.fill("people.exact", &[("n", &desk.left.len().to_string())]),
        last: last_done(&app, &staff, &address).filter(|_| !offers_undo),
        site: SiteLine::of(t, &desk.row, now),
        incident: app.town().incident().map(|incident| IncidentLine::of(t, &incident, now)),
        hazards: board::hazard_choices(t),
        cut_off: cut_off.map(|since| cut_off_line(t, since, now)),
        asked: text,
        roster_count: roster::count(t, roster.len(), desk.roster.len()),
        whole_roster: address.to_string(),
        who,
        roster,
        shell,
    }))
}

/// A shelter that has closed takes in paper cards still.
fn takes_in(state: SiteState, late: bool) -> bool {
    match state {
        SiteState::Open => true,
        SiteState::Preparing | SiteState::Suspended | SiteState::Closed => late,
        SiteState::NotOpened => false,
    }
}

fn searched(text: Option<&str>) -> String {
    text.unwrap_or_default().trim().chars().take(SEARCHED_CHARS_MAX).collect()
}

fn cut_off_line(t: &Text, since: i64, now: i64) -> String {
    if since == 0 {
        t.say("desk.cut_off_never").to_owned()
    } else {
        t.fill("desk.cut_off", &[("at", &when::stamp(t, since, now))])
    }
}

/// What a search did not find need not be typed again.
fn walk_in(shell: &Shell, asked: &str, found_nobody: bool) -> WalkInLine {
    if shell.is_refused_at("/desk/walk-in") {
        let typed = |field| shell.typed(field).to_owned();
        let (name, kana, birth_year) = (typed("name"), typed("kana"), typed("birth_year"));
        return WalkInLine { is_open: true, name, kana, birth_year };
    }
    let is_kana = |c: char| matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | ' ' | '\u{3000}');
    let asked = if found_nobody { asked.to_owned() } else { String::new() };
    WalkInLine {
        is_open: !asked.is_empty(),
        kana: if asked.chars().all(is_kana) { asked.clone() } else { String::new() },
        name: asked,
        birth_year: String::new(),
    }
}

pub(crate) fn joined(parts: &[&str]) -> String {
    let said: Vec<_> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    said.join("　")
}
