//! A shelter whose links are cut takes people in, and headquarters shows them when a link returns.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a story that fails says so by panicking"
)]

use digiana_core::engine::commit::StoreWrite;
use digiana_core::engine::effect::Effect;
use digiana_core::engine::input::{Input, RequestId};
use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::sign::Scheme;
use digiana_core::time::{Confidence, Timestamp, Wall};
use digiana_node::keys::{NodeKey, TownFile};
use digiana_node::store::{Owner, READER_CACHE_BYTES, Store};
use digiana_sim::card::{Card, ReaderAddr, Uid};
use std::time::Duration;

use digiana_tests::processes::{PATIENCE, Process, Town, link, person, until};

const SEED: u64 = 1;

/// Enrols the cards of generated people in a node's store, as a desk would have before.
fn enrol(node: &Process, people: std::ops::RangeInclusive<u32>) {
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
        let tag =
            digiana_core::token::TokenTag::of_uid(&town.tag_key(), &Uid::of_person(SEED, number).0);
        let request = RequestId(u64::from(number));
        Input::Commanded { request, command: link(tag, person(u64::from(number))) }
    });
    for input in std::iter::once(given).chain(commands) {
        engine.handle_input(input, &store, now);
        while let Some(effect) = engine.poll_effect() {
            match effect {
                Effect::Persist(mut commit) => {
                    commit.writes.retain(|write| *write != StoreWrite::Clean(false));
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

fn tap(node: &Process, number: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let reader = ReaderAddr::new(node.reader).unwrap();
        let mut card = Card::insert(reader, Uid::of_person(SEED, number)).await.unwrap();
        assert!(card.until_read(PATIENCE).await, "the card is read");
        card.remove().await;
    });
}

#[test]
fn a_tap_at_a_cut_off_shelter_reaches_headquarters_when_the_link_returns() {
    let mut town = Town::of(&["本部", "都賀", "バス"], &[(0, 1), (0, 2), (1, 2)]);
    enrol(&town.nodes[0], 1..=20);
    town.start_all();
    town.until_equal();
    let (hq, shelter, bus) = (&town.nodes[0], &town.nodes[1], &town.nodes[2]);
    hq.ctl(&["incident", "open", "--title", "訓練 江の川", "--hazard", "flood", "--drill"]);
    until("the shelter knows the incident", || shelter.status()["incidents"][0]["drill"] == true);
    shelter.ctl(&["site", "open"]);
    let follower = shelter.follow();
    // The road is washed out.
    shelter.ctl(&["pause", "本部"]);
    shelter.ctl(&["pause", "バス"]);
    let mut accepted = Vec::new();
    for number in 1..=10 {
        tap(shelter, number);
        let outcome = follower.next();
        assert_eq!(outcome["accepted"], true, "{outcome}");
        accepted.push(outcome["entry"].as_str().unwrap().to_owned());
    }
    tap(shelter, 10);
    assert_eq!(follower.next()["word"], "AlreadyHere");
    tap(shelter, 99);
    assert_eq!(follower.next()["word"], "UnknownToken");
    assert_eq!(shelter.present(), (10, 10));
    assert_eq!(hq.present(), (0, 0));
    // The bus comes by, and carries on what it got.
    shelter.ctl(&["resume", "バス"]);
    until("headquarters shows ten", || hq.present() == (10, 10));
    for entry in &accepted {
        assert!(hq.holds(entry) && bus.holds(entry), "{entry} is in the raw journals");
    }
    until("the shelter is told that headquarters has it", || {
        let status = shelter.status();
        status["custody"][0] == status["custody"][1]
    });
    town.until_equal();
}

#[test]
fn power_cuts_in_a_stream_of_taps_lose_no_indicated_tap() {
    let mut town = Town::of(&["本部", "都賀"], &[(0, 1)]);
    enrol(&town.nodes[0], 1..=40);
    town.start_all();
    town.until_equal();
    town.nodes[0].ctl(&["incident", "open", "--title", "訓練", "--hazard", "flood", "--drill"]);
    until("the shelter knows the incident", || {
        town.nodes[1].status()["incidents"][0]["open"] == true
    });
    town.nodes[1].ctl(&["site", "open"]);
    let mut accepted = Vec::new();
    for round in 0..5 {
        let follower = town.nodes[1].follow();
        // The kept outcomes of this run come first; there are none yet.
        for number in 1..=5 {
            tap(&town.nodes[1], round * 5 + number);
            let outcome = follower.next();
            if let Some(entry) = outcome["entry"].as_str() {
                accepted.push(entry.to_owned());
            }
        }
        town.nodes[1].kill();
        town.nodes[1].start();
    }
    assert_eq!(accepted.len(), 25);
    town.until_equal();
    for entry in &accepted {
        assert!(town.nodes[0].holds(entry) && town.nodes[1].holds(entry), "{entry}");
    }
    assert_eq!(town.nodes[0].present(), (25, 25));
    town.nodes[1].stop();
    let check = std::process::Command::new(digiana_tests::processes::binary("digiana-node"))
        .args(["check", "--config"])
        .arg(town.nodes[1].folder.join("node.toml"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.starts_with("ok: ") && said.contains("closed cleanly"), "{said}");
}
