//! The card side of a node: a reader tells what happened at its slot, and decides nothing.
//!
//! A reader runs on a task of its own and hands [`ReaderEvent`]s to the one loop over a bounded
//! queue. While the loop is busy the reader waits, and the next card waits in front of the reader.
//! No number of a card is in a log, and none is kept after its event has been used.

pub mod at_hand;
pub mod bounds;
pub mod card;
pub mod enrol;
pub mod identify;
pub mod indicator;
#[cfg(feature = "pcsc")]
pub mod pcsc_reader;
pub mod purpose;
pub mod scanner;
pub mod trust;
pub mod virtual_reader;

use std::net::SocketAddr;
use std::time::Duration;

use crate::reader::card::{CardFault, Presented, TurnedAway};

/// How long a card lies on a reader before it counts as forgotten.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(20);

/// How many events may wait for the loop. A card can cause three, so a few cards may run ahead.
pub const READER_EVENTS_QUEUED_MAX: usize = 8;

/// What happened at a reader.
///
/// In a life of a reader: `Ready`, then for each card either `Inserted` or `TurnedAway`, perhaps
/// `Forgotten`, and later `Removed`; or one `Fault`, and `Removed` where the card stayed. `Gone` may
/// come at any time, and `Ready` after it. A code scanner is a reader whose cards leave at once; it
/// says `Scanner` where others say `Ready` and `Gone`.
#[derive(Debug)]
pub enum ReaderEvent {
    /// Cards can be read from now on.
    Ready,
    /// A card is in, and the town may know whose it is.
    Inserted(Presented),
    /// A card is in, and is not taken.
    TurnedAway(TurnedAway),
    /// The card of the last `Inserted` still lies there, though its holder may have gone.
    Forgotten,
    /// A card was in and could not be read. The slot is free again.
    Fault(CardFault),
    /// The card that was in has left.
    Removed {
        /// Whether it was told of as forgotten.
        was_forgotten: bool,
    },
    /// The reader itself cannot be used for now; the node goes on without it.
    Gone(ReaderLost),
    /// The code scanner takes codes from now on, or cannot for now.
    Scanner(Result<(), ScannerAway>),
}

/// Why a reader cannot be used for now. Staff look at the device or its socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReaderLost {
    /// The virtual slot takes no card.
    #[error("the virtual reader takes no card: {0}")]
    Socket(std::io::ErrorKind),
    /// No smart-card service answers on this machine.
    #[error(
        "pcscd does not answer; start it (systemctl start pcscd), cards are read as soon as it does"
    )]
    NoService,
    /// The service knows no reader.
    #[error("no card reader is plugged in; cards are read as soon as one is")]
    NoReader,
}

/// The code scanner cannot be read for now. Staff look at its plug, the operator at its device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the code scanner at {device} is away ({why}); codes are read as soon as it is back")]
pub struct ScannerAway {
    /// The serial device, as configured.
    pub device: String,
    /// What the machine said.
    pub why: String,
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
    /// This program was built where PC/SC was not.
    #[error(
        "[reader] kind = \"pcsc\": this program was built without PC/SC; install libpcsclite-dev and \
         build again with --features pcsc, as the Makefile does"
    )]
    BuiltWithoutPcsc,
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
