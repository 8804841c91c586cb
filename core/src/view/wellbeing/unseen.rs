//! Who has not been seen for as many days as their family or the town asked to be told after.
//!
//! A list that says 「外出なし」 of somebody whom an unheard reader saw yesterday sends people to a
//! door for nothing, and is not believed the next time. So it says that somebody was not seen only
//! when every reader concerned has been heard up to that time, and otherwise which ones are silent.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{NodeId, PersonId};
use crate::record::{field, of_person};
use crate::service::people;
use crate::service::stamp::Stamped as _;
use crate::service::wellbeing::fold::WellbeingFold;
use crate::time::{Confidence, Day, Wall};

use super::super::Sources;

/// How long ago a reader may have spoken that speaks for the time until now.
const SPEAKS_WITHIN_SECONDS: i64 = 3_600;

const DAY_SECONDS: i64 = 86_400;

/// Somebody was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// When: Unix seconds.
    pub at: i64,
    /// Which reader says so; none where nobody can say.
    pub by: Option<NodeId>,
}

/// Somebody of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Who.
    pub person: PersonId,
    /// After how many days somebody is to be told.
    pub days: u32,
    /// When they were seen last, as far as is known here: Unix seconds.
    pub last_seen: Option<i64>,
    /// What can be said.
    pub word: Word,
}

/// What can be said of somebody who was not seen for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Every reader concerned was heard: they were not seen.
    NotSeen,
    /// 情報不足: these readers have not been heard up to that time.
    Unknown(Vec<Silent>),
}

/// A reader that has not been heard up to the time in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silent {
    /// Which.
    pub node: NodeId,
    /// When it was last heard, by its own clock: Unix seconds.
    pub last_heard: Option<i64>,
}

/// What the list is made of, beside the folds of `sources`.
#[derive(Debug)]
pub struct Watch<'a> {
    /// The register with who is watched over, and the shelters.
    pub sources: Sources<'a>,
    /// The visits.
    pub wellbeing: &'a WellbeingFold,
    /// Every admitted reader that writes visits: for somebody whom no reader ever saw.
    pub readers: &'a [NodeId],
    /// The time.
    pub now: Wall,
}

impl Watch<'_> {
    /// Who is to be looked after: those of whom it is sure first, longest unseen first. None where
    /// the register cannot be read.
    ///
    /// `rides` tells when somebody got on a bus, and `heard` when a reader was last heard by its
    /// own clock.
    pub fn list(
        &self,
        rides: impl Fn(&[PersonId]) -> Vec<Sighting>,
        heard: impl Fn(NodeId) -> Option<Wall>,
    ) -> Option<Vec<Watched>> {
        let register = self.sources.register?;
        let mut watched: BTreeMap<PersonId, u32> = BTreeMap::new();
        for id in people::ids(register) {
            let days = register.int(of_person(id), field::PERSON_WATCH_DAYS);
            let days = days.and_then(|days| u32::try_from(days).ok()).filter(|days| *days > 0);
            if let Some(days) = days {
                let held = watched.entry(self.sources.tokens.canonical(id)).or_insert(days);
                *held = days.min(*held);
            }
        }
        let word = |(person, days)| self.word(person, days, &rides, &heard);
        let mut list: Vec<Watched> = watched.into_iter().filter_map(word).collect();
        list.sort_by_key(|watched| {
            (watched.word != Word::NotSeen, watched.last_seen, watched.person)
        });
        Some(list)
    }

    /// What can be said of one person; none while all is well, and while they are away.
    fn word(
        &self,
        person: PersonId,
        days: u32,
        rides: impl Fn(&[PersonId]) -> Vec<Sighting>,
        heard: impl Fn(NodeId) -> Option<Wall>,
    ) -> Option<Watched> {
        let ids = self.sources.tokens.aliases(person);
        if self.is_away(&ids) {
            return None;
        }
        let sightings = self.sightings(&ids, rides);
        let last_seen = sightings.iter().map(|sighting| sighting.at).max();
        let patience = i64::from(days).saturating_mul(DAY_SECONDS);
        let now = self.now.seconds;
        if last_seen.is_some_and(|last| now.saturating_sub(last) < patience) {
            return None;
        }
        // Of somebody whom nobody ever saw, readers must speak for all the time until now.
        let until = last_seen.map_or_else(
            || now.saturating_sub(SPEAKS_WITHIN_SECONDS),
            |last| last.saturating_add(patience),
        );
        let mut concerned: BTreeSet<NodeId> =
            sightings.iter().filter_map(|sighting| sighting.by).collect();
        if concerned.is_empty() {
            concerned.extend(self.readers);
        }
        let silent = |node: &NodeId| {
            let heard = heard(*node);
            // A clock that was never set proves nothing.
            let believed = heard.filter(|wall| wall.confidence != Confidence::Unsure);
            let spoke = believed.is_some_and(|wall| wall.seconds >= until);
            let last_heard = heard.map(|wall| wall.seconds);
            (!spoke).then_some(Silent { node: *node, last_heard })
        };
        let silent: Vec<Silent> = concerned.iter().filter_map(silent).collect();
        let word = if silent.is_empty() { Word::NotSeen } else { Word::Unknown(silent) };
        Some(Watched { person, days, last_seen, word })
    }

    fn is_away(&self, ids: &[PersonId]) -> bool {
        let today = i64::from(Day::of(self.now.seconds).0);
        let until = |id: &PersonId| {
            let register = self.sources.register?;
            register.int(of_person(*id), field::PERSON_AWAY_UNTIL)
        };
        ids.iter().filter_map(until).any(|until| until >= today)
    }

    /// Every time a reader saw the person at a time that somebody can say.
    fn sightings(
        &self,
        ids: &[PersonId],
        rides: impl Fn(&[PersonId]) -> Vec<Sighting>,
    ) -> Vec<Sighting> {
        let visits = self.wellbeing.rows(ids).filter(|row| row.visited().is_some());
        let visits = visits.filter(|row| row.has_a_day()).map(|row| Sighting {
            at: row.when().seconds,
            by: self.wellbeing.author(row.entry.journal),
        });
        let shelter = self.sources.shelter;
        let presences = shelter.incidents().flat_map(|(_, incident)| {
            ids.iter().filter_map(|id| incident.presence(*id)).flat_map(|held| held.writes())
        });
        let presences = presences.map(|write| Sighting {
            at: write.value.when().seconds,
            by: shelter.author(write.entry.journal),
        });
        visits.chain(presences).chain(rides(ids)).collect()
    }
}
