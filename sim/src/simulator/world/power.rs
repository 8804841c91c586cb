//! Nodes start, lose their power and are closed; their disks answer, fill up and forget.

use digiana_core::engine::effect::Effect;
use digiana_core::engine::input::Input;
use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::id::EntryId;
use digiana_core::journal::journals::Journals as _;

use super::super::cast::site;
use super::super::disk::{Answer, Image, Torn};
use super::super::fault::Fault;
use super::super::slip::Slip;
use super::super::violation::Broken;
use super::{COMMIT_US, Event, SLOW_COMMIT_US, TRY_DISK_EVERY, World};

impl World {
    /// Switches a node on, if it is off.
    pub(crate) fn start(&mut self, node: usize) {
        if self.device(node).engine.is_some() {
            return;
        }
        let stored = match self.device(node).disk.open() {
            Ok(stored) => stored,
            Err(damage) if self.slips(Slip::OpensUnchecked) => {
                self.count(damage.fault());
                let device = self.device_mut(node);
                let newest = device.recorded.last().map(|(_, entry)| entry.journal);
                device.disk.suffer(damage, newest);
                device.disk.live().stored()
            }
            Err(damage) => {
                let aside = self.device_mut(node).disk.set_aside();
                self.count(damage.fault());
                self.excuse(node, &aside);
                self.device(node).disk.live().stored()
            }
        };
        if self.slips(Slip::NeverSynced) {
            self.device_mut(node).disk.lie();
        }
        let now = self.now;
        let run = self.device(node).run + 1;
        let config = self.config(node, run);
        let device = self.device_mut(node);
        device.run = run;
        device.crashed = false;
        device.wakes_at = None;
        device.clock.start(now);
        match Engine::start(config, stored, &device.disk, device.clock.read(now)) {
            Ok(engine) => device.engine = Some(engine),
            Err(fault) => {
                self.broken(Broken::DoesNotStart, format!("n{node}: {fault}"));
                return;
            }
        }
        self.give_town_file(node);
        for line in self.device(node).lines.clone() {
            self.line_changed(line);
        }
        self.wake_later(node);
    }

    /// What a node would be if it started from its disk now.
    ///
    /// # Errors
    /// Why it would not start.
    pub(crate) fn started_afresh(&self, node: usize) -> Result<Engine, String> {
        let device = self.device(node);
        let stored = device.disk.live().stored();
        let now = device.clock.read(self.now);
        let config = self.config(node, u32::MAX);
        Engine::start(config, stored, &device.disk, now).map_err(|fault| fault.to_string())
    }

    fn config(&self, node: usize, run: u32) -> EngineConfig {
        let mut seed = blake3::Hasher::new_derive_key("digiana/sim/lives/1");
        seed.update(&self.seed.to_le_bytes());
        seed.update(&u64::try_from(node).expect("few nodes").to_le_bytes());
        seed.update(&run.to_le_bytes());
        EngineConfig {
            scheme: self.keys.scheme(),
            root: self.keys.root(),
            signer: self.keys.signer(node),
            site: Some(site(node)),
            seed: *seed.finalize().as_bytes(),
        }
    }

    /// Every road is open, every disk has room, and everybody is switched on and introduced.
    pub(crate) fn mend_everything(&mut self) {
        for node in 0..self.nodes() {
            let device = self.device_mut(node);
            device.disk.free();
            device.disk.flush();
            device.is_slow = false;
            self.start(node);
        }
        for line in &mut self.lines {
            line.deaf = [false; 2];
            line.is_calling = true;
        }
        self.forget_partition();
        for line in 0..self.lines.len() {
            self.line_changed(line);
        }
        for node in self.plan.late.clone() {
            let admission = self.keys.admission(node, self.device(node).post, &self.posts, false);
            self.tell(0, Input::CredentialsGiven(vec![admission]));
        }
    }

    /// As a real node does before it opens its mesh: what is new in its town's file is durable
    /// before the first command.
    fn give_town_file(&mut self, node: usize) {
        let now = self.now;
        let device = self.device_mut(node);
        let Some(engine) = device.engine.as_mut() else { return };
        let given = Input::CredentialsGiven(device.town_file.clone());
        engine.handle_input(given, &device.disk, device.clock.read(now));
        while let Some(effect) = engine.poll_effect() {
            if let Effect::Persist(commit) = effect {
                device.disk.push(commit);
                device.disk.begin();
                let answer = match device.disk.finish() {
                    Some(Answer::Full(commit)) => vec![Input::PersistFailed(commit)],
                    Some(Answer::Persisted(ids)) => ids.into_iter().map(Input::Persisted).collect(),
                    None => Vec::new(),
                };
                for input in answer {
                    engine.handle_input(input, &device.disk, device.clock.read(now));
                }
            }
        }
        if device.disk.refuses() {
            let run = device.run;
            self.schedule(now + TRY_DISK_EVERY, Event::TryDisk { node, run });
        }
    }

