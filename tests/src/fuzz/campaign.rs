//! `make fuzz`: one target after another under libFuzzer, and how often each was run in all.
//!
//! The program is its own workshop: without [`TARGET`] in its environment it leads a campaign and
//! starts itself once for each target, with it libFuzzer takes over. What was reached lies in
//! `target/corpora`, so that the next campaign goes on from there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::{TARGETS, Target, corpus, target};

/// The target that libFuzzer is to run.
pub const TARGET: &str = "FUZZ_TARGET";
/// Seconds for each target; 60 where it is not set.
const SECONDS: &str = "FUZZ_SECONDS";
/// The targets of a campaign, separated by blanks; all where it is not set.
const CHOSEN: &str = "FUZZ_TARGETS";
/// A target that was run this often in all, over every campaign, is left out.
const ENOUGH: &str = "FUZZ_ENOUGH";
/// Whether the inputs that reach most are written to the repository instead.
const KEEP: &str = "FUZZ_KEEP";

/// What one process may take: no input of a few thousand bytes is worth more memory than that.
const MEMORY_MAX: u64 = 1 << 30;

/// How often libFuzzer can be told to run a target: its numbers have 31 bits.
const RUNS_MAX: u64 = 2_000_000_000;

/// No input may take so long.
const SECONDS_AN_INPUT_MAX: u32 = 10;

/// What one target came to in a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    name: &'static str,
    executions: u64,
    in_all: u64,
    corpus: usize,
    coverage: u64,
    findings: Vec<PathBuf>,
}

/// The target this process is to run. Without one it leads a campaign and ends with its verdict.
///
/// # Panics
/// When the environment names no target there is, or the limit on memory cannot be set.
pub fn target_or_campaign() -> &'static Target {
    let Ok(name) = std::env::var(TARGET) else {
        let code = match lead() {
            Ok(true) => 0,
            Ok(false) => 1,
            Err(fault) => {
                eprint_line(&format!("fuzz: {fault:#}"));
                2
            }
        };
        std::process::exit(code);
    };
    let chosen = target(&name);
    let chosen = chosen.unwrap_or_else(|| panic!("{name:?} is no target: {}", names()));
    let limit = Rlimit { current: Some(MEMORY_MAX), maximum: Some(MEMORY_MAX) };
    setrlimit(Resource::As, limit).expect("a process may take less");
    chosen
}

fn names() -> String {
    TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(" ")
}

fn print_line(line: &str) {
    // Whoever piped the table into something that has ended needs it no more.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn eprint_line(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Runs the chosen targets; whether nothing was found.
fn lead() -> anyhow::Result<bool> {
    let number = |name: &str, otherwise: u64| match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}={text} is no number")),
        Err(_) => Ok(otherwise),
    };
    let (seconds, enough) = (number(SECONDS, 60)?, number(ENOUGH, u64::MAX)?);
    let chosen: Vec<&'static Target> = match std::env::var(CHOSEN) {
        Err(_) => TARGETS.iter().collect(),
        Ok(chosen) => {
            let find =
                |name| target(name).with_context(|| format!("{name:?} is none of {}", names()));
            chosen.split_whitespace().map(find).collect::<anyhow::Result<_>>()?
        }
    };
    let folder = Path::new("target/corpora");
    std::fs::create_dir_all(folder)?;
    if std::env::var_os(KEEP).is_some() {
        for target in chosen {
            let kept = keep(folder, target)?;
            print_line(&format!("{}: {kept} inputs kept", target.name));
        }
        return Ok(true);
    }
    print_line(&row(&["target", "runs", "in all", "inputs", "edges", "findings"]));
    let mut findings = Vec::new();
    for target in chosen {
        let mut counts = Counts::read(folder)?;
        if counts.of(target) >= enough {
            continue;
        }
        let runs = enough - counts.of(target);
        let outcome = run(folder, target, (seconds, runs), &mut counts)?;
        let numbers = [outcome.executions, outcome.in_all].map(|number| number.to_string());
        let others = [outcome.corpus, usize::try_from(outcome.coverage)?, outcome.findings.len()];
        let others = others.map(|number| number.to_string());
        let [executions, in_all] = &numbers;
        let [corpus, coverage, found] = &others;
        print_line(&row(&[target.name, executions, in_all, corpus, coverage, found]));
        findings.extend(outcome.findings.into_iter().map(|input| (target.name, input)));
    }
    let program = std::env::current_exe()?;
    for (name, input) in &findings {
        print_line(&format!("again: {TARGET}={name} {} {}", program.display(), input.display()));
    }
    Ok(findings.is_empty())
}

fn row(cells: &[&str]) -> String {
    let mut row = String::new();
    for (at, cell) in cells.iter().enumerate() {
        row.push_str(&if at == 0 { format!("{cell:<20}") } else { format!("{cell:>12}") });
    }
    row
}

