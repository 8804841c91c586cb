//! The rows of GSI's files on 指定緊急避難場所 and 指定避難所.
//!
//! A file is a list of GeoJSON features, bare as GSI's data comes by municipality, or within a
//! `FeatureCollection`. Each feature is a `Point` (longitude first) with these properties:
//!
//! | property | emergency file | shelter file |
//! |---|---|---|
//! | `NO` | a number of the nationwide list, not read: it moves between editions | the same |
//! | `共通ID` | the key of the row | the same |
//! | `都道府県名及び市町村名`, `施設・場所名`, `住所` | texts | the same |
//! | `洪水`, `崖崩れ、土石流及び地滑り`, `高潮`, `地震`, `津波`, `大規模な火事`, `内水氾濫`, `火山現象` | `"1"` or `""` | not there |
//! | `指定避難所との住所同一` | `"1"` or `""`, not read: the key says it better | not there |
//! | `指定緊急避難場所との住所同一` | not there | `"1"` or `""`, not read |
//! | `その他市町村長が必要と認める事項` | not there | a text, `""` or `null` |
//! | `受入対象者` | not there | a text (`要配慮者`), `""` or `null` |
//! | `備考` | a text or `""` | the same |
//!
//! The files write 指定あり as `"1"` and 指定なし as an empty text. They have no word for 対象外の区分: it is
//! what holds for a row of the shelter file, whose hazards are not there at all.

use std::collections::BTreeSet;

use super::hazard::{Hazard, Hazards, Validity};
use super::json::Json;
use super::sites::{CommonId, Designation, DesignationKind, is_in_japan};
use super::{FILE_ROWS_MAX, Mistakes, Place, Wrong, quoted};

/// The property with the key of a row.
pub(super) const COMMON_ID: &str = "共通ID";

const MUNICIPALITY: &str = "都道府県名及び市町村名";
const NAME: &str = "施設・場所名";
const ADDRESS: &str = "住所";
const ADMITS: &str = "受入対象者";
const MAYORS_REMARK: &str = "その他市町村長が必要と認める事項";
const REMARK: &str = "備考";

/// The properties that only a row of the shelter file has.
const SHELTER_ONLY: [&str; 3] = [ADMITS, MAYORS_REMARK, "指定緊急避難場所との住所同一"];

/// The property that only a row of the emergency file has beside its hazards.
const SAME_ADDRESS_AS_SHELTER: &str = "指定避難所との住所同一";

/// The most characters a name, an address or a remark may have.
const TEXT_CHARS_MAX: usize = 200;

/// One good row.
#[derive(Debug)]
pub(super) struct Row {
    /// Its place in the file, from 1.
    pub(super) number: usize,
    pub(super) designation: Designation,
    pub(super) municipality: String,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) longitude: f64,
    pub(super) latitude: f64,
}

/// The good rows of a file; whatever is wrong with the others, or with all, goes to `mistakes`.
pub(super) fn read_file(file: &str, bytes: &[u8], mistakes: &mut Mistakes) -> Vec<Row> {
    let tree = match Json::parse(bytes) {
        Ok(tree) => tree,
        Err((place, wrong)) => {
            mistakes.push(file, place, wrong);
            return Vec::new();
        }
    };
    let mut known = BTreeSet::new();
    for (field, _) in tree.fields() {
        if !known.insert(field) {
            mistakes.push(file, Place::Field { name: field.clone() }, Wrong::DoubledField);
        }
    }
    let features = match features(&tree) {
        Ok(features) => features,
        Err(wrong) => {
            mistakes.push(file, Place::File, wrong);
            return Vec::new();
        }
    };
    let numbered = features.iter().enumerate().map(|(index, feature)| (index + 1, feature));
    numbered
        .filter_map(|(number, feature)| RowReader::new(file, number, feature, mistakes).read())
        .collect()
}

fn features(tree: &Json) -> Result<&[Json], Wrong> {
    let list = match tree {
        Json::Object(_) => tree
            .field("features")
            .ok_or(Wrong::NotRows { found: "an object without `features`" })?,
        Json::Null | Json::Bool | Json::Number(_) | Json::Text(_) | Json::List(_) => tree,
    };
    match list {
        Json::List(rows) if rows.is_empty() => Err(Wrong::Empty),
        Json::List(rows) if rows.len() > FILE_ROWS_MAX => {
            Err(Wrong::TooManyRows { rows: rows.len(), max: FILE_ROWS_MAX })
        }
        Json::List(rows) => Ok(rows),
        Json::Null | Json::Bool | Json::Number(_) | Json::Text(_) | Json::Object(_) => {
            Err(Wrong::NotRows { found: list.what() })
        }
    }
}

/// Reads one feature to its end, whatever it meets, so that all its mistakes are told at once.
struct RowReader<'a> {
    file: &'a str,
    number: usize,
    feature: &'a Json,
    common_id: Option<CommonId>,
    mistakes: &'a mut Mistakes,
}

