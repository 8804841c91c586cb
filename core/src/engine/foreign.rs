//! What peers send: batches and credentials are checked, then wait for the disk.

use std::collections::BTreeMap;

use super::commit::StoreWrite;
use super::effect::Alarm;
use super::{Engine, PendingCommit};
use crate::credential::Envelope;
use crate::credential::set::{CredentialFault, CredentialSet, Taken};
use crate::id::{EntryId, LinkId, NodeId};
use crate::journal::batch::Batch;
use crate::journal::chain::{Chain, DoesNotAttach, VerifiedBatch};
use crate::limits::{FOREIGN_BYTES_PENDING_MAX, LIVES_MAX};
use crate::planted::{self, Bug};
use crate::sync::PeerMisbehaved;
use crate::sync::frame::Frame;
use crate::time::Timestamp;

/// About what a pending commit takes beside the bytes of its batch.
const PENDING_BYTES: usize = 512;

impl Engine {
    pub(super) fn on_batch(
        &mut self,
        link: LinkId,
        peer: NodeId,
        batch: Batch,
        now: Timestamp,
    ) -> Result<(), PeerMisbehaved> {
        let journal = batch.journal;
        if self.store_refuses || self.foreign_bytes >= FOREIGN_BYTES_PENDING_MAX {
            // The disk is behind: the peer hears where this end stands and sends it again.
            let seq = self.frontier.chain(journal).map_or(0, Chain::durable_seq);
            self.send(link, vec![Frame::Gap { journal, seq }]);
            return Ok(());
        }
        let town = self.credentials.town();
        let bad = |why| PeerMisbehaved::BadBatch { journal, why };
        let known = self.frontier.chain(journal).cloned();
        let is_new = known.is_none();
        let chain = match known.map_or_else(|| Chain::opened_by(town, &batch), Ok) {
            Ok(chain) => chain,
            Err(DoesNotAttach::Gap { held }) if !planted::is(Bug::EarlyIsWrong) => {
                self.send(link, vec![Frame::Gap { journal, seq: held }]);
                return Ok(());
            }
            Err(why) => return Err(bad(why)),
        };
        let held = if is_new { 0 } else { chain.tip().position.seq };
        if is_new && self.frontier.lives_held(chain.scope(), chain.author()) >= LIVES_MAX {
            return Ok(()); // Whoever writes so many lives is not kept further.
        }
        let may_come = self.may_come_from(peer, &chain) && (!is_new || self.follows(&chain)?);
        if !may_come {
            self.send(link, vec![Frame::Gap { journal, seq: held }]);
            return Ok(());
        }
        let (author, scope) = (chain.author(), chain.scope());
        let last = batch.last();
        match chain.attach(self.credentials.scheme(), town, batch) {
            Err(why @ DoesNotAttach::Held { .. }) if planted::is(Bug::AgainIsWrong) => {
                Err(bad(why))
            }
            Ok((batch, tip)) => {
                if author == self.me {
                    self.own.outgrow(scope, journal);
                }
                let block_first = chain.tip().block_first();
                if is_new {
                    self.frontier.insert(chain);
                }
                self.frontier.advance(journal, tip);
                self.believe_counter(tip.position.counter);
                self.foreign_bytes += pending_bytes(&batch);
                let append = StoreWrite::Append { batch: batch.batch().clone(), block_first };
                let seq = tip.position.seq;
                if planted::is(Bug::HaveBeforeDurable) {
                    self.send(link, vec![Frame::Have { journal, seq }]);
                }
                let arrival = StoreWrite::Arrival { journal, seq, at: now.wall };
                let waits = PendingCommit {
                    advanced: vec![(journal, tip)],
                    foreign: Some((BTreeMap::from([(link, seq)]), batch)),
                    ..PendingCommit::default()
                };
                let mut writes = vec![append, arrival];
                writes.extend(self.custody_here(EntryId { journal, seq }, now.wall));
                self.persist(writes, waits);
                Ok(())
            }
            Err(DoesNotAttach::Held { held }) => {
                let seq = held.min(self.frontier.chain(journal).map_or(0, Chain::durable_seq));
                // Whoever brings what is on its way to the disk hears of it when it is there.
                for (links, waits) in self.pending.values_mut().flat_map(|it| &mut it.foreign) {
                    if waits.batch().journal == journal && waits.before().seq < last {
                        links.insert(link, last);
                    }
                }
                self.send(link, vec![Frame::Have { journal, seq }]);
                Ok(())
            }
            Err(DoesNotAttach::Gap { held }) => {
                self.send(link, vec![Frame::Gap { journal, seq: held }]);
                Ok(())
            }
            Err(_) if author == self.me => {
                // The peer is not to blame for two devices that share this node's key.
                self.alarm(Alarm::OwnJournalForked { peer, scope });
                Ok(())
            }
            Err(_) if author != peer && !is_new => {
                // Whoever holds this journal's other branch holds it in good faith. It is heard
                // again at the next comparison, and the link serves everybody else meanwhile.
                if self.forked.insert(journal) {
                    self.alarm(Alarm::JournalForked { author, scope });
                }
                self.send(link, vec![Frame::Gap { journal, seq: held }]);
                Ok(())
            }
            Err(why) => Err(bad(why)),
        }
    }

