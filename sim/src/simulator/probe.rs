//! After a town was healed: two nodes that know different things meet again, alone.
//!
//! What a comparison costs is asked where nothing else is said: over one line, between two nodes of
//! which each recorded one thing that the other has not heard.

use std::time::Duration;

use digiana_core::engine::Engine;
use digiana_core::scope::Scope;

use super::step::Step;
use super::violation::Broken;
use super::world::World;

/// How many round trips a comparison may take until both hold everything, in tenths: both lack
/// something, so the listener's half trip counts too.
const ROUND_TRIP_TENTHS_MAX: u32 = 25;

/// What the disks of both may add: a commit each, one after the other.
const COMMITS: Duration = Duration::from_millis(2 * 8 + 1);

/// How long the two may take until they are given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks what one comparison costs.
pub(super) fn probe(world: &mut World) {
    let Some(line) = world.clean_line() else { return };
    let ends = world.leave_alone(line);
    for (number, node) in (0..).zip(ends) {
        world.perform_aside(&Step::Edit(node, 2 * number + 1));
    }
    world.run_until(world.now + Duration::from_secs(5));
    let Some(met) = world.meet(line, PATIENCE) else {
        world.broken(Broken::NotLive, format!("l{line} is open and nobody dials"));
        return;
    };
    let allowed = world.round_trip(line) * ROUND_TRIP_TENTHS_MAX / 10 + COMMITS;
    let grain = Duration::from_micros(200);
    while !are_equal(world, ends) && world.now < met + PATIENCE && world.violations.is_empty() {
        world.run_until(world.now + grain);
    }
    let took = world.now.saturating_sub(met);
    if took > allowed + grain {
        let what = format!(
            "n{} and n{} took {took:?} over l{line}, allowed are {allowed:?}",
            ends[0], ends[1]
        );
        world.broken(Broken::RoundTrips, what);
    }
}

/// Whether both hold the same of the town's lists.
fn are_equal(world: &World, ends: [usize; 2]) -> bool {
    let held = |node: usize| {
        let engine: &Engine = world.device(node).engine.as_ref()?;
        let writers = engine.credentials().writers(Scope::Town);
        Some(engine.frontier().digest_now(Scope::Town, &writers))
    };
    let [one, other] = ends.map(held);
    one == other
}
