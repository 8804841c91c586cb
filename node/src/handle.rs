//! How pages and commands reach a running node: they read its views and send orders.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use digiana_core::credential::Envelope;
use digiana_core::engine::Engine;
use digiana_core::engine::effect::Accepted;
use digiana_core::engine::input::Command;
use digiana_core::fact::school::Attends;
use digiana_core::fact::shelter::Act;
use digiana_core::fact::{Fact, SchoolFact, ShelterFact, TransportFact, WellbeingFact};
use digiana_core::id::{NodeId, PersonId, SiteId};
use digiana_core::service::refusal::Refusal;
use digiana_core::time::Wall;
use digiana_core::token::{TagKey, TokenTag, TypedUid};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::config::{NodeConfig, Serves};
use crate::control::Outcome;
use crate::keys::TownFile;
use crate::mesh::Mesh;
use crate::mesh::status::MeshStatus;
use crate::node::{Order, wall};
use crate::reader::at_hand::AtHand;
use crate::reader::card::TurnedAway;
use crate::reader::purpose::Purpose;
use crate::reader::{ReaderLost, ScannerAway};
use crate::store::Store;

/// How long an amount or a fare waits for its card.
const AMOUNT_STAYS: Duration = Duration::from_secs(3 * 60);

/// How many outcomes are kept for whoever asks later.
const OUTCOMES_KEPT_MAX: usize = 64;

/// What the screen beside the reader shows of the last tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapOutcome {
    /// When it was shown: Unix seconds.
    pub seconds: i64,
    /// What became of it.
    pub shown: Shown,
    /// Whether a card that should have proven itself would not: staff should look.
    pub doubtful: bool,
}

/// What became of a tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It is recorded.
    Accepted {
        /// Who, as an id.
        person: PersonId,
        /// What they did.
        did: Did,
    },
    /// Something else was recorded.
    Recorded,
    /// It was refused.
    Refused(Refusal),
    /// The card was read, and is not taken.
    TurnedAway(TurnedAway),
    /// The card could not be read.
    CardUnread,
}

/// What somebody did at a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// They came to a shelter, left or returned.
    Shelter(Act),
    /// They visited a facility.
    Visited,
    /// They got on.
    Rode,
    /// They paid so many points.
    Spent(u32),
    /// They came to school, or left.
    School(Attends),
}

impl Did {
    /// Whom a fact is about and what they did, where a reader records such a fact.
    pub(crate) fn told_by(fact: &Fact) -> Option<(PersonId, Self)> {
        match fact {
            Fact::Shelter(ShelterFact::Presence(fact)) => {
                Some((fact.person, Self::Shelter(fact.act)))
            }
            Fact::Wellbeing(WellbeingFact::Visit(fact)) => Some((fact.person, Self::Visited)),
            Fact::Wellbeing(WellbeingFact::Spend(fact)) => {
                Some((fact.person, Self::Spent(fact.points)))
            }
            Fact::Transport(TransportFact::Ride(fact)) => Some((fact.person, Self::Rode)),
            Fact::School(SchoolFact::Attendance(fact)) => {
                Some((fact.person, Self::School(fact.attends)))
            }
            Fact::Correct(_)
            | Fact::Edit(_)
            | Fact::Token(_)
            | Fact::Shelter(_)
            | Fact::Transport(_)
            | Fact::Wellbeing(_) => None,
        }
    }

    /// Its word in outcomes.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Shelter(Act::CheckIn) => "check-in",
            Self::Shelter(Act::CheckOut) => "check-out",
            Self::Shelter(Act::Leave) => "leave",
            Self::Shelter(Act::Return) => "return",
            Self::Visited => "visit",
            Self::Rode => "ride",
            Self::Spent(_) => "spend",
            Self::School(Attends::Arrived) => "arrived",
            Self::School(Attends::Left) => "left",
            Self::School(Attends::Absent) => "absent",
        }
    }
}

