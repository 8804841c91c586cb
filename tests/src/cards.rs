//! Cards of generated people, known to a town and held to the readers of its nodes.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a story that fails says so by panicking"
)]

use std::ops::RangeInclusive;
use std::time::Duration;

use digiana_core::engine::effect::Effect;
use digiana_core::engine::input::{Command, Input, RequestId};
use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::service::shelter::command;
use digiana_core::sign::Scheme;
use digiana_core::time::{Confidence, Timestamp, Wall};
use digiana_core::token::TokenTag;
use digiana_node::keys::{NodeKey, TownFile};
use digiana_node::store::{Owner, READER_CACHE_BYTES, Store};
use digiana_sim::card::{Card, ReaderAddr, Uid};

use crate::processes::{PATIENCE, Process, person};

const SEED: u64 = 1;

/// Enrols the cards of generated people in the store of a node that does not run, as a desk would
/// have before.
pub fn enrol(node: &Process, people: RangeInclusive<u32>) {
    let town = TownFile::load(&node.folder.join("town.json")).unwrap();
    let key = NodeKey::load(&node.folder.join("data/node.key")).unwrap();
    let owner = Owner { town: town.town(), node: key.node() };
    let path = node.folder.join("data/store.redb");
    let store = Store::open(&path, owner, READER_CACHE_BYTES).unwrap();
    let config = EngineConfig {
        scheme: Scheme::Ed25519,
        root: town.root,
        signer: key.signer(Scheme::Ed25519),
        site: None,
        seed: [5; 32],
    };
    let wall = Wall { seconds: 1_790_000_000, confidence: Confidence::Held };
    let now = Timestamp { monotonic: Duration::ZERO, wall };
    let mut engine = Engine::start(config, store.stored().unwrap(), &store, now).unwrap();
    let given = Input::CredentialsGiven(town.credentials.clone());
    let commands = people.map(|number| {
        let token = TokenTag::of_uid(&town.tag_key(), &Uid::of_person(SEED, number).0);
        let person = person(u64::from(number));
        let link = command::Command::LinkToken { token, person, replace: false };
        let request = RequestId(u64::from(number));
        Input::Commanded { request, command: Command::Shelter(link) }
    });
    for input in std::iter::once(given).chain(commands) {
        engine.handle_input(input, &store, now);
        while let Some(effect) = engine.poll_effect() {
            match effect {
                Effect::Persist(commit) => {
                    let id = commit.id;
                    store.commit(&[commit]).unwrap();
                    engine.handle_input(Input::Persisted(id), &store, now);
                }
                Effect::Indicate { outcome, .. } => assert!(outcome.is_ok(), "{outcome:?}"),
                _ => {}
            }
        }
    }
    store.close().unwrap();
}

/// Holds somebody's card to a node's reader until it has been read; what the node makes of it
/// comes later.
pub fn tap(node: &Process, number: u32) {
    assert!(lay_down(node, number, PATIENCE), "the card is read");
}

/// Leaves somebody's card on a node's reader until it has been read or nobody is patient any more;
/// whether it was read.
pub fn lay_down(node: &Process, number: u32, patience: Duration) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let reader = ReaderAddr::new(node.reader).unwrap();
        let mut card = Card::insert(reader, Uid::of_person(SEED, number)).await.unwrap();
        let read = card.until_read(patience).await;
        card.remove().await;
        read
    })
}
