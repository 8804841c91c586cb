//! `/api/v1/public/shelters`: a GeoJSON FeatureCollection with nothing about anybody.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use digiana_core::fact::shelter::IncidentKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::backend::{self, Incident, PublicShelter, PublicTown};
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
#[utoipa::path(
    get,
    path = "/api/v1/public/shelters",
    params(("If-None-Match" = Option<String>, Header, description = "The tag of a copy held")),
    responses(
        (status = 200, description = "The town's shelters, with nothing about anybody",
            body = FeatureCollection, content_type = "application/geo+json",
            headers(("ETag" = String, description = "Changes exactly when the bytes do"))),
        (status = 304, description = "The copy held is as new as this"),
    )
)]
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
    let body = FeatureCollection::of(&app.town().public(), app.town().place().is_drill_town);
    let body = serde_json::to_string(&body).expect("texts and numbers can be written");
    let tag = format!("\"{}\"", blake3::hash(body.as_bytes()).to_hex());
    let tag = HeaderValue::try_from(tag).expect("a tag is hexadecimal digits in quotes");
    let made = Published { change, made_at: now, body: body.into(), tag };
    *kept = Some(made.clone());
    made
}

/// The town's shelters as GeoJSON (RFC 7946), with members of our own beside `features`.
#[derive(Debug, Serialize, ToSchema)]
struct FeatureCollection {
    #[schema(pattern = "^FeatureCollection$")]
    r#type: &'static str,
    /// It is a drill (訓練), not a disaster.
    drill: bool,
    /// As of when; null where nothing was ever published.
    #[schema(format = DateTime)]
    updated_at: Option<String>,
    /// What districts are to do, the most urgent first; only what is in force.
    warnings: Vec<Warning>,
    /// The disaster; null in quiet times.
    incident: Option<IncidentName>,
    features: Vec<Feature>,
}

/// What people call the disaster.
#[derive(Debug, Serialize, ToSchema)]
struct IncidentName {
    title: String,
}

/// What a district is to do (避難情報), as staff entered it. Official orders come by other roads.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Warning {
    /// Empty for the whole town.
    district: String,
    /// The warning level (警戒レベル): 3, 4 or 5.
    #[schema(minimum = 3, maximum = 5)]
    level: u8,
    #[schema(format = DateTime)]
    since: String,
}

/// One place.
#[derive(Debug, Serialize, ToSchema)]
struct Feature {
    #[schema(pattern = "^Feature$")]
    r#type: &'static str,
    id: String,
    /// Null where nobody has entered it.
    geometry: Option<Point>,
    properties: Properties,
}

/// Where a place is.
#[derive(Debug, Serialize, ToSchema)]
struct Point {
    #[schema(pattern = "^Point$")]
    r#type: &'static str,
    /// Degrees east and north, WGS 84.
    coordinates: [f64; 2],
}

/// What anyone may know of a place.
#[derive(Debug, Serialize, ToSchema)]
struct Properties {
    /// 16 hexadecimal digits.
    id: String,
    name: String,
    /// `not_opened`, `preparing`, `open`, `suspended` or `closed`.
    state: &'static str,
    /// `free`, `some`, `crowded` or `full`; null where nobody knows.
    congestion: Option<&'static str>,
    /// How many are there, roughly: never a count. Null where nobody knows.
    headcount_band: Option<&'static str>,
    /// How many it holds, as staff entered it.
    capacity: Option<u32>,
    /// By hazard `designated`, `not_designated` or `out_of_scope`, which says nothing.
    hazards: BTreeMap<&'static str, &'static str>,
    /// When its state was last set; null where it never was.
    #[schema(format = DateTime)]
    updated_at: Option<String>,
}

impl FeatureCollection {
    fn of(town: &PublicTown, is_drill_town: bool) -> Self {
        let is_drill = |incident: &Incident| is_drill_town || incident.kind == IncidentKind::Drill;
        let title = |incident: &Incident| IncidentName { title: incident.title.clone() };
        Self {
            r#type: "FeatureCollection",
            drill: town.incident.as_ref().map_or(is_drill_town, is_drill),
            updated_at: town.updated_at.map(when::rfc3339),
            warnings: town.warnings.iter().filter_map(Warning::of).collect(),
            incident: town.incident.as_ref().map(title),
            features: town.shelters.iter().map(Feature::of).collect(),
        }
    }
}

impl Warning {
    /// A warning in force; none of a lifted one.
    pub(super) fn of(warning: &backend::Warning) -> Option<Self> {
        Some(Self {
            district: warning.district.clone(),
            level: warning.level?.number(),
            since: when::rfc3339(warning.since),
        })
    }
}

impl Feature {
    fn of(shelter: &PublicShelter) -> Self {
        let hazards = shelter.hazards.iter();
        let hazards = hazards
            .map(|(hazard, found)| (words::hazard_code(*hazard), words::validity_code(*found)));
        let point =
            |(north, east)| Point { r#type: "Point", coordinates: [degrees(east), degrees(north)] };
        Self {
            r#type: "Feature",
            id: shelter.site.to_string(),
            geometry: shelter.place.map(point),
            properties: Properties {
                id: shelter.site.to_string(),
                name: shelter.name.clone(),
                state: words::state_code(shelter.state),
                congestion: shelter.congestion.map(words::congestion_code),
                headcount_band: shelter.people.map(words::band_code),
                capacity: shelter.capacity,
                hazards: hazards.collect(),
                updated_at: shelter.updated_at.map(when::rfc3339),
            },
        }
    }
}

/// Degrees from millionths. No coordinate has so many digits that a double would lose one.
fn degrees(millionths: i64) -> f64 {
    let whole = i32::try_from(millionths).unwrap_or_default();
    f64::from(whole) / 1_000_000.0
}
