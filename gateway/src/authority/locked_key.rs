//! A secret key in a file, locked by a passphrase.
//!
//! Argon2id makes a key of the passphrase and a salt, XChaCha20-Poly1305 locks the secret with it,
//! bound to what the key is for and to its public half. Who has the file and not the passphrase
//! has the public half and a guess at a time.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use digiana_core::sign::{Scheme, Signer};
use digiana_node::typed::typed;
use rand::TryRng;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::passphrase::Passphrase;

/// The format of a locked key's file.
const FORMAT: u32 = 1;

/// The memory of one guess in KiB, its passes and its lanes: the second choice of RFC 9106, for
/// machines that may have little memory. Each file says its own, so they can grow.
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 };

/// The most a file may ask for: a spoilt file must not eat the machine.
const COST_MAX: Cost = Cost { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

/// The most bytes of a key's file that are looked at.
const FILE_BYTES_MAX: u64 = 4096;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// Makes the town and appoints officers.
    Root,
    /// Admits nodes.
    Officer,
}

impl KeyKind {
    /// The word for people and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Officer => "officer",
        }
    }
}

/// A locked key cannot be made or opened. The keeper of keys must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockFault {
    /// There is none.
    #[error("there is no key at {}; put back the file's last copy", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// One stands there.
    #[error("{} exists already and is not overwritten; move it away first", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Others can read it, and guess at their leisure.
    #[error(
        "{} can be read by others (mode {mode:03o}): run `chmod 600 {}`; who has read it can try \
         passphrases on it",
        path.display(), typed(path)
    )]
    Readable {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It does not open.
    #[error("{}: the passphrase is wrong, or the file was changed; try again", path.display())]
    WrongPassphrase {
        /// Which file.
        path: PathBuf,
    },
    /// It is no locked key of that kind.
    #[error("{}: {why}; put back the file's last copy", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Whoever looks after the machine.
    #[error("{}: {why}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A locked key as its file holds it. Nothing in it is a secret by itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedKey {
    format: u32,
    key: KeyKind,
    public: String,
    argon2id: Cost,
    salt: String,
    nonce: String,
    locked: String,
}

impl LockedKey {
    /// Draws a key, writes it locked to a new file that only its owner may read, and gives it open.
    ///
    /// # Errors
    /// [`LockFault::Exists`]; `Io`.
    pub fn create(
        path: &Path,
        kind: KeyKind,
        passphrase: &Passphrase,
    ) -> Result<Signer, LockFault> {
        let io = |why: String| LockFault::Io { path: path.to_owned(), why };
        let mut secret = Zeroizing::new([0; 32]);
        let (mut salt, mut nonce) = ([0; 16], [0; 24]);
        for bytes in [secret.as_mut_slice(), &mut salt, &mut nonce] {
            SysRng
                .try_fill_bytes(bytes)
                .map_err(|error| io(format!("the system gives no randomness: {error}")))?;
        }
        let signer = Signer::new(Scheme::Ed25519, &secret);
        let cipher = cipher(passphrase, &salt, COST).map_err(io)?;
        let public = signer.public();
        let payload = Payload { msg: secret.as_slice(), aad: &bound_to(kind, &public) };
        let locked = cipher.encrypt(&XNonce::from(nonce), payload);
        let locked = locked.expect("32 bytes are within the cipher's bounds");
        let file = Self {
            format: FORMAT,
            key: kind,
            public: HEXLOWER.encode(&public),
            argon2id: COST,
            salt: HEXLOWER.encode(&salt),
            nonce: HEXLOWER.encode(&nonce),
            locked: HEXLOWER.encode(&locked),
        };
        let mut text = serde_json::to_string_pretty(&file).expect("texts and numbers are JSON");
        text.push('\n');
        write_new(path, text.as_bytes())?;
        Ok(signer)
    }

