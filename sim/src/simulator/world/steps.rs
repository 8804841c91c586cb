//! Each step, done.

use std::time::Duration;

use digiana_core::engine::input::Input;
use digiana_core::fact::Kind;
use digiana_core::journal::chain::Chain;
use digiana_core::journal::entry::Position;
use digiana_core::journal::opening::{End, Opening};
use digiana_core::journal::writer::seal_entries;
use minicbor::bytes::ByteArray;

use super::super::clock::ClockFault;
use super::super::fault::Fault;
use super::super::hands::Hands;
use super::super::line::{Garble, of_mut};
use super::super::step::{Pick, Step};
use super::World;

/// A kind that only another version knows.
const UNKNOWN_KIND: Kind = Kind(9_000);

impl World {
    pub(super) fn perform_step(&mut self, number: usize) {
        let Some(step) = self.plan.steps.get(number).map(|timed| timed.step.clone()) else {
            return;
        };
        if let Some(trace) = &mut self.trace {
            trace.step(self.now, number, &step);
        }
        // A plan made smaller, or by hand, may speak of what is not there.
        let no_line = step.line().is_some_and(|line| line >= self.lines.len());
        if no_line || step.needs(self.nodes()) {
            if let Some(trace) = &mut self.trace {
                trace.note(self.now, "there is no such node or line");
            }
            return;
        }
        self.do_step(Some(number), &step);
    }

    /// Does a step that stands in no plan.
    pub(crate) fn perform_aside(&mut self, step: &Step) {
        self.do_step(None, step);
    }

    fn do_step(&mut self, number: Option<usize>, step: &Step) {
        match step {
            Step::Tap(node, _)
            | Step::Going(node, ..)
            | Step::Edit(node, _)
            | Step::Splice(node, _)
            | Step::Correct(node, _)
            | Step::OpenIncident(node)
            | Step::CloseIncident(node)
            | Step::OpenShelter(node)
            | Step::CloseShelter(node)
            | Step::IssueBook(node, _)
            | Step::VoidBook(node, _)
            | Step::NotePupil(node, ..)
            | Step::Card(node, ..)
            | Step::Join(node, ..) => self.use_hands(*node, number, step),
            Step::Crash(node) => self.crash(*node),
            Step::Close(node) => self.close(*node),
            Step::Start(node) => self.start(*node),
            Step::Restart(node) => {
                if self.device(*node).crashed {
                    self.start(*node);
                }
            }
            Step::Lie(node) => self.device_mut(*node).disk.lie(),
            Step::Damage(node, damage) => self.device_mut(*node).disk.damage(*damage),
            Step::Fill(node) => self.device_mut(*node).disk.fill(),
            Step::Free(node) => self.device_mut(*node).disk.free(),
            Step::SlowDisk(node, is_slow) => {
                self.device_mut(*node).is_slow = *is_slow;
                if *is_slow {
                    self.count(Fault::SlowDisk);
                }
            }
            Step::Clock(node, fault) => self.set_clock(*node, *fault),
            Step::Partition(nodes) => {
                self.count(Fault::Partition);
                self.parted = nodes.iter().copied().collect();
                self.look_at_roads();
            }
            Step::Heal => self.forget_partition(),
            Step::OneWay(line, from_first) => {
                self.count(Fault::OneWay);
                let end = usize::from(!from_first);
                *of_mut(&mut self.line_mut(*line).deaf, end) = true;
                self.line_changed(*line);
            }
            Step::Flap(line) => {
                self.count(Fault::Flapping);
                self.line_mut(*line).deaf = [true; 2];
                self.line_changed(*line);
            }
            Step::Mend(line) => {
                self.line_mut(*line).deaf = [false; 2];
                self.line_changed(*line);
            }
            Step::Call(line) => {
                self.count(Fault::BusVisit);
                self.line_mut(*line).is_calling = true;
                self.look_at_roads();
            }
            Step::Depart(line) => {
                self.line_mut(*line).is_calling = false;
                self.look_at_roads();
            }
            Step::Garble(line, pick) => self.garble(*line, *pick),
            Step::OtherVersion(node) => self.run_other_version(*node),
            Step::Introduce(node, to) => {
                self.count(Fault::LateAdmission);
                let post = self.device(*node).post;
                let admission = self.keys.admission(*node, post, &self.posts, false);
                self.tell(*to, Input::CredentialsGiven(vec![admission]));
            }
            Step::Widen(node, to) => {
                self.count(Fault::WidenedAdmission);
                let admission = self.keys.widening(*node, self.device(*node).post);
                self.tell(*to, Input::CredentialsGiven(vec![admission]));
            }
        }
    }

