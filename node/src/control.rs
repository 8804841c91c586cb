//! The control socket: how commands on the same machine talk to a running node.
//!
//! One JSON object a line, in both directions. A connection carries one request and the lines that
//! answer it; the node closes it when the answer is complete, the asker when it wants no more. A
//! line over [`LINE_BYTES_MAX`] is answered with an error that says so. The
//! socket belongs to the node's user alone, and no tap ever comes through it: what it can change
//! is who is talked to, what an import brings, and what a desk without a screen opens.

mod client;
mod server;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use client::Client;
pub use server::{Answers, AskerGone, Control};

/// The most bytes of one line, either way.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// The most characters of a peer's name in a request.
pub const PEER_CHARS_MAX: usize = 64;

/// What a command asks of a running node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// How it is: one [`Response::Status`].
    Status,
    /// The outcomes of the last taps, and with `follow` each further one as it is shown.
    Outcomes {
        /// Whether to go on until the asker leaves.
        #[serde(default)]
        follow: bool,
    },
    /// Do not talk to a peer until [`Request::Resume`]: for drills.
    Pause {
        /// Its NodeId in hexadecimal, or the name it was admitted under.
        peer: String,
    },
    /// Talk to a paused peer again.
    Resume {
        /// As in [`Request::Pause`].
        peer: String,
    },
    /// Every journal in the raw store: one [`Response::Journal`] each.
    Journals,
    /// Opens an incident, as a desk does: for readers without a screen, and drills.
    Incident {
        /// What people are to call it.
        title: String,
        /// What threatens: `flood`, `landslide`, …
        hazards: Vec<String>,
        /// Whether it is a drill (訓練).
        drill: bool,
    },
    /// Sets the state of the site where this node's reader stands.
    Site {
        /// `not-opened`, `preparing`, `open`, `suspended` or `closed`.
        state: String,
    },
    /// The next card held to this reader pays so many points: for a till without a screen.
    Charge {
        /// How many.
        points: u32,
    },
    /// Write fields as a file brings them: one [`Response::Recorded`]. What is held already is not
    /// written again, and what is written takes the place of what is held.
    Edits {
        /// The scope, in the word of command lines.
        scope: String,
        /// Each edit as CBOR in hexadecimal; at most as many as one command may write.
        edits: Vec<String>,
    },
    /// Give tokens to people: one [`Response::Recorded`]. Those that are given so already are no
    /// mistake. All of them, or none.
    LinkTokens {
        /// Each token's tag and its person, both in hexadecimal.
        links: Vec<(String, String)>,
    },
}

impl Request {
    /// Reads a request from its line, without the line's end.
    ///
    /// # Errors
    /// What does not fit, with its column: the text of [`Response::Error`].
    pub fn read(line: &[u8]) -> Result<Self, String> {
        let request: Self = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        if let Self::Pause { peer } | Self::Resume { peer } = &request
            && (peer.is_empty() || peer.chars().count() > PEER_CHARS_MAX)
        {
            let most = PEER_CHARS_MAX;
            return Err(format!("a peer is a NodeId or a name of at most {most} characters"));
        }
        Ok(request)
    }
}

/// One line of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "lowercase")]
pub enum Response {
    /// How the node is.
    Status(Box<Status>),
    /// What became of one tap.
    Outcome(Outcome),
    /// One journal as it is stored.
    Journal(JournalStatus),
    /// It is done.
    Done,
    /// It is recorded durably.
    Recorded {
        /// How many facts that took; none where all of it was so already.
        facts: u64,
    },
    /// It is not done.
    Error {
        /// Why, and what to do.
        why: String,
    },
}

/// How a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its NodeId in hexadecimal.
    pub node: String,
    /// What people call the device.
    pub name: String,
    /// What people call the town.
    pub town: String,
    /// Whether the town exists for training only.
    pub drill: bool,
    /// Whether its store takes writes: false while the disk is full.
    pub store_takes_writes: bool,
    /// The damaged stores that lie beside it. Each may hold what nobody else has heard.
    #[serde(default)]
    pub stores_set_aside: Vec<String>,
    /// Whether cards can be read: `ready`, or why not; none at a node without a reader.
    #[serde(default)]
    pub reader: Option<String>,
    /// Whether printed codes can be read: `ready`, or why not; none at a node without a scanner.
    #[serde(default)]
    pub scanner: Option<String>,
    /// How many journals it holds.
    pub journals: u64,
    /// How many entries it holds durably.
    pub entries: u64,
    /// The addresses it listens on.
    pub listening: Vec<String>,
    /// Those it knows of.
    pub peers: Vec<PeerStatus>,
    /// What it holds and shows of each scope it may read, by the scope's name.
    pub scopes: BTreeMap<String, ScopeStatus>,
    /// The incidents it knows, the latest first.
    pub incidents: Vec<IncidentStatus>,
    /// What the services come to here.
    pub services: ServicesStatus,
    /// How many of its own site's entries headquarters is known to hold, and how many there are.
    pub custody: (u64, u64),
}

