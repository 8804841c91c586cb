//! A reader of the node's own code without a node: its events, and what its replica would know.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a story that fails says so by panicking"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use digiana_core::id::NodeId;
use digiana_core::time::{Confidence, Wall};
use digiana_core::token::proof::ProofKey;
use digiana_core::token::{TagKey, TokenTag};
use digiana_node::reader::at_hand::AtHand;
use digiana_node::reader::bounds::Line;
use digiana_node::reader::card::CardFault;
use digiana_node::reader::identify::{Checks, Known};
use digiana_node::reader::trust::{CardsConfig, Trust};
use digiana_node::reader::virtual_reader::VirtualReader;
use digiana_node::reader::{READER_EVENTS_QUEUED_MAX, ReaderEvent};
use digiana_sim::card::{Card, authority};
use digiana_sim::population::TOWN_PEOPLE;
use tokio::sync::mpsc;

/// How long an event may take that must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The town that the drill's cards are of.
pub const SEED: u64 = 1;

/// The day on which cards are held to readers here: 1 April 2026, noon in Japan.
pub fn noon() -> Wall {
    Wall { seconds: 1_775_012_400, confidence: Confidence::Held }
}

/// The tokens that a desk has enrolled.
type Enrolled = Arc<Mutex<BTreeMap<TokenTag, Vec<ProofKey>>>>;

/// A card without any reader, in somebody's hand.
#[derive(Debug)]
pub struct InHand(pub Card);

impl Line for InHand {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
        Ok(self.0.transmit(command))
    }
}

/// A reader whose town believes the drill's authority.
#[derive(Debug)]
pub struct Bench {
    /// What the reader tells.
    pub events: mpsc::Receiver<ReaderEvent>,
    /// The card that lies there.
    pub at_hand: AtHand,
    enrolled: Enrolled,
}

/// Writes what a drill's readers pin.
pub fn pin_authority(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (name, content) in authority::files(SEED, 1..=TOWN_PEOPLE) {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

/// What a reader goes by, as long as that is what its replica says.
pub fn checks_with(known: impl Fn(TokenTag) -> Known + Send + Sync + 'static) -> Arc<Checks> {
    checks_of(TagKey::new([5; 32]), known)
}

/// The same of the town with this key.
pub fn checks_of(
    key: TagKey,
    known: impl Fn(TokenTag) -> Known + Send + Sync + 'static,
) -> Arc<Checks> {
    let folder = tempfile::tempdir().unwrap();
    pin_authority(folder.path());
    let trust = Trust::configured(&CardsConfig {
        authorities: Some(folder.path().to_owned()),
        revoked: None,
        municipality: Some("32448".to_owned()),
    });
    Arc::new(Checks::new(key, NodeId([7; 32]), trust.unwrap(), noon, known))
}

impl Bench {
    /// A virtual reader, and where cards reach it.
    pub fn virtual_reader() -> (Self, std::net::SocketAddr) {
        let (bench, checks, events) = Self::of_checks();
        let listen = "127.0.0.1:0".parse().unwrap();
        let reader = VirtualReader::bind(listen, checks, bench.at_hand.clone()).unwrap();
        let addr = reader.local_addr();
        tokio::spawn(reader.run(events));
        (bench, addr)
    }

    /// The readers that the machine's smart-card service knows.
    #[cfg(feature = "pcsc")]
    pub fn of_pcscd() -> Self {
        let (bench, checks, events) = Self::of_checks();
        let at_hand = bench.at_hand.clone();
        digiana_node::reader::pcsc_reader::start(Vec::new(), checks, at_hand, events);
        bench
    }

    fn of_checks() -> (Self, Arc<Checks>, mpsc::Sender<ReaderEvent>) {
        let enrolled = Enrolled::default();
        let (sender, events) = mpsc::channel(READER_EVENTS_QUEUED_MAX);
        let held = Arc::clone(&enrolled);
        let checks = checks_with(move |token| {
            let held = held.lock().unwrap();
            let keys = held.get(&token);
            Known { is_known: keys.is_some(), keys: keys.cloned().unwrap_or_default() }
        });
        (Self { events, at_hand: AtHand::default(), enrolled }, checks, sender)
    }

    /// The next event.
    pub async fn next(&mut self) -> ReaderEvent {
        tokio::time::timeout(PATIENCE, self.events.recv()).await.unwrap().unwrap()
    }

    /// A desk enrols a token.
    pub fn enrol(&self, token: TokenTag, key: Option<ProofKey>) {
        self.enrolled.lock().unwrap().insert(token, key.into_iter().collect());
    }
}
