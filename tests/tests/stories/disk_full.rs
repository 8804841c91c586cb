//! A whole node on a disk of its own that is full, and has room again.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::fs::File;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;

use digiana_tests::cards::{enrol, tap};
use digiana_tests::processes::{Follower, Process, Town, until};
use digiana_tests::raw::check_ins;
use serde_json::Value;

use crate::hosts::{host, play, role};

const TEST: &str = "disk_full::on_a_full_disk_taps_are_refused_visibly_until_there_is_room_again";

/// What the shelter's disk holds.
const DISK: &str = "size=4m";

/// How many people there are to take in before the disk must be full.
const PEOPLE: u32 = 400;

#[test]
fn on_a_full_disk_taps_are_refused_visibly_until_there_is_room_again() {
    match role() {
        None => play(host("-Urm", TEST, "shelter")),
        Some(_) => shelter(),
    }
}

fn shelter() {
    let mut town = Town::of(&["本部", "都賀"], &[(0, 1)]);
    enrol(&town.nodes[0], 1..=PEOPLE);
    let data = town.nodes[1].folder.join("data");
    move_to_a_small_disk(&data);
    town.start_all();
    town.until_equal();
    town.open_shelters(&[0, 1]);
    let (hq, shelter) = (&town.nodes[0], &town.nodes[1]);
    let (at_hq, at_shelter) = (hq.follow(), shelter.follow());
    let mut shown = Vec::new();
    let mut people = 1..=PEOPLE;

    // The disk fills up while people come.
    fill(&data.join("pictures"));
    let (first_refused, outcome) = until_refused(shelter, &at_shelter, &mut people, &mut shown);
    let present = u64::from(first_refused) - 1;
    assert_eq!(outcome["word"], "StoreFull", "{outcome}");
    let status = shelter.status();
    assert_eq!(status["store_takes_writes"], false, "{status}");
    for number in [first_refused, people.next().unwrap()] {
        tap(shelter, number);
        assert_eq!(at_shelter.next()["word"], "StoreFull");
    }
    // Reading goes on here, and what was taken is passed on.
    assert_eq!(shelter.present(), (present, present));
    until("headquarters has all that was taken", || hq.present() == (present, present));
    assert!(shown.iter().all(|entry| shelter.holds(entry) && hq.holds(entry)));
    // Headquarters goes on, and what it takes waits for the shelter's disk.
    tap(hq, people.next().unwrap());
    shown.push(at_hq.next()["entry"].as_str().unwrap().to_owned());
    assert_eq!(hq.present().0, present + 1);
    assert_eq!(shelter.present(), (present, present));

    // Room again: the node goes on by itself.
    std::fs::remove_file(data.join("pictures")).unwrap();
    until("the store takes writes again", || shelter.status()["store_takes_writes"] == true);
    tap(shelter, first_refused);
    let outcome = at_shelter.next();
    shown.push(outcome["entry"].as_str().expect("it is taken without a restart").to_owned());
    town.until_equal();
    assert_eq!(shelter.present(), (present + 2, present + 2));

    // A node that is started on a full disk shows what it holds, and goes on when there is room.
    let leave_nothing = || fill(&data.join("pictures"));
    leave_nothing();
    town.nodes[1].kill();
    leave_nothing();
    town.nodes[1].start();
    let shelter = &town.nodes[1];
    assert_eq!(shelter.present(), (present + 2, present + 2));
    let at_shelter = shelter.follow();
    let (refused, _) = until_refused(shelter, &at_shelter, &mut people, &mut shown);
    std::fs::remove_file(data.join("pictures")).unwrap();
    until("the store takes writes again", || shelter.status()["store_takes_writes"] == true);
    tap(shelter, refused);
    let outcome = at_shelter.next();
    shown.push(outcome["entry"].as_str().expect("it is taken without a restart").to_owned());
    town.until_equal();

    town.nodes.iter_mut().for_each(Process::stop);
    let raw: Vec<_> = town.nodes.iter().map(check_ins).collect();
    assert_eq!(raw[0], raw[1]);
    assert!(shown.iter().all(|entry| raw[1].contains_key(entry)), "an indicated tap is lost");
    assert_eq!(raw[1].len(), shown.len(), "a refused tap was recorded");
    assert!(Command::new("umount").arg(&data).status().unwrap().success());
}

/// Takes people in until the disk is full; who was refused first, and how.
fn until_refused(
    shelter: &Process,
    outcomes: &Follower,
    people: &mut RangeInclusive<u32>,
    shown: &mut Vec<String>,
) -> (u32, Value) {
    for number in people {
        tap(shelter, number);
        let outcome = outcomes.next();
        match outcome["entry"].as_str() {
            Some(entry) => shown.push(entry.to_owned()),
            None => return (number, outcome),
        }
    }
    panic!("the disk is never full");
}

/// Mounts a small file system in a folder, and puts in it what the folder held.
fn move_to_a_small_disk(folder: &Path) {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files: Vec<_> = files.map(|file| (std::fs::read(&file).unwrap(), file)).collect();
    let modes: Vec<_> = files.iter().map(|(_, file)| file.metadata().unwrap()).collect();
    let mut mount = Command::new("mount");
    let mount = mount.args(["-t", "tmpfs", "-o", DISK, "none"]).arg(folder).status();
    assert!(mount.expect("`mount` is installed").success());
    for ((bytes, file), mode) in files.iter().zip(modes) {
        std::fs::write(file, bytes).unwrap();
        std::fs::set_permissions(file, mode.permissions()).unwrap();
    }
}

/// Writes a file until nothing more fits on its disk.
fn fill(path: &Path) {
    let mut file = File::options().create(true).append(true).open(path).unwrap();
    for grain in [4096, 512, 1] {
        let grain = vec![7; grain];
        while file.write_all(&grain).is_ok() {}
    }
}
