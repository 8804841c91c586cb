//! The readers that this machine's smart-card service knows, as they come and go.
//!
//! One thread waits for readers, one for the cards of each reader, and each card is spoken to on a
//! thread of its own: whatever one card or driver does, the others go on. They wait for events of
//! the service; only a service that is not there is asked for again and again.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pcsc::{Context, Disposition, Error, Protocols, ReaderState, Scope, ShareMode, State};
use tokio::sync::mpsc;

use super::at_hand::{AtHand, CardIsIn, Question};
use super::bounds::{Line, REPLY_BYTES_MAX};
use super::card::{CardFault, Unmet};
use super::enrol::{Asked, EnrolFault, Read};
use super::identify::Checks;
use super::{FORGOTTEN_AFTER, ReaderEvent, ReaderLost};

/// How long a card has to show who it is.
pub const CARD_READ_WITHIN: Duration = Duration::from_secs(2);

/// How long the driver may take beside that: power, protocol, and the end of an exchange.
const DRIVER_WITHIN: Duration = Duration::from_millis(1_500);

/// How long an event is waited for before it is looked whether anybody still listens.
const WAIT: Duration = Duration::from_secs(60);

/// How often a service that does not answer is asked for again.
const SERVICE_REST: Duration = Duration::from_secs(2);

/// How long a thread takes to end that has nothing more to do.
const THREAD_REST: Duration = Duration::from_millis(20);

/// When a thread says again that its reader has gone: longer than a look at the readers takes.
const SAID_AGAIN: Duration = Duration::from_millis(200);

/// How often, and how long apart, a card is tried that another program holds.
const IN_USE_TRIES: u32 = 10;
const IN_USE_REST: Duration = Duration::from_millis(50);

/// What every thread of the readers shares.
#[derive(Debug, Clone)]
struct Readers {
    // How the names of the readers to use begin; none for all.
    names: Arc<[String]>,
    checks: Arc<Checks>,
    at_hand: AtHand,
    events: mpsc::Sender<ReaderEvent>,
}

/// Nobody listens any more: the node stops.
struct NobodyListens;

/// Begins to wait for readers and cards, until nobody takes the events any more.
pub fn start(
    names: Vec<String>,
    checks: Arc<Checks>,
    at_hand: AtHand,
    events: mpsc::Sender<ReaderEvent>,
) {
    let readers = Readers { names: names.into(), checks, at_hand, events };
    thread::spawn(move || readers.watch());
}

impl Readers {
    fn tell(&self, event: ReaderEvent) -> Result<(), NobodyListens> {
        self.events.blocking_send(event).map_err(|_| NobodyListens)
    }

    /// Waits for the service, and again whenever it has gone.
    fn watch(&self) {
        let mut usable = None;
        let mut serving = BTreeMap::new();
        while !self.events.is_closed() {
            let watched = match Context::establish(Scope::User) {
                Ok(context) => self.watch_readers(&context, &mut serving, &mut usable),
                Err(_) => Ok(()),
            };
            let told = watched.and_then(|()| self.usable(&mut usable, Err(ReaderLost::NoService)));
            if told.is_err() {
                return;
            }
            thread::sleep(SERVICE_REST);
        }
    }

    /// Gives each reader a thread, until the service is gone.
    fn watch_readers(
        &self,
        context: &Context,
        serving: &mut BTreeMap<CString, JoinHandle<()>>,
        usable: &mut Option<Result<(), ReaderLost>>,
    ) -> Result<(), NobodyListens> {
        let mut plugged = [ReaderState::new(pcsc::PNP_NOTIFICATION(), State::UNAWARE)];
        while !self.events.is_closed() {
            let names = match context.list_readers_owned() {
                Ok(names) => names,
                Err(Error::NoReadersAvailable) => Vec::new(),
                Err(_) => return Ok(()),
            };
            let names: Vec<CString> = names.into_iter().filter(|it| self.is_ours(it)).collect();
            serving.retain(|_, thread| !thread.is_finished());
            for name in &names {
                if !serving.contains_key(name) {
                    tracing::info!(reader = %name.to_string_lossy(), "a reader is there");
                    let (readers, of, watcher) = (self.clone(), name.clone(), context.clone());
                    let thread = thread::spawn(move || {
                        readers.serve(&of);
                        // The reader may be plugged in again already: whoever watches looks. Between
                        // a look and the wait after it nobody hears, so it is said once more.
                        let _ = watcher.cancel();
                        thread::sleep(SAID_AGAIN);
                        let _ = watcher.cancel();
                    });
                    serving.insert(name.clone(), thread);
                }
            }
            let now = if names.is_empty() { Err(ReaderLost::NoReader) } else { Ok(()) };
            self.usable(usable, now)?;
            match context.get_status_change(WAIT, &mut plugged) {
                // A thread that has said so is gone in a moment.
                Err(Error::Cancelled) => thread::sleep(THREAD_REST),
                Ok(()) | Err(Error::Timeout) => {}
                Err(_) => return Ok(()),
            }
            plugged.iter_mut().for_each(ReaderState::sync_current_state);
        }
        Err(NobodyListens)
    }