impl<'a> RowReader<'a> {
    fn new(file: &'a str, number: usize, feature: &'a Json, mistakes: &'a mut Mistakes) -> Self {
        let key = feature.field("properties").and_then(|properties| properties.field(COMMON_ID));
        let common_id = match key {
            Some(Json::Text(text)) => CommonId::parse(text),
            _ => None,
        };
        Self { file, number, feature, common_id, mistakes }
    }

    fn read(mut self) -> Option<Row> {
        let doubled = self.feature.doubled_fields();
        for field in &doubled {
            self.wrong(field, Wrong::DoubledField);
        }
        if !matches!(self.feature, Json::Object(_)) {
            let found = self.feature.what();
            self.wrong_row(Wrong::WrongType { expected: "a GeoJSON feature", found });
            return None;
        }
        let point = self.point();
        let properties = self.object(self.feature, "properties")?;
        self.common_id(properties);
        let municipality = self.text(properties, MUNICIPALITY, "prefecture and municipality");
        let name = self.text(properties, NAME, "the name of the place");
        let address = self.text_or_blank(properties, ADDRESS);
        let kind = self.kind(properties);
        let remark = self.text_or_blank(properties, REMARK);
        let mayors_remark = properties.field(MAYORS_REMARK).map(|_| MAYORS_REMARK);
        let mayors_remark =
            mayors_remark.and_then(|property| self.text_or_blank(properties, property));
        if !doubled.is_empty() {
            return None;
        }
        let (longitude, latitude) = point?;
        let remarks = [mayors_remark, remark].into_iter().flatten().filter(|text| !text.is_empty());
        Some(Row {
            number: self.number,
            designation: Designation {
                common_id: self.common_id?,
                kind: kind?,
                remarks: remarks.collect(),
            },
            municipality: municipality?,
            name: name?,
            address: address?,
            longitude,
            latitude,
        })
    }

    fn wrong(&mut self, property: &str, wrong: Wrong) {
        self.push(Some(property.to_owned()), wrong);
    }

    fn wrong_row(&mut self, wrong: Wrong) {
        self.push(None, wrong);
    }

    fn push(&mut self, property: Option<String>, wrong: Wrong) {
        let key = self.common_id.as_ref().map(ToString::to_string);
        let place = Place::Row { number: self.number, key, property };
        self.mistakes.push(self.file, place, wrong);
    }

