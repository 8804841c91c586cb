//! Which entries staff have corrected: shared by every fold.

use super::asked::{self, fits};
use super::canon::{Canon, Canonical};
use super::digested::Digested;
use super::refusal::Refusal;
use super::{Fold, Origin, Standing};
use crate::fact::Fact;
use crate::fact::correct::Correct;
use crate::fact::words::Words;
use crate::id::{EntryId, Hash};

/// Targets of corrections. A correction may arrive before what it corrects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Corrections {
    // Invariant: none is empty.
    by_target: Digested<EntryId, Vec<Correction>>,
}

/// One correction of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Correction {
    /// The entry that corrects.
    pub by: EntryId,
    /// The first bytes of the hash it means.
    pub target_hash: [u8; 4],
}

impl Corrections {
    /// Takes up a correction. An unverified one changes nothing.
    pub fn apply(&mut self, origin: &Origin, correct: &Correct) {
        if origin.standing != Standing::Admitted {
            return;
        }
        let correction = Correction { by: origin.entry, target_hash: correct.target_hash };
        self.by_target.change(correct.target, |held| {
            if let Err(place) = held.binary_search(&correction) {
                held.insert(place, correction);
            }
        });
    }

    /// The correction of an entry with that hash, the first by entry, if there is one.
    pub fn of(&self, entry: EntryId, hash: Hash) -> Option<&Correction> {
        let meant = Correct::hash_of(hash);
        self.by_target.get(&entry)?.iter().find(|correction| correction.target_hash == meant)
    }

    /// Every corrected entry.
    pub fn targets(&self) -> impl Iterator<Item = EntryId> {
        self.by_target.keys().copied()
    }
}

impl Canonical for Corrections {
    fn put(&self, canon: &mut Canon) {
        canon.put(&self.by_target);
    }
}

impl Canonical for Correction {
    fn put(&self, canon: &mut Canon) {
        canon.entry(self.by).put(&self.target_hash);
    }
}

/// Decides a correction: of a fact that one of a scope's folds holds.
///
/// # Errors
/// The first refusal that applies.
pub fn decide<'a>(
    folds: impl IntoIterator<Item = &'a dyn Fold>,
    target: EntryId,
    reason: &str,
) -> Result<Fact, Refusal> {
    fits(reason)?;
    let mut corrected = false;
    for fold in folds {
        if let Some(target_hash) = fold.hash_of(target) {
            asked::reason(reason)?;
            return Ok(Fact::Correct(Correct { target, target_hash, reason: Words::new(reason) }));
        }
        corrected |= fold.corrections().targets().any(|held| held == target);
    }
    Err(if corrected { Refusal::AlreadyCorrected } else { Refusal::UnknownTarget })
}
