//! Two replicas in memory and the link between them: whole frames, no network, disks that answer
//! at once.

use std::collections::VecDeque;
use std::time::Duration;

use digiana_core::engine::commit::{Commit, StoreWrite, Stored};
use digiana_core::engine::effect::Effect;
use digiana_core::engine::input::Input;
use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::id::LinkId;
use digiana_core::journal::journals::MemoryJournals;
use digiana_core::sign::{Scheme, Signer};
use digiana_core::sync::frame::Frame;
use digiana_core::time::{Confidence, Timestamp, Wall};

use crate::figure::thread_cpu;
use crate::town::{Town, site};

/// How many inputs one talk may take before it counts as one that never ends.
const INPUTS_MAX: usize = 10_000_000;

/// A node: its engine, and what its disk holds.
#[derive(Debug)]
pub struct Replica {
    /// What it thinks.
    pub engine: Engine,
    disk: MemoryJournals,
    now: Timestamp,
}

impl Replica {
    /// Wakes up a node of the town over what its disk holds.
    ///
    /// # Errors
    /// When there is no such node, or the journals are not those of the town.
    pub fn start(town: &Town, node: usize, disk: MemoryJournals) -> anyhow::Result<Self> {
        let config = EngineConfig {
            scheme: Scheme::Ed25519,
            root: town.root(),
            signer: Signer::new(Scheme::Ed25519, &town.secret(node)?),
            site: Some(site(node)),
            seed: town.secret(node)?,
        };
        let credentials = town.credentials().to_vec();
        let stored = Stored { credentials, ..Stored::default() };
        let wall = Wall { seconds: town.now(), confidence: Confidence::Synced };
        let now = Timestamp { monotonic: Duration::from_secs(1), wall };
        let engine = Engine::start(config, stored, &disk, now)?;
        Ok(Self { engine, disk, now })
    }

    fn tell(&mut self, input: Input) {
        self.engine.handle_input(input, &self.disk, self.now);
    }

    fn write(&mut self, commit: Commit) -> Input {
        for write in commit.writes {
            match write {
                StoreWrite::Append { batch, block_first } => self.disk.append(batch, block_first),
                StoreWrite::Credential(_)
                | StoreWrite::Report { .. }
                | StoreWrite::Custody { .. }
                | StoreWrite::Arrival { .. } => {}
            }
        }
        Input::Persisted(commit.id)
    }

    fn wait(&mut self, time: Duration) {
        self.now.monotonic += time;
        self.now.wall.seconds += i64::try_from(time.as_secs()).expect("waits are short");
    }
}

/// What a talk cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Talk {
    /// Payload bytes the dialler and the listener sent, reports apart.
    pub bytes: (usize, usize),
    /// Payload bytes of signed reports, both ways.
    pub report_bytes: usize,
    /// CPU of both sides.
    pub cpu: Duration,
}

impl Talk {
    /// Payload bytes both ways, reports apart.
    pub fn all_bytes(&self) -> usize {
        self.bytes.0 + self.bytes.1
    }
}

/// Two replicas that can be linked.
#[derive(Debug)]
pub struct Pair {
    /// Who dials.
    pub dialler: Replica,
    /// Who is called.
    pub listener: Replica,
    links: u64,
}

/// Which end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Dialler,
    Listener,
}

impl Pair {
    /// Two replicas that have never met.
    pub fn new(dialler: Replica, listener: Replica) -> Self {
        Self { dialler, listener, links: 0 }
    }

    /// Links the two, lets them say all they have to say, and cuts the link.
    ///
    /// # Errors
    /// When one end closes the link, or they never finish.
    pub fn talk(&mut self) -> anyhow::Result<Talk> {
        self.links += 1;
        let link = LinkId(self.links);
        let (one, other) = (self.dialler.engine.me(), self.listener.engine.me());
        let mut frames = Vec::new();
        let began = thread_cpu();
        let ups = [
            (End::Dialler, Input::LinkUp { link, peer: other, dialled: true }),
            (End::Listener, Input::LinkUp { link, peer: one, dialled: false }),
        ];
        self.carry(VecDeque::from(ups), &mut frames)?;
        let cpu = thread_cpu() - began;
        let downs =
            [(End::Dialler, Input::LinkDown { link }), (End::Listener, Input::LinkDown { link })];
        self.carry(VecDeque::from(downs), &mut Vec::new())?;
        let mut talk = Talk { cpu, ..Talk::default() };
        let reports = Frame::Reports(Vec::new()).to_bytes();
        for (from, first, len) in frames {
            match (reports.first() == first.as_ref(), from) {
                (true, _) => talk.report_bytes += len,
                (false, End::Dialler) => talk.bytes.0 += len,
                (false, End::Listener) => talk.bytes.1 += len,
            }
        }
        Ok(talk)
    }

    /// Lets time pass at both ends, so that what is due is done.
    ///
    /// # Errors
    /// When one end closes a link.
    pub fn wait(&mut self, time: Duration) -> anyhow::Result<()> {
        self.dialler.wait(time);
        self.listener.wait(time);
        let woken = [(End::Dialler, Input::Woken), (End::Listener, Input::Woken)];
        self.carry(VecDeque::from(woken), &mut Vec::new())
    }

    /// Carries frames and commits until both ends are at rest, noting what was sent: by whom,
    /// its first byte, and how many there were.
    fn carry(
        &mut self,
        mut inputs: VecDeque<(End, Input)>,
        frames: &mut Vec<(End, Option<u8>, usize)>,
    ) -> anyhow::Result<()> {
        for _ in 0..INPUTS_MAX {
            let Some((at, input)) = inputs.pop_front() else { return Ok(()) };
            let (replica, to) = match at {
                End::Dialler => (&mut self.dialler, End::Listener),
                End::Listener => (&mut self.listener, End::Dialler),
            };
            replica.tell(input);
            while let Some(effect) = replica.engine.poll_effect() {
                match effect {
                    Effect::Persist(commit) => inputs.push_back((at, replica.write(commit))),
                    Effect::Send { link, frame } => {
                        frames.push((at, frame.first().copied(), frame.len()));
                        inputs.push_back((to, Input::FrameReceived { link, bytes: frame }));
                    }
                    Effect::Close { why, .. } => anyhow::bail!("a replica closed the link: {why}"),
                    Effect::Alarm(alarm) => anyhow::bail!("a replica raised an alarm: {alarm:?}"),
                    Effect::Indicate { .. } | Effect::Publish(_) => {}
                }
            }
        }
        anyhow::bail!("the two replicas never come to rest")
    }
}
