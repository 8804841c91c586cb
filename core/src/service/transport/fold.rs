//! The transport scope's facts, folded.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::fact::correct::Correct;
use crate::fact::{Fact, TransportFact};
use crate::id::{BookId, EntryId, JournalId, NodeId, PersonId};
use crate::service::canon::Canon;
use crate::service::corrections::Corrections;
use crate::service::digested::Digested;
use crate::service::stamp::{Authors, Stamp, Stamped as _};
use crate::service::{Fold, Origin, Standing};
use crate::time::Confidence;

use super::allot::{Allotted, allot, void};
use super::ledger::Ledger;
use super::rows::{Issue, PersonRows, RideRow, Row, Void};

/// All that the admitted facts of the transport scope say.
///
/// Which ids are one person is not known here: whoever asks names all ids of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransportFold {
    corrections: Corrections,
    authors: Authors,
    // Invariant: none is empty.
    pub(super) people: Digested<PersonId, PersonRows>,
}

impl TransportFold {
    /// Who writes a journal, for a page that shows who said what.
    pub fn author(&self, journal: JournalId) -> Option<NodeId> {
        self.authors.of(journal)
    }

    /// Every id of which anything is held, with all that is.
    pub fn people(&self) -> impl Iterator<Item = (PersonId, &PersonRows)> {
        self.people.iter().map(|(person, rows)| (*person, rows))
    }

    /// What is held of one id.
    pub fn person(&self, id: PersonId) -> Option<&PersonRows> {
        self.people.get(&id)
    }

    /// Every ride with the id it was recorded under, by id and entry.
    pub fn rides(&self) -> impl Iterator<Item = (PersonId, &Row<RideRow>)> {
        let people = self.people.iter();
        people.flat_map(|(id, rows)| rows.rides.all().iter().map(|ride| (*id, ride)))
    }

    /// The rides of a person, all ids together, by counter and entry.
    pub fn rides_of(&self, ids: &[PersonId]) -> Vec<&Row<RideRow>> {
        let held = self.held(ids);
        let mut rides: Vec<&Row<RideRow>> = held.iter().flat_map(|rows| rows.rides.all()).collect();
        rides.sort_by_key(|row| row.order());
        rides
    }

    /// What the books of a person pay of their rides, all ids together. Kept where the person has
    /// one id only, as nearly everyone does.
    pub fn allotted(&self, ids: &[PersonId]) -> Cow<'_, Allotted> {
        match self.held(ids).as_slice() {
            [] => Cow::Owned(Allotted::default()),
            [one] => Cow::Borrowed(one.allotted.get(|| allot(&[*one]))),
            several => Cow::Owned(allot(several)),
        }
    }

    /// A book by its name, with the id it was issued to: of several the one issued first.
    pub fn book(&self, book: BookId) -> Option<(PersonId, &Row<Issue>)> {
        let people = self.people.iter();
        let all = people.flat_map(|(id, rows)| rows.issues.all().iter().map(|row| (*id, row)));
        all.filter(|(_, row)| row.value.book == book).min_by_key(|(_, row)| row.order())
    }

    /// What was taken back of a book of a person, where something was.
    pub fn void(&self, ids: &[PersonId], book: BookId) -> Option<&Row<Void>> {
        void(&self.held(ids), book)
    }

    /// When a person last rode, as far as a clock that was set says so: Unix seconds.
    pub fn last_ride(&self, ids: &[PersonId]) -> Option<i64> {
        let held = self.held(ids);
        let rides = held.iter().flat_map(|rows| rows.rides.all()).map(|row| row.value.when());
        let told = rides.filter(|when| when.confidence != Confidence::Unsure);
        told.map(|when| when.seconds).max()
    }

    /// The nodes that saw a person ride, by node.
    pub fn seen_by(&self, ids: &[PersonId]) -> Vec<NodeId> {
        let held = self.held(ids);
        let journals: BTreeSet<JournalId> =
            held.iter().flat_map(|rows| rows.rides.all()).map(|row| row.entry.journal).collect();
        let nodes: BTreeSet<NodeId> =
            journals.into_iter().filter_map(|journal| self.author(journal)).collect();
        nodes.into_iter().collect()
    }

    /// What every account of the ledger holds, where the ids of each of `joined` are one person.
    pub fn ledger(&self, joined: &[Vec<PersonId>]) -> Ledger {
        let mut ledger = Ledger::default();
        let grouped: BTreeSet<PersonId> = joined.iter().flatten().copied().collect();
        let alone = self.people.keys().filter(|id| !grouped.contains(id)).map(std::slice::from_ref);
        for ids in alone.chain(joined.iter().map(Vec::as_slice)) {
            if let Some(first) = ids.first() {
                ledger.enter(*first, &self.held(ids), &self.allotted(ids));
            }
        }
        ledger
    }

    fn held(&self, ids: &[PersonId]) -> Vec<&PersonRows> {
        ids.iter().filter_map(|id| self.people.get(id)).collect()
    }

    fn change<T>(&mut self, id: PersonId, change: impl FnOnce(&mut PersonRows) -> T) -> T {
        self.people.change(id, |rows| {
            rows.allotted.clear();
            change(rows)
        })
    }

    fn correct(&mut self, correct: &Correct) {
        let meant = |(_, rows): &(&PersonId, &PersonRows)| {
            rows.hash_of(correct.target) == Some(correct.target_hash)
        };
        if let Some(id) = self.people.iter().find(meant).map(|(id, _)| *id) {
            self.change(id, |rows| rows.withdraw(correct));
        }
    }
}

impl Fold for TransportFold {
    fn apply(&mut self, origin: &Origin, fact: &Fact) {
        if origin.standing != Standing::Admitted {
            return;
        }
        self.authors.apply(origin);
        if let Fact::Correct(correct) = fact {
            self.corrections.apply(origin, correct);
            return self.correct(correct);
        }
        if self.corrections.of(origin.entry, origin.hash).is_some() {
            return;
        }
        let Fact::Transport(fact) = fact else { return };
        let (entry, stamp) = (origin.entry, Stamp::of(origin));
        match fact {
            TransportFact::BookIssued(fact) => {
                self.change(fact.person, |rows| rows.issue(entry, stamp, fact));
            }
            TransportFact::BookVoided(fact) => {
                self.change(fact.person, |rows| rows.void(entry, stamp, fact));
            }
            TransportFact::Ride(fact) => {
                self.change(fact.person, |rows| rows.ride(entry, stamp, fact));
            }
        }
    }

    fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    fn hash_of(&self, entry: EntryId) -> Option<[u8; 4]> {
        self.people.values().find_map(|rows| rows.hash_of(entry))
    }

    fn digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("transport");
        canon.put(&self.corrections).put(&self.authors).put(&self.people);
        canon.digest()
    }
}
