//! What every store of a node promises, whatever it is made of: one suite for the disk of a node
//! and for the disk of the simulator, so that what the simulator finds is true of a node.
//!
//! It knows no store. It panics where one breaks its promise.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a store that breaks its promise says so by panicking"
)]

use std::collections::BTreeMap;

use digiana_core::credential::{CredentialKind, Envelope};
use digiana_core::engine::commit::{Commit, CommitId, StoreWrite, Stored};
use digiana_core::id::{CredentialId, EntryId, JournalId, NodeId};
use digiana_core::journal::batch::Batch;
use digiana_core::journal::journals::{Journals, MemoryJournals};
use digiana_core::scope::Scope;
use digiana_core::sign::Signature;
use digiana_core::time::{Confidence, Wall};
use digiana_core::wire::put_varint;
use digiana_sim::rng::Rng;

/// How many transactions one history has.
const TRANSACTIONS: u32 = 25;

/// How many commits are tried before a full disk must have refused one.
const UNTIL_FULL: u64 = 10_000;

/// The disk is full; nothing of what was handed over is on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// How a run of a node ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It closes its store.
    Closed,
    /// The power goes.
    PowerCut,
}

/// A store that is held to the contract.
pub trait Subject {
    /// Makes these durable, in one transaction.
    ///
    /// # Errors
    /// [`Full`] when there is no room, and from then on until there is again.
    fn commit(&mut self, commits: &[Commit]) -> Result<(), Full>;

    /// What it gives back of journals.
    fn journals(&self) -> &dyn Journals;

    /// What it gives back beside them.
    fn stored(&self) -> Stored;

    /// Ends the run and opens the store again; false when it says that it is damaged.
    fn restart(&mut self, end: End) -> bool;

    /// The disk fills up, but for what the store holds already.
    fn fill(&mut self);

    /// There is room again, and the store is told; whether it takes writes.
    fn make_room(&mut self) -> bool;

    /// The store is told to try again, though there is no room; whether it takes writes.
    fn try_again(&mut self) -> bool;

    /// Something on the medium changes.
    fn damage(&mut self);

    /// The damaged store is moved out of the way, and a new one made.
    fn set_aside(&mut self);
}

/// What a store must hold, by simpler means.
#[derive(Debug, Default)]
struct Expected {
    journals: MemoryJournals,
    // Where each journal stands: its next entry, and the first of its open block.
    ends: BTreeMap<JournalId, (u64, u64)>,
    credentials: BTreeMap<CredentialId, Envelope>,
    reports: BTreeMap<(NodeId, Option<Scope>), Vec<u8>>,
    custody: BTreeMap<EntryId, Wall>,
}

/// The journals that histories write: the first and last names there are, and neighbours.
const JOURNALS: [JournalId; 4] = [
    JournalId([0; JournalId::LEN]),
    JournalId([1; JournalId::LEN]),
    JournalId([1, 1, 1, 1, 1, 1, 1, 2]),
    JournalId([255; JournalId::LEN]),
];

/// A batch whose entries are bytes that no store reads.
fn batch(journal: JournalId, first: u64, entries: &[u8], closes_block: bool) -> Batch {
    let mut bytes = journal.as_bytes().to_vec();
    put_varint(&mut bytes, first);
    put_varint(&mut bytes, u64::try_from(entries.len()).unwrap());
    bytes.push(u8::from(closes_block));
    bytes.extend_from_slice(&[entries[0]; Signature::LEN]);
    bytes.extend_from_slice(entries);
    Batch::read(&bytes).unwrap()
}

impl Expected {
    fn growth(&self, rng: &mut Rng) -> StoreWrite {
        let journal = *rng.choose(&JOURNALS);
        let (first, block_first) = *self.ends.get(&journal).unwrap_or(&(1, 1));
        let byte = u8::try_from(rng.below(256)).unwrap();
        let entries = vec![byte; usize::try_from(rng.between(1, 6)).unwrap()];
        StoreWrite::Append {
            batch: batch(journal, first, &entries, rng.per_mille(200)),
            block_first,
        }
    }

