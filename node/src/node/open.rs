//! Making a node, and waking one up.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use digiana_core::engine::effect::Effect;
use digiana_core::engine::input::Input;
use digiana_core::engine::start::StartFault;
use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::id::NodeId;
use digiana_core::service::tokens::Resolved;
use digiana_core::sign::Scheme;
use rand::TryRng as _;
use rand::rngs::SysRng;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Instant;

use super::addresses::AddressBook;
use super::clock::{Clock, wall};
use super::disk::Disk;
use super::taps::Taps;
use super::{Node, ORDERS_MAX};
use crate::config::{NodeConfig, ReaderConfig};
use crate::handle::Handle;
use crate::keys::{KeyFault, NodeKey, TownFile};
use crate::mesh::fault::MeshFault;
use crate::mesh::{Mesh, MeshConfig};
use crate::reader::at_hand::AtHand;
use crate::reader::identify::{Checks, Known};
use crate::reader::indicator::Indicator;
use crate::reader::trust::{Trust, TrustMistake};
use crate::reader::virtual_reader::VirtualReader;
use crate::reader::{READER_EVENTS_QUEUED_MAX, ReaderEvent, ReaderMistake};
use crate::store::{Owner, SetAside, Store, StoreFault};

/// How many outcomes a slow follower may be behind before it misses some.
const OUTCOMES_QUEUED_MAX: usize = 1024;

