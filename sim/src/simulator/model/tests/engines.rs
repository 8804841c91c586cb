//! Real engines, read from their disks and held to the model: also while a life is in doubt.

use std::time::Duration;

use digiana_core::credential::admit::{Admit, Appoint, Role, Writable};
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::engine::commit::{StoreWrite, Stored};
use digiana_core::engine::effect::Effect;
use digiana_core::engine::input::{Command, Input, RequestId};
use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::fact::shelter::{Assurance, IncidentKind, SiteState};
use digiana_core::id::LinkId;
use digiana_core::journal::journals::MemoryJournals;
use digiana_core::scope::Scope;
use digiana_core::service::shelter::command::{CheckIn, Command as Shelter, OpenIncident};
use digiana_core::sign::{Scheme, Signer};
use digiana_core::time::{Confidence, Timestamp, Wall};

use super::rehearsal::{FLOOD, START, person, site, told};
use crate::simulator::model::read::{Reader, held_by};
use crate::simulator::model::{Held, Model, compare};

const SCHEME: Scheme = Scheme::Simulated;
/// The most inputs before a conversation must have come to its end.
const INPUTS_MAX: u32 = 10_000;

struct Host {
    engine: Engine,
    disk: MemoryJournals,
    starts: u8,
}

struct Pair {
    hosts: Vec<Host>,
    reader: Reader,
    model: Model,
    linked: bool,
    links: u64,
    now: u64,
    // The most facts that anybody doubted.
    doubted: usize,
}

fn root() -> Signer {
    Signer::new(SCHEME, &[101; 32])
}

fn credentials() -> Vec<Envelope> {
    let (root, officer) = (root(), Signer::new(SCHEME, &[102; 32]));
    let town = town_of(&root.public());
    let act = Appoint { officer: officer.officer(), office: "総務課".into(), issued_at: 1 };
    let appoint = Envelope::seal(town, &root, CredentialKind::APPOINT, &act);
    let admit = |number: u8| {
        let writable = |scope: &Scope| Writable { scope: *scope, kinds: Vec::new() };
        let act = Admit {
            node: Signer::new(SCHEME, &[number; 32]).node(),
            name: format!("訓練端末{number}"),
            role: if number == 1 { Role::Headquarters } else { Role::Reader },
            sites: Vec::new(),
            reads: Vec::new(),
            writes: Scope::EVERY_READER.iter().map(writable).collect(),
            budgets: Vec::new(),
            age_recipient: None,
            issued_at: 2,
        };
        Envelope::seal(town, &officer, CredentialKind::ADMIT, &act)
    };
    vec![appoint, admit(1), admit(2)]
}

fn started(number: u8, starts: u8, disk: &MemoryJournals, now: Timestamp) -> Engine {
    let config = EngineConfig {
        scheme: SCHEME,
        root: root().public(),
        signer: Signer::new(SCHEME, &[number; 32]),
        site: Some(site(if number == 1 { 'A' } else { 'B' })),
        seed: [number.wrapping_mul(16) + starts; 32],
    };
    let stored = Stored { credentials: credentials(), ..Stored::default() };
    Engine::start(config, stored, disk, now).unwrap()
}

impl Pair {
    fn new() -> Self {
        let (reader, model) = (Reader::new(town_of(&root().public())), Model::default());
        let mut pair =
            Self { hosts: Vec::new(), reader, model, linked: false, links: 0, now: 1, doubted: 0 };
        for number in [1, 2] {
            let disk = MemoryJournals::default();
            let engine = started(number, 0, &disk, pair.time());
            pair.hosts.push(Host { engine, disk, starts: 0 });
        }
        pair
    }

    fn time(&self) -> Timestamp {
        let seconds = START + i64::try_from(self.now).unwrap();
        let wall = Wall { seconds, confidence: Confidence::Synced };
        Timestamp { monotonic: Duration::from_secs(self.now), wall }
    }

    fn input(&mut self, host: usize, input: Input) {
        let now = self.time();
        let host = &mut self.hosts[host];
        host.engine.handle_input(input, &host.disk, now);
        self.look();
    }

