//! What was noted of one pupil: a day in full, and a month in short.

use crate::id::PersonId;
use crate::service::school::pupils::Pupil;
use crate::time::Day;

use super::{PupilRow, School, Word};

/// One line of the log of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRow {
    /// What was noted.
    pub word: Word,
    /// Whether it is what counts: nobody has noted anything since who had seen it.
    pub is_current: bool,
    /// Whether staff corrected it: it counts for nothing.
    pub is_corrected: bool,
}

/// All that was noted of a pupil on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLog {
    /// What came of it.
    pub row: PupilRow,
    /// Which day.
    pub day: Day,
    /// What was noted, in the order in which it was true.
    pub rows: Vec<LogRow>,
}

/// A day of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRow {
    /// Which.
    pub day: Day,
    /// What is known of it.
    pub row: PupilRow,
}

impl School<'_> {
    /// The log of a pupil's day; none when nobody of that id was ever on the list.
    pub fn day_log(&self, person: PersonId, day: Day) -> Option<DayLog> {
        let pupil = self.pupil(person)?;
        let standing = self.standing(pupil.id, day);
        let row = self.row(pupil, day);
        let counts = |word: &Word| row.current.iter().any(|current| current.entry == word.entry);
        let held = standing.writes().map(|write| self.word(write)).map(|word| LogRow {
            is_current: counts(&word),
            is_corrected: false,
            word,
        });
        let ids = self.sources.tokens.aliases(row.pupil.id);
        let struck = ids.iter().flat_map(|id| self.fold.struck(*id, day));
        let struck = struck.map(|struck| LogRow {
            word: self.word(&struck.write),
            is_current: false,
            is_corrected: true,
        });
        let mut rows: Vec<LogRow> = held.chain(struck).collect();
        rows.sort_by_key(|line| (line.word.when.seconds, line.word.entry));
        Some(DayLog { row, day, rows })
    }

    /// A pupil on so many days, the first of which is given; none when nobody of that id was ever
    /// on the list.
    pub fn days(&self, person: PersonId, first: Day, count: u8) -> Option<Vec<DayRow>> {
        let pupil = self.pupil(person)?;
        let day = |after: u8| {
            let day = first.plus(i32::from(after));
            DayRow { day, row: self.row(pupil.clone(), day) }
        };
        Some((0..count).map(day).collect())
    }

    /// What is known of a pupil on a day.
    pub fn row(&self, pupil: Pupil, day: Day) -> PupilRow {
        PupilRow::of(self, pupil, day, self.timetable())
    }
}
