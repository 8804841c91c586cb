//! What a disk never took is no fact, whatever its node writes under those names later.

use digiana_core::credential::town_of;
use digiana_core::fact::correct::Correct;
use digiana_core::fact::words::Words;
use digiana_core::fact::{Fact, Kind};
use digiana_core::id::{EntryId, JournalId};
use digiana_core::journal::chain::Chain;
use digiana_core::journal::opening::Opening;
use digiana_core::journal::writer::seal_entries;
use digiana_core::scope::Scope;
use digiana_core::sign::{Scheme, Signer};
use digiana_core::time::{Confidence, Wall};
use minicbor::bytes::ByteArray;

use crate::simulator::model::Model;
use crate::simulator::model::read::Reader;

/// A kind that only another version knows.
const UNKNOWN: Kind = Kind(9_000);

fn correction() -> (Kind, Vec<u8>) {
    let target = EntryId { journal: JournalId([9; 8]), seq: 7 };
    let fact = Fact::Correct(Correct { target, target_hash: [1; 4], reason: Words::new("訓練") });
    (fact.kind(), fact.encode())
}

#[test]
fn facts_that_a_disk_refused_are_forgotten_with_all_that_followed_them() {
    let signer = Signer::new(Scheme::Simulated, &[1; 32]);
    let town = town_of(&signer.public());
    let opening = Opening {
        node: signer.node(),
        scope: Scope::Shelter,
        life: 1,
        nonce: ByteArray::from([3; 16]),
        predecessor: None,
    };
    let wall = Wall { seconds: 1_790_000_000, confidence: Confidence::Held };
    let (mut reader, mut model) = (Reader::new(town), Model::default());
    let mut chain = Chain::new(town, opening.clone());
    let begins = [(Kind::OPENING, opening.to_bytes()), correction()];
    let (batch, tip) = seal_entries(&signer, town, &chain, &begins, 1, wall);
    chain.advance(tip);
    reader.read(batch.batch(), &mut model).unwrap();
    let refused = [correction(), correction(), correction()];
    let (batch, _) = seal_entries(&signer, town, &chain, &refused, 5, wall);
    reader.read(batch.batch(), &mut model).unwrap();
    assert_eq!(model.facts().count(), 4);
    // Once there is room it writes one entry there, of a kind that shows nothing.
    let (batch, _) = seal_entries(&signer, town, &chain, &[(UNKNOWN, vec![0x80])], 5, wall);
    reader.read(batch.batch(), &mut model).unwrap();
    let known: Vec<u64> = model.facts().map(|recorded| recorded.entry.seq).collect();
    assert_eq!(known, [2]);
}