/// A running node, for pages and commands. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    engine: Arc<RwLock<Engine>>,
    store: Arc<Store>,
    orders: mpsc::Sender<Order>,
    mesh: Mesh,
    changed: watch::Receiver<u64>,
    outcomes: broadcast::Sender<Outcome>,
    card: AtHand,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    site: Option<SiteId>,
    town: String,
    tag_key: TagKey,
    drill: bool,
    serves: Serves,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    outcomes: VecDeque<Outcome>,
    tap: Option<TapOutcome>,
    // How many cards lie on readers that their holders have forgotten.
    forgotten: u32,
    // Whether cards can be read; none where no reader has said so yet.
    reader: Option<Result<(), ReaderLost>>,
    // Whether codes can be read; none where no scanner has said so yet.
    scanner: Option<Result<(), ScannerAway>>,
    purpose: Purpose,
    // When somebody last said what the next tap means.
    said_at: Instant,
}

impl Handle {
    #[expect(clippy::too_many_arguments, reason = "called once, where the node is put together")]
    pub(crate) fn new(
        engine: Arc<RwLock<Engine>>,
        store: Arc<Store>,
        orders: mpsc::Sender<Order>,
        mesh: Mesh,
        changed: watch::Receiver<u64>,
        outcomes: broadcast::Sender<Outcome>,
        card: AtHand,
        config: &NodeConfig,
        town: &TownFile,
    ) -> Self {
        let shared = Arc::new(Shared {
            name: config.name.clone(),
            site: config.site,
            town: town.name.clone(),
            tag_key: town.tag_key(),
            drill: town.drill,
            serves: config.serves,
            kept: Mutex::new(Kept {
                outcomes: VecDeque::new(),
                tap: None,
                forgotten: 0,
                reader: None,
                scanner: None,
                purpose: Purpose::of(config.serves),
                said_at: Instant::now(),
            }),
        });
        Self { engine, store, orders, mesh, changed, outcomes, card, shared }
    }

    /// Has something decided and recorded; the answer comes when it is durable.
    ///
    /// # Errors
    /// [`Refusal`]; `Busy` too when the node is stopping.
    pub async fn submit(&self, command: Command) -> Result<Accepted, Refusal> {
        let (answer, outcome) = oneshot::channel();
        let order = Order::Command(command, answer);
        self.orders.send(order).await.map_err(|_| Refusal::Busy)?;
        outcome.await.unwrap_or(Err(Refusal::Busy))
    }

    /// Gives the node credentials of the authority.
    pub async fn give_credentials(&self, envelopes: Vec<Envelope>) {
        // A node that is stopping gets them at its next start from its town's file.
        let _ = self.orders.send(Order::Credentials(envelopes)).await;
    }