    /// Whether a peer may bring this journal, by the credentials held here. A peer that holds newer
    /// ones may believe so earlier; it sends the journal again once they are held here too.
    fn may_come_from(&self, peer: NodeId, chain: &Chain) -> bool {
        let scope = chain.scope();
        self.credentials.shared_scopes(self.me, peer).contains(&scope)
            && self.credentials.standing(chain.author()).is_some_and(|node| node.writes(scope))
    }

    /// Whether the life that a new chain follows is complete here to that point.
    fn follows(&self, chain: &Chain) -> Result<bool, PeerMisbehaved> {
        let wrong = PeerMisbehaved::NotASuccessor(chain.journal());
        let Some(predecessor) = chain.opening().predecessor else {
            return if chain.opening().life == 1 { Ok(true) } else { Err(wrong) };
        };
        let Some(before) = self.frontier.chain(predecessor.journal) else {
            return Ok(false);
        };
        let of_one_node = before.author() == chain.author() && before.scope() == chain.scope();
        if !of_one_node || before.opening().life + 1 != chain.opening().life {
            return Err(wrong);
        }
        Ok(before.tip().position.seq >= predecessor.seq)
    }

    /// Takes up credentials of a peer; once they are durable, every link is compared afresh.
    pub(super) fn on_credentials(&mut self, envelopes: &[Envelope]) -> Result<(), PeerMisbehaved> {
        let new = self.check_credentials(envelopes)?;
        if planted::is(Bug::PeersCredentialsAreNotKept) {
            let waits = PendingCommit { credentials: new, ..PendingCommit::default() };
            self.persist(Vec::new(), waits);
        } else if !new.is_empty() {
            self.persist_credentials(new);
        }
        Ok(())
    }

    pub(super) fn on_credentials_given(&mut self, envelopes: &[Envelope]) {
        if let Ok(new) = self.check_credentials(envelopes)
            && !new.is_empty()
        {
            self.persist_credentials(new);
        }
    }

    /// The credentials that are new here, in an order in which each is believed.
    fn check_credentials(&self, envelopes: &[Envelope]) -> Result<Vec<Envelope>, CredentialFault> {
        let mut believed: CredentialSet = self.credentials.clone();
        for waiting in self.pending.values().flat_map(|commit| &commit.credentials) {
            believed.insert(waiting)?;
        }
        let mut new = Vec::new();
        let mut envelopes: Vec<&Envelope> = envelopes.iter().collect();
        envelopes.sort_by_key(|envelope| envelope.kind);
        for envelope in envelopes {
            if let Taken::New(_) = believed.insert(envelope)? {
                new.push(envelope.clone());
            }
        }
        Ok(new)
    }

    fn persist_credentials(&mut self, new: Vec<Envelope>) {
        let writes = new.iter().cloned().map(StoreWrite::Credential).collect();
        self.persist(writes, PendingCommit { credentials: new, ..PendingCommit::default() });
    }
}

/// What a batch costs in memory while it waits for the disk: its bytes, and what is kept beside.
pub(super) fn pending_bytes(batch: &VerifiedBatch) -> usize {
    batch.batch().entries().len() + PENDING_BYTES
}
