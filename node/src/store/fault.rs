//! What can be wrong with a store, sorted by who must act; and how redb's errors become that.

use std::io::{Error as IoError, ErrorKind};
use std::path::{Path, PathBuf};

use digiana_core::wire::Malformed;

/// The store cannot do what was asked. Each says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// The operator: nothing is there, and opening never makes a store.
    #[error(
        "there is no store at {}; if this node is new, make one with `digiana-node init`; if not, \
         check the path before anything else",
        path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The operator: something is there already, and it is not overwritten.
    #[error("{} exists already and is not overwritten; move it away to begin anew", path.display())]
    Exists {
        /// What is in the way.
        path: PathBuf,
    },
    /// The operator: another process has it.
    #[error("{} is in use: the node is running; use its control socket", path.display())]
    InUse {
        /// The store's file.
        path: PathBuf,
    },
    /// The operator: the store is another town's or node's.
    #[error(
        "{} belongs to {whose} {found}, not to {ours}; check the paths in the configuration",
        path.display()
    )]
    Foreign {
        /// The store's file.
        path: PathBuf,
        /// What does not fit: town or node.
        whose: &'static str,
        /// What stands in the store, in hexadecimal.
        found: String,
        /// What was expected, in hexadecimal.
        ours: String,
    },
    /// The operator: a newer program wrote it. Nothing in it was changed.
    #[error(
        "{} has format {found}, and this program knows formats up to {known}: a newer digiana is \
         needed; nothing was changed",
        path.display()
    )]
    Newer {
        /// The store's file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format this program reads.
        known: u32,
    },
    /// Whoever can make room: nothing was written, what is stored can still be read.
    #[error("the disk that holds {} is full; make room, and the node goes on", path.display())]
    Full {
        /// The store's file.
        path: PathBuf,
    },
    /// Whoever looks after the machine: the disk does not answer. The node stops.
    #[error("{} cannot be read or written: {why}; check the disk, then restart", path.display())]
    Io {
        /// The store's file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The operator: what stands in the file is not what was written. The node stops.
    #[error(
        "{} is damaged: {why}; start the node: it sets the file aside, keeps it, and begins again \
         with what its peers give back",
        path.display()
    )]
    Damaged {
        /// The store's file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// Whoever looks after the machine: store after store was damaged here.
    #[error(
        "{} is damaged, and {kept} damaged stores lie beside it: the disk is not to be trusted; \
         keep those files, and begin anew on another disk",
        path.display()
    )]
    Spoilt {
        /// The store's file.
        path: PathBuf,
        /// How many were set aside before.
        kept: u32,
    },
}

impl StoreFault {
    pub(super) fn io(path: &Path, error: &IoError) -> Self {
        let path = path.to_owned();
        #[expect(clippy::wildcard_enum_match_arm, reason = "the system's other words all mean Io")]
        match error.kind() {
            ErrorKind::NotFound => Self::Missing { path },
            ErrorKind::AlreadyExists => Self::Exists { path },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { path }
            }
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                Self::Damaged { path, why: error.to_string() }
            }
            _ => Self::Io { path, why: error.to_string() },
        }
    }
}

/// Why something inside a transaction failed, before the file's name is added.
#[derive(Debug)]
pub(super) enum Trouble {
    /// redb says so.
    Redb(redb::Error),
    /// A row is not what this program writes.
    Row { table: &'static str, why: String },
    /// The store has a format of the future.
    Newer { found: u32 },
    /// The store is another's.
    Foreign { whose: &'static str, found: String, ours: String },
}

impl Trouble {
    pub(super) fn row(table: &'static str, why: impl ToString) -> Self {
        Self::Row { table, why: why.to_string() }
    }

    pub(super) fn malformed(table: &'static str) -> impl Fn(Malformed) -> Self {
        move |error| Self::row(table, error)
    }

    pub(super) fn at(self, path: &Path) -> StoreFault {
        let path = path.to_owned();
        match self {
            Self::Row { table, why } => {
                StoreFault::Damaged { path, why: format!("in table {table}, {why}") }
            }
            Self::Newer { found } => {
                StoreFault::Newer { path, found, known: super::tables::FORMAT }
            }
            Self::Foreign { whose, found, ours } => {
                StoreFault::Foreign { path, whose, found, ours }
            }
            Self::Redb(redb::Error::Io(error)) => StoreFault::io(&path, &error),
            Self::Redb(redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch) => {
                StoreFault::InUse { path }
            }
            Self::Redb(
                error @ (redb::Error::PreviousIo
                | redb::Error::Backend(_)
                | redb::Error::Unsupported
                | redb::Error::DatabaseClosed
                | redb::Error::LockPoisoned(_)
                | redb::Error::TransactionPoisoned),
            ) => StoreFault::Io { path, why: error.to_string() },
            // Everything else says that pages or tables are not as this program left them.
            Self::Redb(error) => StoreFault::Damaged { path, why: error.to_string() },
        }
    }
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for Trouble {
            fn from(error: $error) -> Self {
                Self::Redb(error.into())
            }
        }
    )*};
}

from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError
);
