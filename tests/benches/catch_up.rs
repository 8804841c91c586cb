//! A new replica that gets everything, against Automerge's own sync of the same entries.
//!
//! 50,000 entries of 80 random bytes by 100 authors; the new replica holds the credentials only.

use automerge::Automerge;
use digiana_core::journal::journals::MemoryJournals;
use digiana_tests::automerge_twin;
use digiana_tests::figure::{progress, sized};
use digiana_tests::meeting::{Body, Meeting};
use digiana_tests::town::Town;

const AUTHORS: usize = 100;

fn main() -> anyhow::Result<()> {
    let (entries, rounds) = sized((50_000, 5), (500, 1));
    progress("catch_up: writing an Automerge document");
    let mut full = Automerge::new();
    automerge_twin::write(&mut full, 0..AUTHORS, 0..entries)?;
    for body in [Body::Unknown, Body::Edit] {
        progress("catch_up: writing journals");
        let mut town = Town::of(AUTHORS + 1);
        let mut held = MemoryJournals::default();
        body.write(&mut town, &mut held, 0..AUTHORS, 0..entries)?;
        let meeting = Meeting {
            bench: "catch_up",
            town: &town,
            dialler: (AUTHORS, &MemoryJournals::default()),
            listener: (0, &held),
            twins: (&Automerge::new(), &full),
            rounds,
        };
        meeting.measure(body)?;
    }
    Ok(())
}
