//! The store: one redb file that makes commits durable and gives journals back.
//!
//! It has one owner process, never makes a file where it was asked to open one, and never decides
//! whether what it holds is true: it only notices when bytes are not those that were written.

mod aside;
mod disk;
mod fault;
#[cfg(test)]
pub(crate) mod recording;
mod rows;
mod tables;

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use digiana_core::engine::commit::{Commit, Stored};
use digiana_core::id::{JournalId, NodeId, TownId};
use digiana_core::journal::batch::Batch;
use digiana_core::journal::journals::{Journals, JournalsFault};
use redb::{Builder, Database, StorageBackend};
use rustix::fs::{CWD, RenameFlags};

use disk::{Disk, Writes};
use fault::Trouble;

pub use aside::SetAside;
pub use fault::StoreFault;

/// How much redb may keep in memory on a reader, in bytes.
pub const READER_CACHE_BYTES: usize = 8 << 20;

/// How much room the disk must have before a store that met a full disk writes again, in bytes:
/// enough for some thousand taps, so that it does not stop again at once.
pub const ROOM_TO_GO_ON: u64 = 256 << 10;

/// Whose store it is. Both are written into it once and checked at each opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The town.
    pub town: TownId,
    /// The node.
    pub node: NodeId,
}

/// An open store.
///
/// All its methods take `&self`; reads and a commit may run at the same time, two commits follow
/// each other. Each call waits for the disk, so an async caller gives it a thread.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    owner: Owner,
    cache_bytes: usize,
    // None only after opening it again failed: every call then says that the disk does not answer.
    opened: RwLock<Option<Opened>>,
}

#[derive(Debug)]
struct Opened {
    database: Database,
    writes: Writes,
}

impl Store {
    /// Makes an empty store, readable by its owner only, and its folder where that is missing.
    ///
    /// # Errors
    /// [`StoreFault::Exists`] where something stands already; `Full` or `Io` when the disk refuses.
    pub fn create(path: &Path, owner: Owner, cache_bytes: usize) -> Result<Self, StoreFault> {
        if path.symlink_metadata().is_ok() {
            return Err(StoreFault::Exists { path: path.to_owned() });
        }
        Self::found(path, owner, cache_bytes, rename_without_replacing)
    }

