//! The card side of a node: a reader tells what happened at its slot, and decides nothing.
//!
//! A reader runs on a task of its own and hands [`ReaderEvent`]s to the one loop over a bounded
//! queue. While the loop is busy the reader waits, and the next card waits in front of the reader.
//! No number of a card is in a log, and none is kept after its event has been used.

pub mod card;
pub mod indicator;
pub mod purpose;
pub mod virtual_reader;

use std::net::SocketAddr;

use crate::reader::card::{CardFault, CardUid};

/// How many events may wait for the loop. A card can cause two, so a few cards may run ahead.
pub const READER_EVENTS_QUEUED_MAX: usize = 8;

/// The `[reader]` part of a node's configuration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ReaderConfig {
    /// This node reads no cards.
    None,
    /// A slot for virtual cards, for drills and tests.
    Virtual {
        /// The loopback address it listens on; port 0 takes any free one.
        #[serde(default = "vpcd_slot_0")]
        listen: SocketAddr,
    },
}

/// Where vpcd has its first slot.
fn vpcd_slot_0() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 35_963))
}

/// What happened at a reader.
///
/// In a life of a reader: `Ready`, then for each card either `Inserted` and later `Removed`, or one
/// `Fault`. `Gone` may come between two cards, and `Ready` after it.
#[derive(Debug)]
pub enum ReaderEvent {
    /// Cards can be read from now on.
    Ready,
    /// A card is in and has told its number.
    Inserted {
        /// The number, which is wiped when the event is dropped.
        uid: CardUid,
    },
    /// A card was in and could not be read. The slot is free again.
    Fault(CardFault),
    /// The card of the last `Inserted` has left. How long it stayed tells a card that was forgotten.
    Removed,
    /// The reader itself cannot be used for now; the node goes on without it.
    Gone(ReaderLost),
}

/// Why a reader cannot be used for now. Staff look at the device or its socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReaderLost {
    /// The virtual slot takes no card.
    #[error("the virtual reader takes no card: {0}")]
    Socket(std::io::ErrorKind),
}

/// Why a reader cannot be used as it is configured. The operator mends the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ReaderMistake {
    /// The virtual slot would stand open to other machines.
    #[error(
        "[reader] listen = \"{listen}\": a virtual reader listens on a loopback address only, such \
         as 127.0.0.1:35963"
    )]
    NotLoopback {
        /// What was configured.
        listen: SocketAddr,
    },
    /// Somebody else listens there, or the machine is out of sockets.
    #[error(
        "[reader] listen = \"{listen}\": cannot listen there; is another node or pcscd using it?"
    )]
    CannotListen {
        /// What was configured.
        listen: SocketAddr,
        /// What the machine said.
        source: std::io::Error,
    },
}
