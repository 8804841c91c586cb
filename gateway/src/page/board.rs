//! The board of headquarters: how many people are where, how sure that is, and what to decide.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use digiana_core::fact::shelter::{IncidentKind, SiteState};

use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::order::{Opening, Order};
use crate::backend::{Board, Custody, Incident, SiteRow};
use crate::error::PageError;
use crate::import::hazard::Hazard;
use crate::page::form::StaffForm;
use crate::page::shell::{self, Shell, Visit};
use crate::page::typed::{TITLE_CHARS_MAX, Typed};
use crate::page::{confirm, when, words};
use crate::text::Text;

const TITLE: Typed = Typed::new("title", "incident.title");

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    shell: Shell,
    incident: Option<IncidentLine>,
    people: String,
    people_note: String,
    unaccounted: String,
    open: String,
    unheard_count: usize,
    unheard: Vec<String>,
    sites: Vec<SiteLine>,
    two_places: Vec<TwoPlacesLine>,
    hazards: Vec<HazardChoice>,
}

/// The incident in words.
pub(crate) struct IncidentLine {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) since: String,
    pub(crate) hazards: String,
}

impl IncidentLine {
    pub(crate) fn of(t: &Text, incident: &Incident, now: i64) -> Self {
        let hazards: Vec<_> =
            incident.hazards.iter().map(|hazard| words::hazard(t, *hazard)).collect();
        Self {
            id: incident.id.to_string(),
            kind: words::kind(t, incident.kind).to_owned(),
            title: incident.title.clone(),
            since: when::stamp(t, incident.since, now),
            hazards: hazards.join(t.say("word.and")),
        }
    }
}

/// A site in words.
pub(crate) struct SiteLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_welfare: bool,
    pub(crate) state: String,
    pub(crate) state_code: &'static str,
    pub(crate) moves: Vec<Move>,
    pub(crate) people: String,
    pub(crate) on_leave: u32,
    pub(crate) congestion: String,
    pub(crate) validity: Vec<ValidityLine>,
    pub(crate) freshness: String,
    pub(crate) custody: String,
    pub(crate) is_held: bool,
}

/// A hazard in words, and whether a site is valid for it.
pub(crate) struct ValidityLine {
    pub(crate) said: String,
    pub(crate) code: &'static str,
}

/// A state that a site may be put into from where it is.
pub(crate) struct Move {
    pub(crate) code: &'static str,
    pub(crate) label: String,
}

impl SiteLine {
    pub(crate) fn of(t: &Text, row: &SiteRow, now: i64) -> Self {
        let by_staff = if row.congestion_by_staff { t.say("congestion.by_staff") } else { "" };
        let capacity = row.capacity.map_or_else(String::new, |capacity| {
            t.fill("people.capacity", &[("n", &capacity.to_string())])
        });
        let is_at_rest = matches!(row.state, SiteState::NotOpened | SiteState::Closed);
        let disputed = if row.is_disputed { t.say("site.disputed") } else { "" };
        Self {
            id: row.site.to_string(),
            name: row.name.clone(),
            is_welfare: row.is_welfare,
            state: words::state(t, row.state).to_owned() + disputed,
            state_code: words::state_code(row.state),
            moves: moves(t, row.state),
            people: words::headcount(t, row.people) + &capacity,
            on_leave: row.on_leave,
            congestion: if is_at_rest {
                t.say("congestion.closed").to_owned()
            } else {
                format!("{}{by_staff}", words::congestion(t, row.congestion))
            },
            validity: validities(t, &row.validity),
            freshness: words::freshness(t, row.freshness, now),
            custody: words::custody(t, row.custody, now),
            is_held: !matches!(row.custody, Custody::Waiting(_)),
        }
    }
}

/// Hazards in words, each with its answer: no place is left blank and read as safe.
pub(crate) fn validities(
    t: &Text,
    validity: &[(Hazard, crate::import::hazard::Validity)],
) -> Vec<ValidityLine> {
    let line = |(hazard, found): &(Hazard, crate::import::hazard::Validity)| ValidityLine {
        said: t.fill(
            "validity.of",
            &[("hazard", words::hazard(t, *hazard)), ("word", words::validity(t, *found))],
        ),
        code: words::validity_code(*found),
    };
    validity.iter().map(line).collect()
}

fn moves(t: &Text, state: SiteState) -> Vec<Move> {
    use SiteState::{Closed, NotOpened, Open, Preparing, Suspended};
    let next: &[SiteState] = match state {
        NotOpened | Closed => &[Open, Preparing],
        Preparing => &[Open, NotOpened],
        Open => &[Suspended, Closed],
        Suspended => &[Open, Closed],
    };
    let label = |state| match state {
        Open => t.say("move.open"),
        Preparing => t.say("move.prepare"),
        Suspended => t.say("move.suspend"),
        Closed => t.say("move.close"),
        NotOpened => t.say("move.not_opened"),
    };
    let of = |state: &SiteState| Move {
        code: words::state_code(*state),
        label: label(*state).to_owned(),
    };
    next.iter().map(of).collect()
}

struct TwoPlacesLine {
    person: String,
    name: String,
    claims: Vec<ClaimLine>,
}

struct ClaimLine {
    site: String,
    site_name: String,
    said: String,
}

/// A hazard to tick in the form that opens an incident.
pub(crate) struct HazardChoice {
    pub(crate) code: &'static str,
    pub(crate) label: &'static str,
}

