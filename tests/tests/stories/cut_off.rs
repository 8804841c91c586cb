//! A shelter whose links are cut takes people in, and headquarters shows them when a link returns.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::time::Duration;

use digiana_core::limits::RECEIPT_EVERY;
use digiana_tests::cards::{enrol, tap};
use digiana_tests::processes::{Town, until, until_within};

/// How long the word of headquarters may take to whoever it has no link with: it signs a receipt a
/// minute and scope, and the bus passes it on.
const WORD_WITHIN: Duration = RECEIPT_EVERY.saturating_add(Duration::from_secs(15));

#[test]
fn a_tap_at_a_cut_off_shelter_reaches_headquarters_when_the_link_returns() {
    let mut town = Town::of(&["本部", "都賀", "バス"], &[(0, 1), (0, 2), (1, 2)]);
    enrol(&town.nodes[0], 1..=20);
    town.start_all();
    town.until_equal();
    let (hq, shelter, bus) = (&town.nodes[0], &town.nodes[1], &town.nodes[2]);
    town.open_shelters(&[1]);
    assert_eq!(shelter.status()["incidents"][0]["drill"], true);
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
    until_within(WORD_WITHIN, "the shelter is told that headquarters has it", || {
        let status = shelter.status();
        status["custody"][0] == status["custody"][1]
    });
    town.until_equal();
}
