//! The residents' page: which shelters are open, by phone, with nothing about anybody.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use digiana_core::fact::shelter::SiteState;

use crate::app::App;
use crate::backend::PublicShelter;
use crate::data::SITES_CREDIT;
use crate::page::board::{IncidentLine, ValidityLine, validities};
use crate::page::shell::{self, Shell, Visit};
use crate::page::{when, words};
use crate::routes::see_other;
use crate::text::Text;

/// How often the page asks again by itself: seconds.
const REFRESH_SECONDS: u32 = 60;

/// The public shelters as bytes, made once for each change of the town.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    /// The change they are of.
    pub(crate) change: u64,
    /// The GeoJSON text.
    pub(crate) body: Arc<str>,
    /// Its strong entity tag, quotes included.
    pub(crate) tag: String,
}

#[derive(Template)]
#[template(path = "public.html")]
struct PublicPage {
    shell: Shell,
    incident: Option<IncidentLine>,
    as_of: String,
    open: Vec<ShelterLine>,
    others: Vec<ShelterLine>,
    credit: &'static str,
}

struct ShelterLine {
    name: String,
    address: String,
    state: String,
    state_code: &'static str,
    congestion: String,
    people: String,
    is_welfare: bool,
    hazards: Vec<ValidityLine>,
    geo: Option<String>,
    as_of: Option<String>,
}

/// `GET /public`
pub(crate) async fn to_folder() -> Response {
    see_other("/public/")
}

/// `GET /public/`
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Response {
    let mut shell = Shell::plain(&app, visit.lang, &visit.path);
    shell.refresh = REFRESH_SECONDS;
    let (t, now) = (shell.t, app.town().now());
    let town = app.town().public();
    let (open, others): (Vec<_>, Vec<_>) =
        town.shelters.iter().partition(|shelter| shelter.state == SiteState::Open);
    let lines = |shelters: Vec<&PublicShelter>| {
        shelters.into_iter().map(|shelter| line(t, shelter, now)).collect()
    };
    shell::html(&PublicPage {
        incident: town.incident.as_ref().map(|incident| IncidentLine::of(t, incident, now)),
        as_of: t.fill(
            "public.as_of",
            &[
                ("at", &when::stamp(t, town.updated_at, now)),
                ("age", &when::age(t, town.updated_at, now)),
            ],
        ),
        open: lines(open),
        others: lines(others),
        credit: SITES_CREDIT,
        shell,
    })
}

fn line(t: &Text, shelter: &PublicShelter, now: i64) -> ShelterLine {
    ShelterLine {
        name: shelter.name.clone(),
        address: shelter.address.clone(),
        state: words::state(t, shelter.state).to_owned(),
        state_code: words::state_code(shelter.state),
        congestion: words::congestion(t, shelter.congestion).to_owned(),
        people: words::band(t, shelter.people).to_owned(),
        is_welfare: shelter.is_welfare,
        hazards: validities(t, &shelter.hazards),
        geo: shelter.place.map(words::geo),
        as_of: shelter.updated_at.map(|at| when::age(t, at, now)),
    }
}
