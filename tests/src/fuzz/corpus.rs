//! Kept inputs: a file for each target, a line for each input, its name and its bytes in hex.
//!
//! A line whose name is a sentence holds what was found once, and stays. The others were chosen by
//! libFuzzer as the smallest that reach all that was reached; `make fuzz FUZZ_KEEP=1` writes them
//! anew.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use data_encoding::HEXLOWER;

use super::Target;

/// How a line begins that nobody named.
const UNNAMED: &str = "reaches ";

/// The most bytes of unnamed inputs that are kept for a target.
const UNNAMED_BYTES_MAX: usize = 12 * 1024;

/// One kept input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it is, or what it reaches.
    pub name: String,
    /// The input.
    pub bytes: Vec<u8>,
}

impl Kept {
    /// Whether somebody gave it a name, because it found something.
    pub fn is_named(&self) -> bool {
        !self.name.starts_with(UNNAMED)
    }
}

/// Where a target's inputs are kept.
pub fn path(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora").join(format!("{}.txt", target.name))
}

/// The kept inputs of a target, none where it has no file.
///
/// # Errors
/// A file that cannot be read, or the line that is no kept input.
pub fn read(target: &Target) -> anyhow::Result<Vec<Kept>> {
    let path = path(target);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    parse(&text).with_context(|| path.display().to_string())
}

fn parse(text: &str) -> anyhow::Result<Vec<Kept>> {
    let line = |(number, line): (usize, &str)| {
        let (name, hex) = line.split_once(" = ").with_context(|| format!("line {number}"))?;
        let bytes = HEXLOWER.decode(hex.as_bytes()).with_context(|| format!("line {number}"))?;
        Ok(Kept { name: name.to_owned(), bytes })
    };
    (1..).zip(text.lines()).map(line).collect()
}

/// Keeps what reaches most beside what was named, smallest first, as far as there is room.
///
/// # Errors
/// A file that cannot be read or written.
pub fn keep(target: &Target, mut reaching: Vec<Vec<u8>>) -> anyhow::Result<usize> {
    let mut kept = read(target)?;
    kept.retain(Kept::is_named);
    reaching.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    let mut room = UNNAMED_BYTES_MAX;
    for bytes in reaching {
        if bytes.len() > room {
            break;
        }
        room -= bytes.len();
        let hash = blake3::hash(&bytes).to_hex();
        let name = format!("{UNNAMED}{}", hash.get(..8).unwrap_or_default());
        kept.push(Kept { name, bytes });
    }
    let lines = kept.iter().map(|it| format!("{} = {}\n", it.name, HEXLOWER.encode(&it.bytes)));
    let path = path(target);
    let folder = path.parent().context("a corpus lies in a folder")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(&path, lines.collect::<String>())?;
    Ok(kept.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_bytes() {
        let kept = parse("reaches 00 = 0a0b\na frame of nothing = \n").expect("both are lines");
        let named: Vec<bool> = kept.iter().map(Kept::is_named).collect();
        assert_eq!((named, kept.last().map(|it| it.bytes.len())), (vec![false, true], Some(0)));
        let told = format!("{:#}", parse("a = 00\nb = 0\n").expect_err("half a byte"));
        assert!(told.starts_with("line 2"), "{told}");
    }
}
