//! Connections come, carry, fall silent and go.

use std::time::Duration;

use digiana_core::engine::effect::Alarm;
use digiana_core::engine::input::Input;
use digiana_core::id::LinkId;
use digiana_core::limits::LINK_QUEUE_FRAMES;
use digiana_core::sync::PeerMisbehaved;

use crate::rng::Rng;

use super::super::fault::Faults;
use super::super::line::{Connection, Garble, Line, SILENCE_MAX, of, of_mut};
use super::super::slip::Slip;
use super::super::violation::Broken;
use super::{Event, World};

/// The shortest and the longest wait before a peer is dialled again, in milliseconds.
const DIAL_MS: (u32, u32) = (300, 15_000);

impl World {
    fn line_of(&self, link: LinkId) -> usize {
        let lines = u64::try_from(self.lines.len()).expect("few lines");
        usize::try_from(link.0 % lines).expect("few lines")
    }

    /// The line of a connection that is still there.
    fn connected(&mut self, link: LinkId) -> Option<usize> {
        let line = self.line_of(link);
        let connection = self.line(line).connection.as_ref()?;
        (connection.link == link).then_some(line)
    }

    pub(super) fn send(&mut self, node: usize, link: LinkId, frame: Vec<u8>) {
        let Some(line) = self.connected(link) else { return };
        let end = self.line(line).end_of(node);
        let Some(connection) = &mut self.line_mut(line).connection else { return };
        if !of(&connection.up, end) {
            return;
        }
        let queued = connection.take(end, frame.len());
        if queued > LINK_QUEUE_FRAMES {
            self.broken(
                Broken::OverLimit,
                format!("n{node} has {queued} frames waiting at l{line}"),
            );
        }
        self.transmit(line, end, frame);
    }

    fn transmit(&mut self, line: usize, end: usize, frame: Vec<u8>) {
        let now = self.now;
        let Self { lines, chance_of_lines, tally, slip, .. } = self;
        let slip = *slip;
        let held = lines.get_mut(line).expect("a line of this town");
        let carries = held.carries_from(end);
        let quality = held.road.quality;
        let Some(connection) = &mut held.connection else { return };
        if !carries {
            connection.hold(end, frame);
            return;
        }
        let link = connection.link;
        let frame = match connection.garble.take() {
            Some(pick) => garbled(frame, pick),
            None => frame,
        };
        let bytes = frame.len();
        let spoils = slip.and_then(Slip::spoils);
        let met = |faults: &Faults| spoils.map(|fault| faults.of(fault));
        let before = met(&tally.faults);
        let at = connection.carry(end, bytes, &quality, now, chance_of_lines, &mut tally.faults);
        let is_spoilt = before != met(&tally.faults);
        if slip == Some(Slip::Impatient) && at > now + SILENCE_MAX {
            self.schedule(now, Event::Gone { link, end });
        }
        if !is_spoilt {
            self.schedule(at, Event::Frame { link, to: 1 - end, bytes: frame });
            return;
        }
        if slip == Some(Slip::TwiceIsTwice) {
            self.schedule(at, Event::Frame { link, to: 1 - end, bytes: frame.clone() });
            self.schedule(at, Event::Frame { link, to: 1 - end, bytes: frame });
        } else if slip == Some(Slip::OvertakenComesLate) {
            let at = at + 3 * Duration::from_micros(quality.delay_us.into());
            self.schedule(at, Event::Frame { link, to: 1 - end, bytes: frame });
        }
    }

    pub(super) fn on_frame(&mut self, link: LinkId, to: usize, bytes: Vec<u8>) {
        let Some(line) = self.connected(link) else { return };
        let node = self.line(line).node_at(to);
        let Some(connection) = &mut self.line_mut(line).connection else { return };
        connection.arrived(1 - to, bytes.len());
        if *of(&connection.up, to) {
            self.tell(node, Input::FrameReceived { link, bytes });
        }
    }

