//! Which book pays for which ride: a pure function of one person's rows.
//!
//! It asks no clock and knows no order of arrival, so two buses that could not hear each other come
//! to the same answer as soon as they hold the same facts.

use std::collections::BTreeSet;

use crate::id::{BookId, EntryId, RecordId};
use crate::planted::{self, Bug};
use crate::service::stamp::Stamped as _;
use crate::time::Day;

use super::rows::{Issue, PersonRows, RideRow, Row, Void};

/// What the books of one person pay of their rides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allotted {
    /// Each book, in the order in which they pay.
    pub books: Vec<Book>,
    /// The rides that no book pays whole, by counter and entry.
    pub ious: Vec<Iou>,
}

/// What became of one book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Book {
    /// Which.
    pub book: BookId,
    /// The entry by which it was issued.
    pub issue: EntryId,
    /// How many tickets it held.
    pub tickets: u32,
    /// How many of them were taken back.
    pub voided: u32,
    /// How many of them were ridden.
    pub used: u32,
}

impl Book {
    /// How many tickets are left in it.
    pub fn left(&self) -> u32 {
        self.tickets.saturating_sub(self.voided).saturating_sub(self.used)
    }
}

/// A ride, or a part of one, without a right (後払い乗車).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Iou {
    /// The ride.
    pub ride: EntryId,
    /// How many of its tickets no book pays.
    pub tickets: u32,
}

impl Allotted {
    /// How many tickets the person owes.
    pub fn owed(&self) -> u32 {
        self.ious.iter().fold(0, |owed, iou| owed.saturating_add(iou.tickets))
    }

    /// How many tickets of a ride no book pays.
    pub fn owed_for(&self, ride: EntryId) -> u32 {
        self.ious.iter().find(|iou| iou.ride == ride).map_or(0, |iou| iou.tickets)
    }
}

/// Lets the books of one person pay their rides, all ids of that person together.
///
/// Books pay in the order of their last day (those without one at the end), then of their issue;
/// issues and rides are in the order of counter and entry. Each ticket of a ride is taken from the first
/// book that has one left, is good for the ride's operator, and on whose last day or before the ride
/// happened. A ride may come before the book: that is how an IOU is paid.
pub fn allot(ids: &[&PersonRows]) -> Allotted {
    let mut accounts = accounts(ids);
    let mut rides: Vec<&Row<RideRow>> = ids.iter().flat_map(|rows| rows.rides.all()).collect();
    rides.sort_by_key(|row| row.order());
    let mut ious = Vec::new();
    for ride in rides {
        let owed = pay(&mut accounts, &ride.value);
        if owed > 0 && !planted::is(Bug::IouForgotten) {
            ious.push(Iou { ride: ride.entry, tickets: owed });
        }
    }
    Allotted { books: accounts.into_iter().map(|account| account.book).collect(), ious }
}

struct Account {
    book: Book,
    operator: Option<RecordId>,
    valid_until: Option<Day>,
}

/// Every book in the order in which they pay. A book that was issued twice counts once, as it was
/// issued first.
fn accounts(ids: &[&PersonRows]) -> Vec<Account> {
    let mut issues: Vec<&Row<Issue>> = ids.iter().flat_map(|rows| rows.issues.all()).collect();
    issues.sort_by_key(|row| row.order());
    let mut seen = BTreeSet::new();
    issues.retain(|row| seen.insert(row.value.book));
    issues.sort_by_key(|row| {
        let last = row.value.valid_until;
        (last.is_none(), last, row.order())
    });
    let account = |row: &Row<Issue>| {
        let void = void(ids, row.value.book);
        let tickets = row.value.tickets;
        Account {
            book: Book {
                book: row.value.book,
                issue: row.entry,
                tickets,
                voided: void.map_or(0, |void| void.value.tickets.min(tickets)),
                used: 0,
            },
            operator: row.value.operator,
            valid_until: row.value.valid_until,
        }
    };
    issues.into_iter().map(account).collect()
}

/// What was taken back of a book: of several the one that takes back the most tickets, then the one
/// that paid back the most, then the first by entry.
pub(super) fn void<'a>(ids: &[&'a PersonRows], book: BookId) -> Option<&'a Row<Void>> {
    let of_book = ids.iter().flat_map(|rows| rows.voids.all()).filter(|row| row.value.book == book);
    of_book.min_by_key(|row| {
        let void = &row.value;
        (std::cmp::Reverse(void.tickets), std::cmp::Reverse(void.refund), row.entry)
    })
}

/// Takes the tickets of a ride from the books, and says how many none of them has.
fn pay(accounts: &mut [Account], ride: &RideRow) -> u32 {
    let day = Day::of(ride.when().seconds);
    let mut owed = ride.tickets;
    for account in accounts {
        if owed == 0 {
            break;
        }
        let good = account.operator.is_none_or(|operator| ride.operator == Some(operator))
            && account.valid_until.is_none_or(|last| day <= last);
        if good {
            let taken = owed.min(account.book.left());
            account.book.used = account.book.used.saturating_add(taken);
            owed = owed.saturating_sub(taken);
        }
    }
    owed
}
