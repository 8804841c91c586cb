//! A configuration file: where its tables stand, and whose mistake is on which line.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, ValueDeserializer};

use super::NodeConfig;

/// The most bytes a configuration file may have.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// The longest path of a Unix socket that Linux takes.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// The operator must mend a configuration. Each says where, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFault {
    /// The file itself cannot be read.
    #[error("cannot read the configuration {}: {why}; give its path with --config", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// It lacks a table that what is asked for needs.
    #[error("{}: there is no table [{table}]; {next_step}", path.display())]
    NoTable {
        /// Which file.
        path: PathBuf,
        /// The table's name.
        table: &'static str,
        /// What to do.
        next_step: String,
    },
    /// A line is wrong.
    #[error("{}:{line}: {}{why}", path.display(), in_key(key))]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// The key, as `mesh.links_max`; empty where the file is no TOML or a table is meant.
        key: String,
        /// What is wrong with it, and what would be right.
        why: String,
    },
}

fn in_key(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

/// A configuration file that is TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    path: PathBuf,
    // Invariant: it is TOML.
    text: String,
    taken: Vec<String>,
}

impl ConfigFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigFault`] when it cannot be read or is no TOML.
    pub fn read(path: &Path) -> Result<Self, ConfigFault> {
        let unreadable = |why: String| ConfigFault::Unreadable { path: path.to_owned(), why };
        let io = |error: std::io::Error| {
            if error.kind() == ErrorKind::NotFound {
                let folder = std::path::absolute(".").unwrap_or_default();
                unreadable(format!("there is no such file, seen from {}", folder.display()))
            } else {
                unreadable(error.to_string())
            }
        };
        let bytes = std::fs::metadata(path).map_err(io)?.len();
        if bytes > FILE_BYTES_MAX {
            return Err(unreadable(format!("it has {bytes} bytes, more than {FILE_BYTES_MAX}")));
        }
        let bytes = std::fs::read(path).map_err(io)?;
        let text = String::from_utf8(bytes).map_err(|error| no_text(path, &error))?;
        Self::parse(path, text)
    }

    /// Takes the text of the file at `path`.
    ///
    /// # Errors
    /// [`ConfigFault::Wrong`] when it is no TOML.
    pub fn parse(path: &Path, text: String) -> Result<Self, ConfigFault> {
        let fault = DeTable::parse(&text).err().map(|error| ConfigFault::Wrong {
            path: path.to_owned(),
            line: line_at(&text, error.span()),
            key: String::new(),
            why: format!("{}; mend the line", one_line(error.message())),
        });
        let file = Self { path: path.to_owned(), text, taken: Vec::new() };
        fault.map_or(Ok(file), Err)
    }

    /// The folder that the file's paths start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new(""))
    }

    /// Takes a table out, for who knows its keys; none where the file has none of that name.
    ///
    /// # Errors
    /// [`ConfigFault::Wrong`] with the line of what does not fit in it.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, ConfigFault> {
        self.taken.push(name.to_owned());
        let table = self.table();
        let value = table.get_ref().iter().find(|(key, _)| key.get_ref().as_ref() == name);
        let Some((_, value)) = value else {
            return Ok(None);
        };
        T::deserialize(ValueDeserializer::from(value.clone())).map(Some).map_err(|error| {
            self.wrong(error.span().or_else(|| Some(value.span())), error.message())
        })
    }

    /// What is left, as a node's configuration, its paths taken from the file's folder.
    ///
    /// # Errors
    /// [`ConfigFault::Wrong`] with the line of what does not fit, a key nobody took included.
    pub fn node(&self) -> Result<NodeConfig, ConfigFault> {
        let mut table = self.table();
        for name in &self.taken {
            table.get_mut().remove(name.as_str());
        }
        let mut config = NodeConfig::deserialize(Deserializer::from(table))
            .map_err(|error| self.wrong(error.span(), error.message()))?;
        for path in [&mut config.data, &mut config.town, &mut config.control.path] {
            *path = self.folder().join(&*path);
        }
        let device = config.scanner.as_mut().map(|scanner| &mut scanner.device);
        let cards = [config.cards.authorities.as_mut(), config.cards.revoked.as_mut()];
        for path in cards.into_iter().chain([device]).flatten() {
            *path = self.folder().join(&*path);
        }
        let socket = config.control.path.as_os_str().len();
        if socket > SOCKET_PATH_BYTES_MAX {
            let why = format!(
                "the path of the control socket has {socket} bytes, and Linux takes \
                 {SOCKET_PATH_BYTES_MAX}; choose a shorter one in [control] path"
            );
            return Err(self.wrong(self.place_of("control"), &why));
        }
        Ok(config)
    }

    fn table(&self) -> Spanned<DeTable<'_>> {
        DeTable::parse(&self.text).expect("a file that was taken is TOML")
    }

    fn place_of(&self, name: &str) -> Option<Range<usize>> {
        let table = self.table();
        let found = table.get_ref().iter().find(|(key, _)| key.get_ref().as_ref() == name);
        found.map(|(key, _)| key.span())
    }

    fn wrong(&self, span: Option<Range<usize>>, why: &str) -> ConfigFault {
        let line = line_at(&self.text, span.clone());
        // What is wrong with the whole file has an empty place, at its beginning.
        let key = span
            .filter(|span| !span.is_empty())
            .and_then(|span| key_at(self.table().get_ref(), &span))
            .unwrap_or_default();
        let why = one_line(why);
        let path = self.path.clone();
        let Some(rest) = why.strip_prefix("unknown field ") else {
            let why = next_step(&key, &why);
            return ConfigFault::Wrong { path, line, key, why };
        };
        let (unknown, known) = rest.split_once(", ").unwrap_or((rest, "none"));
        let known = known.trim_start_matches("expected one of ").trim_start_matches("expected ");
        let known = known.replace("` or `", "`, `");
        let (place, taken) = match key.rsplit_once('.') {
            Some((table, _)) => (format!(" in [{table}]"), String::new()),
            None => (String::new(), self.taken.iter().map(|name| format!(", `{name}`")).collect()),
        };
        let why = format!("unknown key {unknown}{place}; known keys are {known}{taken}");
        ConfigFault::Wrong { path, line, key: String::new(), why }
    }
}

/// The first byte of a file that is no text.
fn no_text(path: &Path, error: &FromUtf8Error) -> ConfigFault {
    let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
    let before = bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    let byte = bytes.get(at).map(|byte| format!("0x{byte:02x}")).unwrap_or_default();
    let why = format!(
        "byte {} of the file ({byte}) is no UTF-8 text; save the file as UTF-8, or name the \
         configuration with --config",
        at + 1
    );
    ConfigFault::Wrong { path: path.to_owned(), line: before + 1, key: String::new(), why }
}

/// serde's words about the value of a key, with what to do about it.
fn next_step(key: &str, why: &str) -> String {
    if let Some((found, expected)) = wrong_type(why) {
        let expected = in_words(key, expected);
        return format!("expected {expected}, found {found}; mend the line");
    }
    // So says the reader of TOML of what is to be one of several words.
    if why == "wanted string or table" {
        return "expected a text in quotes; mend the line".to_owned();
    }
    if let Some(missing) = why.strip_prefix("missing field ") {
        let missing = missing.trim_matches('`');
        return format!("{missing} is missing; add a line {missing} = …");
    }
    if let Some(rest) = why.strip_prefix("unknown variant ") {
        return rest.replace("expected one of", "choose one of").replace("expected", "choose");
    }
    why.to_owned()
}

