//! JSON that forgets nothing: an object keeps a field that stands there twice.
//!
//! `serde_json::Value` keeps the last of two fields of one name and tells nobody. A row with two
//! flood flags must be refused, so the tree here keeps its fields in a list.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{FILE_BYTES_MAX, Place, Wrong};

/// A JSON value with its fields in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool,
    Number(serde_json::Number),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads a whole file. A byte-order mark in front is allowed.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, (Place, Wrong)> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err((
                Place::File,
                Wrong::FileTooLong { bytes: bytes.len(), max: FILE_BYTES_MAX },
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            (place_after(&String::from_utf8_lossy(good)), Wrong::NotUtf8)
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let place = Place::Text { line, column: characters(text, line, column) };
            let reason = error.to_string();
            let end = format!(" at line {line} column {column}");
            let reason = reason.strip_suffix(&end).unwrap_or(&reason);
            (place, Wrong::NotJson { reason: reason.to_owned() })
        })
    }

    /// What the value is, for a message.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The first field of this name, if this is an object that has one.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        self.fields().iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// The fields of an object in the order of the file; none of anything else.
    pub(super) fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Object(fields) => fields,
            Self::Null | Self::Bool | Self::Number(_) | Self::Text(_) | Self::List(_) => &[],
        }
    }

    /// The fields that repeat an earlier one of their object, here and in all that is within.
    pub(super) fn doubled_fields(&self) -> Vec<&str> {
        match self {
            Self::Null | Self::Bool | Self::Number(_) | Self::Text(_) => Vec::new(),
            Self::List(values) => values.iter().flat_map(Self::doubled_fields).collect(),
            Self::Object(fields) => {
                let mut seen = BTreeSet::new();
                let mut doubled = Vec::new();
                for (name, value) in fields {
                    if !seen.insert(name.as_str()) {
                        doubled.push(name.as_str());
                    }
                    doubled.extend(value.doubled_fields());
                }
                doubled
            }
        }
    }
}

/// The place of the character behind `text`.
fn place_after(text: &str) -> Place {
    let line = text.split('\n').count();
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Place::Text { line, column }
}

/// The character, from 1, that `byte` (from 1) of `line` (from 1) belongs to.
fn characters(text: &str, line: usize, byte: usize) -> usize {
    let line = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    line.char_indices().take_while(|(start, _)| *start < byte).count().max(1)
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Bool)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(serde_json::Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = object.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }
}
