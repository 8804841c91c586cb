//! The drill itself, as a town hall would start it: real processes, cards, a cut, and figures.

#![allow(clippy::unwrap_used, reason = "a story that fails says so by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use digiana_tests::processes::{binary, signal};
use serde_json::Value;

/// How long a drill may take beside its taps: keys, register, start, healing and end.
const AROUND_THE_TAPS: Duration = Duration::from_secs(240);

fn drill(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary("digiana-sim"));
    command.arg("drill").args(arguments).stdin(Stdio::null());
    command
}

/// Processes that have this text in their command line.
fn running_with(text: &str) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("the kernel lists processes");
    let numbers = processes.filter_map(|it| it.ok()?.file_name().to_str()?.parse().ok());
    numbers
        .filter(|number: &u32| {
            // One that has just ended has no command line any more.
            let line = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(text)
        })
        .collect()
}

fn until(what: &str, patience: Duration, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < patience, "not in {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_drill_of_half_a_minute_loses_no_tap_and_shows_who_is_at_two_places() {
    let outer = tempfile::tempdir().expect("a folder");
    let folder = outer.path().join("drill");
    let path = folder.to_str().expect("a temporary folder's name is text");
    let arguments = ["--headless", "--minutes", "0.5", "--json", "--seed", "1", "--dir", path];
    let output = drill(&arguments).output().expect("the drill starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");

    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(printed.lines().count(), 1, "{printed}");
    let figures: Value = serde_json::from_str(&printed).expect("the last line is JSON");
    assert_eq!(figures["taps_lost"], 0, "{figures}");
    assert_eq!(figures["converged"], true, "{figures}");
    assert_eq!(figures["replicas"], 8, "{figures}");
    assert_eq!(figures["town"], "訓練データ");
    assert!(figures["taps_accepted"].as_u64().is_some_and(|taps| taps > 20), "{figures}");
    assert!(figures["conflicts_made"].as_u64().is_some_and(|made| made > 0), "{figures}");
    assert!(figures["conflicts_shown"].as_u64() >= figures["conflicts_made"].as_u64());
    assert!(figures["reconcile_ms"].is_u64(), "{figures}");
    for service in ["check_ins", "visits", "rides", "spends", "arrivals"] {
        assert!(figures["services"][service].as_u64().is_some_and(|taps| taps > 0), "{figures}");
    }
    assert_eq!(figures["ledger_sum"], 0, "{figures}");
    assert!(figures["ious"].as_u64().is_some_and(|rides| rides > 0), "{figures}");
    assert!(figures["overdrafts_made"].as_u64().is_some_and(|made| made > 0), "{figures}");
    assert!(figures["overdrafts_found"].as_u64() >= figures["overdrafts_made"].as_u64());
    assert!(!folder.exists(), "the folder goes at a clean end");
    assert_eq!(running_with(path), Vec::<u32>::new());
}

/// The drill's own page, as a browser without script uses it.
struct Page {
    host: String,
    base: String,
}

impl Page {
    fn at(address: &str) -> Self {
        let (host, path) = address
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('/'))
            .expect("an address");
        Self { host: host.to_owned(), base: format!("/{}", path.trim_end_matches('/')) }
    }

    fn ask(&self, request: &str) -> String {
        let mut line = TcpStream::connect(&self.host).expect("the page is served");
        let host = &self.host;
        let (first, rest) = request.split_once("\r\n").unwrap();
        write!(line, "{first}\r\nHost: {host}\r\nConnection: close\r\n{rest}").unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self) -> String {
        self.ask(&format!("GET {}/?lang=ja HTTP/1.1\r\n\r\n", self.base))
    }

    /// What the last press came to.
    fn said(&self) -> String {
        let seen = self.get();
        let (_, said) = seen.split_once("id=\"said\"").unwrap();
        let (said, _) = said.split_once("</div>").unwrap();
        said.to_owned()
    }

    fn press(&self, path: &str, form: &str) {
        let answer = self.ask(&format!(
            "POST {}{path} HTTP/1.1\r\nOrigin: http://{}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.base,
            self.host,
            form.len()
        ));
        assert!(answer.starts_with("HTTP/1.1 303"), "{path} {form}: {answer}");
    }
}

