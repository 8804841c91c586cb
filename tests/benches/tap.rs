//! A tap until it is durable and indicated, against one raw commit of the same bytes.
//!
//! A real node on a real disk, one tap after the other; between every two taps the same bytes go
//! into a table of the same layout in a redb file of its own beside it, in one two-phase commit.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use digiana_core::engine::input::Command;
use digiana_core::fact::shelter::Assurance;
use digiana_core::id::EntryId;
use digiana_core::journal::journals::{Journals as _, MemoryJournals};
use digiana_core::scope::Scope;
use digiana_core::service::shelter::command;
use digiana_node::handle::Handle;
use digiana_node::node::Node;
use digiana_tests::disk;
use digiana_tests::figure::{median, milliseconds, progress, quantile, sized, tell};
use digiana_tests::town::{Town, noise, site, token};
use redb::{Database, TableDefinition};

/// Where the shelter's reader stands.
const SHELTER: usize = 1;

/// The store's own layout: journal and sequence, then a batch.
const BATCHES: TableDefinition<'static, &[u8; 16], &[u8]> = TableDefinition::new("batches-1");

/// The bytes of one batch as they stand in both files.
struct Row {
    key: [u8; 16],
    value: Vec<u8>,
}

fn main() -> anyhow::Result<()> {
    let people = sized(4_231, 60);
    let (warm, rounds, taps) = sized((231, 5, 800), (10, 1, 50));
    let folder = disk::folder()?;
    let config = disk::config(folder.path(), site(SHELTER));
    progress("writing a town with its tokens");
    let mut town = Town::of(2);
    disk::found(&mut town, &config, site(SHELTER), &Scope::EVERY_READER)?;
    let mut journals = MemoryJournals::default();
    town.open_incident(&mut journals)?;
    town.open_site(&mut journals, SHELTER, site(SHELTER))?;
    town.link_tokens(&mut journals, people)?;
    disk::save(&town, &config, &journals)?;

    let runtime = tokio::runtime::Runtime::new()?;
    let node = runtime.block_on(Node::open(config))?;
    let handle = node.handle();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = runtime.spawn(node.run(async {
        let _ = stopped.await;
    }));
    let raw = raw_file(folder.path())?;
    let mut people = 0..people;
    let mut measure = |count: usize| -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
        let (mut tapped, mut committed) = (Vec::new(), Vec::new());
        for person in people.by_ref().take(count) {
            let (took, row) = runtime.block_on(tap(&handle, person))?;
            tapped.push(milliseconds(took));
            committed.push(milliseconds(commit(&raw, &row)?));
        }
        Ok((tapped, committed))
    };
    progress("warming up");
    measure(warm)?;
    let mut measured = Vec::new();
    for round in 1..=rounds {
        progress(&format!("round {round} of {rounds}: {taps} taps"));
        measured.push(measure(taps)?);
    }
    for (metric, part) in [("p50", 50), ("p99", 99)] {
        let tapped = measured.iter().map(|(tapped, _)| quantile(tapped, part, 100));
        let committed = measured.iter().map(|(_, committed)| quantile(committed, part, 100));
        let (tapped, committed): (Vec<f64>, Vec<f64>) = tapped.zip(committed).unzip();
        tell("tap", metric, median(&tapped), "ms", median(&committed));
    }
    let _ = stop.send(());
    runtime.block_on(running)??;
    Ok(())
}

/// One tap: how long until it was indicated, and the row that stands in the store for it.
async fn tap(handle: &Handle, person: usize) -> anyhow::Result<(Duration, Row)> {
    let asked =
        command::Command::TapCheckIn { token: token(person), assurance: Assurance::Vouched };
    let began = Instant::now();
    let accepted = handle.submit(Command::Shelter(asked)).await?;
    let took = began.elapsed();
    let (_, entry, _) = accepted.facts.first().context("a tap is a fact")?;
    Ok((took, row(handle, *entry)?))
}

/// The bytes that were written for an entry: its own batch, even where a block has swallowed it.
fn row(handle: &Handle, entry: EntryId) -> anyhow::Result<Row> {
    let EntryId { journal, seq } = entry;
    let mut key = [0; 16];
    let (name, place) = key.split_at_mut(8);
    name.copy_from_slice(journal.as_bytes());
    place.copy_from_slice(&seq.to_be_bytes());
    let stored = handle.store().rows(journal, seq, 0)?;
    let batch = stored.into_iter().next().context("what was indicated is stored")?;
    Ok(Row { key, value: batch.starting_at(seq)?.to_bytes() })
}

/// A redb file beside the store, with a reader's cache.
fn raw_file(folder: &Path) -> anyhow::Result<Database> {
    let mut builder = Database::builder();
    builder.set_cache_size(digiana_node::store::READER_CACHE_BYTES);
    let raw = builder.create(folder.join("raw.redb"))?;
    commit(&raw, &Row { key: noise("raw", 0), value: vec![0] })?;
    Ok(raw)
}

fn commit(raw: &Database, row: &Row) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut transaction = raw.begin_write()?;
    transaction.set_two_phase_commit(true);
    transaction.open_table(BATCHES)?.insert(&row.key, row.value.as_slice())?;
    transaction.commit()?;
    Ok(began.elapsed())
}
