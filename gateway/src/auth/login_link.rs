//! Login links: each opens one session, once, within a day.
//!
//! A link is a file named by the hash of its secret. Taking the file away is what redeems it, so
//! two browsers that come with one link cannot both succeed, and a command line can make a link
//! for a gateway that runs.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::secret::{Digest, Secret, write_private};

/// How long a link works.
pub const LINK_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The most links that wait to be used. The oldest goes when one more is made.
pub const LINKS_MAX: usize = 32;

/// The folder of links that wait to be used.
#[derive(Debug, Clone)]
pub struct LoginLinks {
    folder: PathBuf,
}

/// The folder of links cannot be used. Whoever runs the gateway must act.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", .folder.display())]
pub struct LinkFault {
    folder: PathBuf,
    cause: io::Error,
}

impl LoginLinks {
    /// The links of a data folder.
    pub fn in_folder(data: &Path) -> Self {
        Self { folder: data.join("login-links") }
    }

    /// Makes a link and returns its secret, which is kept nowhere.
    ///
    /// # Errors
    /// [`LinkFault`].
    pub fn make(&self, now: SystemTime) -> Result<Secret, LinkFault> {
        let secret = Secret::draw();
        let path = self.folder.join(Digest::of(secret.expose()).file_name());
        self.tidy(now)
            .and_then(|()| write_private(&path, b""))
            .map_err(|cause| self.fault(cause))?;
        Ok(secret)
    }

    /// Uses a link up. `false` when there is none, it was used, or its day is over.
    ///
    /// # Errors
    /// [`LinkFault`].
    pub fn redeem(&self, offered: &str, now: SystemTime) -> Result<bool, LinkFault> {
        let path = self.folder.join(Digest::of(offered).file_name());
        let made = match std::fs::metadata(&path).and_then(|file| file.modified()) {
            Ok(made) => made,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(cause) => return Err(self.fault(cause)),
        };
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(is_fresh(made, now)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(self.fault(cause)),
        }
    }

    /// Takes links away whose day is over, and the oldest if there are too many.
    fn tidy(&self, now: SystemTime) -> io::Result<()> {
        let listed = match std::fs::read_dir(&self.folder) {
            Ok(listed) => listed,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(cause) => return Err(cause),
        };
        let mut waiting = Vec::new();
        for item in listed {
            let item = item?;
            waiting.push((item.metadata()?.modified()?, item.path()));
        }
        waiting.sort();
        let room = LINKS_MAX.saturating_sub(1);
        let too_many = waiting.len().saturating_sub(room);
        for (index, (made, path)) in waiting.iter().enumerate() {
            if index < too_many || !is_fresh(*made, now) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn fault(&self, cause: io::Error) -> LinkFault {
        LinkFault { folder: self.folder.clone(), cause }
    }
}

/// A link from the future is fresh: the clock was set back, and a shelter must still open.
fn is_fresh(made: SystemTime, now: SystemTime) -> bool {
    now.duration_since(made).is_ok_and(|age| age <= LINK_LIFETIME) || made > now
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;

    #[test]
    fn a_link_opens_once() {
        let data = tempfile::tempdir().unwrap();
        let links = LoginLinks::in_folder(data.path());
        let secret = links.make(SystemTime::now()).unwrap();
        assert!(!links.redeem("guessed", SystemTime::now()).unwrap());
        assert!(links.redeem(secret.expose(), SystemTime::now()).unwrap());
        assert!(!links.redeem(secret.expose(), SystemTime::now()).unwrap());
    }

    #[test]
    fn a_link_is_of_no_use_after_a_day_and_the_disk_does_not_know_it() {
        let data = tempfile::tempdir().unwrap();
        let links = LoginLinks::in_folder(data.path());
        let secret = links.make(SystemTime::now()).unwrap();
        for item in std::fs::read_dir(&links.folder).unwrap() {
            assert!(!item.unwrap().file_name().to_str().unwrap().contains(secret.expose()));
        }
        let late = SystemTime::now() + LINK_LIFETIME + Duration::from_secs(1);
        assert!(!links.redeem(secret.expose(), late).unwrap());
    }

    #[test]
    fn links_that_nobody_uses_do_not_pile_up() {
        let data = tempfile::tempdir().unwrap();
        let links = LoginLinks::in_folder(data.path());
        for _ in 0..LINKS_MAX + 5 {
            links.make(SystemTime::now()).unwrap();
        }
        assert_eq!(std::fs::read_dir(&links.folder).unwrap().count(), LINKS_MAX);
    }
}
