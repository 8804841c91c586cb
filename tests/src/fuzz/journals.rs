//! Batches of a journal: what attaches, is kept to the byte and can be cut anywhere.

use digiana_core::credential::town_of;
use digiana_core::fact::Kind;
use digiana_core::id::JournalId;
use digiana_core::journal::batch::{Batch, Seal};
use digiana_core::journal::chain::Chain;
use digiana_core::journal::entry::{Position, write_entry};
use digiana_core::journal::opening::Opening;
use digiana_core::scope::Scope;
use digiana_core::sign::{Scheme, Signature, Signer};
use digiana_core::time::{Confidence, Wall};
use digiana_core::wire::put_varint;

use super::cursor::Cursor;
use super::keys::signer;
use super::wire::has_a_place;

/// Which journal the entries are said to be of.
pub(super) fn opening(author: &Signer) -> Opening {
    let nonce = minicbor::bytes::ByteArray::from([0x77; 16]);
    Opening { node: author.node(), scope: Scope::Shelter, life: 1, nonce, predecessor: None }
}

/// A batch is kept as it came. Sealed here, so that its entries are looked at too, it attaches
/// whole or says why not.
pub(super) fn journal(bytes: &[u8]) {
    match Batch::read(bytes) {
        Err(why) => has_a_place(&why, bytes),
        Ok(batch) => assert_eq!(batch.to_bytes(), bytes),
    }

    let author = signer(3);
    let town = town_of(&signer(1).public());
    let mut cursor = Cursor::new(bytes);
    let flags = cursor.byte();
    let count = u64::from(cursor.byte()) + 1;
    let opening = opening(author);
    let mut entries = Vec::new();
    if flags & 1 == 0 {
        let wall = Wall { seconds: 1_790_000_000, confidence: Confidence::Held };
        let start = Position::start(opening.root(town));
        write_entry(&mut entries, start, Kind::OPENING, 41, wall, &opening.to_bytes());
    }
    entries.extend_from_slice(cursor.rest());
    let mut batch = batch_of(opening.journal(town), count, entries);
    let mut seen = 0_u64;
    let start = Position::start(opening.root(town));
    let Ok(end) = batch.read_entries(start, |_| seen += 1) else { return };
    assert_eq!((seen, end.seq), (count, count));
    batch.seal = Seal::make(author, town, batch.journal, end, flags & 2 != 0);
    assert_eq!(Batch::read(&batch.to_bytes()), Ok(batch.clone()));
    let Ok(chain) = Chain::opened_by(town, &batch) else { return };
    for first in 2..=count {
        let tail = batch.clone().starting_at(first).expect("a read batch can be cut");
        assert_eq!((tail.first, tail.last()), (first, count));
    }
    let Ok((verified, tip)) = chain.attach(Scheme::Simulated, town, batch.clone()) else { return };
    assert_eq!((verified.batch(), tip.position), (&batch, end));
    // One changed bit anywhere is another journal's word, or nobody's.
    let at = usize::from(flags >> 2) % batch.entries().len();
    let mut changed = batch.entries().to_vec();
    changed.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
    let mut forged = batch_of(batch.journal, count, changed);
    forged.seal = batch.seal;
    let forged =
        Chain::opened_by(town, &forged).and_then(|it| it.attach(Scheme::Simulated, town, forged));
    assert!(forged.is_err(), "a changed batch attaches");
}

/// A batch from entry 1, with no good seal.
fn batch_of(journal: JournalId, count: u64, entries: Vec<u8>) -> Batch {
    let mut bytes = journal.as_bytes().to_vec();
    put_varint(&mut bytes, 1);
    put_varint(&mut bytes, count);
    bytes.push(0);
    bytes.extend_from_slice(&[0; Signature::LEN]);
    bytes.extend(entries);
    Batch::read(&bytes).expect("an input is shorter than a block")
}