    fn write(&self, rng: &mut Rng) -> StoreWrite {
        let byte = |rng: &mut Rng, bound| u8::try_from(rng.below(bound)).unwrap();
        let journal = *rng.choose(&JOURNALS);
        let seq = u64::from(rng.below(5));
        let confidence = Confidence::from_code(u64::from(rng.below(3)));
        let at = Wall { seconds: i64::from(rng.below(2000)) - 1000, confidence };
        match rng.below(10) {
            0 => StoreWrite::Credential(Envelope {
                kind: CredentialKind(byte(rng, 6)),
                issuer: [byte(rng, 3); 32],
                signature: Signature([byte(rng, 3); Signature::LEN]),
                body: vec![byte(rng, 256); usize::from(byte(rng, 9))],
            }),
            1 | 2 => {
                let scopes = [None, Some(Scope::Town), Some(Scope::Shelter), Some(Scope::Tokens)];
                let bytes = vec![byte(rng, 256); usize::from(byte(rng, 99))];
                let node = NodeId([byte(rng, 3); NodeId::LEN]);
                StoreWrite::Report { node, scope: *rng.choose(&scopes), bytes }
            }
            3 => StoreWrite::Custody { upto: EntryId { journal, seq }, at },
            4 => StoreWrite::Arrival { journal, seq, at },
            _ => self.growth(rng),
        }
    }

    fn apply(&mut self, write: &StoreWrite) {
        match write.clone() {
            StoreWrite::Append { batch, block_first } => {
                let next = batch.last() + 1;
                let open = if batch.seal.closes_block { next } else { block_first };
                self.ends.insert(batch.journal, (next, open));
                self.journals.append(batch, block_first);
            }
            StoreWrite::Credential(envelope) => {
                self.credentials.insert(envelope.id(), envelope);
            }
            StoreWrite::Report { node, scope, bytes } => {
                self.reports.insert((node, scope), bytes);
            }
            StoreWrite::Custody { upto, at } => {
                self.custody.insert(upto, at);
            }
            StoreWrite::Arrival { .. } => {}
        }
    }

    /// Some commits that follow each other, as an engine makes them.
    fn transaction(&mut self, rng: &mut Rng) -> Vec<Commit> {
        let commits = (0..rng.between(1, 4)).map(|number| {
            let writes = (0..rng.between(1, 4)).map(|_| {
                let write = self.write(rng);
                self.apply(&write);
                write
            });
            Commit { id: CommitId(u64::from(number)), writes: writes.collect() }
        });
        commits.collect()
    }

    /// Compares everything a store gives back.
    fn assert_held_by(&self, subject: &impl Subject, when: &str) {
        let journals = subject.journals();
        assert_eq!(journals.list(), self.journals.list(), "{when}");
        let unknown = JournalId([7; JournalId::LEN]);
        for journal in JOURNALS.into_iter().chain([unknown]) {
            let (next, _) = *self.ends.get(&journal).unwrap_or(&(1, 1));
            for from in (0..next + 2).chain([u64::MAX]) {
                for bytes_max in [0, 7, 1 << 20] {
                    let rows = journals.rows(journal, from, bytes_max);
                    let expected = self.journals.rows(journal, from, bytes_max);
                    assert_eq!(rows, expected, "{when}: {journal} from {from} to {bytes_max}");
                }
            }
        }
        let Stored { credentials, mut reports, custody } = subject.stored();
        let expected: Vec<Envelope> = self.credentials.values().cloned().collect();
        assert_eq!(credentials, expected, "{when}: in the order of ids");
        let expected: Vec<(EntryId, Wall)> = self.custody.iter().map(|(k, v)| (*k, *v)).collect();
        assert_eq!(custody, expected, "{when}: in the order of journals and entries");
        let mut expected: Vec<Vec<u8>> = self.reports.values().cloned().collect();
        expected.sort_unstable();
        reports.sort_unstable();
        assert_eq!(reports, expected, "{when}");
    }
}

/// A new store is empty.
///
/// # Panics
/// When the store breaks this promise, as all that follow.
pub fn a_new_store_is_empty(subject: &impl Subject) {
    Expected::default().assert_held_by(subject, "new");
}

