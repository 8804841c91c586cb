//! The command line of the town for pretend.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use digiana_sim::card::{Card, Ending, ReaderAddr, Uid};
use tokio::signal::unix::{SignalKind, signal};

/// The town for pretend: virtual cards and the drill. Whatever it makes is drill data (訓練データ).
#[derive(Parser)]
#[command(version, after_help = "Example:\n  digiana-sim card --vpcd 127.0.0.1:35963 --person 12")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Puts a virtual card into a virtual reader until this command ends.
    #[command(
        long_about = "Puts a virtual card into a virtual reader until this command ends (Ctrl-C or \
                      SIGTERM), or until the reader closes the slot.\n\nThe reader is pcscd's vpcd, \
                      or a node with `[reader] kind = \"virtual\"`. A reader that has a card already \
                      takes this one when the other has left.",
        after_help = "Example:\n  digiana-sim card --vpcd 127.0.0.1:35963 --person 12\n\nExit code: 0 \
                      when the card was taken out, 1 when there is no reader or it went away, 2 for \
                      wrong usage."
    )]
    Card {
        /// Where the reader listens: an address of this machine.
        #[arg(long, value_name = "HOST:PORT")]
        vpcd: ReaderAddr,
        /// Whose card it is: the number of a generated person, from 1.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        person: u32,
        /// The seed of the generated town.
        #[arg(long, value_name = "SEED", default_value_t = 1)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(code) => code,
        Err(error) => {
            // One line with all causes: what a script or a person can act on.
            // With stderr gone there is nobody left to tell, and the exit code says the rest.
            let _ = writeln!(std::io::stderr(), "digiana-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match command {
        Command::Card { vpcd, person, seed } => runtime.block_on(hold_card(vpcd, person, seed)),
    }
}

async fn hold_card(reader: ReaderAddr, person: u32, seed: u64) -> anyhow::Result<ExitCode> {
    // Before the card goes in, so that no wish to end it can be missed.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut card = Card::insert(reader, Uid::of_person(seed, person)).await?;
    say(&format!(
        "The card of person {person} (訓練データ) is at the reader {reader}. Ctrl-C takes it out."
    ))?;
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
        () = card.until_closed() => {}
    }
    let (conversation, ending) = card.remove().await;
    let asked = conversation.apdus;
    Ok(match ending {
        Ending::Removed => {
            say(&format!("The card was taken out after {asked} commands."))?;
            ExitCode::SUCCESS
        }
        Ending::ReaderClosed => {
            say(&format!("The reader {reader} closed its slot after {asked} commands."))?;
            ExitCode::FAILURE
        }
    })
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
