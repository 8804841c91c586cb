//! The school scope's facts, folded.

use crate::fact::correct::Correct;
use crate::fact::school::{Attendance, Attends};
use crate::fact::shelter::Assurance;
use crate::fact::{Fact, SchoolFact};
use crate::id::{EntryId, JournalId, NodeId, PersonId};
use crate::register::{Register, Write};
use crate::service::canon::{Canon, Canonical};
use crate::service::corrections::Corrections;
use crate::service::digested::{Content, Digested};
use crate::service::stamp::{Authors, Stamp, Stamped as _, hash_in, is_meant};
use crate::service::{Fold, Origin, Standing as Counts};
use crate::time::{Confidence, Day, Wall};

use super::standing::Standing;
use super::writes::AttendanceWrite;

/// The days of one pupil.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Days(
    // Invariant: ascending by day, no day twice, no register empty. A tree of days would be half
    // empty, and a pupil's days come in order but for late entries.
    pub(super) Vec<(Day, Register<AttendanceWrite>)>,
);

impl Days {
    fn find(&self, day: Day) -> Result<usize, usize> {
        self.0.binary_search_by_key(&day, |(held, _)| *held)
    }

    fn of(&self, day: Day) -> Option<&Register<AttendanceWrite>> {
        let place = self.find(day).ok()?;
        self.0.get(place).map(|(_, register)| register)
    }

    fn insert(&mut self, day: Day, write: Write<AttendanceWrite>) {
        let place = self.find(day).unwrap_or_else(|place| {
            if self.0.len() == self.0.capacity() {
                self.0.reserve_exact(1 + self.0.len() / 8);
            }
            self.0.insert(place, (day, Register::default()));
            place
        });
        let held = self.0.get_mut(place);
        held.expect("a day that was found or just put in is there").1.insert(write);
    }

    /// The place of the day whose write a correction means.
    fn meant(&self, correct: &Correct) -> Option<usize> {
        self.0.iter().position(|(_, register)| is_meant(register, correct))
    }

    /// Takes out the write that a correction means, with its day.
    fn take(&mut self, correct: &Correct) -> Option<(Day, Write<AttendanceWrite>)> {
        let place = self.meant(correct)?;
        let (day, register) = self.0.get_mut(place)?;
        let (day, write) = (*day, register.get(correct.target)?.clone());
        register.withdraw(correct.target);
        if register.is_empty() {
            self.0.remove(place);
        }
        Some((day, write))
    }
}

impl Content for Days {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Canonical for Days {
    fn put(&self, canon: &mut Canon) {
        canon.len(self.0.len());
        for (day, register) in &self.0 {
            canon.value(day).put(register);
        }
    }
}

/// A write that staff corrected: it counts for nothing, and the log of the day still shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struck {
    /// Of whom it was.
    pub person: PersonId,
    /// Of which day.
    pub day: Day,
    /// What it said.
    pub write: Write<AttendanceWrite>,
}

impl Canonical for Struck {
    fn put(&self, canon: &mut Canon) {
        canon.value(&self.person).value(&self.day).put(&self.write);
    }
}

/// All that the admitted facts of the school scope say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchoolFold {
    pub(super) corrections: Corrections,
    pub(super) authors: Authors,
    // Invariant: none is empty.
    pub(super) pupils: Digested<PersonId, Days>,
    pub(super) struck: Digested<EntryId, Struck>,
}

impl SchoolFold {
    /// What is held of one id on a day; none when nothing is.
    pub fn register(&self, person: PersonId, day: Day) -> Option<&Register<AttendanceWrite>> {
        self.pupils.get(&person)?.of(day)
    }

