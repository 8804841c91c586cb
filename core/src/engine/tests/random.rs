//! Towns to which everything happens in an order that a seed draws: taps, cut links, power cuts,
//! slow, full and lying disks, admissions by another road. Once healed, the town is one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::town::{INCIDENT, Town, person, site};
use crate::credential::Envelope;
use crate::credential::admit::Writable;
use crate::engine::Engine;
use crate::engine::commit::Stored;
use crate::engine::effect::Alarm;
use crate::engine::input::{Command, Input, RequestId};
use crate::fact::Kind;
use crate::fact::edit::{Change, Edit, FieldId, Value};
use crate::fact::shelter::{Hazard, IncidentKind, SiteState};
use crate::fact::token::TokenState;
use crate::id::{EntryId, JournalId, RecordId};
use crate::journal::journals::MemoryJournals;
use crate::limits::COMPARE_EVERY;
use crate::register::Saw;
use crate::scope::Scope;
use crate::service::shelter::command::{self, Going, OpenIncident};
use crate::sign::Scheme;
use crate::sync::PeerMisbehaved;
use crate::token::TokenTag;

/// How many towns a plain test run draws; `DIGIANA_SEEDS=from..to` asks for others.
const SEEDS: u64 = 150;
const STEPS: u64 = 60;
const SCOPES: [Scope; 4] = [Scope::Shelter, Scope::Tokens, Scope::Town, Scope::Register];

#[test]
fn whatever_happens_a_healed_town_is_one() {
    let asked = std::env::var("DIGIANA_SEEDS").unwrap_or_default();
    let (from, to) = asked.split_once("..").unwrap_or(("0", ""));
    let from: u64 = from.parse().unwrap_or(0);
    let to = to.parse().unwrap_or(from + SEEDS);
    for seed in from..to {
        let told = std::panic::catch_unwind(|| live_through(seed, STEPS));
        assert!(told.is_ok(), "DIGIANA_SEEDS={seed}..{} shows it", seed + 1);
    }
}

/// Numbers that follow from a seed (splitmix64).
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// A town in bad weather, and what must come out of it.
struct Weather {
    draw: Draw,
    town: Town,
    // Earlier states of disks, to which a disk that lies falls back.
    earlier: Vec<(usize, MemoryJournals, Stored)>,
    // Entries that went with a lying disk when no other disk held them.
    excused: BTreeSet<EntryId>,
    headquarters_lied: bool,
    // Whether a host holds a life without the one it follows: nobody else may lose that one now.
    has_holes: bool,
    refusing: BTreeSet<usize>,
    // Admissions that not everybody has been given.
    late: Vec<Envelope>,
    asked: Vec<(usize, RequestId)>,
    trace: bool,
}

fn live_through(seed: u64, steps: u64) {
    let mut weather = Weather::new(seed);
    for number in 0..steps {
        weather.step(number);
        weather.check_restarts();
    }
    weather.heal();
    weather.check_healed();
}

impl Weather {
    fn new(seed: u64) -> Self {
        let mut draw = Draw(seed);
        let nodes = 2 + draw.below(4);
        let mut town = Town::empty(Scheme::Simulated);
        let mut late = Vec::new();
        let mut known = vec![town.appointment()];
        let mut own = Vec::new();
        for number in 0..nodes {
            let is_late = number > 0 && draw.one_in(4);
            let narrow = is_late && draw.one_in(2);
            let admission = if narrow {
                // Presence and tokens: what a narrow reader may write at first.
                let kinds = vec![Kind(19), Kind(32)];
                let writes = [Scope::Shelter, Scope::Tokens];
                let writable = |scope| Writable { scope, kinds: kinds.clone() };
                town.admission_to(number, writes.map(writable).to_vec())
            } else {
                town.admission(number, &Scope::EVERY_READER)
            };
            if narrow {
                late.push(town.admission(number, &Scope::EVERY_READER));
            }
            if is_late {
                late.push(admission.clone());
            } else {
                known.push(admission.clone());
            }
            own.push(admission);
            if draw.one_in(3) {
                let mut wide = Scope::EVERY_READER.to_vec();
                wide.push(Scope::Register);
                late.push(town.admission(number, &wide));
            }
        }
        for (number, admission) in own.into_iter().enumerate() {
            let mut credentials = known.clone();
            credentials.push(admission);
            town.add(number, credentials);
        }
        town.open_incident(0);
        Self {
            draw,
            town,
            earlier: Vec::new(),
            excused: BTreeSet::new(),
            headquarters_lied: false,
            has_holes: false,
            refusing: BTreeSet::new(),
            late,
            asked: Vec::new(),
            trace: std::env::var("DIGIANA_TRACE").is_ok(),
        }
    }

