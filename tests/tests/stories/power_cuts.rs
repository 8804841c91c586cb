//! A shelter whose power fails again and again while people hold their cards to its reader.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

use digiana_sim::rng::Rng;
use digiana_tests::cards::{enrol, tap};
use digiana_tests::processes::{Town, person};
use digiana_tests::raw::check_ins;

const POWER_CUTS: u32 = 50;

/// How many people come to the reader between two power cuts, one right after the other.
const PEOPLE_A_RUN: u32 = 4;

/// The power goes at most so long after the last card was read: about what a tap takes to become
/// durable.
const CUT_WITHIN_MICROS: u32 = 2500;

#[test]
fn fifty_power_cuts_in_a_stream_of_taps_lose_no_indicated_tap_and_count_nobody_twice() {
    let began = Instant::now();
    let mut town = Town::of(&["本部", "都賀"], &[(0, 1)]);
    let people = POWER_CUTS * PEOPLE_A_RUN;
    enrol(&town.nodes[0], 1..=people);
    town.start_all();
    town.until_equal();
    town.open_shelters(&[1]);
    let mut chance = Rng::new(1, "stories/power-cuts");
    let mut shown = Vec::new();
    let mut unanswered: Vec<u32> = Vec::new();
    let (mut in_flight, mut came_through) = (0, 0);
    for cut in 0..POWER_CUTS {
        let outcomes = town.nodes[1].follow();
        // Whoever saw no lamp holds the card to the reader again.
        for number in unanswered.drain(..) {
            tap(&town.nodes[1], number);
            let outcome = outcomes.next();
            match outcome["entry"].as_str() {
                Some(entry) => shown.push(entry.to_owned()),
                None => {
                    assert_eq!(outcome["word"], "AlreadyHere", "{outcome}");
                    came_through += 1;
                }
            }
        }
        let this_run = cut * PEOPLE_A_RUN + 1..=(cut + 1) * PEOPLE_A_RUN;
        let mut first_answer = Vec::new();
        for number in this_run.clone() {
            tap(&town.nodes[1], number);
            // From the first answer on it is known that outcomes are heard.
            if number == *this_run.start() {
                first_answer.push(outcomes.next());
            }
        }
        std::thread::sleep(Duration::from_micros(chance.below(CUT_WITHIN_MICROS).into()));
        town.nodes[1].kill();
        let answers = [first_answer, outcomes.rest()].concat();
        for outcome in &answers {
            assert_eq!(outcome["accepted"], true, "{outcome}");
            shown.push(outcome["entry"].as_str().unwrap().to_owned());
        }
        // Cards are decided in the order in which they were read.
        unanswered.extend(this_run.skip(answers.len()));
        in_flight += unanswered.len();
        town.nodes[1].start();
    }
    let outcomes = town.nodes[1].follow();
    for number in unanswered {
        tap(&town.nodes[1], number);
        outcomes.next();
    }
    assert!(in_flight > 0, "the power never went while a tap was on its way");
    town.until_equal();
    let all = u64::from(people);
    for node in &mut town.nodes {
        assert_eq!(node.present(), (all, all), "{}", node.name);
        node.stop();
        let (holds, said) = node.check();
        assert!(holds, "{said}");
    }
    let (hq, shelter) = (check_ins(&town.nodes[0]), check_ins(&town.nodes[1]));
    assert_eq!(hq, shelter);
    assert!(shown.iter().all(|entry| shelter.contains_key(entry)), "an indicated tap is lost");
    let counted: BTreeSet<_> = shelter.values().copied().collect();
    assert_eq!(counted, (1..=all).map(person).collect(), "somebody is missing");
    assert_eq!(shelter.len(), counted.len(), "somebody is counted twice");
    let figures = format!(
        "{POWER_CUTS} power cuts: {} taps indicated, {in_flight} cut in flight, of which \
         {came_through} had become durable; {:.1} s\n",
        shown.len(),
        began.elapsed().as_secs_f64()
    );
    std::io::stdout().write_all(figures.as_bytes()).unwrap();
}
