//! The town's ledger of points: every posting moves points between two accounts.
//!
//! A wallet is counted from what its owner did; every other account from its side of the postings.
//! The two are made apart, so that their sum is nothing only while both are right.

use std::collections::BTreeMap;

use crate::id::{EntryId, PersonId, SiteId};

/// Where points may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// A person's, by the id that stands for all ids of theirs.
    Wallet(PersonId),
    /// A shop's.
    Shop(SiteId),
    /// What the town gives from: it goes below nothing by as much as was given.
    Fund,
    /// みさとと。Pay.
    Outside,
    /// Cash at the town's counter.
    Counter,
}

/// Points go from one account to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The entry that moved them.
    pub entry: EntryId,
    /// Out of this account.
    pub from: Account,
    /// Into this one.
    pub to: Account,
    /// How many.
    pub points: u32,
}

impl Posting {
    /// What it does to each of its accounts.
    pub fn legs(&self) -> [(Account, i64); 2] {
        let points = i64::from(self.points);
        [(self.from, -points), (self.to, points)]
    }
}

/// What every account holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals(BTreeMap<Account, i64>);

impl Totals {
    /// Adds to an account; less than nothing takes away.
    pub fn add(&mut self, account: Account, points: i64) {
        let held = self.0.entry(account).or_default();
        *held = held.saturating_add(points);
    }

    /// What an account holds.
    pub fn of(&self, account: Account) -> i64 {
        self.0.get(&account).copied().unwrap_or(0)
    }

    /// Every account that was ever posted to.
    pub fn accounts(&self) -> impl Iterator<Item = (Account, i64)> {
        self.0.iter().map(|(account, points)| (*account, *points))
    }

    /// All accounts together: nothing, or somebody's points came from nowhere.
    pub fn sum(&self) -> i64 {
        self.0.values().fold(0, |sum, points| sum.saturating_add(*points))
    }
}
