//! Rows in and out: what a commit writes, and what a start and a sync read.

use std::ops::Bound;

use digiana_core::credential::Envelope;
use digiana_core::engine::commit::{Commit, StoreWrite, Stored};
use digiana_core::id::{JournalId, NodeId, TownId};
use digiana_core::journal::batch::Batch;
use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, TableHandle, WriteTransaction,
};

use super::Owner;
use super::fault::Trouble;
use super::tables::{
    ARRIVALS, BATCHES, CREDENTIALS, CUSTODY, EntryKey, FORMAT, META, REPORTS, entry_key, entry_of,
    report_key, wall_bytes, wall_of,
};

const BATCHES_NAME: &str = "batches-1";
const META_NAME: &str = "meta-1";

fn begin(database: &Database) -> Result<WriteTransaction, Trouble> {
    let mut transaction = database.begin_write()?;
    // One-phase commits can be made to look whole by bytes a foreign author chose.
    transaction.set_two_phase_commit(true);
    Ok(transaction)
}

/// Makes every table, so that reading never meets a missing one.
pub(super) fn found(database: &Database, owner: Owner) -> Result<(), Trouble> {
    let transaction = begin(database)?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert("format", FORMAT.to_be_bytes().as_slice())?;
        meta.insert("town", owner.town.as_bytes().as_slice())?;
        meta.insert("node", owner.node.as_bytes().as_slice())?;
        transaction.open_table(BATCHES)?;
        transaction.open_table(CREDENTIALS)?;
        transaction.open_table(REPORTS)?;
        transaction.open_table(CUSTODY)?;
        transaction.open_table(ARRIVALS)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Checks that the store is of this format, this town and this node.
pub(super) fn check_meta(database: &Database, owner: Owner) -> Result<(), Trouble> {
    let transaction = database.begin_read()?;
    for table in transaction.list_tables()? {
        let number = table.name().strip_prefix("meta-").and_then(|number| number.parse().ok());
        if let Some(found) = number.filter(|number| *number > FORMAT) {
            return Err(Trouble::Newer { found });
        }
    }
    let format = meta(&transaction, "format")?;
    let format = u32::from_be_bytes(fixed(&format, "format")?);
    if format > FORMAT {
        return Err(Trouble::Newer { found: format });
    }
    if format == 0 {
        return Err(Trouble::row(META_NAME, "the format is 0"));
    }
    let town = TownId(fixed(&meta(&transaction, "town")?, "town")?);
    if town != owner.town {
        let (found, ours) = (town.to_string(), owner.town.to_string());
        return Err(Trouble::Foreign { whose: "town", found, ours });
    }
    let node = NodeId(fixed(&meta(&transaction, "node")?, "node")?);
    if node != owner.node {
        let (found, ours) = (node.to_string(), owner.node.to_string());
        return Err(Trouble::Foreign { whose: "node", found, ours });
    }
    Ok(())
}

fn meta(transaction: &ReadTransaction, key: &str) -> Result<Vec<u8>, Trouble> {
    let table = transaction.open_table(META)?;
    let value = table.get(key)?;
    let value = value.ok_or_else(|| Trouble::row(META_NAME, format!("{key} is missing")))?;
    Ok(value.value().to_vec())
}

fn fixed<const N: usize>(bytes: &[u8], key: &str) -> Result<[u8; N], Trouble> {
    bytes.try_into().map_err(|_| {
        Trouble::row(META_NAME, format!("{key} has {} bytes instead of {N}", bytes.len()))
    })
}

/// Writes commits in one transaction: all of them or none.
pub(super) fn write(database: &Database, commits: &[Commit]) -> Result<(), Trouble> {
    let transaction = begin(database)?;
    for write in commits.iter().flat_map(|commit| &commit.writes) {
        write_one(&transaction, write)?;
    }
    transaction.commit()?;
    Ok(())
}

fn write_one(transaction: &WriteTransaction, write: &StoreWrite) -> Result<(), Trouble> {
    match write {
        StoreWrite::Append { batch, block_first } => append(transaction, batch, *block_first)?,
        StoreWrite::Credential(envelope) => {
            let mut table = transaction.open_table(CREDENTIALS)?;
            table.insert(envelope.id().as_bytes(), envelope.to_bytes().as_slice())?;
        }
        StoreWrite::Report { node, scope, bytes } => {
            let mut table = transaction.open_table(REPORTS)?;
            table.insert(report_key(*node, *scope).as_slice(), bytes.as_slice())?;
        }
        StoreWrite::Custody { upto, at } => {
            let mut table = transaction.open_table(CUSTODY)?;
            table.insert(&entry_key(upto.journal, upto.seq), &wall_bytes(*at))?;
        }
        StoreWrite::Arrival { journal, seq, at } => {
            let mut table = transaction.open_table(ARRIVALS)?;
            table.insert(&entry_key(*journal, *seq), &wall_bytes(*at))?;
        }
    }
    Ok(())
}

fn append(transaction: &WriteTransaction, batch: &Batch, block_first: u64) -> Result<(), Trouble> {
    let mut table = transaction.open_table(BATCHES)?;
    let journal = batch.journal;
    if !batch.seal.closes_block || block_first == batch.first {
        table.insert(&entry_key(journal, batch.first), batch.to_bytes().as_slice())?;
        return Ok(());
    }
    let mut block: Vec<Batch> = Vec::new();
    let mut next = block_first;
    let block_before = entry_key(journal, block_first)..entry_key(journal, batch.first);
    for row in table.range::<&EntryKey>(&block_before.start..&block_before.end)? {
        let (key, value) = row?;
        let row = read_row(key.value(), value.value())?;
        // `Batch::join` takes neighbours only; that the rows of a block are is the store's to know.
        if row.first != next {
            return Err(hole(journal, next));
        }
        next = row.last() + 1;
        block.push(row);
    }
    if next != batch.first {
        return Err(hole(journal, next));
    }
    table.retain_in::<&EntryKey, _>(&block_before.start..&block_before.end, |_, _| false)?;
    block.push(batch.clone());
    let joined = Batch::join(block);
    table.insert(&entry_key(journal, block_first), joined.to_bytes().as_slice())?;
    Ok(())
}

fn hole(journal: JournalId, seq: u64) -> Trouble {
    Trouble::row(BATCHES_NAME, format!("journal {journal} has no row that begins at entry {seq}"))
}

fn read_row(key: &EntryKey, bytes: &[u8]) -> Result<Batch, Trouble> {
    let entry = entry_of(key);
    let wrong = |why: &dyn ToString| {
        Trouble::row(BATCHES_NAME, format!("row {entry}: {}", why.to_string()))
    };
    let batch = Batch::read(bytes).map_err(|error| wrong(&error))?;
    if batch.journal == entry.journal && batch.first == entry.seq {
        Ok(batch)
    } else {
        Err(wrong(&"its key names another batch"))
    }
}

/// Whether an entry of one of the appended batches is stored.
pub(super) fn any_landed(database: &Database, commits: &[Commit]) -> Result<bool, Trouble> {
    let transaction = database.begin_read()?;
    for write in commits.iter().flat_map(|commit| &commit.writes) {
        if let StoreWrite::Append { batch, .. } = write
            && !batches_from(&transaction, batch.journal, batch.last(), 0)?.is_empty()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Every journal with a row. One look-up a journal, however long it is.
pub(super) fn journals(database: &Database) -> Result<Vec<JournalId>, Trouble> {
    let transaction = database.begin_read()?;
    let table = transaction.open_table(BATCHES)?;
    let mut journals = Vec::new();
    let mut after: Option<EntryKey> = None;
    loop {
        let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let Some(row) = table.range::<&EntryKey>((start, Bound::Unbounded))?.next() else {
            return Ok(journals);
        };
        let (key, _) = row?;
        let journal = entry_of(key.value()).journal;
        journals.push(journal);
        after = Some(entry_key(journal, u64::MAX));
    }
}

/// The rows from the one that holds `from` on, read at one moment.
pub(super) fn batches(
    database: &Database,
    journal: JournalId,
    from: u64,
    bytes_max: usize,
) -> Result<Vec<Batch>, Trouble> {
    batches_from(&database.begin_read()?, journal, from, bytes_max)
}

fn batches_from(
    transaction: &ReadTransaction,
    journal: JournalId,
    from: u64,
    bytes_max: usize,
) -> Result<Vec<Batch>, Trouble> {
    let table = transaction.open_table(BATCHES)?;
    let (low, here, high) =
        (entry_key(journal, 0), entry_key(journal, from), entry_key(journal, u64::MAX));
    let holder = table.range::<&EntryKey>(&low..=&here)?.next_back().transpose()?;
    let start = holder.map_or(here, |(key, _)| *key.value());
    let mut bytes = 0;
    let mut out = Vec::new();
    for row in table.range::<&EntryKey>(&start..=&high)? {
        let (key, value) = row?;
        let batch = read_row(key.value(), value.value())?;
        if batch.last() < from {
            continue;
        }
        bytes += batch.entries().len();
        out.push(batch);
        if bytes > bytes_max {
            break;
        }
    }
    Ok(out)
}

/// What the store holds beside journals.
pub(super) fn stored(database: &Database) -> Result<Stored, Trouble> {
    let transaction = database.begin_read()?;
    let mut stored = Stored::default();
    for row in transaction.open_table(CREDENTIALS)?.iter()? {
        let (key, value) = row?;
        let envelope =
            Envelope::read(value.value()).map_err(Trouble::malformed("credentials-1"))?;
        if envelope.id().as_bytes() != key.value() {
            let why = format!("{} stands under another id", envelope.id());
            return Err(Trouble::row("credentials-1", why));
        }
        stored.credentials.push(envelope);
    }
    for row in transaction.open_table(REPORTS)?.iter()? {
        stored.reports.push(row?.1.value().to_vec());
    }
    for row in transaction.open_table(CUSTODY)?.iter()? {
        let (key, value) = row?;
        let at = wall_of(value.value()).map_err(Trouble::malformed("custody-1"))?;
        stored.custody.push((entry_of(key.value()), at));
    }
    Ok(stored)
}
