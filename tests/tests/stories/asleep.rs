//! A machine that stands still for a minute, as one does whose lid was closed, and goes on.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::time::{Duration, Instant};

use digiana_tests::cards::{enrol, lay_down, tap};
use digiana_tests::processes::{Process, Town, person, until, until_within};
use digiana_tests::raw::check_ins;

const ASLEEP: Duration = Duration::from_secs(60);

/// A sleeper is missed after two silent seconds; the rest is for a busy machine.
const MISSED_WITHIN: Duration = Duration::from_secs(10);

#[test]
fn a_shelter_that_stood_still_for_a_minute_is_missed_goes_on_and_catches_up() {
    let mut town = Town::of(&["本部", "都賀", "バス"], &[(0, 1), (0, 2), (1, 2)]);
    enrol(&town.nodes[0], 1..=60);
    town.start_all();
    town.until_equal();
    town.open_shelters(&[1, 2]);
    let (hq, sleeper, bus) = (&town.nodes[0], &town.nodes[1], &town.nodes[2]);
    let (at_sleeper, on_bus) = (sleeper.follow(), bus.follow());
    let mut shown = Vec::new();
    for number in 1..=5 {
        tap(sleeper, number);
        shown.push(at_sleeper.next());
    }
    // Somebody is answered only after the minute, or was just before it.
    tap(sleeper, 6);
    sleeper.fall_asleep();
    let since = Instant::now();
    let is_linked = |name: &str| {
        let status = hq.status();
        let peers = status["peers"].as_array().unwrap();
        peers.iter().find(|peer| peer["name"] == name).unwrap()["linked"] == true
    };
    until_within(MISSED_WITHIN, "headquarters misses the shelter", || !is_linked("都賀"));
    // A card lies on the reader that sleeps, and is read when it wakes.
    let on_the_reader = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| lay_down(sleeper, 7, 2 * ASLEEP));
        for number in 11..=40 {
            tap(bus, number);
            shown.push(on_bus.next());
        }
        // Five or six are at the shelter: the sixth tap may have reached nobody yet.
        let bus_and_five = || hq.present().0 >= 35 && is_linked("バス");
        until_within(MISSED_WITHIN, "headquarters counts on with the bus", bus_and_five);
        std::thread::sleep(ASLEEP.saturating_sub(since.elapsed()));
        sleeper.wake_up();
        waiting.join().unwrap()
    });
    assert!(on_the_reader, "the card that waited is read");
    shown.extend([at_sleeper.next(), at_sleeper.next()]);
    until("the shelter shows all", || sleeper.present() == (37, 37));
    until("headquarters and the shelter have met again", || is_linked("都賀"));
    tap(sleeper, 8);
    shown.push(at_sleeper.next());
    town.until_equal();
    town.nodes.iter_mut().for_each(Process::stop);
    let raw = town.nodes.iter().map(check_ins).collect::<Vec<_>>();
    for outcome in &shown {
        assert_eq!(outcome["accepted"], true, "{outcome}");
        let entry = outcome["entry"].as_str().unwrap();
        assert!(raw.iter().all(|held| held.contains_key(entry)), "{entry} is lost");
    }
    let people: Vec<_> = (1..=8).chain(11..=40).map(person).collect();
    let mut counted: Vec<_> = raw[1].values().copied().collect();
    counted.sort_unstable();
    assert_eq!(counted, people);
}
