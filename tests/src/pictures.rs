//! What the pictures of the pages in docs/screenshots were made of.
//!
//! A picture is never compared by its pixels: another machine's fonts draw other ones. Beside the
//! pictures lies the hash of every file that pages are made of; where one differs, they are old.

use std::io;
use std::path::{Path, PathBuf};

/// The folder of the pictures, from the project's root.
pub const FOLDER: &str = "docs/screenshots";

/// The list of hashes, from the project's root.
pub const LIST: &str = "docs/screenshots/made-of.txt";

/// What takes the pictures anew when it is `write`.
pub const VARIABLE: &str = "DIGIANA_SCREENSHOTS";

/// How to take the pictures anew.
pub const COMMAND: &str =
    "DIGIANA_SCREENSHOTS=write cargo test --package digiana-tests --test browser pictures";

/// The folders with what pages are made of.
const MADE_OF: [&str; 3] = ["gateway/templates", "gateway/static", "gateway/text"];

/// A line for each file that pages are made of, ordered by its name: hash and name.
///
/// # Errors
/// When a file or folder under `root` cannot be read.
pub fn made_of(root: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = MADE_OF.map(|folder| root.join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let mut list = String::new();
    for path in files {
        let hash = blake3::hash(&std::fs::read(&path)?).to_hex();
        let name = path.strip_prefix(root).unwrap_or(&path).display();
        list.push_str(&format!("{hash:.16} {name}\n"));
    }
    Ok(list)
}
