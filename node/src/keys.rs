//! The node's secret key, and what its town gave it, as files that only their owner may read.

mod town;

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use digiana_core::id::NodeId;
use digiana_core::sign::{Scheme, Signer};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use crate::typed::typed;

pub use town::TownFile;

/// The first line of a key's file.
const FIRST_LINE: &str = "digiana node key 1";

/// What helps where a node's key is out.
const KEY_REMEDY: &str = "move it and the store beside it away, make a new key with `digiana-node \
                          init`, and have the new NodeId admitted";

/// The most bytes of a key's or a town's file that are looked at.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// Something is wrong with a file of keys. Each says what to do next; none shows a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The operator: this node has no key yet.
    #[error("there is no key at {}; make one with `digiana-node init --config FILE`", path.display())]
    NoKey {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The operator: this node has no town yet.
    #[error(
        "there is no town file at {}; at the authority \
         `digiana-gateway town invite --dir DIR --to FILE` writes one",
        path.display()
    )]
    NoTown {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The operator: it is there already, and a key is never overwritten.
    #[error("{} exists already and is not overwritten; move it away first", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The operator: others can read it.
    #[error(
        "{} can be read by others (mode {mode:03o}): run `chmod 600 {}`; if somebody may have read \
         it, {remedy}",
        path.display(), typed(path)
    )]
    Readable {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// What helps where its secret is out.
        remedy: &'static str,
    },
    /// The operator: a line does not say what it should.
    #[error("{}:{line}: {why}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What is wrong with it, and what would be right.
        why: String,
    },
    /// Whoever looks after the machine.
    #[error("{} cannot be read or written: {why}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl KeyFault {
    fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), why: error.to_string() }
    }
}

/// A node's secret. It has no `Display`, its `Debug` shows nothing, and it is wiped on drop.
#[derive(Clone)]
pub struct NodeKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeKey(..)")
    }
}

impl NodeKey {
    /// Draws a key and writes it to a new file, readable by its owner only.
    ///
    /// # Errors
    /// [`KeyFault::Exists`] where a file is; `Io` when it cannot be written or the system has no
    /// randomness.
    pub fn create(path: &Path) -> Result<Self, KeyFault> {
        let mut secret = Zeroizing::new([0; 32]);
        SysRng.try_fill_bytes(secret.as_mut()).map_err(|error| KeyFault::Io {
            path: path.to_owned(),
            why: format!("the system gives no randomness: {error}"),
        })?;
        let hex = Zeroizing::new(HEXLOWER.encode(secret.as_ref()));
        let text = Zeroizing::new(format!("{FIRST_LINE}\n{}\n", hex.as_str()));
        write_new(path, text.as_bytes())?;
        Ok(Self(secret))
    }

    /// Reads a key's file.
    ///
    /// # Errors
    /// [`KeyFault`]: none there, others can read it, or a line that is wrong.
    pub fn load(path: &Path) -> Result<Self, KeyFault> {
        let text = read_private(path, KEY_REMEDY, || KeyFault::NoKey { path: path.to_owned() })?;
        Self::parse(path, &text)
    }

    /// Reads a key from the text of the file at `path`.
    ///
    /// # Errors
    /// [`KeyFault::Malformed`] with the line of what does not fit.
    pub fn parse(path: &Path, text: &str) -> Result<Self, KeyFault> {
        let malformed = |line, why: &str| KeyFault::Malformed {
            path: path.to_owned(),
            line,
            why: format!("{why}; restore the file from its copy, or begin anew with a new key"),
        };
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Err(malformed(1, &format!("a key's file begins with the line {FIRST_LINE:?}")));
        }
        let digits = lines.next().unwrap_or_default().as_bytes();
        let mut secret = Zeroizing::new([0; 32]);
        let fits = digits.len() == 2 * secret.len()
            && HEXLOWER.decode_mut(digits, secret.as_mut()).is_ok();
        if !fits {
            return Err(malformed(2, "the key is 64 hexadecimal digits"));
        }
        if lines.next().is_some() {
            return Err(malformed(3, "nothing follows the key"));
        }
        Ok(Self(secret))
    }

    /// The public half: the node's name.
    pub fn node(&self) -> NodeId {
        self.signer(Scheme::Ed25519).node()
    }

    /// Who signs with it.
    pub fn signer(&self, scheme: Scheme) -> Signer {
        Signer::new(scheme, &self.0)
    }

    /// The secret bytes, for the mesh endpoint, which is the same key.
    pub fn secret(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Writes a new file and its folder where that is missing, both for their owner only.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeyFault> {
    let io = |error: std::io::Error| KeyFault::io(path, &error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(|error| match error.kind() == ErrorKind::AlreadyExists {
        true => KeyFault::Exists { path: path.to_owned() },
        false => io(error),
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // Half a key would stand in the way of the next try and help nobody.
        let _ = std::fs::remove_file(path);
        return Err(io(error));
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

/// Reads a file that only its owner may read.
fn read_private(
    path: &Path,
    remedy: &'static str,
    missing: impl FnOnce() -> KeyFault,
) -> Result<Zeroizing<String>, KeyFault> {
    let io = |error: std::io::Error| KeyFault::io(path, &error);
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing()),
        opened => opened.map_err(io)?,
    };
    let metadata = file.metadata().map_err(io)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFault::Readable { path: path.to_owned(), mode, remedy });
    }
    // Read at once into a buffer of its size: a buffer that grows leaves copies behind.
    let len = metadata.len().min(FILE_BYTES_MAX);
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(len).unwrap_or(0) + 1));
    file.take(len).read_to_string(&mut text).map_err(io)?;
    Ok(text)
}

#[cfg(test)]
mod tests;
