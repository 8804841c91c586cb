//! Everything the drill knows of the other binaries: their command lines, the files they read and
//! the lines they print.

pub(super) mod answer;
pub(super) mod config;

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use digiana_core::id::{NodeId, SiteId};

use super::cast::{Post, Program, Screen};
use crate::card::Uid;
use crate::population::Person;

/// The name of the town of a drill.
pub(super) const TOWN_NAME: &str = "美郷町（訓練）";

/// The file that the authority's folder holds for every node.
pub(super) const TOWN_FILE: &str = "town.json";

/// How long a command may take that asks a running node.
const CTL_WITHIN: Duration = Duration::from_secs(20);

/// How long one may take that makes keys or reads files.
const WORK_WITHIN: Duration = Duration::from_secs(180);

/// One command to start.
#[derive(Clone)]
pub(super) struct CommandLine {
    /// Which binary.
    pub(super) program: Program,
    /// What follows its name.
    pub(super) arguments: Vec<OsString>,
    /// What is set in its environment beside the drill's own.
    pub(super) environment: Vec<(&'static str, String)>,
    /// How long it may take, unless it runs until it is stopped.
    pub(super) within: Duration,
}

impl std::fmt::Display for CommandLine {
    /// As somebody would type it. The environment holds a passphrase and is not shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.program.name())?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {}", argument.display()))
    }
}

impl std::fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CommandLine({self})")
    }
}

impl CommandLine {
    fn new(program: Program, words: &[&str], within: Duration) -> Self {
        let arguments = words.iter().map(OsString::from).collect();
        Self { program, arguments, environment: Vec::new(), within }
    }

    fn work(program: Program, words: &[&str]) -> Self {
        Self::new(program, words, WORK_WITHIN)
    }

    fn with(mut self, words: &[&str]) -> Self {
        self.arguments.extend(words.iter().map(OsString::from));
        self
    }

    fn path(mut self, option: &str, path: &Path) -> Self {
        self.arguments.extend([option.into(), path.into()]);
        self
    }

    fn passphrase(mut self, passphrase: &str) -> Self {
        self.environment.push(("DIGIANA_PASSPHRASE", passphrase.to_owned()));
        self
    }
}

/// Makes a town for training.
pub(super) fn town_init(authority: &Path, passphrase: &str) -> CommandLine {
    CommandLine::work(Program::Gateway, &["town", "init"])
        .path("--dir", authority)
        .with(&["--name", TOWN_NAME, "--drill"])
        .passphrase(passphrase)
}

/// Admits a node of the cast.
pub(super) fn town_admit(
    authority: &Path,
    post: Post,
    node: NodeId,
    device: &str,
    passphrase: &str,
) -> CommandLine {
    let role = match post.screen() {
        Screen::Headquarters => "headquarters",
        Screen::Shelter | Screen::Kiosk => "reader",
    };
    let mut command = CommandLine::work(Program::Gateway, &["town", "admit"])
        .path("--dir", authority)
        .with(&["--node", &node.to_string(), "--name", device, "--role", role]);
    if let Some(site) = post.site() {
        command = command.with(&["--site", &site.to_string()]);
    }
    if post.screen() == Screen::Shelter {
        command = command.with(&["--desk"]);
    }
    // Headquarters is the board of education too (教育委員会), and brings the list of pupils.
    if [Post::Headquarters, Post::School].contains(&post) {
        command = command.with(&["--write", &format!("school@{}", school())]);
    }
    command.passphrase(passphrase)
}

fn school() -> SiteId {
    Post::School.site().expect("a school stands somewhere")
}

/// Makes a node's key and empty store.
pub(super) fn init(config: &Path) -> CommandLine {
    CommandLine::work(Program::Gateway, &["init"]).path("--config", config)
}

/// Reads GSI's files into headquarters' store.
pub(super) fn import_sites(config: &Path, files: &[std::path::PathBuf]) -> CommandLine {
    let mut command = CommandLine::work(Program::Gateway, &["import", "sites"]);
    command.arguments.extend(files.iter().map(OsString::from));
    command.path("--config", config)
}

/// Reads the register, the register of cards, or the town's lists into headquarters' store.
pub(super) fn import(what: &str, config: &Path, file: &Path) -> CommandLine {
    let mut command = CommandLine::work(Program::Gateway, &["import", what]);
    command.arguments.push(file.into());
    command.path("--config", config)
}

/// Reads the school's list of pupils into headquarters' store.
pub(super) fn import_pupils(config: &Path, file: &Path) -> CommandLine {
    let mut command = CommandLine::work(Program::Gateway, &["import", "pupils"]);
    command = command.with(&["--school", &school().to_string()]);
    command.arguments.push(file.into());
    command.path("--config", config)
}

/// Prints a link that opens the staff's pages once.
pub(super) fn login_link(config: &Path) -> CommandLine {
    CommandLine::work(Program::Gateway, &["login-link"]).path("--config", config)
}

/// Runs a node until SIGTERM.
pub(super) fn run(config: &Path) -> CommandLine {
    CommandLine::work(Program::Gateway, &["run"]).path("--config", config)
}

/// Asks a running node.
pub(super) fn ctl(config: &Path, words: &[&str]) -> CommandLine {
    CommandLine::new(Program::Node, &["ctl"], CTL_WITHIN).path("--config", config).with(words)
}

/// What to ask to have the drill's incident opened.
pub(super) const OPEN_INCIDENT: [&str; 7] =
    ["incident", "open", "--title", "江の川 洪水（訓練）", "--hazard", "flood", "--drill"];

/// What to ask to have the node's own site opened.
pub(super) const OPEN_SITE: [&str; 2] = ["site", "open"];

/// The register of cards: who holds which.
pub(super) fn tokens_csv(seed: u64, people: &[Person]) -> String {
    let mut text = "\u{feff}整理番号,カード\r\n".to_owned();
    for person in people {
        let card = data_encoding::HEXLOWER.encode(&Uid::of_person(seed, person.number).0);
        text += &format!("{},{card}\r\n", person.number);
    }
    text
}

#[cfg(test)]
mod tests;
