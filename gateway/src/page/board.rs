//! The board of headquarters: how many people are where, how sure that is, and what to decide.

mod queue;
pub(crate) mod warning;

use std::collections::BTreeMap;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use digiana_core::fact::shelter::{IncidentKind, SiteState};
use digiana_core::id::SiteId;
use serde::Deserialize;

use self::queue::Queue;
use self::warning::{LevelChoice, LevelLine, WarningLine};
use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::order::{Opening, Order};
use crate::backend::{Board, Custody, Incident, SiteRow};
use crate::data::{BOUNDARY_CREDIT, RIVER_CREDIT, SITES_CREDIT};
use crate::error::PageError;
use crate::import::hazard::{Hazard, Validity};
use crate::map::{self, Place, View};
use crate::page::chart::Chart;
use crate::page::form::StaffForm;
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit, Way};
use crate::page::typed::{TITLE_CHARS_MAX, Typed};
use crate::page::{confirm, when, words};
use crate::text::Text;

const TITLE: Typed = Typed::new("title", "incident.title");

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    shell: Shell,
    incident: Option<IncidentLine>,
    /// Other disasters that are under way; empty where there are none.
    others: String,
    people: String,
    people_note: String,
    unaccounted: String,
    open: String,
    unheard_count: usize,
    unheard: Vec<String>,
    warnings: Vec<WarningLine>,
    issued: Vec<LevelLine>,
    has_warning: bool,
    levels: Vec<LevelChoice>,
    districts: Vec<String>,
    map: map::Sheet,
    map_credits: [&'static str; 3],
    views: Vec<Way>,
    chart: Option<Chart>,
    sites: Vec<SiteLine>,
    queue: Queue,
    hazards: Vec<HazardChoice>,
}

