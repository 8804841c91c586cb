//! How many people were at shelters, hour by hour: what the chart on the board draws.

use std::collections::BTreeMap;

use crate::fact::shelter::Act;
use crate::id::{EntryId, PersonId};
use crate::register::Register;
use crate::service::stamp::Stamped;

use super::gathered::Gathered;

/// How many were at shelters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// When: Unix seconds.
    pub at: i64,
    /// How many people, each once, wherever they were.
    pub people: u32,
}

impl Gathered<'_> {
    /// How many were at shelters at `points` moments evenly from `from` to `to` (Unix seconds),
    /// both included, by when things happened and not by when they were heard of. The last point
    /// is the count of now, so that a chart ends in the figure beside it.
    pub fn trend(&self, from: i64, to: i64, points: u32) -> Vec<Point> {
        let steps = i64::from(points.saturating_sub(1).max(1));
        let length = to.saturating_sub(from).max(0);
        let at = |step: i64| from + length / steps * step + length % steps * step / steps;
        // What each moment adds to the one before.
        let mut change: Vec<i64> = vec![0; usize::try_from(steps + 1).unwrap_or_default()];
        for stays in self.comings_and_goings().into_values() {
            let mut is_in = false;
            for ((when, ..), act) in stays {
                let comes = matches!(act, Act::CheckIn | Act::Return);
                if comes != is_in && when <= to {
                    let step = (0..=steps).find(|step| at(*step) >= when).unwrap_or(steps);
                    if let Some(change) = usize::try_from(step).ok().and_then(|s| change.get_mut(s))
                    {
                        *change += if comes { 1 } else { -1 };
                    }
                }
                is_in = comes;
            }
        }
        let mut people = 0;
        let counted = (0..=steps).zip(change).map(|(step, change)| {
            people += change;
            Point { at: at(step), people: u32::try_from(people).unwrap_or_default() }
        });
        let mut counted: Vec<Point> = counted.collect();
        if let Some(last) = counted.last_mut() {
            last.people = self.total().present.sure;
        }
        counted
    }

    /// What each person did, by when it happened.
    fn comings_and_goings(&self) -> BTreeMap<PersonId, BTreeMap<(i64, u64, EntryId), Act>> {
        let mut all: BTreeMap<PersonId, BTreeMap<_, Act>> = BTreeMap::new();
        for (person, _) in self.incident.accounted_people() {
            let writes = self.incident.presence(person).into_iter().flat_map(Register::writes);
            let stays = all.entry(self.canonical(person)).or_default();
            stays.extend(writes.map(|write| {
                let stamp = write.value.stamp();
                ((write.value.when().seconds, stamp.counter, write.entry), write.value.act)
            }));
        }
        all
    }
}