/// Why a node does not start, or has to stop.
#[derive(Debug, thiserror::Error)]
pub enum NodeFault {
    /// Its key or its town's file.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// Its store.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// What stands in its store.
    #[error(transparent)]
    Start(#[from] StartFault),
    /// Its mesh.
    #[error(transparent)]
    Mesh(#[from] MeshFault),
    /// Its reader.
    #[error(transparent)]
    Reader(#[from] ReaderMistake),
    /// Whom it is to believe about cards.
    #[error(transparent)]
    Trust(#[from] TrustMistake),
    /// The system has no randomness to name journals by.
    #[error("the system gives no randomness: {0}")]
    NoRandomness(String),
    /// The store cannot be read while the node runs.
    #[error("the store cannot be read any more; check the disk, then restart")]
    StoreUnreadable,
}

/// Makes the key and the empty store of a new node, and returns its name.
///
/// Where a key is and no store, as after a disk was changed, the key is kept: the node
/// begins empty under its old name, and its peers give back what they hold.
///
/// # Errors
/// [`NodeFault`] when there is a store already, or it cannot be written.
pub fn init(config: &NodeConfig) -> Result<NodeId, NodeFault> {
    let town = TownFile::load(&config.town)?;
    let key = match NodeKey::create(&config.key_path()) {
        Err(KeyFault::Exists { .. }) if !config.store_path().exists() => {
            NodeKey::load(&config.key_path())?
        }
        made => made?,
    };
    let owner = Owner { town: town.town(), node: key.node() };
    Store::create(&config.store_path(), owner, config.store.cache_bytes())?.close()?;
    Ok(key.node())
}

impl Node {
    /// Wakes up a node: everything it holds is read, its mesh and reader begin.
    ///
    /// # Errors
    /// [`NodeFault`] when anything it needs is missing or wrong.
    pub async fn open(config: NodeConfig) -> Result<Self, NodeFault> {
        let town = TownFile::load(&config.town)?;
        let key = NodeKey::load(&config.key_path())?;
        let owner = Owner { town: town.town(), node: key.node() };
        let store = Arc::new(open_store(&config, owner)?);
        let clock = Clock::start();
        let engine = wake(&config, &town, &key, &store, clock)?;
        let refuses = engine.store_refuses() || !store.takes_writes();
        let engine = Arc::new(RwLock::new(engine));
        let checks = checks(&config, &town, &key, &engine)?;
        let addresses = AddressBook::load(config.data.join("addresses.json"));
        let mesh = MeshConfig {
            alpn: format!("digiana/1/{}", town.town()).into_bytes(),
            bind: config.mesh.bind.clone(),
            peers: config.mesh.peers.iter().map(|p| (p.node, p.addresses.clone())).collect(),
            multicast: config.mesh.multicast.clone(),
            links_max: config.mesh.links_max,
        };
        let (mesh, mesh_events) = Mesh::bind(*key.secret(), mesh, addresses.peers()).await?;
        let at_hand = AtHand::default();
        let reader_events = start_readers(&config, checks, &at_hand)?;
        let (order, orders) = mpsc::channel(ORDERS_MAX);
        let (changes, changed) = watch::channel(0);
        let (outcomes, _) = broadcast::channel(OUTCOMES_QUEUED_MAX);
        let handle = Handle::new(
            Arc::clone(&engine),
            Arc::clone(&store),
            order,
            mesh.clone(),
            changed,
            outcomes,
            at_hand,
            &config,
            &town,
        );
        Ok(Self {
            engine,
            disk: Disk::start(Arc::clone(&store)),
            store,
            clock,
            mesh,
            mesh_events,
            reader_events,
            orders,
            asked: BTreeMap::new(),
            next_request: 1,
            taps: Taps { indicator: Indicator::new() },
            addresses,
            changes,
            reopen_at: refuses.then(Instant::now),
            handle,
        })
    }
}

/// What the reader asks of the replica when a card comes.
fn checks(
    config: &NodeConfig,
    town: &TownFile,
    key: &NodeKey,
    engine: &Arc<RwLock<Engine>>,
) -> Result<Arc<Checks>, TrustMistake> {
    let engine = Arc::clone(engine);
    let known = move |token| {
        let engine = engine.read().expect("the loop never panics while it writes");
        let tokens = &engine.folds().tokens;
        Known {
            is_known: tokens.resolve(token) != Resolved::Unknown,
            keys: tokens.proof_keys(token).cloned().collect(),
        }
    };
    let trust = Trust::configured(&config.cards)?;
    Ok(Arc::new(Checks::new(town.tag_key(), key.node(), trust, wall, known)))
}

/// Opens the store; a damaged one makes way for an empty one, and the operator is told.
fn open_store(config: &NodeConfig, owner: Owner) -> Result<Store, StoreFault> {
    let path = config.store_path();
    let (store, aside) = Store::open_or_set_aside(&path, owner, config.store.cache_bytes())?;
    if let Some(SetAside { path, why }) = aside {
        tracing::error!(
            kept = %path.display(),
            why,
            "the store is damaged and set aside; this node goes on with an empty one, and its \
             peers give back what they hold. What nobody else had heard is in that file alone: \
             keep it, and count again whoever was taken in here since the last link"
        );
    } else if let [.., latest] = store.set_aside().as_slice() {
        tracing::warn!(kept = %latest.display(), "a damaged store was set aside; see OPERATIONS");
    }
    Ok(store)
}

/// Reads what the node holds, and gives it the credentials of its town's file.
pub(crate) fn wake(
    config: &NodeConfig,
    town: &TownFile,
    key: &NodeKey,
    store: &Store,
    clock: Clock,
) -> Result<Engine, NodeFault> {
    let mut seed = [0; 32];
    let drawn = SysRng.try_fill_bytes(&mut seed);
    drawn.map_err(|error| NodeFault::NoRandomness(error.to_string()))?;
    let engine = EngineConfig {
        scheme: Scheme::Ed25519,
        root: town.root,
        signer: key.signer(Scheme::Ed25519),
        site: config.site,
        seed,
    };
    let mut engine = Engine::start(engine, store.stored()?, store, clock.now())?;
    let given = Input::CredentialsGiven(town.credentials.clone());
    engine.handle_input(given, store, clock.now());
    // Nobody is there to be told yet. What is new must be durable before the first command, or a
    // node that was just admitted would refuse it.
    while let Some(effect) = engine.poll_effect() {
        if let Effect::Persist(commit) = effect {
            let id = commit.id;
            let answer = match store.commit(&[commit]) {
                Ok(()) => Input::Persisted(id),
                Err(StoreFault::Full { .. }) => Input::PersistFailed(id),
                Err(fault) => return Err(fault.into()),
            };
            engine.handle_input(answer, store, clock.now());
        }
    }
    Ok(engine)
}

fn start_readers(
    config: &NodeConfig,
    checks: Arc<Checks>,
    at_hand: &AtHand,
) -> Result<mpsc::Receiver<ReaderEvent>, NodeFault> {
    let (events, from_reader) = mpsc::channel(READER_EVENTS_QUEUED_MAX);
    if let Some(scanner) = &config.scanner {
        crate::reader::scanner::start(scanner.clone(), checks.tag_key.clone(), events.clone());
    }
    match &config.reader {
        ReaderConfig::None => {}
        ReaderConfig::Virtual { listen } => {
            let reader = VirtualReader::bind(*listen, checks, at_hand.clone())?;
            tokio::spawn(reader.run(events));
        }
        #[cfg(feature = "pcsc")]
        ReaderConfig::Pcsc { readers } => {
            crate::reader::pcsc_reader::start(readers.clone(), checks, at_hand.clone(), events);
        }
        #[cfg(not(feature = "pcsc"))]
        ReaderConfig::Pcsc { .. } => return Err(ReaderMistake::BuiltWithoutPcsc.into()),
    }
    Ok(from_reader)
}
