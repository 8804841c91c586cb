//! Commands: a rule decides, the facts are sealed, and the answer waits for the disk.

use std::collections::BTreeMap;

use super::commit::StoreWrite;
use super::effect::{Accepted, Change, Effect};
use super::input::{Command, RequestId};
use super::own::Life;
use super::{Engine, PendingCommit};
use crate::fact::{Fact, Kind};
use crate::id::EntryId;
use crate::journal::chain::VerifiedBatch;
use crate::journal::opening::Reclaim;
use crate::journal::writer::seal_entries;
use crate::limits::{
    COMMAND_BYTES_MAX, COMMITS_PENDING_MAX, ENTRY_BYTES_MAX, FACTS_PER_COMMAND_MAX,
};
use crate::scope::Scope;
use crate::service::asked::Context;
use crate::service::refusal::Refusal;
use crate::service::{Origin, Standing};
use crate::time::{Timestamp, Wall};

/// The most bytes an entry's header may add to its body.
const HEADER_BYTES_MAX: usize = 32;

impl Engine {
    pub(super) fn on_commanded(&mut self, request: RequestId, command: &Command, now: Timestamp) {
        match self.decide(command, now) {
            Ok(facts) => {
                let (writes, mut waits) = self.append(&facts, now.wall);
                let recorded = waits.own.iter();
                let facts =
                    recorded.map(|(scope, origin, fact)| (*scope, origin.entry, fact.clone()));
                waits.request = Some((request, Accepted { facts: facts.collect() }));
                self.persist(writes, waits);
            }
            Err(refusal) => {
                self.effects.push_back(Effect::Indicate { request, outcome: Err(refusal) });
            }
        }
    }

    fn decide(&self, command: &Command, now: Timestamp) -> Result<Vec<(Scope, Fact)>, Refusal> {
        if self.store_refuses {
            return Err(Refusal::NotDurable);
        }
        if self.pending.len() >= COMMITS_PENDING_MAX {
            return Err(Refusal::Busy);
        }
        let facts = self.folds.decide(command, &Context { site: self.site, now: now.wall })?;
        let me = self.credentials.standing(self.me).ok_or(Refusal::NotPermitted)?;
        let permitted = facts.iter().all(|(scope, fact)| me.may_write(*scope, fact.kind()));
        if !permitted {
            return Err(Refusal::NotPermitted);
        }
        let mut of_scopes: BTreeMap<Scope, usize> = BTreeMap::new();
        let mut fits = true;
        for (scope, fact) in &facts {
            let bytes = fact.encode().len() + HEADER_BYTES_MAX;
            let of_scope = of_scopes.entry(*scope).or_default();
            *of_scope += bytes;
            fits &= bytes <= ENTRY_BYTES_MAX && *of_scope <= COMMAND_BYTES_MAX;
        }
        if facts.len() > FACTS_PER_COMMAND_MAX {
            return Err(Refusal::TooMany);
        }
        if fits { Ok(facts) } else { Err(Refusal::TooLong) }
    }

    /// Seals facts into this node's journals, one seal a scope, and folds them.
    fn append(&mut self, facts: &[(Scope, Fact)], wall: Wall) -> (Vec<StoreWrite>, PendingCommit) {
        let mut writes = Vec::new();
        let mut waits = PendingCommit::own();
        let mut scopes: Vec<Scope> = facts.iter().map(|(scope, _)| *scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        for scope in scopes {
            let of_scope = || facts.iter().filter(|(of, _)| *of == scope).map(|(_, fact)| fact);
            let entries = of_scope().map(|fact| (fact.kind(), fact.encode())).collect();
            let (batch, opened) = self.seal(scope, entries, wall, &mut writes, &mut waits);
            let journal = batch.batch().journal;
            let mut facts = of_scope();
            let mut skip_opening = opened;
            let folds = &mut self.folds;
            let me = self.me;
            batch.each_entry(|entry| {
                if std::mem::take(&mut skip_opening) {
                    return;
                }
                let origin = Origin {
                    entry: EntryId { journal, seq: entry.seq },
                    hash: entry.hash,
                    author: me,
                    counter: entry.counter,
                    wall: entry.wall,
                    standing: Standing::Admitted,
                };
                let fact = facts.next().expect("an entry for each fact");
                folds.apply(scope, &origin, fact);
                waits.own.push((scope, origin, fact.clone()));
            });
        }
        (writes, waits)
    }

    /// Takes back a journal of this node's own, in the life that follows it.
    pub(super) fn append_reclaim(&mut self, scope: Scope, reclaim: Reclaim, wall: Wall) {
        let mut writes = Vec::new();
        let mut waits = PendingCommit::own();
        let body = crate::fact::to_cbor(&reclaim);
        self.seal(scope, vec![(Kind::RECLAIM, body)], wall, &mut writes, &mut waits);
        waits.reclaims.push((scope, reclaim));
        self.persist(writes, waits);
    }

    /// Seals entries of one scope, in a new life where none may go on; whether it began one.
    fn seal(
        &mut self,
        scope: Scope,
        mut entries: Vec<(Kind, Vec<u8>)>,
        wall: Wall,
        writes: &mut Vec<StoreWrite>,
        waits: &mut PendingCommit,
    ) -> (VerifiedBatch, bool) {
        let (journal, opened) = match self.own.life(scope, &self.frontier) {
            Life::Begun(journal) => (journal, false),
            Life::New(chain) => {
                entries.insert(0, (Kind::OPENING, chain.opening().to_bytes()));
                let journal = chain.journal();
                self.frontier.insert(*chain);
                (journal, true)
            }
        };
        let chain = self.frontier.chain(journal).expect("a life that is written has a chain");
        let block_first = chain.tip().block_first();
        let town = self.credentials.town();
        let counter = self.counter + 1;
        let (batch, tip) = seal_entries(&self.signer, town, chain, &entries, counter, wall);
        self.counter = tip.position.counter;
        self.frontier.advance(journal, tip);
        waits.advanced.push((journal, tip));
        writes.push(StoreWrite::Append { batch: batch.batch().clone(), block_first });
        writes.extend(self.custody_here(EntryId { journal, seq: tip.position.seq }, wall));
        (batch, opened)
    }

    /// Tells whoever asked that it is durable, and the pages that something changed.
    pub(super) fn indicate(&mut self, request: RequestId, accepted: Accepted) {
        let scopes: Vec<Scope> = accepted.facts.iter().map(|(scope, ..)| *scope).collect();
        self.effects.push_back(Effect::Indicate { request, outcome: Ok(accepted) });
        scopes.into_iter().for_each(|scope| self.publish(Change::Scope(scope)));
    }
}
