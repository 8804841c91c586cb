//! Sync: exact, without a memory of the peer.
//!
//! Whoever dialled speaks first. Equal replicas find out in one round trip of forty bytes each;
//! different ones compare digests, then vectors, and exchange what is missing by the urgency of
//! its scope. After that every durable entry is pushed to whoever lacks it.

pub mod flow;
pub mod frame;
pub mod session;

use crate::credential::set::CredentialFault;
use crate::id::JournalId;
use crate::journal::chain::DoesNotAttach;
use crate::limits::CREDENTIAL_ROUNDS_MAX;
use crate::wire::Malformed;

/// The peer broke the protocol. Its link is closed and the operator told; nobody else is disturbed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerMisbehaved {
    /// A frame cannot be read.
    #[error("it sent a frame that cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// A frame came that its place in the conversation does not allow.
    #[error("it sent {0} out of turn")]
    OutOfTurn(&'static str),
    /// It does not introduce itself, or not well enough.
    #[error("it is not admitted to this town")]
    NotAdmitted,
    /// It did not introduce itself in time.
    #[error("it did not introduce itself in time")]
    TooSlow,
    /// A credential it sent does not hold.
    #[error("it sent a credential that does not hold: {0}")]
    BadCredential(#[from] CredentialFault),
    /// The two replicas never agree on credentials.
    #[error("credentials did not become equal in {CREDENTIAL_ROUNDS_MAX} rounds")]
    CredentialsNeverAgree,
    /// It named a scope that the two do not share.
    #[error("it named a scope that is not shared, at index {0}")]
    NoSuchScope(u8),
    /// It sent a batch that cannot be true.
    #[error("it sent a batch of journal {journal} that does not attach: {why}")]
    BadBatch {
        /// The journal.
        journal: JournalId,
        /// What is wrong with it.
        why: DoesNotAttach,
    },
    /// It sent a life that does not follow the life it names.
    #[error("it sent journal {0}, which does not follow the life it names")]
    NotASuccessor(JournalId),
    /// A signed report does not hold.
    #[error("it sent a report that does not hold")]
    BadReport,
}
