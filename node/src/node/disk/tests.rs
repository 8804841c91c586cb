//! Nobody is told that a commit is durable before the flush that makes it so has returned.

use std::thread;

use digiana_core::engine::commit::StoreWrite;
use digiana_core::id::{JournalId, NodeId, TownId};
use digiana_core::journal::batch::Batch;
use digiana_core::journal::journals::Journals as _;
use digiana_core::sign::Signature;
use digiana_core::wire::put_varint;

use super::*;
use crate::store::Owner;
use crate::store::recording::{Event, Flush, Recording, write_at};

const OWNER: Owner = Owner { town: TownId([5; 32]), node: NodeId([7; 32]) };
const CACHE_BYTES: usize = 1 << 20;

/// The commit that appends entry `number` to the journal, whose entries are one byte each.
fn commit(number: u64) -> Commit {
    let mut bytes = vec![3; JournalId::LEN];
    put_varint(&mut bytes, number);
    put_varint(&mut bytes, 1);
    bytes.push(0);
    bytes.extend_from_slice(&[9; Signature::LEN]);
    bytes.push(0);
    let batch = Batch::read(&bytes).unwrap();
    Commit { id: CommitId(number), writes: vec![StoreWrite::Append { batch, block_first: number }] }
}

/// A disk with an empty store, durably; and its image.
fn new_disk() -> (Recording, Vec<u8>) {
    let disk = Recording::of(Vec::new());
    disk.found(OWNER, CACHE_BYTES).close().unwrap();
    let image = disk.image();
    (Recording::of(image.clone()), image)
}

/// How many entries a disk with that image gives back.
fn entries(image: Vec<u8>) -> u64 {
    let store = Recording::of(image).open(OWNER, CACHE_BYTES).expect("it opens");
    let rows = store.rows(JournalId([3; JournalId::LEN]), 1, usize::MAX).unwrap();
    rows.last().map_or(0, Batch::last)
}

/// What is surely left if the power goes after these events: what a flush that returned had
/// before it.
fn durable(before: &[u8], events: &[Event]) -> Vec<u8> {
    let flushed = events.iter().rposition(|event| *event == Event::Flushed).unwrap_or(0);
    let began = events[..flushed].iter().rposition(|event| *event == Event::Flushing);
    let mut image = before.to_vec();
    for event in &events[..began.unwrap_or(0)] {
        match event {
            Event::Written { at, bytes } => write_at(&mut image, *at, bytes),
            Event::Resized(len) => image.resize(usize::try_from(*len).unwrap(), 0),
            Event::Left(left) => image.clone_from(left),
            Event::Flushing | Event::Flushed | Event::Handed(_) | Event::Told(_) => {}
        }
    }
    image
}

/// The commits of which somebody was told although they would not be there if the power went at
/// that moment.
fn told_too_early(before: &[u8], events: &[Event]) -> Vec<u64> {
    let mut early = Vec::new();
    for (at, event) in events.iter().enumerate() {
        if let Event::Told(number) = event
            && entries(durable(before, &events[..at])) < *number
        {
            early.push(*number);
        }
    }
    early
}

/// Writes into the record what the thread says, at the moment it says it.
fn note(disk: &Recording, said: &DiskAnswer) {
    if let DiskAnswer::Persisted(commits) = said {
        commits.iter().for_each(|commit| disk.note(Event::Told(commit.0)));
    }
}

/// The thread of a node over that disk: its queue, and what it says.
struct Thread {
    queue: mpsc::UnboundedSender<Job>,
    said: mpsc::UnboundedReceiver<DiskAnswer>,
    runs: thread::JoinHandle<()>,
}

impl Thread {
    fn start(disk: &Recording, jobs: impl IntoIterator<Item = Job>) -> Self {
        let store = disk.open(OWNER, CACHE_BYTES).expect("it opens");
        let (queue, from_queue) = mpsc::unbounded_channel();
        jobs.into_iter().for_each(|job| queue.send(job).unwrap());
        let (answer, said) = mpsc::unbounded_channel();
        let disk = disk.clone();
        let runs = thread::spawn(move || {
            work(&store, from_queue, |said| {
                note(&disk, &said);
                answer.send(said).unwrap();
            });
        });
        Self { queue, said, runs }
    }

    fn persist(&self, number: u64) {
        self.queue.send(Job::Persist(commit(number))).unwrap();
    }