    fn host(&mut self) -> usize {
        self.draw.below(self.town.hosts.len())
    }

    fn step(&mut self, number: u64) {
        let host = self.host();
        let what = self.draw.below(100);
        if self.trace {
            eprintln!("step {number}: {what} at {host}, {:?}", self.town.now);
        }
        let some = 1 + self.draw.below(40);
        self.town.carries = if self.draw.one_in(2) { Some(some) } else { None };
        match what {
            0..40 => {
                let command = self.some_command(host);
                let request = self.town.command(host, command);
                self.asked.push((host, request));
            }
            40..54 => {
                let other = self.host();
                let mut ends = self.town.links.values();
                let linked = ends.any(|ends| *ends == (host, other) || *ends == (other, host));
                if other != host && !linked {
                    self.town.link(host, other);
                }
            }
            54..61 => {
                let links: Vec<_> = self.town.links.keys().copied().collect();
                if !links.is_empty() {
                    let link = links[self.draw.below(links.len())];
                    self.town.unlink(link);
                    self.town.settle();
                }
            }
            61..66 => self.power_cut(host),
            66..70 => self.lie(host),
            70..76 => {
                self.town.hosts[host].waiting.get_or_insert_default();
            }
            76..84 => self.answer_some(host),
            84..88 => self.fill_up(host),
            88..91 => self.mend(host),
            91..95 => {
                if !self.late.is_empty() {
                    let number = self.draw.below(self.late.len());
                    let envelope = self.late[number].clone();
                    self.town.give(host, envelope);
                }
            }
            _ => {
                let millis = [50, 200, 1_500, 40_000][self.draw.below(4)];
                self.town.drift(Duration::from_millis(millis));
            }
        }
        if self.draw.one_in(6) {
            let kept = &self.town.hosts[host];
            self.earlier.push((host, kept.disk.clone(), kept.stored.clone()));
        }
        self.check_closed();
        self.check_alarms();
    }

    /// Nobody broke the protocol; a stranger may be let go whose credentials a full disk refused.
    fn check_closed(&self) {
        let broke = |why: &&PeerMisbehaved| !matches!(why, PeerMisbehaved::TooSlow);
        assert_eq!(self.town.closed.iter().find(broke), None);
    }

    fn check_alarms(&self) {
        let differ = |alarm: &&Alarm| matches!(alarm, Alarm::FoldsDiffer { .. });
        assert_eq!(self.town.alarms.iter().find(differ), None);
        let forked = |alarm: &&Alarm| matches!(alarm, Alarm::OwnJournalForked { .. });
        assert_eq!(self.town.alarms.iter().find(forked), None);
    }