    fn use_hands(&mut self, node: usize, number: Option<usize>, step: &Step) {
        let device = self.device(node);
        let Some(engine) = &device.engine else { return };
        let hands = Hands {
            roll: &self.roll,
            engine,
            journals: &device.disk,
            node,
            post: device.post,
            recorded: &device.recorded,
            number: number.map_or(u64::MAX, |it| u64::try_from(it).expect("a plan is short")),
        };
        if let Some(command) = hands.command(step) {
            self.command(node, number, command);
        }
    }

    fn set_clock(&mut self, node: usize, fault: ClockFault) {
        match fault {
            ClockFault::Unset => self.count(Fault::ClockUnset),
            ClockFault::FarAhead => self.count(Fault::ClockFarAhead),
            ClockFault::Jump(_) => self.count(Fault::ClockJump),
            ClockFault::SetRight => {}
        }
        let now = self.now;
        self.device_mut(node).clock.suffer(fault, now);
    }

    /// Nobody is cut off any more.
    pub(super) fn forget_partition(&mut self) {
        self.parted.clear();
        self.look_at_roads();
    }

    /// A partition or a bus opened or closed roads.
    pub(super) fn look_at_roads(&mut self) {
        for line in 0..self.lines.len() {
            let held = self.line(line);
            let [one, other] = held.road.ends;
            let is_parted = self.parted.contains(&one) != self.parted.contains(&other);
            let is_closed = is_parted || (held.road.is_depot && !held.is_calling);
            if held.is_closed != is_closed {
                self.line_mut(line).is_closed = is_closed;
                self.line_changed(line);
            }
        }
    }

    fn garble(&mut self, line: usize, pick: Pick) {
        let number = usize::try_from(pick).expect("a number");
        // The word of headquarters is custody: what it says may become noise, never something else.
        let garble = match pick % 4 {
            0 => Garble::Noise(pick.into(), 1 + number % 64),
            1 => Garble::Noise(pick.into(), 1 + number % (64 * 1024)),
            2 => Garble::Cut(number / 4),
            _ if self.line(line).road.ends.contains(&0) => Garble::Cut(number / 4),
            _ => Garble::Turned(number / 4),
        };
        let Some(connection) = &mut self.line_mut(line).connection else { return };
        connection.garble = Some(garble);
        let link = connection.link;
        self.garbled.insert(link);
        self.count(Fault::Malformed);
    }

    /// The node is closed, another version runs for a while and writes something in a life of its
    /// own, and this version starts again.
    fn run_other_version(&mut self, node: usize) {
        let Some(engine) = &self.device(node).engine else { return };
        let me = engine.me();
        let latest = engine.frontier().in_order().filter(|chain| chain.author() == me).last();
        let Some(before) = latest.cloned() else { return };
        self.close(node);
        let device = self.device(node);
        let held = before
            .durable()
            .filter(|tip| device.disk.live().last(before.journal()) == tip.position.seq);
        let Some(Position { seq, head, counter, .. }) = held.map(|tip| tip.position) else {
            self.start(node);
            return;
        };
        let opening = Opening {
            node: me,
            scope: before.scope(),
            life: before.opening().life + 1,
            nonce: nonce_of(node, self.now),
            predecessor: Some(End { journal: before.journal(), seq, head }),
        };
        let entries = [(Kind::OPENING, opening.to_bytes()), (UNKNOWN_KIND, b"\x81\x01".to_vec())];
        let chain = Chain::new(self.keys.town(), opening);
        let wall = device.clock.read(self.now).wall;
        let block_first = chain.tip().block_first();
        let signer = self.keys.signer(node);
        let (batch, _) =
            seal_entries(&signer, self.keys.town(), &chain, &entries, counter + 1, wall);
        self.count(Fault::OtherVersion);
        let attached = self.reader.read(batch.batch(), &mut self.model);
        attached.expect("a life follows what its disk holds");
        self.device_mut(node).disk.append(batch.batch().clone(), block_first);
        self.start(node);
    }
}

/// What names a life that this node's other version begins now.
fn nonce_of(node: usize, now: Duration) -> ByteArray<16> {
    let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/other-version/1");
    hasher.update(&node.to_le_bytes()).update(&now.as_nanos().to_le_bytes());
    let mut nonce = [0; 16];
    hasher.finalize_xof().fill(&mut nonce);
    ByteArray::from(nonce)
}