    fn object<'j>(&mut self, within: &'j Json, property: &str) -> Option<&'j Json> {
        match within.field(property) {
            Some(object @ Json::Object(_)) => Some(object),
            Some(other) => {
                let wrong = Wrong::WrongType { expected: "an object", found: other.what() };
                self.wrong(property, wrong);
                None
            }
            None => {
                self.wrong(property, Wrong::Missing { expected: "an object" });
                None
            }
        }
    }

    /// Longitude and latitude in degrees.
    fn point(&mut self) -> Option<(f64, f64)> {
        const EXPECTED: &str = "longitude and latitude in degrees";
        let geometry = self.object(self.feature, "geometry")?;
        match geometry.field("type") {
            Some(Json::Text(kind)) if kind == "Point" => {}
            Some(Json::Text(kind)) => {
                let found = quoted(kind);
                self.wrong("geometry", Wrong::WrongValue { expected: "a Point", found });
                return None;
            }
            Some(other) => {
                let wrong = Wrong::WrongType { expected: "a Point", found: other.what() };
                self.wrong("geometry", wrong);
                return None;
            }
            None => {
                self.wrong("geometry", Wrong::Missing { expected: "a Point" });
                return None;
            }
        }
        let Some(coordinates) = geometry.field("coordinates") else {
            self.wrong("coordinates", Wrong::Missing { expected: EXPECTED });
            return None;
        };
        let Json::List(numbers) = coordinates else {
            let found = coordinates.what();
            self.wrong("coordinates", Wrong::WrongType { expected: EXPECTED, found });
            return None;
        };
        // GeoJSON allows a height as a third number; what it stands on is not the map's business.
        let ([longitude, latitude] | [longitude, latitude, _]) = numbers.as_slice() else {
            let found = format!("{} values", numbers.len());
            self.wrong("coordinates", Wrong::WrongValue { expected: EXPECTED, found });
            return None;
        };
        let longitude = self.degrees(longitude, EXPECTED)?;
        let latitude = self.degrees(latitude, EXPECTED)?;
        if !is_in_japan(longitude, latitude) {
            self.wrong("coordinates", Wrong::OutsideJapan { longitude, latitude });
            return None;
        }
        Some((longitude, latitude))
    }

    fn degrees(&mut self, value: &Json, expected: &'static str) -> Option<f64> {
        let number = match value {
            Json::Number(number) => number.as_f64(),
            Json::Null | Json::Bool | Json::Text(_) | Json::List(_) | Json::Object(_) => None,
        };
        if number.is_none() {
            let found = value.what();
            self.wrong("coordinates", Wrong::WrongType { expected, found });
        }
        number
    }

    /// Says what is wrong with the row's key, which [`new`](Self::new) has read already if it is good.
    fn common_id(&mut self, properties: &Json) {
        const EXPECTED: &str = "E and 13 digits";
        if self.common_id.is_some() {
            return;
        }
        let wrong = match properties.field(COMMON_ID) {
            Some(Json::Text(text)) => {
                Wrong::WrongValue { expected: EXPECTED, found: quoted_value(text) }
            }
            Some(other) => Wrong::WrongType { expected: EXPECTED, found: other.what() },
            None => Wrong::Missing { expected: EXPECTED },
        };
        self.wrong(COMMON_ID, wrong);
    }

    /// A text that says something.
    fn text(&mut self, from: &Json, property: &str, expected: &'static str) -> Option<String> {
        match from.field(property) {
            Some(Json::Text(text)) if is_text(text) && !text.trim().is_empty() => {
                Some(text.clone())
            }
            Some(Json::Text(text)) => {
                let found = quoted_value(text);
                self.wrong(property, Wrong::WrongValue { expected, found });
                None
            }
            Some(other) => {
                self.wrong(property, Wrong::WrongType { expected, found: other.what() });
                None
            }
            None => {
                self.wrong(property, Wrong::Missing { expected });
                None
            }
        }
    }

    /// A text, or nothing written as an empty text or as `null`: the files do both.
    fn text_or_blank(&mut self, from: &Json, property: &str) -> Option<String> {
        const EXPECTED: &str = "a text, which may be empty";
        match from.field(property) {
            Some(Json::Null) => Some(String::new()),
            Some(Json::Text(text)) if is_text(text) => Some(text.trim().to_owned()),
            Some(Json::Text(text)) => {
                let found = quoted_value(text);
                self.wrong(property, Wrong::WrongValue { expected: EXPECTED, found });
                None
            }
            Some(other) => {
                let found = other.what();
                self.wrong(property, Wrong::WrongType { expected: EXPECTED, found });
                None
            }
            None => {
                self.wrong(property, Wrong::Missing { expected: EXPECTED });
                None
            }
        }
    }

    /// An emergency row has hazards; a shelter row says whom it admits. One of the two must hold.
    fn kind(&mut self, properties: &Json) -> Option<DesignationKind> {
        let has = |property: &str| properties.field(property).is_some();
        let of_shelter = SHELTER_ONLY.into_iter().find(|property| has(property));
        let of_emergency = has(SAME_ADDRESS_AS_SHELTER)
            || Hazard::ALL.into_iter().any(|hazard| has(hazard.property()));
        match (of_emergency, of_shelter) {
            (true, Some(property)) => {
                self.wrong(property, Wrong::BothKinds);
                None
            }
            (true, None) => self.emergency(properties),
            (false, _) => self.shelter(properties),
        }
    }

    fn emergency(&mut self, properties: &Json) -> Option<DesignationKind> {
        let mut all_read = true;
        let hazards = Hazards::from_fn(|hazard| {
            self.validity(properties, hazard).unwrap_or_else(|| {
                all_read = false;
                Validity::OutOfScope
            })
        });
        all_read.then_some(DesignationKind::Emergency { hazards })
    }

    fn validity(&mut self, properties: &Json, hazard: Hazard) -> Option<Validity> {
        const EXPECTED: &str = "\"1\" for 指定あり or an empty text for 指定なし";
        let wrong = match properties.field(hazard.property()) {
            Some(Json::Text(flag)) if flag == "1" => return Some(Validity::Designated),
            Some(Json::Text(flag)) if flag.is_empty() => return Some(Validity::NotDesignated),
            Some(Json::Text(flag)) => {
                Wrong::WrongValue { expected: EXPECTED, found: quoted_value(flag) }
            }
            Some(Json::Null) => return Some(Validity::NotDesignated),
            Some(other) => Wrong::WrongType { expected: EXPECTED, found: other.what() },
            None => Wrong::Missing { expected: EXPECTED },
        };
        self.wrong(hazard.property(), wrong);
        None
    }

    fn shelter(&mut self, properties: &Json) -> Option<DesignationKind> {
        let admits = self.text_or_blank(properties, ADMITS)?;
        Some(if admits.is_empty() {
            DesignationKind::Shelter
        } else {
            DesignationKind::Welfare { admits }
        })
    }
}

/// Whether a text can stand on a page as it is.
fn is_text(text: &str) -> bool {
    text.chars().count() <= TEXT_CHARS_MAX && !text.chars().any(char::is_control)
}

fn quoted_value(text: &str) -> String {
    format!("\"{}\"", quoted(text))
}