    /// Cuts the power of a node, if it runs.
    pub(crate) fn crash(&mut self, node: usize) {
        if self.device(node).engine.is_none() {
            return;
        }
        self.count(Fault::Crash);
        let was_writing = self.device(node).disk.queued() > 0;
        let torn = if self.chance_of_disks.below(2) == 0 { Torn::Landed } else { Torn::Undone };
        let lies = self.device(node).disk.lies() && !self.slips(Slip::NeverSynced);
        let before = lies.then(|| self.device(node).disk.live().clone());
        self.device_mut(node).disk.cut_power(torn);
        if let Some(before) = before {
            self.count(Fault::Rollback);
            self.excuse(node, &before);
        } else if was_writing {
            self.count(if torn == Torn::Landed { Fault::UntoldWrite } else { Fault::TornWrite });
        }
        self.device_mut(node).crashed = true;
        self.switch_off(node, false);
    }

    /// Closes a node as in the evening, if it runs.
    pub(crate) fn close(&mut self, node: usize) {
        // It waits for its disk first; meanwhile nobody is there to ask it for anything.
        for _ in 0..8 {
            let device = self.device_mut(node);
            if device.engine.is_none() || !device.disk.begin() {
                break;
            }
            self.answer(node);
        }
        let device = self.device_mut(node);
        if device.engine.take().is_none() {
            return;
        }
        if device.disk.queued() == 0 {
            device.disk.close();
        } else {
            device.disk.cut_power(Torn::Undone);
        }
        self.switch_off(node, true);
    }

    fn switch_off(&mut self, node: usize, says_so: bool) {
        self.device_mut(node).engine = None;
        self.asked.retain(|(of, _), _| *of != node);
        for line in self.device(node).lines.clone() {
            let end = self.line(line).end_of(node);
            self.end_goes(line, end, says_so);
        }
    }

    /// What a node had confirmed and no longer has: gone, where no other disk holds it.
    fn excuse(&mut self, node: usize, before: &Image) {
        let journals = before.journals().list().unwrap_or_default();
        for journal in journals {
            let held = |image: &Image| image.last(journal);
            let (was, is) = (held(before), held(self.device(node).disk.durable()));
            if is >= was {
                continue;
            }
            self.headquarters_lost |= node == 0;
            let others = (0..self.nodes()).filter(|other| *other != node);
            let left = others.map(|other| held(self.device(other).disk.durable())).max();
            let left = left.unwrap_or(0).max(is);
            let gone = (left + 1..=was).map(|seq| EntryId { journal, seq });
            let gone: Vec<EntryId> =
                gone.filter(|entry| self.indicated.contains_key(entry)).collect();
            for entry in gone {
                if self.excused.insert(entry) {
                    self.tally.gone_with_media += 1;
                }
            }
        }
    }

    /// Begins the next transaction of a node's disk.
    pub(super) fn write(&mut self, node: usize) {
        let now = self.now;
        let range = if self.device(node).is_slow { SLOW_COMMIT_US } else { COMMIT_US };
        if self.device_mut(node).disk.begin() {
            let takes = Self::between(&mut self.chance_of_disks, range);
            let run = self.device(node).run;
            self.schedule(now + takes, Event::Disk { node, run });
            if self.slips(Slip::ToldBeforeDurable) {
                let ids = self.device(node).disk.writing();
                ids.into_iter().for_each(|id| self.tell(node, Input::Persisted(id)));
            }
        }
    }

    pub(super) fn on_disk(&mut self, node: usize, run: u32) {
        if self.device(node).run == run && self.device(node).engine.is_some() {
            self.answer(node);
            self.write(node);
        }
    }

    fn answer(&mut self, node: usize) {
        if self.slips(Slip::FullDiskConfirms) {
            let swallowed = self.device_mut(node).disk.swallow();
            if !swallowed.is_empty() {
                self.count(Fault::DiskFull);
            }
            swallowed.into_iter().for_each(|id| self.tell(node, Input::Persisted(id)));
        }
        match self.device_mut(node).disk.finish() {
            Some(Answer::Persisted(ids)) => {
                ids.into_iter().for_each(|id| self.tell(node, Input::Persisted(id)));
            }
            Some(Answer::Full(first)) => {
                self.count(Fault::DiskFull);
                let (at, run) = (self.now + TRY_DISK_EVERY, self.device(node).run);
                self.schedule(at, Event::TryDisk { node, run });
                self.tell(node, Input::PersistFailed(first));
            }
            None => {}
        }
    }

    pub(super) fn on_try_disk(&mut self, node: usize, run: u32) {
        let device = self.device_mut(node);
        if device.run != run || device.engine.is_none() || !device.disk.refuses() {
            return;
        }
        if device.disk.takes_writes() {
            self.tell(node, Input::StoreReady);
        } else {
            let at = self.now + TRY_DISK_EVERY;
            self.schedule(at, Event::TryDisk { node, run });
        }
    }
}
