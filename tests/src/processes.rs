//! Real nodes as real processes on loopback, in a town made for one story.
//!
//! It panics where something does not go as it must: a story that fails says so by stopping.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use digiana_core::credential::admit::{Admit, Appoint, Role, Writable};
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::id::{PersonId, SiteId};
use digiana_core::scope::Scope;
use digiana_core::sign::{Scheme, Signer};
use digiana_node::keys::{NodeKey, TownFile};
use serde_json::Value;

/// How long anything may take that the machine, busy as it may be, has to do.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A town of processes in a folder of its own; everything ends with it.
#[derive(Debug)]
pub struct Town {
    /// Headquarters first. Declared first too, so that every process has ended before the folder
    /// goes.
    pub nodes: Vec<Process>,
    _folder: tempfile::TempDir,
}

/// What a node runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `digiana-node`
    Node,
    /// `digiana-gateway`
    Gateway,
}

impl Program {
    /// The binary's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Node => "digiana-node",
            Self::Gateway => "digiana-gateway",
        }
    }

    /// The name of its configuration file.
    fn config(self) -> &'static str {
        match self {
            Self::Node => "node.toml",
            Self::Gateway => "gateway.toml",
        }
    }
}

/// One node: its folder, and its process while it runs.
#[derive(Debug)]
pub struct Process {
    /// What people call the device.
    pub name: String,
    /// Where its files are.
    pub folder: PathBuf,
    /// Where its virtual reader listens.
    pub reader: SocketAddr,
    program: Program,
    child: Option<Child>,
}

/// The place of a node by its number.
pub fn site(number: u8) -> SiteId {
    SiteId([number; 8])
}

/// A person by number.
pub fn person(number: u64) -> PersonId {
    PersonId(number.to_be_bytes())
}

/// The binary of that name, beside the test's own.
pub fn binary(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a test has a path");
    let folder = own.ancestors().nth(2).expect("a test lies in target/debug/deps");
    let path = folder.join(name);
    assert!(path.exists(), "{} is not built: cargo build --workspace --bins", path.display());
    path
}

