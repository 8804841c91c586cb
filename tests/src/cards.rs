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
use digiana_node::reader::enrol::{Asked, Read, Secret};
use digiana_node::reader::identify::Known;
use digiana_node::store::{Owner, READER_CACHE_BYTES, Store};
use digiana_sim::card::kind::{Kind, Quirks};
use digiana_sim::card::{Card, ReaderAddr, Uid};

use crate::processes::{PATIENCE, Process, person};
use crate::readers::{InHand, checks_of};

const SEED: u64 = 1;

/// Enrols the plain cards of generated people in the store of a node that does not run, as a desk
/// would have before.
pub fn enrol(node: &Process, people: RangeInclusive<u32>) {
    let tag_key = TownFile::load(&node.folder.join("town.json")).unwrap().tag_key();
    let links = people.map(|number| {
        let token = TokenTag::of_uid(&tag_key, &Uid::of_person(SEED, number).0);
        let person = person(u64::from(number));
        command::Command::LinkToken { token, person, replace: false }
    });
    record(node, links);
}

/// Enrols the My Number cards of generated people: the desk opens each with what is printed on it,
/// and takes down the key that it proves itself with.
pub fn enrol_my_number(node: &Process, people: RangeInclusive<u32>) {
    let tag_key = TownFile::load(&node.folder.join("town.json")).unwrap().tag_key();
    let checks = checks_of(tag_key, |_| Known { is_known: true, keys: Vec::new() });
    let enrolled = people.map(|number| {
        let mut card = Card::of_person(SEED, number, Kind::Normal, Quirks::default());
        card.power_on();
        let code = card.secrets().unwrap().code_b.clone();
        let asked = Asked::open(Secret::CodeB, &code).unwrap();
        match checks.enrol(InHand(card), &asked).unwrap() {
            Read::Opened { token, key, .. } => {
                let person = person(u64::from(number));
                command::Command::EnrolCard { token, person, key, replace: false }
            }
            Read::Tries { .. } => panic!("a card that is opened says whose it is"),
        }
    });
    record(node, enrolled);
}

/// Has a node that does not run record what a desk asks for.
fn record(node: &Process, asked: impl Iterator<Item = command::Command>) {
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
    let commands = (0..).zip(asked).map(|(number, command)| {
        let request = RequestId(number);
        Input::Commanded { request, command: Command::Shelter(command) }
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