    /// Looks at the node's state. Copy what is needed and return: while `look` runs, no tap is
    /// decided.
    pub fn read<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.engine.read().expect("the loop never panics while it writes"))
    }

    /// Counts up whenever something changed that a page may show.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }

    /// What the wall clock shows.
    pub fn now(&self) -> Wall {
        wall()
    }

    /// What people call this device.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Where its reader stands.
    pub fn site(&self) -> Option<SiteId> {
        self.shared.site
    }

    /// What people call the town.
    pub fn town(&self) -> &str {
        &self.shared.town
    }

    /// What the town knows a card by whose number was typed or scanned.
    pub fn token_of(&self, typed: &TypedUid) -> TokenTag {
        TokenTag::of_uid(&self.shared.tag_key, typed.as_bytes())
    }

    /// Whether the town exists for training only.
    pub fn is_drill(&self) -> bool {
        self.shared.drill
    }

    /// Whether the store takes writes.
    pub fn takes_writes(&self) -> bool {
        self.store.takes_writes() && !self.read(Engine::store_refuses)
    }

    /// The store, for whoever reads raw journals. Its calls wait for the disk.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Who is linked, and who is not and why.
    pub fn mesh(&self) -> MeshStatus {
        self.mesh.links()
    }

    /// The addresses the mesh listens on.
    pub fn listens_on(&self) -> Vec<std::net::SocketAddr> {
        self.mesh.listens_on()
    }

    /// Does not talk to a peer until [`resume`](Self::resume).
    pub fn pause(&self, peer: NodeId) {
        self.mesh.pause(peer);
    }

    /// Talks to a paused peer again.
    pub fn resume(&self, peer: NodeId) {
        self.mesh.resume(peer);
    }

    /// The node that goes by that name, or has that id in hexadecimal.
    pub fn node_named(&self, name: &str) -> Option<NodeId> {
        name.parse().ok().or_else(|| {
            self.read(|engine| {
                let mut nodes = engine.credentials().nodes();
                nodes.find(|(_, standing)| standing.name == name).map(|(node, _)| node)
            })
        })
    }

    /// What its reader serves.
    pub fn serves(&self) -> Serves {
        self.shared.serves
    }

    /// What the next tap means.
    pub fn purpose(&self) -> Purpose {
        let mut kept = self.kept();
        // Whoever was to pay has gone; the next one owes another's bill nothing.
        if kept.said_at.elapsed() > AMOUNT_STAYS {
            kept.purpose = kept.purpose.after_taken(self.shared.serves);
        }
        kept.purpose
    }

    /// Says what the next tap means: where the bus is, how much a customer is to pay.
    pub fn set_purpose(&self, purpose: Purpose) {
        let mut kept = self.kept();
        (kept.purpose, kept.said_at) = (purpose, Instant::now());
    }

    /// The card that lies on this node's reader.
    pub fn card(&self) -> &AtHand {
        &self.card
    }

    /// The outcome of the last tap, for the screen beside the reader.
    pub fn last_tap(&self) -> Option<TapOutcome> {
        self.kept().tap
    }

    /// Whether a card lies on the reader that its holder has forgotten.
    pub fn card_is_forgotten(&self) -> bool {
        self.kept().forgotten > 0
    }

    pub(crate) fn change_forgotten(&self, change: impl FnOnce(u32) -> u32) {
        let mut kept = self.kept();
        kept.forgotten = change(kept.forgotten);
    }

    /// Whether cards can be read; none at a node without a reader.
    pub fn reader(&self) -> Option<Result<(), ReaderLost>> {
        self.kept().reader
    }

    pub(crate) fn set_reader(&self, reader: Option<Result<(), ReaderLost>>) {
        self.kept().reader = reader;
    }

    /// Whether printed codes can be read; none at a node without a code scanner.
    pub fn scanner(&self) -> Option<Result<(), ScannerAway>> {
        self.kept().scanner.clone()
    }

    pub(crate) fn set_scanner(&self, scanner: Result<(), ScannerAway>) {
        self.kept().scanner = Some(scanner);
    }

    /// The outcomes of the last taps, and where further ones come.
    pub fn outcomes(&self) -> (Vec<Outcome>, broadcast::Receiver<Outcome>) {
        let kept = self.kept();
        (kept.outcomes.iter().cloned().collect(), self.outcomes.subscribe())
    }

    pub(crate) fn tapped(&self, outcome: TapOutcome) {
        let mut kept = self.kept();
        // An amount that was too much is for nobody else either.
        let is_over =
            matches!(outcome.shown, Shown::Accepted { .. } | Shown::Refused(Refusal::TooFewPoints));
        if is_over {
            kept.purpose = kept.purpose.after_taken(self.shared.serves);
        }
        kept.tap = Some(outcome);
    }

    /// Keeps an outcome and tells it to whoever follows.
    pub(crate) fn tell_outcome(&self, outcome: Outcome) {
        let mut kept = self.kept();
        if kept.outcomes.len() == OUTCOMES_KEPT_MAX {
            kept.outcomes.pop_front();
        }
        kept.outcomes.push_back(outcome.clone());
        // While the lock is held, so that nobody who asks now hears it twice or never.
        let _ = self.outcomes.send(outcome);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
