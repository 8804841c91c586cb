//! What is known of a pupil on a day, made of the writes of all ids of theirs.

use crate::fact::school::Attends;
use crate::register::{Register, Write};
use crate::service::stamp::Stamped as _;

use super::writes::AttendanceWrite;

/// One write of a pupil's day.
pub type Noted = Write<AttendanceWrite>;

/// What the registers of one pupil and day say.
#[derive(Debug, Clone, Default)]
pub struct Standing<'a> {
    registers: Vec<&'a Register<AttendanceWrite>>,
}

impl<'a> Standing<'a> {
    /// What these registers say together: one for each id of a pupil.
    pub fn of(registers: impl IntoIterator<Item = &'a Register<AttendanceWrite>>) -> Self {
        Self { registers: registers.into_iter().collect() }
    }

    /// Whether nothing was noted (未確認).
    pub fn is_unconfirmed(&self) -> bool {
        self.registers.iter().all(|register| register.is_empty())
    }

    /// Every write that counts, by id and entry.
    pub fn writes(&self) -> impl Iterator<Item = &'a Noted> {
        self.registers.iter().flat_map(|register| register.writes())
    }

    /// The writes that no other covers.
    pub fn current(&self) -> impl Iterator<Item = &'a Noted> {
        self.registers.iter().flat_map(|register| register.current())
    }

    /// What is so, where no current write contradicts another.
    pub fn settled(&self) -> Option<Attends> {
        let mut current = self.current().map(|write| write.value.attends);
        let first = current.next()?;
        current.all(|other| other == first).then_some(first)
    }

    /// Whether desks that did not hear each other noted different things.
    pub fn is_conflict(&self) -> bool {
        !self.is_unconfirmed() && self.settled().is_none()
    }

    /// Whether a current write says so.
    pub fn says(&self, attends: Attends) -> bool {
        self.current().any(|write| write.value.attends == attends)
    }

    /// The newest current write by counter.
    pub fn newest(&self) -> Option<&'a Noted> {
        self.current().max_by_key(|write| (write.value.stamp().counter, write.entry))
    }

    /// The write that tells when the pupil did that: of those no other write of its kind covers,
    /// the earliest.
    pub fn first(&self, attends: Attends) -> Option<&'a Noted> {
        let of_kind = |write: &&Noted| write.value.attends == attends;
        let uncovered = |write: &&Noted| {
            let others = self.writes().filter(of_kind).filter(|other| other.entry != write.entry);
            !others.into_iter().any(|other| other.saw.covers(write.entry))
        };
        let found = self.writes().filter(of_kind).filter(uncovered);
        found.min_by_key(|write| (write.value.when().seconds, write.entry))
    }

    /// Whether the pupil was at school that day, at least for a while: they arrived, and nobody
    /// says since that they were absent.
    pub fn attended(&self) -> bool {
        let arrived = self.writes().any(|write| write.value.attends == Attends::Arrived);
        arrived && !self.says(Attends::Absent)
    }
}
