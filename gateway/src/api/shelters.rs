//! `/api/v1/public/shelters`: a GeoJSON FeatureCollection with nothing about anybody.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use digiana_core::fact::shelter::IncidentKind;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::backend::{Incident, PublicShelter, PublicTown};
use crate::page::public::Published;
use crate::page::{when, words};

/// Any page of any site may show the town's shelters; a copy is fresh for a few seconds.
const CACHE: &str = "public, max-age=5";

/// `GET /api/v1/public/shelters`
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let published = published(&app);
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        value.to_str().is_ok_and(|list| {
            list.split(',')
                .map(str::trim)
                .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == published.tag)
        })
    });
    let common = [
        (header::ETAG, published.tag.as_str()),
        (header::CACHE_CONTROL, CACHE),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let kind = [(header::CONTENT_TYPE, "application/geo+json")];
    (common, kind, published.body.to_string()).into_response()
}

/// The bytes of the newest change, made at most once for each.
fn published(app: &App) -> Published {
    let change = *app.town().changes().borrow();
    let mut kept = app.published().lock().expect("no holder of this lock panics");
    if let Some(fresh) = kept.as_ref().filter(|kept| kept.change == change) {
        return fresh.clone();
    }
    let body = collection(&app.town().public(), app.town().place().is_drill_town).to_string();
    let tag = format!("\"{}\"", blake3::hash(body.as_bytes()).to_hex());
    let made = Published { change, body: body.into(), tag };
    *kept = Some(made.clone());
    made
}

fn collection(town: &PublicTown, is_drill_town: bool) -> Value {
    let features: Vec<_> = town.shelters.iter().map(feature).collect();
    let is_drill = |incident: &Incident| is_drill_town || incident.kind == IncidentKind::Drill;
    json!({
        "type": "FeatureCollection",
        "drill": town.incident.as_ref().map_or(is_drill_town, is_drill),
        "updated_at": town.updated_at.map(when::rfc3339),
        "incident": town.incident.as_ref().map(|incident| json!({ "title": incident.title })),
        "features": features,
    })
}

fn feature(shelter: &PublicShelter) -> Value {
    let hazards: Map<String, Value> = shelter
        .hazards
        .iter()
        .map(|(hazard, found)| {
            (words::hazard_code(*hazard).to_owned(), words::validity_code(*found).into())
        })
        .collect();
    json!({
        "type": "Feature",
        "id": shelter.site.to_string(),
        "geometry": shelter.place.map(|(north, east)| json!({
            "type": "Point",
            "coordinates": [degrees(east), degrees(north)],
        })),
        "properties": {
            "id": shelter.site.to_string(),
            "name": shelter.name,
            "state": words::state_code(shelter.state),
            "congestion": shelter.congestion.map(words::congestion_code),
            "headcount_band": shelter.people.map(words::band_code),
            "capacity": shelter.capacity,
            "hazards": hazards,
            "updated_at": shelter.updated_at.map(when::rfc3339),
        },
    })
}

/// Degrees from millionths. No coordinate has so many digits that a double would lose one.
fn degrees(millionths: i64) -> f64 {
    let whole = i32::try_from(millionths).unwrap_or_default();
    f64::from(whole) / 1_000_000.0
}
