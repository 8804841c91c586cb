//! What the disk answered: only now do facts count for others, and only now is anybody told.

use std::collections::BTreeSet;

use super::commit::{CommitId, StoreWrite};
use super::effect::{Alarm, Change, Effect};
use super::{Engine, PendingCommit};
use crate::id::{EntryId, LinkId};
use crate::journal::chain::{Chain, VerifiedBatch};
use crate::journal::journals::{Journals, JournalsFault};
use crate::limits::RELAY_AFTER;
use crate::scope::Scope;
use crate::service::shelter::refusal::Refusal;
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
        for (journal, tip) in &done.advanced {
            self.frontier.made_durable(*journal, *tip);
            let scope = self.frontier.chain(*journal).map(Chain::scope);
            scope.into_iter().for_each(|scope| self.reports.scope_changed(scope));
            if self.is_headquarters(self.me) {
                // Stored in the same commit; see `custody_here`.
                self.custody.note(EntryId { journal: *journal, seq: tip.position.seq }, now.wall);
            }
        }
        self.mark_is_off |= done.is_own;
        let mut unsettled = BTreeSet::new();
        for (link, batch) in done.foreign {
            self.on_foreign_durable(link, &batch, &mut unsettled, now);
        }
        for (scope, reclaim) in done.reclaims {
            self.frontier.reclaim(reclaim);
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
        link: LinkId,
        batch: &VerifiedBatch,
        unsettled: &mut BTreeSet<Scope>,
        now: Timestamp,
    ) {
        let journal = batch.batch().journal;
        let seq = batch.after().seq;
        self.foreign_bytes -= batch.batch().entries().len();
        let chain = self.frontier.chain(journal).expect("a durable batch has a chain");
        let (author, scope) = (chain.author(), chain.scope());
        if self.fold_batch(batch) {
            unsettled.insert(scope);
        }
        self.reports.heard_entry(author, batch, now);
        self.reports.still_coming(now);
        self.publish(Change::Scope(scope));
        if author == self.me {
            self.reclaim_at.insert(journal, now.monotonic + 10 * RELAY_AFTER);
        }
        if let Some(session) = self.links.get_mut(&link) {
            session.flow.peer_holds(journal, seq);
            let peer = session.peer();
            self.send(link, vec![Frame::Have { journal, seq }]);
            if self.is_headquarters(peer) {
                self.note_custody(EntryId { journal, seq }, now);
            }
        }
        for (other, session) in &mut self.links {
            if *other != link {
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
        for link in self.linked() {
            self.converse(link, journals, now, |session, replica, out| session.begin(replica, out));
        }
    }
}
