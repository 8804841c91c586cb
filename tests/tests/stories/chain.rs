//! Four nodes in a row, as along a valley road: the ends never meet.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::time::Duration;

use digiana_core::limits::RECEIPT_EVERY;
use digiana_tests::cards::{enrol, tap};
use digiana_tests::processes::{Town, until, until_within};

/// How long headquarters' word may take to the far end: a receipt at most once a minute, and two
/// relays.
const WORD_WITHIN: Duration = RECEIPT_EVERY.saturating_add(Duration::from_secs(15));

#[test]
fn taps_at_both_ends_of_a_valley_reach_everybody_and_the_far_end_hears_that_headquarters_has_them()
{
    let mut town = Town::of(&["本部", "都賀", "バス", "比之宮"], &[(0, 1), (1, 2), (2, 3)]);
    enrol(&town.nodes[0], 1..=12);
    town.start_all();
    town.until_equal();
    town.open_shelters(&[0, 3]);
    let (near, far) = (&town.nodes[0], &town.nodes[3]);
    let (near_outcomes, far_outcomes) = (near.follow(), far.follow());
    let mut accepted = Vec::new();
    for number in 1..=6 {
        tap(near, number);
        tap(far, number + 6);
        for outcome in [near_outcomes.next(), far_outcomes.next()] {
            assert_eq!(outcome["accepted"], true, "{outcome}");
            accepted.push(outcome["entry"].as_str().unwrap().to_owned());
        }
    }
    for node in &town.nodes {
        until(&format!("{} shows all", node.name), || node.present() == (12, 12));
        assert!(accepted.iter().all(|entry| node.holds(entry)), "{}", node.name);
    }
    town.until_equal();
    // The ends have never met, and say so.
    for (one, other) in [(near, "比之宮"), (far, "本部")] {
        let status = one.status();
        let peers = status["peers"].as_array().unwrap();
        let other = peers.iter().find(|peer| peer["name"] == other).unwrap();
        assert_eq!(other["linked"], false, "{other}");
    }
    until_within(WORD_WITHIN, "the far end hears that headquarters has all", || {
        let status = far.status();
        status["custody"][0] == status["custody"][1]
    });
    // And nobody is told so of what headquarters cannot have.
    far.ctl(&["pause", "バス"]);
    tap(far, 1);
    assert_eq!(far_outcomes.next()["accepted"], true, "somebody moves to the other shelter");
    let status = far.status();
    assert!(status["custody"][0].as_u64() < status["custody"][1].as_u64(), "{status}");
}
