//! For every check a bug that it catches, and for every kind of trouble a bug that only this
//! trouble brings to light.
//!
//! A trial is a small town: what happens on any day, and the trouble. Its town must break the
//! promise with the bug and the trouble, and keep every promise with either of the two alone.

mod engines;
mod lines;
mod stores;

use std::collections::BTreeSet;

use digiana_core::planted::{Bug, plant};

use super::super::fault::Fault;
use super::super::life::{Outcome, Terms, live_with};
use super::super::plan::Plan;
use super::super::slip::Slip;
use super::super::violation::{Broken, Violation};

/// Who makes the mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mistake {
    /// The engine of every node.
    Of(Bug),
    /// Whatever stands round it.
    Around(Slip),
}

/// A bug, a town in which it shows, and what is then found.
struct Trial {
    mistake: Mistake,
    nodes: usize,
    residents: u32,
    /// What happens on any day: `seconds step`, one after the other, with `;` between.
    everyday: &'static str,
    /// What goes wrong beside, and as what it is counted; none where the bug needs no trouble. Where
    /// no step brings it, the roads of these seeds do.
    trouble: Option<(Fault, &'static str)>,
    /// A transport that hands the troubles of its line on to the nodes; whatever is done of them
    /// is then the engines' work.
    transport: Option<Slip>,
    seeds: &'static [u64],
    /// Each promise that is broken, with a word of what is said of it; no other is.
    found: &'static [(Broken, &'static str)],
    is_probed: bool,
}

const TRIAL: Trial = Trial {
    mistake: Mistake::Around(Slip::HalfOpen),
    nodes: 2,
    residents: 20,
    everyday: "60 start n1",
    trouble: None,
    transport: None,
    seeds: &[1],
    found: &[],
    is_probed: true,
};

/// Every trial there is.
fn trials() -> Vec<Trial> {
    [engines::trials(), stores::trials(), lines::trials()].into_iter().flatten().collect()
}

/// A trial's plan: it ends half a minute after its last step, and not before a quarter of an hour.
fn plan(trial: &Trial, with_trouble: bool) -> Plan {
    let trouble = trial.trouble.filter(|_| with_trouble).map_or("", |(_, steps)| steps);
    let both = format!("{};{trouble}", trial.everyday);
    let lines = both.split(';').map(str::trim).filter(|line| !line.is_empty());
    let mut lasts = 900;
    let mut text = String::new();
    for line in lines {
        let (at, step) = line.split_once(' ').expect("a step has a moment");
        if let Ok(at) = at.parse::<u64>() {
            lasts = lasts.max(at + 30);
            text.push_str(&format!("{at}000 {step}\n"));
        } else {
            text.push_str(&format!("{line}\n"));
        }
    }
    let Trial { nodes, residents, .. } = trial;
    let head = format!("nodes {nodes}\nresidents {residents}\nlasts {lasts}\n");
    Plan::read(&(head + &text)).expect("a trial's steps can be read")
}

fn lives(trial: &Trial, seed: u64, mistake: Option<Mistake>, with_trouble: bool) -> Outcome {
    let is_road = trial.trouble.is_some_and(|(_, steps)| steps.is_empty());
    let mut terms = Terms {
        slip: trial.transport,
        are_roads_good: is_road && !with_trouble,
        is_probed: trial.is_probed,
    };
    let mut planted = None;
    match mistake {
        Some(Mistake::Of(bug)) => planted = Some(plant(bug)),
        Some(Mistake::Around(slip)) => terms.slip = Some(slip),
        None => {}
    }
    let traced = std::env::var("DIGIANA_TRACE").is_ok();
    let outcome = live_with(seed, &plan(trial, with_trouble), traced, terms);
    drop(planted);
    outcome.trace.iter().for_each(|line| println!("{line}"));
    if traced {
        outcome.violations.iter().for_each(|violation| println!("BROKEN {violation}"));
    }
    outcome
}

