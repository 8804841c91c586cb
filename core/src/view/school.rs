//! A school: its class board, the log of a pupil's day, and who is still on their way.
//!
//! Whoever may read the scope of a school reads its list of names; the register adds only who is
//! protected and where a child lives.

mod board;
mod log;

use std::cmp::Ordering;

use crate::fact::school::Attends;
use crate::fact::shelter::Assurance;
use crate::id::{EntryId, NodeId, PersonId, SiteId};
use crate::service::records::RecordsFold;
use crate::service::school::fold::SchoolFold;
use crate::service::school::pupils::{self, Pupil};
use crate::service::school::standing::{Noted, Standing};
use crate::service::school::timetable::Timetable;
use crate::service::stamp::Stamped as _;
use crate::time::{Confidence, Day, Wall};

pub use self::board::{Board, ClassRows, Counts, PupilRow, Undated};
pub use self::log::{DayLog, DayRow, LogRow};

use super::Sources;

#[cfg(test)]
mod tests;

/// The folds that a page of one school may read.
#[derive(Debug, Clone, Copy)]
pub struct School<'a> {
    /// Everything else.
    pub sources: Sources<'a>,
    /// Which school.
    pub site: SiteId,
    /// Who came and went.
    pub fold: &'a SchoolFold,
    /// The list of pupils; none where nobody is on it.
    pub list: Option<&'a RecordsFold>,
}

/// What one write says, for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The entry, for a correction.
    pub entry: EntryId,
    /// What the pupil did.
    pub attends: Attends,
    /// How sure that is: `Vouched` where somebody entered it (先生が入力).
    pub assurance: Assurance,
    /// When it was true.
    pub when: Wall,
    /// When it was recorded.
    pub recorded: Wall,
    /// Whether it was recorded later than it happened (後追い入力).
    pub late: bool,
    /// Which node says so.
    pub by: Option<NodeId>,
}

impl<'a> School<'a> {
    /// When pupils come and go here.
    pub fn timetable(&self) -> Timetable {
        Timetable::read(self.sources.town, self.site)
    }

    /// Everyone on the list who did not leave the school, by class, kana and name; each person
    /// once, under the id that stands for all.
    pub fn pupils(&self) -> Vec<Pupil> {
        let mut held = self.everyone();
        held.retain(|pupil| !pupil.is_ended);
        let mut seen = std::collections::BTreeSet::new();
        held.retain(|pupil| seen.insert(pupil.id));
        held
    }

    /// Everyone who was ever on the list, in the same order.
    pub fn everyone(&self) -> Vec<Pupil> {
        let canonical =
            |pupil: Pupil| Pupil { id: self.sources.tokens.canonical(pupil.id), ..pupil };
        let mut held: Vec<Pupil> =
            self.list.into_iter().flat_map(pupils::all).map(canonical).collect();
        held.sort_by(in_order);
        held
    }

    /// A pupil, by any id of theirs.
    pub fn pupil(&self, person: PersonId) -> Option<Pupil> {
        let canonical = self.sources.tokens.canonical(person);
        self.everyone().into_iter().find(|pupil| pupil.id == canonical)
    }

    /// Whether a name is never to be shown to strangers (支援措置), as far as the register can be
    /// read here.
    pub fn is_protected(&self, person: PersonId) -> bool {
        self.sources.person(person).is_some_and(|person| person.protected)
    }

    /// What is known of a pupil on a day.
    pub fn standing(&self, person: PersonId, day: Day) -> Standing<'a> {
        self.fold.standing(&self.sources.tokens.aliases(person), day)
    }

    fn word(&self, write: &Noted) -> Word {
        Word {
            entry: write.entry,
            attends: write.value.attends,
            assurance: write.value.assurance,
            when: write.value.when(),
            recorded: write.value.stamp().wall(),
            late: write.value.happened_at().is_some(),
            by: self.fold.author(write.entry.journal),
        }
    }
}

impl Word {
    /// Whether nobody can say when it was: the clock of the gate was never set.
    pub fn is_undated(&self) -> bool {
        self.when.confidence == Confidence::Unsure
    }
}

fn in_order(one: &Pupil, other: &Pupil) -> Ordering {
    let key = |pupil: &Pupil| {
        let class = pupil.class.clone();
        let name = pupil.kana.clone().unwrap_or_else(|| pupil.name.clone());
        (class.is_none(), class, name, pupil.is_ended, pupil.id)
    };
    key(one).cmp(&key(other))
}