/// Whatever is committed is given back: at once, after a clean close, after a power cut.
///
/// # Panics
/// When it is not.
pub fn what_is_committed_is_given_back(mut subject: impl Subject, seed: u64) {
    let mut rng = Rng::new(seed, "store contract");
    let mut expected = Expected::default();
    for number in 0..TRANSACTIONS {
        let commits = expected.transaction(&mut rng);
        assert_eq!(subject.commit(&commits), Ok(()));
        let when = format!("seed {seed}, transaction {number}");
        expected.assert_held_by(&subject, &when);
        let end = match rng.below(12) {
            0 => End::PowerCut,
            1 | 2 => End::Closed,
            _ => continue,
        };
        assert!(subject.restart(end), "{when}: it opens after {end:?}");
        expected.assert_held_by(&subject, &format!("{when}, then {end:?}"));
    }
}

/// The rows of a block are one row once it is closed.
///
/// # Panics
/// When they are not.
pub fn a_block_that_closes_is_one_row(mut subject: impl Subject) {
    let of = |first, entries: &[u8], closes| batch(JOURNALS[1], first, entries, closes);
    let batches = [of(1, b"ab", false), of(3, b"c", false), of(4, b"d", true)];
    for batch in batches.clone() {
        let writes = vec![StoreWrite::Append { batch, block_first: 1 }];
        assert_eq!(subject.commit(&[Commit { id: CommitId(1), writes }]), Ok(()));
    }
    let rows = subject.journals().rows(JOURNALS[1], 1, usize::MAX);
    assert_eq!(rows, Ok(vec![Batch::join(batches.to_vec())]));
}

/// A full disk takes a transaction whole or refuses it whole, and every later one until there is
/// room; what is held can be read all the time, and over a restart.
///
/// # Panics
/// When it is not so.
pub fn a_full_disk_refuses_whole_transactions(mut subject: impl Subject) {
    let mut expected = Expected::default();
    let mut rng = Rng::new(1, "store contract/full");
    let commits = expected.transaction(&mut rng);
    assert_eq!(subject.commit(&commits), Ok(()));
    subject.fill();
    let refused = (0..UNTIL_FULL).find_map(|number| {
        let id = CommitId(number);
        let commits = [Commit { id, writes: two_rows(&expected) }, Commit { id, writes: vec![] }];
        if subject.commit(&commits).is_err() {
            return Some(commits);
        }
        commits.iter().flat_map(|it| &it.writes).for_each(|write| expected.apply(write));
        None
    });
    let refused = refused.expect("a full disk refuses");
    expected.assert_held_by(&subject, "when it is full");
    assert_eq!(subject.commit(&refused), Err(Full), "refused at once");
    assert!(!subject.try_again(), "there is no room");
    expected.assert_held_by(&subject, "after it was told to try again");
    assert!(subject.restart(End::PowerCut), "it opens on a full disk");
    expected.assert_held_by(&subject, "started on a full disk");
    // Something may fit again; in the end it is refused, and there is room.
    for _ in 0..UNTIL_FULL {
        let commits = [Commit { id: CommitId(1), writes: two_rows(&expected) }];
        if subject.commit(&commits).is_err() {
            break;
        }
        commits.iter().flat_map(|it| &it.writes).for_each(|write| expected.apply(write));
    }
    assert!(subject.make_room());
    expected.assert_held_by(&subject, "when there is room");
    let commits = expected.transaction(&mut rng);
    assert_eq!(subject.commit(&commits), Ok(()));
    assert!(subject.restart(End::PowerCut));
    expected.assert_held_by(&subject, "after there was room");
}

/// Rows of two journals, that belong together.
fn two_rows(expected: &Expected) -> Vec<StoreWrite> {
    let row = |journal: JournalId| {
        let (first, block_first) = *expected.ends.get(&journal).unwrap_or(&(1, 1));
        StoreWrite::Append { batch: batch(journal, first, &[9; 300], false), block_first }
    };
    [JOURNALS[0], JOURNALS[3]].map(row).to_vec()
}

/// A damaged store says so when it is opened; set aside, a new one is empty.
///
/// # Panics
/// When it does not, or is not.
pub fn a_damaged_store_says_so(mut subject: impl Subject) {
    let mut expected = Expected::default();
    let commits = expected.transaction(&mut Rng::new(2, "store contract/damage"));
    assert_eq!(subject.commit(&commits), Ok(()));
    assert!(subject.restart(End::Closed));
    subject.damage();
    assert!(!subject.restart(End::PowerCut), "it says that it is damaged");
    subject.set_aside();
    Expected::default().assert_held_by(&subject, "begun anew");
    assert_eq!(subject.commit(&commits), Ok(()));
}

#[cfg(test)]
mod tests;
