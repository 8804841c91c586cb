//! Commands go to the running node, a bounded request each.

use std::time::Duration;

use data_encoding::HEXLOWER;
use digiana_core::engine::input::Command;
use digiana_core::id::PersonId;
use digiana_core::service::shelter;
use digiana_core::token::TokenTag;
use tokio::time::timeout;

use super::{RoadFault, Submitted};
use crate::config::NodeConfig;
use crate::control::{Client, ControlFault, LINE_BYTES_MAX, Request, Response, to_line};

/// How many tokens one request gives.
const LINKS_PER_REQUEST: usize = 32;

/// How long the node may take to answer one request: a slow card of a small reader writes for
/// seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether a node answers at the control socket.
pub(super) async fn is_answered(config: &NodeConfig) -> Result<bool, RoadFault> {
    match ask(config, &Request::Status).await {
        Ok(_) => Ok(true),
        Err(RoadFault::Control(ControlFault::NotRunning { .. })) => Ok(false),
        Err(fault) => Err(fault),
    }
}

pub(super) async fn submit(
    config: &NodeConfig,
    commands: &[Command],
    mut progress: impl FnMut(usize, usize),
) -> Result<Submitted, RoadFault> {
    let mut submitted = Submitted::default();
    let mut done = 0;
    while let Some(command) = commands.get(done) {
        let rest = commands.get(done..).unwrap_or_default();
        let links: Vec<_> = rest.iter().map_while(link).take(LINKS_PER_REQUEST).collect();
        let took = match command {
            Command::Edit { scope, edits } => {
                let edits = edits.iter().map(|edit| {
                    let bytes = minicbor::to_vec(edit).expect("writing to a Vec cannot fail");
                    HEXLOWER.encode(&bytes)
                });
                let request = Request::Edits { scope: scope.to_string(), edits: edits.collect() };
                record(config, done, &request, &mut submitted).await?;
                1
            }
            Command::Shelter(_) if !links.is_empty() => {
                match record(config, done, &linking(&links), &mut submitted).await {
                    Err(RoadFault::RefusedThere { .. }) => {
                        // One of them is to blame, and only it can say which.
                        for (nth, single) in links.iter().enumerate() {
                            let request = linking(std::slice::from_ref(single));
                            record(config, done + nth, &request, &mut submitted).await?;
                        }
                    }
                    recorded => recorded?,
                }
                links.len()
            }
            Command::Shelter(_)
            | Command::Transport(_)
            | Command::Wellbeing(_)
            | Command::School(_)
            | Command::Correct { .. }
            | Command::Together(_) => return Err(RoadFault::NeedsStopped { at: done }),
        };
        done += took;
        progress(done, commands.len());
    }
    Ok(submitted)
}

fn link(command: &Command) -> Option<(TokenTag, PersonId)> {
    if let Command::Shelter(shelter::command::Command::LinkToken { token, person, replace }) =
        command
    {
        (!replace).then_some((*token, *person))
    } else {
        None
    }
}

fn linking(links: &[(TokenTag, PersonId)]) -> Request {
    let hex = |(token, person): &(TokenTag, PersonId)| {
        (HEXLOWER.encode(token.as_bytes()), person.to_string())
    };
    Request::LinkTokens { links: links.iter().map(hex).collect() }
}

async fn record(
    config: &NodeConfig,
    at: usize,
    request: &Request,
    submitted: &mut Submitted,
) -> Result<(), RoadFault> {
    if to_line(request).len() > LINE_BYTES_MAX {
        return Err(RoadFault::TooLong { at });
    }
    match ask(config, request).await? {
        Response::Recorded { facts } => {
            submitted.facts += facts;
            submitted.unchanged += usize::from(facts == 0);
            Ok(())
        }
        Response::Error { why } => Err(RoadFault::RefusedThere { at, why }),
        Response::Status(_) | Response::Outcome(_) | Response::Journal(_) | Response::Done => {
            Err(RoadFault::NoAnswer)
        }
    }
}

/// The first line of the answer to one request.
async fn ask(config: &NodeConfig, request: &Request) -> Result<Response, RoadFault> {
    let answered = timeout(PATIENCE, async {
        let mut client = Client::ask(&config.control.path, request).await?;
        client.next().await
    });
    match answered.await {
        Ok(answer) => answer?.ok_or(RoadFault::NoAnswer),
        Err(_) => Err(RoadFault::NoAnswer),
    }
}
