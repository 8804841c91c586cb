//! Mistakes that a test plants, to see that somebody notices.
//!
//! Each is one that people really make, and stands as one line at its place. They exist only under
//! the feature `planted`, which the simulator's tests alone ask for: everywhere else the compiler
//! knows that none is there, and leaves the line out.

macro_rules! bugs {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $($(#[$doc])* $name,)*
        }

        impl Bug {
            /// Every mistake.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

bugs! {
    /// A journal goes on in the run that follows.
    LifeGoesOn,
    /// A range that should hold its end does not.
    LastEntryNotFolded,
    /// A peer is told that a batch is held when it has only arrived.
    HaveBeforeDurable,
    /// Whoever says that they hold something is taken for headquarters.
    CustodyFromAnybody,
    /// A peer that was met before is taken for connected.
    MetBeforeIsConnected,
    /// A frame that cannot be read is taken for impossible.
    MalformedPanics,
    /// An entry of an unknown kind is taken for damage.
    UnknownKindStopsTheStart,
    /// What peers say of credentials is believed and not written down.
    PeersCredentialsAreNotKept,
    /// A hello says nothing of credentials.
    HelloWithoutCredentials,
    /// Where replicas differ is asked by number first, and then always by name.
    AsksTwice,
    /// A timer that rang is not taken off the list.
    TimerStays,
    /// Replicas that were compared once are not compared again while their link is up.
    ComparesNoMore,
    /// A batch that comes again is taken for another journal of that name.
    AgainIsWrong,
    /// A batch that comes before its time is taken for another journal of that name.
    EarlyIsWrong,
    /// A run of entries does not end where its block does.
    RunPastTheBlock,
    /// Whoever is somewhere is nowhere else.
    OnePlaceOnly,
    /// What is doubted is thrown away.
    DoubtedIsForgotten,
    /// A clock that was never set refuses riders.
    UnsetClockRefusesRiders,
    /// Nobody rides before their last ride.
    RidesOnlyForward,
    /// A ticket that is owed is written down on one side only.
    OneSidedPosting,
    /// A ride that no book pays is owed by nobody.
    IouForgotten,
    /// Two sightings of one visit earn twice.
    EarnsTwice,
    /// Whoever left school counts among those who are there.
    WhoLeftIsHere,
}

#[cfg(feature = "planted")]
std::thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Whether that mistake is made here.
#[cfg(feature = "planted")]
pub(crate) fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether that mistake is made here: never.
#[cfg(not(feature = "planted"))]
pub(crate) const fn is(_: Bug) -> bool {
    false
}

/// A mistake that every engine of this thread makes until this is dropped.
#[cfg(feature = "planted")]
#[derive(Debug)]
#[must_use = "a bug that is not held is taken out at once"]
pub struct Planted(());

/// Has every engine of this thread make a mistake.
#[cfg(feature = "planted")]
pub fn plant(bug: Bug) -> Planted {
    PLANTED.set(Some(bug));
    Planted(())
}

#[cfg(feature = "planted")]
impl Drop for Planted {
    fn drop(&mut self) {
        PLANTED.set(None);
    }
}