    /// What is known of a pupil on a day, by all ids of theirs.
    pub fn standing(&self, ids: &[PersonId], day: Day) -> Standing<'_> {
        Standing::of(ids.iter().filter_map(|id| self.register(*id, day)))
    }

    /// The days of one id on which something was noted by a clock that was never set.
    pub fn undated(&self, person: PersonId) -> impl Iterator<Item = (Day, Standing<'_>)> {
        let unsure =
            |write: &Write<AttendanceWrite>| write.value.when().confidence == Confidence::Unsure;
        let days = self.pupils.get(&person).into_iter().flat_map(|days| &days.0);
        let undated = days.filter(move |(_, register)| register.writes().iter().any(unsure));
        undated.map(|(day, register)| (*day, Standing::of([register])))
    }

    /// Every day on which somebody was at school, by id and day: what points are granted for.
    pub fn arrivals(&self) -> impl Iterator<Item = (PersonId, Day)> {
        self.pupils.iter().flat_map(|(person, days)| {
            let attended =
                days.0.iter().filter(|(_, register)| Standing::of([register]).attended());
            attended.map(|(day, _)| (*person, *day))
        })
    }

    /// Who saw one id come or go, and when: taps and names chosen, and what a teacher entered.
    pub fn seen_by(
        &self,
        person: PersonId,
    ) -> impl Iterator<Item = (NodeId, Wall, Assurance)> + '_ {
        let days = self.pupils.get(&person).into_iter().flat_map(|days| &days.0);
        let writes = days.flat_map(|(_, register)| register.writes());
        let seen = writes.filter(|write| write.value.attends != Attends::Absent);
        seen.filter_map(|write| {
            let by = self.authors.of(write.entry.journal)?;
            Some((by, write.value.when(), write.value.assurance))
        })
    }

    /// Every day on which an arrival of somebody was corrected, by id: another may stand.
    pub fn taken_back(&self) -> impl Iterator<Item = (PersonId, Day)> {
        let arrivals =
            self.struck.values().filter(|struck| struck.write.value.attends == Attends::Arrived);
        arrivals.map(|struck| (struck.person, struck.day))
    }

    /// The writes of one id and day that staff corrected, by entry.
    pub fn struck(&self, person: PersonId, day: Day) -> impl Iterator<Item = &Struck> {
        let all = self.struck.values();
        all.filter(move |struck| struck.person == person && struck.day == day)
    }

    /// Who writes a journal, for a page that shows who said what.
    pub fn author(&self, journal: JournalId) -> Option<NodeId> {
        self.authors.of(journal)
    }

    fn attendance(&mut self, origin: &Origin, fact: &Attendance) {
        let value = AttendanceWrite::new(Stamp::of(origin), fact);
        let day = fact.day.unwrap_or_else(|| Day::of(value.when().seconds));
        let write = Write { entry: origin.entry, value, saw: fact.saw.clone() };
        if self.corrections.of(origin.entry, origin.hash).is_some() {
            self.struck.insert(origin.entry, Struck { person: fact.person, day, write });
        } else {
            self.pupils.change(fact.person, |days| days.insert(day, write));
        }
    }

    fn correct(&mut self, correct: &Correct) {
        let meant = self.pupils.iter().find(|(_, days)| days.meant(correct).is_some());
        let Some(person) = meant.map(|(person, _)| *person) else { return };
        if let Some((day, write)) = self.pupils.change(person, |days| days.take(correct)) {
            self.struck.insert(write.entry, Struck { person, day, write });
        }
    }
}

impl Fold for SchoolFold {
    fn apply(&mut self, origin: &Origin, fact: &Fact) {
        if origin.standing != Counts::Admitted {
            return;
        }
        self.authors.apply(origin);
        if let Fact::Correct(correct) = fact {
            self.corrections.apply(origin, correct);
            return self.correct(correct);
        }
        let Fact::School(fact) = fact else { return };
        match fact {
            SchoolFact::Attendance(fact) => self.attendance(origin, fact),
        }
    }

    fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    fn hash_of(&self, entry: EntryId) -> Option<[u8; 4]> {
        let days = self.pupils.values().flat_map(|days| &days.0);
        days.into_iter().find_map(|(_, register)| hash_in(register, entry))
    }

    fn digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("school");
        canon.put(&self.corrections).put(&self.authors).put(&self.pupils).put(&self.struck);
        canon.digest()
    }
}
