//! The tickets of one person: their books, what is left, and their rides.

use crate::fact::shelter::Assurance;
use crate::id::{BookId, EntryId, NodeId, PersonId, RecordId, SiteId};
use crate::service::stamp::Stamped as _;
use crate::service::transport::allot::Book;
use crate::service::transport::rows::{Issue, RideRow, Row};
use crate::time::{Day, Wall};

use super::Tickets;

/// The tickets of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who, by the id that stands for all of theirs.
    pub person: PersonId,
    /// How many tickets are good today, for one operator or another.
    pub left: u32,
    /// How many tickets they owe (後払い乗車).
    pub owed: u32,
    /// Their books, in the order in which they pay.
    pub books: Vec<BookRow>,
    /// Their rides, the newest first.
    pub rides: Vec<RideSeen>,
}

/// A ticket book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRow {
    /// Which.
    pub book: BookId,
    /// The entry by which it was issued, for a correction and for custody marks.
    pub entry: EntryId,
    /// The product's record, and its name as the list has it now.
    pub product: (RecordId, Option<String>),
    /// What was paid for it, in yen.
    pub price: u32,
    /// The only operator it is good for, by name where it has one; none for all.
    pub operator: Option<(RecordId, Option<String>)>,
    /// The last day on which it is good; none for no end.
    pub valid_until: Option<Day>,
    /// When it was issued.
    pub issued: Wall,
    /// Which node issued it.
    pub by: Option<NodeId>,
    /// How many tickets it held.
    pub tickets: u32,
    /// How many were ridden.
    pub used: u32,
    /// What was taken back of it.
    pub voided: Option<TakenBack>,
    /// How many are left in it, good today or not.
    pub left: u32,
    /// Whether it can still be used.
    pub state: BookState,
}

/// What was taken back of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The entry that says so, for a correction.
    pub entry: EntryId,
    /// How many tickets.
    pub tickets: u32,
    /// What was paid back, in yen.
    pub refund: u32,
    /// Why, in a clerk's words.
    pub reason: String,
    /// When.
    pub when: Wall,
}

/// Whether a book can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BookState {
    /// It has tickets, and today it is good.
    Good,
    /// Its last day is over; it has tickets that nobody can use.
    Expired,
    /// All that was left was taken back.
    Voided,
    /// All of it was ridden.
    UsedUp,
}

/// A ride.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RideSeen {
    /// The entry, for a correction and for custody marks.
    pub entry: EntryId,
    /// When.
    pub when: Wall,
    /// When it was recorded, where that was later (後追い入力).
    pub recorded_late: Option<Wall>,
    /// The vehicle, and its name.
    pub vehicle: (SiteId, Option<String>),
    /// The operator's name.
    pub operator: Option<String>,
    /// The route's name; none for a taxi, and where no route was chosen.
    pub route: Option<String>,
    /// The name of the stop where they got on; none for 停留所不明.
    pub from: Option<String>,
    /// The name of the stop where they got off, where the vehicle asks.
    pub to: Option<String>,
    /// How many tickets it takes.
    pub tickets: u32,
    /// How many of them no book pays.
    pub owed: u32,
    /// A taxi's fare in yen.
    pub fare: Option<u32>,
    /// How sure it is who rode.
    pub assurance: Assurance,
    /// Which node says so.
    pub by: Option<NodeId>,
}

/// What a screen in a vehicle says of the ride that was just noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRide {
    /// How many tickets are left that are good in this vehicle.
    pub left: u32,
    /// How many the ride took.
    pub tickets: u32,
    /// How many of them no book pays (後払い乗車).
    pub owed: u32,
}