    fn some_command(&mut self, host: usize) -> Command {
        let people = self.town.hosts.len() + 4;
        let somebody = person(u64::try_from(self.draw.below(people)).unwrap());
        let at = if self.draw.one_in(4) { self.host() } else { host };
        let going = || Going {
            incident: Some(INCIDENT),
            site: Some(site(at)),
            person: somebody,
            destination: None,
            happened_at: None,
            anyway: false,
        };
        let token = TokenTag([u8::try_from(self.draw.below(3)).unwrap() + 1; 16]);
        Command::Shelter(match self.draw.below(12) {
            0..=2 => {
                let household = 1 + u64::try_from(self.draw.below(3)).unwrap();
                let people: Vec<u64> = (0..household).collect();
                Town::check_in_command(at, &people)
            }
            3 => command::Command::CheckOut(going()),
            4 => command::Command::Leave(going()),
            5 => command::Command::Return(going()),
            6 => {
                let facts: Vec<_> = self
                    .town
                    .told
                    .values()
                    .flatten()
                    .flat_map(|accepted| accepted.facts.iter())
                    .map(|(scope, entry, _)| (*scope, *entry))
                    .collect();
                if facts.is_empty() {
                    return self.some_command(host);
                }
                let (scope, target) = facts[self.draw.below(facts.len())];
                return Command::Correct { scope, target, reason: "訓練".into() };
            }
            7 => command::Command::LinkToken { token, person: somebody, replace: true },
            8 => command::Command::SuspendToken { token, state: TokenState::Suspended },
            9 => {
                let scope = [Scope::Town, Scope::Register][self.draw.below(2)];
                let edit = Edit {
                    record: RecordId([u8::try_from(self.draw.below(2)).unwrap(); 8]),
                    field: FieldId(1),
                    change: Change::Put(Value::Text(format!("訓練{}", self.draw.below(9)))),
                    saw: Saw::NOTHING,
                    happened_at: None,
                };
                return Command::Edit { scope, edits: vec![edit] };
            }
            _ => {
                let state = [SiteState::Open, SiteState::Closed][self.draw.below(2)];
                let opening = OpenIncident {
                    incident: INCIDENT,
                    kind: IncidentKind::Drill,
                    hazards: vec![Hazard::Flood],
                    title: "訓練".into(),
                    happened_at: None,
                };
                command::Command::SetSiteState {
                    incident: Some(INCIDENT),
                    site: Some(site(at)),
                    state,
                    saw: None,
                    opening: Some(opening),
                    happened_at: None,
                }
            }
        })
    }

    fn power_cut(&mut self, host: usize) {
        self.refusing.remove(&host);
        self.town.restart(host);
        self.town.settle();
    }

    /// The disk of a host had not kept what it said it had.
    fn lie(&mut self, host: usize) {
        if self.has_holes {
            return;
        }
        let kept: Vec<usize> =
            (0..self.earlier.len()).filter(|number| self.earlier[*number].0 == host).collect();
        let before = self.town.held(host);
        if !kept.is_empty() && self.draw.one_in(2) {
            let (_, disk, stored) = self.earlier[kept[self.draw.below(kept.len())]].clone();
            self.town.hosts[host].disk = disk;
            self.town.hosts[host].stored = stored;
        } else {
            for (journal, last) in &before {
                if self.draw.one_in(3) {
                    let keep = self.draw.next() % (last + 1);
                    self.town.hosts[host].disk.forget_after(*journal, keep);
                }
            }
            self.has_holes = self.forget_what_follows_nothing(host, true) && self.draw.one_in(2);
            if !self.has_holes {
                self.forget_what_follows_nothing(host, false);
            }
        }
        self.headquarters_lied |= host == 0;
        for (journal, last) in before {
            let elsewhere = |journal| {
                let hosts = 0..self.town.hosts.len();
                hosts.filter_map(|host| self.town.held(host).get(&journal).copied()).max()
            };
            let left = elsewhere(journal).unwrap_or(0);
            self.excused.extend((left + 1..=last).map(|seq| EntryId { journal, seq }));
        }
        self.refusing.remove(&host);
        self.town.restart(host);
        self.town.settle();
    }

