//! What a chain takes up, and what it refuses.

use super::*;
use crate::journal::journals::{MemoryJournals, run_from};
use crate::journal::writer::seal_entries;
use crate::sign::Signer;
use crate::time::{Confidence, Wall};
use minicbor::bytes::ByteArray;

const TOWN: TownId = TownId([5; 32]);
const WALL: Wall = Wall { seconds: 1_790_000_000, confidence: Confidence::Held };

struct Author {
    signer: Signer,
    chain: Chain,
    batches: Vec<Batch>,
    counter: u64,
}

fn author() -> Author {
    let signer = Signer::new(Scheme::Ed25519, &[3; 32]);
    let opening = Opening {
        node: signer.node(),
        scope: Scope::Shelter,
        life: 1,
        nonce: ByteArray::from([1; 16]),
        predecessor: None,
    };
    let chain = Chain::new(TOWN, opening.clone());
    let mut author = Author { signer, chain, batches: Vec::new(), counter: 0 };
    author.write(vec![(Kind::OPENING, opening.to_bytes())]);
    author
}

impl Author {
    fn write(&mut self, entries: Vec<(Kind, Vec<u8>)>) {
        let counter = self.counter + 1;
        self.counter += u64::try_from(entries.len()).unwrap();
        let (batch, tip) = seal_entries(&self.signer, TOWN, &self.chain, &entries, counter, WALL);
        self.chain.advance(tip);
        self.batches.push(batch.batch().clone());
    }

    fn facts(&mut self, bodies: &[&[u8]]) {
        self.write(bodies.iter().map(|body| (Kind(19), body.to_vec())).collect());
    }
}

fn follow(chain: &mut Chain, batch: Batch) -> Result<(), DoesNotAttach> {
    let (_, tip) = chain.attach(Scheme::Ed25519, TOWN, batch)?;
    chain.advance(tip);
    Ok(())
}

fn replica(author: &Author) -> Chain {
    Chain::opened_by(TOWN, &author.batches[0]).unwrap()
}

#[test]
fn a_replica_that_hears_every_batch_stands_where_the_author_stands() {
    let mut author = author();
    author.facts(&[b"one", b"two"]);
    author.facts(&[b"three"]);
    let mut replica = replica(&author);
    for batch in &author.batches {
        follow(&mut replica, Batch::read(&batch.to_bytes()).unwrap()).unwrap();
    }
    assert_eq!(replica, author.chain);
}

#[test]
fn a_batch_that_overlaps_adds_only_what_is_new() {
    let mut author = author();
    author.facts(&[b"one"]);
    author.facts(&[b"two"]);
    let mut replica = replica(&author);
    follow(&mut replica, author.batches[0].clone()).unwrap();
    follow(&mut replica, author.batches[1].clone()).unwrap();
    let all = Batch::join(author.batches.clone());
    follow(&mut replica, all.clone()).unwrap();
    assert_eq!(replica, author.chain);
    assert_eq!(follow(&mut replica, all), Err(DoesNotAttach::Held { held: 3 }));
}

#[test]
fn a_missing_batch_is_a_gap_and_nothing_moves() {
    let mut author = author();
    author.facts(&[b"one"]);
    author.facts(&[b"two"]);
    let mut replica = replica(&author);
    follow(&mut replica, author.batches[0].clone()).unwrap();
    let gap = follow(&mut replica, author.batches[2].clone());
    assert_eq!(gap, Err(DoesNotAttach::Gap { held: 1 }));
}

#[test]
fn every_changed_byte_of_a_batch_is_found() {
    let mut author = author();
    author.facts(&[b"one", b"two"]);
    let mut chain = replica(&author);
    follow(&mut chain, author.batches[0].clone()).unwrap();
    let bytes = author.batches[1].to_bytes();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            let verdict = Batch::read(&changed)
                .map_err(DoesNotAttach::Malformed)
                .and_then(|batch| chain.attach(Scheme::Ed25519, TOWN, batch));
            // The journal's name leads to the chain; with another name it is another chain's batch.
            assert!(verdict.is_err() || place < 8, "byte {place} bit {bit}");
        }
    }
}

#[test]
fn blocks_close_before_a_command_could_overfill_them_and_become_one_row() {
    let mut author = author();
    for _ in 0..1000 {
        author.facts(&[&[7; 40]]);
    }
    let mut replica = replica(&author);
    let mut store = MemoryJournals::default();
    for batch in &author.batches {
        let block_first = replica.tip().block_first();
        follow(&mut replica, batch.clone()).unwrap();
        store.append(batch.clone(), block_first);
    }
    assert_eq!(replica, author.chain);
    let mut fresh = Chain::opened_by(TOWN, &author.batches[0]).unwrap();
    let mut runs = 0;
    while let Some(run) = run_from(&store, fresh.journal(), fresh.tip().position.seq + 1).unwrap() {
        follow(&mut fresh, run).unwrap();
        runs += 1;
    }
    assert_eq!(fresh, author.chain);
    assert_eq!(runs, 3, "two closed blocks and the open one");
    let middle = run_from(&store, fresh.journal(), 300).unwrap().unwrap();
    assert_eq!((middle.first, middle.seal.closes_block), (300, true));
}

/// What a command may write is what a block has room for, wherever in the block it comes.
#[test]
fn the_largest_command_fits_behind_the_fullest_open_block() {
    let mut author = author();
    let long = vec![7; crate::limits::COMMAND_BYTES_MAX / 64 - 32];
    let command = vec![long.as_slice(); 64];
    for singles in (0..100).step_by(7) {
        for _ in 0..singles {
            author.facts(&[&long]);
        }
        author.facts(&command);
    }
    let mut replica = replica(&author);
    for batch in &author.batches {
        let sent = Batch::read(&batch.to_bytes()).unwrap();
        follow(&mut replica, sent).unwrap();
    }
    assert_eq!(replica.tip(), author.chain.tip());
}

#[test]
fn a_journal_opens_itself_and_only_once() {
    let mut author = author();
    let opening = author.chain.opening().to_bytes();
    author.write(vec![(Kind::OPENING, opening)]);
    let mut replica = replica(&author);
    follow(&mut replica, author.batches[0].clone()).unwrap();
    let again = follow(&mut replica, author.batches[1].clone());
    assert_eq!(again, Err(DoesNotAttach::NotAnOpening));
    let mut renamed = author.batches[0].clone();
    renamed.journal = JournalId([9; 8]);
    assert_eq!(Chain::opened_by(TOWN, &renamed), Err(DoesNotAttach::NotAnOpening));
}
