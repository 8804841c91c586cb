//! The town while it runs: nodes, lines, and what is to happen when.

mod links;
mod power;
mod steps;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use digiana_core::credential::Envelope;
use digiana_core::engine::Engine;
use digiana_core::engine::commit::{Commit, StoreWrite};
use digiana_core::engine::effect::{Accepted, Effect};
use digiana_core::engine::input::{Command, Input, RequestId};
use digiana_core::id::{EntryId, LinkId};
use digiana_core::limits::FRAME_BYTES_MAX;
use digiana_core::scope::Scope;
use digiana_core::service::refusal::Refusal;
use digiana_core::sign::Scheme;

use crate::rng::Rng;

use super::cast::{Keys, Post, roads};
use super::clock::Clock;
use super::disk::Disk;
use super::fault::{Fault, Faults};
use super::line::Line;
use super::model::Model;
use super::model::read::Reader;
use super::plan::Plan;
use super::roll::Roll;
use super::slip::Slip;
use super::trace::Trace;
use super::violation::{Broken, Violation};

/// How long a disk takes for a commit, in microseconds.
const COMMIT_US: (u32, u32) = (500, 8_000);

/// How long a slow disk takes.
const SLOW_COMMIT_US: (u32, u32) = (200_000, 4_000_000);

/// How often a store that met a full disk is tried again, as in a real node.
const TRY_DISK_EVERY: Duration = Duration::from_secs(2);

/// How many things may happen within one second before that counts as never ending. A timer that
/// rings again and again lets a microsecond pass each time.
const IN_A_SECOND_MAX: u32 = 200_000;

/// One node.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) post: Post,
    pub(super) disk: Disk,
    pub(super) engine: Option<Engine>,
    clock: Clock,
    // What its town's file holds: it is given at every start.
    town_file: Vec<Envelope>,
    // Whether it lost its power and was not switched on since.
    crashed: bool,
    // How often it was started.
    run: u32,
    wakes_at: Option<Duration>,
    is_slow: bool,
    lines: Vec<usize>,
    // What was recorded here and shown to somebody.
    recorded: Vec<(Scope, EntryId)>,
}

/// What is to happen.
#[derive(Debug)]
enum Event {
    Frame { link: LinkId, to: usize, bytes: Vec<u8> },
    Disk { node: usize, run: u32 },
    Wake { node: usize, run: u32, at: Duration },
    TryDisk { node: usize, run: u32 },
    Dial { line: usize },
    Silence { link: LinkId, end: usize },
    Gone { link: LinkId, end: usize },
}

struct Due {
    at: Duration,
    number: u64,
    event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// What a run comes to, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Commands given.
    pub asked: u64,
    /// Commands of which somebody was shown that they are recorded.
    pub accepted: u64,
    /// Entries recorded by them.
    pub facts: u64,
    /// Refusals by their name.
    pub refused: BTreeMap<String, u64>,
    /// Indicated entries that went with the only disk that held them.
    pub gone_with_media: u64,
    /// Frames sent, and their bytes.
    pub frames: u64,
    /// Bytes of frames sent.
    pub bytes: u64,
    /// Inputs that engines handled.
    pub inputs: u64,
    /// What went wrong in the town.
    pub faults: Faults,
}

impl Tally {
    /// Takes up what another run came to.
    pub fn absorb(&mut self, other: &Self) {
        self.asked += other.asked;
        self.accepted += other.accepted;
        self.facts += other.facts;
        for (refusal, times) in &other.refused {
            *self.refused.entry(refusal.clone()).or_default() += times;
        }
        self.gone_with_media += other.gone_with_media;
        self.frames += other.frames;
        self.bytes += other.bytes;
        self.inputs += other.inputs;
        self.faults.absorb(&other.faults);
    }
}

