//! What the transport fold keeps of each person: the facts of `fact::transport`, without the person
//! they lie under.
//!
//! A replica holds a month of rides of the whole town, so what is rare in them lies in a box of its
//! own, and a row carries no more than was said.

use crate::fact::correct::Correct;
use crate::fact::shelter::Assurance;
use crate::fact::transport::{BookIssued, BookVoided, Ride};
use crate::fact::words::Words;
use crate::id::{BookId, EntryId, RecordId, SiteId};
use crate::service::canon::{Canon, Canonical};
use crate::service::derived::Derived;
use crate::service::digested::Content;
use crate::service::stamp::{Stamp, Stamped};
use crate::time::Day;

use super::allot::Allotted;

/// One fact of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<V> {
    /// The entry that says so.
    pub entry: EntryId,
    /// What it says.
    pub value: V,
}

/// Facts of one kind of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<V>(
    // Invariant: ascending by entry, no entry twice.
    Vec<Row<V>>,
);

impl<V> Default for Rows<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V: Stamped> Row<V> {
    /// What orders rows by their age on every replica alike: the counter, then the entry.
    pub fn order(&self) -> (u64, EntryId) {
        (self.value.stamp().counter, self.entry)
    }
}

impl<V: Stamped + Canonical> Rows<V> {
    /// Every row, by entry.
    pub fn all(&self) -> &[Row<V>] {
        &self.0
    }

    fn place(&self, entry: EntryId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&entry, |row| row.entry)
    }

    fn insert(&mut self, entry: EntryId, value: V) {
        if let Err(place) = self.place(entry) {
            if self.0.len() == self.0.capacity() {
                // Doubling would leave half of a replica's memory empty.
                self.0.reserve_exact(1 + self.0.len() / 8);
            }
            self.0.insert(place, Row { entry, value });
        }
    }

    fn hash_of(&self, entry: EntryId) -> Option<[u8; 4]> {
        let row = self.0.get(self.place(entry).ok()?)?;
        Some(row.value.stamp().hash)
    }

    fn withdraw(&mut self, correct: &Correct) -> bool {
        let meant = self.hash_of(correct.target) == Some(correct.target_hash);
        if meant {
            self.0.retain(|row| row.entry != correct.target);
        }
        meant
    }

    /// For how many rows it has room.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.0.capacity()
    }
}

impl<V: Stamped + Canonical> Canonical for Rows<V> {
    fn put(&self, canon: &mut Canon) {
        canon.put(&self.0);
    }
}

impl<V: Stamped + Canonical> Canonical for Row<V> {
    fn put(&self, canon: &mut Canon) {
        canon.entry(self.entry).put(self.value.stamp()).put(&self.value);
    }
}

/// A ticket book was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    stamp: Stamp,
    // Few books are entered late.
    happened_at: Option<Box<i64>>,
    /// Which.
    pub book: BookId,
    /// The product's record.
    pub product: RecordId,
    /// The state of the product that was sold.
    pub version: [u8; 4],
    /// How many tickets it holds.
    pub tickets: u32,
    /// What was paid for it, in yen.
    pub price: u32,
    /// The only operator it is good for; none for all.
    pub operator: Option<RecordId>,
    /// The last day on which it is good; none for no end.
    pub valid_until: Option<Day>,
}

/// Tickets of a book were taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Void {
    stamp: Stamp,
    happened_at: Option<Box<i64>>,
    /// Of which.
    pub book: BookId,
    /// How many, with all that were taken back before.
    pub tickets: u32,
    /// What was paid back in all, in yen.
    pub refund: u32,
    /// Why, in a clerk's words.
    pub reason: Words,
}

/// Somebody rode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RideRow {
    stamp: Stamp,
    // Invariant: a box holds at least one of its three.
    rare: Option<Box<Rare>>,
    /// The vehicle.
    pub vehicle: SiteId,
    /// How many tickets it takes.
    pub tickets: u32,
    /// The operator's record; none where nobody has said whose vehicle it is.
    pub operator: Option<RecordId>,
    /// The route's record; none for a taxi, and where the driver has not chosen one.
    pub route: Option<RecordId>,
    /// The stop's record where they got on; none for 停留所不明.
    pub from: Option<RecordId>,
    /// How sure it is who rode.
    pub assurance: Assurance,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rare {
    happened_at: Option<i64>,
    to: Option<RecordId>,
    fare: Option<u32>,
}