    /// What a line carries may have changed: somebody falls silent, or is heard again.
    pub(super) fn line_changed(&mut self, line: usize) {
        let now = self.now;
        for end in 0..2 {
            // Who listens at `end` hears what the other end sends, if that runs.
            let speaker = self.line(line).node_at(1 - end);
            let speaks = self.device(speaker).engine.is_some();
            let carries = self.line(line).carries_from(1 - end);
            let Some(connection) = &mut self.line_mut(line).connection else { break };
            let hears = carries && speaks && *of(&connection.up, 1 - end);
            let link = connection.link;
            let since = of_mut(&mut connection.silent_since, end);
            if hears {
                *since = None;
                for frame in connection.release(1 - end) {
                    self.transmit(line, 1 - end, frame);
                }
            } else if since.is_none() {
                *since = Some(now);
                self.schedule(now + SILENCE_MAX, Event::Silence { link, end });
            }
        }
        self.dial_soon(line);
    }

    pub(super) fn on_silence(&mut self, link: LinkId, end: usize) {
        let Some(line) = self.connected(link) else { return };
        let now = self.now;
        if end == 0 && self.slips(Slip::HalfOpen) {
            return;
        }
        let Some(connection) = &self.line(line).connection else { return };
        match *of(&connection.silent_since, end) {
            Some(since) if since + SILENCE_MAX <= now => self.drop_end(link, end),
            Some(since) => self.schedule(since + SILENCE_MAX, Event::Silence { link, end }),
            None => {}
        }
    }

    /// One end gives a connection up, and tells the other if it still can.
    pub(super) fn drop_end(&mut self, link: LinkId, end: usize) {
        let Some(line) = self.connected(link) else { return };
        let node = self.line(line).node_at(end);
        if self.end_goes(line, end, !self.slips(Slip::HalfOpen)) {
            self.tell(node, Input::LinkDown { link });
        }
    }

    /// An end stops believing in its connection, and says so if it still can; whether it believed
    /// until now.
    pub(super) fn end_goes(&mut self, line: usize, end: usize, says_so: bool) -> bool {
        let now = self.now;
        let delay = self.line(line).delay();
        let carries = self.line(line).carries_from(end);
        let held = self.line_mut(line);
        let Some(connection) = &mut held.connection else { return false };
        let link = connection.link;
        let was_up = std::mem::replace(of_mut(&mut connection.up, end), false);
        if !was_up {
            return false;
        }
        if connection.up == [false; 2] {
            held.connection = None;
            held.apart_since = now;
            self.dial_soon(line);
        } else if says_so && carries {
            self.schedule(now + delay, Event::Gone { link, end: 1 - end });
        } else {
            self.line_changed(line);
        }
        true
    }

    /// Somebody will dial when they next try, which they do less often the longer it fails.
    pub(super) fn dial_soon(&mut self, line: usize) {
        let now = self.now;
        let held = self.line(line);
        let whole = held.connection.as_ref().is_some_and(|it| it.up == [true; 2]);
        if whole || !held.is_open() {
            return;
        }
        let apart = now.saturating_sub(held.apart_since);
        let (least, most) = DIAL_MS;
        let patience = u32::try_from(apart.as_millis()).unwrap_or(u32::MAX);
        let wait = self.chance_of_lines.between(least, patience.clamp(least, most));
        let wait = Duration::from_millis(wait.into());
        self.schedule(now + wait, Event::Dial { line });
    }

    pub(super) fn on_dial(&mut self, line: usize) {
        let held = self.line(line);
        let ends = held.road.ends;
        let both_run = ends.iter().all(|node| self.device(*node).engine.is_some());
        if !both_run || !held.is_open() {
            return; // Dialled again when the line or the node is back.
        }
        if let Some(connection) = &held.connection {
            let (link, up) = (connection.link, connection.up);
            if up == [true; 2] || self.slips(Slip::HalfOpen) {
                return;
            }
            // A peer that dials again has lost the connection before.
            let still = usize::from(!up.first().copied().unwrap_or(false));
            self.drop_end(link, still);
        }
        let now = self.now;
        let lines = u64::try_from(self.lines.len()).expect("few lines");
        let link = LinkId(self.next_link * lines + u64::try_from(line).expect("few lines"));
        self.next_link += 1;
        self.line_mut(line).connection = Some(Connection::new(link, now));
        let dialler = usize::from(self.chance_of_lines.below(2) == 1);
        for (end, dialled) in [(dialler, true), (1 - dialler, false)] {
            let node = self.line(line).node_at(end);
            let peer = self.keys.node(self.line(line).node_at(1 - end));
            self.tell(node, Input::LinkUp { link, peer, dialled });
        }
    }

