//! What can be asked of a node on the command line.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use digiana_node::config::{ConfigFile, NodeConfig};
use digiana_node::control::{Client, Request, Response};
use digiana_node::{check, node, serve};

/// Wrong usage or configuration.
const USAGE: u8 = 2;
/// A check or the work itself failed.
const FAILED: u8 = 1;

const OPEN_EXAMPLE: &str = "Example:\n  digiana-node ctl --config node.toml incident open --title \
                            江の川洪水（訓練） --hazard flood --drill";

/// One reader node of the town: it takes taps, keeps a replica, and meets its peers.
#[derive(Debug, Parser)]
#[command(
    name = "digiana-node",
    version,
    after_help = "Examples:\n  digiana-node init --config node.toml\n  digiana-node run --config \
                  node.toml\n  digiana-node ctl --config node.toml status"
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes the key and the empty store of a new node, and prints its NodeId.
    #[command(after_help = "Example:\n  digiana-node init --config node.toml")]
    Init(Config),
    /// Runs the node until SIGTERM, which closes the store cleanly.
    #[command(after_help = "Example:\n  digiana-node run --config node.toml")]
    Run(Config),
    /// Opens store and configuration, verifies every journal, prints a summary, changes nothing.
    #[command(after_help = "Example:\n  digiana-node check --config node.toml")]
    Check(Config),
    /// Asks a running node, over its control socket.
    #[command(
        after_help = "Examples:\n  digiana-node ctl --config node.toml status\n  digiana-node \
                            ctl --config node.toml outcomes --follow\n  digiana-node ctl --config \
                            node.toml pause 都賀公民館"
    )]
    Ctl {
        #[command(flatten)]
        config: Config,
        #[command(subcommand)]
        ask: Ask,
    },
}

#[derive(Debug, Args)]
struct Config {
    /// The node's configuration; of a gateway's, the node's part is read.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Ask {
    /// How it is: one JSON object.
    #[command(after_help = "Example:\n  digiana-node ctl --config node.toml status")]
    Status,
    /// The outcomes of the last taps, one JSON object a line.
    #[command(after_help = "Example:\n  digiana-node ctl --config node.toml outcomes --follow")]
    Outcomes {
        /// Goes on with each further one until interrupted.
        #[arg(long)]
        follow: bool,
    },
    /// Does not talk to a peer until `resume`: for drills.
    #[command(after_help = "Example:\n  digiana-node ctl --config node.toml pause 都賀公民館")]
    Pause {
        /// Its name, or its NodeId in hexadecimal.
        peer: String,
    },
    /// Talks to a paused peer again.
    #[command(after_help = "Example:\n  digiana-node ctl --config node.toml resume 都賀公民館")]
    Resume {
        /// Its name, or its NodeId in hexadecimal.
        peer: String,
    },
    /// Every journal in the raw store, one JSON object a line.
    #[command(after_help = "Example:\n  digiana-node ctl --config node.toml journals")]
    Journals,
    /// Opens an incident.
    #[command(subcommand, after_help = OPEN_EXAMPLE)]
    Incident(Incident),
    /// The next card held to this reader pays so many points: for a till without a screen.
    #[command(after_help = "Example:\n  digiana-node ctl --config shop.toml charge 30")]
    Charge {
        /// How many points.
        #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        points: u32,
    },
    /// Sets the state of the site where this node's reader stands.
    #[command(after_help = "Example:\n  digiana-node ctl --config node.toml site open")]
    Site {
        /// not-opened, preparing, open, suspended or closed.
        state: String,
    },
}

#[derive(Debug, Subcommand)]
enum Incident {
    /// Opens an incident, as a desk does.
    #[command(after_help = OPEN_EXAMPLE)]
    Open {
        /// What people are to call it. Never a person's name.
        #[arg(long)]
        title: String,
        /// What threatens: flood, landslide, storm-surge, earthquake, tsunami, fire, inland-flood,
        /// volcano. May be given several times.
        #[arg(long = "hazard", value_name = "HAZARD", required = true)]
        hazards: Vec<String>,
        /// It is a drill (訓練), and shown as one everywhere.
        #[arg(long)]
        drill: bool,
    },
}

/// Why a command did not do what it should, and the exit code that says so.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) why: anyhow::Error,
    pub(crate) code: u8,
}

fn usage(why: impl Into<anyhow::Error>) -> Failed {
    Failed { why: why.into(), code: USAGE }
}

fn failed(why: impl Into<anyhow::Error>) -> Failed {
    Failed { why: why.into(), code: FAILED }
}

impl CommandLine {
    pub(crate) fn run(self) -> Result<(), Failed> {
        match self.command {
            Command::Init(config) => {
                let id = node::init(&config.read()?).map_err(usage)?;
                say(&format!("{id}"))
            }
            Command::Run(config) => {
                let config = config.read()?;
                runtime()?.block_on(serve::until_told_to_stop(config)).map_err(|fault| {
                    let is_usage = fault.is_before_start();
                    if is_usage { usage(fault) } else { failed(fault) }
                })
            }
            Command::Check(config) => {
                let summary = check::check(&config.read()?).map_err(failed)?;
                say(&summary.to_string())
            }
            Command::Ctl { config, ask } => {
                let config = config.read()?;
                runtime()?.block_on(ask_node(&config.control.path, &ask.into()))
            }
        }
    }
}

impl Config {
    fn read(&self) -> Result<NodeConfig, Failed> {
        let mut file = ConfigFile::read(&self.config).map_err(usage)?;
        // A gateway's own table; what it says is the gateway's to check.
        file.take::<toml::Table>("web").map_err(usage)?;
        file.node().map_err(usage)
    }
}

impl From<Ask> for Request {
    fn from(ask: Ask) -> Self {
        match ask {
            Ask::Status => Self::Status,
            Ask::Outcomes { follow } => Self::Outcomes { follow },
            Ask::Pause { peer } => Self::Pause { peer },
            Ask::Resume { peer } => Self::Resume { peer },
            Ask::Journals => Self::Journals,
            Ask::Incident(Incident::Open { title, hazards, drill }) => {
                Self::Incident { title, hazards, drill }
            }
            Ask::Charge { points } => Self::Charge { points },
            Ask::Site { state } => Self::Site { state },
        }
    }
}

async fn ask_node(path: &Path, request: &Request) -> Result<(), Failed> {
    let mut client = Client::ask(path, request).await.map_err(failed)?;
    while let Some(response) = client.next().await.map_err(failed)? {
        match response {
            Response::Error { why } => return Err(failed(anyhow::anyhow!(why))),
            Response::Done => say("done")?,
            Response::Status(status) => say_json(&status)?,
            Response::Outcome(outcome) => say_json(&outcome)?,
            Response::Journal(journal) => say_json(&journal)?,
            Response::Recorded { facts } => say(&format!("{facts} facts recorded"))?,
        }
    }
    Ok(())
}

fn say_json(value: &impl serde::Serialize) -> Result<(), Failed> {
    say(&serde_json::to_string(value).map_err(failed)?)
}

fn say(line: &str) -> Result<(), Failed> {
    writeln!(std::io::stdout(), "{line}").map_err(failed)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failed> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(failed)
}

#[cfg(test)]
mod tests;
