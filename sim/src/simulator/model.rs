//! A second, simple model of the town: what anybody must see who holds these entries.
//!
//! It is written from the rules of `docs/SERVICES.md` and `docs/ENGINE.md`, with maps and sets, and
//! calls none of the services' folds: it judges them. It knows no network, no disk and no clock, and
//! keeps nothing between two questions but the facts themselves.

pub mod difference;
pub mod lives;
pub mod persons;
pub mod points;
pub mod read;
pub mod records;
pub mod register;
pub mod schools;
pub mod shelter;
pub mod tickets;

use std::collections::{BTreeMap, BTreeSet};

use digiana_core::engine::folds::Folds;
use digiana_core::fact::correct::Correct;
use digiana_core::fact::{Fact, SchoolFact};
use digiana_core::id::{EntryId, Hash, NodeId};
use digiana_core::scope::Scope;
use digiana_core::time::{Confidence, Wall};

use self::difference::{Difference, Differences};
use self::lives::Lives;
use self::persons::Persons;
use self::points::Points;
use self::records::Records;
use self::schools::Schools;
use self::shelter::Shelter;
use self::tickets::Tickets;

/// One fact, as its author's node recorded it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its identity everywhere.
    pub entry: EntryId,
    /// Its hash, of which a correction carries the first four bytes.
    pub hash: Hash,
    /// In which scope.
    pub scope: Scope,
    /// Whose journal it stands in.
    pub author: NodeId,
    /// The author's counter.
    pub counter: u64,
    /// What the author's clock showed.
    pub wall: Wall,
    /// What is said.
    pub fact: Fact,
}

impl Recorded {
    /// When it was true: when somebody said it happened, believed like a clock that was set, else
    /// when it was recorded.
    pub fn when(&self, happened_at: Option<i64>) -> Wall {
        match happened_at {
            Some(seconds) => Wall { seconds, confidence: Confidence::Held },
            None => self.wall,
        }
    }

    /// What orders rides and openings: the counter, then the entry.
    pub fn order(&self) -> (u64, EntryId) {
        (self.counter, self.entry)
    }
}

/// What an entry is to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// They do not hold it, or its author may not write it as far as they know.
    Not,
    /// They hold it and doubt it: it counts for nothing but the claim that somebody is safe.
    Unverified,
    /// It counts.
    Admitted,
}

/// What became of a fact that was told to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It was not known.
    New,
    /// It was known.
    Known,
    /// Another fact had this name; this one stands in its place now.
    InPlaceOfAnother,
}

/// Every fact that anybody in the town ever recorded.
#[derive(Debug, Default)]
pub struct Model {
    scopes: BTreeMap<Scope, BTreeMap<EntryId, Recorded>>,
    /// Which journal goes on from which, and what was taken back.
    pub lives: Lives,
}

impl Model {
    /// Takes up a fact.
    pub fn record(&mut self, recorded: Recorded) -> Told {
        let hash = recorded.hash;
        let of_scope = self.scopes.entry(recorded.scope).or_default();
        match of_scope.insert(recorded.entry, recorded) {
            None => Told::New,
            Some(held) if held.hash == hash => Told::Known,
            Some(_) => Told::InPlaceOfAnother,
        }
    }

    /// Forgets what stands in a journal from an entry on: its disk never took it.
    pub fn forget_from(&mut self, scope: Scope, first: EntryId) {
        let last = EntryId { seq: u64::MAX, ..first };
        let Some(of_scope) = self.scopes.get_mut(&scope) else { return };
        let gone: Vec<EntryId> = of_scope.range(first..=last).map(|(entry, _)| *entry).collect();
        gone.iter().for_each(|entry| drop(of_scope.remove(entry)));
    }

    /// Every fact, by scope and entry.
    pub fn facts(&self) -> impl Iterator<Item = &Recorded> {
        self.scopes.values().flat_map(BTreeMap::values)
    }

    /// One fact.
    pub fn fact(&self, entry: EntryId) -> Option<&Recorded> {
        self.scopes.values().find_map(|of_scope| of_scope.get(&entry))
    }

    /// What the town must look like to somebody to whom each entry is what `held` says.
    pub fn expect(&self, held: &dyn Fn(&Recorded) -> Held) -> Town<'_> {
        self.expected(None, held)
    }

    /// The same of some scopes only: nothing else is evaluated, and nothing else compared.
    ///
    /// Who is unaccounted for is known where both `shelter` and `register` are among them. The links
    /// of `tokens` are always followed.
    pub fn expect_in(&self, scopes: &[Scope], held: &dyn Fn(&Recorded) -> Held) -> Town<'_> {
        self.expected(Some(scopes.iter().copied().collect()), held)
    }

    fn expected(
        &self,
        asked: Option<BTreeSet<Scope>>,
        held: &dyn Fn(&Recorded) -> Held,
    ) -> Town<'_> {
        let mut town = Town { asked, ..Town::default() };
        for (scope, facts) in &self.scopes {
            if *scope != Scope::Tokens && !town.is_about(*scope) {
                continue;
            }
            let all: Vec<(&Recorded, Held)> =
                facts.values().map(|recorded| (recorded, held(recorded))).collect();
            let struck = Struck::of(&all);
            for (recorded, held) in all {
                town.mention(recorded);
                if held != Held::Not {
                    town.take(recorded, held, struck.strikes(recorded));
                }
            }
        }
        town.settle();
        town
    }
}

