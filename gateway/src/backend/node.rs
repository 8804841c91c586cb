//! The running node behind the pages.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use digiana_core::engine::Engine;
use digiana_core::id::{NodeId, PersonId, SiteId};
use digiana_core::scope::Scope;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::search::PeopleIndex;
use digiana_node::config::Serves;
use digiana_node::handle::{Handle, Shown};
use digiana_node::reader::purpose::Purpose;
use rand::TryRng as _;
use rand::rngs::SysRng;
use tokio::sync::watch;

use super::asked;
use super::cards::holder_of_typed;
use super::order::Order;
use super::seen::Seen;
use super::seen::plain::shown_name;
use super::{
    Answer, Backend, Board, Desk, Figures, Household, Incident, MeshDevice, Person, Place,
    PublicTown, Recorded, ShownName, SiteField, Tap, TapOutcome,
};

/// What pages read is the node's own state, seen at the moment they ask.
#[derive(Debug)]
pub struct NodeBackend {
    node: Handle,
    started: Instant,
    // The index of the register, with the digest of the register it was made of.
    index: Mutex<Option<([u8; 8], Arc<PeopleIndex>)>>,
    nobody: PeopleIndex,
}

impl NodeBackend {
    /// The pages' view of a running node.
    pub fn new(node: Handle) -> Self {
        let nobody = PeopleIndex::default();
        Self { node, started: Instant::now(), index: Mutex::new(None), nobody }
    }

    pub(super) fn node(&self) -> &Handle {
        &self.node
    }

    pub(super) fn see<T>(&self, look: impl FnOnce(&Seen<'_>) -> T) -> T {
        let now = self.node.now();
        let is_drill_town = self.node.is_drill();
        self.node
            .read(|engine| look(&Seen { is_drill_town, ..Seen::of(engine, &self.nobody, now) }))
    }

    /// The index of the register as it is now; made anew when the register has changed.
    fn index_of(&self, engine: &Engine) -> Arc<PeopleIndex> {
        let writers = engine.credentials().writers(Scope::Register);
        let digest = engine.frontier().digest_now(Scope::Register, &writers);
        let mut kept = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.as_ref() {
            Some((of, index)) if *of == digest => Arc::clone(index),
            _ => {
                let register = engine.folds().records(Scope::Register);
                let index =
                    Arc::new(register.map_or_else(PeopleIndex::default, PeopleIndex::build));
                *kept = Some((digest, Arc::clone(&index)));
                index
            }
        }
    }
}

impl Backend for NodeBackend {
    fn place(&self) -> Place {
        self.see(|seen| seen.place())
    }

    fn now(&self) -> i64 {
        self.node.now().seconds
    }

    fn incident(&self) -> Option<Incident> {
        self.see(|seen| seen.incident())
    }

    fn board(&self) -> Board {
        self.see(|seen| seen.board())
    }

    fn desk(&self, site: SiteId) -> Option<Desk> {
        self.see(|seen| seen.desk(site))
    }

    fn search(&self, text: &str) -> Vec<Household> {
        if let Some(household) = holder_of_typed(self, text) {
            return vec![household];
        }
        let now = self.node.now();
        self.node.read(|engine| {
            let index = self.index_of(engine);
            Seen::of(engine, &index, now).search(text)
        })
    }

    fn household(&self, person: PersonId) -> Household {
        self.see(|seen| seen.household(person))
    }

    fn person(&self, site: SiteId, person: PersonId) -> Option<Person> {
        self.see(|seen| seen.person(site, person))
    }

    fn last_tap(&self) -> Option<Tap> {
        let tap = self.node.last_tap()?;
        let (outcome, person) = match tap.shown {
            Shown::Accepted { person, did } => (TapOutcome::Accepted(did), Some(person)),
            Shown::Recorded => return None,
            Shown::Refused(refusal) => (refused(refusal), None),
            Shown::TurnedAway(why) => (TapOutcome::TurnedAway(why), None),
            Shown::CardUnread => (TapOutcome::PulledTooSoon, None),
        };
        let name = person.map_or(ShownName::Unknown, |person| {
            self.see(|seen| shown_name(seen.sources.person(person).as_ref()))
        });
        Some(Tap { at: tap.seconds, outcome, name, person, doubtful: tap.doubtful })
    }

