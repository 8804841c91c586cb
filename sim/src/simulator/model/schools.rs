//! Who is at school: a register for each pupil and day.

use std::collections::{BTreeMap, BTreeSet};

use digiana_core::engine::folds::Folds;
use digiana_core::fact::school::{Attendance, Attends};
use digiana_core::id::{EntryId, PersonId, SiteId};
use digiana_core::scope::Scope;
use digiana_core::time::Day;
use digiana_core::view::school::{Counts, School};

use super::difference::{Checker, Differences};
use super::register::Writes;
use super::shelter::sources;
use super::{Recorded, Town};

/// Every school.
#[derive(Debug, Default)]
pub struct Schools<'a> {
    // Every pupil's day that anybody ever noted, held here or not, by the id it was noted under.
    days: BTreeMap<(SiteId, Day), BTreeMap<PersonId, Noted<'a>>>,
}

#[derive(Debug, Default)]
struct Noted<'a> {
    writes: Writes<'a, Attendance>,
    // Corrected: they count for nothing and stay in the log of the day.
    struck: BTreeSet<EntryId>,
}

/// What is known of a pupil on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What current writes say, by entry.
    pub current: BTreeMap<EntryId, Attends>,
    /// They arrived, and no current write calls them absent.
    pub attended: bool,
}

impl Standing {
    /// What is so, where current writes agree.
    pub fn state(&self) -> Option<Attends> {
        let said: BTreeSet<Attends> = self.current.values().copied().collect();
        if said.len() == 1 { said.first().copied() } else { None }
    }
}

/// The day an attendance is about: the one it names, else the one on which it happened.
fn day_of(recorded: &Recorded, fact: &Attendance) -> Day {
    fact.day.unwrap_or_else(|| Day::of(recorded.when(fact.happened_at).seconds))
}

impl<'a> Schools<'a> {
    pub(super) fn mention(&mut self, site: SiteId, recorded: &Recorded, fact: &Attendance) {
        let day = self.days.entry((site, day_of(recorded, fact))).or_default();
        day.entry(fact.person).or_default();
    }

    pub(super) fn take(
        &mut self,
        site: SiteId,
        recorded: &'a Recorded,
        fact: &'a Attendance,
        is_struck: bool,
    ) {
        let day = self.days.entry((site, day_of(recorded, fact))).or_default();
        let noted = day.entry(fact.person).or_default();
        if is_struck {
            noted.struck.insert(recorded.entry);
        } else {
            noted.writes.push(recorded, fact);
        }
    }

    /// What is known of everybody of whom anything was noted at a school on a day, by the ids that
    /// stand for all.
    fn standings(
        &self,
        town: &Town<'_>,
        day: &BTreeMap<PersonId, Noted<'_>>,
    ) -> BTreeMap<PersonId, Standing> {
        let mut standings: BTreeMap<PersonId, Standing> = BTreeMap::new();
        for (id, noted) in day {
            let standing = standings.entry(town.persons.head(*id)).or_default();
            let current = noted.writes.current();
            standing.current.extend(current.iter().map(|(it, fact)| (it.entry, fact.attends)));
            let mut all = noted.writes.all().iter();
            standing.attended |= all.any(|(_, fact)| fact.attends == Attends::Arrived);
        }
        for standing in standings.values_mut() {
            let is_absent = standing.current.values().any(|it| *it == Attends::Absent);
            standing.attended &= !is_absent;
        }
        standings
    }

    /// The figures of a class board.
    fn counts(pupils: &BTreeSet<PersonId>, standings: &BTreeMap<PersonId, Standing>) -> Counts {
        let mut counts = Counts { pupils: pupils.len(), ..Counts::default() };
        for pupil in pupils {
            let standing = standings.get(pupil).filter(|standing| !standing.current.is_empty());
            let figure = match standing.map(Standing::state) {
                None => &mut counts.unconfirmed,
                Some(None) => &mut counts.disputed,
                Some(Some(Attends::Arrived)) => &mut counts.arrived,
                Some(Some(Attends::Left)) => &mut counts.left,
                Some(Some(Attends::Absent)) => &mut counts.absent,
            };
            *figure += 1;
        }
        counts
    }

    pub(super) fn compare(&self, town: &Town<'_>, shown: &Folds, differences: &mut Differences) {
        let asked = self.days.iter().filter(|((site, _), _)| town.is_about(Scope::School(*site)));
        for ((site, day), noted) in asked {
            let fold = shown.school(*site);
            let standings = self.standings(town, noted);
            for (person, standing) in &standings {
                let about = format_args!("{person} at {site} on day {}", day.0);
                let held = fold.standing(&shown.tokens.aliases(*person), *day);
                let current = held.current().map(|it| (it.entry, it.value.attends)).collect();
                let held_state = held.settled();
                let held = Standing { current, attended: held.attended() };
                differences.check(Checker::Pupil, &about, standing, &held);
                differences.check(Checker::Pupil, &about, &standing.state(), &held_state);
            }
            for (id, noted) in noted {
                let about = format_args!("corrected of {id} at {site} on day {}", day.0);
                let held = fold.struck(*id, *day).map(|struck| struck.write.entry).collect();
                differences.check(Checker::Pupil, &about, &noted.struck, &held);
            }
            let list = shown.records(Scope::School(*site));
            let school = School { sources: sources(shown), site: *site, fold, list };
            let about = format_args!("{site} on day {}", day.0);
            let counts = Self::counts(&town.records.pupils(*site, &town.persons), &standings);
            differences.check(Checker::ClassBoard, &about, &counts, &school.board(*day).counts);
        }
    }
}
