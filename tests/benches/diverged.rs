//! Two replicas that were apart and wrote on, against Automerge's own sync of the same entries.
//!
//! 10,000 entries of 80 random bytes by 100 authors are held by both; then each side got 1,000
//! more, of 50 authors each, since a journal has one writer and grows in one place. Hashes and
//! seals are checked. Automerge holds the same as 100 actors in one document, checks no signature
//! and begins with no peer state.

use automerge::Automerge;
use digiana_core::journal::journals::MemoryJournals;
use digiana_tests::automerge_twin;
use digiana_tests::figure::{progress, sized};
use digiana_tests::meeting::{Body, Meeting};
use digiana_tests::town::Town;

const AUTHORS: usize = 100;

fn main() -> anyhow::Result<()> {
    let (shared, new, rounds) = sized((10_000, 1_000, 9), (200, 100, 1));
    progress("diverged: writing Automerge documents");
    let mut one = Automerge::new();
    automerge_twin::write(&mut one, 0..AUTHORS, 0..shared)?;
    let mut other = one.clone();
    automerge_twin::write(&mut one, 0..AUTHORS / 2, shared..shared + new)?;
    automerge_twin::write(&mut other, AUTHORS / 2..AUTHORS, shared + new..shared + 2 * new)?;
    for body in [Body::Unknown, Body::Edit] {
        progress("diverged: writing journals");
        let mut town = Town::of(AUTHORS);
        let mut here = MemoryJournals::default();
        body.write(&mut town, &mut here, 0..AUTHORS, 0..shared)?;
        let mut there = here.clone();
        body.write(&mut town, &mut here, 0..AUTHORS / 2, shared..shared + new)?;
        let rest = AUTHORS / 2..AUTHORS;
        body.write(&mut town, &mut there, rest, shared + new..shared + 2 * new)?;
        let meeting = Meeting {
            bench: "diverged",
            town: &town,
            dialler: (AUTHORS - 1, &there),
            listener: (0, &here),
            twins: (&other, &one),
            rounds,
        };
        meeting.measure(body)?;
    }
    Ok(())
}