    /// Lets it do all that waits; returns what nobody has read yet.
    fn end(mut self) -> Vec<DiskAnswer> {
        drop(self.queue);
        self.runs.join().unwrap();
        std::iter::from_fn(|| self.said.try_recv().ok()).collect()
    }
}

fn jobs(count: usize) -> impl Iterator<Item = Job> {
    (1..=u64::try_from(count).unwrap()).map(|number| Job::Persist(commit(number)))
}

#[test]
fn what_is_told_has_been_flushed_one_by_one_and_in_groups() {
    for group in [1, 2, 7, GROUP_MAX, GROUP_MAX + 5] {
        let (disk, before) = new_disk();
        let said = Thread::start(&disk, jobs(group)).end();
        assert_eq!(said.len(), group.div_ceil(GROUP_MAX), "{said:?}");
        let events = disk.events();
        let told = events.iter().filter(|event| matches!(event, Event::Told(_))).count();
        assert_eq!(told, group, "each is told once");
        assert_eq!(told_too_early(&before, &events), [0; 0], "of {group}");
        assert_eq!(entries(disk.image()), u64::try_from(group).unwrap());
    }
}

#[test]
fn while_a_flush_has_not_returned_nobody_is_told() {
    // A commit has two flushes: of the pages and their root, and of the word that it counts.
    for held in 0..2 {
        let (disk, _) = new_disk();
        let thread = Thread::start(&disk, []);
        disk.flushes(Flush::HoldsAfter(held));
        thread.persist(1);
        disk.until_held();
        assert!(!disk.events().contains(&Event::Told(1)), "flush {held} is under way");
        disk.flushes(Flush::Answers);
        thread.end();
        assert!(disk.events().contains(&Event::Told(1)));
    }
}

#[test]
fn a_flush_that_fails_lets_nobody_be_told_and_stops_the_node() {
    for flushes in 0..8 {
        let (disk, before) = new_disk();
        let mut thread = Thread::start(&disk, []);
        disk.flushes(Flush::FailsAfter(flushes));
        let mut told = 0;
        for number in 1.. {
            thread.persist(number);
            match thread.said.blocking_recv() {
                Some(DiskAnswer::Persisted(_)) => told = number,
                Some(DiskAnswer::Broken(StoreFault::Io { .. })) => break,
                other => panic!("{other:?}"),
            }
        }
        thread.end();
        assert_eq!(told, u64::from(flushes / 2), "a commit is told by its second flush");
        assert_eq!(told_too_early(&before, &disk.events()), [0; 0]);
    }
}

#[tokio::test]
async fn the_loop_hears_of_it_only_after_the_flush() {
    let (disk, _) = new_disk();
    let mut thread = Disk::start(Arc::new(disk.open(OWNER, CACHE_BYTES).unwrap()));
    disk.flushes(Flush::HoldsAfter(0));
    thread.persist(commit(1));
    let held = disk.clone();
    tokio::task::spawn_blocking(move || held.until_held()).await.unwrap();
    assert!(thread.answer_now().is_none());
    disk.flushes(Flush::Answers);
    assert!(matches!(thread.answer().await, DiskAnswer::Persisted(ids) if ids == [CommitId(1)]));
    thread.close().await;
}

#[tokio::test]
async fn a_store_that_was_closed_can_be_opened_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    Store::create(&path, OWNER, CACHE_BYTES).unwrap().close().unwrap();
    for number in 1..=10 {
        let store = Store::open(&path, OWNER, CACHE_BYTES).expect("nobody has it");
        let thread = Disk::start(Arc::new(store));
        thread.persist(commit(number));
        thread.close().await;
    }
}

#[test]
fn a_thread_that_tells_before_it_commits_is_caught() {
    let (disk, before) = new_disk();
    let store = disk.open(OWNER, CACHE_BYTES).unwrap();
    for number in 1..=3 {
        note(&disk, &DiskAnswer::Persisted(vec![CommitId(number)]));
        store.commit(&[commit(number)]).unwrap();
    }
    assert_eq!(told_too_early(&before, &disk.events()), [1, 2, 3]);
}

#[test]
fn a_disk_that_confirms_without_flushing_is_caught() {
    let (disk, before) = new_disk();
    let thread = Thread::start(&disk, []);
    disk.flushes(Flush::Lies);
    thread.persist(1);
    assert_eq!(thread.end().len(), 1);
    assert_eq!(told_too_early(&before, &disk.events()), [1]);
}
