//! The folder of a drill, and those that killed drills left behind.
//!
//! A folder among the machine's temporary files holds the keys of its town, so it goes with its
//! drill. A drill that is killed cannot take it away: the next one does. To tell the two apart a
//! drill holds a file of its folder locked; the system lets go of the lock with the process, and
//! no number of a process is compared that another may have been given since.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{DrillFault, progress};

/// How the folders among the machine's temporary files are called.
const PREFIX: &str = "digiana-drill-";

/// The file that says: a drill uses this folder for as long as this is locked, and nobody wants to
/// keep it. A folder that is kept has none.
const LOCK_FILE: &str = "drill.lock";

/// The folder of a drill.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    // A folder that this drill made is taken away with everything in it.
    keep: bool,
    // Locked until the drill's end, however that comes.
    _lock: Option<File>,
}

impl Folder {
    /// Makes the folder that was named, or one among the machine's temporary files, after those
    /// that killed drills left there were taken away.
    ///
    /// # Errors
    /// [`DrillFault::Usage`] when something is in it already; [`DrillFault::Machine`].
    pub(super) fn make(named: Option<PathBuf>, keep: bool) -> Result<Self, DrillFault> {
        let temporary = std::env::temp_dir();
        clear(&temporary);
        let Some(path) = named else { return Self::among(&temporary, keep) };
        let machine = |error: io::Error| DrillFault::machine(&path, &error);
        std::fs::create_dir_all(&path).map_err(machine)?;
        if std::fs::read_dir(&path).map_err(machine)?.next().is_some() {
            return Err(DrillFault::Usage(format!(
                "{} is not empty; name a new folder with --dir, the drill fills it",
                path.display()
            )));
        }
        let path = std::path::absolute(&path).map_err(machine)?;
        Ok(Self { path, keep, _lock: None })
    }

    fn among(temporary: &Path, keep: bool) -> Result<Self, DrillFault> {
        let machine = |error: io::Error| DrillFault::machine(temporary, &error);
        let made =
            tempfile::Builder::new().prefix(PREFIX).tempdir_in(temporary).map_err(machine)?;
        // It has its name only when it is locked, so that nobody takes it for a dead drill's.
        let unfinished = made.path().join("drill.lock.new");
        let lock = File::create_new(&unfinished).map_err(machine)?;
        lock.lock().map_err(machine)?;
        std::fs::rename(&unfinished, made.path().join(LOCK_FILE)).map_err(machine)?;
        Ok(Self { path: made.keep(), keep, _lock: Some(lock) })
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes it away at a clean end, unless it is to be kept.
    ///
    /// # Errors
    /// [`DrillFault::Machine`]
    pub(super) fn remove(self) -> Result<(), DrillFault> {
        if self.keep {
            self.leave("the folder is kept");
            return Ok(());
        }
        std::fs::remove_dir_all(&self.path).map_err(|error| DrillFault::machine(&self.path, &error))
    }

    /// Keeps it for people to look at, whatever drills come after, and says where it is.
    pub(super) fn leave(self, why: &str) {
        // One that was named has no such file, and stays as well.
        let _ = std::fs::remove_file(self.path.join(LOCK_FILE));
        progress(&format!("{why}: {}", self.path.display()));
    }
}

/// Takes away what killed drills left, and says so in a line.
fn clear(temporary: &Path) {
    let left = left_by_killed(temporary);
    let mut removed = Vec::new();
    for (path, _lock) in &left {
        match std::fs::remove_dir_all(path) {
            Ok(()) => removed.push(path.display().to_string()),
            // Another drill that starts now may have been quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => progress(&format!(
                "a killed drill left {}, and it cannot be removed: {error}; it holds the drill's \
                 keys, remove it",
                path.display()
            )),
        }
    }
    if !removed.is_empty() {
        progress(&format!("removed what killed drills left, keys and all: {}", removed.join(", ")));
    }
}

/// This user's folders of drills that are no more, each with its lock.
fn left_by_killed(temporary: &Path) -> Vec<(PathBuf, File)> {
    let mine = rustix::process::geteuid().as_raw();
    let entries = std::fs::read_dir(temporary).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    // Anybody may make a folder of this name here; what is not this user's is not touched, and a
    // link is not followed.
    let own = named.map(|entry| entry.path()).filter(|path| {
        path.symlink_metadata().is_ok_and(|found| found.is_dir() && found.uid() == mine)
    });
    own.filter_map(|path| {
        let lock = File::open(path.join(LOCK_FILE)).ok()?;
        lock.try_lock().ok()?;
        Some((path, lock))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_in_it_is_not_touched() {
        let outer = tempfile::tempdir().expect("a folder");
        std::fs::write(outer.path().join("diary"), "mine").expect("a file");
        let said = Folder::make(Some(outer.path().to_owned()), false).expect_err("it is not empty");
        assert!(said.to_string().contains("--dir"), "{said}");
        assert!(outer.path().join("diary").is_file());
    }

    #[test]
    fn the_folder_goes_with_everything_in_it_unless_it_is_kept() {
        let outer = tempfile::tempdir().expect("a folder");
        for keep in [false, true] {
            let path = outer.path().join(format!("keep-{keep}"));
            let folder = Folder::make(Some(path.clone()), keep).expect("a folder");
            std::fs::write(folder.path().join("store"), "").expect("a file");
            folder.remove().expect("it can be removed");
            assert_eq!(path.exists(), keep);
        }
    }

    #[test]
    fn what_a_killed_drill_left_goes_and_what_is_used_or_kept_stays() {
        let temporary = tempfile::tempdir().expect("a folder");
        let make = |keep| {
            let folder = Folder::among(temporary.path(), keep).expect("a folder");
            std::fs::write(folder.path().join("node.key"), "").expect("a file");
            (folder.path().to_owned(), folder)
        };
        let (used, _folder) = make(false);
        let (kept, folder) = make(true);
        folder.remove().expect("it is kept");
        let (failed, folder) = make(false);
        folder.leave("a promise was not kept");
        let (killed, folder) = make(false);
        // As the system does at the end of a process, and nothing else of it.
        drop(folder);
        let strange = temporary.path().join("digiana-drill-notes");
        std::fs::create_dir(&strange).expect("a folder");
        let link = temporary.path().join("digiana-drill-link");
        std::os::unix::fs::symlink(&killed, &link).expect("a link");

        let found: Vec<_> =
            left_by_killed(temporary.path()).into_iter().map(|(at, _)| at).collect();
        assert_eq!(found, std::slice::from_ref(&killed));
        clear(temporary.path());
        assert!(!killed.exists());
        for stays in [used, kept, failed, strange] {
            assert!(stays.is_dir(), "{}", stays.display());
        }
    }
}
