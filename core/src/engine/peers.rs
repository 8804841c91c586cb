//! Links: who is there, what they say, and what is due.

use super::Engine;
use super::effect::{Alarm, Change, Effect};
use crate::id::{EntryId, JournalId, LinkId};
use crate::journal::chain::Chain;
use crate::journal::journals::Journals;
use crate::journal::opening::Reclaim;
use crate::limits::{PRESENT_BYTES_MAX, RECLAIM_AFTER};
use crate::planted::{self, Bug};
use crate::sync::PeerMisbehaved;
use crate::sync::frame::Frame;
use crate::sync::session::{Session, SessionFault};
use crate::time::Timestamp;

impl Engine {
    pub(super) fn on_link_up(
        &mut self,
        link: LinkId,
        peer: crate::id::NodeId,
        dialled: bool,
        journals: &dyn Journals,
        now: Timestamp,
    ) {
        let known = self.credentials.standing(peer).is_some();
        if planted::is(Bug::MetBeforeIsConnected) && self.reports.last_heard(peer).is_some() {
            return;
        }
        self.links.insert(link, Session::new(peer, dialled, known, now));
        if known {
            self.reports.heard(peer, now);
        }
        self.publish(Change::Links);
        if dialled {
            self.converse(link, journals, now, |session, replica, out| session.begin(replica, out));
        }
    }

    pub(super) fn on_link_down(&mut self, link: LinkId) {
        if self.links.remove(&link).is_some() {
            self.publish(Change::Links);
        }
    }

    pub(super) fn on_frame_received(
        &mut self,
        link: LinkId,
        bytes: &[u8],
        journals: &dyn Journals,
        now: Timestamp,
    ) {
        let Some(session) = self.links.get(&link) else {
            return; // A late word over a link that is gone.
        };
        let peer = session.peer();
        let known = self.credentials.standing(peer).is_some();
        if known {
            self.reports.heard(peer, now);
        } else if bytes.len() > PRESENT_BYTES_MAX {
            self.settle(link, Some(Err(PeerMisbehaved::NotAdmitted.into())));
            return;
        }
        let was_compared = self.is_compared(link);
        let said = match Frame::read(bytes) {
            Ok(frame) => self.on_frame(link, known, frame, journals, now),
            Err(why) if planted::is(Bug::MalformedPanics) => panic!("no peer sends that: {why}"),
            Err(malformed) => Err(PeerMisbehaved::from(malformed).into()),
        };
        self.settle(link, Some(said));
        if !was_compared && self.is_compared(link) {
            let reports = self.links.get(&link).map(|session| self.reports_for(session));
            self.send(link, reports.unwrap_or_default());
        }
    }

    fn is_compared(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(Session::is_compared)
    }

    fn on_frame(
        &mut self,
        link: LinkId,
        known: bool,
        frame: Frame,
        journals: &dyn Journals,
        now: Timestamp,
    ) -> Result<(), SessionFault> {
        let peer = self.links.get(&link).map_or(self.me, Session::peer);
        let talk = match frame {
            Frame::Hello(hello) => {
                if known {
                    self.believe_counter(hello.counter);
                }
                self.converse(link, journals, now, |session, replica, out| {
                    session.on_hello(hello, replica, out)
                })
            }
            Frame::Who => self.converse(link, journals, now, |session, replica, out| {
                session.on_who(replica, out);
                Ok(())
            }),
            Frame::Present(envelopes) => {
                self.on_credentials(&envelopes)?;
                if let Some(session) = self.links.get_mut(&link).filter(|_| !envelopes.is_empty()) {
                    session.introduced(now);
                }
                Some(Ok(()))
            }
            // A peer that knows this node may say more before it hears that it is not known.
            _ if !known => None,
            Frame::Digests { credentials, scopes } => {
                self.reports.quiet_from(now);
                self.converse(link, journals, now, |session, replica, out| {
                    session.on_digests(credentials, &scopes, replica, out)
                })
            }
            Frame::CredentialIds(ids) => {
                self.converse(link, journals, now, |session, replica, out| {
                    session.on_credential_ids(&ids, replica, out);
                    Ok(())
                })
            }
            Frame::WantCredentials(ids) => {
                self.converse(link, journals, now, |session, replica, out| {
                    session.on_want_credentials(&ids, replica, out);
                    Ok(())
                })
            }
            Frame::Credentials(envelopes) => {
                self.on_credentials(&envelopes)?;
                Some(Ok(()))
            }
            Frame::Vector { scope, by_name, places } => {
                self.reports.quiet_from(now);
                self.converse(link, journals, now, |session, replica, out| {
                    session.on_vector(scope, by_name, &places, replica, out)
                })
            }
            Frame::Behind { scope, places } => {
                self.converse(link, journals, now, |session, replica, out| {
                    session.on_behind(scope, &places, replica, out)
                })
            }
            Frame::Batch(batch) => {
                self.on_batch(link, peer, batch, now)?;
                Some(Ok(()))
            }
            Frame::Have { journal, seq } => {
                self.on_held_by(peer, journal, seq, now);
                self.converse(link, journals, now, |session, replica, out| {
                    session.on_have(journal, seq, replica, out)
                })
            }
            Frame::Gap { journal, seq } => {
                self.converse(link, journals, now, |session, replica, out| {
                    session.on_gap(journal, seq, replica, out)
                })
            }
            Frame::Reports(reports) => {
                self.on_reports(link, &reports, now)?;
                Some(Ok(()))
            }
        };
        talk.unwrap_or(Ok(()))
    }

