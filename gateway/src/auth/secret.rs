//! Random words that open something, and how they are compared and kept.

use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;

/// How many random bytes a secret has.
pub const SECRET_BYTES: usize = 32;

/// 256 random bits as a word. `Debug` is silent.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Draws one.
    pub fn draw() -> Self {
        Self(BASE64URL_NOPAD.encode(&rand::random::<[u8; SECRET_BYTES]>()))
    }

    /// The word, for a cookie, a form or a link.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `offered` is this secret, in a time that does not tell how much of it is.
    pub fn is(&self, offered: &str) -> bool {
        Digest::of(&self.0) == Digest::of(offered)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The hash of a secret: what is kept where the secret itself must not lie. Comparing two takes
/// the same time whatever they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(blake3::Hash);

impl Digest {
    /// The digest of a secret that somebody offers.
    pub fn of(offered: &str) -> Self {
        Self(blake3::hash(offered.as_bytes()))
    }

    /// The name of the file that stands for it.
    pub fn file_name(&self) -> String {
        self.0.to_hex().to_string()
    }
}

/// Writes a file that only this user can read, whole or not at all.
///
/// # Errors
/// What the system said.
pub(super) fn write_private(path: &Path, contents: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let beside = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(contents)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
