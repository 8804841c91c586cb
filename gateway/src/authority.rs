//! The town's authority: a folder with its two locked keys and the file it gives each node.
//!
//! The root key makes the town and appoints the officer, once; the officer admits nodes. Neither
//! key ever lies open on a disk, no node holds one, and nothing here talks to a node: what is
//! signed travels in the town file, by hand, and from node to node.

pub mod admission;
pub mod locked_key;
pub mod passphrase;

use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use digiana_core::credential::admit::{Admit, Appoint};
use digiana_core::credential::set::{CredentialFault, CredentialSet, Taken};
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::id::CredentialId;
use digiana_core::limits::CREDENTIAL_BYTES_MAX;
use digiana_core::sign::Scheme;
use digiana_core::token::looks_like_my_number;
use digiana_node::config::NAME_CHARS_MAX;
use digiana_node::keys::{KeyFault, TownFile};
use digiana_node::typed::typed;
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use admission::Admission;
use locked_key::{KeyKind, LockFault, LockedKey};
use passphrase::Passphrase;

/// The town file's name in the folder.
const TOWN_FILE: &str = "town.json";

/// The office of the key that admits, for lists.
const OFFICE: &str = "officer";

/// Something is wrong with the authority's folder or with what is asked of it.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityFault {
    /// The keeper of keys: a town was begun there already.
    #[error("{} exists already and is not overwritten; name a new folder with --dir", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// The keeper of keys: no town was begun there.
    #[error("{}: {why}", path.display())]
    NoTown {
        /// The folder that was named, from the root of the disk.
        path: PathBuf,
        /// What is there instead, and what to do.
        why: String,
    },
    /// The keeper of keys: a name for people to read.
    #[error("the name of a {what} has 1 to {NAME_CHARS_MAX} characters on one line")]
    BadName {
        /// Of what.
        what: &'static str,
    },
    /// The keeper of keys: a number that must be in no file of the town.
    #[error(
        "the name of the {what} looks like a 12-digit My Number, which must never be entered \
         here; it was not kept. Give the name of a place or a device"
    )]
    LooksLikeMyNumber {
        /// Of what.
        what: &'static str,
    },
    /// The keeper of keys: one credential holds so much and no more.
    #[error(
        "this admission has {bytes} bytes, over the limit of {max}: name fewer --site and --care \
         at once; several admissions of one node unite"
    )]
    TooLong {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
    /// The keeper of keys: the officer's key in the folder is another town's.
    #[error("{}: this officer was not appointed by the root of this town", path.display())]
    NotOfThisTown {
        /// The key's file.
        path: PathBuf,
    },
    /// The keeper of keys: a credential in the town file does not hold.
    #[error("{}: {why}; put back the file's last copy", path.display())]
    Credential {
        /// The town file.
        path: PathBuf,
        /// What is wrong.
        why: CredentialFault,
    },
    /// The keeper of keys: a locked key.
    #[error(transparent)]
    Lock(#[from] LockFault),
    /// The keeper of keys: the town file.
    #[error(transparent)]
    Town(#[from] KeyFault),
    /// Whoever looks after the machine.
    #[error("{}: {why}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// What became of an admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// The credential's name.
    pub id: CredentialId,
    /// How many bytes it has.
    pub bytes: usize,
    /// Whether it is new: the same admission may stand there already.
    pub is_new: bool,
}

/// A town's authority, as its folder holds it.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    town: TownFile,
}

impl Authority {
    /// Begins a town: draws its keys, locks them, appoints the officer. `now` is in Unix seconds.
    ///
    /// # Errors
    /// [`AuthorityFault::Exists`] where anything of a town stands already, and nothing is changed;
    /// a bad name; `Io`.
    pub fn init(
        folder: &Path,
        name: &str,
        drill: bool,
        root_passphrase: &Passphrase,
        officer_passphrase: &Passphrase,
        now: i64,
    ) -> Result<Self, AuthorityFault> {
        check_name("town", name)?;
        Self::check_free(folder)?;
        let io = |path: &Path, error: &std::io::Error| AuthorityFault::Io {
            path: path.to_owned(),
            why: error.to_string(),
        };
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| io(folder, &error))?;
        let root = LockedKey::create(&folder.join("root.key"), KeyKind::Root, root_passphrase)?;
        let officer =
            LockedKey::create(&folder.join("officer.key"), KeyKind::Officer, officer_passphrase)?;
        let mut tag_key = Zeroizing::new([0; 32]);
        SysRng.try_fill_bytes(tag_key.as_mut()).map_err(|error| AuthorityFault::Io {
            path: folder.to_owned(),
            why: format!("the system gives no randomness: {error}"),
        })?;
        let appoint =
            Appoint { officer: officer.officer(), office: OFFICE.to_owned(), issued_at: now };
        let credential =
            Envelope::seal(town_of(&root.public()), &root, CredentialKind::APPOINT, &appoint);
        let town = TownFile::new(name.to_owned(), root.public(), *tag_key, drill, vec![credential]);
        town.save(&folder.join(TOWN_FILE))?;
        Ok(Self { folder: folder.to_owned(), town })
    }

    /// Whether a town can be begun in a folder: asked before anybody types a passphrase.
    ///
    /// # Errors
    /// [`AuthorityFault::Exists`].
    pub fn check_free(folder: &Path) -> Result<(), AuthorityFault> {
        for name in ["root.key", "officer.key", TOWN_FILE] {
            let path = folder.join(name);
            match path.symlink_metadata() {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Ok(_) => return Err(AuthorityFault::Exists { path }),
                Err(error) => return Err(AuthorityFault::Io { path, why: error.to_string() }),
            }
        }
        Ok(())
    }

    /// Opens a folder; its keys stay locked.
    ///
    /// # Errors
    /// [`AuthorityFault::NoTown`] when no town was begun there; `Town` when its town file cannot be
    /// read.
    pub fn open(folder: &Path) -> Result<Self, AuthorityFault> {
        if let Some(why) = no_town(folder) {
            let path = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
            return Err(AuthorityFault::NoTown { path, why });
        }
        let town = TownFile::load(&folder.join(TOWN_FILE))?;
        Ok(Self { folder: folder.to_owned(), town })
    }

    /// The file each node is given.
    pub fn town(&self) -> &TownFile {
        &self.town
    }

    /// Where that file lies.
    pub fn town_path(&self) -> PathBuf {
        self.folder.join(TOWN_FILE)
    }

    /// Everything the town file's credentials say, each checked up to the root.
    ///
    /// # Errors
    /// [`AuthorityFault::Credential`] at the first that does not hold.
    pub fn credentials(&self) -> Result<CredentialSet, AuthorityFault> {
        let mut set = CredentialSet::new(Scheme::Ed25519, self.town.root);
        let mut envelopes: Vec<&Envelope> = self.town.credentials.iter().collect();
        envelopes.sort_by_key(|envelope| envelope.kind);
        for envelope in envelopes {
            self.insert(&mut set, envelope)?;
        }
        Ok(set)
    }

    fn insert(
        &self,
        set: &mut CredentialSet,
        envelope: &Envelope,
    ) -> Result<Taken, AuthorityFault> {
        set.insert(envelope)
            .map_err(|why| AuthorityFault::Credential { path: self.town_path(), why })
    }

    /// The same admission, if it stands in the town file already: no passphrase is needed then.
    ///
    /// # Errors
    /// What is wrong with the admission itself.
    pub fn standing_admission(
        &self,
        admission: &Admission,
    ) -> Result<Option<Admitted>, AuthorityFault> {
        check_name("device", &admission.name)?;
        let wanted = admission.to_admit(0);
        let bytes = minicbor::to_vec(&wanted).expect("writing to a Vec cannot fail").len();
        // A date in seconds needs up to eight bytes more than none does.
        if bytes + 8 > CREDENTIAL_BYTES_MAX {
            return Err(AuthorityFault::TooLong { bytes: bytes + 8, max: CREDENTIAL_BYTES_MAX });
        }
        let held = self.town.credentials.iter().filter(|held| held.kind == CredentialKind::ADMIT);
        let same = held.into_iter().find(|held| {
            let admit: Option<Admit> = minicbor::decode(&held.body).ok();
            admit.is_some_and(|admit| Admit { issued_at: 0, ..admit } == wanted)
        });
        Ok(same.map(|held| Admitted { id: held.id(), bytes: held.to_bytes().len(), is_new: false }))
    }

    /// Admits a node: signs with the officer's key and writes the town file anew. `now` is in Unix
    /// seconds. The same admission a second time changes nothing.
    ///
    /// # Errors
    /// [`AuthorityFault`]; the town file is as it was.
    pub fn admit(
        &mut self,
        admission: &Admission,
        passphrase: &Passphrase,
        now: i64,
    ) -> Result<Admitted, AuthorityFault> {
        if let Some(same) = self.standing_admission(admission)? {
            return Ok(same);
        }
        let path = self.folder.join("officer.key");
        let officer = LockedKey::unlock(&path, KeyKind::Officer, passphrase)?;
        let kind = CredentialKind::ADMIT;
        let envelope = Envelope::seal(self.town.town(), &officer, kind, &admission.to_admit(now));
        let mut set = self.credentials()?;
        match set.insert(&envelope) {
            Err(CredentialFault::UnknownIssuer(_)) => {
                return Err(AuthorityFault::NotOfThisTown { path });
            }
            Err(why) => return Err(AuthorityFault::Credential { path: self.town_path(), why }),
            Ok(_) => {}
        }
        let mut town = self.town.clone();
        town.credentials.push(envelope.clone());
        self.replace(&town)?;
        self.town = town;
        Ok(Admitted { id: envelope.id(), bytes: envelope.to_bytes().len(), is_new: true })
    }

    /// Writes the town file beside the old one and renames it over that, so that a power cut
    /// leaves one of the two whole.
    fn replace(&self, town: &TownFile) -> Result<(), AuthorityFault> {
        let unfinished = self.folder.join("town.json.new");
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(AuthorityFault::Io { path: unfinished, why: error.to_string() });
            }
            Ok(()) | Err(_) => {}
        }
        town.save(&unfinished)?;
        std::fs::rename(&unfinished, self.town_path())
            .and_then(|()| std::fs::File::open(&self.folder)?.sync_all())
            .map_err(|error| AuthorityFault::Io { path: self.town_path(), why: error.to_string() })
    }
}

/// Why there is no town in a folder, and what to do; none where there is one.
fn no_town(folder: &Path) -> Option<String> {
    let name_it = "name the authority's folder with --dir";
    let begin = || {
        let folder = typed(folder);
        format!(
            "{name_it}, or begin a town: `digiana-gateway town init --dir {folder} --name NAME`"
        )
    };
    let is_missing = |path: &Path| {
        path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
    };
    if is_missing(folder) {
        Some(format!("there is no such folder; {}", begin()))
    } else if folder.is_file() {
        Some(format!("this is a file; {name_it}"))
    } else if !is_missing(&folder.join(TOWN_FILE)) {
        None
    } else if is_missing(&folder.join("root.key")) && is_missing(&folder.join("officer.key")) {
        Some(format!("no town was begun in this folder; {}", begin()))
    } else {
        Some(format!("there are a town's keys and no {TOWN_FILE}; put back the file's last copy"))
    }
}

fn check_name(what: &'static str, name: &str) -> Result<(), AuthorityFault> {
    if looks_like_my_number(name) {
        return Err(AuthorityFault::LooksLikeMyNumber { what });
    }
    let chars = name.chars().count();
    if name.trim().is_empty() || chars > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(AuthorityFault::BadName { what });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
