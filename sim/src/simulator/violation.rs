//! What must never be so, and was.

use std::fmt;
use std::time::Duration;

use super::trace::Moment;

macro_rules! promises {
    ($($(#[$doc:meta])* $name:ident $word:literal;)*) => {
        /// A promise that was broken. Each is looked after by one check.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Broken {
            $($(#[$doc])* $name,)*
        }

        impl Broken {
            /// Every promise.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its word in reports.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

promises! {
    /// Somebody was shown that something is recorded, and a disk that should hold it does not.
    Lost "lost";
    /// Two honest nodes hold the same entries and show different things.
    FoldsDiffer "folds_differ";
    /// What a node shows is not what its disk makes of it.
    NotItsDisk "not_its_disk";
    /// A node shows something else than the simple model of the town.
    NotTheModel "not_the_model";
    /// A ledger does not sum to nothing.
    Ledger "ledger";
    /// A rider was refused.
    RiderRefused "rider_refused";
    /// Headquarters was said to hold what it does not.
    Custody "custody";
    /// A queue or a message is longer than it may be.
    OverLimit "over_limit";
    /// An honest node was taken for one that is not.
    Misjudged "misjudged";
    /// A node does not start from its own store.
    DoesNotStart "does_not_start";
    /// A comparison took more round trips than it may.
    RoundTrips "round_trips";
    /// A town whose roads are open is not one after a while.
    NotLive "not_live";
    /// Something goes on for ever without time passing.
    NeverRests "never_rests";
    /// A program panicked.
    Panicked "panicked";
}

/// A promise that was broken, when, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise.
    pub broken: Broken,
    /// When, since the town began.
    pub at: Duration,
    /// What was seen: numbers of nodes and ids, never a name.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", Moment(self.at), self.broken.word(), self.what)
    }
}
