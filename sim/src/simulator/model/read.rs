//! Facts as they stand in journals.
//!
//! Whoever plays the disks shows the model every batch that a node wrote; what came from a peer is
//! known already and passed over.

use std::collections::BTreeMap;

use digiana_core::engine::Engine;
use digiana_core::fact::{Fact, Kind};
use digiana_core::id::{EntryId, JournalId, TownId};
use digiana_core::journal::batch::Batch;
use digiana_core::journal::chain::{Chain, DoesNotAttach};
use digiana_core::journal::entry::Position;
use digiana_core::journal::opening::Reclaim;
use digiana_core::sign::Signature;

use super::{Held, Model, Recorded};

/// Reads batches of any journals of a town into a model, each entry once.
#[derive(Debug)]
pub struct Reader {
    town: TownId,
    journals: BTreeMap<JournalId, Read>,
}

/// How far a journal was read.
#[derive(Debug)]
struct Read {
    chain: Chain,
    // Invariant: ascending; the start, and the end of each batch with its seal.
    met: Vec<(Position, Option<Signature>)>,
}

impl Reader {
    /// A reader that has read nothing of that town.
    pub fn new(town: TownId) -> Self {
        Self { town, journals: BTreeMap::new() }
    }

    /// Reads a batch that a disk took: facts the model does not know are recorded there.
    ///
    /// A batch with another seal where one was read replaces that and what followed: a disk that
    /// failed took nothing of it, and its node writes other entries under those names.
    ///
    /// # Errors
    /// [`DoesNotAttach`] when it is no part of a journal of this town, or comes before its
    /// predecessors.
    pub fn read(&mut self, batch: &Batch, model: &mut Model) -> Result<(), DoesNotAttach> {
        if !self.journals.contains_key(&batch.journal) {
            let chain = Chain::opened_by(self.town, batch)?;
            let start = Position::start(chain.opening().root(self.town));
            let before = chain.opening().predecessor.map(|end| (end.journal, end.seq));
            model.lives.open(batch.journal, chain.scope(), chain.author(), before);
            self.journals.insert(batch.journal, Read { chain, met: vec![(start, None)] });
        }
        let Read { chain, met } =
            self.journals.get_mut(&batch.journal).expect("a journal was found or just put in");
        let last = batch.last();
        if met.iter().rev().any(|(at, seal)| at.seq == last && *seal == Some(batch.seal.signature))
        {
            // A seal covers everything before it.
            return Ok(());
        }
        let before = met.iter().rev().find(|(position, _)| position.seq < batch.first);
        let (before, _) = *before.expect("every journal starts at 0");
        if before.seq + 1 != batch.first {
            return Err(DoesNotAttach::Gap { held: before.seq });
        }
        let (journal, scope, author) = (batch.journal, chain.scope(), chain.author());
        if met.iter().any(|(position, _)| position.seq >= batch.first) {
            model.forget_from(scope, EntryId { journal, seq: batch.first });
        }
        let after = batch.read_entries(before, |entry| {
            let id = EntryId { journal, seq: entry.seq };
            if entry.kind == Kind::RECLAIM
                && let Ok(Reclaim { end }) = minicbor::decode(entry.body)
            {
                model.lives.reclaim(id, end.journal, end.seq);
            }
            if entry.kind < Kind::CORRECT {
                return;
            }
            // A kind that this version does not know is nothing that a node could show.
            let Ok(Some(fact)) = Fact::decode(entry.kind, entry.body) else { return };
            model.record(Recorded {
                entry: id,
                hash: entry.hash,
                scope,
                author,
                counter: entry.counter,
                wall: entry.wall,
                fact,
            });
        })?;
        met.retain(|(position, _)| position.seq < batch.first);
        met.push((after, Some(batch.seal.signature)));
        Ok(())
    }
}

/// What each entry is to a node: by how far its disk has each journal, by its credentials, and by
/// what the later lives among them say. None while something waits for its disk, since its own facts
/// are folded before the disk has them and others' only then.
pub fn held_by(engine: &Engine, model: &Model) -> Option<impl Fn(&Recorded) -> Held> {
    let frontier = engine.frontier();
    let holds = |entry: EntryId| {
        frontier.chain(entry.journal).is_some_and(|chain| entry.seq <= chain.durable_seq())
    };
    let undoubted = model.lives.undoubted(&holds);
    (engine.pending_commits() == 0).then_some(move |recorded: &Recorded| {
        let EntryId { journal, seq } = recorded.entry;
        let kind = recorded.fact.kind();
        let standing = engine.credentials().standing(recorded.author);
        if !holds(recorded.entry)
            || !standing.is_some_and(|node| node.may_write(recorded.scope, kind))
        {
            Held::Not
        } else if undoubted.get(&journal).is_none_or(|upto| seq <= *upto) {
            Held::Admitted
        } else {
            Held::Unverified
        }
    })
}