/// The running town.
pub(super) struct World {
    seed: u64,
    pub(super) keys: Keys,
    pub(super) posts: Vec<Post>,
    pub(super) roll: Roll,
    pub(super) plan: Plan,
    pub(super) now: Duration,
    plan_begins: Option<Duration>,
    steps_done: usize,
    queue: BinaryHeap<Reverse<Due>>,
    next_event: u64,
    devices: Vec<Device>,
    pub(super) lines: Vec<Line>,
    next_link: u64,
    next_request: u64,
    // Who is cut off from the others.
    parted: BTreeSet<usize>,
    // By node and request: the step that asked, and whether a rider stands there.
    asked: BTreeMap<(usize, RequestId), Asked>,
    /// Everything of which somebody was told that it is recorded.
    pub(super) indicated: BTreeMap<EntryId, Scope>,
    /// What went with the only medium that held it.
    pub(super) excused: BTreeSet<EntryId>,
    /// Whether headquarters lost what it had said it holds.
    pub(super) headquarters_lost: bool,
    // Links over which something was sent that no honest node sends.
    garbled: BTreeSet<LinkId>,
    chance_of_lines: Rng,
    chance_of_disks: Rng,
    /// The second, simple model of this town, and what reads its journals.
    pub(super) model: Model,
    reader: Reader,
    /// Where something was recorded last, and in which scope.
    pub(super) recorded_last: Option<(usize, Scope)>,
    pub(super) tally: Tally,
    pub(super) violations: Vec<Violation>,
    pub(super) trace: Option<Trace>,
    /// The mistake that stores and transports of this town make: none outside of tests.
    pub(super) slip: Option<Slip>,
    // Whatever happened, in one number.
    mixed: u64,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    step: Option<usize>,
    boards: bool,
}

impl World {
    /// A town of so many posts before anything happens. Its plan is not begun.
    pub(super) fn new(seed: u64, scheme: Scheme, plan: Plan) -> Self {
        let posts = Post::of_town(plan.nodes);
        let stream = |purpose: &str| Rng::new(seed, &format!("simulator/{purpose}"));
        let keys = Keys::draw(scheme, posts.len(), &mut stream("keys"));
        let roads = roads(&posts, &mut stream("roads"));
        let mut clocks = stream("clocks");
        let known: Vec<Envelope> = (0..)
            .zip(&posts)
            .filter(|(node, _)| !plan.late.contains(node))
            .map(|(node, post)| keys.admission(node, *post, &posts, false))
            .collect();
        let mut devices = Vec::new();
        for (node, post) in (0..).zip(&posts) {
            let mut town_file = vec![keys.appointment()];
            town_file.extend(known.iter().cloned());
            if plan.late.contains(&node) {
                town_file.push(keys.admission(node, *post, &posts, false));
            }
            let lines = (0..).zip(&roads).filter(|(_, road)| road.ends.contains(&node));
            devices.push(Device {
                post: *post,
                disk: Disk::default(),
                engine: None,
                clock: Clock::new(i32::try_from(clocks.below(200)).expect("small") - 100),
                town_file,
                crashed: false,
                run: 0,
                wakes_at: None,
                is_slow: false,
                lines: lines.map(|(line, _)| line).collect(),
                recorded: Vec::new(),
            });
        }
        Self {
            seed,
            roll: Roll::draw(plan.residents, &posts, &mut stream("roll")),
            posts,
            plan,
            now: Duration::ZERO,
            plan_begins: None,
            steps_done: 0,
            queue: BinaryHeap::new(),
            next_event: 0,
            devices,
            lines: roads.into_iter().map(Line::new).collect(),
            next_link: 0,
            next_request: 0,
            parted: BTreeSet::new(),
            asked: BTreeMap::new(),
            indicated: BTreeMap::new(),
            excused: BTreeSet::new(),
            headquarters_lost: false,
            garbled: BTreeSet::new(),
            chance_of_lines: stream("lines"),
            chance_of_disks: stream("disks"),
            model: Model::default(),
            reader: Reader::new(keys.town()),
            recorded_last: None,
            keys,
            tally: Tally::default(),
            violations: Vec::new(),
            trace: None,
            slip: None,
            mixed: 0,
        }
    }

    /// How many nodes there are.
    pub(super) fn nodes(&self) -> usize {
        self.devices.len()
    }

    /// A node.
    pub(super) fn device(&self, node: usize) -> &Device {
        self.devices.get(node).expect("a node of this town")
    }

    fn device_mut(&mut self, node: usize) -> &mut Device {
        self.devices.get_mut(node).expect("a node of this town")
    }

    fn line(&self, line: usize) -> &Line {
        self.lines.get(line).expect("a line of this town")
    }

    fn line_mut(&mut self, line: usize) -> &mut Line {
        self.lines.get_mut(line).expect("a line of this town")
    }

    /// Every node that runs, with its number.
    pub(super) fn running(&self) -> impl Iterator<Item = (usize, &Device, &Engine)> {
        let devices = (0..).zip(&self.devices);
        devices.filter_map(|(node, device)| Some((node, device, device.engine.as_ref()?)))
    }

    fn slips(&self, slip: Slip) -> bool {
        self.slip == Some(slip)
    }

    fn schedule(&mut self, at: Duration, event: Event) {
        let number = self.next_event;
        self.next_event += 1;
        self.queue.push(Reverse(Due { at, number, event }));
    }

