//! The town's file: what a node must know of its town before it meets anybody of it.

use std::fmt;
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};
use digiana_core::credential::{Envelope, town_of};
use digiana_core::id::TownId;
use digiana_core::limits::CREDENTIALS_MAX;
use digiana_core::sign::PublicKey;
use digiana_core::token::TagKey;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::{KeyFault, read_private, write_new};

/// The format of a town's file.
const FORMAT: u32 = 1;

/// What helps where a town's file is out.
const REMEDY: &str = "tell the town's keeper of keys: cards can be tried against the key for tags \
                      in it, and a new node key does not help";

/// What the town gives each of its nodes. The key for tags makes it a secret of the town.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TownFile {
    format: u32,
    /// What people call the town.
    pub name: String,
    /// The town's root public key: its id is the hash of it.
    #[serde(serialize_with = "put_hex")]
    pub root: PublicKey,
    #[serde(serialize_with = "put_secret")]
    tag_key: Zeroizing<[u8; 32]>,
    /// Whether the town exists for training only (訓練).
    pub drill: bool,
    /// Credentials to start with; nothing in them is believed yet.
    #[serde(serialize_with = "put_envelopes")]
    pub credentials: Vec<Envelope>,
}

/// The same as it stands in the file, its credentials still text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(deserialize_with = "format")]
    format: u32,
    name: String,
    #[serde(deserialize_with = "key")]
    root: Zeroizing<[u8; 32]>,
    #[serde(deserialize_with = "key")]
    tag_key: Zeroizing<[u8; 32]>,
    drill: bool,
    credentials: Vec<String>,
}

impl fmt::Debug for TownFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TownFile({}, {:?}, drill: {})", self.name, self.town(), self.drill)
    }
}

impl TownFile {
    /// The file of a town.
    pub fn new(
        name: String,
        root: PublicKey,
        tag_key: [u8; 32],
        drill: bool,
        credentials: Vec<Envelope>,
    ) -> Self {
        Self { format: FORMAT, name, root, tag_key: Zeroizing::new(tag_key), drill, credentials }
    }

    /// The town's id.
    pub fn town(&self) -> TownId {
        town_of(&self.root)
    }

    /// The town's key for tags of tokens.
    pub fn tag_key(&self) -> TagKey {
        TagKey::new(*self.tag_key)
    }

    /// Eight bytes that stand for a key of the town's own files: the same at each of its nodes,
    /// and no way back to the key without the town's secret. The context keeps one purpose's
    /// names apart from another's.
    pub fn name_for(&self, context: &'static [u8], key: &str) -> [u8; 8] {
        let mut hasher = blake3::Hasher::new_keyed(&self.tag_key);
        hasher.update(context).update(key.as_bytes());
        let mut name = [0; 8];
        hasher.finalize_xof().fill(&mut name);
        name
    }

    /// Reads a town's file.
    ///
    /// # Errors
    /// [`KeyFault`], with line and field of what does not fit.
    pub fn load(path: &Path) -> Result<Self, KeyFault> {
        let text = read_private(path, REMEDY, || KeyFault::NoTown { path: path.to_owned() })?;
        Self::parse(path, &text)
    }

    /// Reads a town from the text of the file at `path`.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`], with line and field of what does not fit.
    pub fn parse(path: &Path, text: &str) -> Result<Self, KeyFault> {
        let malformed = |line, why: String| KeyFault::Malformed {
            path: path.to_owned(),
            line,
            why: format!("{why}; ask the town's keeper of keys for the file again"),
        };
        let written: Written = serde_json::from_str(text).map_err(|error| {
            let told = error.to_string();
            // serde_json ends its words with the place, which is told as file:line here.
            let why = told.rsplit_once(" at line ").map_or(told.as_str(), |(why, _)| why);
            // A field that is missing or unknown is named already.
            let of_a_value = error.is_data() && !why.contains(" field `");
            let field = of_a_value.then(|| field_before(text, error.line(), error.column()));
            let field = field.flatten();
            let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
            malformed(error.line(), format!("{field}{why}"))
        })?;
        let Written { format, name, root, tag_key, drill, credentials } = written;
        if credentials.len() > CREDENTIALS_MAX {
            let why = format!("credentials: a town has at most {CREDENTIALS_MAX}");
            return Err(malformed(line_of(text, "credentials"), why));
        }
        let envelope = |credential: &String| {
            envelope(credential)
                .map_err(|why| malformed(line_of(text, credential), format!("credentials: {why}")))
        };
        let credentials = credentials.iter().map(envelope).collect::<Result<_, _>>()?;
        Ok(Self { format, name, root: *root, tag_key, drill, credentials })
    }

    /// Writes it to a new file, readable by its owner only.
    ///
    /// # Errors
    /// [`KeyFault::Exists`] where a file is; `Io`.
    pub fn save(&self, path: &Path) -> Result<(), KeyFault> {
        let text = serde_json::to_string_pretty(self).expect("texts and numbers are JSON");
        let text = Zeroizing::new(text + "\n");
        write_new(path, text.as_bytes())
    }
}

/// The field whose value stands at a place: the last name before it.
fn field_before(text: &str, line: usize, column: usize) -> Option<&'static str> {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let before = text.get(..start + column)?;
    let fields = ["format", "name", "root", "tag_key", "drill", "credentials"];
    let places = fields
        .iter()
        .filter_map(|field| before.rfind(&format!("\"{field}\"")).map(|place| (place, *field)));
    places.max().map(|(_, field)| field)
}

fn format<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        FORMAT => Ok(FORMAT),
        newer if newer > FORMAT => {
            let why = format!("format {newer} is newer than {FORMAT}; a newer digiana is needed");
            Err(D::Error::custom(why))
        }
        other => Err(D::Error::custom(format!("there is no format {other}"))),
    }
}

fn key<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<[u8; 32]>, D::Error> {
    let text = Zeroizing::new(String::deserialize(from)?);
    let mut bytes = Zeroizing::new([0; 32]);
    let fits = text.len() == 2 * bytes.len()
        && HEXLOWER.decode_mut(text.as_bytes(), bytes.as_mut()).is_ok();
    if fits { Ok(bytes) } else { Err(D::Error::custom("a key is 64 hexadecimal digits")) }
}

fn envelope(text: &str) -> Result<Envelope, String> {
    let bytes = BASE64
        .decode(text.as_bytes())
        .map_err(|error| format!("a credential is no base64: {error}"))?;
    Envelope::read(&bytes).map_err(|error| format!("a credential cannot be read: {error}"))
}

/// The line where a text in quotes stands.
fn line_of(file: &str, quoted: &str) -> usize {
    let before = file.split_once(&format!("\"{quoted}\"")).map_or("", |(before, _)| before);
    before.matches('\n').count() + 1
}

fn put_hex<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&HEXLOWER.encode(bytes))
}

fn put_secret<S: Serializer>(bytes: &Zeroizing<[u8; 32]>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&Zeroizing::new(HEXLOWER.encode(bytes.as_ref())))
}

fn put_envelopes<S: Serializer>(envelopes: &[Envelope], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(envelopes.iter().map(|envelope| BASE64.encode(&envelope.to_bytes())))
}
