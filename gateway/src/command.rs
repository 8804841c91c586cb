//! Commands of the authority and of imports, as the command line names them.
//!
//! They read arguments, ask for passphrases and print; what they do is `authority`'s, `import`'s
//! and the node's.

pub mod import;
pub mod kit;
mod progress;
pub mod town;

use std::io::Write;

use anyhow::Context;

/// Prints what a command has to say.
fn print_line(words: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{words}").and_then(|()| out.flush()).context("standard output")
}
