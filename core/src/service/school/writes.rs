//! What the registers of a school hold: its facts, without the keys they lie under.
//!
//! A school of three hundred writes a hundred thousand of these a year, so a time that somebody
//! said, which is rare, lies in a box of its own.

use crate::fact::school::{Attendance, Attends};
use crate::fact::shelter::Assurance;
use crate::service::canon::{Canon, Canonical};
use crate::service::stamp::{Stamp, Stamped};

/// A pupil came, left, or is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceWrite {
    stamp: Stamp,
    happened_at: Option<Box<i64>>,
    /// What they did.
    pub attends: Attends,
    /// How sure that is: `Vouched` where somebody entered it.
    pub assurance: Assurance,
}

impl AttendanceWrite {
    pub(super) fn new(stamp: Stamp, fact: &Attendance) -> Self {
        let Attendance { attends, assurance, happened_at, .. } = *fact;
        Self { stamp, happened_at: happened_at.map(Box::new), attends, assurance }
    }
}

impl Stamped for AttendanceWrite {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    fn happened_at(&self) -> Option<i64> {
        self.happened_at.as_deref().copied()
    }
}

impl Canonical for AttendanceWrite {
    fn put(&self, canon: &mut Canon) {
        canon.value(&self.attends).value(&self.assurance).value(&self.happened_at());
    }
}