pub(crate) fn hazard_choices(t: &'static Text) -> Vec<HazardChoice> {
    let choice =
        |hazard| HazardChoice { code: words::hazard_code(hazard), label: words::hazard(t, hazard) };
    Hazard::ALL.into_iter().map(choice).collect()
}

/// `GET /board`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
) -> Response {
    let shell = Shell::staff(&app, &staff, &visit);
    let (t, now) = (shell.t, app.town().now());
    let board = app.town().board();
    let incident = app.town().incident();
    let unheard = board.unheard.iter().map(|device| match device.last_heard {
        Some(at) => t.fill(
            "board.unheard_since",
            &[("device", &device.device), ("at", &when::stamp(t, at, now))],
        ),
        None => t.fill("board.unheard_never", &[("device", &device.device)]),
    });
    shell::html(&BoardPage {
        incident: incident.map(|incident| IncidentLine::of(t, &incident, now)),
        people: t.fill("people.exact", &[("n", &board.people.sure.to_string())]),
        people_note: doubt(t, &board),
        unaccounted: board.unaccounted.map_or_else(
            || t.say("board.no_register").to_owned(),
            |count| t.fill("people.exact", &[("n", &count.to_string())]),
        ),
        open: format!("{}/{}", board.open, board.sites.len()),
        unheard_count: board.unheard.len(),
        unheard: unheard.collect(),
        sites: board.sites.iter().map(|row| SiteLine::of(t, row, now)).collect(),
        two_places: two_places(t, &board, now),
        hazards: hazard_choices(t),
        shell,
    })
}

/// What the town's count leaves open: 「（最大45人・未受信1か所）」.
fn doubt(t: &Text, board: &Board) -> String {
    let exact = t.fill("people.exact", &[("n", &board.people.sure.to_string())]);
    let whole = words::headcount(t, board.people);
    whole.strip_prefix(&exact).unwrap_or(&whole).trim().to_owned()
}

fn two_places(t: &Text, board: &Board, now: i64) -> Vec<TwoPlacesLine> {
    let claim = |claim: &crate::backend::Claim| ClaimLine {
        site: claim.site.to_string(),
        site_name: claim.site_name.clone(),
        said: format!(
            "{} {} {}",
            claim.site_name,
            when::stamp(t, claim.at, now),
            words::assurance(t, claim.assurance)
        ),
    };
    let line = |both: &crate::backend::TwoPlaces| TwoPlacesLine {
        person: both.person.to_string(),
        name: words::name(t, &both.name),
        claims: both.claims.iter().map(claim).collect(),
    };
    board.two_places.iter().map(line).collect()
}

/// `POST /incident/open`
pub(crate) async fn open_incident(State(app): State<App>, form: StaffForm) -> Response {
    let back = form.staff.role.home();
    let title = match TITLE.required(&form.fields, TITLE_CHARS_MAX) {
        Ok(title) => title,
        Err(mistake) => return form.mend(&app, &mistake, back),
    };
    let kind = kind_of(&form);
    let ticked =
        |hazard: &Hazard| form.fields.all("hazard").any(|code| code == words::hazard_code(*hazard));
    let hazards = Hazard::ALL.into_iter().filter(ticked).collect();
    let done = form.t().fill("done.incident_open", &[("title", &title)]);
    form.send(&app, Order::OpenIncident(Opening { kind, title, hazards }), done, back).await
}

/// Whether a form begins a disaster or a drill: what is not said to be a drill is taken for real.
fn kind_of(form: &StaffForm) -> IncidentKind {
    if form.fields.text("kind") == "drill" { IncidentKind::Drill } else { IncidentKind::Real }
}

/// `POST /incident/close`
pub(crate) async fn close_incident(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let incident = form.fields.read("incident")?;
    let done = form.t().say("done.incident_close").to_owned();
    Ok(form.send(&app, Order::CloseIncident(incident), done, "/board").await)
}

/// `POST /board/site`
pub(crate) async fn set_site(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    set_site_and_return(&app, form, "/board").await
}

/// Puts a site into the state that a form's button names.
pub(crate) async fn set_site_and_return(
    app: &App,
    form: StaffForm,
    back: &str,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let state = words::state_of_code(form.fields.text("state"));
    let state = state.ok_or(PageError::BadField { field: "state" })?;
    let desk = app.town().desk(site).ok_or(PageError::NotFound)?;
    let name = desk.row.name;
    let (t, state_word) = (form.t(), words::state(form.t(), state));
    let is_last = state == SiteState::Closed && desk.row.people.at_most > 0;
    if is_last && !confirm::is_sure(&form.fields) {
        let people = words::headcount(t, desk.row.people);
        let values = [("name", name.as_str()), ("people", people.as_str())];
        return Ok(form.ask(
            app,
            confirm::Question {
                asked: t.fill("confirm.close", &values),
                note: t.say("confirm.close_note"),
                yes: t.say("confirm.close_yes"),
                back,
            },
        ));
    }
    let done = t.fill("done.site", &[("name", &name), ("state", state_word)]);
    let opening = (state == SiteState::Open).then(|| Opening {
        kind: kind_of(&form),
        title: t.fill("desk.opening_title", &[("site", &name)]),
        hazards: Vec::new(),
    });
    Ok(form.send(app, Order::SetSite { site, state, opening }, done, back).await)
}

/// `POST /board/settle`
pub(crate) async fn settle(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let (person, site) = (form.fields.read("person")?, form.fields.read("site")?);
    if app.town().desk(site).is_none() {
        return Ok(Redirect::to("/board").into_response());
    }
    let done = form.t().say("done.settled").to_owned();
    Ok(form.send(&app, Order::Settle(person, site), done, "/board").await)
}
