//! A damaged store makes way for an empty one, and is kept: it may hold what nobody else has heard.

use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Owner, Store, StoreFault, beside, folder_of};

/// How many damaged stores are kept beside each other. A disk that has spoilt so many is not given
/// another: somebody has to look.
const KEPT_MAX: u32 = 8;

/// A damaged store under its new name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Where it lies now.
    pub path: PathBuf,
    /// What was wrong with it.
    pub why: String,
}

impl Store {
    /// Opens a store as [`open`](Self::open) does. One whose bytes are not those that were written
    /// is set aside, to the first free name of `….damaged-1`, `….damaged-2`, …, and an empty one
    /// of the same owner takes its place. Nothing is ever deleted or overwritten.
    ///
    /// A power cut on the way leaves the damaged store where it was, for the next start to set
    /// aside.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`create`](Self::create); `Spoilt` where too many lie there.
    pub fn open_or_set_aside(
        path: &Path,
        owner: Owner,
        cache_bytes: usize,
    ) -> Result<(Self, Option<SetAside>), StoreFault> {
        match Self::open(path, owner, cache_bytes) {
            Err(StoreFault::Damaged { why, .. }) => {
                let kept = keep(path)?;
                let store = Self::found(path, owner, cache_bytes, |new, place| {
                    std::fs::rename(new, place)
                })?;
                Ok((store, Some(SetAside { path: kept, why })))
            }
            opened => Ok((opened?, None)),
        }
    }

    /// The damaged stores that lie beside this one, oldest first.
    pub fn set_aside(&self) -> Vec<PathBuf> {
        let names = (1..=KEPT_MAX).map(|number| name(&self.path, number));
        names.filter(|name| name.symlink_metadata().is_ok()).collect()
    }
}

fn name(path: &Path, number: u32) -> PathBuf {
    beside(path, &format!("damaged-{number}"))
}

/// Gives a file a second name that stays when the first is given away.
fn keep(path: &Path) -> Result<PathBuf, StoreFault> {
    let io = |error: std::io::Error| StoreFault::io(path, &error);
    let damaged = path.metadata().map_err(io)?;
    for number in 1..=KEPT_MAX {
        let kept = name(path, number);
        match std::fs::hard_link(path, &kept) {
            Ok(()) => {
                File::open(folder_of(path)).and_then(|folder| folder.sync_all()).map_err(io)?;
                return Ok(kept);
            }
            // A start that was cut short got this far.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if kept.symlink_metadata().is_ok_and(|other| is_same(&damaged, &other)) {
                    return Ok(kept);
                }
            }
            Err(error) => return Err(io(error)),
        }
    }
    Err(StoreFault::Spoilt { path: path.to_owned(), kept: KEPT_MAX })
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}