impl Tickets<'_> {
    /// The tickets of one person, all ids together, as they are on a day.
    pub fn account(&self, person: PersonId, today: Day) -> Account {
        let ids = self.tokens.aliases(person);
        let allotted = self.transport.allotted(&ids);
        let books: Vec<BookRow> =
            allotted.books.iter().filter_map(|book| self.book_row(&ids, book, today)).collect();
        let good = books.iter().filter(|book| book.state == BookState::Good);
        let rides = self.transport.rides_of(&ids).into_iter().rev();
        let mut rides: Vec<RideSeen> =
            rides.map(|ride| self.ride_seen(ride, allotted.owed_for(ride.entry))).collect();
        rides.sort_by_key(|ride| std::cmp::Reverse(ride.when.seconds));
        Account {
            person: self.tokens.canonical(person),
            left: good.fold(0, |left, book| left.saturating_add(book.left)),
            owed: allotted.owed(),
            books,
            rides,
        }
    }

    /// How many rides of one ticket a person has left on a day in a vehicle of that operator: what
    /// the screen in a bus shows.
    pub fn left_for(&self, person: PersonId, operator: Option<RecordId>, today: Day) -> u32 {
        let ids = self.tokens.aliases(person);
        let allotted = self.transport.allotted(&ids);
        let left = allotted.books.iter().filter_map(|book| {
            let issue = &self.issue(&ids, book)?.value;
            let good = issue.operator.is_none_or(|only| operator == Some(only))
                && issue.valid_until.is_none_or(|last| today <= last);
            good.then(|| book.left())
        });
        left.fold(0, u32::saturating_add)
    }

    /// A person's last ride in a vehicle, and what is left in it now; none where they never rode in
    /// it.
    pub fn last_ride_in(&self, vehicle: SiteId, person: PersonId, today: Day) -> Option<LastRide> {
        let ids = self.tokens.aliases(person);
        let rides = self.transport.rides_of(&ids);
        let last = rides.iter().rev().find(|ride| ride.value.vehicle == vehicle)?;
        Some(LastRide {
            left: self.left_for(person, last.value.operator, today),
            tickets: last.value.tickets,
            owed: self.transport.allotted(&ids).owed_for(last.entry),
        })
    }

    fn issue(&self, ids: &[PersonId], book: &Book) -> Option<&Row<Issue>> {
        let held = ids.iter().filter_map(|id| self.transport.person(*id));
        held.flat_map(|rows| rows.issues.all()).find(|row| row.entry == book.issue)
    }

    fn book_row(&self, ids: &[PersonId], book: &Book, today: Day) -> Option<BookRow> {
        let row = self.issue(ids, book)?;
        let issue = &row.value;
        let voided = self.transport.void(ids, book.book).map(|void| TakenBack {
            entry: void.entry,
            tickets: book.voided,
            refund: void.value.refund,
            reason: void.value.reason.as_str().to_owned(),
            when: void.value.when(),
        });
        let state = match book.left() {
            0 if book.voided > 0 => BookState::Voided,
            0 => BookState::UsedUp,
            _ if issue.valid_until.is_some_and(|last| last < today) => BookState::Expired,
            _ => BookState::Good,
        };
        Some(BookRow {
            book: book.book,
            entry: row.entry,
            product: (issue.product, self.product_name(issue.product)),
            price: issue.price,
            operator: issue.operator.map(|operator| (operator, self.operator_name(operator))),
            valid_until: issue.valid_until,
            issued: issue.when(),
            by: self.transport.author(row.entry.journal),
            tickets: book.tickets,
            used: book.used,
            voided,
            left: book.left(),
            state,
        })
    }

    fn ride_seen(&self, row: &Row<RideRow>, owed: u32) -> RideSeen {
        let ride = &row.value;
        let stop = |stop: Option<RecordId>| stop.and_then(|stop| self.stop_name(stop));
        RideSeen {
            entry: row.entry,
            when: ride.when(),
            recorded_late: ride.happened_at().map(|_| ride.stamp().wall()),
            vehicle: (ride.vehicle, self.vehicle_name(ride.vehicle)),
            operator: ride.operator.and_then(|operator| self.operator_name(operator)),
            route: ride.route.and_then(|route| self.route_name(route)),
            from: stop(ride.from),
            to: stop(ride.to()),
            tickets: ride.tickets,
            owed,
            fare: ride.fare(),
            assurance: ride.assurance,
            by: self.transport.author(row.entry.journal),
        }
    }
}
