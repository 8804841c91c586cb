//! Mistakes of whatever stands round an engine: its store, its disk, its connections.
//!
//! A test has a [`World`](super) make one of them, to see that somebody notices. Mistakes of the
//! engine itself are planted in `core`.

use super::fault::Fault;

macro_rules! slips {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A mistake of a store or a transport.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Slip {
            $($(#[$doc])* $name,)*
        }

        impl Slip {
            /// Every mistake.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

impl Slip {
    /// The trouble of a line that it hands on to the nodes.
    pub(super) fn spoils(self) -> Option<Fault> {
        match self {
            Self::LostStaysLost => Some(Fault::Loss),
            Self::TwiceIsTwice => Some(Fault::Duplication),
            Self::OvertakenComesLate => Some(Fault::Reordering),
            Self::ToldBeforeDurable
            | Self::NeverSynced
            | Self::OpensUnchecked
            | Self::FullDiskConfirms
            | Self::HalfOpen
            | Self::Impatient => None,
        }
    }
}

slips! {
    /// A commit is told to be durable when the disk has only begun with it.
    ToldBeforeDurable,
    /// Commits stay in a cache until the node is closed.
    NeverSynced,
    /// A store is opened without a look at its checksums.
    OpensUnchecked,
    /// An error of a full disk is swallowed.
    FullDiskConfirms,
    /// An end that gives a connection up does not say so, the other end waits for ever, and takes
    /// no second connection from a peer it thinks it has.
    HalfOpen,
    /// A connection is given up when what is handed to it would be there too late.
    Impatient,
    /// What is lost on a line is not sent again.
    LostStaysLost,
    /// What comes twice over a line is handed over twice.
    TwiceIsTwice,
    /// What overtakes on a line is handed over first.
    OvertakenComesLate,
}
