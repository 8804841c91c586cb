//! Books, rides, and what no book pays.
//!
//! A rider is never refused: what a ride is paid with follows from all books and rides of the
//! person. Books pay in the order of their last day, then of their issue; issues and rides are
//! in the order of counter and entry; a book pays a ride of its operator that happened on its last day or
//! before, whether it was bought before the ride or after.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use digiana_core::engine::folds::Folds;
use digiana_core::fact::TransportFact;
use digiana_core::fact::transport::{BookIssued, BookVoided, Ride};
use digiana_core::id::{BookId, EntryId, PersonId};
use digiana_core::scope::Scope;
use digiana_core::service::transport::ledger::Account;
use digiana_core::time::Day;
use digiana_core::view;

use super::Recorded;
use super::difference::{Checker, Differences};
use super::persons::Persons;

/// The tickets of the town.
#[derive(Debug, Default)]
pub struct Tickets<'a> {
    // By the ids they were recorded under, until all are known.
    raw: Vec<(PersonId, &'a Recorded, &'a TransportFact)>,
    /// Everyone of whom anything is held, by the ids that stand for all.
    pub riders: BTreeMap<PersonId, Rider<'a>>,
    /// What each account holds, in tickets.
    pub ledger: BTreeMap<Account, i64>,
}

/// One person's tickets.
#[derive(Debug, Default)]
pub struct Rider<'a> {
    issued: Vec<(&'a Recorded, &'a BookIssued)>,
    voided: Vec<(&'a Recorded, &'a BookVoided)>,
    rides: Vec<(&'a Recorded, &'a Ride)>,
    /// Every book, in the order in which they pay.
    pub books: Vec<Book>,
    /// How many tickets of which ride no book pays, in the order of rides.
    pub ious: Vec<(EntryId, u32)>,
}

/// What became of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Book {
    /// Which.
    pub book: BookId,
    /// By which entry it was issued.
    pub issue: EntryId,
    /// How many tickets it held.
    pub tickets: u32,
    /// How many were taken back.
    pub voided: u32,
    /// How many were ridden.
    pub used: u32,
}

impl Book {
    /// How many are left.
    pub fn left(&self) -> u32 {
        self.tickets - self.voided - self.used
    }
}

impl<'a> Tickets<'a> {
    pub(super) fn take(&mut self, recorded: &'a Recorded, fact: &'a TransportFact) {
        let person = match fact {
            TransportFact::BookIssued(fact) => fact.person,
            TransportFact::BookVoided(fact) => fact.person,
            TransportFact::Ride(fact) => fact.person,
        };
        self.raw.push((person, recorded, fact));
    }

    pub(super) fn settle(&mut self, persons: &Persons<'_>) {
        for (person, recorded, fact) in std::mem::take(&mut self.raw) {
            let rider = self.riders.entry(persons.head(person)).or_default();
            match fact {
                TransportFact::BookIssued(fact) => rider.issued.push((recorded, fact)),
                TransportFact::BookVoided(fact) => rider.voided.push((recorded, fact)),
                TransportFact::Ride(fact) => rider.rides.push((recorded, fact)),
            }
        }
        for (person, rider) in &mut self.riders {
            rider.settle();
            rider.enter(*person, &mut self.ledger);
        }
    }

    pub(super) fn compare(
        &self,
        persons: &Persons<'_>,
        shown: &Folds,
        differences: &mut Differences,
    ) {
        let held = shown.transport.people().map(|(id, _)| persons.head(id));
        let people: BTreeSet<PersonId> = self.riders.keys().copied().chain(held).collect();
        let none = Rider::default();
        for person in people {
            let rider = self.riders.get(&person).unwrap_or(&none);
            rider.compare(person, shown, differences);
        }
        let town = shown.records(Scope::Town);
        let (transport, tokens) = (&shown.transport, &shown.tokens);
        let ledger = view::transport::Tickets { transport, tokens, town }.ledger();
        self.compare_ledger(&ledger.accounts().collect(), differences);
    }

    /// Compares what each account holds, and whether they hold nothing together.
    pub(super) fn compare_ledger(
        &self,
        shown: &BTreeMap<Account, i64>,
        differences: &mut Differences,
    ) {
        let accounts: BTreeSet<&Account> = self.ledger.keys().chain(shown.keys()).collect();
        for account in accounts {
            let holds = |ledger: &BTreeMap<Account, i64>| ledger.get(account).copied().unwrap_or(0);
            let about = format_args!("{account:?}");
            differences.check(Checker::TicketLedger, &about, &holds(&self.ledger), &holds(shown));
        }
        let sum = shown.values().sum::<i64>();
        differences.check(Checker::TicketSum, &"all accounts", &0, &sum);
    }
}

