//! A town's year of points and rides, folded cold; one fact that comes late; what a posting weighs.
//!
//! Bytes as they lie in journals are read and folded, and every account is asked for once, as a node
//! does between its start and the first page. The late fact is folded into that state, and its account
//! asked for again: what it costs is held against folding all of it afresh.

use std::time::Duration;

use anyhow::Context as _;
use digiana_core::engine::folds::Folds;
use digiana_core::fact::shelter::Assurance;
use digiana_core::fact::transport::{BookIssued, Ride};
use digiana_core::fact::wellbeing::{Grant, Spend, Visit};
use digiana_core::fact::{Fact, Kind};
use digiana_core::id::{BookId, EntryId, Hash, JournalId, NodeId, PersonId, RecordId};
use digiana_core::scope::Scope;
use digiana_core::service::{Origin, Standing};
use digiana_core::time::{Confidence, Wall};
use digiana_tests::figure::{count, median, milliseconds, progress, sized, tell, thread_cpu};
use digiana_tests::town::{person, site};

/// The town's people.
const PEOPLE: usize = 4_231;

/// How long a cold fold may take: milliseconds.
const COLD_MS: f64 = 1_000.0;

/// What a folded posting may weigh: bytes.
const POSTING_BYTES: f64 = 120.0;

/// When the year begins: Unix seconds.
const BEGINS: i64 = 1_760_000_000;

/// How many seconds lie between two facts.
const STEP_SECONDS: i64 = 120;

/// An entry as it lies in a journal.
type Entry = (Scope, Kind, Vec<u8>);

fn main() -> anyhow::Result<()> {
    let (postings, rides, rounds) = sized((250_000, 25_000, 7), (500, 50, 1));
    progress("services: a year of points and rides");
    let points: Vec<Entry> = (0..postings).map(posting).collect();
    let tickets: Vec<Entry> = (0..rides).flat_map(ride).collect();
    let mut cold = Vec::new();
    let mut late = Vec::new();
    let mut weight = Vec::new();
    for _ in 0..rounds {
        let before = resident()?;
        let mut folds = Folds::default();
        let began = thread_cpu();
        fold(&mut folds, &points)?;
        look(&folds, 0..PEOPLE);
        let postings_cpu = thread_cpu() - began;
        weight.push((resident()? - before) / count(points.len()));
        let began = thread_cpu();
        fold(&mut folds, &tickets)?;
        look(&folds, 0..PEOPLE);
        cold.push(milliseconds(postings_cpu + (thread_cpu() - began)));
        late.push(milliseconds(one_late(&mut folds, postings)?));
    }
    let whole = median(&cold);
    tell("services", "cold fold, CPU", whole, "ms", COLD_MS);
    tell("services", "one late fact, against folding all afresh", median(&late), "ms", whole);
    // Later rounds are given the memory that the one before gave back.
    let heaviest = weight.iter().copied().fold(0.0, f64::max);
    tell("services", "memory of a folded posting", heaviest, "B", POSTING_BYTES);
    Ok(())
}

/// Folds entries as a start does: each from its bytes.
fn fold(folds: &mut Folds, entries: &[Entry]) -> anyhow::Result<()> {
    for (seq, (scope, kind, body)) in (1..).zip(entries) {
        let fact = Fact::decode(*kind, body)?.context("the kind is known")?;
        folds.apply(*scope, &origin(seq), &fact);
    }
    Ok(())
}

/// Asks for these people's accounts.
fn look(folds: &Folds, people: std::ops::Range<usize>) {
    for number in people {
        let ids = [person(number)];
        std::hint::black_box(folds.wellbeing.wallet(&ids));
        std::hint::black_box(folds.transport.allotted(&ids).owed());
    }
}

/// One more visit of somebody, and their account.
fn one_late(folds: &mut Folds, postings: usize) -> anyhow::Result<Duration> {
    let (scope, kind, body) = posting(0);
    let began = thread_cpu();
    let fact = Fact::decode(kind, &body)?.context("the kind is known")?;
    folds.apply(scope, &origin(u64::try_from(postings)? + 7), &fact);
    look(folds, 0..1);
    Ok(thread_cpu() - began)
}

fn origin(seq: u64) -> Origin {
    // A town's thirty devices write in turns.
    let [.., journal] = (seq % 30).to_be_bytes();
    Origin {
        entry: EntryId { journal: JournalId([journal; 8]), seq },
        hash: Hash(*blake3::hash(&seq.to_le_bytes()).as_bytes()),
        author: NodeId([journal; 32]),
        counter: seq,
        wall: wall(seq),
        standing: Standing::Admitted,
    }
}

fn wall(seq: u64) -> Wall {
    let steps = i64::try_from(seq).unwrap_or(i64::MAX);
    let seconds = BEGINS.saturating_add(steps.saturating_mul(STEP_SECONDS));
    Wall { seconds, confidence: Confidence::Held }
}

/// A visit that earns by one rule; every eighth is a payment instead.
fn posting(number: usize) -> Entry {
    let person = person(number % PEOPLE);
    let fact = if number % 8 == 7 {
        Fact::from(Spend {
            person,
            shop: site(number % 89),
            points: 10,
            assurance: Assurance::Listed,
            happened_at: None,
        })
    } else {
        let rule = RecordId([1; 8]);
        let grant = Grant { rule, version: [1, 2, 3, 4], points: 10, daily_cap: Some(20) };
        Fact::from(Visit {
            person,
            site: site(number % 7),
            grants: vec![grant],
            assurance: Assurance::Listed,
            happened_at: None,
            temperature: None,
        })
    };
    (Scope::Wellbeing, fact.kind(), fact.encode())
}

/// A ride; before every eleventh its rider is handed a book.
fn ride(number: usize) -> Vec<Entry> {
    let rider = person(number / 11 % PEOPLE);
    let ride = Fact::from(Ride {
        person: rider,
        vehicle: site(100 + number % 5),
        operator: Some(RecordId([2; 8])),
        route: Some(RecordId([3; 8])),
        from: Some(RecordId([4; 8])),
        to: None,
        tickets: 1,
        fare: None,
        assurance: Assurance::Listed,
        happened_at: None,
    });
    let book = number.is_multiple_of(11).then(|| issued(rider, number));
    let facts = book.into_iter().chain(std::iter::once(ride));
    facts.map(|fact| (Scope::Transport, fact.kind(), fact.encode())).collect()
}

fn issued(person: PersonId, number: usize) -> Fact {
    let mut book = [0; 8];
    book.copy_from_slice(&u64::try_from(number).unwrap_or_default().to_be_bytes());
    Fact::from(BookIssued {
        book: BookId(book),
        person,
        product: RecordId([5; 8]),
        version: [1, 2, 3, 4],
        tickets: 11,
        price: 2_000,
        operator: None,
        valid_until: None,
        happened_at: None,
    })
}

/// The memory of this process that is in use: bytes.
fn resident() -> anyhow::Result<f64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm.split_whitespace().nth(1).context("the second figure is the resident set")?;
    Ok(pages.parse::<f64>()? * count(rustix::param::page_size()))
}