/// Runs one target for so many seconds, or so often.
fn run(
    folder: &Path,
    target: &'static Target,
    (seconds, runs): (u64, u64),
    counts: &mut Counts,
) -> anyhow::Result<Outcome> {
    let inputs = unpacked(folder, target)?;
    let found = folder.join(format!("{}-findings", target.name));
    std::fs::create_dir_all(&found)?;
    let known = files(&found)?;
    let arguments = [
        format!("-max_total_time={seconds}"),
        format!("-runs={}", runs.min(RUNS_MAX)),
        format!("-max_len={}", target.bytes_max),
        format!("-timeout={SECONDS_AN_INPUT_MAX}"),
        format!("-artifact_prefix={}/", found.display()),
        "-print_final_stats=1".to_owned(),
        "-reload=0".to_owned(),
        // Weighing how rare each edge is takes a third of the time of a run through thousands.
        "-entropic=0".to_owned(),
    ];
    let log = folder.join(format!("{}.log", target.name));
    start(target, &log, arguments.into_iter().map(OsString::from).chain([inputs.clone().into()]))?;
    let told = std::fs::read(&log)?;
    let told = String::from_utf8_lossy(&told);
    let executions = number_after(&told, "stat::number_of_executed_units:");
    let executions = executions
        .with_context(|| format!("{} was not run; {} says why", target.name, log.display()))?;
    let in_all = counts.add(target, executions)?;
    let mut findings = files(&found)?;
    findings.retain(|file| !known.contains(file));
    let coverage = told.lines().rev().find_map(|line| number_after(line, " cov: ")).unwrap_or(0);
    let corpus = files(&inputs)?.len();
    Ok(Outcome { name: target.name, executions, in_all, corpus, coverage, findings })
}

/// Starts this program again, as libFuzzer around one target, and waits for its end.
fn start(
    target: &Target,
    log: &Path,
    arguments: impl Iterator<Item = OsString>,
) -> anyhow::Result<()> {
    let log = std::fs::File::create(log)?;
    Command::new(std::env::current_exe()?)
        .env(TARGET, target.name)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .status()?;
    Ok(())
}

/// The folder of a target's inputs, with its seeds and what is kept of it.
fn unpacked(folder: &Path, target: &Target) -> anyhow::Result<PathBuf> {
    let inputs = folder.join(target.name);
    std::fs::create_dir_all(&inputs)?;
    let kept = corpus::read(target)?.into_iter().map(|kept| kept.bytes);
    for bytes in (target.seeds)().into_iter().chain(kept) {
        let name = inputs.join(blake3::hash(&bytes).to_hex().as_str());
        if !name.exists() {
            std::fs::write(name, bytes)?;
        }
    }
    Ok(inputs)
}

/// Writes the fewest inputs that reach all that was reached to the repository.
fn keep(folder: &Path, target: &Target) -> anyhow::Result<usize> {
    let inputs = unpacked(folder, target)?;
    let fewest = folder.join(format!("{}-fewest", target.name));
    if fewest.exists() {
        std::fs::remove_dir_all(&fewest)?;
    }
    std::fs::create_dir_all(&fewest)?;
    let log = folder.join(format!("{}.log", target.name));
    let merge = [OsString::from("-merge=1"), fewest.clone().into(), inputs.into()];
    start(target, &log, merge.into_iter())?;
    let reaching = files(&fewest)?.into_iter().map(std::fs::read);
    corpus::keep(target, reaching.collect::<std::io::Result<_>>()?)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

fn number_after(text: &str, word: &str) -> Option<u64> {
    let (_, rest) = text.split_once(word)?;
    rest.split_whitespace().next()?.parse().ok()
}

/// How often each target was run, over all campaigns: a line each, its name and the number.
#[derive(Debug)]
struct Counts {
    path: PathBuf,
    runs: BTreeMap<String, u64>,
}

impl Counts {
    fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("executions");
        let text = if path.exists() { std::fs::read_to_string(&path)? } else { String::new() };
        let line = |line: &str| {
            let (name, runs) = line.split_once(' ').context("a name and a number")?;
            Ok((name.to_owned(), runs.parse()?))
        };
        let runs = text.lines().map(line).collect::<anyhow::Result<_>>();
        Ok(Self { runs: runs.with_context(|| path.display().to_string())?, path })
    }

    fn of(&self, target: &Target) -> u64 {
        self.runs.get(target.name).copied().unwrap_or(0)
    }

    fn add(&mut self, target: &Target, executions: u64) -> anyhow::Result<u64> {
        // Another campaign may have counted meanwhile.
        self.runs = Self::read(self.path.parent().unwrap_or_else(|| Path::new(".")))?.runs;
        let runs = self.of(target).saturating_add(executions);
        self.runs.insert(target.name.to_owned(), runs);
        let lines = self.runs.iter().map(|(name, runs)| format!("{name} {runs}\n"));
        let unfinished = self.path.with_extension("new");
        std::fs::write(&unfinished, lines.collect::<String>())?;
        std::fs::rename(&unfinished, &self.path)?;
        Ok(runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_add_up_over_campaigns() {
        let folder = tempfile::tempdir().expect("a folder");
        let [first, other] = [0, 1].map(|at| TARGETS.get(at).expect("there are targets"));
        let mut counts = Counts::read(folder.path()).expect("nothing was counted yet");
        assert_eq!(counts.of(first), 0);
        counts.add(first, 40).expect("written");
        counts.add(other, 2).expect("written");
        let mut counts = Counts::read(folder.path()).expect("written before");
        assert_eq!(counts.add(first, 2).expect("written"), 42);
        assert_eq!(counts.of(other), 2);
    }

    #[test]
    fn what_libfuzzer_tells_is_read() {
        let told = "#8\tDONE   cov: 310 ft: 2 corp: 1/1b\nstat::number_of_executed_units: 34213\n";
        assert_eq!(number_after(told, "stat::number_of_executed_units:"), Some(34213));
        assert_eq!(number_after(told, " cov: "), Some(310));
        assert_eq!(number_after("Killed", " cov: "), None);
    }
}
