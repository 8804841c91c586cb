//! The drill (訓練): a flood is rehearsed on this machine with eight real processes.
//!
//! Headquarters, three shelters, a school, a bus, a facility and a shop run on 127.0.0.1 with a
//! town key of their own; generated people hold virtual cards to the readers; two shelters and both
//! tills are cut off and come back. The drill keeps its own list of what the readers showed, and
//! holds headquarters' raw journals and what it counts to it.
//! It knows the other binaries by their command lines only, and nothing it starts outlives it.

mod binaries;
mod cast;
mod child;
mod figures;
mod folder;
mod formats;
mod hands;
mod ledger;
mod look;
mod pace;
mod page;
mod plan;
mod play;
mod ports;
mod pupils;
mod readers;
mod stage;
pub mod tether;
mod town;

use std::io::{IsTerminal as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::timeout;

use self::binaries::Binaries;
use self::cast::Post;
use self::child::{Death, Starter};
use self::folder::Folder;
use self::ports::Ports;
use self::stage::Stage;
use self::town::Town;
use crate::population::{People, Person};

/// The most minutes a drill may be told to take.
pub const MINUTES_MAX: f64 = 24.0 * 60.0;

/// How long a death may take to be known after the first command that it makes fail.
const DEATH_TOLD_WITHIN: Duration = Duration::from_secs(1);

/// What a drill is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long taps go on; a minute without people, until Ctrl-C with them, unless it is told.
    pub minutes: Option<f64>,
    /// Whether it taps by itself, quickly, and ends with figures.
    pub headless: bool,
    /// Whether the figures are one line of JSON, with nothing else on standard output.
    pub json: bool,
    /// What people, cards and taps are drawn from.
    pub seed: u64,
    /// The folder for the eight; a temporary one unless it is told.
    pub folder: Option<PathBuf>,
    /// Whether the folder stays after a clean end.
    pub keep: bool,
    /// The first of the ports to use; any free ones unless it is told.
    pub base_port: Option<u16>,
}

/// How a drill ended that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every promise was kept, or somebody ended it.
    Good,
    /// A promise was not kept; it has been said which.
    Bad,
}

/// Why a drill could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DrillFault {
    /// Whoever started it must mend something.
    #[error("{0}")]
    Usage(String),
    /// The machine refused something.
    #[error("{0}")]
    Machine(String),
    /// Another command failed.
    #[error("`{command}` {how}")]
    Command {
        /// As somebody would type it.
        command: String,
        /// How it ended, and its last words.
        how: String,
    },
    /// One of the eight ended by itself.
    #[error("{who} {how}; its log {} ends with: {last_line}", log.display())]
    Died {
        /// Which.
        who: &'static str,
        /// How.
        how: String,
        /// Where its words are.
        log: PathBuf,
        /// The last of them.
        last_line: String,
    },
    /// Something did not come about in time.
    #[error("{0}")]
    Late(String),
    /// Somebody ended it before its figures were complete.
    #[error("the drill was ended before its time; it has no figures")]
    Interrupted,
}

impl DrillFault {
    fn machine(path: &Path, error: &std::io::Error) -> Self {
        Self::Machine(format!("{}: {error}", path.display()))
    }

    fn answer(command: &formats::CommandLine, why: &formats::answer::NotUnderstood) -> Self {
        Self::Command { command: command.to_string(), how: format!("is not understood: {why}") }
    }

    /// What is said of a death, after the end of its log.
    fn died(death: &Death, log: PathBuf) -> Self {
        let who = death.post.folder();
        let lines = child::end_of_log(&log);
        lines.iter().for_each(|line| progress(&format!("{who}: {line}")));
        let last_line = lines.last().cloned().unwrap_or_default();
        Self::Died { who, how: death.how.clone(), log, last_line }
    }
}

/// Rehearses a flood. Every process it starts has ended when it returns.
///
/// # Errors
/// [`DrillFault`]; the folder with the logs is kept then, and has been named.
pub async fn rehearse(options: &Options) -> Result<Ending, DrillFault> {
    let binaries = Binaries::beside_this()?;
    let mut interrupt = Interrupt::new()?;
    let ports = Ports::hold(options.base_port)?;
    // Without people nobody comes to a page.
    let door = if options.headless { None } else { Some(ports::open_door(options.base_port)?) };
    let folder = Folder::make(options.folder.clone(), options.keep)?;
    let starter = Starter::new(binaries);
    let ended = in_folder(options, starter, ports, door, &folder, &mut interrupt).await;
    let interactive = !options.headless;
    match ended {
        Ok(Ending::Good) => folder.remove().map(|()| Ending::Good),
        Err(DrillFault::Interrupted) if interactive => folder.remove().map(|()| Ending::Good),
        Err(DrillFault::Interrupted) => folder.remove().and(Err(DrillFault::Interrupted)),
        Ok(Ending::Bad) | Err(_) => {
            folder.leave("the folder with the logs is kept");
            ended
        }
    }
}