    /// Forgets lives on a host's disk whose predecessor is not there, or not anywhere; whether
    /// some are left that the town can mend.
    fn forget_what_follows_nothing(&mut self, host: usize, mendable: bool) -> bool {
        let lives = self.town.hosts[host].engine.frontier().in_order();
        let follows: Vec<_> = lives
            .filter_map(|chain| Some((chain.journal(), chain.opening().predecessor?)))
            .collect();
        let mut is_left = false;
        for _ in 0..follows.len() {
            for (journal, before) in &follows {
                let held = |host: usize| self.town.held(host).get(&before.journal).copied();
                let lost = held(host) < Some(before.seq);
                let mut hosts = 0..self.town.hosts.len();
                let elsewhere = hosts.any(|other| held(other) >= Some(before.seq));
                let is_here = self.town.held(host).contains_key(journal);
                if lost && is_here && !(mendable && elsewhere) {
                    self.town.hosts[host].disk.forget_after(*journal, 0);
                }
                is_left |= lost && is_here && mendable && elsewhere;
            }
        }
        is_left
    }

    /// A slow disk answers some of what it was given, in order.
    fn answer_some(&mut self, host: usize) {
        let Some(mut commits) = self.town.hosts[host].waiting.take() else { return };
        let answered = self.draw.below(commits.len() + 1);
        let rest = commits.split_off(answered);
        commits.into_iter().for_each(|commit| self.town.write(host, commit));
        if !rest.is_empty() || self.draw.one_in(2) {
            self.town.hosts[host].waiting = Some(rest);
        }
        self.town.settle();
    }

    /// What a slow disk has not answered does not fit on it.
    fn fill_up(&mut self, host: usize) {
        let Some(commits) = &mut self.town.hosts[host].waiting else { return };
        let Some(first) = commits.first().map(|commit| commit.id) else { return };
        commits.clear();
        self.refusing.insert(host);
        self.town.fail(host, first);
    }

    fn mend(&mut self, host: usize) {
        if self.refusing.remove(&host) {
            self.town.hosts[host].waiting.iter_mut().for_each(Vec::clear);
            self.town.hear(host, Input::StoreReady);
        }
    }

    /// Every disk answers, every road is open, and time passes.
    fn heal(&mut self) {
        self.town.carries = None;
        for host in 0..self.town.hosts.len() {
            let waiting = self.town.hosts[host].waiting.take().unwrap_or_default();
            if !self.town.hosts[host].engine.store_refuses() {
                waiting.into_iter().for_each(|commit| self.town.write(host, commit));
            }
        }
        self.town.settle();
        for host in 0..self.town.hosts.len() {
            self.mend(host);
        }
        for envelope in self.late.clone() {
            let host = self.host();
            self.town.give(host, envelope.clone());
        }
        for host in 1..self.town.hosts.len() {
            let other = self.draw.below(host);
            self.road(host, other);
            // What few may read, only they pass on.
            let reads = |host: usize| {
                let engine = &self.town.hosts[host].engine;
                engine.credentials().standing(engine.me()).unwrap().reads.contains(&Scope::Register)
            };
            let others: Vec<_> = (0..host).filter(|other| reads(host) && reads(*other)).collect();
            others.into_iter().for_each(|other| self.road(host, other));
        }
        if self.trace {
            self.explain();
        }
        self.town.drift(2 * COMPARE_EVERY + Duration::from_secs(5));
        if self.trace {
            self.explain();
        }
        self.check_closed();
        self.check_alarms();
    }

    fn road(&mut self, one: usize, other: usize) {
        let mut ends = self.town.links.values();
        if !ends.any(|ends| *ends == (one, other) || *ends == (other, one)) {
            self.town.link(one, other);
        }
    }

    fn explain(&self) {
        eprintln!("closed: {:?}, alarms: {:?}", self.town.closed, self.town.alarms);
        for (number, host) in self.town.hosts.iter().enumerate() {
            let links: Vec<_> = self.town.links.values().collect();
            let compared = host.engine.links().map(|(link, it)| (link, it.is_compared()));
            let compared: Vec<_> = compared.collect();
            let known = host.engine.credentials().ids().count();
            let refuses = host.engine.store_refuses();
            eprintln!("{number}: {links:?} {compared:?} credentials {known} refuses {refuses}");
            eprintln!("    {:?}", self.town.held(number));
        }
    }

