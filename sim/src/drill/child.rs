//! Children of the drill: commands that end by themselves, lines to follow, and the eight that run
//! until they are stopped.
//!
//! Each is tied to the drill by its [`tether`](super::tether) and in a process group of its own, so
//! that Ctrl-C reaches the drill alone and the drill ends its children in order.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::DrillFault;
use super::binaries::Binaries;
use super::cast::Post;
use super::formats::CommandLine;

/// The most bytes that a command may print.
const PRINTED_BYTES_MAX: u64 = 4 << 20;

/// How long a node may take to close its store before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// How long a command that has told its last line may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(1);

/// How many of the last lines of a log are shown.
const LOG_LINES_SHOWN: usize = 8;

/// How much of a log's end is looked at for them.
const LOG_BYTES_SHOWN: usize = 8 << 10;

/// Starts children.
#[derive(Debug, Clone)]
pub(super) struct Starter {
    binaries: Binaries,
}

/// One of the eight ended by itself.
#[derive(Debug)]
pub(super) struct Death {
    /// Which.
    pub(super) post: Post,
    /// How, as what is said of it: `ended with exit code 2`.
    pub(super) how: String,
}

impl Starter {
    /// Starts these binaries.
    pub(super) fn new(binaries: Binaries) -> Self {
        Self { binaries }
    }

    fn command(&self, line: &CommandLine) -> Command {
        let mut command = Command::new(&self.binaries.own);
        command.args(["tether", "--parent", &std::process::id().to_string(), "--"]);
        command.arg(self.binaries.of(line.program)).args(&line.arguments);
        command.envs(line.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
        command
    }

    fn spawn(&self, line: &CommandLine, mut command: Command) -> Result<Child, DrillFault> {
        command.spawn().map_err(|error| {
            DrillFault::Machine(format!("cannot start {}: {error}", line.program.name()))
        })
    }

    /// Runs a command to its end and returns what it printed.
    ///
    /// # Errors
    /// [`DrillFault::Command`] with its last words, when it fails or takes too long.
    pub(super) async fn once(&self, line: &CommandLine) -> Result<String, DrillFault> {
        let failed = |how: String| DrillFault::Command { command: line.to_string(), how };
        let mut command = self.command(line);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn(line, command)?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let work = async { tokio::join!(printed(out), printed(err), child.wait()) };
        let Ok((out, err, status)) = timeout(line.within, work).await else {
            return Err(failed(format!("took more than {} s", line.within.as_secs())));
        };
        let status = status.map_err(|error| failed(error.to_string()))?;
        if status.success() {
            return Ok(out);
        }
        let said = last_lines(if err.trim().is_empty() { &out } else { &err });
        Err(failed(format!("{}: {}", how_ended(status), said.join(" | "))))
    }

    /// Starts a command whose lines are read one by one.
    ///
    /// # Errors
    /// [`DrillFault::Machine`]
    pub(super) fn follow(&self, line: &CommandLine) -> Result<Follower, DrillFault> {
        let mut command = self.command(line);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = self.spawn(line, command)?;
        let lines = child.stdout.take().expect("its output was asked for");
        Ok(Follower { lines: BufReader::new(lines).lines(), child })
    }

    /// Starts one of the eight. Its words go to `log`; should it end by itself, `deaths` is told.
    ///
    /// # Errors
    /// [`DrillFault::Machine`]
    pub(super) fn start(
        &self,
        post: Post,
        line: &CommandLine,
        log: PathBuf,
        deaths: mpsc::Sender<Death>,
    ) -> Result<Actor, DrillFault> {
        let machine = |error: std::io::Error| DrillFault::machine(&log, &error);
        let words = std::fs::File::create(&log).map_err(machine)?;
        let mut command = self.command(line);
        command.stdout(words.try_clone().map_err(machine)?).stderr(words);
        let mut child = self.spawn(line, command)?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            tokio::select! {
                _ = stopped => end(child).await,
                status = child.wait() => {
                    let how = status.map_or_else(|error| error.to_string(), how_ended);
                    // With nobody left to hear of it the drill is over.
                    let _ = deaths.send(Death { post, how }).await;
                    Ending::ByItself
                }
            }
        });
        Ok(Actor { post, stop, task })
    }
}

/// One of the eight, running.
#[derive(Debug)]
pub(super) struct Actor {
    post: Post,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Ending>,
}

/// How one of the eight ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It was over before it was asked to end.
    ByItself,
    /// It ended when it was asked to.
    Asked,
    /// It was killed.
    Killed,
}

/// Ends all of them at once, and tells which did not end well.
pub(super) async fn stop_all(actors: Vec<Actor>) -> Vec<Post> {
    let mut tasks = Vec::new();
    for Actor { post, stop, task } in actors {
        // One that ended already takes no message.
        let _ = stop.send(());
        tasks.push((post, task));
    }
    let mut badly = Vec::new();
    for (post, task) in tasks {
        match task.await {
            Ok(Ending::Asked) => {}
            Ok(Ending::ByItself | Ending::Killed) | Err(_) => badly.push(post),
        }
    }
    badly
}

