//! What a fold keeps of an entry beside its fact: when, by whom, and enough of its hash that a
//! correction can mean no other.

use crate::fact::correct::Correct;
use crate::id::{EntryId, JournalId, NodeId};
use crate::register::Register;
use crate::time::{Confidence, Wall};

use super::Origin;
use super::canon::{Canon, Canonical};
use super::digested::{Content, Digested};

/// When a fact was recorded, as its author's clocks said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The author's counter: it orders display.
    pub counter: u64,
    seconds: i64,
    /// The first bytes of the entry's hash.
    pub hash: [u8; 4],
    confidence: Confidence,
}

impl Stamp {
    /// The stamp of an entry.
    pub fn of(origin: &Origin) -> Self {
        Self {
            counter: origin.counter,
            seconds: origin.wall.seconds,
            hash: Correct::hash_of(origin.hash),
            confidence: origin.wall.confidence,
        }
    }

    /// What the author's wall clock showed.
    pub fn wall(&self) -> Wall {
        Wall { seconds: self.seconds, confidence: self.confidence }
    }
}

impl Canonical for Stamp {
    fn put(&self, canon: &mut Canon) {
        canon.number(self.counter).value(&self.wall()).put(&self.hash);
    }
}

/// A write that knows when it was recorded.
pub trait Stamped {
    /// When.
    fn stamp(&self) -> &Stamp;

    /// When it happened, if that was before it was recorded: Unix seconds.
    fn happened_at(&self) -> Option<i64>;

    /// When it was true: when it happened if somebody said so, else when it was recorded. A time
    /// that somebody said is believed as far as a clock that was set.
    fn when(&self) -> Wall {
        self.happened_at().map_or_else(
            || self.stamp().wall(),
            |seconds| Wall { seconds, confidence: Confidence::Held },
        )
    }
}

impl<V: Stamped + Canonical> Content for Register<V> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

/// Takes the write that a correction means out of a register, and says whether it was there.
pub(super) fn withdraw<V: Stamped>(register: &mut Register<V>, correct: &Correct) -> bool {
    let meant = is_meant(register, correct);
    if meant {
        register.withdraw(correct.target);
    }
    meant
}

/// Whether a register holds the write that a correction means.
pub(super) fn is_meant<V: Stamped>(register: &Register<V>, correct: &Correct) -> bool {
    hash_in(register, correct.target) == Some(correct.target_hash)
}

/// The hash of a register's write by that entry.
pub(super) fn hash_in<V: Stamped>(register: &Register<V>, entry: EntryId) -> Option<[u8; 4]> {
    register.get(entry).map(|write| write.value.stamp().hash)
}

/// Who writes which journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authors(Digested<JournalId, NodeId>);

impl Authors {
    /// Remembers who wrote an entry.
    pub fn apply(&mut self, origin: &Origin) {
        if !self.0.contains_key(&origin.entry.journal) {
            self.0.insert(origin.entry.journal, origin.author);
        }
    }

    /// Whose a journal is.
    pub fn of(&self, journal: JournalId) -> Option<NodeId> {
        self.0.get(&journal).copied()
    }
}

impl Canonical for Authors {
    fn put(&self, canon: &mut Canon) {
        canon.put(&self.0);
    }
}
