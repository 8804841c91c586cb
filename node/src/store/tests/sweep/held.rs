//! Everything a store holds, row by row, as one digest; and where its journals end.

use std::collections::BTreeMap;

use redb::{Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, Value};

use super::super::*;
use crate::store::fault::Trouble;

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// Over every row of every table.
    pub(super) digest: [u8; 32],
    /// The last entry of each journal.
    pub(super) ends: BTreeMap<JournalId, u64>,
}

/// Reads everything.
pub(super) fn held(store: &Store) -> Result<Held, StoreFault> {
    store.on(|database| {
        let rows = database.begin_read()?;
        let mut hasher = blake3::Hasher::new();
        let mut ends = BTreeMap::new();
        let mut add = |name: u8, key: &[u8], value: &[u8]| {
            for part in [&[name], key, value] {
                hasher.update(&part.len().to_le_bytes()).update(part);
            }
        };
        each_row(&rows, tables::BATCHES, |key, value| {
            add(1, key, value);
            if let Ok(batch) = Batch::read(value) {
                ends.insert(batch.journal, batch.last());
            }
        })?;
        each_row(&rows, tables::META, |key, value| add(2, key, value))?;
        each_row(&rows, tables::CREDENTIALS, |key, value| add(3, key, value))?;
        each_row(&rows, tables::REPORTS, |key, value| add(4, key, value))?;
        each_row(&rows, tables::CUSTODY, |key, value| add(5, key, value))?;
        each_row(&rows, tables::ARRIVALS, |key, value| add(6, key, value))?;
        Ok(Held { digest: *hasher.finalize().as_bytes(), ends })
    })
}

fn each_row<K: Key + 'static, V: Value + 'static>(
    rows: &ReadTransaction,
    table: TableDefinition<'static, K, V>,
    mut each: impl FnMut(&[u8], &[u8]),
) -> Result<(), Trouble> {
    for row in rows.open_table(table)?.iter()? {
        let (key, value) = row?;
        each(K::as_bytes(&key.value()).as_ref(), V::as_bytes(&value.value()).as_ref());
    }
    Ok(())
}
