//! What a running node answers to commands over its control socket.

use std::collections::BTreeMap;
use std::fmt::Display;

use digiana_core::engine::Engine;
use digiana_core::engine::figures::Figures;
use digiana_core::engine::input::Command;
use digiana_core::fact::shelter::{Hazard, IncidentKind, SiteState};
use digiana_core::id::IncidentId;
use digiana_core::journal::journals::{Journals as _, JournalsFault};
use digiana_core::service::shelter::command::{self, OpenIncident};
use rand::TryRng as _;
use rand::rngs::SysRng;
use tokio::sync::broadcast::error::RecvError;

use crate::control::{
    Answers, AskerGone, IncidentStatus, JournalStatus, PeerStatus, Request, Response, ScopeStatus,
    ServicesStatus, Status,
};
use crate::handle::Handle;
use crate::node::wall;
use crate::reader::purpose::Purpose;
use crate::road::command_of;

/// Answers one request; ends when the answer is complete or the asker has gone.
pub async fn answer(node: Handle, request: Request, mut answers: Answers) {
    // Whoever asked and left needs no more lines.
    let _ = tell(&node, request, &mut answers).await;
}

async fn tell(node: &Handle, request: Request, answers: &mut Answers) -> Result<(), AskerGone> {
    match request {
        Request::Status => answers.send(&Response::Status(Box::new(status(node)))).await,
        Request::Outcomes { follow } => outcomes(node, follow, answers).await,
        Request::Pause { peer } => {
            let done = node.node_named(&peer).map(|peer| node.pause(peer));
            answers.send(&found(done, &peer)).await
        }
        Request::Resume { peer } => {
            let done = node.node_named(&peer).map(|peer| node.resume(peer));
            answers.send(&found(done, &peer)).await
        }
        Request::Journals => {
            let journals = journals(node).unwrap_or_else(|fault| vec![error(&fault)]);
            for journal in journals {
                answers.send(&journal).await?;
            }
            Ok(())
        }
        Request::Incident { title, hazards, drill } => {
            let answer = open_incident(node, title, &hazards, drill).await;
            answers.send(&answer.unwrap_or_else(|why| Response::Error { why })).await
        }
        Request::Site { state } => {
            let answer = set_site(node, &state).await;
            answers.send(&answer.unwrap_or_else(|why| Response::Error { why })).await
        }
        Request::Charge { points } => {
            node.set_purpose(Purpose::Spend { points: Some(points) });
            answers.send(&Response::Done).await
        }
        Request::Edits { .. } | Request::LinkTokens { .. } => {
            let answer = record(node, &request).await;
            answers.send(&answer.unwrap_or_else(|why| Response::Error { why })).await
        }
    }
}

