//! The one loop of a node: it translates, and decides nothing.
//!
//! Everything that happens becomes an input of the engine, everything the engine asks for is done
//! by one call. Commits go to a thread that owns the waiting for the disk; what waited meanwhile
//! goes into one transaction.

pub mod addresses;
mod clock;
mod disk;
mod open;
mod taps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use digiana_core::engine::Engine;
use digiana_core::engine::effect::{Accepted, Alarm, Effect};
use digiana_core::engine::input::{Command, Input, RequestId};
use digiana_core::service::refusal::Refusal;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use self::addresses::AddressBook;
use self::clock::Clock;
use self::disk::{Disk, DiskAnswer};
use self::taps::Taps;
use crate::handle::Handle;
use crate::mesh::Mesh;
use crate::mesh::event::{MeshEvent, SendOutcome};
use crate::reader::ReaderEvent;
use crate::reader::card::Presented;
use crate::store::Store;

pub(crate) use self::clock::wall;
pub use self::open::{NodeFault, init};

/// How many orders from pages and commands may wait for the loop.
const ORDERS_MAX: usize = 256;

/// How many inputs are taken one after the other before what is due is looked at again.
const INPUTS_PER_TURN_MAX: usize = 64;

/// How long a node that is told to stop waits for the disk to answer.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// How often a store that met a full disk is tried again.
const REOPEN_EVERY: Duration = Duration::from_secs(2);

/// An order to the loop, from whoever holds a [`Handle`].
#[derive(Debug)]
pub(crate) enum Order {
    /// Something to decide and record.
    Command(Command, oneshot::Sender<Result<Accepted, Refusal>>),
    /// Credentials the authority gave.
    Credentials(Vec<digiana_core::credential::Envelope>),
}

/// A running node.
#[derive(Debug)]
pub struct Node {
    engine: Arc<RwLock<Engine>>,
    store: Arc<Store>,
    clock: Clock,
    disk: Disk,
    mesh: Mesh,
    mesh_events: mpsc::Receiver<MeshEvent>,
    reader_events: mpsc::Receiver<ReaderEvent>,
    orders: mpsc::Receiver<Order>,
    asked: BTreeMap<RequestId, Asker>,
    next_request: u64,
    taps: Taps,
    addresses: AddressBook,
    changes: watch::Sender<u64>,
    reopen_at: Option<Instant>,
    handle: Handle,
}

/// Who waits for an outcome.
#[derive(Debug)]
enum Asker {
    /// Somebody at the reader.
    Tap(Presented),
    /// A page or a command.
    Order(oneshot::Sender<Result<Accepted, Refusal>>),
}

/// What the loop was woken by.
#[derive(Debug)]
enum Event {
    Mesh(MeshEvent),
    Reader(ReaderEvent),
    Order(Order),
    Disk(DiskAnswer),
    Timer,
    Reopen,
    Stop,
}

