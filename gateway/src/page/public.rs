//! The residents' page: what to do, which shelters are open, by phone, with nothing about anybody.

mod card;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use digiana_core::fact::shelter::SiteState;
use digiana_core::fact::warning::WarningLevel;
use digiana_core::id::SiteId;
use serde::Deserialize;

use self::card::{Card, anchor};
use crate::app::App;
use crate::asset;
use crate::backend::{PublicShelter, PublicTown, Warning};
use crate::data::{BOUNDARY_CREDIT, RIVER_CREDIT, SITES_CREDIT};
use crate::import::hazard::Hazard;
use crate::map::{Place, Sheet, View};
use crate::page::board::IncidentLine;
use crate::page::board::warning::WarningLine;
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit, Way};
use crate::page::{when, words};
use crate::routes::see_other;
use crate::text::Text;

/// How often the page asks again by itself: seconds.
const REFRESH_SECONDS: u32 = 60;

#[derive(Template)]
#[template(path = "public.html")]
struct PublicPage {
    shell: Shell,
    script: &'static str,
    incident: Option<IncidentLine>,
    as_of: Option<AsOf>,
    warnings: Vec<Told>,
    open: Vec<Card>,
    others: Vec<Card>,
    map: Sheet,
    map_credits: [&'static str; 3],
    views: Vec<Way>,
}

/// As of when the page is.
struct AsOf {
    said: String,
    age: Age,
}

/// How old something is, in words, and in seconds so that the page can go on counting.
pub(crate) struct Age {
    said: String,
    seconds: i64,
}

impl Age {
    fn of(t: &Text, at: i64, now: i64) -> Self {
        Self { said: when::age(t, at, now), seconds: now.saturating_sub(at).max(0) }
    }
}

/// What a district was told, and what that asks of people.
struct Told {
    line: WarningLine,
    to_do: &'static str,
}

impl Told {
    fn of(t: &'static Text, warning: &Warning, now: i64) -> Option<Self> {
        let to_do = match warning.level? {
            WarningLevel::ElderlyLeave => t.say("public.elderly_leave"),
            WarningLevel::EveryoneLeaves => t.say("public.everyone_leaves"),
            WarningLevel::SaveYourself => t.say("public.save_yourself"),
        };
        Some(Self { line: WarningLine::of(t, warning, now), to_do })
    }
}

/// Which part of the map is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    map: Option<String>,
}

/// `GET /public`
pub(crate) async fn to_folder() -> Response {
    see_other("/public/")
}

/// `GET /public/`
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Response {
    let mut shell = Shell::plain(&app, visit.lang, &visit.path);
    shell.refresh = REFRESH_SECONDS;
    let (t, now) = (shell.t, app.town().now());
    let town = app.town().public();
    let threats = town.incident.as_ref().map_or(&[][..], |incident| &incident.hazards);
    let numbers = numbers(&town.shelters);
    let card = |shelter: &PublicShelter| {
        let number = numbers.get(&shelter.site).copied().unwrap_or_default();
        Card::of(t, shelter, number, threats, now)
    };
    let is_open = |shelter: &&PublicShelter| shelter.state == SiteState::Open;
    let view = asked.map.as_deref().unwrap_or_default();
    shell::html(&PublicPage {
        script: asset::public_script().href,
        incident: town.incident.as_ref().map(|incident| IncidentLine::of(t, incident, now)),
        as_of: town.updated_at.map(|at| AsOf {
            said: t.fill("public.as_of", &[("at", &when::stamp(t, at, now))]),
            age: Age::of(t, at, now),
        }),
        warnings: town.warnings.iter().filter_map(|held| Told::of(t, held, now)).collect(),
        open: town.shelters.iter().filter(is_open).map(card).collect(),
        others: town.shelters.iter().filter(|shelter| !is_open(shelter)).map(card).collect(),
        map: Sheet::draw(View::read(view), places(t, &town, &numbers, threats)),
        map_credits: [SITES_CREDIT, BOUNDARY_CREDIT, RIVER_CREDIT],
        views: views(t, view),
        shell,
    })
}

/// The number of each site on the map: from north to south; those that nobody placed come last.
fn numbers(shelters: &[PublicShelter]) -> BTreeMap<SiteId, usize> {
    let mut by_place: Vec<&PublicShelter> = shelters.iter().collect();
    by_place.sort_by_key(|shelter| {
        let north = shelter.place.map(|(north, _)| std::cmp::Reverse(north));
        (shelter.place.is_none(), north, shelter.site)
    });
    by_place.into_iter().zip(1..).map(|(shelter, number)| (shelter.site, number)).collect()
}

/// The sites that somebody placed, as the map draws them.
fn places(
    t: &Text,
    town: &PublicTown,
    numbers: &BTreeMap<SiteId, usize>,
    threats: &[Hazard],
) -> Vec<Place> {
    let place = |shelter: &PublicShelter| {
        let number = numbers.get(&shelter.site).copied().unwrap_or_default();
        let is_unfit = card::is_unfit(shelter, threats);
        let is_open = shelter.state == SiteState::Open;
        let crowd = if is_open { words::congestion(t, shelter.congestion) } else { "" };
        let values = [
            ("number", number.to_string()),
            ("name", shelter.name.clone()),
            ("state", words::state(t, shelter.state).to_owned()),
            ("people", crowd.to_owned()),
        ];
        let values: Vec<_> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let unfit = if is_unfit { t.say("map.unfit") } else { "" };
        Some(Place {
            site: shelter.site,
            number,
            name: shelter.name.clone(),
            at: shelter.place?,
            state: shelter.state,
            congestion: shelter.congestion.filter(|_| is_open),
            is_unfit,
            said: format!("{} {unfit}", t.fill("map.site", &values).trim()).trim().to_owned(),
            href: format!("#{}", anchor(shelter.site)),
        })
    };
    town.shelters.iter().filter_map(place).collect()
}

/// The ways to other parts of the map.
fn views(t: &'static Text, shown: &str) -> Vec<Way> {
    let way = |name: &str, label| Way {
        href: if name.is_empty() {
            "/public/#map".to_owned()
        } else {
            format!("/public/?map={name}#map")
        },
        label,
        is_here: name == shown,
    };
    vec![
        way("", t.say("map.whole")),
        way("north", t.say("map.north")),
        way("south", t.say("map.south")),
    ]
}