impl RideRow {
    /// The stop's record where they get off, where the vehicle asks.
    pub fn to(&self) -> Option<RecordId> {
        self.rare.as_ref()?.to
    }

    /// A taxi's fare in yen.
    pub fn fare(&self) -> Option<u32> {
        self.rare.as_ref()?.fare
    }

    /// How many bytes of heap it takes beside itself.
    #[cfg(test)]
    pub(super) fn heap(&self) -> usize {
        self.rare.as_ref().map_or(0, |_| size_of::<Rare>())
    }
}

macro_rules! stamped {
    ($($name:ident),*) => {$(
        impl Stamped for $name {
            fn stamp(&self) -> &Stamp {
                &self.stamp
            }

            fn happened_at(&self) -> Option<i64> {
                self.happened_at.as_deref().copied()
            }
        }
    )*};
}

stamped!(Issue, Void);

impl Stamped for RideRow {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    fn happened_at(&self) -> Option<i64> {
        self.rare.as_ref()?.happened_at
    }
}

impl Canonical for Issue {
    fn put(&self, canon: &mut Canon) {
        canon.value(&self.happened_at()).value(&self.book).value(&self.product);
        canon.bytes(&self.version).number(self.tickets.into()).number(self.price.into());
        canon.value(&self.operator).value(&self.valid_until);
    }
}

impl Canonical for Void {
    fn put(&self, canon: &mut Canon) {
        canon.value(&self.happened_at()).value(&self.book).number(self.tickets.into());
        canon.number(self.refund.into()).value(&self.reason);
    }
}

impl Canonical for RideRow {
    fn put(&self, canon: &mut Canon) {
        canon.value(&self.vehicle).value(&self.operator).value(&self.route);
        canon.value(&self.from).value(&self.to()).number(self.tickets.into());
        canon.value(&self.fare()).value(&self.assurance).value(&self.happened_at());
    }
}

/// All that is held of one person id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonRows {
    /// The books that were handed out.
    pub issues: Rows<Issue>,
    /// What was taken back of books.
    pub voids: Rows<Void>,
    /// The rides.
    pub rides: Rows<RideRow>,
    // What the books of this id alone pay of its rides.
    pub(super) allotted: Derived<Allotted>,
}

impl PersonRows {
    pub(super) fn issue(&mut self, entry: EntryId, stamp: Stamp, fact: &BookIssued) {
        let BookIssued { book, product, version, tickets, price, operator, valid_until, .. } =
            *fact;
        let happened_at = fact.happened_at.map(Box::new);
        let issue = Issue {
            stamp,
            happened_at,
            book,
            product,
            version,
            tickets,
            price,
            operator,
            valid_until,
        };
        self.issues.insert(entry, issue);
    }

    pub(super) fn void(&mut self, entry: EntryId, stamp: Stamp, fact: &BookVoided) {
        let BookVoided { book, tickets, refund, .. } = *fact;
        let happened_at = fact.happened_at.map(Box::new);
        let reason = fact.reason.clone();
        self.voids.insert(entry, Void { stamp, happened_at, book, tickets, refund, reason });
    }

    pub(super) fn ride(&mut self, entry: EntryId, stamp: Stamp, fact: &Ride) {
        let Ride { vehicle, operator, route, from, tickets, assurance, .. } = *fact;
        let Ride { to, fare, happened_at, .. } = *fact;
        let said = to.is_some() || fare.is_some() || happened_at.is_some();
        let rare = said.then(|| Box::new(Rare { happened_at, to, fare }));
        let row = RideRow { stamp, rare, vehicle, tickets, operator, route, from, assurance };
        self.rides.insert(entry, row);
    }

    pub(super) fn withdraw(&mut self, correct: &Correct) -> bool {
        self.issues.withdraw(correct)
            || self.voids.withdraw(correct)
            || self.rides.withdraw(correct)
    }

    pub(super) fn hash_of(&self, entry: EntryId) -> Option<[u8; 4]> {
        let book = self.issues.hash_of(entry).or_else(|| self.voids.hash_of(entry));
        book.or_else(|| self.rides.hash_of(entry))
    }
}

impl Content for PersonRows {
    fn is_empty(&self) -> bool {
        self.issues.all().is_empty() && self.voids.all().is_empty() && self.rides.all().is_empty()
    }
}

impl Canonical for PersonRows {
    fn put(&self, canon: &mut Canon) {
        canon.put(&self.issues).put(&self.voids).put(&self.rides);
    }
}
