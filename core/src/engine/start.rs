//! Waking up: everything is read from the store once, and folded.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::commit::Stored;
use super::folds::Folds;
use super::own::OwnLives;
use super::reports::Reports;
use super::{Engine, EngineConfig};
use crate::credential::set::{CredentialFault, CredentialSet};
use crate::frontier::Frontier;
use crate::id::JournalId;
use crate::journal::batch::Seal;
use crate::journal::chain::{Chain, DoesNotAttach};
use crate::journal::entry::Position;
use crate::journal::journals::{Journals, JournalsFault};
use crate::limits::{BLOCK_BYTES_MAX, COUNTER_LEAP_MAX, COUNTER_MAX};
use crate::planted::{self, Bug};
use crate::receipt::Report;
use crate::receipt::custody::Custody;
use crate::scope::Scope;
use crate::time::Timestamp;

/// Why a node cannot start from its store. The store is damaged, or of another town.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartFault {
    /// The store cannot be read.
    #[error(transparent)]
    Journals(#[from] JournalsFault),
    /// A stored journal is not what it was.
    #[error("journal {journal} in the store is damaged: {why}")]
    Damaged {
        /// Which journal.
        journal: JournalId,
        /// What is wrong.
        why: DoesNotAttach,
    },
    /// A stored credential is not of this town.
    #[error("a credential in the store does not hold: {0}")]
    Credential(#[from] CredentialFault),
}

impl Engine {
    /// Wakes up with what the store holds.
    ///
    /// # Errors
    /// [`StartFault`] when the store cannot be believed; nothing was changed.
    pub fn start(
        config: EngineConfig,
        stored: Stored,
        journals: &dyn Journals,
        now: Timestamp,
    ) -> Result<Self, StartFault> {
        let EngineConfig { scheme, root, signer, site, seed } = config;
        let mut credentials = CredentialSet::new(scheme, root);
        let mut envelopes = stored.credentials;
        envelopes.sort_by_key(|envelope| envelope.kind);
        for envelope in &envelopes {
            credentials.insert(envelope)?;
        }
        let town = credentials.town();
        let me = signer.node();
        let mut custody = Custody::default();
        for (upto, at) in stored.custody {
            custody.note(upto, at);
        }
        let mut reports = Reports::new(now);
        for bytes in stored.reports {
            // A report that no longer reads is dropped: newer ones come by themselves.
            if let Ok(report) = Report::read(scheme, town, &bytes.into()) {
                reports.take(report, now);
            }
        }
        let mut engine = Self {
            me,
            signer,
            site,
            credentials,
            frontier: Frontier::new(town),
            folds: Folds::default(),
            custody,
            reports,
            links: BTreeMap::new(),
            own: OwnLives::new(me, town, seed),
            counter: 0,
            store_refuses: false,
            next_commit: 1,
            pending: BTreeMap::new(),
            foreign_bytes: 0,
            reclaim_at: BTreeMap::new(),
            forked: BTreeSet::new(),
            effects: VecDeque::new(),
        };
        let mut unsettled = BTreeSet::new();
        for journal in journals.list()? {
            unsettled.extend(engine.restore(journal, journals)?);
        }
        for scope in unsettled {
            engine.rebuild(scope, journals)?;
        }
        engine.believe_counters();
        engine.reclaim_soon(now);
        Ok(engine)
    }

    /// Takes up one journal; its scope, if that must be folded afresh once all are held.
    fn restore(
        &mut self,
        journal: JournalId,
        journals: &dyn Journals,
    ) -> Result<Option<Scope>, StartFault> {
        let mut unsettled = None;
        let damaged = |why| StartFault::Damaged { journal, why };
        let mut held = 0;
        let mut newest = None;
        loop {
            let rows = journals.rows(journal, held + 1, BLOCK_BYTES_MAX)?;
            if rows.is_empty() {
                self.check_seal(journal, newest).map_err(damaged)?;
                return Ok(unsettled);
            }
            for row in rows {
                newest = Some(row.seal);
                if held == 0 {
                    let town = self.credentials.town();
                    self.frontier.insert(Chain::opened_by(town, &row).map_err(damaged)?);
                }
                let batch = self.frontier.restore(journal, row).map_err(damaged)?;
                held = batch.batch().last();
                if self.fold_batch(&batch, 0..=held) {
                    unsettled = self.frontier.chain(journal).map(Chain::scope);
                }
                let is_unknown = self.folds.unknown_in_all() > 0;
                if planted::is(Bug::UnknownKindStopsTheStart) && is_unknown {
                    return Err(damaged(DoesNotAttach::NotAnOpening));
                }
            }
        }
    }

    /// Whether the newest seal of a journal fits the hash of all its entries: so that no entry is
    /// another than was sealed, for one signature a journal.
    fn check_seal(&self, journal: JournalId, newest: Option<Seal>) -> Result<(), DoesNotAttach> {
        let Some((chain, seal)) = self.frontier.chain(journal).zip(newest) else { return Ok(()) };
        let Position { seq, head, .. } = chain.tip().position;
        let (scheme, town) = (self.credentials.scheme(), self.credentials.town());
        seal.verify(scheme, town, chain.author(), journal, seq, head)
            .map_err(|_| DoesNotAttach::SealDoesNotFit { seq })
    }

    /// Believes the highest counter held that no leap beyond `limits` leads to.
    fn believe_counters(&mut self) {
        let tips = self.frontier.in_order().map(|chain| chain.tip().position.counter);
        let mut counters: Vec<u64> = tips.collect();
        let own = self.frontier.in_order().filter(|chain| chain.author() == self.me);
        let own = own.map(|chain| chain.tip().position.counter);
        self.counter = own.filter(|counter| *counter <= COUNTER_MAX).max().unwrap_or(0);
        counters.sort_unstable();
        for counter in counters {
            self.believe_counter(counter);
        }
    }

    /// Takes up a counter that was seen, unless it leaps further than `limits` allows. A node that
    /// has none yet adopts what its first peer vouches for.
    pub(super) fn believe_counter(&mut self, counter: u64) {
        let adopts = self.counter == 0;
        let leaps = counter > self.counter.saturating_add(COUNTER_LEAP_MAX);
        if counter <= COUNTER_MAX && (adopts || !leaps) {
            self.counter = self.counter.max(counter);
        }
    }
}
