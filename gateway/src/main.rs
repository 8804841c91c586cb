//! The command line of a gateway.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use digiana_gateway::auth::login_link::LoginLinks;
use digiana_gateway::auth::passphrase::{PASSPHRASE_BYTES_MAX, PassphraseFile};
use digiana_gateway::command::import::ImportCommand;
use digiana_gateway::command::kit::KitCommand;
use digiana_gateway::command::town::TownCommand;
use digiana_gateway::config::GatewayConfig;
use digiana_gateway::run::{self, RunFault};
use tokio::runtime::Runtime;

/// Wrong usage or configuration.
const WRONG_USE: u8 = 2;

/// It ran, and could not keep its promises any more.
const STOPPED: u8 = 1;

const PASSPHRASE_EXAMPLE: &str =
    "Example:\n  digiana-gateway passphrase set --config gateway.toml < passphrase.txt";

/// A node of digiana with pages: for headquarters, shelters, kiosks and residents.
#[derive(Debug, Parser)]
#[command(
    name = "digiana-gateway",
    version,
    after_help = "Examples:\n  digiana-gateway init --config gateway.toml\n  digiana-gateway run \
                  --config gateway.toml\n  digiana-gateway login-link --config gateway.toml"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes the key and the empty store of a new gateway, and prints its NodeId.
    #[command(after_help = "Example:\n  digiana-gateway init --config gateway.toml")]
    Init {
        /// The gateway's configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Runs the node and its pages until SIGTERM, which closes the store cleanly.
    #[command(after_help = "Example:\n  digiana-gateway run --config gateway.toml")]
    Run {
        /// The gateway's configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Makes a login link that opens the staff pages once, within 24 hours.
    ///
    /// The gateway may be running. The link is printed and kept nowhere else. The configuration has
    /// a table [web]: without one nobody serves pages.
    #[command(after_help = "Example:\n  digiana-gateway login-link --config gateway.toml")]
    LoginLink {
        /// The gateway's configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// The opening kit in a shelter's key box.
    #[command(
        after_help = "Example:\n  digiana-gateway kit make --config gateway.toml --to kit.html"
    )]
    Kit {
        #[command(subcommand)]
        command: KitCommand,
    },
    /// The town itself: its keys, and who is admitted.
    #[command(after_help = "Example:\n  digiana-gateway town list --dir authority")]
    Town {
        #[command(subcommand)]
        command: TownCommand,
    },
    /// What the town hall brings: places, people, cards.
    #[command(
        after_help = "Example:\n  digiana-gateway import sites --config gateway.toml --misato"
    )]
    Import {
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// The staff's passphrase.
    #[command(after_help = PASSPHRASE_EXAMPLE)]
    Passphrase {
        #[command(subcommand)]
        command: PassphraseCommand,
    },
}

#[derive(Debug, Subcommand)]
enum PassphraseCommand {
    /// Sets the passphrase that opens the staff pages. It is read from standard input, one line.
    ///
    /// Only its argon2id hash is kept. Whoever is logged in stays so.
    #[command(after_help = PASSPHRASE_EXAMPLE)]
    Set {
        /// The gateway's configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    match perform(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(mistake) => {
            // Where even that cannot be written, the exit code is all there is to say it with.
            writeln!(std::io::stderr(), "digiana-gateway: {mistake:#}").ok();
            // A gateway that ran and stopped by itself was used rightly.
            let stopped =
                mistake.downcast_ref::<RunFault>().is_some_and(|it| !it.is_before_start());
            ExitCode::from(if stopped { STOPPED } else { WRONG_USE })
        }
    }
}

fn perform(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Init { config } => {
            let read = GatewayConfig::load(&config)?;
            let id = digiana_node::node::init(&read.node)?;
            writeln!(std::io::stdout(), "{id}").context("the id could not be printed")
        }
        Command::Run { config } => {
            let read = GatewayConfig::load(&config)?;
            digiana_node::telemetry::start();
            Ok(Runtime::new()?.block_on(run::until_told_to_stop(read))?)
        }
        Command::Town { command } => command.run(),
        Command::Kit { command } => command.run(),
        Command::Import { command } => Runtime::new()?.block_on(command.run()),
        Command::LoginLink { config } => {
            let read = GatewayConfig::load_with_pages(&config)?;
            let links = LoginLinks::in_folder(&read.web_data());
            let link = links.make(SystemTime::now())?;
            let said = format!("http://{}/login/once/{}", read.web.listen, link.expose());
            writeln!(std::io::stdout(), "{said}").context("the link could not be printed")
        }
        Command::Passphrase { command: PassphraseCommand::Set { config } } => {
            let read = GatewayConfig::load_with_pages(&config)?;
            let file = PassphraseFile::in_folder(&read.web_data());
            Ok(file.set(&passphrase_from_input()?)?)
        }
    }
}

/// One line of standard input, bounded.
fn passphrase_from_input() -> anyhow::Result<String> {
    let input = std::io::stdin();
    if input.is_terminal() {
        writeln!(std::io::stderr(), "passphrase, one line; it is shown while you type:").ok();
    }
    let mut line = String::new();
    let most = u64::try_from(PASSPHRASE_BYTES_MAX + 2).unwrap_or(u64::MAX);
    let mut input = std::io::BufReader::new(input.lock().take(most));
    std::io::BufRead::read_line(&mut input, &mut line).context("standard input")?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!("no passphrase came on standard input");
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_ends_its_help_with_an_example_that_is_understood() {
        Cli::command().debug_assert();
        let mut whole = Cli::command();
        whole.build();
        let mut below = vec![whole];
        while let Some(mut command) = below.pop() {
            let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
            below.extend(shown.filter(|one| one.get_name() != "help").cloned());
            let help = command.render_long_help().to_string();
            // Its place in the tree, without the arguments that stand between the names.
            let place = command.get_bin_name().unwrap_or("digiana-gateway").split_whitespace();
            let place: Vec<_> = place.filter(|word| !word.starts_with(['-', '<'])).collect();
            let (_, examples) = help.split_once("\nExample").expect(&help);
            let (_, examples) = examples.split_once('\n').expect("a line for each");
            for line in examples.lines() {
                let words = line.split_whitespace().skip_while(|word| *word != "digiana-gateway");
                let words: Vec<_> = words.take_while(|word| *word != "<").collect();
                let mut said = words.iter();
                assert!(place.iter().all(|name| said.any(|word| word == name)), "{help}");
                let understood = Cli::try_parse_from(&words);
                assert!(understood.is_ok(), "{line}: {understood:?}");
            }
        }
    }
}
