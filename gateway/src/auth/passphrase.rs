//! The passphrase of a place's staff, as argon2id keeps it.

use std::io;
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use super::secret::write_private;

/// The fewest characters of a passphrase.
pub const PASSPHRASE_CHARS_MIN: usize = 12;

/// The most bytes of one: more is work for the hash and nothing for safety.
pub const PASSPHRASE_BYTES_MAX: usize = 256;

/// The file that holds the hash.
#[derive(Debug, Clone)]
pub struct PassphraseFile {
    path: PathBuf,
}

/// What came of comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the passphrase.
    Right,
    /// It is not.
    Wrong,
    /// None has been set at this place: only a login link opens it.
    NoneSet,
}

/// Why a passphrase could not be set. Whoever typed it must act.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseFault {
    /// Too easily guessed.
    #[error("a passphrase has at least {PASSPHRASE_CHARS_MIN} characters; four words do well")]
    TooShort,
    /// Longer than anyone types.
    #[error("a passphrase has at most {PASSPHRASE_BYTES_MAX} bytes")]
    TooLong,
    /// The file cannot be written or read.
    #[error("{}: {cause}", .path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file holds no hash that this version reads.
    #[error("{}: this is no passphrase hash; set the passphrase again", .path.display())]
    Spoilt {
        /// The file.
        path: PathBuf,
    },
}

impl PassphraseFile {
    /// The file of a data folder.
    pub fn in_folder(data: &Path) -> Self {
        Self { path: data.join("passphrase") }
    }

    /// Sets the passphrase; who is logged in stays so.
    ///
    /// # Errors
    /// [`PassphraseFault`].
    pub fn set(&self, passphrase: &str) -> Result<(), PassphraseFault> {
        if passphrase.chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(PassphraseFault::TooShort);
        }
        if passphrase.len() > PASSPHRASE_BYTES_MAX {
            return Err(PassphraseFault::TooLong);
        }
        let hash = Argon2::default()
            .hash_password(passphrase.as_bytes())
            .expect("a passphrase within its bounds can be hashed");
        write_private(&self.path, hash.to_string().as_bytes()).map_err(|cause| self.storage(cause))
    }

    /// Compares an offered passphrase. It takes as long when none is set. Slow on purpose: not for
    /// a task that others wait for.
    ///
    /// # Errors
    /// [`PassphraseFault::Storage`] and [`PassphraseFault::Spoilt`].
    pub fn verify(&self, offered: &str) -> Result<Verdict, PassphraseFault> {
        let offered = if offered.len() > PASSPHRASE_BYTES_MAX { "" } else { offered };
        let kept = match std::fs::read_to_string(&self.path) {
            Ok(kept) => kept,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                let spent = Argon2::default().hash_password(offered.as_bytes());
                drop(spent);
                return Ok(Verdict::NoneSet);
            }
            Err(cause) => return Err(self.storage(cause)),
        };
        let hash = PasswordHash::new(kept.trim())
            .map_err(|_| PassphraseFault::Spoilt { path: self.path.clone() })?;
        let same = Argon2::default().verify_password(offered.as_bytes(), &hash).is_ok();
        Ok(if same { Verdict::Right } else { Verdict::Wrong })
    }

    fn storage(&self, cause: io::Error) -> PassphraseFault {
        PassphraseFault::Storage { path: self.path.clone(), cause }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_the_passphrase_that_was_set_is_right() {
        let data = tempfile::tempdir().unwrap();
        let file = PassphraseFile::in_folder(data.path());
        assert_eq!(file.verify("訓練データの合言葉です").unwrap(), Verdict::NoneSet);
        file.set("訓練データの合言葉です。").unwrap();
        assert_eq!(file.verify("訓練データの合言葉です。").unwrap(), Verdict::Right);
        assert_eq!(file.verify("訓練データの合言葉です").unwrap(), Verdict::Wrong);
        assert_eq!(file.verify(&"x".repeat(1_000_000)).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn the_file_holds_a_hash_that_only_this_user_reads() {
        let data = tempfile::tempdir().unwrap();
        let file = PassphraseFile::in_folder(data.path());
        file.set("correct horse battery").unwrap();
        let kept = std::fs::read_to_string(&file.path).unwrap();
        assert!(kept.starts_with("$argon2id$") && !kept.contains("horse"));
        assert_eq!(std::fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn short_passphrases_and_spoilt_files_are_told() {
        let data = tempfile::tempdir().unwrap();
        let file = PassphraseFile::in_folder(data.path());
        assert!(matches!(file.set("short"), Err(PassphraseFault::TooShort)));
        std::fs::write(&file.path, "nonsense").unwrap();
        assert!(matches!(file.verify("x"), Err(PassphraseFault::Spoilt { .. })));
    }
}