async fn end(mut child: Child) -> Ending {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It fails for a child that has just ended, which is what it is for.
        let _ = kill_process(pid, Signal::TERM);
    }
    match timeout(STOP_WITHIN, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ending::Asked,
        Ok(Ok(_) | Err(_)) => Ending::ByItself,
        Err(_) => {
            // It is waited for, so that no zombie is left; the kernel cannot refuse.
            let _ = child.kill().await;
            Ending::Killed
        }
    }
}

/// The lines of a command that goes on until it is dropped.
#[derive(Debug)]
pub(super) struct Follower {
    lines: Lines<BufReader<ChildStdout>>,
    child: Child,
}

impl Follower {
    /// The next line; none at the end. May be cancelled without losing a line.
    pub(super) async fn next(&mut self) -> Option<String> {
        self.lines.next_line().await.ok().flatten()
    }

    /// How it ended, for one that has told its last line.
    pub(super) async fn how_ended(&mut self) -> String {
        match timeout(GONE_WITHIN, self.child.wait()).await {
            Ok(Ok(status)) => how_ended(status),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "told its last line and goes on".to_owned(),
        }
    }
}

async fn printed(from: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // What was read before an error is all that can be shown.
        let _ = from.take(PRINTED_BYTES_MAX).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The last lines of a log, the latest last.
pub(super) fn end_of_log(log: &Path) -> Vec<String> {
    let bytes = std::fs::read(log).unwrap_or_default();
    let start = bytes.len().saturating_sub(LOG_BYTES_SHOWN);
    last_lines(&String::from_utf8_lossy(bytes.get(start..).unwrap_or_default()))
}

fn last_lines(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let start = lines.len().saturating_sub(LOG_LINES_SHOWN);
    let lines = lines.get(start..).unwrap_or_default();
    if lines.is_empty() {
        vec!["(it said nothing)".to_owned()]
    } else {
        lines.iter().map(|line| line.trim_end().to_owned()).collect()
    }
}

fn how_ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        // Its words for a signal are `signal: 9 (SIGKILL)`.
        None => format!("was ended by {status}").replacen("signal: ", "signal ", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::formats;

    #[test]
    fn only_the_end_of_a_log_is_shown() {
        let log: String = (1..=40).map(|line| format!("line {line}\n")).collect();
        let shown = last_lines(&log);
        assert_eq!(shown.len(), LOG_LINES_SHOWN);
        assert_eq!(shown.first().map(String::as_str), Some("line 33"));
        assert_eq!(shown.last().map(String::as_str), Some("line 40"));
        assert_eq!(last_lines("\n\n"), ["(it said nothing)"]);
        assert_eq!(end_of_log(Path::new("/nowhere/log")), ["(it said nothing)"]);
    }

    /// Writes a program for the shell. A process of its own does, so that no other child of this
    /// one holds the file open when it is started.
    fn program(path: &Path, text: &str) {
        let write = r#"printf '%s' "$1" >"$0" && chmod 700 "$0""#;
        let mut shell = std::process::Command::new("sh");
        let written = shell.args(["-c", write]).arg(path).arg(text).status().expect("a shell");
        assert!(written.success());
    }

    /// What is said of headquarters when its program is this one.
    async fn last_line(text: &str) -> (String, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        // The tether's own words come first: `tether --parent PID --`.
        program(&at("digiana-sim"), "#!/bin/sh\nshift 4\nexec \"$@\"\n");
        program(&at("digiana-gateway"), text);
        program(&at("digiana-node"), "#!/bin/sh\n");
        let binaries = Binaries::beside(at("digiana-sim")).expect("all are there");
        let starter = Starter::new(binaries);
        let (deaths, mut died) = mpsc::channel(1);
        let line = formats::run(&at("gateway.toml"));
        let actor = starter.start(Post::Headquarters, &line, at("log"), deaths);
        let death = died.recv().await.expect("it dies");
        let fault = DrillFault::died(&death, at("log"));
        assert_eq!(stop_all(vec![actor.expect("it starts")]).await, [Post::Headquarters]);
        (fault.to_string(), at("log"))
    }

    #[tokio::test]
    async fn one_that_dies_is_told_in_one_line_with_its_end_its_log_and_its_last_words() {
        let (said, log) = last_line("#!/bin/sh\necho begun\necho open >&2\nkill -KILL $$\n").await;
        let log = log.display();
        assert_eq!(
            said,
            format!("hq was ended by signal 9 (SIGKILL); its log {log} ends with: open")
        );
        let (said, log) = last_line("#!/bin/sh\necho 'no store' >&2\nexit 2\n").await;
        let log = log.display();
        assert_eq!(said, format!("hq ended with exit code 2; its log {log} ends with: no store"));
    }

    #[tokio::test]
    async fn a_child_that_does_not_end_is_killed_by_its_number() {
        let mut command = Command::new("sleep");
        command.arg("60").kill_on_drop(true);
        let child = command.spawn().expect("`sleep` is installed (coreutils)");
        // It has no handler, so the polite signal ends it; that is no clean end.
        assert_eq!(end(child).await, Ending::ByItself);
    }
}
