//! How much memory a month of the town's rides takes.

use crate::fact::Fact;
use crate::fact::shelter::Assurance;
use crate::fact::transport::{BookIssued, Ride};
use crate::id::{BookId, EntryId, PersonId};
use crate::service::Fold as _;
use crate::service::rehearsal::{START, origin, person, site};
use crate::service::transport::allot::{Book, Iou};
use crate::service::transport::fold::TransportFold;
use crate::service::transport::rows::{Issue, PersonRows, RideRow, Row};

use super::rehearsal::{BUSES, ROUTE, record};

/// What an allocator adds to each piece of heap, at most.
const PIECE: usize = 16;

const RIDERS: u32 = 800;
const RIDES: u32 = 25_000;

/// A month in which everybody who rides buys two books and one ride in twenty is entered late.
fn busy_month() -> TransportFold {
    let mut fold = TransportFold::default();
    for number in 0..RIDERS * 2 {
        let [a, b, c, d] = number.to_be_bytes();
        let fact = BookIssued {
            book: BookId([0, 0, 0, 0, a, b, c, d]),
            person: person(number % RIDERS),
            product: record(11),
            version: [1; 4],
            tickets: 11,
            price: 2_000,
            operator: None,
            valid_until: None,
            happened_at: None,
        };
        let seq = u64::from(number) + 1;
        fold.apply(&origin('C', seq, START), &Fact::from(fact));
    }
    for number in 0..RIDES {
        let bus = char::from(b'a' + u8::try_from(number % 7).unwrap());
        let at = START + i64::from(number);
        let fact = Ride {
            person: person(number % RIDERS),
            vehicle: site(bus),
            operator: Some(BUSES),
            route: Some(ROUTE),
            from: Some(record(101)),
            to: None,
            tickets: 1,
            fare: None,
            assurance: Assurance::Listed,
            happened_at: number.is_multiple_of(20).then_some(at - 7200),
        };
        fold.apply(&origin(bus, u64::from(number / 7) + 1, at), &Fact::from(fact));
    }
    fold
}

/// Counts what a fold takes, room to spare, the allocator's own and what is derived included.
fn bytes_of(fold: &TransportFold) -> usize {
    let of = |(id, rows): (PersonId, &PersonRows)| {
        // A tree is half empty at worst.
        let leaf = 2 * (size_of::<PersonId>() + size_of::<PersonRows>());
        let rides = rows.rides.room() * size_of::<Row<RideRow>>() + PIECE;
        let rare = rows.rides.all().iter().map(|ride| match ride.value.heap() {
            0 => 0,
            bytes => bytes + PIECE,
        });
        let books = rows.issues.room() * size_of::<Row<Issue>>() + PIECE;
        let allotted = fold.allotted(&[id]);
        let derived = size_of_val(allotted.as_ref())
            + allotted.books.capacity() * size_of::<Book>()
            + allotted.ious.capacity() * size_of::<Iou>()
            + 3 * PIECE;
        leaf + rides + rare.sum::<usize>() + books + derived
    };
    fold.people().map(of).sum()
}

#[test]
fn a_month_of_rides_takes_a_hundred_and_twenty_bytes_a_row_at_most() {
    let fold = busy_month();
    assert_eq!(fold.rides().count(), usize::try_from(RIDES).unwrap());
    let rows = usize::try_from(RIDES + RIDERS * 2).unwrap();
    let bytes = bytes_of(&fold) / rows;
    assert!(bytes <= 120, "{bytes} bytes a row, {} a ride alone", size_of::<Row<RideRow>>());
    assert_eq!(size_of::<EntryId>(), 16);
    assert_eq!(fold.ledger(&[]).sum(), 0);
}