    fn is_ours(&self, name: &CStr) -> bool {
        let name = name.to_string_lossy();
        self.names.is_empty() || self.names.iter().any(|ours| name.starts_with(ours.as_str()))
    }

    /// Says whether cards can be read, where that has changed.
    fn usable(
        &self,
        usable: &mut Option<Result<(), ReaderLost>>,
        now: Result<(), ReaderLost>,
    ) -> Result<(), NobodyListens> {
        if usable.replace(now) == Some(now) {
            return Ok(());
        }
        self.tell(now.map_or_else(ReaderEvent::Gone, |()| ReaderEvent::Ready))
    }

    /// Waits for the cards of one reader until it is gone.
    fn serve(&self, name: &CStr) {
        let Ok(context) = Context::establish(Scope::User) else { return };
        // Whatever ends it, somebody still listens or nobody has to hear of it.
        let _ = self.serve_cards(&context, name);
        tracing::info!(reader = %name.to_string_lossy(), "a reader has gone");
    }

    fn serve_cards(&self, context: &Context, name: &CStr) -> Result<(), NobodyListens> {
        let mut states = [ReaderState::new(name, State::UNAWARE)];
        let mut lies: Option<Lies> = None;
        while !self.events.is_closed() {
            let wait = lies.as_ref().and_then(Lies::forgotten_in).unwrap_or(WAIT);
            match context.get_status_change(wait, &mut states) {
                Ok(()) => {}
                Err(Error::Timeout) => {
                    if let Some(lies) = lies.as_mut().filter(|it| it.is_forgotten()) {
                        (lies.told, lies.was_forgotten) = (true, true);
                        self.tell(ReaderEvent::Forgotten)?;
                    }
                    continue;
                }
                Err(_) => break,
            }
            let [state] = &mut states;
            let (seen, count) = (state.event_state(), state.event_count());
            state.sync_current_state();
            if seen.intersects(State::UNKNOWN | State::UNAVAILABLE | State::IGNORE) {
                break;
            }
            let is_in = seen.contains(State::PRESENT);
            // A card that was changed for another one between two looks counts as both.
            if lies.as_ref().is_some_and(|it| !is_in || it.count != count) {
                let was_forgotten = lies.take().is_some_and(|it| it.was_forgotten);
                self.tell(ReaderEvent::Removed { was_forgotten })?;
            }
            if is_in && lies.is_none() {
                let (card_is_in, was_read) = self.take_card(name, seen)?;
                lies = Some(Lies {
                    count,
                    since: Instant::now(),
                    told: !was_read,
                    was_forgotten: false,
                    card_is_in,
                });
            }
        }
        match lies {
            Some(Lies { was_forgotten, .. }) => self.tell(ReaderEvent::Removed { was_forgotten }),
            None => Ok(()),
        }
    }

    /// Speaks to the card that has come in, and whether that told anything. While it lies there the
    /// desk may ask it more, or hears that it cannot be read.
    fn take_card(&self, name: &CStr, seen: State) -> Result<(CardIsIn, bool), NobodyListens> {
        let met = if seen.contains(State::MUTE) {
            Err(Unmet::Fault(CardFault::Mute))
        } else {
            let checks = Arc::clone(&self.checks);
            in_time(name, move |line| checks.meet(line).0)
        };
        let (event, was_read) = match met {
            Ok(card) => (ReaderEvent::Inserted(card), true),
            Err(Unmet::TurnedAway(why)) => (ReaderEvent::TurnedAway(why), true),
            Err(Unmet::Fault(fault)) => (ReaderEvent::Fault(fault), false),
        };
        // Whoever hears of the card may ask it at once.
        let (card_is_in, questions) = self.at_hand.card_is_in();
        let (checks, name) = (Arc::clone(&self.checks), name.to_owned());
        thread::spawn(move || answer(&name, &checks, questions));
        self.tell(event)?;
        Ok((card_is_in, was_read))
    }
}

