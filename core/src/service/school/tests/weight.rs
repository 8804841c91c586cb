//! How much memory a school takes.

use crate::fact::Fact;
use crate::fact::school::{Attendance, Attends};
use crate::fact::shelter::Assurance;
use crate::id::{EntryId, PersonId};
use crate::register::{Register, Saw, Write};
use crate::service::Fold as _;
use crate::service::rehearsal::{START, origin, person};
use crate::service::school::fold::{Days, SchoolFold};
use crate::service::school::writes::AttendanceWrite;
use crate::time::Day;

/// What an allocator adds to each piece of heap, at most.
const PIECE: usize = 16;

const PUPILS: u32 = 300;
const DAYS: u32 = 200;

/// A year of a school in which everybody comes and goes every day.
fn a_year() -> SchoolFold {
    let mut fold = SchoolFold::default();
    let mut seq = 0;
    for day in 0..DAYS {
        for (attends, hour) in [(Attends::Arrived, 8), (Attends::Left, 15)] {
            for number in 0..PUPILS {
                seq += 1;
                let person = person(number);
                let seconds = START + i64::from(day) * 86_400 + hour * 3600;
                let saw = fold.register(person, Day::of(seconds)).map(Register::saw);
                let fact = Attendance {
                    person,
                    attends,
                    assurance: Assurance::Listed,
                    saw: saw.unwrap_or(Saw::NOTHING),
                    happened_at: None,
                    day: None,
                };
                fold.apply(&origin('G', seq, seconds), &Fact::from(fact));
            }
        }
    }
    fold
}

#[test]
fn a_row_takes_a_hundred_and_twenty_bytes_at_most() {
    let fold = a_year();
    let of = |register: &Register<AttendanceWrite>| {
        let saw = |write: &Write<AttendanceWrite>| match write.saw.dots().len() {
            0 => 0,
            dots => dots * size_of::<EntryId>() + PIECE,
        };
        let writes = register.room() * size_of::<Write<AttendanceWrite>>() + PIECE;
        writes + register.writes().iter().map(saw).sum::<usize>()
    };
    let bytes: usize = fold
        .pupils
        .values()
        .map(|days| {
            // A tree is half empty at worst.
            let row = 2 * (size_of::<PersonId>() + size_of::<Days>());
            let room = days.0.capacity() * size_of::<(Day, Register<AttendanceWrite>)>() + PIECE;
            row + room + days.0.iter().map(|(_, register)| of(register)).sum::<usize>()
        })
        .sum();
    let rows = usize::try_from(2 * PUPILS * DAYS).unwrap();
    assert!(bytes <= rows * 120, "{} bytes a row", bytes / rows);
    assert_eq!(fold.arrivals().count(), rows / 2);
}
