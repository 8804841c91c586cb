//! Everything that can happen to a node.

use super::commit::CommitId;
use crate::credential::Envelope;
use crate::fact::edit::Edit;
use crate::id::{EntryId, LinkId, NodeId};
use crate::scope::Scope;
use crate::service::{school, shelter, transport, wellbeing};

/// The number of a command in this run of the node; it is in no file and no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What somebody asks for. All its facts are recorded, or none.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Something at a shelter, or of a token.
    Shelter(shelter::command::Command),
    /// A ticket book or a ride.
    Transport(transport::command::Command),
    /// A visit, or points.
    Wellbeing(wellbeing::command::Command),
    /// Who is at school.
    School(school::command::Command),
    /// A fact was wrong (訂正).
    Correct {
        /// In which scope it lies.
        scope: Scope,
        /// The wrong fact.
        target: EntryId,
        /// Why. Never a name.
        reason: String,
    },
    /// Fields of shared records are written. Each edit's `saw` is what its form showed.
    Edit {
        /// In which scope.
        scope: Scope,
        /// The writes.
        edits: Vec<Edit>,
    },
    /// Several at once: a walk-in is written down and checked in. Each is decided by what was
    /// known before all of them.
    Together(Vec<Self>),
}

/// Something that happened, told to the engine once.
#[derive(Debug)]
pub enum Input {
    /// Somebody tapped, or a member of staff pressed a button.
    Commanded {
        /// For the answer.
        request: RequestId,
        /// What is asked.
        command: Command,
    },
    /// A link to a peer is up. Its key is proven by the transport; whether it is admitted is not.
    LinkUp {
        /// The link.
        link: LinkId,
        /// Who is at the other end.
        peer: NodeId,
        /// Whether this end dialled.
        dialled: bool,
    },
    /// A link is gone.
    LinkDown {
        /// The link.
        link: LinkId,
    },
    /// A peer sent a frame.
    FrameReceived {
        /// Over which link.
        link: LinkId,
        /// Its bytes, as they came.
        bytes: Vec<u8>,
    },
    /// A commit is on the disk.
    Persisted(CommitId),
    /// A commit, and every one after it, is not on the disk and will not be.
    PersistFailed(CommitId),
    /// The disk takes writes again.
    StoreReady,
    /// The authority gives credentials; one that does not hold is passed over with the rest.
    CredentialsGiven(Vec<Envelope>),
    /// The time that `poll_timeout` named has come.
    Woken,
}