/// Which part of the map is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    map: Option<String>,
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
    /// Its number on the map: from north to south.
    pub(crate) number: usize,
    pub(crate) geo: Option<String>,
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
        let disputed = if row.disputed.is_empty() { "" } else { t.say("site.disputed") };
        Self {
            id: row.site.to_string(),
            number: 0,
            geo: row.place.map(words::geo),
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
pub(crate) fn validities(t: &Text, validity: &[(Hazard, Validity)]) -> Vec<ValidityLine> {
    let line = |(hazard, found): &(Hazard, Validity)| ValidityLine {
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
    Query(asked): Query<Asked>,
) -> Response {
    let shell = Shell::staff(&app, &staff, &visit);
    let (t, now) = (shell.t, app.town().now());
    let board = app.town().board();
    let numbers = numbers(&board.sites);
    let view = asked.map.as_deref().unwrap_or_default();
    let incident = app.town().incident();
    let unheard = board.unheard.iter().map(|device| match device.last_heard {
        Some(at) => t.fill(
            "board.unheard_since",
            &[("device", &device.device), ("at", &when::stamp(t, at, now))],
        ),
        None => t.fill("board.unheard_never", &[("device", &device.device)]),
    });
    let warnings: Vec<_> =
        board.warnings.iter().map(|held| WarningLine::of(t, held, now)).collect();
    shell::html(&BoardPage {
        incident: incident.map(|incident| IncidentLine::of(t, &incident, now)),
        others: others(t, &board),
        people: t.fill("people.exact", &[("n", &board.people.sure.to_string())]),
        people_note: doubt(t, &board),
        unaccounted: board.unaccounted.map_or_else(
            || t.say("board.no_register").to_owned(),
            |count| t.fill("people.exact", &[("n", &count.to_string())]),
        ),
        open: format!("{}/{}", board.open, board.sites.len()),
        unheard_count: board.unheard.len(),
        unheard: unheard.collect(),
        has_warning: board.warnings.iter().any(|held| held.level.is_some()),
        issued: warning::levels(t, &warnings),
        warnings,
        levels: warning::choices(t),
        map: map::Sheet::draw(View::read(view), places(t, &board.sites, &numbers)),
        map_credits: [SITES_CREDIT, BOUNDARY_CREDIT, RIVER_CREDIT],
        views: views(t, view),
        chart: Chart::of_people(t, &board.trend, now),
        queue: Queue::of(t, &board, now),
        sites: board
            .sites
            .iter()
            .map(|row| SiteLine {
                number: numbers.get(&row.site).copied().unwrap_or_default(),
                ..SiteLine::of(t, row, now)
            })
            .collect(),
        districts: board.districts,
        hazards: hazard_choices(t),
        shell,
    })
}

/// 「ほかに進行中の災害: …」: the board is about one, and hides none.
fn others(t: &Text, board: &Board) -> String {
    let one = |other: &Incident| format!("{} {}", words::kind(t, other.kind), other.title);
    let all: Vec<_> = board.others.iter().map(one).collect();
    if all.is_empty() {
        return String::new();
    }
    t.fill("board.others", &[("incidents", &all.join(t.say("word.and")))])
}

/// What the town's count leaves open: 「（最大45人・未受信1か所）」.
fn doubt(t: &Text, board: &Board) -> String {
    let exact = t.fill("people.exact", &[("n", &board.people.sure.to_string())]);
    let whole = words::headcount(t, board.people);
    whole.strip_prefix(&exact).unwrap_or(&whole).trim().to_owned()
}

/// The number of each site on the map: from north to south; those that nobody placed come last.
fn numbers(sites: &[SiteRow]) -> BTreeMap<SiteId, usize> {
    let mut by_place: Vec<&SiteRow> = sites.iter().collect();
    by_place.sort_by_key(|row| {
        (row.place.is_none(), row.place.map(|(north, _)| std::cmp::Reverse(north)), row.site)
    });
    by_place.into_iter().zip(1..).map(|(row, number)| (row.site, number)).collect()
}

/// The sites that somebody placed, as the map draws them.
fn places(t: &Text, sites: &[SiteRow], numbers: &BTreeMap<SiteId, usize>) -> Vec<Place> {
    let place = |row: &SiteRow| {
        let number = numbers.get(&row.site).copied().unwrap_or_default();
        let people = words::headcount(t, row.people);
        let values = [
            ("number", number.to_string()),
            ("name", row.name.clone()),
            ("state", words::state(t, row.state).to_owned()),
            ("people", people),
        ];
        let values: Vec<_> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let is_unfit = row.validity.iter().any(|(_, found)| *found == Validity::NotDesignated);
        let mut said = t.fill("map.site", &values);
        if is_unfit {
            said.push_str(&format!(" {}", t.say("map.unfit")));
        }
        Some(Place {
            site: row.site,
            number,
            name: row.name.clone(),
            at: row.place?,
            state: row.state,
            congestion: row.congestion,
            is_unfit,
            said,
            href: format!("/desk?site={}", row.site),
        })
    };
    sites.iter().filter_map(place).collect()
}

/// The ways to other parts of the map.
fn views(t: &'static Text, shown: &str) -> Vec<Way> {
    let way = |name: &str, label| Way {
        href: if name.is_empty() { "/board".to_owned() } else { format!("/board?map={name}") },
        label,
        is_here: name == shown,
    };
    vec![
        way("", t.say("map.whole")),
        way("north", t.say("map.north")),
        way("south", t.say("map.south")),
    ]
}

/// `POST /incident/open`
pub(crate) async fn open_incident(State(app): State<App>, form: StaffForm) -> Response {
    let back = app.home(form.staff.role);
    let title = match TITLE.required(&form.fields, TITLE_CHARS_MAX) {
        Ok(title) => title,
        Err(mistake) => return form.mend(&app, &mistake, back),
    };
    if let Some(open) = app.town().incident() {
        let said = form.t().fill("incident.already", &[("title", &open.title)]);
        return form.refuse(&app, &said, back);
    }
    let Some(kind) = kind_of(&app, &form) else {
        return form.refuse(&app, form.t().say("incident.drill_town"), back);
    };
    let ticked =
        |hazard: &Hazard| form.fields.all("hazard").any(|code| code == words::hazard_code(*hazard));
    let hazards = Hazard::ALL.into_iter().filter(ticked).collect();
    let done = form.t().fill("done.incident_open", &[("title", &title)]);
    form.send(&app, Order::OpenIncident(Opening { kind, title, hazards }), done, back).await
}

/// Whether a form begins a disaster or a drill: what is not said to be a drill is taken for real,
/// but in a town that is a rehearsal by its key. `None` where it asks that town for a disaster.
pub(crate) fn kind_of(app: &App, form: &StaffForm) -> Option<IncidentKind> {
    let is_drill_town = app.town().place().is_drill_town;
    match form.fields.text("kind") {
        "drill" => Some(IncidentKind::Drill),
        "" if is_drill_town => Some(IncidentKind::Drill),
        _ => (!is_drill_town).then_some(IncidentKind::Real),
    }
}

/// `POST /incident/close`
pub(crate) async fn close_incident(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let incident = form.fields.read("incident")?;
    let people = app.town().board().people;
    if people.at_most > 0 && !confirm::is_sure(&form.fields) {
        let t = form.t();
        let people = words::headcount(t, people);
        return Ok(form.ask(
            &app,
            confirm::Question {
                sure: confirm::YES,
                asked: t.fill("confirm.end", &[("people", &people)]),
                note: t.say("incident.close_note"),
                yes: t.say("incident.close"),
                back: "/board",
            },
        ));
    }
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
                sure: confirm::YES,
                asked: t.fill("confirm.close", &values),
                note: t.say("confirm.close_note"),
                yes: t.say("confirm.close_yes"),
                back,
            },
        ));
    }
    let done = t.fill("done.site", &[("name", &name), ("state", state_word)]);
    let Some(kind) = kind_of(app, &form) else {
        return Ok(form.refuse(app, t.say("incident.drill_town"), back));
    };
    let opening = (state == SiteState::Open).then(|| Opening {
        kind,
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