/// What stands in a place and what belongs there, where that is of another type.
fn wrong_type(why: &str) -> Option<(&str, &str)> {
    let rest = why.strip_prefix("invalid type: ")?;
    rest.rsplit_once(", expected ")
}

/// A type as the writer of a file knows it.
fn in_words(key: &str, expected: &str) -> String {
    match expected {
        "a string" | "path string" => "a text in quotes".to_owned(),
        "a sequence" => "a list in [ ]".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "i64" => "a whole number".to_owned(),
        _ if expected == "a map" || expected.starts_with("struct ") => {
            format!("a table, which a line [{key}] begins")
        }
        _ => expected.to_owned(),
    }
}

/// The innermost key whose name or value holds the place, with the keys around it.
fn key_at(table: &DeTable<'_>, place: &Range<usize>) -> Option<String> {
    let holds = |span: Range<usize>| span.start <= place.start && place.end <= span.end;
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref().as_ref();
        if let Some(inner) = key_in(value.get_ref(), place) {
            return Some(format!("{name}{inner}"));
        }
        (holds(key.span()) || holds(value.span())).then(|| name.to_owned())
    })
}

fn key_in(value: &DeValue<'_>, place: &Range<usize>) -> Option<String> {
    match value {
        DeValue::Table(table) => key_at(table, place).map(|inner| format!(".{inner}")),
        DeValue::Array(array) => array.iter().find_map(|element| key_in(element.get_ref(), place)),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    }
}

fn line_at(text: &str, span: Option<Range<usize>>) -> usize {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or("");
    before.matches('\n').count() + 1
}

fn one_line(message: &str) -> String {
    message.trim().replace('\n', ", ")
}
