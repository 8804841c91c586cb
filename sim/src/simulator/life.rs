//! A town's life: it is set up, lives through its plan, is healed, and is looked at.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use digiana_core::limits::COMPARE_EVERY;
use digiana_core::sign::Scheme;

use super::check::Watch;
use super::plan::Plan;
use super::probe;
use super::slip::Slip;
use super::trace::Trace;
use super::violation::{Broken, Violation};
use super::world::{Tally, World};

/// How long headquarters has to enter the lists before the first day.
const SET_UP: Duration = Duration::from_secs(600);

/// How long after everything is mended the town must be one: two comparisons, the patience of a
/// dial, a commit of a slow disk, and what a thin line needs.
const LIVE_WITHIN: Duration = Duration::from_secs(2 * COMPARE_EVERY.as_secs() + 60);

/// How often a healed town is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How often a living town is looked at: at where something was recorded last, and all of it.
const STEP_WATCH_EVERY: Duration = Duration::from_secs(600);
const WATCH_EVERY: u32 = 6;

/// What became of a town.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The seed it was drawn from.
    pub seed: u64,
    /// What was broken; nothing in a good town.
    pub violations: Vec<Violation>,
    /// When its plan began, since the town did.
    pub plan_began: Duration,
    /// What it came to.
    pub tally: Tally,
    /// Thirty-two bytes that two runs share exactly when the same happened in both.
    pub digest: [u8; 32],
    /// The lines of its trace, if one was asked for.
    pub trace: Vec<String>,
    /// How long it took from the moment everything was mended until the town was one.
    pub healed_in: Duration,
}

/// The signatures of a town: real ones in one of a hundred, quick ones in the others.
pub fn scheme_of(seed: u64) -> Scheme {
    if seed.is_multiple_of(100) { Scheme::Ed25519 } else { Scheme::Simulated }
}

/// Lives through a plan. Whatever happens, it returns.
pub fn live(seed: u64, plan: &Plan, traced: bool) -> Outcome {
    live_with(seed, plan, traced, Terms::default())
}

/// What a test may change of how a town lives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// A mistake of its stores and transports.
    pub(super) slip: Option<Slip>,
    /// Whether no line loses, doubles or holds up what it carries.
    pub(super) are_roads_good: bool,
    /// Whether it is asked at last what a comparison costs, for which its lines are cut.
    pub(super) is_probed: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { slip: None, are_roads_good: false, is_probed: true }
    }
}

/// Lives through a plan on other terms.
pub(super) fn live_with(seed: u64, plan: &Plan, traced: bool, terms: Terms) -> Outcome {
    let mut world = World::new(seed, scheme_of(seed), plan.clone());
    world.trace = traced.then(Trace::default);
    world.slip = terms.slip;
    if terms.are_roads_good {
        world.lines.iter_mut().for_each(|line| line.road.quality.be_good());
    }
    let mut watch = Watch::new(seed);
    // The world of a panic is only told of: what it came to, when and with what trace.
    let lived = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let healed_in = live_through(&mut world, &mut watch, plan.lasts, terms);
        (healed_in, watch.digest(&world))
    }));
    let (healed_in, digest) = lived.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        world.broken(Broken::Panicked, said.unwrap_or_else(|| "without a word".to_owned()));
        (Duration::ZERO, [0; 32])
    });
    Outcome {
        seed,
        digest,
        violations: std::mem::take(&mut world.violations),
        plan_began: world.plan_began(),
        tally: std::mem::take(&mut world.tally),
        trace: world.trace.take().map(|trace| trace.lines().to_vec()).unwrap_or_default(),
        healed_in,
    }
}

/// Lives through the plan; how long the town took to heal.
fn live_through(world: &mut World, watch: &mut Watch, lasts: Duration, terms: Terms) -> Duration {
    set_up(world);
    world.begin_plan();
    let ends = world.now + lasts;
    for look in 1.. {
        if world.now >= ends || !world.violations.is_empty() {
            break;
        }
        world.run_until(ends.min(world.now + STEP_WATCH_EVERY));
        if look % WATCH_EVERY == 0 {
            watch.glance(world);
        } else {
            watch.look_after_step(world);
        }
    }
    let mended = world.now;
    if world.violations.is_empty() {
        heal(world, watch);
    }
    let healed_in = world.now.saturating_sub(mended);
    if world.violations.is_empty() && terms.is_probed {
        probe::probe(world);
    }
    healed_in
}

/// Headquarters enters what the town begins with.
fn set_up(world: &mut World) {
    world.start(0);
    for command in world.roll.entered(&world.posts) {
        world.command(0, None, command);
        let soon = world.now + Duration::from_millis(20);
        world.run_until(soon);
    }
    world.run_until(world.now + SET_UP);
}

/// Everything is mended, and the town becomes one.
fn heal(world: &mut World, watch: &mut Watch) {
    world.mend_everything();
    let until = world.now + LIVE_WITHIN;
    while world.now < until && world.violations.is_empty() {
        world.run_until(world.now + LOOK_EVERY);
        if watch.is_one(world).is_ok() {
            break;
        }
    }
    if world.violations.is_empty()
        && let Err(apart) = watch.is_one(world)
    {
        world.broken(Broken::NotLive, apart);
    }
    if world.violations.is_empty() {
        watch.look_closely(world);
    }
}
