//! A host with a smart-card daemon of its own: pcscd and its virtual readers run in namespaces that
//! the story makes, so that none of them meets the machine's.
//!
//! Whatever is started here is tied to this process and dies with it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use digiana_sim::card::ReaderAddr;
use digiana_tests::processes::{PATIENCE, binary, until};

use crate::hosts::ip;

/// Namespaces of users, networks and mounts: what the daemon needs to be alone.
pub(crate) const NAMESPACES: &str = "-Urnm";

/// How long one run of a tool may take; they probe dozens of cards before they know ours.
const TOOL_WITHIN: Duration = Duration::from_secs(60);

/// Where the driver of virtual readers lies on Debian.
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// A running daemon with virtual readers. It ends with the value.
pub(crate) struct Daemon {
    process: Child,
    folder: tempfile::TempDir,
}

/// Where the virtual readers of the host listen, as vpcd's own do; each has a second slot above.
const FIRST_PORT: u16 = 35_963;
const OTHER_PORT: u16 = 35_979;

/// The first virtual reader of the host.
pub(crate) fn reader() -> ReaderAddr {
    at(FIRST_PORT)
}

/// Another one, with a driver of its own.
#[cfg(feature = "pcsc")]
pub(crate) fn other_reader() -> ReaderAddr {
    at(OTHER_PORT)
}

fn at(port: u16) -> ReaderAddr {
    ReaderAddr::new(SocketAddr::from(([127, 0, 0, 1], port))).expect("loopback is this machine")
}

/// A command that is killed when this process dies.
pub(crate) fn tied(program: &str) -> Command {
    let mut command = Command::new(binary("digiana-sim"));
    command.args(["tether", "--parent", &std::process::id().to_string(), "--", program]);
    command
}

/// Makes this process die with whoever started it. It has to come first.
pub(crate) fn die_with_the_story() {
    use rustix::process::{Signal, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL)).expect("the kernel takes the wish");
}

impl Daemon {
    /// Starts the daemon on this host, and waits until its readers listen.
    pub(crate) fn start() -> Self {
        ip("link set lo up");
        let folder = tempfile::tempdir().expect("a folder");
        // The daemon's socket lies under /run, where the machine's own may be.
        for (program, arguments) in [
            ("mount", ["-t", "tmpfs", "none", "/run"].as_slice()),
            ("mkdir", &["-p", "/run/pcscd"]),
        ] {
            let status = Command::new(program).args(arguments).status();
            assert!(status.expect("it is installed").success(), "{program} {arguments:?}");
        }
        // The service gives one call at a time to a driver, so that each reader has its own.
        let config = folder.path().join("readers");
        std::fs::create_dir(&config).expect("a folder");
        for (number, port) in [FIRST_PORT, OTHER_PORT].iter().enumerate() {
            let driver = folder.path().join(format!("libifdvpcd-{number}.so"));
            std::fs::copy(DRIVER, &driver).expect("vsmartcard-vpcd is installed");
            let reader = format!(
                "FRIENDLYNAME \"Virtual PCD {number}\"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH \
                 {}\nCHANNELID 0x{port:X}\n",
                driver.display()
            );
            std::fs::write(config.join(format!("vpcd-{number}")), reader).expect("a file");
        }
        let log = std::fs::File::create(folder.path().join("log")).expect("a file");
        let process = tied("pcscd")
            .args(["--foreground", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("the tether is built");
        let mut daemon = Self { process, folder };
        until("pcscd and its virtual reader listen", || {
            if let Some(status) = daemon.process.try_wait().expect("a child") {
                let log = std::fs::read_to_string(daemon.folder.path().join("log"));
                panic!("pcscd ended with {status}: {}", log.unwrap_or_default());
            }
            let tcp = std::fs::read_to_string("/proc/self/net/tcp").unwrap_or_default();
            [FIRST_PORT, OTHER_PORT].iter().all(|port| tcp.contains(&format!(":{port:X} ")))
                && std::path::Path::new("/run/pcscd/pcscd.comm").exists()
        });
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How a tool's run ended.
pub(crate) struct Ran {
    pub(crate) is_good: bool,
    /// What it said on both outputs, for a look at words.
    pub(crate) said: String,
}

/// Runs a tool to its end, which must come in time.
pub(crate) fn run_tool(line: &str) -> Ran {
    run_fed(line, &[])
}

/// The same with bytes on its standard input.
pub(crate) fn run_fed(line: &str, fed: &[u8]) -> Ran {
    let mut words = line.split(' ');
    let mut child = tied(words.next().expect("a program"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tether is built");
    child.stdin.take().expect("a pipe").write_all(fed).expect("it reads");
    let id = child.id();
    let (done, waited) = std::sync::mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if waited.recv_timeout(TOOL_WITHIN).is_err() {
            let id = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw);
            // It has not been waited for, so the number is still its own.
            let _ = rustix::process::kill_process(id?, rustix::process::Signal::KILL);
        }
        Some(())
    });
    let Output { status, stdout, stderr } = child.wait_with_output().expect("a child");
    let _ = done.send(());
    guard.join().expect("the guard does not panic");
    let said = [stdout.as_slice(), &stderr].concat();
    Ran { is_good: status.success(), said: String::from_utf8_lossy(&said).into_owned() }
}

/// Waits until a tool's run is good: a card is seen by the daemon only a moment after it was put in.
pub(crate) fn run_until_good(line: &str) -> Ran {
    let begun = Instant::now();
    loop {
        let ran = run_tool(line);
        if ran.is_good {
            return ran;
        }
        assert!(begun.elapsed() < PATIENCE, "{line}: {}", ran.said);
        std::thread::sleep(Duration::from_millis(200));
    }
}
