//! The class board: each pupil of each class with what is known of them on a day.

use std::collections::BTreeMap;

use crate::fact::school::Attends;
use crate::fact::shelter::Assurance;
use crate::id::PersonId;
use crate::planted::{self, Bug};
use crate::service::school::pupils::Pupil;
use crate::service::school::standing::Standing;
use crate::service::school::timetable::Timetable;
use crate::time::Day;

use super::{School, Word};

/// How many pupils are in which state: each is counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub pupils: usize,
    /// 未確認: nothing was noted.
    pub unconfirmed: usize,
    /// 到着
    pub arrived: usize,
    /// 下校
    pub left: usize,
    /// 欠席
    pub absent: usize,
    /// Desks that did not hear each other noted different things.
    pub disputed: usize,
}

impl Counts {
    fn add(&mut self, row: &PupilRow) {
        self.pupils += 1;
        let state = match row.state {
            Some(Attends::Arrived) => &mut self.arrived,
            Some(Attends::Left) if planted::is(Bug::WhoLeftIsHere) => &mut self.arrived,
            Some(Attends::Left) => &mut self.left,
            Some(Attends::Absent) => &mut self.absent,
            None if row.current.is_empty() => &mut self.unconfirmed,
            None => &mut self.disputed,
        };
        *state += 1;
    }
}

/// One pupil of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PupilRow {
    /// Who, under the id that stands for all ids of theirs.
    pub pupil: Pupil,
    /// The name is never to be shown to strangers, as far as the register can be read here.
    pub protected: bool,
    /// What is so; none when nothing was noted (未確認), or when desks disagree.
    pub state: Option<Attends>,
    /// What the current writes say: several that differ are a conflict.
    pub current: Vec<Word>,
    /// When they arrived.
    pub arrived: Option<Word>,
    /// When they left.
    pub left: Option<Word>,
    /// They arrived after the time by which pupils do (遅刻).
    pub is_late: bool,
}

impl PupilRow {
    pub(super) fn of(school: &School<'_>, pupil: Pupil, day: Day, timetable: Timetable) -> Self {
        let standing = school.standing(pupil.id, day);
        let arrived = word_of(school, &standing, Attends::Arrived);
        let mut current: Vec<Word> = standing.current().map(|write| school.word(write)).collect();
        current.sort_by_key(|word| (word.attends, word.when.seconds, word.entry));
        Self {
            protected: school.is_protected(pupil.id),
            state: standing.settled(),
            left: word_of(school, &standing, Attends::Left),
            is_late: arrived.is_some_and(|word| timetable.is_late(word.when, day)),
            arrived,
            current,
            pupil,
        }
    }

    /// Whether nothing was noted (未確認).
    pub fn is_unconfirmed(&self) -> bool {
        self.current.is_empty()
    }

    /// Whether desks that did not hear each other noted different things.
    pub fn is_disputed(&self) -> bool {
        self.state.is_none() && !self.current.is_empty()
    }

    /// Whether all that is so was entered by somebody, and no card (先生が入力).
    pub fn is_by_teacher(&self) -> bool {
        let vouched = |word: &Word| word.assurance == Assurance::Vouched;
        !self.current.is_empty() && self.current.iter().all(vouched)
    }

    fn rank(&self) -> u8 {
        match self.state {
            None if self.is_disputed() => 0,
            None => 1,
            Some(Attends::Arrived) => 2,
            Some(Attends::Left) => 3,
            Some(Attends::Absent) => 4,
        }
    }
}

fn word_of(school: &School<'_>, standing: &Standing<'_>, attends: Attends) -> Option<Word> {
    standing.first(attends).map(|write| school.word(write))
}

/// One class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRows {
    /// What the school calls it; none for pupils of no class.
    pub class: Option<String>,
    /// How many are in which state.
    pub counts: Counts,
    /// Its pupils: those who disagree with themselves first, then 未確認, by kana.
    pub rows: Vec<PupilRow>,
}

/// What somebody noted on a day that nobody knows: the clock of the gate had never been set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undated {
    /// Of whom.
    pub pupil: Pupil,
    /// On which day its clock believed to be.
    pub day: Day,
    /// What.
    pub word: Word,
}

/// A school on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// Which day.
    pub day: Day,
    /// When pupils come and go.
    pub timetable: Timetable,
    /// All classes together.
    pub counts: Counts,
    /// The classes, by name.
    pub classes: Vec<ClassRows>,
    /// What was noted by a clock that was never set, on other days than this.
    pub undated: Vec<Undated>,
}

impl School<'_> {
    /// The class board of a day.
    pub fn board(&self, day: Day) -> Board {
        let timetable = self.timetable();
        let mut board = Board {
            day,
            timetable,
            counts: Counts::default(),
            classes: Vec::new(),
            undated: Vec::new(),
        };
        for pupil in self.pupils() {
            board.undated.extend(self.undated(&pupil, day));
            let class = pupil.class.clone();
            let row = PupilRow::of(self, pupil, day, timetable);
            board.counts.add(&row);
            if board.classes.last().is_none_or(|last| last.class != class) {
                board.classes.push(ClassRows {
                    class,
                    counts: Counts::default(),
                    rows: Vec::new(),
                });
            }
            let last = board.classes.last_mut().expect("a class was just put in");
            last.counts.add(&row);
            last.rows.push(row);
        }
        for class in &mut board.classes {
            class.rows.sort_by_key(PupilRow::rank);
        }
        board
    }

    /// How many pupils of a day nothing is known of yet, by neighbourhood and without names: the
    /// neighbourhood is none where the register cannot be read, or does not say.
    pub fn on_their_way(&self, day: Day) -> BTreeMap<Option<String>, usize> {
        let mut districts = BTreeMap::new();
        for pupil in self.pupils() {
            if self.standing(pupil.id, day).is_unconfirmed() {
                let district = self.sources.person(pupil.id).and_then(|person| person.district);
                *districts.entry(district).or_default() += 1;
            }
        }
        districts
    }

    fn undated(&self, pupil: &Pupil, but: Day) -> Vec<Undated> {
        let ids = self.sources.tokens.aliases(pupil.id);
        let days = ids.iter().flat_map(|id: &PersonId| self.fold.undated(*id));
        let of_day = |(day, standing): (Day, Standing<'_>)| -> Vec<Undated> {
            let words = standing.current().map(|write| self.word(write));
            let undated = words.filter(Word::is_undated);
            undated.map(|word| Undated { pupil: pupil.clone(), day, word }).collect()
        };
        days.filter(|(day, _)| *day != but).flat_map(of_day).collect()
    }
}
