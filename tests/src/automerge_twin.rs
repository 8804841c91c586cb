//! The same entries as an Automerge document, and Automerge's own sync between two of them.
//!
//! One map, a key of 22 characters and a value of random bytes an entry, each in a change of its
//! own by one of many actors. Its sync verifies no signature and asks for none.

use std::ops::Range;
use std::time::Duration;

use automerge::sync::{Message, State, SyncDoc as _};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, Automerge, ROOT, ScalarValue};

use crate::figure::thread_cpu;
use crate::town::noise;

/// How many messages one sync may take.
const MESSAGES_MAX: usize = 10_000;

/// Writes entries with these numbers, the authors taking turns.
///
/// # Errors
/// When Automerge refuses one.
pub fn write(
    document: &mut Automerge,
    authors: Range<usize>,
    entries: Range<usize>,
) -> anyhow::Result<()> {
    for (author, entry) in authors.cycle().zip(entries) {
        document.set_actor(ActorId::from(noise::<16>("actor", author)));
        let mut transaction = document.transaction();
        let value = ScalarValue::Bytes(noise::<80>("value", entry).to_vec());
        transaction.put(ROOT, key(entry), value)?;
        transaction.commit();
    }
    Ok(())
}

/// A key as random as the names of entries are.
fn key(entry: usize) -> String {
    let drawn = noise::<22>("key", entry);
    drawn.iter().filter_map(|byte| char::from_digit(u32::from(*byte) % 36, 36)).collect()
}

/// What Automerge's sync of two documents cost: bytes both ways, CPU of both sides. It begins with
/// no peer state, and ends when neither has anything to say.
///
/// # Errors
/// When it does not end with equal documents.
pub fn sync(one: &mut Automerge, other: &mut Automerge) -> anyhow::Result<(usize, Duration)> {
    let (mut of_one, mut of_other) = (State::new(), State::new());
    let mut bytes = 0;
    let began = thread_cpu();
    for _ in 0..MESSAGES_MAX {
        let there = send(one, &mut of_one, other, &mut of_other)?;
        let back = send(other, &mut of_other, one, &mut of_one)?;
        bytes += there + back;
        if there + back == 0 {
            let cpu = thread_cpu() - began;
            anyhow::ensure!(one.get_heads() == other.get_heads(), "the documents differ");
            return Ok((bytes, cpu));
        }
    }
    anyhow::bail!("Automerge's sync never ends")
}

/// Carries one message, and says how long it was; 0 when there was none.
fn send(
    from: &Automerge,
    of_from: &mut State,
    to: &mut Automerge,
    of_to: &mut State,
) -> anyhow::Result<usize> {
    let Some(message) = from.generate_sync_message(of_from) else { return Ok(0) };
    let bytes = message.encode();
    to.receive_sync_message(of_to, Message::decode(&bytes)?)?;
    Ok(bytes.len())
}