    /// A peer's word, over its own authenticated link, that it holds entries durably: from
    /// headquarters that is custody.
    fn on_held_by(
        &mut self,
        peer: crate::id::NodeId,
        journal: JournalId,
        seq: u64,
        now: Timestamp,
    ) {
        if self.is_headquarters(peer) || planted::is(Bug::CustodyFromAnybody) {
            let held = self.frontier.chain(journal).map_or(0, Chain::durable_seq);
            if held.min(seq) > 0 {
                self.note_custody(EntryId { journal, seq: seq.min(held) }, now);
            }
        }
    }

    /// Closes a link whose peer broke the protocol, and raises the alarm when the store did.
    pub(super) fn settle(&mut self, link: LinkId, said: Option<Result<(), SessionFault>>) {
        match said {
            Some(Ok(())) | None => {}
            Some(Err(SessionFault::Peer(why))) => {
                self.effects.push_back(Effect::Close { link, why });
                self.on_link_down(link);
            }
            Some(Err(SessionFault::Store(_))) => {
                self.store_refuses = true;
                self.alarm(Alarm::StoreUnreadable);
            }
        }
    }

    pub(super) fn on_woken(&mut self, journals: &dyn Journals, now: Timestamp) {
        let due = self.links.iter().filter(|(_, session)| session.wake_at() <= now.monotonic);
        let due: Vec<LinkId> = due.map(|(link, _)| *link).collect();
        for link in due {
            let woken = self.converse(link, journals, now, |session, replica, out| {
                session.on_wake(replica, out)
            });
            self.settle(link, woken);
        }
        if self.reclaim_due(now) {
            // What came back may share a life's number with what was written meanwhile, and then
            // the peer has not said that it lacks that.
            self.compare_afresh(journals, now);
        }
        self.report_due(now);
    }

    /// Takes back, a little later, whatever of this node's own journals is in doubt.
    pub(super) fn reclaim_soon(&mut self, now: Timestamp) {
        let own = self.frontier.in_order().filter(|chain| chain.author() == self.me);
        for chain in own {
            let journal = chain.journal();
            if self.frontier.undisputed(journal) < chain.durable_seq() {
                self.reclaim_at.insert(journal, now.monotonic + RECLAIM_AFTER);
            }
        }
    }

    /// Takes back own journals whose lost tail has come back, once it has stopped coming; whether
    /// any had.
    fn reclaim_due(&mut self, now: Timestamp) -> bool {
        if self.store_refuses {
            // Asked again when the disk is back.
            self.reclaim_at.clear();
            return false;
        }
        let due: Vec<JournalId> = self
            .reclaim_at
            .iter()
            .filter(|(_, at)| **at <= now.monotonic)
            .map(|(journal, _)| *journal)
            .collect();
        for journal in &due {
            let journal = *journal;
            self.reclaim_at.remove(&journal);
            let Some(chain) = self.frontier.chain(journal) else { continue };
            let disputed = self.frontier.undisputed(journal) < chain.durable_seq();
            if disputed {
                let reclaim = Reclaim { end: super::own::end(chain) };
                self.append_reclaim(chain.scope(), reclaim, now.wall);
            }
        }
        !due.is_empty()
    }
}
