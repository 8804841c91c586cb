//! A disk that gives back other bits than were written: the store is set aside, and comes back
//! from the peers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::path::{Path, PathBuf};

use digiana_sim::rng::Rng;
use digiana_tests::cards::{enrol, tap};
use digiana_tests::processes::{Process, Program, Town, free_tcp, until};
use digiana_tests::raw::check_ins;

/// How many places of the store are damaged, one after the other.
const PLACES: u32 = 30;

/// How many bits turn over at once: many places of a store hold what is of no use any more.
const BITS_A_PLACE: u32 = 3;

/// The store begins with its header, where a bit weighs most.
const HEADER_BYTES: u32 = 320;

fn store(node: &Process) -> PathBuf {
    node.folder.join("data/store.redb")
}

/// Turns some bits of a stopped node's store over, and gives back the damaged bytes.
fn flip(path: &Path, place: u32, chance: &mut Rng) -> Vec<u8> {
    let mut bytes = std::fs::read(path).unwrap();
    let len = u32::try_from(bytes.len()).unwrap();
    // Every third time in the header; elsewhere where something stands or stood.
    let room = if place.is_multiple_of(3) { HEADER_BYTES } else { len };
    for _ in 0..BITS_A_PLACE {
        let at = loop {
            let at = usize::try_from(chance.below(room)).unwrap();
            if bytes[at] != 0 {
                break at;
            }
        };
        bytes[at] ^= 1 << chance.below(8);
    }
    std::fs::write(path, &bytes).unwrap();
    bytes
}

/// Overwrites the beginning of a stopped node's store, and gives back the damaged bytes.
fn wipe(path: &Path) -> Vec<u8> {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[..4096].fill(0);
    std::fs::write(path, &bytes).unwrap();
    bytes
}

/// The damaged stores that a running node names, which must lie there.
fn set_aside(node: &Process) -> Vec<PathBuf> {
    let status = node.status();
    let named = status["stores_set_aside"].as_array().unwrap();
    named.iter().map(|path| PathBuf::from(path.as_str().unwrap())).collect()
}

#[test]
fn wherever_a_bit_of_a_store_turns_over_the_node_starts_and_ends_with_all_its_peers_hold() {
    let mut town = Town::of(&["本部", "都賀"], &[(0, 1)]);
    enrol(&town.nodes[0], 1..=PLACES);
    town.start_all();
    town.until_equal();
    town.open_shelters(&[1]);
    let mut chance = Rng::new(1, "stories/flipped-bits");
    let (mut found, mut harmless) = (0, 0);
    for place in 0..PLACES {
        let present = u64::from(place + 1);
        tap(&town.nodes[1], place + 1);
        until("headquarters counts them", || town.nodes[0].present() == (present, present));
        town.until_equal();
        // Every other time the disk turns bits over when the power fails.
        if place % 2 == 0 {
            town.nodes[1].stop();
        } else {
            town.nodes[1].kill();
        }
        let path = store(&town.nodes[1]);
        let damaged = flip(&path, place, &mut chance);
        let (holds, said) = town.nodes[1].check();
        assert!(holds || said.contains("is damaged") && said.contains("start the node"), "{said}");
        town.nodes[1].start();
        town.until_equal();
        let shelter = &town.nodes[1];
        assert_eq!(shelter.present(), (present, present), "place {place}");
        match set_aside(shelter).as_slice() {
            [] => {
                assert!(holds, "{said}");
                harmless += 1;
            }
            [kept] => {
                assert!(!holds, "a store that held was set aside");
                assert_eq!(std::fs::read(kept).unwrap(), damaged, "the damaged bytes are kept");
                assert!(shelter.log().contains("the store is damaged and set aside"));
                std::fs::remove_file(kept).unwrap();
                found += 1;
            }
            more => panic!("{more:?}"),
        }
    }
    assert!(found > PLACES / 3, "{found} found, {harmless} harmless");
    town.nodes.iter_mut().for_each(Process::stop);
    let (hq, shelter) = (check_ins(&town.nodes[0]), check_ins(&town.nodes[1]));
    assert_eq!(hq, shelter);
    assert_eq!(shelter.len(), usize::try_from(PLACES).unwrap());
}

#[test]
fn a_shelter_whose_store_is_damaged_while_nobody_can_be_reached_takes_taps_and_keeps_the_old_file()
{
    let mut town = Town::of(&["本部", "都賀"], &[(0, 1)]);
    enrol(&town.nodes[0], 1..=10);
    town.start_all();
    town.until_equal();
    town.open_shelters(&[1]);
    for number in 1..=5 {
        tap(&town.nodes[1], number);
    }
    until("headquarters counts five", || town.nodes[0].present() == (5, 5));
    town.until_equal();
    town.nodes[0].stop();
    // The sixth is known to nobody else when the disk fails.
    let outcomes = town.nodes[1].follow();
    (1..=5).for_each(|_| drop(outcomes.next()));
    tap(&town.nodes[1], 6);
    assert_eq!(outcomes.next()["accepted"], true);
    town.nodes[1].kill();
    let path = store(&town.nodes[1]);
    let damaged = wipe(&path);

    town.nodes[1].start();
    let shelter = &town.nodes[1];
    assert_eq!(shelter.present(), (0, 0));
    let kept = set_aside(shelter);
    assert_eq!(kept.len(), 1);
    assert_eq!(std::fs::read(&kept[0]).unwrap(), damaged);
    let log = shelter.log();
    assert!(log.contains("keep it, and count again"), "{log}");
    // Who is who and what goes on is with headquarters, so a tap is refused in so many words; what
    // the shelter itself may say, it says at once.
    let outcomes = shelter.follow();
    tap(shelter, 7);
    assert_eq!(outcomes.next()["word"], "NoOpenIncident");
    shelter.ctl(&["incident", "open", "--title", "訓練 孤立", "--hazard", "flood", "--drill"]);

    town.nodes[0].start();
    town.until_equal();
    let shelter = &town.nodes[1];
    assert_eq!(shelter.present(), (5, 5), "the sixth is in the file that was set aside");
    assert_eq!(shelter.status()["incidents"].as_array().unwrap().len(), 2);
    // They are counted again, by their card.
    tap(shelter, 6);
    assert_eq!(outcomes.next()["accepted"], true);
    until("headquarters counts six", || town.nodes[0].present() == (6, 6));
    town.until_equal();
    // A further start tells again that there is something to look at.
    town.nodes[1].stop();
    town.nodes[1].start();
    assert_eq!(set_aside(&town.nodes[1]), kept);
    town.until_equal();
}

#[test]
fn a_gateway_sets_a_damaged_store_aside_as_a_node_does() {
    let mut town = Town::of(&["本部", "都賀"], &[(0, 1)]);
    enrol(&town.nodes[0], 1..=3);
    let folder = town.nodes[1].folder.clone();
    let config = std::fs::read_to_string(folder.join("node.toml")).unwrap();
    let web = format!("{config}[web]\nlisten = \"{}\"\n", free_tcp());
    std::fs::write(folder.join("gateway.toml"), web).unwrap();
    let (name, reader) = (town.nodes[1].name.clone(), town.nodes[1].reader);
    town.nodes[1] = Process::new(Program::Gateway, name, folder, reader);
    let damaged = wipe(&store(&town.nodes[1]));
    town.start_all();
    town.until_equal();
    let kept = set_aside(&town.nodes[1]);
    assert_eq!(kept.len(), 1, "{}", town.nodes[1].log());
    assert_eq!(std::fs::read(&kept[0]).unwrap(), damaged);
    assert_eq!(town.nodes[1].status()["journals"], 1, "the cards came back");
}