    /// Opens the key of a file.
    ///
    /// # Errors
    /// [`LockFault`].
    pub fn unlock(
        path: &Path,
        kind: KeyKind,
        passphrase: &Passphrase,
    ) -> Result<Signer, LockFault> {
        let file = Self::read(path)?;
        let malformed = |why: String| LockFault::Malformed { path: path.to_owned(), why };
        if file.key != kind {
            let (is, wanted) = (file.key.word(), kind.word());
            return Err(malformed(format!("this is the {is} key, and the {wanted} key is needed")));
        }
        let public: [u8; 32] = hex(&file.public, "public").map_err(malformed)?;
        let salt: [u8; 16] = hex(&file.salt, "salt").map_err(malformed)?;
        let nonce: [u8; 24] = hex(&file.nonce, "nonce").map_err(malformed)?;
        let locked: [u8; 48] = hex(&file.locked, "locked").map_err(malformed)?;
        let cipher = cipher(passphrase, &salt, file.argon2id).map_err(malformed)?;
        let payload = Payload { msg: &locked, aad: &bound_to(kind, &public) };
        let wrong = || LockFault::WrongPassphrase { path: path.to_owned() };
        let secret = cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| wrong())?;
        let secret = Zeroizing::new(secret);
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&secret);
        Ok(Signer::new(Scheme::Ed25519, &key))
    }

    fn read(path: &Path) -> Result<Self, LockFault> {
        let io = |error: std::io::Error| match error.kind() == ErrorKind::NotFound {
            true => LockFault::Missing { path: path.to_owned() },
            false => LockFault::Io { path: path.to_owned(), why: error.to_string() },
        };
        let file = File::open(path).map_err(io)?;
        let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(LockFault::Readable { path: path.to_owned(), mode });
        }
        let mut text = String::new();
        file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(io)?;
        Self::parse(path, &text)
    }

    /// Reads a locked key from the text of the file at `path`. Nothing is unlocked.
    ///
    /// # Errors
    /// [`LockFault::Malformed`] when it is none, or of another format.
    pub fn parse(path: &Path, text: &str) -> Result<Self, LockFault> {
        let malformed = |why: String| LockFault::Malformed { path: path.to_owned(), why };
        let read: Self = serde_json::from_str(text)
            .map_err(|error| malformed(format!("this is no locked key: {error}")))?;
        match read.format {
            FORMAT => Ok(read),
            newer if newer > FORMAT => Err(malformed(format!(
                "format {newer} is newer than {FORMAT}; a newer digiana is needed"
            ))),
            other => Err(malformed(format!("there is no format {other}"))),
        }
    }
}

/// What the lock holds together: a key cannot be passed off as one of another kind or name.
fn bound_to(kind: KeyKind, public: &[u8; 32]) -> Vec<u8> {
    [b"digiana/locked-key/1\0".as_slice(), kind.word().as_bytes(), b"\0", public].concat()
}

fn cipher(
    passphrase: &Passphrase,
    salt: &[u8; 16],
    cost: Cost,
) -> Result<XChaCha20Poly1305, String> {
    let Cost { memory_kib, passes, lanes } = cost;
    let too_dear =
        memory_kib > COST_MAX.memory_kib || passes > COST_MAX.passes || lanes > COST_MAX.lanes;
    if too_dear {
        return Err("argon2id asks for more than any locked key needs".to_owned());
    }
    let params = Params::new(memory_kib, passes, lanes, Some(32))
        .map_err(|error| format!("argon2id: {error}"))?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
        .map_err(|error| format!("argon2id: {error}"))?;
    Ok(XChaCha20Poly1305::new_from_slice(key.as_ref()).expect("a key has 32 bytes"))
}

fn hex<const N: usize>(text: &str, field: &str) -> Result<[u8; N], String> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| format!("{field}: expected {} hexadecimal digits", 2 * N))
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), LockFault> {
    let io = |error: std::io::Error| match error.kind() == ErrorKind::AlreadyExists {
        true => LockFault::Exists { path: path.to_owned() },
        false => LockFault::Io { path: path.to_owned(), why: error.to_string() },
    };
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(io)?;
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        // Half a key would stand in the way of the next try and help nobody.
        let _ = std::fs::remove_file(path);
        return Err(io(error));
    }
    Ok(())
}