    /// Each host shows what the model says of what it holds, whenever its disk has all of it.
    fn look(&mut self) {
        for Host { engine, .. } in &self.hosts {
            let Some(held) = held_by(engine, &self.model) else { continue };
            let differences = compare(&self.model.expect(&held), engine.folds());
            assert_eq!(told(&differences), "");
            let doubts = self.model.facts().filter(|it| held(it) == Held::Unverified).count();
            self.doubted = self.doubted.max(doubts);
        }
    }

    /// Does what the engines want until they want nothing.
    fn carry(&mut self) {
        for _ in 0..INPUTS_MAX {
            let next = (0..2).find_map(|host| Some((host, self.hosts[host].engine.poll_effect()?)));
            match next {
                None => return,
                Some((host, Effect::Persist(commit))) => {
                    for write in commit.writes {
                        let StoreWrite::Append { batch, block_first } = write else { continue };
                        self.reader.read(&batch, &mut self.model).unwrap();
                        self.hosts[host].disk.append(batch, block_first);
                    }
                    self.input(host, Input::Persisted(commit.id));
                }
                Some((host, Effect::Send { frame, .. })) if self.linked => {
                    let link = LinkId(self.links);
                    self.input(1 - host, Input::FrameReceived { link, bytes: frame });
                }
                Some((_, Effect::Indicate { outcome, .. })) => {
                    assert!(outcome.is_ok(), "{outcome:?}");
                }
                Some(_) => {}
            }
        }
        panic!("the two never come to an end");
    }

    fn ask(&mut self, host: usize, command: Shelter) {
        let (request, command) = (RequestId(1), Command::Shelter(command));
        self.input(host, Input::Commanded { request, command });
        self.carry();
    }

    fn check_in(&mut self, host: usize, who: u8) {
        let check_in = CheckIn {
            incident: None,
            site: None,
            persons: vec![person(who)],
            walk_in: false,
            assurance: Assurance::Vouched,
            happened_at: None,
            anyway: false,
        };
        self.ask(host, Shelter::CheckIn(check_in));
    }

    fn meet(&mut self) {
        self.part();
        self.links += 1;
        self.linked = true;
        for host in [0, 1] {
            let (link, peer) = (LinkId(self.links), self.hosts[1 - host].engine.me());
            self.input(host, Input::LinkUp { link, peer, dialled: host == 0 });
        }
        self.carry();
        // What came from a peer waits a moment before it goes on, and what was lost is taken back.
        for _ in 0..5 {
            self.now += 1;
            (0..2).for_each(|host| self.input(host, Input::Woken));
            self.carry();
        }
    }

    fn part(&mut self) {
        if std::mem::take(&mut self.linked) {
            let link = LinkId(self.links);
            (0..2).for_each(|host| self.input(host, Input::LinkDown { link }));
            self.carry();
        }
    }

    /// A host wakes up with an earlier disk.
    fn falls_back(&mut self, host: usize, disk: MemoryJournals) {
        self.part();
        let (number, now) = (u8::try_from(host).unwrap() + 1, self.time());
        let held = &mut self.hosts[host];
        held.starts += 1;
        held.engine = started(number, held.starts, &disk, now);
        held.disk = disk;
    }

    fn opens(&mut self, host: usize) {
        let (incident, site, saw, opening, happened_at) = (None, None, None, None, None);
        let state = SiteState::Open;
        self.ask(host, Shelter::SetSiteState { incident, site, state, saw, opening, happened_at });
    }
}

#[test]
fn what_a_lying_disk_lost_is_doubted_by_others_until_it_is_taken_back() {
    let mut pair = Pair::new();
    let (kind, title) = (IncidentKind::Drill, "訓練".to_owned());
    let (incident, hazards, happened_at) = (FLOOD, Vec::new(), None);
    pair.ask(
        0,
        Shelter::OpenIncident(OpenIncident { incident, kind, hazards, title, happened_at }),
    );
    pair.meet();
    (0..2).for_each(|host| pair.opens(host));
    pair.check_in(0, 1);
    pair.check_in(1, 2);
    let earlier = pair.hosts[0].disk.clone();
    pair.check_in(0, 3);
    pair.falls_back(0, earlier);
    pair.check_in(0, 4);
    assert_eq!(pair.doubted, 0);
    pair.meet();
    assert_eq!(pair.doubted, 1);
    pair.doubted = 0;
    pair.meet();
    assert_eq!((pair.doubted, pair.model.facts().count()), (0, 7));
}