/// What a node holds and shows of a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeStatus {
    /// The digest of what it holds: equal on two nodes exactly when both hold the same.
    pub frontier: String,
    /// The digest of what that folds into.
    pub fold: String,
    /// How many entries are of kinds this version does not know.
    pub unknown: u64,
}

/// An incident in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentStatus {
    /// Its id in hexadecimal.
    pub incident: String,
    /// What people call it.
    pub title: String,
    /// Whether it is a drill (訓練).
    pub drill: bool,
    /// Whether it goes on.
    pub open: bool,
    /// People at shelters, at least.
    pub present_sure: u32,
    /// People at shelters, at most.
    pub present_at_most: u32,
    /// People whom several shelters count.
    pub two_places: u32,
}

/// What the services of a node come to, as far as it holds them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServicesStatus {
    /// Visits: one for each person, facility and day.
    pub visits: u64,
    /// Payments with points.
    pub spends: u64,
    /// Points the town gave: by rules, and for debts it bore.
    pub earned: u64,
    /// Wallets that owe.
    pub overdrawn: u64,
    /// Ticket books that were issued.
    pub books: u64,
    /// Rides.
    pub rides: u64,
    /// Rides that no book pays whole.
    pub ious: u64,
    /// Pupils who came to school: one for each pupil and day.
    pub arrivals: u64,
    /// All accounts of points together, and all of tickets: 0, unless one of the ledgers is wrong.
    pub ledger_sum: u64,
}

/// One journal as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalStatus {
    /// Its id in hexadecimal.
    pub journal: String,
    /// Whose it is.
    pub node: String,
    /// Its scope's name.
    pub scope: String,
    /// Which life of that node in that scope.
    pub life: u64,
    /// Its last stored entry.
    pub seq: u64,
}

/// How it stands with one peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerStatus {
    /// Its NodeId in hexadecimal.
    pub node: String,
    /// The name it was admitted under; empty while unknown.
    pub name: String,
    /// Whether a link is up.
    pub linked: bool,
    /// Whether it was told to wait.
    pub paused: bool,
    /// Seconds since it was last heard; none when never in this run.
    pub heard_seconds_ago: Option<u64>,
    /// Whether both hold the same, as far as is known.
    pub equal: bool,
}

/// What became of one tap, without a word about whose it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Unix seconds when it was shown.
    pub seconds: i64,
    /// Whether it was accepted.
    pub accepted: bool,
    /// What was shown: the word for the fact, or of the refusal.
    pub word: String,
    /// The durable entry that says so, as `journal/sequence`; none where it was refused.
    pub entry: Option<String>,
    /// How sure it is who tapped, where a card was read: `listed` or `proven`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance: Option<String>,
}

/// The control socket cannot be used, sorted by who must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlFault {
    /// The operator: nobody answers there.
    #[error(
        "no node answers at {}; start it with `digiana-node run`, or `digiana-gateway run` where it \
         has pages, or check [control] path",
        path.display()
    )]
    NotRunning {
        /// The socket's path.
        path: PathBuf,
    },
    /// The operator: a node answers there already.
    #[error("a node is running at {} already; stop it first", path.display())]
    InUse {
        /// The socket's path.
        path: PathBuf,
    },
    /// The operator: something that is no socket is in the way.
    #[error("{} is no socket and is not replaced; move it away", path.display())]
    InTheWay {
        /// The path.
        path: PathBuf,
    },
    /// Whoever looks after the machine.
    #[error("the control socket {}: {why}", path.display())]
    Io {
        /// The socket's path.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The node's version and the command's differ, or what answers is no node.
    #[error("line {line} of the answer is not understood: {why}; are both of one version?")]
    Answer {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// Why no line came.
#[derive(Debug, thiserror::Error)]
enum NoLine {
    #[error("a line has more than {LINE_BYTES_MAX} bytes")]
    TooLong,
    #[error("the last line has no end")]
    CutOff,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The next line without its end; none at the end of the stream. Never holds more than
/// [`LINE_BYTES_MAX`] and a byte.
async fn next_line(
    from: &mut (impl tokio::io::AsyncBufRead + Unpin),
) -> Result<Option<Vec<u8>>, NoLine> {
    use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _};
    let bound = u64::try_from(LINE_BYTES_MAX).expect("a small number fits") + 1;
    let mut line = Vec::new();
    let read = from.take(bound).read_until(b'\n', &mut line).await?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if read > LINE_BYTES_MAX => Err(NoLine::TooLong),
        Some(_) => Err(NoLine::CutOff),
    }
}

pub(crate) fn to_line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("texts and numbers are JSON");
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests;
