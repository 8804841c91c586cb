//! How a command of this machine reaches the node's store: through the running node, or, where
//! none runs, into the store itself.
//!
//! A store has one owner. While the node runs it is the owner and is asked over its control
//! socket; otherwise the command is the owner for as long as it takes, runs the same engine
//! without any peer, and closes the store cleanly behind it.

mod errand;
mod in_place;
mod socket;

use digiana_core::engine::input::Command;
use digiana_core::engine::start::StartFault;
use digiana_core::id::NodeId;
use digiana_core::service::refusal::Refusal;

use crate::config::NodeConfig;
use crate::control::ControlFault;
use crate::keys::KeyFault;
use crate::store::StoreFault;

pub use errand::{changes_only, command_of};

/// What came of commands that were all taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Submitted {
    /// How many facts were recorded.
    pub facts: u64,
    /// How many of the commands had nothing to record, because it was so already.
    pub unchanged: usize,
}

/// Why commands were not taken, sorted by who must act.
///
/// Whatever was taken before is recorded durably; the same commands can be given again, and what
/// is recorded already is then left as it is.
#[derive(Debug, thiserror::Error)]
pub enum RoadFault {
    /// The operator: a rule says no.
    #[error("{why}")]
    Refused {
        /// Which of the commands, from 0.
        at: usize,
        /// Which rule.
        why: Refusal,
    },
    /// The operator: the running node says no.
    #[error("the running node says: {why}")]
    RefusedThere {
        /// Which of the commands, from 0.
        at: usize,
        /// What it says.
        why: String,
    },
    /// The operator: the running node is not asked for such a thing.
    #[error("this is only done while the node is stopped; stop it, do it, start it again")]
    NeedsStopped {
        /// Which of the commands, from 0.
        at: usize,
    },
    /// The operator: a command is longer than a line of the control socket.
    #[error("this is too long to be asked of a running node; stop it, do it, start it again")]
    TooLong {
        /// Which of the commands, from 0.
        at: usize,
    },
    /// The operator: the town has not admitted this node.
    #[error(
        "node {node} is not admitted to its town: run `digiana-gateway town admit --node {node}` \
         and copy the town file here"
    )]
    NotAdmitted {
        /// This node.
        node: NodeId,
    },
    /// The operator: key or town file.
    #[error(transparent)]
    Keys(#[from] KeyFault),
    /// The operator, or whoever looks after the machine: the running node's socket.
    #[error(transparent)]
    Control(#[from] ControlFault),
    /// Whoever looks after the machine: the store.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// Whoever looks after the machine: what is in the store.
    #[error(transparent)]
    Start(#[from] StartFault),
    /// Whoever looks after the machine: the system has no randomness.
    #[error("the system gives no randomness: {0}")]
    NoRandomness(String),
    /// The running node stopped answering.
    #[error("the running node gave no answer; see its log, and give the command again")]
    NoAnswer,
}

impl RoadFault {
    /// Which of the commands was not taken, from 0, where one of them is to blame.
    pub fn at(&self) -> Option<usize> {
        match self {
            Self::Refused { at, .. }
            | Self::RefusedThere { at, .. }
            | Self::NeedsStopped { at }
            | Self::TooLong { at } => Some(*at),
            Self::NotAdmitted { .. }
            | Self::Keys(_)
            | Self::Control(_)
            | Self::Store(_)
            | Self::Start(_)
            | Self::NoRandomness(_)
            | Self::NoAnswer => None,
        }
    }
}

/// Has commands recorded, in order, and says how many of all are done as it goes.
///
/// Edits are taken as a file brings them, see [`changes_only`]. A token is only given to somebody
/// whom the register knows; one that its person has already is no refusal.
///
/// # Errors
/// [`RoadFault`] at the first command that is not taken. Those before it are recorded, and some
/// after it may be.
pub async fn submit(
    config: &NodeConfig,
    commands: Vec<Command>,
    mut progress: impl FnMut(usize, usize),
) -> Result<Submitted, RoadFault> {
    if socket::is_answered(config).await? {
        socket::submit(config, &commands, progress).await
    } else {
        let total = commands.len();
        let (told, mut heard) = tokio::sync::mpsc::channel(1);
        let config = config.clone();
        let work = tokio::task::spawn_blocking(move || in_place::submit(&config, commands, &told));
        while let Some(done) = heard.recv().await {
            progress(done, total);
        }
        work.await.expect("the engine does not panic")
    }
}

#[cfg(test)]
mod tests;