/// Each promise is broken with bug and trouble, and none with one of the two.
fn check(trials: &[Trial]) {
    let complaints: Vec<String> = trials.iter().flat_map(complaints).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn complaints(trial: &Trial) -> Vec<String> {
    let Trial { mistake, trouble, seeds, found, .. } = trial;
    let name = format!("{mistake:?} with {:?}", trouble.map(|(fault, _)| fault));
    let mut complaints = Vec::new();
    let mut broken = Vec::new();
    for seed in *seeds {
        let outcome = lives(trial, *seed, Some(*mistake), true);
        broken.extend(outcome.violations);
        if let Some((fault, _)) = *trouble {
            // Whoever panics counts nothing.
            let has_panicked = outcome.digest == [0; 32];
            if outcome.tally.faults.of(fault) == 0 && !has_panicked {
                complaints.push(format!("{name}: seed {seed} has no such trouble"));
            }
            let quiet = lives(trial, *seed, Some(*mistake), false);
            let seen = quiet.violations.iter();
            complaints.extend(seen.map(|it| format!("{name}: seed {seed} without trouble: {it}")));
            if quiet.tally.faults.of(fault) > 0 {
                complaints.push(format!("{name}: seed {seed} has the trouble on any day"));
            }
        }
        let sound = lives(trial, *seed, None, true).violations;
        complaints.extend(sound.iter().map(|it| format!("{name}: seed {seed} without it: {it}")));
    }
    let says = |violation: &Violation| {
        let is_found = |(broken, words): &(Broken, &str)| {
            *broken == violation.broken && violation.what.contains(words)
        };
        found.iter().copied().find(is_found)
    };
    let seen: BTreeSet<_> = broken.iter().filter_map(says).collect();
    let promises: BTreeSet<Broken> = broken.iter().map(|violation| violation.broken).collect();
    if seen.len() != found.len() || promises.len() != found.len() {
        let broken: Vec<String> = broken.iter().map(ToString::to_string).collect();
        complaints.push(format!("{name}: expected {found:?}, found {broken:#?}"));
    }
    complaints
}

#[test]
fn every_check_has_a_bug_that_it_catches() {
    let caught = trials().into_iter().flat_map(|trial| trial.found).map(|(broken, _)| *broken);
    let caught: BTreeSet<Broken> = caught.collect();
    let every: BTreeSet<Broken> = Broken::ALL.iter().copied().collect();
    assert_eq!(caught, every);
}

#[test]
fn every_bug_is_planted_somewhere() {
    let planted: BTreeSet<Mistake> = trials().iter().map(|trial| trial.mistake).collect();
    let bugs = Bug::ALL.iter().copied().map(Mistake::Of);
    let slips = Slip::ALL.iter().copied().map(Mistake::Around);
    let transports = trials().into_iter().filter_map(|trial| trial.transport);
    let planted: BTreeSet<Mistake> =
        planted.into_iter().chain(transports.map(Mistake::Around)).collect();
    assert_eq!(planted, bugs.chain(slips).collect());
}

/// An untold write is to an engine a write like any other: only somebody who asks again for what
/// was not answered could make something wrong of it.
#[test]
fn every_kind_of_trouble_but_an_untold_write_brings_a_bug_to_light() {
    let biting: BTreeSet<Fault> =
        trials().iter().filter_map(|trial| trial.trouble).map(|(fault, _)| fault).collect();
    let left = Fault::ALL.iter().copied().filter(|fault| !biting.contains(fault));
    assert_eq!(left.collect::<Vec<_>>(), [Fault::UntoldWrite]);
}

#[test]
fn nothing_that_is_shipped_can_make_a_planted_mistake() {
    let workspace = include_str!("../../../../Cargo.toml");
    let node = include_str!("../../../../node/Cargo.toml");
    let gateway = include_str!("../../../../gateway/Cargo.toml");
    let stories = include_str!("../../../../tests/Cargo.toml");
    let simulator = include_str!("../../../Cargo.toml");
    let (simulator, of_tests) =
        simulator.split_once("[dev-dependencies]").expect("the simulator has tests");
    assert!(of_tests.contains("planted"));
    for manifest in [workspace, node, gateway, stories, simulator] {
        assert!(!manifest.contains("planted"), "{manifest}");
    }
    assert!(!include_str!("../../../../core/Cargo.toml").contains("default"));
}
