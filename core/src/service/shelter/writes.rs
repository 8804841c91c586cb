//! What the shelter's registers hold: the facts of `fact::shelter`, without the keys they lie under.
//!
//! A replica holds a hundred thousand presences, so what is rare in them lies in a box of its own.

use crate::fact::shelter::{
    Act, Assurance, ConfirmedSafe, Congestion, CongestionSet, Hazard, IncidentKind, IncidentOpened,
    Presence, SafePlace, SiteState, SiteStateSet,
};
use crate::fact::warning::{WarningLevel, WarningSet};
use crate::fact::words::Words;
use crate::id::SiteId;
use crate::service::canon::{Canon, Canonical};
use crate::service::stamp::{Stamp, Stamped};

/// Somebody came, left for a while, returned or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceWrite {
    stamp: Stamp,
    /// Where.
    pub site: SiteId,
    // Invariant: a box holds at least one of its two.
    rare: Option<Box<Rare>>,
    /// What they did.
    pub act: Act,
    /// How sure that is.
    pub assurance: Assurance,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rare {
    happened_at: Option<i64>,
    destination: Option<Words>,
}

impl PresenceWrite {
    pub(super) fn new(stamp: Stamp, fact: &Presence) -> Self {
        let Presence { happened_at, destination, .. } = fact;
        let rare = (happened_at.is_some() || destination.is_some())
            .then(|| Rare { happened_at: *happened_at, destination: destination.clone() });
        Self {
            stamp,
            site: fact.site,
            rare: rare.map(Box::new),
            act: fact.act,
            assurance: fact.assurance,
        }
    }

    /// Where to, in the person's own words to the desk.
    pub fn destination(&self) -> Option<&Words> {
        self.rare.as_ref()?.destination.as_ref()
    }
}

impl Stamped for PresenceWrite {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    fn happened_at(&self) -> Option<i64> {
        self.rare.as_ref()?.happened_at
    }
}

impl Canonical for PresenceWrite {
    fn put(&self, canon: &mut Canon) {
        canon.value(&self.site).value(&self.act).value(&self.assurance);
        canon.value(&self.happened_at()).value(&self.destination());
    }
}

macro_rules! writes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            pub(super) stamp: Stamp,
            pub(super) happened_at: Option<i64>,
            $($(#[$field_doc])* pub $field: $kind,)*
        }

        impl Stamped for $name {
            fn stamp(&self) -> &Stamp {
                &self.stamp
            }

            fn happened_at(&self) -> Option<i64> {
                self.happened_at
            }
        }

        impl Canonical for $name {
            fn put(&self, canon: &mut Canon) {
                canon.value(&self.happened_at);
                $(canon.value(&self.$field);)*
            }
        }
    )*};
}

writes! {
    /// An incident was opened.
    Opened {
        /// Whether it is one.
        kind: IncidentKind,
        /// What threatens.
        hazards: Vec<Hazard>,
        /// What people call it.
        title: String,
    }
    /// An incident was closed.
    Closed {}
    /// A shelter's state was set.
    StateWrite {
        /// From then on.
        state: SiteState,
    }
    /// Staff said how crowded a shelter is.
    CongestionWrite {
        /// The level, or none to go back to the count.
        level: Option<Congestion>,
        /// Until when it holds: Unix seconds.
        until: i64,
    }
    /// Headquarters noted what a district is to do.
    WarningWrite {
        /// The level, or none when it was lifted.
        level: Option<WarningLevel>,
    }
    /// Somebody was known to be safe without being at a shelter.
    SafeWrite {
        /// Where they are.
        place: SafePlace,
        /// How sure that is.
        assurance: Assurance,
    }
    /// A claim of an unverified entry that somebody was seen or heard of.
    Claim {}
}

impl Opened {
    pub(super) fn new(stamp: Stamp, fact: &IncidentOpened) -> Self {
        let IncidentOpened { kind, hazards, title, happened_at, .. } = fact.clone();
        Self { stamp, happened_at, kind, hazards, title }
    }
}

impl StateWrite {
    pub(super) fn new(stamp: Stamp, fact: &SiteStateSet) -> Self {
        Self { stamp, happened_at: fact.happened_at, state: fact.state }
    }
}

impl CongestionWrite {
    pub(super) fn new(stamp: Stamp, fact: &CongestionSet) -> Self {
        Self { stamp, happened_at: None, level: fact.level, until: fact.until }
    }
}

impl WarningWrite {
    pub(super) fn new(stamp: Stamp, fact: &WarningSet) -> Self {
        Self { stamp, happened_at: fact.happened_at, level: fact.level }
    }
}

impl SafeWrite {
    pub(super) fn new(stamp: Stamp, fact: &ConfirmedSafe) -> Self {
        let ConfirmedSafe { place, assurance, happened_at, .. } = *fact;
        Self { stamp, happened_at, place, assurance }
    }
}
