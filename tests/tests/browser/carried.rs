//! What a bus and a shop carry for others: who is where, under ids; no name, no illness.

use std::time::Duration;

use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::service::tokens::Resolved;
use digiana_core::sign::Scheme;
use digiana_core::time::{Confidence, Timestamp, Wall};
use digiana_core::token::TokenTag;
use digiana_node::keys::{NodeKey, TownFile};
use digiana_node::store::{Owner, READER_CACHE_BYTES, Store};
use digiana_sim::card::Uid;
use digiana_tests::gateways::{Gateway, Gateways, Post, SEED};
use digiana_tests::processes::until;

use crate::clerk::Clerk;
use crate::scene::FIRST;

const ILLNESS: &str = "高血圧の薬を服用中（訓練データ）";

/// What must be on no reader that is not admitted to it.
fn personal(town: &Gateways) -> Vec<String> {
    let of_people = town.people.iter().flat_map(|person| {
        let (family, given) = (person.family, person.given);
        [
            person.name(),
            person.kana(),
            format!("{}{}", family.written, given.written),
            person.address.clone(),
            person.phone.clone(),
        ]
    });
    of_people.chain([ILLNESS.to_owned()]).collect()
}

/// Which of these texts stand in the raw store of a gateway that was stopped.
fn found_in<'t>(gateway: &Gateway, texts: &'t [String]) -> Vec<&'t str> {
    let store = std::fs::read(gateway.process.folder.join("data/store.redb")).unwrap();
    let holds = |text: &str| {
        let finder = text.as_bytes();
        store.windows(finder.len()).any(|window| window == finder)
    };
    texts.iter().map(String::as_str).filter(|text| holds(text)).collect()
}

/// What the store of a gateway that was stopped says: the engine that reads it, and the store.
fn read_off<T>(gateway: &Gateway, look: impl FnOnce(&Engine, &TownFile) -> T) -> T {
    let folder = &gateway.process.folder;
    let town = TownFile::load(&folder.join("town.json")).unwrap();
    let key = NodeKey::load(&folder.join("data/node.key")).unwrap();
    let owner = Owner { town: town.town(), node: key.node() };
    let store = Store::open(&folder.join("data/store.redb"), owner, READER_CACHE_BYTES).unwrap();
    let config = EngineConfig {
        scheme: Scheme::Ed25519,
        root: town.root,
        signer: key.signer(Scheme::Ed25519),
        site: None,
        seed: [5; 32],
    };
    let wall = Wall { seconds: 1_795_000_000, confidence: Confidence::Held };
    let now = Timestamp { monotonic: Duration::ZERO, wall };
    let engine = Engine::start(config, store.stored().unwrap(), &store, now).unwrap();
    look(&engine, &town)
}

#[test]
fn a_bus_carries_a_shelters_evening_and_no_name_and_no_illness() {
    let posts = [Post::Desk(FIRST), Post::Bus("bus-1"), Post::Shop("shop-1")];
    let mut town = Gateways::serving(&posts, 24);
    let desk = Clerk::at(town.desk(1));
    desk.presses("避難所を開設する");
    desk.sees("にしました");
    town.until_of_one_mind();
    // The road to headquarters is gone; the bus comes by.
    town.tell("pause", &[1]);
    town.desk(1).process.ctl(&["resume", &town.desk(2).process.name]);
    town.desk(2).process.ctl(&["resume", &town.desk(1).process.name]);
    let evening: Vec<u32> = town.people.iter().take(9).map(|person| person.number).collect();
    evening.iter().for_each(|person| town.desk(1).tap(*person));
    let somebody = town.people.iter().find(|person| !person.suppressed).unwrap();
    desk.opens(&town.desk(1).page("/desk"));
    desk.presses(&somebody.name());
    desk.types("持病", ILLNESS);
    desk.presses_beside("保存", "持病");
    desk.sees("保存しました");
    until("the bus has the evening", || town.desk(2).process.present() == (9, 9));

    // The flood takes the shelter's device.
    town.all[1].process.kill();
    for gateway in [0, 2, 3] {
        town.all[gateway].process.stop();
    }
    let site = town.desk(1).site();
    let there = read_off(town.desk(2), |engine, file| {
        let folds = engine.folds();
        let incident = folds.shelter.current_incident().expect("the bus knows the incident");
        let incident = folds.shelter.incident(incident).unwrap();
        let at_site: Vec<_> = incident.people_at(site.parse().unwrap()).collect();
        let token =
            |number: &u32| TokenTag::of_uid(&file.tag_key(), &Uid::of_person(SEED, *number).0);
        let is_there = |number: &&u32| {
            let bearer = folds.tokens.resolve(token(number));
            at_site.iter().any(|person| bearer == Resolved::Person(*person))
        };
        (at_site.len(), evening.iter().filter(is_there).count())
    });
    assert_eq!(there, (9, 9), "who was at the shelter is read off the bus alone");

    let personal = personal(&town);
    for carrier in [2, 3] {
        assert_eq!(found_in(town.desk(carrier), &personal), [""; 0]);
    }
    // Whoever is admitted to it has it, so the search finds what there is.
    let at_headquarters = found_in(town.headquarters(), &personal);
    assert!(town.people.iter().all(|person| at_headquarters.contains(&person.name().as_str())));
    assert!(found_in(town.desk(1), &personal).contains(&ILLNESS));
}
