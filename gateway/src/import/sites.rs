//! Places of evacuation, as GSI's files name them.
//!
//! GSI lists *designations*, not places: one hall is 指定緊急避難場所 in one file and 指定避難所, for
//! everyone or for some, in the other. Names repeat and coordinates differ by metres, so the key of
//! a designation is its 共通ID and the key of a place the first eleven characters of it.

use std::collections::BTreeMap;
use std::fmt;

use digiana_core::id::SiteId;

use super::hazard::{Hazard, Hazards, Validity};
use super::{ImportFault, Mistakes, Place, Wrong, gsi};

/// What the hash of a site's key is bound to, so that it is no other hash of the same text.
const SITE_KEY_CONTEXT: &str = "digiana/site-key/1";

/// A 共通ID: the key of one designation, as `E3244800001201`.
///
/// `E`, the five digits of the municipality, five of the place, three of the designation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommonId(String);

impl CommonId {
    /// The 共通ID a text is, or `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('E')?;
        let good = digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit());
        good.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of the place: the first eleven characters.
    pub fn site_key(&self) -> SiteKey {
        SiteKey(self.0.chars().take(SiteKey::CHARS).collect())
    }
}

impl fmt::Display for CommonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of one place: what the 共通ID of all its designations begin with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteKey(String);

impl SiteKey {
    /// How many characters it has.
    pub const CHARS: usize = 11;

    /// The key a text is, or `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('E')?;
        let good = text.len() == Self::CHARS && digits.bytes().all(|byte| byte.is_ascii_digit());
        good.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The site's name in the town's journals.
    ///
    /// It comes from the key alone, so two gateways that import one file while they are cut off
    /// from each other mean the same place.
    pub fn site_id(&self) -> SiteId {
        let hash = blake3::derive_key(SITE_KEY_CONTEXT, self.0.as_bytes());
        let (name, _) = hash.split_first_chunk().expect("a hash is longer than a site's name");
        SiteId(*name)
    }
}

impl fmt::Display for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a place is designated as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DesignationKind {
    /// 指定緊急避難場所: to get out of danger, hazard by hazard.
    Emergency {
        /// [`Validity::Designated`] or [`Validity::NotDesignated`] for each hazard.
        hazards: Hazards,
    },
    /// 指定避難所: to stay at, for everyone.
    Shelter,
    /// 指定避難所 for those it names (受入対象者, mostly 要配慮者): never a first destination for all.
    Welfare {
        /// Whom it admits, in the file's words.
        admits: String,
    },
}

/// One row of a GSI file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Designation {
    /// Its key.
    pub common_id: CommonId,
    /// What it designates.
    pub kind: DesignationKind,
    /// What the row says beside (その他市町村長が必要と認める事項, 備考), where it says anything.
    pub remarks: Vec<String>,
}

/// One place with all its designations.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteImport {
    /// The first eleven characters of each of its 共通ID.
    pub key: SiteKey,
    /// The name of the place in journals, from the key alone.
    pub id: SiteId,
    /// Prefecture and municipality, as 島根県美郷町.
    pub municipality: String,
    /// Its name, from the first of its designations.
    pub name: String,
    /// The names that its other designations give it, where they differ.
    pub other_names: Vec<String>,
    /// Its address, from the first of its designations; empty where the file leaves it so.
    pub address: String,
    /// Degrees north, from the first of its designations.
    pub latitude: f64,
    /// Degrees east, from the first of its designations.
    pub longitude: f64,
    /// All of them, 指定緊急避難場所 before 指定避難所, then by 共通ID. Never empty.
    pub designations: Vec<Designation>,
    /// Where the place is valid. Of several emergency designations all must agree on
    /// [`Validity::Designated`]; without one all is [`Validity::OutOfScope`].
    pub hazards: Hazards,
}

impl SiteImport {
    /// Whether people may be sent here in each of these hazards.
    pub fn is_designated_for(&self, hazards: &[Hazard]) -> bool {
        hazards.iter().all(|hazard| self.hazards.of(*hazard) == Validity::Designated)
    }

    /// Whether a designation admits everyone. A place that only admits some (福祉避難所) is not
    /// offered as a first destination.
    pub fn is_for_everyone(&self) -> bool {
        self.designations.iter().any(|designation| match designation.kind {
            DesignationKind::Emergency { .. } | DesignationKind::Shelter => true,
            DesignationKind::Welfare { .. } => false,
        })
    }
}