    fn card_is_forgotten(&self) -> bool {
        self.node.card_is_forgotten()
    }

    fn reader_is_lost(&self) -> bool {
        self.node.reader().is_some_and(|reader| reader.is_err())
    }

    fn scanner_is_away(&self) -> bool {
        self.node.scanner().is_some_and(|scanner| scanner.is_err())
    }

    fn serves(&self) -> Serves {
        self.node.serves()
    }

    fn purpose(&self) -> Purpose {
        self.node.purpose()
    }

    fn set_purpose(&self, purpose: Purpose) {
        self.node.set_purpose(purpose);
    }

    fn public(&self) -> PublicTown {
        self.see(|seen| seen.public())
    }

    fn health(&self) -> Result<(), String> {
        if self.node.takes_writes() {
            Ok(())
        } else {
            Err("the disk takes no writes; make room, and the node goes on by itself".to_owned())
        }
    }

    fn stores_set_aside(&self) -> usize {
        self.node.store().set_aside().len()
    }

    fn figures(&self) -> Figures {
        let entries = self
            .node
            .read(|engine| engine.frontier().in_order().map(|chain| chain.durable_seq()).sum());
        let uptime_seconds = self.started.elapsed().as_secs();
        Figures { entries, uptime_seconds, ..self.see(|seen| seen.figures()) }
    }

    fn site(&self, site: SiteId) -> Option<Vec<SiteField>> {
        self.see(|seen| seen.site_fields(site))
    }

    fn mesh(&self) -> Vec<MeshDevice> {
        let status = self.node.mesh();
        let paused = |device: &MeshDevice| {
            status.unlinked.iter().any(|peer| peer.peer == device.node && peer.paused)
        };
        let mut devices = self.see(|seen| seen.mesh());
        for device in &mut devices {
            device.is_paused = paused(device);
        }
        devices
    }

    fn pause(&self, device: NodeId) {
        self.node.pause(device);
    }

    fn resume(&self, device: NodeId) {
        self.node.resume(device);
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.node.changes()
    }

    fn submit(&self, order: Order) -> Answer<'_> {
        Box::pin(async move {
            let mut drawn = [0; 8];
            SysRng.try_fill_bytes(&mut drawn).map_err(|_| Refusal::NotDurable)?;
            let incident = self.incident().map(|incident| incident.id);
            let command = asked::command(order, incident, drawn)?;
            let accepted = self.node.submit(command).await?;
            Ok(Recorded::of(accepted.facts.iter().map(|(scope, entry, _)| (*scope, *entry))))
        })
    }
}

super::lists::seen_through!(NodeBackend);
super::school::seen_through!(NodeBackend);

/// What the screen beside the reader says to a tap that was not taken.
fn refused(refusal: Refusal) -> TapOutcome {
    match refusal {
        Refusal::AlreadyHere { .. }
        | Refusal::AlreadyVisited
        | Refusal::SameRide
        | Refusal::AlreadyNoted => TapOutcome::Repeated,
        Refusal::UnknownToken | Refusal::UnknownPerson | Refusal::TokenConflict => {
            TapOutcome::UnknownCard
        }
        Refusal::TokenSuspended | Refusal::TokenEnded => TapOutcome::CardStopped,
        Refusal::Busy
        | Refusal::StoreFull
        | Refusal::NotDurable
        | Refusal::NotPermitted
        | Refusal::TooLong
        | Refusal::TooMany
        | Refusal::TimeInFuture
        | Refusal::NoOpenIncident
        | Refusal::UnknownIncident
        | Refusal::TokenTaken
        | Refusal::NoSite
        | Refusal::SiteNotOpen
        | Refusal::NotHere
        | Refusal::SeenLater { .. }
        | Refusal::UnknownProduct
        | Refusal::UnknownBook
        | Refusal::NoAmount
        | Refusal::NotSoMany
        | Refusal::TooFewPoints
        | Refusal::NoDebt
        | Refusal::AlreadyReversed
        | Refusal::NotAPupil
        | Refusal::NothingToChange
        | Refusal::AlreadyCorrected
        | Refusal::UnknownTarget
        | Refusal::NoReason => TapOutcome::NotNow(refusal),
    }
}
