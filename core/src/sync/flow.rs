//! What a peer holds, what is on its way to it, and what to send next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::frame::Frame;
use crate::frontier::Frontier;
use crate::id::{JournalId, NodeId};
use crate::journal::chain::Chain;
use crate::journal::journals::{Journals, JournalsFault, run_from};
use crate::limits::{GAPS_MAX, WINDOW_BATCHES, WINDOW_BYTES};
use crate::scope::Scope;

/// Batches on their way to one peer, and what it is known to hold.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    // Per journal: up to where the peer holds it, or will once what is on its way arrives.
    sent: BTreeMap<JournalId, u64>,
    in_flight: VecDeque<(JournalId, u64, usize)>,
    // Invariant: the sum of the bytes of `in_flight`.
    in_flight_bytes: usize,
    gaps: BTreeMap<JournalId, u32>,
    // Whether something was left unsent because the window was full.
    stalled: bool,
}

/// Which journals a round of sending looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Only those of one author: its own, which need not wait for others to relay them.
    Of(NodeId),
}

impl Flow {
    /// The peer holds `journal` up to `seq`, and nothing more.
    pub fn peer_holds_exactly(&mut self, journal: JournalId, seq: u64) {
        self.sent.insert(journal, seq);
        self.gaps.remove(&journal);
        self.land(|of, last| of == journal && last <= seq);
    }

    /// The peer holds `journal` at least up to `seq`: it sent it, or said so.
    pub fn peer_holds(&mut self, journal: JournalId, seq: u64) {
        let sent = self.sent.entry(journal).or_default();
        *sent = seq.max(*sent);
    }

    /// The peer made everything of `journal` up to `seq` durable.
    pub fn acknowledged(&mut self, journal: JournalId, seq: u64) {
        self.peer_holds(journal, seq);
        self.land(|of, last| of == journal && last <= seq);
    }

    /// The peer could not attach a batch of `journal`: it holds it up to `seq` only. How often it
    /// said so in this comparison.
    pub fn gap(&mut self, journal: JournalId, seq: u64) -> u32 {
        let gaps = self.gaps.entry(journal).or_default();
        *gaps = gaps.saturating_add(1);
        let gaps = *gaps;
        self.land(|of, _| of == journal);
        if gaps <= GAPS_MAX {
            self.sent.insert(journal, seq);
        }
        gaps
    }

    fn land(&mut self, landed: impl Fn(JournalId, u64) -> bool) {
        let mut bytes = 0;
        self.in_flight.retain(|(journal, last, len)| {
            let lands = landed(*journal, *last);
            bytes += if lands { *len } else { 0 };
            !lands
        });
        self.in_flight_bytes -= bytes;
    }

    /// How many journals are remembered of the peer.
    pub fn journals(&self) -> usize {
        self.sent.len().max(self.gaps.len())
    }

    /// Whether nothing is on its way.
    pub fn is_idle(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// Whether nothing is on its way, was kept back, or did not attach.
    pub fn is_settled(&self) -> bool {
        self.in_flight.is_empty() && self.gaps.is_empty() && !self.stalled
    }

    /// Whether the window kept something back that may go now.
    pub fn may_resume(&self) -> bool {
        self.stalled && !self.is_full()
    }

    fn is_full(&self) -> bool {
        self.in_flight_bytes >= WINDOW_BYTES || self.in_flight.len() >= WINDOW_BATCHES
    }

    /// Sends what the peer lacks in `scopes`, most urgent first, until the window is full.
    ///
    /// # Errors
    /// [`JournalsFault`] when the store cannot be read.
    pub fn fill(
        &mut self,
        frontier: &Frontier,
        journals: &dyn Journals,
        scopes: &BTreeSet<Scope>,
        which: Which,
        out: &mut Vec<Frame>,
    ) -> Result<(), JournalsFault> {
        if which == Which::All {
            self.stalled = false;
        }
        for chain in frontier.in_order().filter(|chain| scopes.contains(&chain.scope())) {
            if let Which::Of(author) = which
                && chain.author() != author
            {
                continue;
            }
            if !self.fill_journal(chain, journals, out)? {
                self.stalled = true;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends what the peer lacks of one journal; false when the window filled up before the end.
    fn fill_journal(
        &mut self,
        chain: &Chain,
        journals: &dyn Journals,
        out: &mut Vec<Frame>,
    ) -> Result<bool, JournalsFault> {
        let journal = chain.journal();
        loop {
            let sent = self.sent.get(&journal).copied().unwrap_or(0);
            if sent >= chain.durable_seq() {
                return Ok(true);
            }
            if self.is_full() {
                return Ok(false);
            }
            let Some(batch) = run_from(journals, journal, sent + 1)? else {
                return Ok(true);
            };
            let last = batch.last();
            let bytes = batch.entries().len();
            self.in_flight.push_back((journal, last, bytes));
            self.in_flight_bytes += bytes;
            self.sent.insert(journal, last);
            out.push(Frame::Batch(batch));
        }
    }
}