/// Whether a point can be a place of Japan: its islands lie between 20° and 46° north, 122° and
/// 154° east.
pub(super) fn is_in_japan(longitude: f64, latitude: f64) -> bool {
    (122.0..=154.0).contains(&longitude) && (20.0..=46.0).contains(&latitude)
}

/// Reads GSI's files, each a name for messages and its bytes, into the places they designate.
///
/// The places come sorted by key and do not depend on the order of files or rows. Where rows of
/// one place differ, the emergency row with the smallest 共通ID has the word; other names are kept.
///
/// # Errors
///
/// Everything wrong with any of the files, up to [`MISTAKES_MAX`](super::MISTAKES_MAX) mistakes.
/// One mistake is enough for nothing to be read.
pub fn read_gsi(files: &[(&str, &[u8])]) -> Result<Vec<SiteImport>, ImportFault> {
    let mut mistakes = Mistakes::default();
    if files.is_empty() {
        mistakes.push("no file was named", Place::File, Wrong::Empty);
    }
    let mut rows = Vec::new();
    for (file, bytes) in files {
        for row in gsi::read_file(file, bytes, &mut mistakes) {
            rows.push((*file, row));
        }
    }
    refuse_doubled_keys(&rows, &mut mistakes);
    mistakes.or(join(rows.into_iter().map(|(_, row)| row).collect()))
}

fn refuse_doubled_keys(rows: &[(&str, gsi::Row)], mistakes: &mut Mistakes) {
    let mut first: BTreeMap<&CommonId, (&str, usize)> = BTreeMap::new();
    for (file, row) in rows {
        let common_id = &row.designation.common_id;
        if let Some((earlier, at)) = first.get(common_id) {
            let place = Place::Row {
                number: row.number,
                key: Some(common_id.to_string()),
                property: Some(gsi::COMMON_ID.to_owned()),
            };
            let file_of_first = super::quoted(earlier);
            mistakes.push(file, place, Wrong::DoubledKey { file: file_of_first, row: *at });
        } else {
            first.insert(common_id, (file, row.number));
        }
    }
}

/// Joins the rows of each place.
fn join(mut rows: Vec<gsi::Row>) -> Vec<SiteImport> {
    let rank = |kind: &DesignationKind| match kind {
        DesignationKind::Emergency { .. } => 0,
        DesignationKind::Shelter | DesignationKind::Welfare { .. } => 1,
    };
    rows.sort_by(|a, b| {
        let order = rank(&a.designation.kind).cmp(&rank(&b.designation.kind));
        order.then_with(|| a.designation.common_id.cmp(&b.designation.common_id))
    });
    let mut sites: BTreeMap<SiteKey, SiteImport> = BTreeMap::new();
    for row in rows {
        let key = row.designation.common_id.site_key();
        if let Some(site) = sites.get_mut(&key) {
            if row.name != site.name && !site.other_names.contains(&row.name) {
                site.other_names.push(row.name);
            }
            if let DesignationKind::Emergency { hazards } = &row.designation.kind {
                site.hazards = both(&site.hazards, hazards);
            }
            site.designations.push(row.designation);
        } else {
            sites.insert(key.clone(), first_of_site(key, row));
        }
    }
    sites.into_values().collect()
}

fn first_of_site(key: SiteKey, row: gsi::Row) -> SiteImport {
    SiteImport {
        id: key.site_id(),
        key,
        municipality: row.municipality,
        name: row.name,
        other_names: Vec::new(),
        address: row.address,
        latitude: row.latitude,
        longitude: row.longitude,
        hazards: match row.designation.kind {
            DesignationKind::Emergency { hazards } => hazards,
            DesignationKind::Shelter | DesignationKind::Welfare { .. } => Hazards::OUT_OF_SCOPE,
        },
        designations: vec![row.designation],
    }
}

/// The validity two emergency designations of one place share: the more careful of the two.
fn both(one: &Hazards, other: &Hazards) -> Hazards {
    Hazards::from_fn(|hazard| one.of(hazard).max(other.of(hazard)))
}

#[cfg(test)]
mod tests;
