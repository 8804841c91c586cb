//! The town's lists as a file: operators, stops, routes, ticket books, point rules, and the places
//! they are about. TOML, a table for each entry.
//!
//! ```toml
//! [[operator]]
//! key = "town-bus"
//! name = "町営バス（訓練データ）"
//!
//! [[stop]]
//! key = "hall"
//! name = "役場前（訓練データ）"
//!
//! [[route]]
//! key = "valley"
//! name = "谷線（訓練データ）"
//! operator = "town-bus"
//! stops = ["hall", "school"]
//! times = ["07:00 07:12", "16:30 16:42"]
//!
//! [[product]]
//! key = "eleven"
//! name = "11回券（訓練データ）"
//! tickets = 11
//! price = 2000
//!
//! [[rule]]
//! key = "visit"
//! name = "来館（訓練データ）"
//! points = 5
//! for = "visit"
//!
//! [[site]]
//! key = "bus-1"
//! name = "町営バス1号車（訓練データ）"
//! serves = ["vehicle"]
//! operator = "town-bus"
//! ```
//!
//! A key names an entry for ever: the same key is the same entry in every import. A site's may be its
//! id, or its key in GSI's file. What a table does not say stays as it is.

mod entry;

use std::collections::BTreeSet;
use std::fmt;

use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::id::{RecordId, SiteId};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use serde::Deserialize;
use toml::Spanned;

use self::entry::{Entry, Operator, Product, Route, Rule, Site, Stop};
use super::plan::Plan;
use crate::authority::admission::parse_site;

/// What the ids of entries are hashes of.
const LIST_CONTEXT: &str = "digiana/list-key/1";

/// The most characters of a key.
const KEY_CHARS_MAX: usize = 64;

/// The id of the entry with that key in the list of that name.
pub fn record_id(list: &str, key: &str) -> RecordId {
    let hash = blake3::derive_key(LIST_CONTEXT, format!("{list}/{key}").as_bytes());
    let (id, _) = hash.split_first_chunk().expect("a hash is longer than an id");
    RecordId(*id)
}

/// The id of the site with that key: an id, a key of GSI's file, or a key of lists.
pub fn site_id(key: &str) -> SiteId {
    parse_site(key).unwrap_or_else(|_| SiteId(record_id("site", key).0))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    operator: Vec<Spanned<Operator>>,
    #[serde(default)]
    stop: Vec<Spanned<Stop>>,
    #[serde(default)]
    route: Vec<Spanned<Route>>,
    #[serde(default)]
    product: Vec<Spanned<Product>>,
    #[serde(default)]
    rule: Vec<Spanned<Rule>>,
    #[serde(default)]
    site: Vec<Spanned<Site>>,
}

/// Why nothing was imported: everything that is wrong, each with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListsFault(Vec<String>);

impl fmt::Display for ListsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nothing was imported")?;
        for mistake in &self.0 {
            writeln!(f, "  {}", mistake.trim_end().replace('\n', "\n  "))?;
        }
        f.write_str("mend these places, and import the file again")
    }
}

impl std::error::Error for ListsFault {}

/// What is written of one entry.
struct Written {
    line: usize,
    record: RecordId,
    fields: Vec<(FieldId, Value)>,
}

/// A good file of lists.
pub struct Lists {
    entries: Vec<Written>,
}

impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lists({} entries)", self.entries.len())
    }
}

/// The keys of a file, by list, so that one entry can name another.
type Keys<'f> = BTreeSet<(&'static str, &'f str)>;

/// Reads a file of lists, called `file` in messages.
///
/// # Errors
/// Everything wrong with it, each with its line.
pub fn read_lists(file: &str, text: &str) -> Result<Lists, ListsFault> {
    let read: File = toml::from_str(text)
        .map_err(|error| ListsFault(vec![format!("{file}: {}", error.to_string().trim())]))?;
    let mut reading = Reading { file, text, keys: Keys::new(), mistakes: Vec::new() };
    reading.learn(&read.operator);
    reading.learn(&read.stop);
    reading.learn(&read.route);
    reading.learn(&read.product);
    reading.learn(&read.rule);
    reading.learn(&read.site);
    let mut entries = Vec::new();
    reading.write(&read.operator, &mut entries);
    reading.write(&read.stop, &mut entries);
    reading.write(&read.site, &mut entries);
    reading.write(&read.route, &mut entries);
    reading.write(&read.product, &mut entries);
    reading.write(&read.rule, &mut entries);
    if entries.is_empty() && reading.mistakes.is_empty() {
        reading.mistakes.push(format!("{file}: there is no entry in it"));
    }
    if reading.mistakes.is_empty() {
        Ok(Lists { entries })
    } else {
        Err(ListsFault(reading.mistakes))
    }
}

struct Reading<'f> {
    file: &'f str,
    text: &'f str,
    keys: Keys<'f>,
    mistakes: Vec<String>,
}

impl<'f> Reading<'f> {
    fn blame(&mut self, line: usize, list: &str, key: &str, why: &str) {
        let shown: String = key.chars().take(KEY_CHARS_MAX).collect();
        self.mistakes.push(format!("{}, line {line}, [[{list}]] {shown:?}: {why}", self.file));
    }

    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    fn learn<E: Entry>(&mut self, entries: &'f [Spanned<E>]) {
        for entry in entries {
            let (line, key) = (self.line(entry.span().start), entry.get_ref().key());
            let fits = (1..=KEY_CHARS_MAX).contains(&key.chars().count());
            if !fits || key.trim() != key || key.chars().any(char::is_control) {
                let why = format!("a key has 1 to {KEY_CHARS_MAX} characters on one line");
                self.blame(line, E::LIST, key, &why);
            } else if !self.keys.insert((E::LIST, key)) {
                self.blame(
                    line,
                    E::LIST,
                    key,
                    "the key stands there twice; keep the one that is right",
                );
            }
        }
    }

    fn write<E: Entry>(&mut self, entries: &'f [Spanned<E>], written: &mut Vec<Written>) {
        for entry in entries {
            let line = self.line(entry.span().start);
            let entry = entry.get_ref();
            match entry.fields(&self.keys) {
                Ok(fields) => written.push(Written { line, record: entry.record(), fields }),
                Err(why) => self.blame(line, E::LIST, entry.key(), &why),
            }
        }
    }
}

impl Lists {
    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none, which no good file has.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// As commands, whole entries in each; its rows are lines.
    pub fn plan(&self) -> Plan {
        let edits = |entry: &Written| {
            let put = |(field, value): &(FieldId, Value)| Edit {
                record: entry.record,
                field: *field,
                change: Change::Put(value.clone()),
                saw: Saw::NOTHING,
                happened_at: None,
            };
            (entry.line, entry.fields.iter().map(put).collect())
        };
        Plan::of_edits(Scope::Town, self.entries.iter().map(edits))
    }
}

#[cfg(test)]
mod tests;
