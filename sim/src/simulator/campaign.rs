//! Many towns, one after the other, and what they come to together.

mod shrink;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use serde::Serialize;

use super::fault::Fault;
use super::life::{self, Outcome};
use super::plan::Plan;
use super::scenario::Scenario;
use super::world::Tally;

pub use self::shrink::{Shrunk, shrink};

/// Which towns are to be lived through.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// What kind of days.
    pub scenario: Scenario,
    /// The first seed.
    pub first: u64,
    /// How many seeds.
    pub seeds: u64,
    /// How many threads.
    pub threads: usize,
}

/// What many towns come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// How many towns were lived through.
    pub seeds: u64,
    /// The towns in which a promise was broken, by seed.
    pub failures: Vec<Outcome>,
    /// Nodes × days.
    pub node_days: u64,
    /// How long that took.
    pub wall: Duration,
    /// Everything that happened, counted.
    pub tally: Tally,
    /// The longest time that a mended town took to be one.
    pub slowest_heal: Duration,
    /// Thirty-two bytes that two campaigns share exactly when the same happened in both.
    pub digest: [u8; 32],
}

impl Campaign {
    /// Lives through every town. `elapsed` says how long it has taken so far; `progress` is told of
    /// each town that is done, in no order.
    pub fn run(
        &self,
        elapsed: impl Fn() -> Duration,
        mut progress: impl FnMut(&Outcome),
    ) -> Report {
        let next = AtomicU64::new(0);
        let (tell, told) = mpsc::channel();
        let mut outcomes: Vec<Outcome> = std::thread::scope(|threads| {
            for _ in 0..self.threads.max(1) {
                let (tell, next) = (tell.clone(), &next);
                threads.spawn(move || {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= self.seeds {
                            return;
                        }
                        let seed = self.first + number;
                        let plan = Plan::draw(seed, &self.scenario);
                        if tell.send(life::live(seed, &plan, false)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(tell);
            told.iter().inspect(|outcome| progress(outcome)).collect()
        });
        outcomes.sort_by_key(|outcome| outcome.seed);
        let nodes = u64::try_from(self.scenario.nodes).expect("few nodes");
        let mut report = Report {
            seeds: self.seeds,
            failures: Vec::new(),
            node_days: self.seeds * nodes * u64::from(self.scenario.days),
            wall: elapsed(),
            tally: Tally::default(),
            slowest_heal: Duration::ZERO,
            digest: [0; 32],
        };
        let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/campaign/1");
        for outcome in outcomes {
            hasher.update(&outcome.seed.to_le_bytes());
            hasher.update(&outcome.digest);
            report.tally.absorb(&outcome.tally);
            report.slowest_heal = report.slowest_heal.max(outcome.healed_in);
            if !outcome.violations.is_empty() {
                report.failures.push(outcome);
            }
        }
        report.digest = *hasher.finalize().as_bytes();
        report
    }
}

impl Report {
    /// How many promises were broken.
    pub fn violations(&self) -> usize {
        self.failures.iter().map(|outcome| outcome.violations.len()).sum()
    }

    /// Node-days in a second.
    pub fn speed(&self) -> f64 {
        let node_days = u32::try_from(self.node_days).unwrap_or(u32::MAX);
        f64::from(node_days) / self.wall.as_secs_f64().max(1e-9)
    }

    /// The report as one line of JSON.
    pub fn to_json(&self) -> String {
        let faults = Fault::ALL.iter().map(|fault| (fault.word(), self.tally.faults.of(*fault)));
        let broken = |outcome: &Outcome| BrokenTown {
            seed: outcome.seed,
            what: outcome.violations.iter().map(ToString::to_string).collect(),
        };
        let shown = Shown {
            seeds: self.seeds,
            violations: self.violations(),
            node_days: self.node_days,
            wall_s: self.wall.as_secs_f64(),
            node_days_per_s: self.speed(),
            digest: self.short_digest(),
            asked: self.tally.asked,
            accepted: self.tally.accepted,
            facts: self.tally.facts,
            gone_with_media: self.tally.gone_with_media,
            frames: self.tally.frames,
            bytes: self.tally.bytes,
            slowest_heal_s: self.slowest_heal.as_secs_f64(),
            refused: &self.tally.refused,
            faults: faults.collect(),
            failures: self.failures.iter().map(broken).collect(),
        };
        serde_json::to_string(&shown).expect("numbers and words")
    }

    /// The first half of the digest, as people compare it.
    pub fn short_digest(&self) -> String {
        self.digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The last line of a run.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "seeds={} violations={} node_days={} wall_s={:.1} digest={}",
            self.seeds,
            self.violations(),
            self.node_days,
            self.wall.as_secs_f64(),
            self.short_digest()
        )
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    seeds: u64,
    violations: usize,
    node_days: u64,
    wall_s: f64,
    node_days_per_s: f64,
    digest: String,
    asked: u64,
    accepted: u64,
    facts: u64,
    gone_with_media: u64,
    frames: u64,
    bytes: u64,
    slowest_heal_s: f64,
    refused: &'a std::collections::BTreeMap<String, u64>,
    faults: std::collections::BTreeMap<&'static str, u64>,
    failures: Vec<BrokenTown>,
}

#[derive(Serialize)]
struct BrokenTown {
    seed: u64,
    what: Vec<String>,
}
