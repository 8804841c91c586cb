//! `/api/v1/public/shelters`: a GeoJSON FeatureCollection with nothing about anybody.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use digiana_core::fact::shelter::IncidentKind;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::backend::{Incident, PublicShelter, PublicTown, Warning};
use crate::page::{when, words};

/// Any page of any site may show the town's shelters; a copy is fresh for a few seconds.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=5");

/// How long the bytes of one change are served: staff's word on a crowd ends by the clock, and a
/// device falls silent without a sound. Seconds.
const SERVED_FOR_SECONDS: i64 = 30;

/// The public shelters as bytes, made once for each change of the town.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    /// The change they are of.
    change: u64,
    /// When they were made: Unix seconds.
    made_at: i64,
    /// The GeoJSON text.
    body: Bytes,
    /// Its strong entity tag, quotes included.
    tag: HeaderValue,
}

/// `GET /api/v1/public/shelters`
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let published = published(&app);
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        value.to_str().is_ok_and(|list| {
            list.split(',')
                .map(str::trim)
                .map(|tag| tag.strip_prefix("W/").unwrap_or(tag))
                .any(|tag| tag == "*" || published.tag == tag)
        })
    });
    let common = [
        (header::ETAG, published.tag),
        (header::CACHE_CONTROL, CACHE),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let kind = [(header::CONTENT_TYPE, "application/geo+json")];
    (common, kind, published.body).into_response()
}

/// The bytes of the newest change; while it is the newest, nobody makes them twice in a while.
fn published(app: &App) -> Published {
    let change = *app.town().changes().borrow();
    let mut kept = app.published().lock().expect("no holder of this lock panics");
    let now = app.town().now();
    let is_fresh = |kept: &&Published| {
        kept.change == change && (0..SERVED_FOR_SECONDS).contains(&(now - kept.made_at))
    };
    if let Some(fresh) = kept.as_ref().filter(is_fresh) {
        return fresh.clone();
    }
    let body = collection(&app.town().public(), app.town().place().is_drill_town).to_string();
    let tag = format!("\"{}\"", blake3::hash(body.as_bytes()).to_hex());
    let tag = HeaderValue::try_from(tag).expect("a tag is hexadecimal digits in quotes");
    let made = Published { change, made_at: now, body: body.into(), tag };
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
        "warnings": town.warnings.iter().filter_map(told).collect::<Vec<_>>(),
        "incident": town.incident.as_ref().map(|incident| json!({ "title": incident.title })),
        "features": features,
    })
}

/// A warning in force; an empty district is the whole town.
fn told(warning: &Warning) -> Option<Value> {
    Some(json!({
        "district": warning.district,
        "level": warning.level?.number(),
        "since": when::rfc3339(warning.since),
    }))
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