    /// An engine closed a link, because of what came over it.
    pub(super) fn on_close(&mut self, node: usize, link: LinkId, why: &PeerMisbehaved) {
        let was_garbled = self.garbled.contains(&link);
        // A stranger may be let go whose credentials a full disk refused, or who came too early.
        let is_stranger = matches!(why, PeerMisbehaved::TooSlow | PeerMisbehaved::NotAdmitted);
        if !was_garbled && !is_stranger {
            self.broken(Broken::Misjudged, format!("n{node} closed an honest link: {why}"));
        }
        let Some(line) = self.connected(link) else { return };
        let end = self.line(line).end_of(node);
        self.end_goes(line, end, true);
    }

    pub(super) fn on_alarm(&mut self, node: usize, alarm: Alarm) {
        match alarm {
            Alarm::FoldsDiffer { scope, .. } => {
                self.broken(Broken::FoldsDiffer, format!("n{node} was alarmed in {scope}"));
            }
            Alarm::StoreUnreadable => {
                // The supervisor starts the node again; the store is opened, and looked through.
                self.crash(node);
                self.start(node);
            }
            Alarm::OwnJournalForked { scope, .. } | Alarm::JournalForked { scope, .. } => {
                self.broken(
                    Broken::Misjudged,
                    format!("n{node} took a node for a copy in {scope}"),
                );
            }
        }
    }

    /// A line over which nothing is lost and which is not thin, between two that run.
    pub(crate) fn clean_line(&self) -> Option<usize> {
        let clean = |line: &Line| {
            let quality = &line.road.quality;
            quality.lost_per_mille == 0 && quality.bits_per_second.is_none() && !line.road.is_depot
        };
        self.lines.iter().position(clean)
    }

    /// Cuts every line of the town, and this one; its ends.
    pub(crate) fn leave_alone(&mut self, line: usize) -> [usize; 2] {
        for each in 0..self.lines.len() {
            self.line_mut(each).deaf = [true; 2];
            self.line_changed(each);
        }
        self.run_until(self.now + 3 * SILENCE_MAX);
        self.line(line).road.ends
    }

    /// Opens a line again and waits until its ends are connected; when that was.
    pub(crate) fn meet(&mut self, line: usize, patience: Duration) -> Option<Duration> {
        self.line_mut(line).deaf = [false; 2];
        self.line_changed(line);
        let until = self.now + patience;
        while self.now < until {
            if self.line(line).connection.is_some() {
                return Some(self.now);
            }
            self.run_until(self.now + Duration::from_micros(100));
        }
        None
    }

    /// How long a packet takes there and another one back.
    pub(crate) fn round_trip(&self, line: usize) -> Duration {
        2 * self.line(line).delay()
    }
}

/// What a peer that is broken, or means ill, makes of a frame. The first kinds cannot be read; the
/// last may be read as something else.
fn garbled(mut frame: Vec<u8>, pick: Garble) -> Vec<u8> {
    match pick {
        Garble::Cut(at) => frame.truncate(at % frame.len().max(1)),
        Garble::Noise(seed, length) => {
            frame = vec![0; length];
            Rng::new(seed, "simulator/noise").fill(&mut frame);
        }
        Garble::Turned(at) => {
            let length = frame.len().max(1) * 8;
            let (byte, bit) = (at % length / 8, at % 8);
            if let Some(byte) = frame.get_mut(byte) {
                *byte ^= 1 << bit;
            }
        }
    }
    frame
}
