//! The public data of Misato that every gateway carries, so that a map can be drawn with all lines
//! cut.
//!
//! Sources and licences stand in `data/misato/SOURCES.md`; whoever shows a part shows its credit.

use serde::Deserialize;

use crate::import::sites::{SiteImport, read_gsi};

/// 指定緊急避難場所 of Misato with their hazards, as GSI gives them.
pub const GSI_EMERGENCY: &[u8] = include_bytes!("../data/misato/gsi-emergency-324485.json");

/// 指定避難所 of Misato, as GSI gives them.
pub const GSI_EVACUATION: &[u8] = include_bytes!("../data/misato/gsi-evacuation-324485.json");

/// The town's boundary as GeoJSON.
pub const BOUNDARY: &str = include_str!("../data/misato/misato-boundary.geojson");

/// The closed railway along the Gōnokawa as GeoJSON: a stand-in for the river, to be shown as
/// 概略 only.
pub const RIVER: &str = include_str!("../data/misato/gonokawa-proxy.geojson");

/// What must be read beside sites taken from [`GSI_EMERGENCY`] or [`GSI_EVACUATION`].
pub const SITES_CREDIT: &str = "出典：国土地理院";

/// What must be read beside [`town_boundary`].
pub const BOUNDARY_CREDIT: &str = "出典：国土数値情報（国土交通省）を加工";

/// What must be read beside [`river_course`].
pub const RIVER_CREDIT: &str =
    "江の川は概略（旧三江線の線路による）：station_database（CC BY 4.0）";

/// A line on the map: longitude and latitude in degrees.
pub type Line = Vec<(f64, f64)>;

/// GSI's two files with their names, as [`read_gsi`] takes them.
pub fn gsi_files() -> [(&'static str, &'static [u8]); 2] {
    [("gsi-emergency-324485.json", GSI_EMERGENCY), ("gsi-evacuation-324485.json", GSI_EVACUATION)]
}

/// The places of evacuation in the carried files, by key.
pub fn sites() -> Vec<SiteImport> {
    read_gsi(&gsi_files()).expect("the carried files are read by a test")
}

/// The rings of the town's boundary, each closed.
pub fn town_boundary() -> Vec<Line> {
    lines(BOUNDARY).expect("the carried boundary is read by a test")
}

/// The schematic course of the Gōnokawa, in pieces.
pub fn river_course() -> Vec<Line> {
    lines(RIVER).expect("the carried course is read by a test")
}

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    geometry: Geometry,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    LineString(Line),
    Polygon(Vec<Line>),
}

fn lines(geojson: &str) -> serde_json::Result<Vec<Line>> {
    let collection: Collection = serde_json::from_str(geojson)?;
    let geometries = collection.features.into_iter().map(|feature| feature.geometry);
    Ok(geometries
        .flat_map(|geometry| match geometry {
            Geometry::LineString(line) => vec![line],
            Geometry::Polygon(rings) => rings,
        })
        .collect())
}

#[cfg(test)]
mod tests;
