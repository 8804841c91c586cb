//! Why the mesh of a node cannot start. Each is for the operator to mend.

use std::net::SocketAddr;

use digiana_core::id::NodeId;

/// The mesh cannot do what its configuration says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeshFault {
    /// The addresses cannot be listened on.
    #[error(
        "cannot listen on {addresses:?}: {cause}; name a free address of this machine as the mesh's"
    )]
    Bind {
        /// What was asked for.
        addresses: Vec<SocketAddr>,
        /// What the system said.
        cause: String,
    },
    /// Nothing to listen on was named.
    #[error("the mesh has no address to listen on; name at least one, such as 0.0.0.0:0")]
    NoAddress,
    /// A peer's id is no public key.
    #[error("peer {peer} is not a node's public key; copy the id that its `init` printed")]
    NotAKey {
        /// The id as written.
        peer: NodeId,
    },
    /// The address book is full.
    #[error("peer {peer} does not fit: the address book holds {max} peers; forget some first")]
    BookFull {
        /// The peer that was to be added.
        peer: NodeId,
        /// How many the book holds.
        max: usize,
    },
}
