//! What the mesh tells the node's loop.

use std::net::SocketAddr;

use digiana_core::id::{LinkId, NodeId};
use digiana_core::limits;

/// One thing that happened in the mesh.
///
/// Of one peer at most one link is up at a time, and the events of a link come in the order
/// `LinkUp`, any number of `Frame`, `LinkDown`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeshEvent {
    /// A link carries frames both ways.
    LinkUp {
        /// The link's handle.
        link: LinkId,
        /// Who is at the other end, proven by its key.
        peer: NodeId,
        /// Whether this node dialled, and so speaks first.
        dialled: bool,
    },
    /// A whole frame came.
    Frame {
        /// The link it came on.
        link: LinkId,
        /// Its bytes, from 1 to [`limits::FRAME_BYTES_MAX`].
        bytes: Vec<u8>,
    },
    /// A link is no more. What was sent and not answered must be presumed lost.
    LinkDown {
        /// The link's handle, never used again.
        link: LinkId,
        /// Why it ended.
        reason: LinkEnd,
    },
    /// A peer was met at another address than last time. Worth keeping for the next start.
    ///
    /// Of a peer that nobody told of it comes only once its link has lived for ten seconds, that
    /// is, was not closed as unwelcome.
    AddressLearned {
        /// The peer, proven by its key.
        peer: NodeId,
        /// Its last known addresses, newest first.
        addresses: Vec<SocketAddr>,
    },
}

/// Why a link ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkEnd {
    /// This node's engine or operator closed it.
    #[error("closed here: {reason}")]
    ClosedHere {
        /// The reason given to [`Mesh::close`](super::Mesh::close).
        reason: String,
    },
    /// The peer closed it.
    #[error("closed by the peer: {reason}")]
    ClosedByPeer {
        /// What the peer gave as its reason: foreign text, shortened.
        reason: String,
    },
    /// Another connection of the same two nodes took its place.
    #[error("replaced by another connection of the same two nodes")]
    Replaced,
    /// The operator or the drill cut it.
    #[error("paused here")]
    Paused,
    /// The mesh was shut down.
    #[error("the mesh was shut down")]
    ShutDown,
    /// Nothing was heard for too long.
    #[error("nothing heard for 2 s")]
    Silent,
    /// The peer takes frames more slowly than they are made.
    #[error("{} frames wait for the peer, which takes none", limits::LINK_QUEUE_FRAMES)]
    QueueFull,
    /// The connection broke.
    #[error("connection lost: {cause}")]
    Lost {
        /// What the transport said.
        cause: String,
    },
    /// The peer broke the framing.
    #[error(transparent)]
    PeerMisbehaved(#[from] PeerMisbehaved),
}

/// How a peer broke the framing. The link is dropped and the operator told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeerMisbehaved {
    /// A frame over the limit was announced.
    #[error("a frame of at least {len} bytes is over the limit of {}", limits::FRAME_BYTES_MAX)]
    FrameTooLong {
        /// What the peer announced, or the least it can have meant.
        len: u64,
    },
    /// A length was not written in its shortest form.
    #[error("a frame's length is not a canonical varint")]
    LengthNotCanonical,
    /// The stream ended inside a frame.
    #[error("the stream ended inside a frame")]
    CutInsideFrame,
    /// The peer refused to read the stream while it kept the connection.
    #[error("the peer stopped the stream and kept the connection")]
    StoppedListening,
    /// The listener's first word was a frame, before it could know whether the dialler listens.
    #[error("the listener spoke before its first heartbeat")]
    SpokeTooEarly,
}

/// What became of a frame given to [`Mesh::send`](super::Mesh::send).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a frame that was not queued is lost"]
pub enum SendOutcome {
    /// It waits its turn.
    Queued,
    /// Too many frames waited already: the frame is lost and the link is being closed.
    QueueFull,
    /// The link is no more, or is being closed.
    NoLink,
    /// It is empty or over the limit, so it is no frame.
    NotAFrame,
}
