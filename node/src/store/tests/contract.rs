//! The store and the journals in memory answer alike.

use digiana_core::journal::journals::MemoryJournals;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::*;

/// One of three journals grows by some entries, which may close their block.
#[derive(Debug, Clone)]
struct Growth {
    journal: u8,
    entries: u8,
    closes_block: bool,
}

fn growth() -> impl Strategy<Value = Growth> {
    let shapes = (prop_oneof![Just(0), Just(1), Just(255)], 1..6u8, prop::bool::weighted(0.2));
    shapes.prop_map(|(journal, entries, closes_block)| Growth { journal, entries, closes_block })
}

/// Where a journal stands: the next entry, and the first of its open block.
type Ends = std::collections::BTreeMap<u8, (u64, u64)>;

fn grow(growth: &Growth, ends: &mut Ends) -> (Batch, u64) {
    let (next, block_first) = ends.entry(growth.journal).or_insert((1, 1));
    let entries = vec![growth.journal ^ growth.entries; usize::from(growth.entries)];
    let grown = (batch(growth.journal, *next, &entries, growth.closes_block), *block_first);
    *next += u64::from(growth.entries);
    if growth.closes_block {
        *block_first = *next;
    }
    grown
}

fn alike(store: &dyn Journals, memory: &MemoryJournals, ends: &Ends) -> TestCaseResult {
    prop_assert_eq!(store.list(), memory.list());
    for journal in [0, 1, 2, 255] {
        let end = ends.get(&journal).map_or(1, |(next, _)| *next);
        let name = JournalId([journal; 8]);
        for from in (0..end + 2).chain([u64::MAX]) {
            for bytes_max in [0, 7, 1 << 20] {
                let (ours, theirs) =
                    (store.rows(name, from, bytes_max), memory.rows(name, from, bytes_max));
                prop_assert_eq!(ours, theirs, "journal {} from {}", journal, from);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_store_and_memory_hold_the_same_rows(
        transactions in vec(vec(vec(growth(), 1..4), 1..4), 1..6),
    ) {
        let (_folder, store) = new_store();
        let path = store.path().to_owned();
        let mut memory = MemoryJournals::default();
        let mut ends = Ends::new();
        for transaction in &transactions {
            let mut commits = Vec::new();
            for growths in transaction {
                let mut writes = Vec::new();
                for growth in growths {
                    let (batch, block_first) = grow(growth, &mut ends);
                    writes.push(append(&batch, block_first));
                    memory.append(batch, block_first);
                }
                commits.push(commit(0, writes));
            }
            store.commit(&commits).unwrap();
            alike(&store, &memory, &ends)?;
        }
        store.close().unwrap();
        alike(&open(&path).unwrap(), &memory, &ends)?;
    }
}

#[test]
fn a_block_that_closes_becomes_one_row() {
    let (_folder, store) = new_store();
    let batches = [batch(1, 1, b"ab", false), batch(1, 3, b"c", false), batch(1, 4, b"d", true)];
    let commits = batches.clone().map(|batch| commit(0, vec![append(&batch, 1)]));
    store.commit(&commits).unwrap();
    let rows = store.rows(JournalId([1; 8]), 1, usize::MAX).unwrap();
    assert_eq!(rows, [Batch::join(batches.to_vec())]);
}
