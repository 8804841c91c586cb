//! A node that holds a whole town: how long until it is ready, and how much memory it takes.
//!
//! The store holds 4,231 people (nine fields of the register and a token each) and 100,000 facts
//! of presence by 19 shelters. Each start is a process of its own that runs the real node; between
//! every two starts another process opens the same store and reads every row of it plainly.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use digiana_core::fact::Fact;
use digiana_core::fact::edit::{Change, Edit};
use digiana_core::fact::shelter::Act;
use digiana_core::id::{EntryId, JournalId};
use digiana_core::journal::journals::{Journals as _, MemoryJournals};
use digiana_core::limits::BLOCK_BYTES_MAX;
use digiana_core::record::of_person;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_node::keys::{NodeKey, TownFile};
use digiana_node::node::Node;
use digiana_node::store::{Owner, Store};
use digiana_tests::figure::{count, median, milliseconds, process_cpu, progress, sized, tell};
use digiana_tests::town::{Town, person, presence, register_fields, site};
use digiana_tests::{disk, figure};
use serde::{Deserialize, Serialize};

const SHELTERS: usize = 19;

/// The scopes of a node that holds the register too.
const SCOPES: [Scope; 6] = [
    Scope::Town,
    Scope::Tokens,
    Scope::Shelter,
    Scope::Transport,
    Scope::Wellbeing,
    Scope::Register,
];

/// How long a node runs before its memory is looked at: its first sign of life is made by then.
const SETTLE: Duration = Duration::from_secs(3);

/// What a child process does.
const START: &str = "start";
const SETTLED: &str = "settled";
const READ: &str = "read";

/// What a child process tells.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    cpu_ms: f64,
    resident_kib: f64,
    peak_kib: f64,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--child") {
        let what = arguments.next().context("a child is told what to do")?;
        let folder = PathBuf::from(arguments.next().context("a child is told where")?);
        return child(&what, &folder);
    }
    let (people, facts, rounds) = sized((4_231, 100_000, 7), (40, 400, 1));
    let folder = disk::folder()?;
    progress("start: writing a town of a hundred thousand facts");
    write(folder.path(), people, facts)?;
    let (mut ready, mut read) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        progress(&format!("start: round {round} of {rounds}"));
        ready.push(run(START, folder.path())?);
        read.push(run(READ, folder.path())?);
    }
    let middle = |rows: &[(f64, Told)], of: &dyn Fn(&(f64, Told)) -> f64| {
        median(&rows.iter().map(of).collect::<Vec<_>>())
    };
    let (wall, cpu) = (|row: &(f64, Told)| row.0, |row: &(f64, Told)| row.1.cpu_ms);
    tell("start", "ready", middle(&ready, &wall), "ms", middle(&read, &wall));
    tell("start", "CPU until ready", middle(&ready, &cpu), "ms", middle(&read, &cpu));
    tell("start", "ready, against one second", middle(&ready, &wall), "ms", 1000.0);
    let (_, settled) = run(SETTLED, folder.path())?;
    let mb = |kib: f64| kib * 1024.0 / 1_000_000.0;
    tell("start", "resident", mb(settled.resident_kib), "MB", 64.0);
    tell("start", "resident at most", mb(settled.peak_kib), "MB", 64.0);
    Ok(())
}

/// Runs a child, and says how long it took until it told that it was ready.
fn run(what: &str, folder: &Path) -> anyhow::Result<(f64, Told)> {
    let began = Instant::now();
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--child".as_ref(), what.as_ref(), folder.as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let out = child.stdout.take().context("a child has an output")?;
    BufReader::new(out).read_line(&mut line)?;
    let took = milliseconds(began.elapsed());
    // The end of its input tells the child to stop.
    drop(child.stdin.take());
    anyhow::ensure!(child.wait()?.success(), "the child that was to {what} failed");
    Ok((took, serde_json::from_str(&line)?))
}

/// The child's side: does what it is told, tells, and waits for the end of its input.
fn child(what: &str, folder: &Path) -> anyhow::Result<()> {
    if what == READ {
        let config = disk::config(folder, site(SHELTERS));
        let town = TownFile::load(&config.town)?.town();
        let owner = Owner { town, node: NodeKey::load(&config.key_path())?.node() };
        let store = Store::open(&config.store_path(), owner, config.store.cache_bytes())?;
        let rows = read_all(&store)?;
        anyhow::ensure!(rows > 0, "the store is empty");
        say()?;
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
        store.close()?;
        return Ok(());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let node = runtime.block_on(Node::open(disk::config(folder, site(SHELTERS))))?;
    if what == START {
        say()?;
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = runtime.spawn(node.run(async {
        let _ = stopped.await;
    }));
    if what == SETTLED {
        std::thread::sleep(SETTLE);
        say()?;
    }
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    let _ = stop.send(());
    runtime.block_on(running)??;
    Ok(())
}

/// Reads every row of every journal.
fn read_all(store: &Store) -> anyhow::Result<u64> {
    let mut entries = 0;
    for journal in store.list()? {
        let mut held = 0;
        loop {
            let rows = store.rows(journal, held + 1, BLOCK_BYTES_MAX)?;
            let Some(last) = rows.last() else { break };
            held = last.last();
        }
        entries += held;
    }
    Ok(entries)
}

/// Tells time and memory of this process so far.
fn say() -> anyhow::Result<()> {
    let cpu_ms = milliseconds(process_cpu());
    let status = std::fs::read_to_string("/proc/self/status")?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).context("Linux says how much memory")
    };
    let told = Told { cpu_ms, resident_kib: field("VmRSS:")?, peak_kib: field("VmHWM:")? };
    figure::line(&told);
    Ok(())
}

/// Writes the town and a node of it.
fn write(folder: &Path, people: usize, facts: usize) -> anyhow::Result<()> {
    let config = disk::config(folder, site(SHELTERS));
    let mut town = Town::of(SHELTERS);
    town.admit_to_register(0)?;
    disk::found(&mut town, &config, site(SHELTERS), &SCOPES)?;
    let mut journals = MemoryJournals::default();
    town.open_incident(&mut journals)?;
    for node in 0..SHELTERS {
        town.open_site(&mut journals, node, site(node))?;
    }
    town.link_tokens(&mut journals, people)?;
    for number in 0..people {
        for (field, value) in register_fields(number) {
            let record = of_person(person(number));
            let change = Change::Put(value);
            let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
            town.record(&mut journals, 0, Scope::Register, &Fact::Edit(edit))?;
        }
    }
    let mut seen: BTreeMap<usize, BTreeMap<JournalId, u64>> = BTreeMap::new();
    for number in 0..facts {
        let (who, turn) = (number % people, number / people);
        // Everybody comes and goes, and one in five moves to the next shelter and back.
        let moved = usize::from(number.is_multiple_of(5) && turn % 4 == 3);
        let node = (who + moved) % SHELTERS;
        let act = if turn.is_multiple_of(2) { Act::CheckIn } else { Act::Leave };
        let seen = seen.entry(who).or_default();
        let saw = seen.iter().map(|(journal, seq)| EntryId { journal: *journal, seq: *seq });
        let fact = presence(who, site(node), act, Saw::new(saw.collect()));
        let EntryId { journal, seq } = town.record(&mut journals, node, Scope::Shelter, &fact)?;
        seen.insert(journal, seq);
    }
    progress(&format!("start: {} journals to the disk", count(journals.list()?.len())));
    disk::save(&town, &config, &journals)
}
