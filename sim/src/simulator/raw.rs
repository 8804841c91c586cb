//! Journals as they stand on a disk, read without the engine's help.

use std::collections::BTreeMap;

use digiana_core::engine::Engine;
use digiana_core::fact::Fact;
use digiana_core::fact::edit::Edit;
use digiana_core::id::{EntryId, RecordId};
use digiana_core::journal::chain::Chain;
use digiana_core::journal::entry::{Entry, Position};
use digiana_core::journal::journals::Journals;
use digiana_core::limits::BLOCK_BYTES_MAX;
use digiana_core::scope::Scope;

/// Looks at every durable entry of a journal, in order; whether all of it could be read.
pub(super) fn each_entry(
    journals: &dyn Journals,
    engine: &Engine,
    chain: &Chain,
    mut each: impl FnMut(&Entry<'_>),
) -> bool {
    let town = engine.credentials().town();
    let mut position = Position::start(chain.opening().root(town));
    loop {
        let Ok(rows) = journals.rows(chain.journal(), position.seq + 1, BLOCK_BYTES_MAX) else {
            return false;
        };
        if rows.is_empty() {
            return true;
        }
        for row in rows {
            match row.read_entries(position, |entry| each(&entry)) {
                Ok(after) => position = after,
                Err(_) => return false,
            }
        }
    }
}

/// The edits of one record in a scope that count, by entry, each with its counter; none where the disk cannot be read.
pub(super) fn edits(
    journals: &dyn Journals,
    engine: &Engine,
    scope: Scope,
    record: RecordId,
) -> Option<BTreeMap<EntryId, (u64, Edit)>> {
    let mut edits = BTreeMap::new();
    let mut corrected = Vec::new();
    for chain in engine.frontier().in_order().filter(|chain| chain.scope() == scope) {
        let journal = chain.journal();
        let settled = engine.frontier().settled(journal);
        let whole = each_entry(journals, engine, chain, |entry| {
            if entry.seq > settled {
                return;
            }
            match Fact::decode(entry.kind, entry.body) {
                Ok(Some(Fact::Edit(edit))) if edit.record == record => {
                    edits.insert(EntryId { journal, seq: entry.seq }, (entry.counter, edit));
                }
                Ok(Some(Fact::Correct(correct))) => corrected.push(correct.target),
                Ok(_) | Err(_) => {}
            }
        });
        if !whole {
            return None;
        }
    }
    for target in corrected {
        edits.remove(&target);
    }
    Some(edits)
}
