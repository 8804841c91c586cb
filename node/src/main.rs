//! The command line of one reader node.

mod command;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let command = command::CommandLine::parse();
    digiana_node::telemetry::start();
    match command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With stderr gone there is nobody left to tell, and the exit code says the rest.
            let _ = writeln!(std::io::stderr(), "digiana-node: {:#}", error.why);
            ExitCode::from(error.code)
        }
    }
}
