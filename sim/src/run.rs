//! `digiana-sim run`: towns from seeds, or one town from a file.
//!
//! The towns have their own time; this page only measures how long they take.

#![expect(
    clippy::disallowed_methods,
    reason = "how long a run takes is measured outside of the simulated towns"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::simulator::campaign::{Campaign, Report, shrink};
use crate::simulator::cast::Post;
use crate::simulator::fault::Fault;
use crate::simulator::life::{self, Outcome};
use crate::simulator::plan::{NotAPlan, Plan};
use crate::simulator::scenario::{NotAScenario, Scenario};
use crate::simulator::trace::LEGEND;

/// How often a long run says how far it is.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// What is asked on the command line.
#[derive(Debug, Clone)]
pub struct Asked {
    /// A scenario's name or file.
    pub scenario: String,
    /// How many seeds.
    pub seeds: u64,
    /// The first of them.
    pub first: u64,
    /// Other than the scenario says.
    pub nodes: Option<usize>,
    /// Other than the scenario says.
    pub days: Option<u32>,
    /// Other than the scenario says.
    pub facts_per_day: Option<u32>,
    /// How many threads; none for all cores.
    pub threads: Option<usize>,
    /// The report as JSON before the last line.
    pub json: bool,
    /// Print everything that happens.
    pub trace: bool,
    /// Live through this plan instead.
    pub replay: Option<PathBuf>,
    /// Where the plan of a failing town is kept.
    pub keep: PathBuf,
}

