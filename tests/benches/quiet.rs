//! What little is said when little is missing: bytes, each held against its target.
//!
//! A hundred nodes are admitted and each has written in the shelter scope. Every meeting begins
//! with all session state lost, as after a restart. Reports travel in an exchange of their own and
//! are told apart.

use std::time::Duration;

use digiana_core::fact::shelter::Act;
use digiana_core::journal::journals::MemoryJournals;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_tests::figure::{count, progress, sized, tell};
use digiana_tests::replica::{Pair, Replica};
use digiana_tests::town::{Town, person, presence, site};

const NODES: usize = 100;

/// The node that is cut off, and what it writes meanwhile.
const SHELTER: usize = 1;

fn main() -> anyhow::Result<()> {
    equal()?;
    missing()?;
    two_days()
}

/// A town in which everybody has opened a shelter and everybody knows.
fn town() -> anyhow::Result<(Town, MemoryJournals)> {
    let mut town = Town::of(NODES);
    let mut held = MemoryJournals::default();
    town.open_incident(&mut held)?;
    for node in 0..NODES {
        town.open_site(&mut held, node, site(node))?;
    }
    Ok((town, held))
}

fn pair(
    town: &Town,
    dialler: (usize, &MemoryJournals),
    listener: (usize, &MemoryJournals),
) -> anyhow::Result<Pair> {
    let dialler = Replica::start(town, dialler.0, dialler.1.clone())?;
    Ok(Pair::new(dialler, Replica::start(town, listener.0, listener.1.clone())?))
}

/// Equal replicas, each with reports of its own to pass on.
fn equal() -> anyhow::Result<()> {
    let (town, held) = town()?;
    let mut pair = pair(&town, (SHELTER, &held), (0, &held))?;
    pair.talk()?;
    pair.wait(Duration::from_secs(2))?;
    let talk = pair.talk()?;
    tell("quiet", "equal replicas, dialler's payload", count(talk.bytes.0), "B", 64.0);
    tell("quiet", "equal replicas, listener's payload", count(talk.bytes.1), "B", 64.0);
    // Each end's sign of life, some 130 bytes; receipts follow only what changed.
    tell("quiet", "equal replicas, reports both ways", count(talk.report_bytes), "B", 260.0);
    Ok(())
}

/// One fact that the peer lacks, once with the dialler and once with the listener.
fn missing() -> anyhow::Result<()> {
    let (mut town, held) = town()?;
    let mut ahead = held.clone();
    let arrived = presence(0, site(SHELTER), Act::CheckIn, Saw::NOTHING);
    town.record(&mut ahead, SHELTER, Scope::Shelter, &arrived)?;
    let dialler_has_it = pair(&town, (SHELTER, &ahead), (0, &held))?.talk()?;
    let listener_has_it = pair(&town, (0, &held), (SHELTER, &ahead))?.talk()?;
    for (metric, talk) in [
        ("one missing fact, the dialler has it", dialler_has_it),
        ("one missing fact, the listener has it", listener_has_it),
    ] {
        tell("quiet", metric, count(talk.all_bytes()), "B", 600.0);
    }
    Ok(())
}

/// A shelter's check-ins of 48 hours without a link, sealed one by one.
fn two_days() -> anyhow::Result<()> {
    let (mut town, held) = town()?;
    let mut ahead = held.clone();
    let facts = sized(2_000, 100);
    progress("quiet: two days of check-ins");
    for number in 0..facts {
        let arrived = presence(number, site(SHELTER), Act::CheckIn, Saw::NOTHING);
        town.record(&mut ahead, SHELTER, Scope::Shelter, &arrived)?;
    }
    let mut pair = pair(&town, (SHELTER, &ahead), (0, &held))?;
    let talk = pair.talk()?;
    let folded = pair.listener.engine.folds().shelter.incident(digiana_tests::town::INCIDENT);
    let arrived = folded.is_some_and(|incident| incident.presence(person(facts - 1)).is_some());
    anyhow::ensure!(arrived, "headquarters does not show the last check-in");
    let metric = format!("48 hours, {facts} check-ins");
    tell("quiet", &metric, count(talk.all_bytes()), "B", 160_000.0);
    Ok(())
}
