//! The files of the repository as texts, and findings about them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One file: its path from the root, with `/` between names, and its text.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// A file that exists only in a test of a rule.
    pub(crate) fn planted(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether this is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The lines, counted from one as an editor counts them.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// Something wrong on a line of this file.
    pub(crate) fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, what: what.into() }
    }
}

/// A place where a rule does not hold, and what would mend it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Stops the test with every finding, if there is one.
pub(crate) fn expect_none(findings: Vec<Finding>) {
    let sorted: BTreeSet<Finding> = findings.into_iter().collect();
    let list: Vec<String> = sorted.iter().map(Finding::to_string).collect();
    assert!(list.is_empty(), "\n{}\n", list.join("\n"));
}

/// The folder that holds the workspace.
pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the package tests lies in the root").to_owned()
}

/// The paths of all files that git tracks or would track, as they lie on the disk now.
pub(crate) fn paths() -> Vec<String> {
    let listing = Command::new("git")
        .current_dir(root())
        // A checkout may belong to another user than the one who runs the checks.
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .args(["--cached", "--others", "--exclude-standard"])
        .output()
        .expect("git can be started");
    assert!(listing.status.success(), "git: {}", String::from_utf8_lossy(&listing.stderr));
    let listing = String::from_utf8(listing.stdout).expect("paths here are UTF-8");
    let paths: BTreeSet<&str> = listing.split_terminator('\0').collect();
    let found: Vec<String> =
        paths.into_iter().filter(|path| root().join(path).is_file()).map(str::to_owned).collect();
    assert!(found.len() > 20, "git names only {} files here", found.len());
    found
}

/// All files that are text.
pub(crate) fn files() -> Vec<File> {
    let read = |path: String| {
        let bytes = std::fs::read(root().join(&path)).expect("a listed file can be read");
        // What is not UTF-8 (a picture, a CP932 fixture) has no lines to speak of.
        String::from_utf8(bytes).ok().map(|text| File { path, text })
    };
    paths().into_iter().filter_map(read).collect()
}

/// The Rust files.
pub(crate) fn rust_files() -> Vec<File> {
    files().into_iter().filter(File::is_rust).collect()
}

/// One file by its path, if it is there.
pub(crate) fn file(path: &str) -> Option<File> {
    let text = std::fs::read_to_string(root().join(path)).ok()?;
    Some(File { path: path.to_owned(), text })
}
