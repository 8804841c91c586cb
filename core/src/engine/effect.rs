//! Everything a node asks of the world.

use super::commit::Commit;
use super::input::RequestId;
use crate::fact::Fact;
use crate::id::{EntryId, LinkId, NodeId};
use crate::scope::Scope;
use crate::service::refusal::Refusal;
use crate::sync::PeerMisbehaved;

/// Something the shell has to do, in the order given.
#[derive(Debug)]
pub enum Effect {
    /// Make this durable, then say [`Persisted`](super::input::Input::Persisted).
    Persist(Commit),
    /// Send a frame.
    Send {
        /// Over which link.
        link: LinkId,
        /// Its bytes.
        frame: Vec<u8>,
    },
    /// Close a link, and tell the operator why.
    Close {
        /// Which link.
        link: LinkId,
        /// What the peer did.
        why: PeerMisbehaved,
    },
    /// Tell whoever asked. What is accepted is durable.
    Indicate {
        /// Whose request.
        request: RequestId,
        /// What became of it.
        outcome: Result<Accepted, Refusal>,
    },
    /// Something changed that a page may show. It carries no data: the page reads the views.
    Publish(Change),
    /// Something the operator must hear of.
    Alarm(Alarm),
}

/// What a command recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// Each fact with its scope and identity.
    pub facts: Vec<(Scope, EntryId, Fact)>,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The state of a scope.
    Scope(Scope),
    /// Who is admitted.
    Credentials,
    /// Which peers are linked or heard.
    Links,
    /// What headquarters is known to hold.
    Custody,
}

/// Something the operator must hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// A peer with the same entries shows another state: one of the two has a defect.
    FoldsDiffer {
        /// The peer.
        node: NodeId,
        /// In which scope.
        scope: Scope,
    },
    /// The store cannot be read; the node must stop.
    StoreUnreadable,
    /// A peer holds this node's journal with other entries: the device was copied.
    OwnJournalForked {
        /// The peer that showed it.
        peer: NodeId,
        /// In which scope.
        scope: Scope,
    },
    /// A journal has two ends, each with its author's seal: that device was copied, or lies.
    JournalForked {
        /// Whose journal.
        author: NodeId,
        /// In which scope.
        scope: Scope,
    },
}
