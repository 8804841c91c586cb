//! Folding entries, and folding a scope afresh when the set of its admitted entries shrinks.

use std::ops::RangeInclusive;

use super::Engine;
use super::effect::Change;
use crate::fact::{Fact, Kind};
use crate::id::JournalId;
use crate::journal::chain::{Chain, VerifiedBatch};
use crate::journal::entry::{Entry, Position};
use crate::journal::journals::{Journals, JournalsFault};
use crate::journal::opening::Reclaim;
use crate::limits::BLOCK_BYTES_MAX;
use crate::scope::Scope;
use crate::service::{Origin, Standing};

impl Engine {
    /// Folds those entries of a durable batch: each by what credentials and later lives say of it.
    ///
    /// The scope may have to be folded afresh afterwards, which the answer says: a reclaim or a
    /// new life changed what earlier entries count for.
    pub(super) fn fold_batch(
        &mut self,
        batch: &VerifiedBatch,
        entries: RangeInclusive<u64>,
    ) -> bool {
        let journal = batch.batch().journal;
        let chain = self.frontier.chain(journal).expect("a batch that attached has a chain");
        let (author, scope) = (chain.author(), chain.scope());
        let mut opens = false;
        let mut reclaims = Vec::new();
        let undisputed = self.frontier.undisputed(journal);
        let standing = self.credentials.standing(author);
        let folds = &mut self.folds;
        batch.each_entry(|entry| {
            if !entries.contains(&entry.seq) {
                return;
            }
            match entry.kind {
                Kind::OPENING => opens = true,
                Kind::RECLAIM => reclaims.extend(minicbor::decode::<Reclaim>(entry.body).ok()),
                // Not permitted yet: it waits in its journal until a credential says otherwise.
                kind if !standing.is_some_and(|node| node.may_write(scope, kind)) => {}
                kind => match Fact::decode(kind, entry.body) {
                    Ok(Some(fact)) => {
                        let origin = origin(journal, author, &entry, undisputed);
                        folds.apply(scope, &origin, &fact);
                    }
                    Ok(None) | Err(_) => folds.note_unknown(scope),
                },
            }
        });
        let mut unsettles = opens && self.unsettles(journal);
        for reclaim in reclaims {
            let settled = self.frontier.settled(reclaim.end.journal);
            self.frontier.reclaim(scope, author, reclaim);
            unsettles |= settled != self.frontier.settled(reclaim.end.journal);
        }
        unsettles
    }

    /// Whether the opening of a journal that just became durable changes what entries of the life
    /// before it count for.
    pub(super) fn unsettles(&self, journal: JournalId) -> bool {
        let chain = self.frontier.chain(journal);
        let Some(chain) = chain.filter(|chain| chain.durable().is_some()) else { return false };
        let Some(end) = chain.opening().predecessor else { return false };
        let lives = self.frontier.lives(chain.scope(), chain.author());
        let follows = |life: &&Chain| {
            life.opening().predecessor.is_some_and(|before| before.journal == end.journal)
        };
        let rivals = lives.filter(follows).any(|life| life.journal() != journal);
        let held = self.frontier.chain(end.journal).map_or(0, Chain::durable_seq);
        end.seq < held || (rivals && end.seq > 0)
    }

    /// Folds a scope afresh from its journals and from what waits for the disk.
    pub(super) fn rebuild(
        &mut self,
        scope: Scope,
        journals: &dyn Journals,
    ) -> Result<(), JournalsFault> {
        self.folds.forget(scope);
        let chains = self.frontier.in_order().filter(|chain| chain.scope() == scope);
        let ends: Vec<(JournalId, u64, Position)> = chains
            .map(|chain| {
                let start = Position::start(chain.opening().root(self.credentials.town()));
                (chain.journal(), chain.durable_seq(), start)
            })
            .collect();
        for (journal, end, start) in ends {
            // Where rows met that were read. Between two looks the disk may join some of them into
            // a block, which is then read from where it begins: an entry means nothing without the
            // one before it.
            let mut met = vec![start];
            let mut folded = 0;
            while folded < end {
                let rows = journals.rows(journal, folded + 1, BLOCK_BYTES_MAX)?;
                let broken = |why: String| JournalsFault { journal, why };
                if rows.is_empty() {
                    return Err(broken(format!("entries after {folded} are gone")));
                }
                for row in rows {
                    met.retain(|position| position.seq < row.first);
                    let before = met.last().copied().unwrap_or(start);
                    let batch = VerifiedBatch::stored(row, before);
                    let batch = batch.map_err(|why| broken(why.to_string()))?;
                    met.push(batch.after());
                    // A row may hold more than this node has been told is durable.
                    self.fold_batch(&batch, folded + 1..=end);
                    folded = batch.after().seq;
                }
            }
        }
        let own = self.pending.values().flat_map(|commit| &commit.own);
        for (_, origin, fact) in own.filter(|(of, ..)| *of == scope) {
            self.folds.apply(scope, origin, fact);
        }
        self.publish(Change::Scope(scope));
        Ok(())
    }
}

fn origin(
    journal: JournalId,
    author: crate::id::NodeId,
    entry: &Entry<'_>,
    undisputed: u64,
) -> Origin {
    let standing = if entry.seq <= undisputed { Standing::Admitted } else { Standing::Unverified };
    Origin {
        entry: crate::id::EntryId { journal, seq: entry.seq },
        hash: entry.hash,
        author,
        counter: entry.counter,
        wall: entry.wall,
        standing,
    }
}
