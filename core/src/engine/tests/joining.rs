//! The disk joins rows into blocks while the engine reads them.

use std::cell::Cell;

use super::town::Town;
use crate::id::JournalId;
use crate::journal::batch::Batch;
use crate::journal::journals::{Journals, JournalsFault, MemoryJournals};
use crate::scope::Scope;

/// A disk that closed a block between the first look at a journal and the next: the first shows
/// one row, as it was before, and later ones what is there since.
struct Joining<'a> {
    before: &'a MemoryJournals,
    since: &'a MemoryJournals,
    looks: Cell<usize>,
}

impl Journals for Joining<'_> {
    fn list(&self) -> Result<Vec<JournalId>, JournalsFault> {
        self.since.list()
    }

    fn rows(&self, of: JournalId, from: u64, most: usize) -> Result<Vec<Batch>, JournalsFault> {
        self.looks.set(self.looks.get() + 1);
        if self.looks.get() % 2 == 1 {
            let first = self.before.rows(of, from, 0)?;
            if !first.is_empty() {
                return Ok(first);
            }
        }
        self.since.rows(of, from, most)
    }
}

#[test]
fn a_scope_folds_to_the_same_while_the_disk_joins_its_rows_into_a_block() {
    let mut town = Town::of(1);
    town.open_incident(0);
    town.open_site(0);
    let rows = |disk: &MemoryJournals| -> usize {
        let journals = disk.list().unwrap();
        journals.iter().map(|of| disk.rows(*of, 1, usize::MAX).unwrap().len()).sum()
    };
    // Until a check-in closes a block: then its rows become one.
    let mut before = town.hosts[0].disk.clone();
    for number in 0.. {
        town.check_in(0, &[number]);
        let disk = &town.hosts[0].disk;
        if rows(disk) < rows(&before) {
            break;
        }
        before = disk.clone();
    }
    let host = &mut town.hosts[0];
    let digest = host.engine.folds().digest(Scope::Shelter);
    let (before, since) = (&before, &host.disk);
    let joining = Joining { before, since, looks: Cell::new(0) };
    host.engine.rebuild(Scope::Shelter, &joining).unwrap();
    assert!(joining.looks.get() > 1);
    assert_eq!(host.engine.folds().digest(Scope::Shelter), digest);
}
