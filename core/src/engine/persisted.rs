//! What the disk answered: only now do facts count for others, and only now is anybody told.

use std::collections::{BTreeMap, BTreeSet};

use super::commit::{CommitId, StoreWrite};
use super::effect::{Alarm, Change, Effect};
use super::{Engine, PendingCommit};
use crate::id::{EntryId, LinkId};
use crate::journal::chain::{Chain, VerifiedBatch};
use crate::journal::journals::{Journals, JournalsFault};
use crate::limits::RECLAIM_AFTER;
use crate::planted::{self, Bug};
use crate::scope::Scope;
use crate::service::refusal::Refusal;
use crate::sync::frame::Frame;
use crate::time::{Timestamp, Wall};

impl Engine {
    pub(super) fn on_persisted(
        &mut self,
        commit: CommitId,
        journals: &dyn Journals,
        now: Timestamp,
    ) {
        let Some(done) = self.pending.remove(&commit) else {
            return;
        };
        let mut began = BTreeSet::new();
        for (journal, tip) in &done.advanced {
            if self.frontier.chain(*journal).is_some_and(|chain| chain.durable().is_none()) {
                began.insert(*journal);
            }
            self.frontier.made_durable(*journal, *tip);
            let scope = self.frontier.chain(*journal).map(Chain::scope);
            scope.into_iter().for_each(|scope| self.reports.scope_changed(scope));
            if self.is_headquarters(self.me) {
                // Stored in the same commit; see `custody_here`.
                self.custody.note(EntryId { journal: *journal, seq: tip.position.seq }, now.wall);
            }
        }
        let mut unsettled = BTreeSet::new();
        if done.is_own {
            for (journal, _) in &done.advanced {
                // Entries of the life before came back while this one was on its way to the disk.
                if began.contains(journal) && self.unsettles(*journal) {
                    unsettled.extend(self.frontier.chain(*journal).map(Chain::scope));
                    self.reclaim_soon(now);
                }
            }
        }
        if let Some((links, batch)) = done.foreign {
            self.on_foreign_durable(&links, &batch, &mut unsettled, now);
        }
        for (scope, reclaim) in done.reclaims {
            self.frontier.reclaim(scope, self.me, reclaim);
            unsettled.insert(scope);
        }
        for scope in unsettled {
            self.fold_afresh(scope, journals);
        }
        if !done.credentials.is_empty() {
            self.on_credentials_durable(&done.credentials, journals, now);
        }
        if let Some((request, accepted)) = done.request {
            self.indicate(request, accepted);
        }
        if done.is_own {
            for link in self.linked() {
                let pushed = self.converse(link, journals, now, |session, replica, out| {
                    session.push_own(replica, out)
                });
                self.settle(link, pushed);
            }
        }
    }

    fn on_foreign_durable(
        &mut self,
        links: &BTreeMap<LinkId, u64>,
        batch: &VerifiedBatch,
        unsettled: &mut BTreeSet<Scope>,
        now: Timestamp,
    ) {
        let journal = batch.batch().journal;
        let seq = batch.after().seq;
        self.foreign_bytes -= super::foreign::pending_bytes(batch);
        let chain = self.frontier.chain(journal).expect("a durable batch has a chain");
        let (author, scope) = (chain.author(), chain.scope());
        let folded = if planted::is(Bug::LastEntryNotFolded) { seq - 1 } else { seq };
        if self.fold_batch(batch, 0..=folded) {
            unsettled.insert(scope);
        }
        self.reports.heard_entry(author, batch, now);
        self.reports.still_coming(now);
        self.publish(Change::Scope(scope));
        if author == self.me {
            self.reclaim_at.insert(journal, now.monotonic + RECLAIM_AFTER);
        }
        for (link, brought) in links {
            let Some(session) = self.links.get_mut(link) else { continue };
            let held = seq.min(*brought);
            session.flow.peer_holds(journal, held);
            let peer = session.peer();
            self.send(*link, vec![Frame::Have { journal, seq }]);
            if self.is_headquarters(peer) {
                self.note_custody(EntryId { journal, seq: held }, now);
            }
        }
        for (other, session) in &mut self.links {
            if !links.contains_key(other) {
                session.relay_soon(now);
            }
        }
    }

    /// Headquarters holds a journal up to an entry.
    pub(super) fn note_custody(&mut self, upto: EntryId, now: Timestamp) {
        if self.custody.note(upto, now.wall) {
            self.publish(Change::Custody);
            let writes = vec![StoreWrite::Custody { upto, at: now.wall }];
            self.persist(writes, PendingCommit::default());
        }
    }

    /// At headquarters, what becomes durable is in its custody by that same commit.
    pub(super) fn custody_here(&self, upto: EntryId, at: Wall) -> Option<StoreWrite> {
        self.is_headquarters(self.me).then_some(StoreWrite::Custody { upto, at })
    }

    fn on_credentials_durable(
        &mut self,
        new: &[crate::credential::Envelope],
        journals: &dyn Journals,
        now: Timestamp,
    ) {
        for envelope in new {
            // It was checked before it was stored; another commit may have brought it meanwhile.
            let _ = self.credentials.insert(envelope);
        }
        self.frontier.writers_changed();
        let scopes: BTreeSet<Scope> = self.frontier.in_order().map(|chain| chain.scope()).collect();
        for scope in scopes {
            self.fold_afresh(scope, journals);
        }
        self.publish(Change::Credentials);
        self.compare_afresh(journals, now);
    }

    /// Begins a comparison with every peer that is known.
    pub(super) fn compare_afresh(&mut self, journals: &dyn Journals, now: Timestamp) {
        for link in self.linked() {
            self.converse(link, journals, now, |session, replica, out| {
                if replica.credentials.standing(session.peer()).is_some() {
                    session.begin(replica, out);
                }
            });
        }
    }

    fn fold_afresh(&mut self, scope: Scope, journals: &dyn Journals) {
        let rebuilt = self.rebuild(scope, journals);
        self.store_readable(rebuilt);
    }

    pub(super) fn store_readable(&mut self, read: Result<(), JournalsFault>) {
        if read.is_err() {
            self.store_refuses = true;
            self.alarm(Alarm::StoreUnreadable);
        }
    }

    pub(super) fn on_persist_failed(&mut self, commit: CommitId, journals: &dyn Journals) {
        if !self.pending.contains_key(&commit) {
            return; // It was given up with one before it.
        }
        let failed = self.pending.split_off(&commit);
        assert!(self.pending.is_empty(), "the shell answers commits in the order it got them");
        self.store_refuses = true;
        let scopes = Self::touched(&failed);
        self.frontier.fall_back();
        self.own.fall_back(&self.frontier);
        self.foreign_bytes = 0;
        for (_, commit) in failed {
            if let Some((request, _)) = commit.request {
                let outcome = Err(Refusal::NotDurable);
                self.effects.push_back(Effect::Indicate { request, outcome });
            }
        }
        for scope in scopes {
            self.fold_afresh(scope, journals);
        }
    }

    pub(super) fn on_store_ready(&mut self, journals: &dyn Journals, now: Timestamp) {
        self.store_refuses = false;
        self.reclaim_soon(now);
        for link in self.linked() {
            self.converse(link, journals, now, |session, replica, out| {
                if replica.credentials.standing(session.peer()).is_none() {
                    session.ask_again(out);
                }
            });
        }
        self.compare_afresh(journals, now);
    }
}
