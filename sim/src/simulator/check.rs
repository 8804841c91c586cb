//! The checks: what must be so while the town lives, and after it was healed.

use std::collections::BTreeMap;

use digiana_core::engine::Engine;
use digiana_core::journal::journals::Journals as _;
use digiana_core::scope::Scope;

use crate::rng::Rng;

use super::hands::{self, NOTE};
use super::model::compare;
use super::model::difference::Checker;
use super::model::read::held_by;
use super::violation::Broken;
use super::world::World;

/// How many nodes a close look starts afresh from their disks.
const STARTED_AFRESH: u32 = 3;

/// What one node holds of a scope, as far as two that hold the same must show the same.
type Held = (Scope, [u8; 8], [u8; 8], [u8; 8]);

/// What was seen of a town so far.
#[derive(Debug)]
pub(super) struct Watch {
    chance: Rng,
    // What was shown by whoever held that. It outlives nodes and partitions.
    shown: BTreeMap<Held, ([u8; 16], usize)>,
}

impl Watch {
    pub(super) fn new(seed: u64) -> Self {
        Self { chance: Rng::new(seed, "simulator/watch"), shown: BTreeMap::new() }
    }

    /// A look at where something was recorded last: the node shows what the model expects.
    pub(super) fn look_after_step(&self, world: &mut World) {
        let Some((node, scope)) = world.recorded_last.take() else { return };
        let mut broken = Vec::new();
        check_model(world, node, &[scope], &mut broken);
        broken.into_iter().for_each(|(promise, what)| world.broken(promise, what));
    }

    /// A look at the living town: who holds the same shows the same, and ledgers are balanced.
    pub(super) fn glance(&mut self, world: &mut World) {
        self.look_after_step(world);
        let mut broken = Vec::new();
        let nodes = u32::try_from(world.nodes()).expect("few nodes");
        let one = usize::try_from(self.chance.below(nodes)).expect("few nodes");
        for (node, _, engine) in world.running() {
            if engine.pending_commits() > 0 {
                continue; // What waits for the disk is folded already.
            }
            self.compare(node, engine, &mut broken);
            if node == one {
                check_ledgers(node, engine, &mut broken);
                check_model(world, node, &scopes_of(engine), &mut broken);
            }
        }
        broken.into_iter().for_each(|(promise, what)| world.broken(promise, what));
        Self::check_custody(world);
    }

    /// Holds what a node shows to what anybody showed who held the same.
    fn compare(&mut self, node: usize, engine: &Engine, broken: &mut Vec<(Broken, String)>) {
        let credentials = engine.credentials();
        let digest = |scope| engine.frontier().digest_now(scope, &credentials.writers(scope));
        let tokens = digest(Scope::Tokens);
        for scope in scopes_of(engine) {
            let held = (scope, credentials.digest(), tokens, digest(scope));
            let shows = engine.folds().digest(scope);
            let (first, by) = *self.shown.entry(held).or_insert((shows, node));
            if first != shows {
                let what =
                    format!("n{node} and n{by} hold the same of {scope} and show different things");
                broken.push((Broken::FoldsDiffer, what));
            }
        }
    }

    /// Nobody says that headquarters has what it has not.
    fn check_custody(world: &mut World) {
        if world.headquarters_lost {
            return;
        }
        let mut broken = Vec::new();
        // A disk that lies is believed until its power goes.
        let at_headquarters = world.device(0).disk.live();
        for (node, _, engine) in world.running() {
            for chain in engine.frontier().in_order() {
                let said = engine.custody().upto(chain.journal());
                let held = at_headquarters.last(chain.journal());
                if said > held {
                    let journal = chain.journal();
                    broken.push(format!("n{node} says {said} of {journal:?}, held are {held}"));
                }
            }
        }
        broken.into_iter().for_each(|what| world.broken(Broken::Custody, what));
    }

    /// Whether all nodes that may read a scope hold the same of it.
    ///
    /// # Errors
    /// Who is apart, and in what.
    pub(super) fn is_one(&self, world: &World) -> Result<(), String> {
        let mut first: BTreeMap<Scope, (usize, [u8; 8])> = BTreeMap::new();
        let mut credentials: Option<(usize, [u8; 8])> = None;
        for node in 0..world.nodes() {
            if world.device(node).engine.is_none() {
                return Err(format!("n{node} does not run"));
            }
        }
        for (node, _, engine) in world.running() {
            let digest = engine.credentials().digest();
            let (by, held) = *credentials.get_or_insert((node, digest));
            if held != digest {
                return Err(format!("n{node} and n{by} hold other credentials"));
            }
            if engine.pending_commits() > 0 {
                return Err(format!("n{node} waits for its disk"));
            }
            for scope in scopes_of(engine) {
                let writers = engine.credentials().writers(scope);
                let digest = engine.frontier().digest_now(scope, &writers);
                let (by, held) = *first.entry(scope).or_insert((node, digest));
                if held != digest {
                    return Err(format!("n{node} and n{by} hold other entries of {scope}"));
                }
            }
        }
        // What was lost and came back is taken back a moment later.
        for (node, _, engine) in world.running() {
            let me = engine.me();
            let frontier = engine.frontier();
            let mut own = frontier.in_order().filter(|chain| chain.author() == me);
            let doubtful =
                own.find(|chain| frontier.settled(chain.journal()) < chain.durable_seq());
            if let Some(chain) = doubtful {
                return Err(format!("n{node} has not taken back {:?}", chain.journal()));
            }
        }
        Ok(())
    }