/// What the town must look like to somebody.
#[derive(Debug, Default)]
pub struct Town<'a> {
    // Of which scopes it tells; none for all.
    asked: Option<BTreeSet<Scope>>,
    /// Which ids are one person, and whose each card is.
    pub persons: Persons<'a>,
    /// Incidents, shelters, and who is where.
    pub shelter: Shelter<'a>,
    /// Books, rides and IOUs.
    pub tickets: Tickets<'a>,
    /// Visits and wallets.
    pub points: Points<'a>,
    /// Who is at school.
    pub schools: Schools<'a>,
    /// Shared records, the register among them.
    pub records: Records<'a>,
}

impl<'a> Town<'a> {
    /// Whether it tells of a scope.
    pub fn is_about(&self, scope: Scope) -> bool {
        self.asked.as_ref().is_none_or(|asked| asked.contains(&scope))
    }

    /// Notes that something exists of which a node may have to show nothing: folds do not list
    /// every card and every pupil's day.
    fn mention(&mut self, recorded: &'a Recorded) {
        match (recorded.scope, &recorded.fact) {
            (Scope::Tokens, Fact::Token(fact)) => self.persons.mention(fact),
            (Scope::School(site), Fact::School(SchoolFact::Attendance(fact))) => {
                self.schools.mention(site, recorded, fact);
            }
            _ => {}
        }
    }

    fn take(&mut self, recorded: &'a Recorded, held: Held, is_struck: bool) {
        let counts = held == Held::Admitted && !is_struck;
        match (recorded.scope, &recorded.fact) {
            (Scope::Shelter, Fact::Shelter(fact)) if !is_struck => {
                self.shelter.take(recorded, fact, held);
            }
            (Scope::Tokens, Fact::Token(fact)) if counts => self.persons.take(recorded, fact),
            (Scope::Transport, Fact::Transport(fact)) if counts => {
                self.tickets.take(recorded, fact);
            }
            (Scope::Wellbeing, Fact::Wellbeing(fact)) if counts => {
                self.points.take(recorded, fact);
            }
            (Scope::School(site), Fact::School(SchoolFact::Attendance(fact)))
                if held == Held::Admitted =>
            {
                self.schools.take(site, recorded, fact, is_struck);
            }
            (scope, Fact::Edit(edit)) if counts => self.records.take(scope, recorded, edit),
            // Of the wrong scope, in doubt, or corrected: it says nothing.
            _ => {}
        }
    }

    fn settle(&mut self) {
        self.persons.settle();
        self.shelter.settle(&self.persons, &self.records);
        self.tickets.settle(&self.persons);
        self.points.settle(&self.persons);
    }
}

/// Which entries of a scope corrections took away. Only a correction that counts does.
struct Struck(
    // Invariant: sorted.
    Vec<(EntryId, [u8; 4])>,
);

impl Struck {
    fn of(all: &[(&Recorded, Held)]) -> Self {
        let counts = all.iter().filter(|(_, held)| *held == Held::Admitted);
        let struck = counts.filter_map(|(recorded, _)| {
            let Fact::Correct(Correct { target, target_hash, .. }) = &recorded.fact else {
                return None;
            };
            Some((*target, *target_hash))
        });
        let mut struck: Vec<_> = struck.collect();
        struck.sort_unstable();
        Self(struck)
    }

    fn strikes(&self, recorded: &Recorded) -> bool {
        let meant = (recorded.entry, Correct::hash_of(recorded.hash));
        self.0.binary_search(&meant).is_ok()
    }
}

/// What a node shows that it should not, or does not show that it should.
pub fn compare(expected: &Town<'_>, shown: &Folds) -> Vec<Difference> {
    let mut differences = Differences::default();
    if expected.is_about(Scope::Tokens) {
        expected.persons.compare(shown, &mut differences);
    }
    if expected.is_about(Scope::Shelter) {
        let with_register = expected.is_about(Scope::Register);
        expected.shelter.compare(with_register, shown, &mut differences);
    }
    if expected.is_about(Scope::Transport) {
        expected.tickets.compare(&expected.persons, shown, &mut differences);
    }
    if expected.is_about(Scope::Wellbeing) {
        expected.points.compare(&expected.persons, shown, &mut differences);
    }
    expected.schools.compare(expected, shown, &mut differences);
    expected.records.compare(expected, shown, &mut differences);
    differences.into_vec()
}

#[cfg(test)]
mod tests;