/// A UDP port that was free just now.
pub fn free_udp() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A TCP address that was free just now.
pub fn free_tcp() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Town {
    /// Makes a town of nodes, not started; node 0 is headquarters. `links` says who knows whose
    /// address.
    pub fn of(names: &[&str], links: &[(usize, usize)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Signer::new(Scheme::Ed25519, &[1; 32]);
        let officer = Signer::new(Scheme::Ed25519, &[2; 32]);
        let town = town_of(&root.public());
        let appoint = Appoint { officer: officer.officer(), office: "訓練".into(), issued_at: 1 };
        let mut credentials = vec![Envelope::seal(town, &root, CredentialKind::APPOINT, &appoint)];
        let mut nodes = Vec::new();
        for (number, name) in (0u8..).zip(names) {
            let folder = folder.path().join(name);
            let key = NodeKey::create(&folder.join("data/node.key")).unwrap();
            let writes = Scope::EVERY_READER.map(|scope| Writable { scope, kinds: Vec::new() });
            let admit = Admit {
                node: key.node(),
                name: (*name).to_owned(),
                role: if number == 0 { Role::Headquarters } else { Role::Reader },
                sites: vec![site(number)],
                reads: Vec::new(),
                writes: writes.to_vec(),
                budgets: Vec::new(),
                age_recipient: None,
                issued_at: 2,
            };
            credentials.push(Envelope::seal(town, &officer, CredentialKind::ADMIT, &admit));
            std::fs::remove_file(folder.join("data/node.key")).unwrap();
            nodes.push((key, folder, (*name).to_owned()));
        }
        let ports: Vec<u16> = names.iter().map(|_| free_udp()).collect();
        let mut processes = Vec::new();
        for (number, (key, folder, name)) in (0u8..).zip(&nodes) {
            let file =
                TownFile::new("訓練".into(), root.public(), [7; 32], true, credentials.clone());
            file.save(&folder.join("town.json")).unwrap();
            let reader = free_tcp();
            let this = usize::from(number);
            let mut config = format!(
                "data = \"data\"\ntown = \"town.json\"\nname = \"{name}\"\nsite = \"{}\"\n\
                 [mesh]\nbind = [\"127.0.0.1:{}\"]\n[reader]\nkind = \"virtual\"\nlisten = \
                 \"{reader}\"\n[control]\npath = \"control.sock\"\n",
                site(number),
                ports[this],
            );
            for (one, other) in links {
                let peer = match (*one == this, *other == this) {
                    (true, false) => *other,
                    (false, true) => *one,
                    _ => continue,
                };
                let id = nodes[peer].0.node();
                let address = format!("127.0.0.1:{}", ports[peer]);
                config +=
                    &format!("[[mesh.peers]]\nnode = \"{id}\"\naddresses = [\"{address}\"]\n");
            }
            std::fs::write(folder.join("node.toml"), config).unwrap();
            store_of(folder, &file, key);
            let (name, folder) = (name.clone(), folder.clone());
            processes.push(Process::new(Program::Node, name, folder, reader));
        }
        Self { nodes: processes, _folder: folder }
    }

    /// Starts every node and waits until each answers.
    pub fn start_all(&mut self) {
        self.nodes.iter_mut().for_each(Process::start);
    }

    /// Waits until all nodes hold and show the same of every scope they carry.
    pub fn until_equal(&self) {
        self.until_equal_within(PATIENCE);
    }

    /// The same over links that take longer. Nodes that do not run are left out.
    pub fn until_equal_within(&self, patience: Duration) {
        until_within(patience, "all nodes hold and show the same", || {
            let running = self.nodes.iter().filter(|node| node.child.is_some());
            let scopes: Vec<Value> = running.map(|node| node.status()["scopes"].clone()).collect();
            scopes.windows(2).all(|pair| pair[0] == pair[1])
        });
    }

    /// Headquarters opens an incident, and these nodes their shelters once they know of it.
    pub fn open_shelters(&self, shelters: &[usize]) {
        let words = ["--title", "訓練 江の川", "--hazard", "flood", "--drill"];
        self.nodes[0].ctl(&[&["incident", "open"], words.as_slice()].concat());
        for node in shelters.iter().map(|shelter| &self.nodes[*shelter]) {
            let knows = || node.status()["incidents"][0]["open"] == true;
            until("the shelter knows of the incident", knows);
            node.ctl(&["site", "open"]);
        }
    }
}

/// Writes key and empty store as `digiana-node init` does, with a key chosen before.
fn store_of(folder: &Path, file: &TownFile, key: &NodeKey) {
    use digiana_node::store::{Owner, READER_CACHE_BYTES, Store};
    let hex: String = key.secret().iter().map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join("data/node.key");
    std::fs::write(&path, format!("digiana node key 1\n{hex}\n")).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let owner = Owner { town: file.town(), node: key.node() };
    let store = Store::create(&folder.join("data/store.redb"), owner, READER_CACHE_BYTES);
    store.unwrap().close().unwrap();
}

impl Process {
    /// A node whose files are in `folder`, not started.
    pub fn new(program: Program, name: String, folder: PathBuf, reader: SocketAddr) -> Self {
        Self { name, folder, reader, program, child: None }
    }

    /// Its configuration.
    pub fn config(&self) -> PathBuf {
        self.folder.join(self.program.config())
    }

    /// Where its mesh listens, as its configuration says.
    pub fn mesh(&self) -> SocketAddr {
        let config = std::fs::read_to_string(self.config()).unwrap();
        let (_, rest) = config.split_once("bind = [\"").expect("a node has a mesh");
        rest.split('"').next().unwrap().parse().unwrap()
    }

    /// Tells a node that does not run that the peer it seeks at one address is at another.
    pub fn redirect(&self, from: SocketAddr, to: SocketAddr) {
        let config = std::fs::read_to_string(self.config()).unwrap();
        let address = |at| format!("addresses = [\"{at}\"]");
        let redirected = config.replace(&address(from), &address(to));
        assert_ne!(redirected, config, "{} seeks nobody at {from}", self.name);
        std::fs::write(self.config(), redirected).unwrap();
        // Where it met its peers before is no more.
        let _ = std::fs::remove_file(self.folder.join("data/addresses.json"));
    }

    /// Starts the node and waits until it answers.
    pub fn start(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"))
            .unwrap();
        let child = Command::new(binary(self.program.name()))
            .args(["run", "--config"])
            .arg(self.config())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        until("the node answers", || {
            let child = self.child.as_mut().expect("just started");
            if let Some(status) = child.try_wait().unwrap() {
                panic!("{} ended with {status}: {}", self.name, self.log());
            }
            self.try_ctl(&["status"]).is_ok()
        });
    }

    /// What the node has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Cuts the power.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        signal(&child, rustix::process::Signal::TERM);
        let status = child.wait().unwrap();
        assert!(status.success(), "{} ended with {status}: {}", self.name, self.log());
    }

    /// Runs `digiana-node check` on a node that has stopped: whether all holds, and what it said.
    pub fn check(&self) -> (bool, String) {
        let mut command = Command::new(binary("digiana-node"));
        let output = command.args(["check", "--config"]).arg(self.config()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Stops the process where it stands, as a machine that sleeps.
    pub fn fall_asleep(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets it go on where it stood.
    pub fn wake_up(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, what: rustix::process::Signal) {
        signal(self.child.as_ref().expect("it runs"), what);
    }

    /// Runs `digiana-node ctl`; its output, or what it said on stderr.
    pub fn try_ctl(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(binary("digiana-node"));
        command.args(["ctl", "--config"]).arg(self.config()).args(words);
        let output = command.stdin(Stdio::null()).output().unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Runs `digiana-node ctl`, which must work.
    pub fn ctl(&self, words: &[&str]) -> String {
        self.try_ctl(words).unwrap_or_else(|why| panic!("{} {words:?}: {why}", self.name))
    }

    /// How the node is.
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.ctl(&["status"])).unwrap()
    }

    /// The last stored entry of each journal.
    pub fn journals(&self) -> std::collections::BTreeMap<String, u64> {
        let lines = self.ctl(&["journals"]);
        let journals = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        journals
            .map(|it| (it["journal"].as_str().unwrap().to_owned(), it["seq"].as_u64().unwrap()))
            .collect()
    }

    /// Whether that entry, `journal/sequence`, is in the raw store.
    pub fn holds(&self, entry: &str) -> bool {
        let (journal, seq) = entry.split_once('/').unwrap();
        let seq: u64 = seq.parse().unwrap();
        self.journals().get(journal).is_some_and(|held| *held >= seq)
    }

    /// Follows the outcomes of taps from now on; the process ends with the follower.
    pub fn follow(&self) -> Follower {
        let mut child = Command::new(binary("digiana-node"))
            .args(["ctl", "--config"])
            .arg(self.config())
            .args(["outcomes", "--follow"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let (tell, told) = std::sync::mpsc::channel();
        let reading = std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                if tell.send(serde_json::from_str(&line).unwrap()).is_err() {
                    break;
                }
            }
        });
        Follower { child, told, reading: Some(reading) }
    }

    /// How many people are at shelters, in all incidents, as this node shows it: at least, at most.
    pub fn present(&self) -> (u64, u64) {
        let status = self.status();
        let incidents = status["incidents"].as_array().unwrap();
        let figure = |name: &str| incidents.iter().filter_map(|it| it[name].as_u64()).sum();
        (figure("present_sure"), figure("present_at_most"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Outcomes of taps as they are shown.
#[derive(Debug)]
pub struct Follower {
    child: Child,
    told: std::sync::mpsc::Receiver<Value>,
    reading: Option<std::thread::JoinHandle<()>>,
}

impl Follower {
    /// The next outcome.
    pub fn next(&self) -> Value {
        self.told.recv_timeout(PATIENCE).expect("an outcome in time")
    }

    /// All outcomes until the node is gone.
    pub fn rest(self) -> Vec<Value> {
        let mut rest = Vec::new();
        loop {
            match self.told.recv_timeout(PATIENCE) {
                Ok(outcome) => rest.push(outcome),
                Err(RecvTimeoutError::Disconnected) => return rest,
                Err(RecvTimeoutError::Timeout) => panic!("the node still runs"),
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reading) = self.reading.take() {
            let _ = reading.join();
        }
    }
}

/// Waits, looking again and again, until something is so.
pub fn until(what: &str, is_so: impl FnMut() -> bool) {
    until_within(PATIENCE, what, is_so);
}

/// The same for what may take longer, or must be sooner.
pub fn until_within(patience: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < patience, "not in {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Sends a signal to a process that was started here.
pub fn signal(child: &Child, what: rustix::process::Signal) {
    let id = i32::try_from(child.id()).expect("a process id fits");
    let id = rustix::process::Pid::from_raw(id).expect("a child has an id");
    rustix::process::kill_process(id, what).unwrap();
}