/// A card that lies on a reader.
#[derive(Debug)]
struct Lies {
    // How often a card came and went before, as the service counts.
    count: u32,
    since: Instant,
    // Whether it was said that it was forgotten, or needs not be.
    told: bool,
    was_forgotten: bool,
    // Dropped with the card: the desk can ask it nothing more.
    #[expect(dead_code, reason = "it is kept for what its end does")]
    card_is_in: CardIsIn,
}

impl Lies {
    fn forgotten_in(&self) -> Option<Duration> {
        (!self.told).then(|| FORGOTTEN_AFTER.saturating_sub(self.since.elapsed()))
    }

    fn is_forgotten(&self) -> bool {
        self.forgotten_in() == Some(Duration::ZERO)
    }
}

/// Answers what the desk asks of the card, until it has left.
fn answer(name: &CStr, checks: &Arc<Checks>, mut questions: mpsc::Receiver<Question>) {
    while let Some(Question { asked, answer }) = questions.blocking_recv() {
        let (checks, opens) = (Arc::clone(checks), matches!(asked, Asked::Open { .. }));
        let read: Result<Read, EnrolFault> = in_time(name, move |line| {
            // What a PIN opened stays open until the card loses its power.
            line.ends = if opens { Disposition::UnpowerCard } else { Disposition::LeaveCard };
            checks.enrol(line, &asked)
        });
        // The page may have been closed.
        let _ = answer.send(read);
    }
}

/// Has a conversation with the card in a reader, alone with it, on a thread that nobody waits for
/// longer than a card may take. A driver that never comes back keeps that thread until the card
/// has left, and nobody else.
fn in_time<T: Send + 'static, E: From<CardFault> + Send + 'static>(
    name: &CStr,
    conversation: impl FnOnce(&mut PcscLine) -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let (tell, told) = std_mpsc::channel();
    let name = name.to_owned();
    let given_up = Instant::now() + CARD_READ_WITHIN + DRIVER_WITHIN;
    thread::spawn(move || {
        let said = match PcscLine::connect(&name, given_up) {
            Ok(mut line) => conversation(&mut line),
            Err(fault) => Err(fault.into()),
        };
        // Nobody waits any more for a card that was too slow.
        let _ = tell.send(said);
    });
    told.recv_timeout(CARD_READ_WITHIN + DRIVER_WITHIN)
        .unwrap_or_else(|_| Err(CardFault::TooSlow.into()))
}

/// A card in a reader, which no other program can reach meanwhile.
struct PcscLine {
    // None once it was let go of.
    card: Option<pcsc::Card>,
    ends: Disposition,
    // When a card that was given so much time has had enough, or nobody waits for it any more.
    until: Instant,
}

impl PcscLine {
    fn connect(name: &CStr, given_up: Instant) -> Result<Self, CardFault> {
        // The service serves one call of a context at a time: a card that never answers has its own.
        let context = Context::establish(Scope::User).map_err(fault_of)?;
        let mut tries = 0;
        loop {
            match context.connect(name, ShareMode::Exclusive, Protocols::ANY) {
                Ok(card) => {
                    let until = given_up.min(Instant::now() + CARD_READ_WITHIN);
                    return Ok(Self { card: Some(card), ends: Disposition::LeaveCard, until });
                }
                Err(Error::SharingViolation) if tries < IN_USE_TRIES => {
                    tries += 1;
                    thread::sleep(IN_USE_REST);
                }
                Err(error) => return Err(fault_of(error)),
            }
        }
    }
}

impl Line for PcscLine {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
        let mut buffer = [0; REPLY_BYTES_MAX];
        let card = self.card.as_ref().ok_or(CardFault::PulledTooSoon)?;
        if Instant::now() >= self.until {
            return Err(CardFault::TooSlow);
        }
        match card.transmit(command, &mut buffer) {
            Ok(reply) => Ok(reply.to_vec()),
            Err(Error::InsufficientBuffer) => {
                Err(CardFault::ReplyTooLong { bytes: REPLY_BYTES_MAX + 1 })
            }
            Err(error) => Err(fault_of(error)),
        }
    }
}

impl Drop for PcscLine {
    fn drop(&mut self) {
        if let Some(card) = self.card.take() {
            // A card that has left needs no goodbye.
            let _ = card.disconnect(self.ends);
        }
    }
}

fn fault_of(error: Error) -> CardFault {
    const MUTE: [Error; 3] = [Error::UnresponsiveCard, Error::UnpoweredCard, Error::ProtoMismatch];
    if error == Error::SharingViolation {
        CardFault::InUse
    } else if MUTE.contains(&error) {
        CardFault::Mute
    } else if error == Error::Timeout {
        CardFault::TooSlow
    } else {
        // The card, the reader or the service went away in the middle: the next tap finds out.
        CardFault::PulledTooSoon
    }
}