    /// A look at a healed town, from close by.
    pub(super) fn look_closely(&mut self, world: &mut World) {
        self.glance(world);
        let mut broken = Vec::new();
        for (entry, scope) in &world.indicated {
            if world.excused.contains(entry) {
                continue;
            }
            for (node, device, engine) in world.running() {
                if reads(engine, *scope) && device.disk.durable().last(entry.journal) < entry.seq {
                    broken.push((Broken::Lost, format!("n{node} lacks {entry:?} of {scope}")));
                }
            }
        }
        for (node, _, engine) in world.running() {
            check_ledgers(node, engine, &mut broken);
        }
        // Headquarters holds every scope of the town but what is one shelter's alone.
        if let Some(engine) = &world.device(0).engine {
            check_model(world, 0, &scopes_of(engine), &mut broken);
        }
        let nodes = u32::try_from(world.nodes()).expect("few nodes");
        for _ in 0..STARTED_AFRESH {
            let node = usize::try_from(self.chance.below(nodes)).expect("few nodes");
            check_disk(world, node, &mut broken);
        }
        check_note(world, &mut broken);
        broken.into_iter().for_each(|(promise, what)| world.broken(promise, what));
    }

    /// Everything that happened and everything that is, in thirty-two bytes.
    pub(super) fn digest(&self, world: &World) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/run/1");
        hasher.update(&world.mixed().to_le_bytes());
        for count in [world.tally.accepted, world.tally.frames, world.tally.bytes] {
            hasher.update(&count.to_le_bytes());
        }
        for (_, device, engine) in world.running() {
            for scope in scopes_of(engine) {
                let writers = engine.credentials().writers(scope);
                hasher.update(&engine.frontier().digest_now(scope, &writers));
                hasher.update(&engine.folds().digest(scope));
            }
            let journals = device.disk.list().unwrap_or_default();
            for journal in journals {
                hasher.update(journal.as_bytes());
                hasher.update(&device.disk.live().last(journal).to_le_bytes());
            }
        }
        *hasher.finalize().as_bytes()
    }
}

fn scopes_of(engine: &Engine) -> Vec<Scope> {
    let standing = engine.credentials().standing(engine.me());
    standing.map(|me| me.reads.iter().copied().collect()).unwrap_or_default()
}

fn reads(engine: &Engine, scope: Scope) -> bool {
    let standing = engine.credentials().standing(engine.me());
    standing.is_some_and(|me| me.reads.contains(&scope))
}

fn check_ledgers(node: usize, engine: &Engine, broken: &mut Vec<(Broken, String)>) {
    let sum = engine.folds().figures().ledger_sum;
    if sum != 0 {
        broken.push((Broken::Ledger, format!("n{node}: its ledgers sum to {sum}")));
    }
}

/// What a node shows of some scopes is what the model of the town expects of whoever holds the same.
fn check_model(world: &World, node: usize, scopes: &[Scope], broken: &mut Vec<(Broken, String)>) {
    let Some(engine) = &world.device(node).engine else { return };
    let Some(held) = held_by(engine, &world.model) else { return };
    let expected = world.model.expect_in(scopes, &held);
    for difference in compare(&expected, engine.folds()) {
        let is_ledger = matches!(difference.checker, Checker::TicketSum | Checker::PointSum);
        let promise = if is_ledger { Broken::Ledger } else { Broken::NotTheModel };
        broken.push((promise, format!("n{node}: {difference}")));
    }
}

/// What a node shows is what its disk makes of it.
fn check_disk(world: &World, node: usize, broken: &mut Vec<(Broken, String)>) {
    let Some(engine) = &world.device(node).engine else { return };
    if engine.pending_commits() > 0 {
        return;
    }
    match world.started_afresh(node) {
        Ok(afresh) => {
            for scope in scopes_of(engine) {
                if afresh.folds().digest(scope) != engine.folds().digest(scope) {
                    let what =
                        format!("n{node} shows of {scope} what its disk does not make of it");
                    broken.push((Broken::NotItsDisk, what));
                }
            }
        }
        Err(why) => broken.push((Broken::DoesNotStart, format!("n{node}: {why}"))),
    }
}

/// Who holds the same splices reads the same note.
fn check_note(world: &World, broken: &mut Vec<(Broken, String)>) {
    let mut texts = BTreeMap::new();
    for (node, device, engine) in world.running().take(2) {
        let Some(note) = hands::note(&device.disk, engine) else { continue };
        texts.insert(note.text(), node);
    }
    if texts.len() > 1 {
        let nodes: Vec<_> = texts.values().collect();
        broken.push((Broken::FoldsDiffer, format!("the note of {} differs at {nodes:?}", NOTE.0)));
    }
}
