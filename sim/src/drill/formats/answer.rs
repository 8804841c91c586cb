//! What the other binaries print: lines of JSON from `ctl`, and a name or a link on a line.
//!
//! Fields that the drill does not need may come and go; a line without those it needs is a fault
//! that shows the line.

use std::collections::BTreeMap;

use digiana_core::id::{EntryId, JournalId, NodeId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::ledger::Holdings;

/// How much of a line that is not understood is shown.
const SHOWN_CHARS_MAX: usize = 200;

/// A line says something else than it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotUnderstood {
    /// The node answered that it will not.
    #[error("{0}")]
    Refused(String),
    /// The line is not what was asked for.
    #[error("{why} in the line {line:?}")]
    Line {
        /// The line's beginning.
        line: String,
        /// What is wrong.
        why: String,
    },
    /// No line came.
    #[error("it printed nothing")]
    Nothing,
}

/// How a node is, as far as the drill looks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Status {
    /// Whether it knows that its town exists for training only.
    #[serde(default)]
    pub(crate) drill: bool,
    /// Those it knows of.
    #[serde(default)]
    pub(crate) peers: Vec<PeerStatus>,
    /// What it holds and what that folds into, by scope.
    #[serde(default)]
    pub(crate) scopes: BTreeMap<String, ScopeDigests>,
    /// The incidents it knows.
    #[serde(default)]
    pub(crate) incidents: Vec<IncidentStatus>,
    /// How many of its own entries it knows headquarters to hold, and how many there are; none
    /// where it does not say.
    #[serde(default)]
    pub(crate) custody: Option<(u64, u64)>,
    /// What the services fold into.
    #[serde(default)]
    pub(crate) services: ServicesStatus,
}

/// What a node counts of visits, rides, points and arrivals; nothing where it does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct ServicesStatus {
    /// Visits at facilities.
    pub(crate) visits: u64,
    /// Rides, with a ticket or without.
    pub(crate) rides: u64,
    /// Payments with points.
    pub(crate) spends: u64,
    /// Arrivals at the schools it may read.
    pub(crate) arrivals: u64,
    /// Rides for which no ticket was left.
    pub(crate) ious: u64,
    /// Wallets that owe.
    pub(crate) overdrawn: u64,
    /// The sum over all accounts of the points' ledger, which is none.
    pub(crate) ledger_sum: u64,
}

/// How it stands with one peer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct PeerStatus {
    /// Its name in hexadecimal.
    pub(crate) node: String,
    /// Whether a link is up.
    pub(crate) linked: bool,
    /// Whether it was told not to talk to it.
    #[serde(default)]
    pub(crate) paused: bool,
}

/// Two digests of one scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct ScopeDigests {
    /// Of the journals held.
    pub(crate) frontier: String,
    /// Of what they fold into.
    #[serde(default)]
    pub(crate) fold: String,
}

/// One incident's figures.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct IncidentStatus {
    /// Whether it is shown as a drill (訓練).
    pub(crate) drill: bool,
    /// Whether it is under way.
    pub(crate) open: bool,
    /// People who are certainly at one of the town's shelters.
    pub(crate) present_sure: u64,
    /// The most there can be.
    pub(crate) present_at_most: u64,
    /// People whom two places hold at once.
    pub(crate) two_places: u64,
}

/// What became of one tap.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Outcome {
    /// Whether it was accepted.
    pub(crate) accepted: bool,
    /// The word for the fact, or of the refusal.
    pub(crate) word: String,
    /// The durable entry; none where it was refused.
    #[serde(default)]
    entry: Option<String>,
}

impl Outcome {
    /// The entry that makes an accepted tap durable.
    pub(crate) fn entry(&self) -> Option<EntryId> {
        self.entry.as_deref()?.parse().ok()
    }
}

#[derive(Deserialize)]
struct JournalLine {
    journal: String,
    seq: u64,
}

/// Reads the one line of `ctl status`.
pub(crate) fn status(printed: &str) -> Result<Status, NotUnderstood> {
    read(printed.lines().next().ok_or(NotUnderstood::Nothing)?)
}

/// Reads a line of `ctl outcomes`.
pub(crate) fn outcome(line: &str) -> Result<Outcome, NotUnderstood> {
    let outcome: Outcome = read(line)?;
    if outcome.accepted && outcome.entry().is_none() {
        return Err(in_line(line, "an accepted tap names no entry"));
    }
    Ok(outcome)
}

/// Reads the lines of `ctl journals`.
pub(crate) fn journals(printed: &str) -> Result<Holdings, NotUnderstood> {
    let mut held = Holdings::new();
    for line in printed.lines() {
        let JournalLine { journal, seq } = read(line)?;
        let journal: JournalId =
            journal.parse().map_err(|error| in_line(line, &format!("{error}")))?;
        held.insert(journal, seq);
    }
    Ok(held)
}

/// Reads the name that `init` printed: the last word of its last line.
pub(crate) fn node_id(printed: &str) -> Result<NodeId, NotUnderstood> {
    let line = last_line(printed)?;
    let word = line.split_whitespace().next_back().unwrap_or(line);
    word.parse().map_err(|error| in_line(line, &format!("{error}")))
}

/// Reads the link that `login-link` printed: the last word of its last line.
pub(crate) fn link(printed: &str) -> Result<String, NotUnderstood> {
    let line = last_line(printed)?;
    let word = line.split_whitespace().next_back().unwrap_or(line);
    if word.starts_with("http") {
        Ok(word.to_owned())
    } else {
        // Whatever it is, it may be a secret: it is not repeated.
        Err(in_line("(not shown)", "there is no link"))
    }
}

fn last_line(printed: &str) -> Result<&str, NotUnderstood> {
    printed.lines().rev().find(|line| !line.trim().is_empty()).ok_or(NotUnderstood::Nothing)
}

fn read<T: DeserializeOwned>(line: &str) -> Result<T, NotUnderstood> {
    #[derive(Deserialize)]
    struct Refusal {
        answer: String,
        why: String,
    }
    serde_json::from_str(line).map_err(|error| match serde_json::from_str::<Refusal>(line) {
        Ok(refusal) if refusal.answer == "error" => NotUnderstood::Refused(refusal.why),
        Ok(_) | Err(_) => in_line(line, &error.to_string()),
    })
}

fn in_line(line: &str, why: &str) -> NotUnderstood {
    let line = line.chars().take(SHOWN_CHARS_MAX).collect();
    NotUnderstood::Line { line, why: why.to_owned() }
}