impl Rider<'_> {
    fn settle(&mut self) {
        self.rides.sort_by_key(|(recorded, _)| recorded.order());
        // A book that two counters issued is the one that was issued first.
        self.issued.sort_by_key(|(recorded, _)| recorded.order());
        let mut names = BTreeSet::new();
        self.issued.retain(|(_, issue)| names.insert(issue.book));
        self.issued.sort_by_key(|(recorded, issue)| {
            (issue.valid_until.is_none(), issue.valid_until, recorded.order())
        });
        let mut books: Vec<Book> = Vec::with_capacity(self.issued.len());
        for (recorded, issue) in &self.issued {
            let voids = self.voided.iter().filter(|(_, void)| void.book == issue.book);
            let voided = voids.map(|(_, void)| void.tickets).max().unwrap_or(0);
            let (book, issue, tickets) = (issue.book, recorded.entry, issue.tickets);
            books.push(Book { book, issue, tickets, voided: voided.min(tickets), used: 0 });
        }
        for (recorded, ride) in &self.rides {
            let day = Day::of(recorded.when(ride.happened_at).seconds);
            let mut owed = ride.tickets;
            for (book, (_, issue)) in books.iter_mut().zip(&self.issued) {
                let is_theirs = issue.operator.is_none() || issue.operator == ride.operator;
                let is_good = issue.valid_until.is_none_or(|last| day <= last);
                if is_theirs && is_good {
                    let paid = owed.min(book.left());
                    book.used += paid;
                    owed -= paid;
                }
            }
            if owed > 0 {
                self.ious.push((recorded.entry, owed));
            }
        }
        self.books = books;
    }

    /// What was paid back counts with the void that counts: the most tickets, then the most yen,
    /// then the first by entry.
    fn void_of(&self, book: BookId) -> Option<EntryId> {
        let voids = self.voided.iter().filter(|(_, void)| void.book == book);
        let first = voids.min_by_key(|(recorded, void)| {
            (Reverse(void.tickets), Reverse(void.refund), recorded.entry)
        });
        first.map(|(recorded, _)| recorded.entry)
    }

    fn enter(&self, person: PersonId, ledger: &mut BTreeMap<Account, i64>) {
        let mut post = |account, tickets: i64| *ledger.entry(account).or_default() += tickets;
        for book in &self.books {
            post(Account::Town, i64::from(book.voided) - i64::from(book.tickets));
            post(Account::Book(book.book), book.left().into());
        }
        for (_, ride) in &self.rides {
            post(Account::Operator(ride.operator), ride.tickets.into());
        }
        for (_, owed) in &self.ious {
            post(Account::Debt(person), -i64::from(*owed));
        }
    }

    fn compare(&self, person: PersonId, shown: &Folds, differences: &mut Differences) {
        let ids = shown.tokens.aliases(person);
        let allotted = shown.transport.allotted(&ids);
        let books = allotted.books.iter().map(|held| Book {
            book: held.book,
            issue: held.issue,
            tickets: held.tickets,
            voided: held.voided,
            used: held.used,
        });
        let books: Vec<Book> = books.collect();
        differences.check(Checker::Books, &person, &self.books, &books);
        for book in &self.books {
            let void = shown.transport.void(&ids, book.book).map(|void| void.entry);
            differences.check(Checker::Books, &book.book, &self.void_of(book.book), &void);
        }
        let ious: Vec<(EntryId, u32)> =
            allotted.ious.iter().map(|iou| (iou.ride, iou.tickets)).collect();
        differences.check(Checker::Ious, &person, &self.ious, &ious);
        let rides = shown.transport.rides_of(&ids);
        let rides: Vec<(EntryId, u32)> =
            rides.iter().map(|ride| (ride.entry, ride.value.tickets)).collect();
        let expected = self.rides.iter().map(|(recorded, ride)| (recorded.entry, ride.tickets));
        let expected: Vec<(EntryId, u32)> = expected.collect();
        differences.check(Checker::RidePaidOnce, &person, &expected, &rides);
        paid_once(person, &rides, &books, &ious, differences);
    }
}

/// Whether each ride is there once, and each of its tickets is paid by a book or owed, once.
pub(super) fn paid_once(
    person: PersonId,
    rides: &[(EntryId, u32)],
    books: &[Book],
    ious: &[(EntryId, u32)],
    differences: &mut Differences,
) {
    let ridden: BTreeMap<EntryId, u32> = rides.iter().copied().collect();
    let owing: BTreeMap<EntryId, u32> = ious.iter().copied().collect();
    differences.check(Checker::RidePaidOnce, &person, &ridden.len(), &rides.len());
    differences.check(Checker::RidePaidOnce, &person, &owing.len(), &ious.len());
    for (ride, owed) in owing {
        let most = ridden.get(&ride).copied().unwrap_or(0);
        differences.check(Checker::RidePaidOnce, &ride, &owed.min(most), &owed);
    }
    let tickets: u64 = rides.iter().map(|(_, tickets)| u64::from(*tickets)).sum();
    let paid: u64 = books.iter().map(|book| u64::from(book.used)).sum();
    let owed: u64 = ious.iter().map(|(_, owed)| u64::from(*owed)).sum();
    differences.check(Checker::RidePaidOnce, &person, &tickets, &(paid + owed));
}