async fn outcomes(node: &Handle, follow: bool, answers: &mut Answers) -> Result<(), AskerGone> {
    let (kept, mut further) = node.outcomes();
    for outcome in kept {
        answers.send(&Response::Outcome(outcome)).await?;
    }
    if !follow {
        return Ok(());
    }
    loop {
        match further.recv().await {
            Ok(outcome) => answers.send(&Response::Outcome(outcome)).await?,
            Err(RecvError::Lagged(missed)) => {
                let why = format!("{missed} outcomes were missed: read faster");
                answers.send(&Response::Error { why }).await?;
            }
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}

fn found(done: Option<()>, peer: &str) -> Response {
    match done {
        Some(()) => Response::Done,
        None => Response::Error {
            why: format!("no node is admitted as {peer:?}; `ctl status` lists those that are"),
        },
    }
}

fn error(fault: &impl Display) -> Response {
    Response::Error { why: fault.to_string() }
}

async fn open_incident(
    node: &Handle,
    title: String,
    hazards: &[String],
    drill: bool,
) -> Result<Response, String> {
    let hazards = hazards.iter().map(|word| hazard(word)).collect::<Result<_, _>>()?;
    let mut incident = [0; IncidentId::LEN];
    SysRng.try_fill_bytes(&mut incident).map_err(|error| error.to_string())?;
    let opening = OpenIncident {
        incident: IncidentId(incident),
        kind: if drill { IncidentKind::Drill } else { IncidentKind::Real },
        hazards,
        title,
        happened_at: None,
    };
    submit(node, command::Command::OpenIncident(opening)).await
}

async fn set_site(node: &Handle, state: &str) -> Result<Response, String> {
    let state = site_state(state)?;
    let command = command::Command::SetSiteState {
        incident: None,
        site: None,
        state,
        saw: None,
        opening: None,
        happened_at: None,
    };
    submit(node, command).await
}

/// Records what an import brings.
async fn record(node: &Handle, request: &Request) -> Result<Response, String> {
    let command = node.read(|engine| command_of(request, engine.folds()))?;
    let Some(command) = command else { return Ok(Response::Recorded { facts: 0 }) };
    let accepted = node.submit(command).await.map_err(|refusal| refusal.to_string())?;
    Ok(Response::Recorded { facts: count(accepted.facts.len()) })
}

async fn submit(node: &Handle, command: command::Command) -> Result<Response, String> {
    let outcome = node.submit(Command::Shelter(command)).await;
    outcome.map(|_| Response::Done).map_err(|refusal| refusal.to_string())
}

/// The words of command lines for hazards.
pub const HAZARDS: [(&str, Hazard); 8] = [
    ("flood", Hazard::Flood),
    ("landslide", Hazard::Landslide),
    ("storm-surge", Hazard::StormSurge),
    ("earthquake", Hazard::Earthquake),
    ("tsunami", Hazard::Tsunami),
    ("fire", Hazard::Fire),
    ("inland-flood", Hazard::InlandFlood),
    ("volcano", Hazard::Volcano),
];

/// The words of command lines for the states of a site.
pub const SITE_STATES: [(&str, SiteState); 5] = [
    ("not-opened", SiteState::NotOpened),
    ("preparing", SiteState::Preparing),
    ("open", SiteState::Open),
    ("suspended", SiteState::Suspended),
    ("closed", SiteState::Closed),
];

fn hazard(word: &str) -> Result<Hazard, String> {
    named(word, &HAZARDS, "hazard")
}

fn site_state(word: &str) -> Result<SiteState, String> {
    named(word, &SITE_STATES, "state")
}

fn named<T: Copy>(word: &str, words: &[(&str, T)], what: &str) -> Result<T, String> {
    let meant = words.iter().find(|(known, _)| *known == word).map(|(_, meant)| *meant);
    meant.ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
        format!("{word:?} is no {what}; known are {}", known.join(", "))
    })
}

fn status(node: &Handle) -> Status {
    let mesh = node.mesh();
    let now = wall().seconds;
    let linked: BTreeMap<_, _> = mesh.links.iter().map(|link| (link.peer, link)).collect();
    let paused: BTreeMap<_, _> =
        mesh.unlinked.iter().map(|peer| (peer.peer, peer.paused)).collect();
    let listening = node.listens_on().iter().map(ToString::to_string).collect();
    let takes_writes = node.takes_writes();
    let set_aside = node.store().set_aside();
    let set_aside = set_aside.iter().map(|path| path.display().to_string()).collect();
    node.read(|engine| {
        let peers = engine.credentials().nodes().filter(|(peer, _)| *peer != engine.me());
        let peers = peers.map(|(peer, standing)| {
            let heard = engine.reports().last_heard(peer);
            let ago = heard.map(|at| u64::try_from(now - at.seconds).unwrap_or(0));
            let mut sessions = engine.links().map(|(_, session)| session);
            PeerStatus {
                node: peer.to_string(),
                name: standing.name.clone(),
                linked: linked.contains_key(&peer),
                paused: paused.get(&peer).copied().unwrap_or(false),
                heard_seconds_ago: ago,
                equal: sessions.any(|session| session.peer() == peer && session.is_quiet()),
            }
        });
        let chains = || engine.frontier().in_order();
        Status {
            node: engine.me().to_string(),
            name: node.name().to_owned(),
            town: node.town().to_owned(),
            drill: node.is_drill(),
            reader: node.reader().map(ready_or_why),
            scanner: node.scanner().map(ready_or_why),
            store_takes_writes: takes_writes,
            stores_set_aside: set_aside,
            journals: count(chains().count()),
            entries: chains().map(|chain| chain.durable_seq()).sum(),
            listening,
            peers: peers.collect(),
            scopes: scopes(engine),
            incidents: incidents(engine),
            services: services(engine),
            custody: custody(engine),
        }
    })
}