    /// Lets everything happen up to a moment, or until something is wrong.
    pub(super) fn run_until(&mut self, until: Duration) {
        let mut in_this_second = 0;
        while self.violations.is_empty() {
            let due = self.queue.peek().map(|Reverse(due)| due.at);
            let step = self.next_step();
            let Some(next) = due.into_iter().chain(step).min().filter(|next| *next <= until) else {
                break;
            };
            let is_new = next.as_secs() > self.now.as_secs();
            in_this_second = if is_new { 0 } else { in_this_second + 1 };
            if in_this_second > IN_A_SECOND_MAX {
                self.broken(Broken::NeverRests, "something goes round and round".to_owned());
                return;
            }
            self.now = self.now.max(next);
            if step == Some(next) {
                self.steps_done += 1;
                self.perform_step(self.steps_done - 1);
            } else if let Some(Reverse(due)) = self.queue.pop() {
                self.happen(due.event);
            }
        }
        self.now = self.now.max(until);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Frame { link, to, bytes } => self.on_frame(link, to, bytes),
            Event::Disk { node, run } => self.on_disk(node, run),
            Event::Wake { node, run, at } => self.on_wake(node, run, at),
            Event::TryDisk { node, run } => self.on_try_disk(node, run),
            Event::Dial { line } => self.on_dial(line),
            Event::Silence { link, end } => self.on_silence(link, end),
            Event::Gone { link, end } => self.drop_end(link, end),
        }
    }

    /// From now on the steps of the plan come.
    pub(super) fn begin_plan(&mut self) {
        self.plan_begins = Some(self.now);
    }

    /// When the plan began; nothing where it has not.
    pub(super) fn plan_began(&self) -> Duration {
        self.plan_begins.unwrap_or_default()
    }

    /// When the next step of the plan comes.
    fn next_step(&self) -> Option<Duration> {
        let next = self.plan.steps.get(self.steps_done)?;
        Some(self.plan_begins? + next.at)
    }

    fn on_wake(&mut self, node: usize, run: u32, at: Duration) {
        let now = self.now;
        let device = self.device_mut(node);
        // Of several alarms only the last that was set rings.
        if device.run != run || device.wakes_at != Some(at) {
            return;
        }
        device.wakes_at = None;
        let due = device.engine.as_ref().and_then(Engine::poll_timeout);
        let due = due.map(|due| device.clock.town_time(due));
        if due.is_some_and(|due| due <= now) {
            self.tell(node, Input::Woken);
        } else {
            self.wake_later(node);
        }
    }

    fn wake_later(&mut self, node: usize) {
        let now = self.now;
        let device = self.device_mut(node);
        let Some(due) = device.engine.as_ref().and_then(Engine::poll_timeout) else { return };
        // A timer that is due already is rung at the next tick of the clock.
        let at = device.clock.town_time(due).max(now + Duration::from_micros(1));
        if device.wakes_at.is_some_and(|wakes_at| wakes_at <= at) {
            return;
        }
        device.wakes_at = Some(at);
        let run = device.run;
        self.schedule(at, Event::Wake { node, run, at });
    }

    /// Gives a command to a node; what becomes of it is indicated later.
    pub(super) fn command(&mut self, node: usize, step: Option<usize>, command: Command) {
        let request = RequestId(self.next_request);
        self.next_request += 1;
        let boards = matches!(
            command,
            Command::Transport(digiana_core::service::transport::command::Command::TapBoard { .. })
        );
        self.tally.asked += 1;
        self.asked.insert((node, request), Asked { step, boards });
        self.tell(node, Input::Commanded { request, command });
    }

    /// Tells a node's engine what happened, and does what it asks for.
    fn tell(&mut self, node: usize, input: Input) {
        let now = self.now;
        let device = self.device_mut(node);
        let Some(engine) = device.engine.as_mut() else { return };
        engine.handle_input(input, &device.disk, device.clock.read(now));
        self.tally.inputs += 1;
        self.mix(u64::try_from(node).expect("a small number"));
        while let Some(effect) = self.device_mut(node).engine.as_mut().and_then(Engine::poll_effect)
        {
            self.perform(node, effect);
        }
        self.wake_later(node);
    }

    fn mix(&mut self, number: u64) {
        let moment = u64::try_from(self.now.as_micros()).expect("a simulated town is short");
        let mixed = (self.mixed ^ number ^ moment).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.mixed = mixed ^ (mixed >> 29);
    }

    fn perform(&mut self, node: usize, effect: Effect) {
        match effect {
            Effect::Persist(commit) => {
                self.read_own(node, &commit);
                self.check_custody(node, &commit);
                if self.device_mut(node).disk.push(commit) {
                    self.write(node);
                }
            }
            Effect::Send { link, frame } => {
                if frame.len() > FRAME_BYTES_MAX {
                    let what = format!("n{node} sends a frame of {} bytes", frame.len());
                    self.broken(Broken::OverLimit, what);
                }
                self.tally.frames += 1;
                self.tally.bytes += u64::try_from(frame.len()).expect("a frame's length");
                self.send(node, link, frame);
            }
            Effect::Close { link, why } => self.on_close(node, link, &why),
            Effect::Indicate { request, outcome } => self.indicate(node, request, outcome),
            Effect::Publish(_) => {}
            Effect::Alarm(alarm) => self.on_alarm(node, alarm),
        }
    }

    /// Shows the model what a node writes into its own journals.
    fn read_own(&mut self, node: usize, commit: &Commit) {
        let Self { devices, reader, model, violations, now, .. } = self;
        let Some(engine) = devices.get(node).and_then(|device| device.engine.as_ref()) else {
            return;
        };
        for write in &commit.writes {
            let StoreWrite::Append { batch, .. } = write else { continue };
            let chain = engine.frontier().chain(batch.journal);
            if chain.is_some_and(|chain| chain.author() == engine.me())
                && let Err(why) = reader.read(batch, model)
            {
                let what = format!("n{node} writes a batch that does not attach: {why}");
                violations.push(Violation { broken: Broken::NotItsDisk, at: *now, what });
            }
        }
    }

    /// Whoever writes down that headquarters holds something does so when it does.
    fn check_custody(&mut self, node: usize, commit: &Commit) {
        // Headquarters' own word stands in the commit that makes it true.
        if node == 0 || self.headquarters_lost {
            return;
        }
        let at_headquarters = self.device(0).disk.live();
        let mut broken = Vec::new();
        for write in &commit.writes {
            let StoreWrite::Custody { upto, .. } = write else { continue };
            let held = at_headquarters.last(upto.journal);
            if upto.seq > held {
                broken.push(format!("n{node} notes {upto:?}, held are {held}"));
            }
        }
        broken.into_iter().for_each(|what| self.broken(Broken::Custody, what));
    }

    fn indicate(&mut self, node: usize, request: RequestId, outcome: Result<Accepted, Refusal>) {
        let Some(asked) = self.asked.remove(&(node, request)) else { return };
        match outcome {
            Ok(accepted) => {
                self.tally.accepted += 1;
                if let Some(trace) = &mut self.trace {
                    trace.answered(self.now, asked.step, node, "recorded");
                }
                for (scope, entry, _) in accepted.facts {
                    self.tally.facts += 1;
                    self.mix(entry.seq);
                    self.indicated.insert(entry, scope);
                    self.recorded_last = Some((node, scope));
                    self.device_mut(node).recorded.push((scope, entry));
                }
            }
            Err(refusal) => {
                let word = format!("{refusal:?}");
                let word = word.split([' ', '{']).next().unwrap_or_default().to_owned();
                if let Some(trace) = &mut self.trace {
                    trace.answered(self.now, asked.step, node, &word);
                }
                *self.tally.refused.entry(word).or_default() += 1;
                if asked.boards {
                    self.check_rider(node, refusal);
                }
            }
        }
    }

    /// A rider is never refused: not for want of a ticket, and not for a clock.
    fn check_rider(&mut self, node: usize, refusal: Refusal) {
        let is_no_refusal = matches!(
            refusal,
            Refusal::SameRide
                | Refusal::UnknownToken
                | Refusal::TokenSuspended
                | Refusal::TokenEnded
                | Refusal::TokenConflict
                | Refusal::NotDurable
                | Refusal::StoreFull
                | Refusal::Busy
                | Refusal::NotPermitted
        );
        if !is_no_refusal {
            self.broken(Broken::RiderRefused, format!("n{node}: {refusal:?}"));
        }
    }

    /// Something that must never be so.
    pub(super) fn broken(&mut self, broken: Broken, what: String) {
        let at = self.now;
        self.violations.push(Violation { broken, at, what });
    }

    /// Everything that happened, in one number.
    pub(super) fn mixed(&self) -> u64 {
        self.mixed
    }

    fn count(&mut self, fault: Fault) {
        self.tally.faults.count(fault);
    }

    fn between(chance: &mut Rng, (least, most): (u32, u32)) -> Duration {
        Duration::from_micros(chance.between(least, most).into())
    }
}
