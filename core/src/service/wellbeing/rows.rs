//! What an account holds: the facts of `fact::wellbeing`, without the person they lie under.
//!
//! A replica holds a quarter of a million of these, so what is rare in them lies in a box of its
//! own, and visits that were given the same points share the list of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::fact::correct::Correct;
use crate::fact::shelter::Assurance;
use crate::fact::wellbeing::{Award, Grant, Reverse, Settle, Settlement, Spend, Transfer, Visit};
use crate::fact::words::Words;
use crate::id::{EntryId, SiteId};
use crate::service::Origin;
use crate::service::canon::{Canon, Canonical};
use crate::service::stamp::{Stamp, Stamped};
use crate::time::{Confidence, Day};

/// One fact of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its entry.
    pub entry: EntryId,
    stamp: Stamp,
    // Invariant: a box holds at least one of its three.
    rare: Option<Box<Rare>>,
    /// What happened.
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rare {
    happened_at: Option<i64>,
    day: Option<Day>,
    reason: Option<Words>,
}

/// What happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// They came to a facility.
    Visit {
        /// Which.
        site: SiteId,
        /// What the rules in force gave.
        grants: Grants,
        /// How sure it is.
        assurance: Assurance,
        /// Tenths of a degree Celsius.
        temperature: Option<u16>,
    },
    /// A rule gave points for what was seen elsewhere.
    Award {
        /// Where.
        site: SiteId,
        /// What it gave: one.
        grants: Grants,
    },
    /// They paid a shop.
    Spend {
        /// Which.
        shop: SiteId,
        /// How many points.
        points: u32,
        /// How sure it is who paid.
        assurance: Assurance,
    },
    /// Points went to みさとと。Pay.
    Transfer {
        /// How many.
        points: u32,
    },
    /// Staff settled a debt.
    Settle {
        /// How many points.
        points: u32,
        /// How.
        how: Settlement,
    },
}

/// What a fact gave, in a list that all facts which gave the same share.
pub type Grants = Arc<Vec<Grant>>;

/// The lists that facts share. It says nothing that the facts do not say.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedGrants(BTreeSet<Grants>);

impl SharedGrants {
    fn list(&mut self, grants: Vec<Grant>) -> Grants {
        if let Some(held) = self.0.get(&grants) {
            return Arc::clone(held);
        }
        let list = Arc::new(grants);
        self.0.insert(Arc::clone(&list));
        list
    }
}

impl PartialEq for SharedGrants {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for SharedGrants {}

impl Row {
    fn new(origin: &Origin, happened_at: Option<i64>, what: What) -> Self {
        Self { entry: origin.entry, stamp: Stamp::of(origin), rare: None, what }.with(
            happened_at,
            None,
            None,
        )
    }

    fn with(self, happened_at: Option<i64>, day: Option<Day>, reason: Option<Words>) -> Self {
        let is_rare = happened_at.is_some() || day.is_some() || reason.is_some();
        let rare = is_rare.then(|| Box::new(Rare { happened_at, day, reason }));
        Self { rare, ..self }
    }

    pub(super) fn of_visit(origin: &Origin, fact: &Visit, shared: &mut SharedGrants) -> Self {
        let Visit { site, assurance, temperature, .. } = *fact;
        let grants = shared.list(fact.grants.clone());
        Self::new(origin, fact.happened_at, What::Visit { site, grants, assurance, temperature })
    }

    pub(super) fn of_award(origin: &Origin, fact: &Award, shared: &mut SharedGrants) -> Self {
        let grants = shared.list(vec![fact.grant]);
        Self::new(origin, None, What::Award { site: fact.site, grants }).with(None, fact.day, None)
    }

    pub(super) fn of_spend(origin: &Origin, fact: &Spend) -> Self {
        let Spend { shop, points, assurance, happened_at, .. } = *fact;
        Self::new(origin, happened_at, What::Spend { shop, points, assurance })
    }

    pub(super) fn of_transfer(origin: &Origin, fact: &Transfer) -> Self {
        Self::new(origin, fact.happened_at, What::Transfer { points: fact.points })
    }

    pub(super) fn of_settle(origin: &Origin, fact: &Settle) -> Self {
        let Settle { points, how, happened_at, .. } = *fact;
        let reason = Some(fact.reason.clone());
        Self::new(origin, None, What::Settle { points, how }).with(happened_at, None, reason)
    }

    /// The day it counts for.
    pub fn day(&self) -> Day {
        let said = self.rare.as_ref().and_then(|rare| rare.day);
        said.unwrap_or_else(|| Day::of(self.when().seconds))
    }

    /// Whether anybody can say on which day it happened.
    pub fn has_a_day(&self) -> bool {
        let said = self.rare.as_ref().is_some_and(|rare| rare.day.is_some());
        said || self.when().confidence != Confidence::Unsure
    }

    /// What the rules gave for it.
    pub fn grants(&self) -> &[Grant] {
        match &self.what {
            What::Visit { grants, .. } | What::Award { grants, .. } => grants,
            What::Spend { .. } | What::Transfer { .. } | What::Settle { .. } => &[],
        }
    }

    /// The facility of a visit.
    pub fn visited(&self) -> Option<SiteId> {
        match self.what {
            What::Visit { site, .. } => Some(site),
            What::Award { .. }
            | What::Spend { .. }
            | What::Transfer { .. }
            | What::Settle { .. } => None,
        }
    }

    /// Why, in a clerk's words.
    pub fn reason(&self) -> Option<&Words> {
        self.rare.as_ref()?.reason.as_ref()
    }
}

impl Stamped for Row {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    fn happened_at(&self) -> Option<i64> {
        self.rare.as_ref()?.happened_at
    }
}

impl Canonical for Row {
    fn put(&self, canon: &mut Canon) {
        canon.entry(self.entry);
        self.stamp.put(canon);
        let day = self.rare.as_ref().and_then(|rare| rare.day);
        canon.value(&self.happened_at()).value(&day).value(&self.reason());
        match &self.what {
            What::Visit { site, grants, assurance, temperature } => {
                canon.number(0).value(site).value(&**grants).value(assurance).value(temperature)
            }
            What::Award { site, grants } => canon.number(1).value(site).value(&**grants),
            What::Spend { shop, points, assurance } => {
                canon.number(2).value(shop).value(points).value(assurance)
            }
            What::Transfer { points } => canon.number(3).value(points),
            What::Settle { points, how } => canon.number(4).value(points).value(how),
        };
    }
}

/// A posting was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// The entry that undid it.
    pub entry: EntryId,
    stamp: Stamp,
    pub(super) target_hash: [u8; 4],
    /// Why, in a clerk's words.
    pub reason: Words,
}

impl Reversal {
    pub(super) fn new(origin: &Origin, fact: &Reverse) -> Self {
        let Reverse { target_hash, ref reason, .. } = *fact;
        let stamp = Stamp::of(origin);
        Self { entry: origin.entry, stamp, target_hash, reason: reason.clone() }
    }

    pub(super) fn is_meant(&self, correct: &Correct) -> bool {
        self.entry == correct.target && self.stamp.hash == correct.target_hash
    }
}

impl Stamped for Reversal {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    fn happened_at(&self) -> Option<i64> {
        None
    }
}

impl Canonical for Reversal {
    fn put(&self, canon: &mut Canon) {
        canon.entry(self.entry);
        self.stamp.put(canon);
        canon.bytes(&self.target_hash).value(&self.reason);
    }
}