async fn in_folder(
    options: &Options,
    starter: Starter,
    ports: Ports,
    door: Option<TcpListener>,
    folder: &Folder,
    interrupt: &mut Interrupt,
) -> Result<Ending, DrillFault> {
    let people = People::generate(options.seed, play::people_needed(options));
    let stage = tokio::select! {
        biased;
        () = interrupt.asked() => return Err(DrillFault::Interrupted),
        stage = Stage::set(starter, folder.path(), ports, options.seed, &people) => stage?,
    };
    let starter = stage.starter.clone();
    let (deaths, mut died) = mpsc::channel(Post::ALL.len());
    let (located, actors) = stage.start(&deaths)?;
    let town = Town::new(starter, Arc::new(located), options.seed);
    let told = |death: &Death| DrillFault::died(death, town.located().log(death.post));
    let played = tokio::select! {
        biased;
        () = interrupt.asked() => Err(DrillFault::Interrupted),
        Some(death) = died.recv() => Err(told(&death)),
        played = play(&town, options, &people, door) => played,
    };
    let played = match played {
        // A command that failed may have failed because the one it asked has died.
        Err(fault) if !matches!(fault, DrillFault::Interrupted | DrillFault::Died { .. }) => {
            match timeout(DEATH_TOLD_WITHIN, died.recv()).await {
                Ok(Some(death)) => Err(told(&death)),
                Ok(None) | Err(_) => Err(fault),
            }
        }
        played => played,
    };
    progress("the eight are asked to end");
    let badly = child::stop_all(actors).await;
    if badly.is_empty() || played.is_err() {
        return played;
    }
    let badly: Vec<_> = badly.into_iter().map(Post::folder).collect();
    Err(DrillFault::Machine(format!("{} did not end cleanly when asked to", badly.join(", "))))
}

async fn play(
    town: &Town,
    options: &Options,
    people: &[Person],
    door: Option<TcpListener>,
) -> Result<Ending, DrillFault> {
    if let Some(door) = door {
        return play::interactive(town, options, people, door).await.map(|()| Ending::Good);
    }
    let summary = play::headless(town, options, people).await?;
    say(&if options.json { summary.to_json() } else { summary.to_text() });
    let failures = summary.failures();
    failures.iter().for_each(|failure| progress(failure));
    Ok(if failures.is_empty() { Ending::Good } else { Ending::Bad })
}

/// The wish that the drill ends, by Ctrl-C or a signal.
#[derive(Debug)]
struct Interrupt {
    signals: [Signal; 3],
}

impl Interrupt {
    fn new() -> Result<Self, DrillFault> {
        let listen = |kind| signal(kind).map_err(|error| DrillFault::Machine(error.to_string()));
        let signals = [
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ];
        Ok(Self { signals })
    }

    /// Resolves at the first wish. From then on a second one ends everything at once: the kernel
    /// kills the children with the drill.
    async fn asked(&mut self) {
        let [interrupted, terminated, hung_up] = &mut self.signals;
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
        }
        progress("ending; once more ends it at once");
        if let Ok(mut again) = Self::new() {
            tokio::spawn(async move {
                let [interrupted, terminated, hung_up] = &mut again.signals;
                tokio::select! {
                    _ = interrupted.recv() => {}
                    _ = terminated.recv() => {}
                    _ = hung_up.recv() => {}
                }
                std::process::exit(EXIT_AT_ONCE);
            });
        }
    }
}

/// The exit code of a program that Ctrl-C ended.
const EXIT_AT_ONCE: i32 = 130;

/// A line about how it goes, apart from the results.
fn progress(line: &str) {
    let mut err = std::io::stderr().lock();
    // On a terminal the running summary stands in this line.
    let clear = if err.is_terminal() { "\r\u{1b}[K" } else { "" };
    // With standard error closed there is nobody to tell.
    let _ = writeln!(err, "{clear}drill: {line}");
}

/// A line of results.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever closed standard output wants no results; the exit code still says how it went.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// A line in place of the one before, on a terminal.
fn say_over(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "\r{line}\u{1b}[K").and_then(|()| out.flush());
}
