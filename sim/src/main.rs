//! The command line of the town for pretend.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use digiana_sim::card::authority;
use digiana_sim::card::kind::{Kind, Quirks};
use digiana_sim::card::{Card, Ending, ReaderAddr};
use digiana_sim::drill::{self, DrillFault, Options};
use digiana_sim::population::{PEOPLE_MAX, TOWN_PEOPLE};
use digiana_sim::run::{self as towns, Asked, RunFault};
use tokio::signal::unix::{SignalKind, signal};

/// Wrong usage.
const WRONG_USE: u8 = 2;

/// The town for pretend: virtual cards and the drill. Whatever it makes is drill data (訓練データ).
#[derive(Debug, Parser)]
#[command(
    name = "digiana-sim",
    version,
    after_help = "Example:\n  digiana-sim card --vpcd 127.0.0.1:35963 --person 12"
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Puts a virtual card into a virtual reader until this command ends.
    #[command(
        long_about = "Puts a virtual card into a virtual reader until this command ends (Ctrl-C or \
                      SIGTERM), or until the reader closes the slot.\n\nThe reader is pcscd's vpcd, \
                      or a node with `[reader] kind = \"virtual\"`. A reader that has a card already \
                      takes this one when the other has left.\n\nThe card is a whole My Number card \
                      of a generated person (訓練データ), issued by the drill's own authority; see \
                      `digiana-sim authority`. What opens it is printed. Tries that are spent on it \
                      come back with the next start.",
        after_help = "Exit code: 0 when the card was taken out, 1 when there is no reader or it went \
                      away, 2 for wrong usage.\n\nExamples:\n  digiana-sim card --vpcd \
                      127.0.0.1:35963 --person 12\n  digiana-sim card --vpcd 127.0.0.1:35963 \
                      --person 12 --kind cloned"
    )]
    Card {
        /// Where the reader listens: an address of this machine.
        #[arg(long, value_name = "HOST:PORT")]
        vpcd: ReaderAddr,
        /// Whose card it is: the number of a generated person, from 1.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(PEOPLE_MAX)))]
        person: u32,
        /// The seed of the generated town.
        #[arg(long, value_name = "SEED", default_value_t = 1)]
        seed: u64,
        /// What sort of card it is.
        #[arg(long, value_name = "KIND", default_value_t, value_enum)]
        kind: Kind,
        /// The first command after power-up fails, as on cards that wake up slowly.
        #[arg(long)]
        wakes_slowly: bool,
    },
    /// Writes the certificates of the authority that issues virtual cards.
    #[command(
        long_about = "Writes the certificates of the authority that issues virtual cards (訓練データ) \
                      into a folder, in DER: authentication.cer and signature.cer, which readers of a \
                      drill pin, face.cer and text.cer for records of the card's face, and \
                      revoked.crl, the revoked cards of the town of one seed.\n\nEverybody can make \
                      cards under this authority. No reader may trust it outside a drill.",
        after_help = "Exit code: 0 when they are written, 1 when that failed, 2 for wrong \
                      usage.\n\nExample:\n  digiana-sim authority --dir drill-authority"
    )]
    Authority {
        /// An existing folder.
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// The seed of the generated town whose revoked cards are listed.
        #[arg(long, value_name = "SEED", default_value_t = 1)]
        seed: u64,
    },
    /// Lives through towns in virtual time, each drawn from a seed, and looks for broken promises.
    #[command(
        long_about = "Lives through towns in virtual time, each drawn from a seed: taps, edits, cut \
                      links, power cuts, failing disks, wrong clocks. The real engines run in them; \
                      after each town is mended, all its nodes must hold and show the same, and \
                      nothing that somebody was told is recorded may be missing.\n\nThe same seed \
                      makes the same town. A seed that breaks a promise is made small, and its plan \
                      kept as a file to be lived through again. docs/SIMULATION.md says more.",
        after_help = "The last line: seeds=… violations=… node_days=… wall_s=… digest=…\nExit code: 0 \
                      when every promise was kept, 1 when one was broken, 2 for wrong \
                      usage or a file that cannot be read or written.\n\nExamples:\n  digiana-sim run --seeds 20 --nodes 30 --days 3\n  \
                      digiana-sim run --scenario night-flood --first 7 --seeds 1 --trace\n  \
                      digiana-sim run --replay seed-7.plan --first 7"
    )]
    Run {
        /// How many towns.
        #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
        seeds: u64,
        /// The first seed.
        #[arg(long, value_name = "SEED", default_value_t = 1)]
        first: u64,
        /// A scenario's name, or a file of one.
        #[arg(long, value_name = "NAME", default_value = "everyday")]
        scenario: String,
        /// How many nodes [default: as the scenario says]
        #[arg(long, value_name = "N")]
        nodes: Option<usize>,
        /// How many days [default: as the scenario says]
        #[arg(long, value_name = "D")]
        days: Option<u32>,
        /// How many things people do in a day [default: as the scenario says]
        #[arg(long, value_name = "N")]
        facts_per_day: Option<u32>,
        /// How many towns at once [default: one for each core]
        #[arg(long, value_name = "N")]
        threads: Option<usize>,
        /// The figures as one line of JSON before the last line.
        #[arg(long, conflicts_with_all = ["trace", "replay"])]
        json: bool,
        /// With `--seeds 1`: print everything that happens.
        #[arg(long)]
        trace: bool,
        /// Live through the plan in this file, with the seed of --first, and print everything.
        #[arg(
            long,
            value_name = "FILE",
            conflicts_with_all = ["seeds", "scenario", "nodes", "days", "facts_per_day", "threads", "trace"]
        )]
        replay: Option<PathBuf>,
        /// The folder in which the plan of a failing town is kept; it is made where it is not there.
        #[arg(long, value_name = "DIR", default_value = ".")]
        keep: PathBuf,
    },
    /// Rehearses a flood on this machine with eight real processes.
    #[command(
        long_about = "Rehearses a flood on this machine: headquarters, three shelters, a school, a \
                      bus, a facility and a shop as real processes on 127.0.0.1, with generated people (訓練データ) and \
                      virtual cards. Prints headquarters' one-time login link first, then the address \
                      of the drill's own page (cut, heal, tap, speed) and how the town is, a line a \
                      second. Ctrl-C ends it and everything it started.\n\nWith \
                      --headless it taps by itself, cuts two shelters, the facility and the \
                      shop off from everybody for half of \
                      the time, lets them come back and compares what the readers showed with what \
                      headquarters holds.\n\n`make drill` builds what it needs and starts it.",
        after_help = "Exit code: 0 when every promise was kept, 1 when one was not or a process \
                      failed (its log is named), 2 for wrong usage.\n\nExamples:\n  digiana-sim \
                      drill\n  digiana-sim drill --headless --minutes 1 --json"
    )]
    Drill {
        /// How long taps go on [default: 1 with --headless, else until Ctrl-C]
        #[arg(long, value_name = "M", value_parser = minutes)]
        minutes: Option<f64>,
        /// Tap quickly, cut, heal, compare, and end with figures.
        #[arg(long)]
        headless: bool,
        /// Print the figures as one line of JSON and nothing else on standard output.
        #[arg(long, requires = "headless")]
        json: bool,
        /// The seed of people, cards and taps.
        #[arg(long, value_name = "SEED", default_value_t = 1)]
        seed: u64,
        /// A new folder for the eight [default: a temporary one]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Keep the folder after a clean end.
        #[arg(long)]
        keep: bool,
        /// The first of the ports to use [default: free ones]
        #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1024..))]
        base_port: Option<u16>,
    },
    /// Becomes a command that is killed when the drill dies: for the drill itself.
    #[command(hide = true)]
    Tether {
        /// The drill's process.
        #[arg(long)]
        parent: u32,
        /// The command and its arguments.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

/// A length in minutes.
fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.parse::<f64>().ok().filter(|m| (0.1..=drill::MINUTES_MAX).contains(m));
    minutes.ok_or_else(|| format!("minutes are a number from 0.1 to {}", drill::MINUTES_MAX))
}

fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(code) => code,
        Err(error) => {
            let usage = matches!(error.downcast_ref(), Some(DrillFault::Usage(_)))
                || error.is::<RunFault>();
            // One line with all causes: what a script or a person can act on.
            // With stderr gone there is nobody left to tell, and the exit code says the rest.
            let _ = writeln!(std::io::stderr(), "digiana-sim: {error:#}");
            if usage { ExitCode::from(WRONG_USE) } else { ExitCode::FAILURE }
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match command {
        Command::Run {
            seeds,
            first,
            scenario,
            nodes,
            days,
            facts_per_day,
            threads,
            json,
            trace,
            replay,
            keep,
        } => {
            let asked = Asked {
                scenario,
                seeds,
                first,
                nodes,
                days,
                facts_per_day,
                threads,
                json,
                trace,
                replay,
                keep,
            };
            let kept = towns::run(&asked)?;
            Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Card { vpcd, person, seed, kind, wakes_slowly } => {
            let quirks = Quirks { first_command_fails: wakes_slowly, ..Quirks::default() };
            let card = Card::of_person(seed, person, kind, quirks);
            runtime.block_on(hold_card(vpcd, card, person))
        }
        Command::Authority { dir, seed } => write_authority(&dir, seed),
        Command::Drill { minutes, headless, json, seed, dir, keep, base_port } => {
            let options = Options { minutes, headless, json, seed, folder: dir, keep, base_port };
            match runtime.block_on(drill::rehearse(&options))? {
                drill::Ending::Good => Ok(ExitCode::SUCCESS),
                drill::Ending::Bad => Ok(ExitCode::FAILURE),
            }
        }
        Command::Tether { parent, command } => {
            Err(drill::tether::become_tied(parent, &command).into())
        }
    }
}

/// Writes what a drill's readers have to know of the authority.
fn write_authority(dir: &Path, seed: u64) -> anyhow::Result<ExitCode> {
    for (name, content) in authority::files(seed, 1..=TOWN_PEOPLE) {
        let path = dir.join(name);
        std::fs::write(&path, content)
            .with_context(|| format!("{} is not written", path.display()))?;
        say(&path.display().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn hold_card(reader: ReaderAddr, card: Card, person: u32) -> anyhow::Result<ExitCode> {
    // Before the card goes in, so that no wish to end it can be missed.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let kind = card.kind();
    let opened_by = card.secrets().map(|secrets| {
        let (pin, password, code) = (&secrets.pin, &secrets.password, &secrets.code_b);
        format!("PIN {pin}, password {password}, 照合番号B {code}")
    });
    let mut card = card.put_into(reader).await?;
    say(&format!(
        "The card of person {person} (訓練データ, {kind}) is at the reader {reader}. Ctrl-C takes it \
         out."
    ))?;
    if let Some(opened_by) = opened_by {
        say(&format!("It is opened by: {opened_by}."))?;
    }
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
        () = card.until_closed() => {}
    }
    let (conversation, ending) = card.remove().await;
    let asked = conversation.apdus;
    let forbidden = match conversation.number_asked {
        0 => String::new(),
        times => {
            format!(" It was asked for the 12-digit number {times} times, which no reader may do.")
        }
    };
    Ok(match ending {
        Ending::Removed => {
            say(&format!("The card was taken out after {asked} commands.{forbidden}"))?;
            ExitCode::SUCCESS
        }
        Ending::ReaderClosed => {
            say(&format!(
                "The reader {reader} closed its slot after {asked} commands.{forbidden}"
            ))?;
            ExitCode::FAILURE
        }
    })
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_ends_its_help_with_an_example_that_is_understood() {
        CommandLine::command().debug_assert();
        let mut whole = CommandLine::command();
        whole.build();
        let mut below = vec![whole];
        while let Some(mut command) = below.pop() {
            let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
            below.extend(shown.filter(|one| one.get_name() != "help").cloned());
            let help = command.render_long_help().to_string();
            // Its place in the tree, without the arguments that stand between the names.
            let place = command.get_bin_name().unwrap_or("digiana-sim").split_whitespace();
            let place: Vec<_> = place.filter(|word| !word.starts_with(['-', '<'])).collect();
            let (_, examples) = help.split_once("\nExample").expect(&help);
            let (_, examples) = examples.split_once('\n').expect("a line for each");
            for line in examples.lines() {
                let words = line.split_whitespace().skip_while(|word| *word != "digiana-sim");
                let words: Vec<_> = words.take_while(|word| *word != "<").collect();
                let mut said = words.iter();
                assert!(place.iter().all(|name| said.any(|word| word == name)), "{help}");
                let understood = CommandLine::try_parse_from(&words);
                assert!(understood.is_ok(), "{line}: {understood:?}");
            }
        }
    }
}