fn ready_or_why(state: Result<(), impl Display>) -> String {
    state.map_or_else(|why| why.to_string(), |()| "ready".to_owned())
}

fn scopes(engine: &Engine) -> BTreeMap<String, ScopeStatus> {
    let standing = engine.credentials().standing(engine.me());
    let scopes = standing.into_iter().flat_map(|standing| standing.reads.iter().copied());
    scopes
        .map(|scope| {
            let writers = engine.credentials().writers(scope);
            let status = ScopeStatus {
                frontier: hex(&engine.frontier().digest_now(scope, &writers)),
                fold: hex(&engine.folds().digest(scope)),
                unknown: engine.folds().unknown(scope),
            };
            (scope.to_string(), status)
        })
        .collect()
}

fn incidents(engine: &Engine) -> Vec<IncidentStatus> {
    let incidents = engine.folds().shelter.incidents();
    let mut status: Vec<IncidentStatus> = incidents
        .filter_map(|(id, incident)| {
            let opened = incident.opening()?;
            let present = incident.total().present;
            Some(IncidentStatus {
                incident: id.to_string(),
                title: opened.value.title.clone(),
                drill: incident.kind() == Some(IncidentKind::Drill),
                open: incident.is_open(),
                present_sure: present.sure,
                present_at_most: present.at_most,
                two_places: u32::try_from(incident.unsettled().count()).unwrap_or(u32::MAX),
            })
        })
        .collect();
    status.sort_by_key(|incident| !incident.open);
    status
}

fn services(engine: &Engine) -> ServicesStatus {
    let Figures { visits, spends, earned, overdrawn, books, rides, ious, arrivals, ledger_sum } =
        engine.folds().figures();
    ServicesStatus { visits, spends, earned, overdrawn, books, rides, ious, arrivals, ledger_sum }
}

/// How many of this node's own entries headquarters is known to hold, and how many there are.
fn custody(engine: &Engine) -> (u64, u64) {
    let own = engine.frontier().in_order().filter(|chain| chain.author() == engine.me());
    own.fold((0, 0), |(held, all), chain| {
        let durable = chain.durable_seq();
        (held + engine.custody().upto(chain.journal()).min(durable), all + durable)
    })
}

/// Every journal as the store has it, whatever the engine believes.
fn journals(node: &Handle) -> Result<Vec<Response>, JournalsFault> {
    let store = node.store();
    let mut journals = Vec::new();
    for journal in store.list()? {
        let mut seq = 0;
        loop {
            let rows = store.rows(journal, seq + 1, digiana_core::limits::BLOCK_BYTES_MAX)?;
            match rows.last() {
                Some(row) => seq = row.last(),
                None => break,
            }
        }
        let opening = node
            .read(|engine| engine.frontier().chain(journal).map(|chain| chain.opening().clone()));
        journals.push(Response::Journal(JournalStatus {
            journal: journal.to_string(),
            node: opening.as_ref().map(|opening| opening.node.to_string()).unwrap_or_default(),
            scope: opening.as_ref().map(|opening| opening.scope.to_string()).unwrap_or_default(),
            life: opening.map_or(0, |opening| opening.life),
            seq,
        }));
    }
    Ok(journals)
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