    /// A host with nothing on its way to the disk is what its disk makes it.
    fn check_restarts(&self) {
        for (number, host) in self.town.hosts.iter().enumerate() {
            let answered = |(to, input): &(usize, Input)| {
                *to != number || !matches!(input, Input::Persisted(_) | Input::PersistFailed(_))
            };
            if host.engine.pending_commits() > 0 || !self.town.in_transit.iter().all(answered) {
                continue;
            }
            let afresh = self.town.started_afresh(number);
            assert_same(&host.engine, &afresh, &format!("{number} and itself started afresh"));
        }
    }

    fn check_healed(&self) {
        let hosts = &self.town.hosts;
        for one in 0..hosts.len() {
            assert_eq!(hosts[one].engine.pending_commits(), 0);
            for other in 0..one {
                let shared = shared(&hosts[one].engine, &hosts[other].engine);
                for scope in shared {
                    let pair = format!("{one} and {other} in {scope}");
                    let (a, b) = (self.held_of(one, scope), self.held_of(other, scope));
                    assert_eq!(a, b, "{pair} hold the same");
                    assert_same_scope(&hosts[one].engine, &hosts[other].engine, scope, &pair);
                }
            }
        }
        self.check_accepted();
        self.check_custody();
    }

    fn held_of(&self, host: usize, scope: Scope) -> BTreeMap<JournalId, u64> {
        let frontier = self.town.hosts[host].engine.frontier();
        let mut held = self.town.held(host);
        held.retain(|journal, _| frontier.chain(*journal).unwrap().scope() == scope);
        held
    }

    /// Whatever somebody was told is accepted is on every disk that may hold it.
    fn check_accepted(&self) {
        for (_, request) in &self.asked {
            let Some(Ok(accepted)) = self.town.told.get(request) else { continue };
            for (scope, entry, _) in &accepted.facts {
                if self.excused.contains(entry) {
                    continue;
                }
                for (number, host) in self.town.hosts.iter().enumerate() {
                    let me = host.engine.credentials().standing(host.engine.me()).unwrap();
                    if me.reads.contains(scope) {
                        let upto = self.town.held(number).get(&entry.journal).copied();
                        assert!(upto >= Some(entry.seq), "{number} lacks {entry:?} of {scope}");
                    }
                }
            }
        }
    }

    /// Nobody says that headquarters has what it has not.
    fn check_custody(&self) {
        if self.headquarters_lied {
            return;
        }
        let at_headquarters = self.town.held(0);
        for host in &self.town.hosts {
            for chain in host.engine.frontier().in_order() {
                let said = host.engine.custody().upto(chain.journal());
                let held = at_headquarters.get(&chain.journal()).copied().unwrap_or(0);
                assert!(said <= held, "{} of {held}", said);
            }
        }
    }
}

fn shared(one: &Engine, other: &Engine) -> Vec<Scope> {
    let shared = one.credentials().shared_scopes(one.me(), other.me());
    assert_eq!(shared, other.credentials().shared_scopes(one.me(), other.me()));
    SCOPES.into_iter().filter(|scope| shared.contains(scope)).collect()
}

fn assert_same(one: &Engine, other: &Engine, who: &str) {
    for scope in SCOPES {
        assert_same_scope(one, other, scope, who);
    }
}

fn assert_same_scope(one: &Engine, other: &Engine, scope: Scope, who: &str) {
    let digest = |engine: &Engine| {
        let writers = engine.credentials().writers(scope);
        engine.frontier().digest_now(scope, &writers)
    };
    assert_eq!(digest(one), digest(other), "{who}: frontiers of {scope}");
    let (a, b) = (one.folds().digest(scope), other.folds().digest(scope));
    assert_eq!(a, b, "{who} show the same in {scope}");
    let (a, b) = (one.folds().unknown(scope), other.folds().unknown(scope));
    assert_eq!(a, b, "{who} count the same unknown kinds in {scope}");
}
