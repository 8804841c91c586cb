//! The ledger of tickets: what each account holds, in tickets.
//!
//! The town hands tickets out to books, books pass them on to the operators who took the riders, and
//! who rides without one owes it. Each account is counted from the rows that concern it and not as
//! the opposite of another, so that a ticket that came from nowhere shows as a sum that is not zero.

use std::collections::BTreeMap;

use crate::id::{BookId, PersonId, RecordId};
use crate::planted::{self, Bug};

use super::allot::Allotted;
use super::rows::PersonRows;

/// Whose tickets are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// The town, which hands them out: below zero by what is outside.
    Town,
    /// A ticket book: what is left in it.
    Book(BookId),
    /// An operator: what it is to be paid for; none for vehicles of which nobody has said whose
    /// they are.
    Operator(Option<RecordId>),
    /// A person who rode without a right: below zero by the IOUs.
    Debt(PersonId),
}

/// What every account holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger(BTreeMap<Account, i64>);

impl Ledger {
    /// Enters one person: all their ids together, under the first of them.
    pub(super) fn enter(&mut self, person: PersonId, ids: &[&PersonRows], allotted: &Allotted) {
        for book in &allotted.books {
            let voided = i64::from(book.voided);
            self.post(Account::Town, voided.saturating_sub(book.tickets.into()));
            self.post(Account::Book(book.book), book.left().into());
        }
        for ride in ids.iter().flat_map(|rows| rows.rides.all()) {
            self.post(Account::Operator(ride.value.operator), ride.value.tickets.into());
        }
        for iou in allotted.ious.iter().filter(|_| !planted::is(Bug::OneSidedPosting)) {
            self.post(Account::Debt(person), i64::from(iou.tickets).saturating_neg());
        }
    }

    /// One side of a posting.
    pub(super) fn post(&mut self, account: Account, tickets: i64) {
        let held = self.0.entry(account).or_default();
        *held = held.saturating_add(tickets);
    }

    /// What an account holds.
    pub fn balance(&self, account: Account) -> i64 {
        self.0.get(&account).copied().unwrap_or(0)
    }

    /// Every account of which anything was ever posted.
    pub fn accounts(&self) -> impl Iterator<Item = (Account, i64)> {
        self.0.iter().map(|(account, tickets)| (*account, *tickets))
    }

    /// What all accounts hold together: zero, or the ledger is wrong.
    pub fn sum(&self) -> i64 {
        self.0.values().fold(0, |sum, held| sum.saturating_add(*held))
    }
}
