//! What an import brought, for whoever ran it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::hazard::Hazard;
use super::sites::{DesignationKind, SiteImport, SiteKey};

/// How an import differs from what the town knew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A place the town did not know.
    Added {
        /// Its key.
        key: SiteKey,
        /// Its name.
        name: String,
    },
    /// A place of which something is different now.
    Altered {
        /// Its key.
        key: SiteKey,
        /// Its name in the import.
        name: String,
        /// What is different, each with the old and the new.
        what: Vec<String>,
    },
    /// A place the town knows and the files do not name. An import takes no place away: staff may
    /// have people in it.
    NotInFiles {
        /// Its key.
        key: SiteKey,
        /// Its name as the town knows it.
        name: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { key, name } => write!(f, "new: {name} ({key})"),
            Self::Altered { key, name, what } => {
                write!(f, "changed: {name} ({key}): {}", what.join("; "))
            }
            Self::NotInFiles { key, name } => {
                write!(f, "not in these files, kept as it is: {name} ({key})")
            }
        }
    }
}

/// What an import brought, in numbers and in changes. [`Display`](fmt::Display) says it in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The municipalities the places lie in, so that another town's file is noticed.
    pub municipalities: BTreeSet<String>,
    /// How many rows were read.
    pub rows: usize,
    /// How many places they make.
    pub sites: usize,
    /// How many places are designated for floods.
    pub flood_valid: usize,
    /// How many places are designated for floods and for landslides.
    pub flood_and_landslide_valid: usize,
    /// The names of the places not designated for floods, in the order of their keys.
    pub not_for_flood: Vec<String>,
    /// How many places no emergency row names: nothing is known of their hazards.
    pub hazards_unknown: usize,
    /// How many rows admit only those they name (福祉避難所).
    pub welfare_rows: usize,
    /// What changed for the town, if it knew places before.
    pub changes: Option<Vec<Change>>,
}

impl Summary {
    /// Sums up `sites`, against the places `known` before if there were any.
    pub fn of(sites: &[SiteImport], known: Option<&[SiteImport]>) -> Self {
        let designations = || sites.iter().flat_map(|site| &site.designations);
        let valid = |hazards: &[Hazard]| {
            sites.iter().filter(|site| site.is_designated_for(hazards)).count()
        };
        let not_for_flood = sites.iter().filter(|site| !site.is_designated_for(&[Hazard::Flood]));
        Self {
            municipalities: sites.iter().map(|site| site.municipality.clone()).collect(),
            rows: designations().count(),
            sites: sites.len(),
            flood_valid: valid(&[Hazard::Flood]),
            flood_and_landslide_valid: valid(&[Hazard::Flood, Hazard::Landslide]),
            not_for_flood: not_for_flood.map(|site| site.name.clone()).collect(),
            hazards_unknown: sites.iter().filter(|site| !has_emergency_row(site)).count(),
            welfare_rows: designations()
                .filter(|row| matches!(row.kind, DesignationKind::Welfare { .. }))
                .count(),
            changes: known.map(|known| changes(known, sites)),
        }
    }
}

fn has_emergency_row(site: &SiteImport) -> bool {
    site.designations.iter().any(|row| matches!(row.kind, DesignationKind::Emergency { .. }))
}

fn changes(known: &[SiteImport], sites: &[SiteImport]) -> Vec<Change> {
    let before: BTreeMap<_, _> = known.iter().map(|site| (&site.key, site)).collect();
    let after: BTreeSet<_> = sites.iter().map(|site| &site.key).collect();
    let new_or_changed = sites.iter().filter_map(|site| {
        let (key, name) = (site.key.clone(), site.name.clone());
        let Some(old) = before.get(&site.key) else {
            return Some(Change::Added { key, name });
        };
        let what = differences(old, site);
        (!what.is_empty()).then_some(Change::Altered { key, name, what })
    });
    let not_in_files = known.iter().filter(|site| !after.contains(&site.key));
    let not_in_files = not_in_files
        .map(|site| Change::NotInFiles { key: site.key.clone(), name: site.name.clone() });
    new_or_changed.chain(not_in_files).collect()
}

fn differences(old: &SiteImport, new: &SiteImport) -> Vec<String> {
    let mut what = Vec::new();
    if old.name != new.name {
        what.push(format!("it was called {}", old.name));
    }
    if old.other_names != new.other_names {
        what.push("its other names differ".to_owned());
    }
    if (&old.municipality, &old.address) != (&new.municipality, &new.address) {
        what.push(format!("its address was {}, is {}", old.address, new.address));
    }
    if (old.latitude, old.longitude) != (new.latitude, new.longitude) {
        what.push(format!(
            "it was at {}, {}, is at {}, {}",
            old.latitude, old.longitude, new.latitude, new.longitude
        ));
    }
    for (hazard, now) in new.hazards.iter() {
        let before = old.hazards.of(hazard);
        if before != now {
            what.push(format!("{} was {before}, is {now}", hazard.property()));
        }
    }
    if old.designations != new.designations && old.hazards == new.hazards {
        what.push("its designations differ".to_owned());
    }
    what
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let municipalities: Vec<_> = self.municipalities.iter().map(String::as_str).collect();
        let towns = municipalities.join(", ");
        writeln!(f, "{towns}: {} sites in {} rows", self.sites, self.rows)?;
        writeln!(
            f,
            "designated for floods (洪水): {} of {}; for floods and landslides: {}",
            self.flood_valid, self.sites, self.flood_and_landslide_valid
        )?;
        if !self.not_for_flood.is_empty() {
            writeln!(f, "never to be used in a flood: {}", self.not_for_flood.join(", "))?;
        }
        if self.hazards_unknown > 0 {
            writeln!(
                f,
                "no word on hazards for {} sites: their file of 指定緊急避難場所 was not among these",
                self.hazards_unknown
            )?;
        }
        write!(f, "for those in need of care only (福祉避難所): {} rows", self.welfare_rows)?;
        match &self.changes {
            None => Ok(()),
            Some(changes) if changes.is_empty() => write!(f, "\nnothing changed"),
            Some(changes) => changes.iter().try_for_each(|change| write!(f, "\n{change}")),
        }
    }
}

#[cfg(test)]
mod tests;
