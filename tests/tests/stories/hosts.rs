//! Hosts with a network of their own on this machine: a story starts its own binary again in a
//! namespace, so no packet leaves it.

use std::io::Write as _;
use std::process::{Command, Stdio};

const ROLE: &str = "DIGIANA_STORY_HOST";

/// Which host of its story this process plays; none in the process that cargo started.
pub(crate) fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// The same test again, as `role`, in new namespaces named as `unshare` names them.
pub(crate) fn host(namespaces: &str, test: &str, role: &str) -> Command {
    let mut command = Command::new("unshare");
    command.arg(namespaces).arg(std::env::current_exe().expect("a test knows its binary"));
    command.args(["--exact", test, "--nocapture"]).env(ROLE, role);
    command
}

/// Plays the host to its end, which must be a good one.
pub(crate) fn play(mut host: Command) {
    let played = host.stderr(Stdio::inherit()).output();
    let played = played.expect("`unshare` is installed (util-linux)");
    let said = String::from_utf8_lossy(&played.stdout);
    // What it said stays readable; with stdout gone nobody reads it.
    let _ = std::io::stdout().write_all(&played.stdout);
    let status = played.status;
    assert!(status.success(), "a host failed, or `unshare -Urn true` is not permitted here");
    // A test that has another name by now would be none at all, and end as well.
    assert!(said.contains("1 passed"), "no test of that name played the host");
}

/// Runs `ip` on this host.
pub(crate) fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status();
    assert!(status.expect("`ip` is installed (iproute2)").success(), "ip {arguments}");
}

/// Runs what a host does.
pub(crate) fn run(host: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(host);
}
