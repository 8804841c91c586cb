//! The opening kit: a sealed page in a shelter's key box that opens the desk of that shelter only.
//!
//! The first to come may be a volunteer firefighter or a teacher, who know no passphrase. A kit may
//! be used as often as the night needs it; each use is noted where headquarters sees it, and a new
//! kit ends the old one. Only the hash of its word is kept.

use std::io;
use std::path::{Path, PathBuf};

use data_encoding::BASE32_NOPAD;

use super::secret::{Digest, write_private};

/// How many random bytes a word has: 20 letters and digits, which somebody can type at night.
const WORD_BYTES: usize = 12;

/// How many characters stand together on paper.
const GROUP: usize = 4;

/// The opening kit of a gateway.
#[derive(Debug, Clone)]
pub struct OpeningKit {
    path: PathBuf,
}

/// The kit's file cannot be used. Whoever runs the gateway must act.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", .path.display())]
pub struct KitFault {
    path: PathBuf,
    cause: io::Error,
}

impl OpeningKit {
    /// The kit of a data folder.
    pub fn in_folder(data: &Path) -> Self {
        Self { path: data.join("opening-kit") }
    }

    /// Makes a kit and returns its word, which is kept nowhere. An older kit opens nothing more.
    ///
    /// # Errors
    /// [`KitFault`].
    pub fn make(&self) -> Result<KitWord, KitFault> {
        let word = KitWord(BASE32_NOPAD.encode(&rand::random::<[u8; WORD_BYTES]>()));
        let digest = Digest::of(&word.0).file_name();
        write_private(&self.path, digest.as_bytes()).map_err(|cause| self.fault(cause))?;
        Ok(word)
    }

    /// Ends the kit. `false` when there was none.
    ///
    /// # Errors
    /// [`KitFault`].
    pub fn withdraw(&self) -> Result<bool, KitFault> {
        match std::fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(self.fault(cause)),
        }
    }

    /// Whether what somebody shows or types is the word of the kit.
    ///
    /// # Errors
    /// [`KitFault`].
    pub fn opens(&self, offered: &str) -> Result<bool, KitFault> {
        match std::fs::read_to_string(&self.path) {
            Ok(held) => Ok(held == Digest::of(&as_made(offered)).file_name()),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(self.fault(cause)),
        }
    }

    fn fault(&self, cause: io::Error) -> KitFault {
        KitFault { path: self.path.clone(), cause }
    }
}

/// The word of a kit. `Debug` is silent.
#[derive(Clone, PartialEq, Eq)]
pub struct KitWord(String);

impl KitWord {
    /// The word as an address has it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The word in groups, as it is typed.
    pub fn in_groups(&self) -> String {
        let mut groups = String::new();
        for (place, character) in self.0.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                groups.push('-');
            }
            groups.push(character);
        }
        groups
    }
}

impl std::fmt::Debug for KitWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KitWord(hidden)")
    }
}

/// A word as it was made, however it was typed: its alphabet has no 0, 1 or 8, so they can only
/// be the letters they look like.
fn as_made(typed: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let letter = |c: char| match c.to_ascii_uppercase() {
        '0' => 'O',
        '1' => 'I',
        '8' => 'B',
        other => other,
    };
    typed.nfkc().filter(|c| c.is_ascii_alphanumeric()).map(letter).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;

    #[test]
    fn a_kit_opens_as_often_as_needed_until_a_new_one_is_made() {
        let data = tempfile::tempdir().unwrap();
        let kit = OpeningKit::in_folder(data.path());
        assert!(!kit.opens("").unwrap(), "no kit, no way in");
        let word = kit.make().unwrap();
        assert!(kit.opens(word.expose()).unwrap() && kit.opens(word.expose()).unwrap());
        assert!(!kit.opens("ABCD-EFGH-IJKL-MNOP-QRST").unwrap());
        let newer = kit.make().unwrap();
        assert!(!kit.opens(word.expose()).unwrap() && kit.opens(newer.expose()).unwrap());
        assert!(kit.withdraw().unwrap() && !kit.opens(newer.expose()).unwrap());
    }

    #[test]
    fn a_word_is_understood_however_it_is_typed() {
        let data = tempfile::tempdir().unwrap();
        let kit = OpeningKit::in_folder(data.path());
        let word = kit.make().unwrap();
        let typed = word.in_groups().to_lowercase().replace('o', "0").replace('-', " ");
        assert!(kit.opens(&typed).unwrap());
        assert_eq!(word.in_groups().len(), word.expose().len() + word.expose().len() / 5);
        assert!(!std::fs::read_to_string(&kit.path).unwrap().contains(word.expose()));
    }
}