/// Why a run did not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunFault {
    /// The scenario.
    #[error(transparent)]
    Scenario(#[from] NotAScenario),
    /// What was asked cannot be meant.
    #[error("{0}")]
    Value(String),
    /// The plan to replay.
    #[error("{path}: {why}")]
    Plan {
        /// Its file.
        path: PathBuf,
        /// What is wrong, with the line.
        why: NotAPlan,
    },
    /// A file.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// Standard output is gone.
    #[error("standard output: {0}")]
    Output(#[from] std::io::Error),
}

/// Runs what is asked; whether every promise was kept.
///
/// # Errors
/// [`RunFault`] when it cannot begin, or its files cannot be read or written.
pub fn run(asked: &Asked) -> Result<bool, RunFault> {
    if let Some(path) = &asked.replay {
        return replay(asked, path);
    }
    let scenario = scenario(asked)?;
    if asked.trace {
        if asked.seeds != 1 {
            let what = "--trace prints one town: say which with --first SEED --seeds 1";
            return Err(RunFault::Value(what.to_owned()));
        }
        let plan = Plan::draw(asked.first, &scenario);
        return one(asked.first, &plan);
    }
    let threads =
        asked.threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
    let (first, seeds, threads) = (asked.first, asked.seeds, threads.unwrap_or(1));
    if first.checked_add(seeds).is_none() {
        return Err(RunFault::Value(format!(
            "{seeds} seeds from {first} on are more than there are"
        )));
    }
    // Before hours of towns and not after them.
    std::fs::create_dir_all(&asked.keep)
        .map_err(|why| RunFault::File { path: asked.keep.clone(), why })?;
    let campaign = Campaign { scenario, first, seeds, threads };
    let started = Instant::now();
    let (mut done, mut failed, mut said) = (0, 0, started);
    let report = campaign.run(
        || started.elapsed(),
        |outcome| {
            done += 1;
            if let Some(violation) = outcome.violations.first() {
                failed += 1;
                // At once: whoever ends the run early knows which town to look at.
                let _ = writeln!(std::io::stderr(), "seed {}: {violation}", outcome.seed);
            }
            if said.elapsed() >= SAID_EVERY {
                said = Instant::now();
                let seconds = started.elapsed().as_secs();
                // Nobody may be reading; the run goes on.
                let _ = writeln!(
                    std::io::stderr(),
                    "{done} of {seeds} towns after {seconds} s, {failed} with a broken promise"
                );
            }
        },
    );
    if let Some(outcome) = report.failures.first() {
        explain(asked, &campaign.scenario, outcome)?;
    }
    say(asked, &report)?;
    if let [_, others @ ..] = report.failures.as_slice()
        && !others.is_empty()
    {
        let seeds: Vec<String> = others.iter().map(|it| it.seed.to_string()).collect();
        let _ = writeln!(
            std::io::stderr(),
            "other towns with a broken promise: {}; each alone: --first SEED --seeds 1",
            seeds.join(", ")
        );
    }
    Ok(report.failures.is_empty())
}

fn scenario(asked: &Asked) -> Result<Scenario, RunFault> {
    let mut scenario = Scenario::find(&asked.scenario)?;
    scenario.nodes = asked.nodes.unwrap_or(scenario.nodes);
    scenario.days = asked.days.unwrap_or(scenario.days);
    scenario.facts_per_day = asked.facts_per_day.unwrap_or(scenario.facts_per_day);
    scenario.check().map_err(RunFault::Value)?;
    Ok(scenario)
}

fn say(asked: &Asked, report: &Report) -> Result<(), RunFault> {
    let mut out = std::io::stdout().lock();
    if asked.json {
        writeln!(out, "{}", report.to_json())?;
    } else {
        let tally = &report.tally;
        writeln!(
            out,
            "{} of {} commands recorded as {} facts; {} frames; {} entries went with the only disk \
             that held them; slowest healing {:.0} s; {:.1} node-days a second",
            tally.accepted,
            tally.asked,
            tally.facts,
            tally.frames,
            tally.gone_with_media,
            report.slowest_heal.as_secs_f64(),
            report.speed()
        )?;
        for fault in Fault::ALL {
            writeln!(out, "  {:20}{:>12}", fault.word(), tally.faults.of(*fault))?;
        }
    }
    writeln!(out, "{report}")?;
    Ok(())
}

/// Makes a failing town small, keeps its plan, and says how to see it again.
fn explain(asked: &Asked, scenario: &Scenario, outcome: &Outcome) -> Result<(), RunFault> {
    let Some(first) = outcome.violations.first() else { return Ok(()) };
    let seed = outcome.seed;
    let mut err = std::io::stderr().lock();
    writeln!(err, "making the town of seed {seed} smaller …")?;
    let plan = Plan::draw(seed, scenario);
    let mut said = Instant::now();
    let shrunk = shrink(seed, &plan, first.broken, |left| {
        if said.elapsed() >= SAID_EVERY {
            said = Instant::now();
            let _ = writeln!(err, "{left} steps are left");
        }
    });
    show(&shrunk.plan, &shrunk.outcome)?;
    let path = free_name(&asked.keep, seed);
    let text = format!(
        "# {}\n# seed {seed}; replay: digiana-sim run --replay {} --first {seed}\n{}",
        shrunk.outcome.violations.first().map_or_else(String::new, ToString::to_string),
        path.display(),
        shrunk.plan.to_text()
    );
    std::fs::write(&path, text).map_err(|why| RunFault::File { path: path.clone(), why })?;
    writeln!(
        err,
        "{} nodes and {} steps show it (of {} and {}). See it again:\n  digiana-sim run --replay {} \
         --first {seed}",
        shrunk.plan.nodes,
        shrunk.plan.steps.len(),
        plan.nodes,
        plan.steps.len(),
        path.display()
    )?;
    Ok(())
}

/// Where a plan can be kept without taking the place of one that somebody may have changed by hand.
fn free_name(folder: &Path, seed: u64) -> PathBuf {
    let names = std::iter::once(format!("seed-{seed}.plan"))
        .chain((2..).map(|number: u64| format!("seed-{seed}-{number}.plan")));
    let mut free = names.map(|name| folder.join(name)).filter(|path| !path.exists());
    free.next().expect("a folder has an end, and numbers have none")
}

fn replay(asked: &Asked, path: &Path) -> Result<bool, RunFault> {
    let text = std::fs::read_to_string(path)
        .map_err(|why| RunFault::File { path: path.to_owned(), why })?;
    let plan = Plan::read(&text).map_err(|why| RunFault::Plan { path: path.to_owned(), why })?;
    one(asked.first, &plan)
}

fn one(seed: u64, plan: &Plan) -> Result<bool, RunFault> {
    let outcome = life::live(seed, plan, true);
    show(plan, &outcome)?;
    Ok(outcome.violations.is_empty())
}

/// A trace with its legend.
fn show(plan: &Plan, outcome: &Outcome) -> Result<(), RunFault> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{LEGEND}\n")?;
    for (node, post) in (0..).zip(Post::of_town(plan.nodes)) {
        writeln!(out, "n{node} {}", post.word())?;
    }
    writeln!(out)?;
    for line in &outcome.trace {
        writeln!(out, "{line}")?;
    }
    for violation in &outcome.violations {
        writeln!(out, "BROKEN {violation}")?;
    }
    let kept = if outcome.violations.is_empty() { "every promise was kept" } else { "see BROKEN" };
    writeln!(out, "seed={} {kept}", outcome.seed)?;
    Ok(())
}