#[test]
fn a_newcomer_taps_cuts_and_heals_on_the_drills_own_page() {
    let outer = tempfile::tempdir().expect("a folder");
    let folder = outer.path().join("drill");
    let path = folder.to_str().expect("a temporary folder's name is text");
    // Should this story fail, the drill ends by itself.
    let mut drill = drill(&["--seed", "1", "--dir", path, "--minutes", "4"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the drill starts");
    let mut lines = BufReader::new(drill.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| Some(line.strip_prefix("訓練の操作  ")?.to_owned()));
    let page = Page::at(&address.expect("it is printed before the drill ends"));
    // Its running summary has to go somewhere.
    let reads_on = std::thread::spawn(move || lines.count());

    page.press("/speed", "speed=stop");
    page.press("/tap", "person=200&reader=shelter-1");
    let said = page.said();
    assert!(said.contains("避難所1") && said.contains("受付しました"), "{said}");
    page.press("/tap", "person=200&reader=facility");
    assert!(page.said().contains("来館しました"), "{}", page.said());
    let paid = || {
        page.press("/tap", "person=200&reader=shop");
        page.said().contains("ポイントで支払いました")
    };
    until("the shop has heard of the visit", Duration::from_secs(10), paid);

    let paused = || {
        let config = folder.join("shelter-1").join("gateway.toml");
        let mut ctl = Command::new(binary("digiana-node"));
        let asked = ctl.args(["ctl", "--config"]).arg(config).arg("status").output().unwrap();
        let status: Value = serde_json::from_slice(&asked.stdout).expect("one line of JSON");
        let peers = status["peers"].as_array().unwrap().clone();
        peers.iter().filter(|peer| peer["paused"] == true).count()
    };
    page.press("/links", "cut=shelter-1");
    assert_eq!(paused(), 4);
    assert!(page.get().contains("切り離し中"));
    page.press("/links", "heal=shelter-1");
    assert_eq!(paused(), 0);
    let all_up = || page.get().contains("線 4/4") && !page.get().contains("name=\"heal\"");
    until("all have met again", Duration::from_secs(30), all_up);

    signal(&drill, rustix::process::Signal::INT);
    assert!(drill.wait().expect("it ends").success());
    reads_on.join().unwrap();
    assert_eq!(running_with(path), Vec::<u32>::new());
}

#[test]
fn no_child_outlives_a_drill_that_is_killed() {
    let outer = tempfile::tempdir().expect("a folder");
    let folder = outer.path().join("drill");
    let path = folder.to_str().expect("a temporary folder's name is text");
    let mut killed = drill(&["--headless", "--dir", path])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the drill starts");
    // The control sockets stand in the folders once the eight run.
    let runs = |post: &str| folder.join(post).join("control.sock").exists();
    until("the eight run", AROUND_THE_TAPS, || runs("bus") && runs("hq"));
    assert!(running_with(path).len() > 8);
    killed.kill().expect("it runs");
    killed.wait().expect("it is waited for once");
    until("all have ended", Duration::from_secs(10), || running_with(path).is_empty());
}

#[test]
fn a_drill_in_a_folder_that_is_in_use_touches_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("diary"), "mine").expect("a file");
    let path = folder.path().to_str().expect("text");
    let output = drill(&["--headless", "--dir", path]).output().expect("the drill starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("is not empty"), "{said}");
    let left: Vec<_> = std::fs::read_dir(Path::new(path)).expect("a folder").collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn json_without_headless_and_odd_minutes_are_wrong_usage() {
    for arguments in [&["--json"][..], &["--minutes", "0"], &["--minutes", "soon"]] {
        let output = drill(arguments).output().expect("the drill starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}