impl Node {
    /// How pages and commands reach it.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs until `stop` resolves, then closes the store cleanly.
    ///
    /// # Errors
    /// [`NodeFault`] when the node cannot keep its promises any more; the supervisor starts it
    /// again from its store.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<(), NodeFault> {
        let mut stop = std::pin::pin!(stop);
        self.perform()?;
        let mut in_turn = 0;
        loop {
            let waiting = if in_turn < INPUTS_PER_TURN_MAX { self.waiting_event() } else { None };
            let event = match waiting {
                Some(event) => event,
                None => {
                    in_turn = 0;
                    self.next_event(stop.as_mut()).await
                }
            };
            in_turn += 1;
            // What was taken is handled, come what may: nobody says it again.
            if matches!(event, Event::Stop) {
                return self.close().await;
            }
            self.on_event(event).await?;
            self.perform()?;
        }
    }

    async fn next_event(&mut self, stop: std::pin::Pin<&mut impl Future<Output = ()>>) -> Event {
        let due = self.read(|engine| engine.poll_timeout());
        let timer = self.clock.sleep_until(due);
        let reopen = self.reopen_at;
        tokio::select! {
            biased;
            () = stop => Event::Stop,
            answer = self.disk.answer() => Event::Disk(answer),
            // Before the mesh, so that no flood of frames keeps what is due from being done.
            () = timer => Event::Timer,
            Some(event) = self.reader_events.recv() => Event::Reader(event),
            Some(order) = self.orders.recv() => Event::Order(order),
            Some(event) = self.mesh_events.recv() => Event::Mesh(event),
            () = tokio::time::sleep_until(reopen.unwrap_or_else(Instant::now)), if reopen.is_some() => {
                Event::Reopen
            }
        }
    }

    /// What has happened already, without waiting.
    fn waiting_event(&mut self) -> Option<Event> {
        if let Some(answer) = self.disk.answer_now() {
            return Some(Event::Disk(answer));
        }
        if let Ok(event) = self.reader_events.try_recv() {
            return Some(Event::Reader(event));
        }
        if let Ok(order) = self.orders.try_recv() {
            return Some(Event::Order(order));
        }
        self.mesh_events.try_recv().ok().map(Event::Mesh)
    }

    async fn on_event(&mut self, event: Event) -> Result<(), NodeFault> {
        match event {
            Event::Mesh(MeshEvent::LinkUp { link, peer, dialled }) => {
                tracing::info!(peer = peer.short(), dialled, "linked");
                self.tell(Input::LinkUp { link, peer, dialled });
            }
            Event::Mesh(MeshEvent::Frame { link, bytes }) => {
                self.tell(Input::FrameReceived { link, bytes });
            }
            Event::Mesh(MeshEvent::LinkDown { link, reason }) => {
                tracing::info!(%link, %reason, "link gone");
                self.tell(Input::LinkDown { link });
            }
            Event::Mesh(MeshEvent::AddressLearned { peer, addresses }) => {
                self.addresses.learn(peer, addresses).await;
            }
            Event::Reader(event) => self.on_reader(event),
            Event::Order(Order::Command(command, answer)) => {
                self.command(command, Asker::Order(answer));
            }
            Event::Order(Order::Credentials(envelopes)) => {
                self.tell(Input::CredentialsGiven(envelopes));
            }
            Event::Disk(DiskAnswer::Persisted(commits)) => {
                commits.into_iter().for_each(|commit| self.tell(Input::Persisted(commit)));
            }
            Event::Disk(DiskAnswer::Full(commit)) => {
                self.reopen_at = Some(Instant::now() + REOPEN_EVERY);
                self.tell(Input::PersistFailed(commit));
                self.changed();
            }
            Event::Disk(DiskAnswer::TakesWrites) => {
                self.reopen_at = None;
                self.tell(Input::StoreReady);
                self.changed();
            }
            Event::Disk(DiskAnswer::StillFull) => {
                self.reopen_at = Some(Instant::now() + REOPEN_EVERY);
            }
            Event::Disk(DiskAnswer::Broken(fault)) => return Err(NodeFault::Store(fault)),
            Event::Timer => self.tell(Input::Woken),
            Event::Reopen => {
                self.reopen_at = None;
                self.disk.try_again();
            }
            Event::Stop => {}
        }
        Ok(())
    }

    fn command(&mut self, command: Command, asker: Asker) {
        let request = RequestId(self.next_request);
        self.next_request += 1;
        self.asked.insert(request, asker);
        self.tell(Input::Commanded { request, command });
    }

    fn tell(&self, input: Input) {
        let now = self.clock.now();
        self.write(|engine| engine.handle_input(input, self.store.as_ref(), now));
    }

    /// Does everything the engine asks for.
    fn perform(&mut self) -> Result<(), NodeFault> {
        while let Some(effect) = self.write(Engine::poll_effect) {
            match effect {
                Effect::Persist(commit) => self.disk.persist(commit),
                Effect::Send { link, frame } => match self.mesh.send(link, frame) {
                    SendOutcome::Queued | SendOutcome::NoLink => {}
                    outcome @ (SendOutcome::QueueFull | SendOutcome::NotAFrame) => {
                        tracing::warn!(%link, ?outcome, "a frame was not sent");
                    }
                },
                Effect::Close { link, why } => {
                    tracing::warn!(%link, %why, "a peer broke the protocol");
                    self.mesh.close(link, &why.to_string());
                }
                Effect::Indicate { request, outcome } => self.indicate(request, outcome),
                Effect::Publish(_) => self.changed(),
                Effect::Alarm(alarm) => {
                    tracing::error!(?alarm, "the operator must look");
                    if alarm == Alarm::StoreUnreadable {
                        return Err(NodeFault::StoreUnreadable);
                    }
                }
            }
        }
        Ok(())
    }

    fn indicate(&mut self, request: RequestId, outcome: Result<Accepted, Refusal>) {
        let outcome = outcome.map_err(|refusal| self.as_the_disk_said(refusal));
        match self.asked.remove(&request) {
            Some(Asker::Tap(card)) => self.on_tap_outcome(card, outcome),
            Some(Asker::Order(answer)) => {
                // Whoever asked may have gone; what was recorded stays recorded.
                let _ = answer.send(outcome);
            }
            None => {}
        }
    }

    /// The engine knows that nothing can be made durable; why, the disk said here: one that fails
    /// in any other way than being full stops the node.
    fn as_the_disk_said(&self, refusal: Refusal) -> Refusal {
        match refusal == Refusal::NotDurable && !self.handle.takes_writes() {
            true => Refusal::StoreFull,
            false => refusal,
        }
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn read<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.engine.read().expect("the loop never panics while it writes"))
    }

    fn write<T>(&self, act: impl FnOnce(&mut Engine) -> T) -> T {
        act(&mut self.engine.write().expect("the loop never panics while it writes"))
    }

    /// Stops: the links close, and the disk answers what waits.
    async fn close(mut self) -> Result<(), NodeFault> {
        self.mesh.clone().shutdown().await;
        let until = Instant::now() + STOP_WITHIN;
        while self.read(Engine::pending_commits) > 0 && Instant::now() < until {
            let answer = tokio::time::timeout_at(until, self.disk.answer()).await;
            if let Ok(answer) = answer {
                self.on_event(Event::Disk(answer)).await?;
                self.perform()?;
            }
        }
        self.disk.close().await;
        Ok(())
    }
}