    /// Makes an empty store and puts it in its place when it is whole.
    fn found(
        path: &Path,
        owner: Owner,
        cache_bytes: usize,
        put: impl FnOnce(&Path, &Path) -> std::io::Result<()>,
    ) -> Result<Self, StoreFault> {
        let io = |error: std::io::Error| StoreFault::io(path, &error);
        let folder = folder_of(path);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
        // A store is made under another name and renamed when it is whole, so a power cut here
        // leaves no half-made store behind.
        let unfinished = beside(path, "new");
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io(error)),
            Ok(()) | Err(_) => {}
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)
            .map_err(io)?;
        let opened = Disk::new(file, Writes::Through)
            .map_err(Trouble::from)
            .and_then(|disk| Opened::founded(disk, owner, cache_bytes))
            .map_err(|trouble| trouble.at(path))?;
        put(&unfinished, path).map_err(io)?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        Ok(Self { path: path.to_owned(), owner, cache_bytes, opened: RwLock::new(Some(opened)) })
    }

    /// Opens a store and checks every page of it: some 0.15 s for 100 MB.
    ///
    /// Where the disk is too full to open it for writing, it is opened for reading: commits then
    /// say `Full` until [`reopen`](Self::reopen).
    ///
    /// # Errors
    /// [`StoreFault`], with the file unchanged for `Missing`, `InUse`, `Foreign` and `Newer`.
    pub fn open(path: &Path, owner: Owner, cache_bytes: usize) -> Result<Self, StoreFault> {
        let opened = match Opened::at(path, owner, Writes::Through, cache_bytes) {
            Err(StoreFault::Full { .. }) => Opened::at(path, owner, Writes::Kept, cache_bytes)?,
            opened => opened?,
        };
        Ok(Self { path: path.to_owned(), owner, cache_bytes, opened: RwLock::new(Some(opened)) })
    }

    /// Where the store lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether commits are taken: false after a full disk, until [`reopen`](Self::reopen).
    pub fn takes_writes(&self) -> bool {
        self.read().as_ref().is_some_and(|opened| opened.writes == Writes::Through)
    }

    /// What it holds beside journals.
    ///
    /// # Errors
    /// [`StoreFault::Io`] or `Damaged`.
    pub fn stored(&self) -> Result<Stored, StoreFault> {
        self.on(rows::stored)
    }

    /// Writes commits in their order, all in one transaction: after `Ok` each of them is durable,
    /// after an error none is.
    ///
    /// A full disk makes the store read-only; reads go on, and later commits are refused at once.
    ///
    /// # Errors
    /// [`StoreFault::Full`]: nothing was written, see [`reopen`](Self::reopen). `Io` and
    /// `Damaged`: the node must stop; what was written shows at the next start.
    pub fn commit(&self, commits: &[Commit]) -> Result<(), StoreFault> {
        match self.read().as_ref().map(|opened| opened.writes) {
            None => return Err(self.closed()),
            Some(Writes::Kept) => return Err(StoreFault::Full { path: self.path.clone() }),
            Some(Writes::Through) => {}
        }
        let fault = match self.on(|database| rows::write(database, commits)) {
            Err(fault @ StoreFault::Full { .. }) => fault,
            done => return done,
        };
        tracing::warn!(store = %self.path.display(), "the disk is full; taps are refused");
        let mut opened = self.write();
        // The lock on the file goes with the old handle, so it is dropped before the new one comes.
        *opened = None;
        *opened = Some(self.open_again(Writes::Kept)?);
        drop(opened);
        // A disk may say that it is full after the last byte was taken. What the caller must then
        // not do is go on as if nothing had been written.
        if self.on(|database| rows::any_landed(database, commits))? {
            let why = "the disk filled up while it confirmed a commit".to_owned();
            return Err(StoreFault::Io { path: self.path.clone(), why });
        }
        Err(fault)
    }

    /// Opens the file again for writing, after a full disk. A store that takes writes stays as it
    /// is. Worth trying every few seconds: while there is no room it costs one question.
    ///
    /// # Errors
    /// [`StoreFault::Full`] while less than [`ROOM_TO_GO_ON`] is free, reads go on. `Io` and
    /// `Damaged`: the node must stop.
    pub fn reopen(&self) -> Result<(), StoreFault> {
        let mut opened = self.write();
        if opened.as_ref().is_some_and(|opened| opened.writes == Writes::Through) {
            return Ok(());
        }
        let disk = rustix::fs::statvfs(folder_of(&self.path))
            .map_err(|error| StoreFault::io(&self.path, &error.into()))?;
        if disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM_TO_GO_ON {
            return Err(StoreFault::Full { path: self.path.clone() });
        }
        *opened = None;
        match self.open_again(Writes::Through) {
            Err(full @ StoreFault::Full { .. }) => {
                *opened = Some(self.open_again(Writes::Kept)?);
                Err(full)
            }
            again => {
                *opened = Some(again?);
                tracing::info!(store = %self.path.display(), "the disk has room again");
                Ok(())
            }
        }
    }

    /// Closes it, so that the next opening finds nothing to repair. Dropping does the same but
    /// tells no error.
    ///
    /// # Errors
    /// [`StoreFault::Full`] or `Io`; nothing that was committed is lost by either.
    pub fn close(self) -> Result<(), StoreFault> {
        let opened = self.opened.into_inner().unwrap_or_else(PoisonError::into_inner);
        opened.map_or(Ok(()), |opened| {
            opened.database.close().map_err(|error| Trouble::from(error).at(&self.path))
        })
    }

    fn open_again(&self, writes: Writes) -> Result<Opened, StoreFault> {
        Opened::at(&self.path, self.owner, writes, self.cache_bytes)
    }

    fn on<T>(&self, act: impl FnOnce(&Database) -> Result<T, Trouble>) -> Result<T, StoreFault> {
        let opened = self.read();
        let opened = opened.as_ref().ok_or_else(|| self.closed())?;
        act(&opened.database).map_err(|trouble| trouble.at(&self.path))
    }

    fn closed(&self) -> StoreFault {
        let why = "it could not be opened again".to_owned();
        StoreFault::Io { path: self.path.clone(), why }
    }

    fn read(&self) -> RwLockReadGuard<'_, Option<Opened>> {
        self.opened.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Option<Opened>> {
        self.opened.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journals for Store {
    fn list(&self) -> Result<Vec<JournalId>, JournalsFault> {
        let none = JournalId([0; JournalId::LEN]);
        self.on(rows::journals)
            .map_err(|fault| JournalsFault { journal: none, why: fault.to_string() })
    }

    fn rows(
        &self,
        journal: JournalId,
        from: u64,
        bytes_max: usize,
    ) -> Result<Vec<Batch>, JournalsFault> {
        self.on(|database| rows::batches(database, journal, from, bytes_max))
            .map_err(|fault| JournalsFault { journal, why: fault.to_string() })
    }
}

impl Opened {
    /// Makes an empty store on a disk that holds nothing.
    fn founded(
        disk: impl StorageBackend,
        owner: Owner,
        cache_bytes: usize,
    ) -> Result<Self, Trouble> {
        let database = database(disk, cache_bytes)?;
        rows::found(&database, owner)?;
        Ok(Self { database, writes: Writes::Through })
    }

    /// Opens the store that a disk holds.
    fn over(
        disk: impl StorageBackend,
        owner: Owner,
        writes: Writes,
        cache_bytes: usize,
    ) -> Result<Self, Trouble> {
        let database = database(disk, cache_bytes)?;
        rows::check_meta(&database, owner)?;
        Ok(Self { database, writes })
    }

    /// Opens the store that a file holds.
    fn at(
        path: &Path,
        owner: Owner,
        writes: Writes,
        cache_bytes: usize,
    ) -> Result<Self, StoreFault> {
        let io = |error: std::io::Error| StoreFault::io(path, &error);
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if metadata.len() == 0 {
            // redb would begin a new store in an empty file.
            let why = "the file is empty".to_owned();
            return Err(StoreFault::Damaged { path: path.to_owned(), why });
        }
        let opened = Disk::new(file, writes)
            .map_err(Trouble::from)
            .and_then(|disk| Self::over(disk, owner, writes, cache_bytes))
            .map_err(|trouble| trouble.at(path))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(io)?;
        }
        Ok(opened)
    }
}

fn database(disk: impl StorageBackend, cache_bytes: usize) -> Result<Database, Trouble> {
    let mut builder = Builder::new();
    builder.set_cache_size(cache_bytes).set_check_integrity_on_open(true);
    Ok(builder.create_with_backend(disk)?)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn rename_without_replacing(from: &Path, to: &Path) -> std::io::Result<()> {
    Ok(rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(test)]
mod tests;
