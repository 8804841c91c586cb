//! A town small enough to write down: desks say facts, and a test decides who holds what.

use std::collections::BTreeMap;

use digiana_core::engine::folds::Folds;
use digiana_core::fact::Fact;
use digiana_core::id::{EntryId, Hash, IncidentId, JournalId, NodeId, PersonId, RecordId, SiteId};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::{Origin, Standing};
use digiana_core::time::{Confidence, Wall};

use crate::simulator::model::difference::Difference;
use crate::simulator::model::{Held, Model, Recorded, Town, compare};

/// 2025-06-15 in Japan, in the morning.
pub(super) const START: i64 = 1_749_945_600;
pub(super) const FLOOD: IncidentId = IncidentId([1; 8]);

pub(super) fn person(number: u8) -> PersonId {
    PersonId([0, 0, 0, 0, 0, 0, 0, number])
}

pub(super) fn site(name: char) -> SiteId {
    SiteId([u8::try_from(name).unwrap(); 8])
}

pub(super) fn record(number: u8) -> RecordId {
    RecordId([number; 8])
}

/// Everything that was said in the town.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) facts: Vec<Recorded>,
    pub(super) model: Model,
    seqs: BTreeMap<JournalId, u64>,
}

impl Said {
    /// A desk says a fact in a scope, at a time that its clock believes.
    pub(super) fn say(&mut self, desk: char, scope: Scope, fact: impl Into<Fact>) -> EntryId {
        let wall = Wall { seconds: START, confidence: Confidence::Synced };
        let counter = u64::try_from(self.facts.len()).unwrap() + 1;
        self.say_at(desk, scope, counter, wall, fact.into())
    }

    /// The same with a counter and a clock of its own.
    pub(super) fn say_at(
        &mut self,
        desk: char,
        scope: Scope,
        counter: u64,
        wall: Wall,
        fact: Fact,
    ) -> EntryId {
        let name = u8::try_from(desk).unwrap();
        let code = scope.to_bytes();
        let mut journal = [name; 8];
        journal[..2].copy_from_slice(&[code[0], code.get(1).copied().unwrap_or(0)]);
        let journal = JournalId(journal);
        let seq = self.seqs.entry(journal).or_insert(1);
        *seq += 1;
        let entry = EntryId { journal, seq: *seq };
        let mut hash = [name; 32];
        hash[..8].copy_from_slice(&(seq.wrapping_mul(0x9e37_79b9)).to_le_bytes());
        hash[8..16].copy_from_slice(&journal.0);
        let (hash, author) = (Hash(hash), NodeId([name; 32]));
        let recorded = Recorded { entry, hash, scope, author, counter, wall, fact };
        self.facts.push(recorded.clone());
        self.model.record(recorded);
        entry
    }

    /// What must be seen by whoever holds everything.
    pub(super) fn expected(&self) -> Town<'_> {
        self.model.expect(&|_| Held::Admitted)
    }

    /// The folds of whoever holds that of it, in the order in which it was said.
    pub(super) fn folds(&self, held: &dyn Fn(&Recorded) -> Held) -> Folds {
        let mut folds = Folds::default();
        self.facts.iter().for_each(|recorded| hear(&mut folds, recorded, held(recorded)));
        folds
    }

    /// Checks that the services' folds say what the model says, of all that was said.
    pub(super) fn agree(&self) {
        let shown = self.folds(&|_| Held::Admitted);
        assert_eq!(told(&compare(&self.expected(), &shown)), "");
    }
}

/// Lets folds hear a fact.
pub(super) fn hear(folds: &mut Folds, recorded: &Recorded, held: Held) {
    let standing = match held {
        Held::Not => return,
        Held::Unverified => Standing::Unverified,
        Held::Admitted => Standing::Admitted,
    };
    let Recorded { entry, hash, scope, author, counter, wall, ref fact } = *recorded;
    folds.apply(scope, &Origin { entry, hash, author, counter, wall, standing }, fact);
}

/// Differences, one a line.
pub(super) fn told(differences: &[Difference]) -> String {
    differences.iter().map(|difference| format!("{difference}\n")).collect()
}

/// What an author saw.
pub(super) fn saw(entries: &[EntryId]) -> Saw {
    Saw::new(entries.to_vec())
}
