//! A node between an honest neighbour and one that says whatever an input says.
//!
//! The node and the honest neighbour are engines as they run in town. The hostile one is a key: it
//! seals, signs and speaks as that key may, and remembers what an honest device in its place said.

use std::collections::{BTreeMap, VecDeque};
use std::sync::OnceLock;
use std::time::Duration;

use digiana_core::credential::admit::{Admit, Appoint, Role, Writable};
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::engine::commit::{Commit, StoreWrite, Stored};
use digiana_core::engine::effect::{Alarm, Effect};
use digiana_core::engine::input::{Command, Input, RequestId};
use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::fact::shelter::{Assurance, Hazard, IncidentKind, SiteState};
use digiana_core::id::{IncidentId, LinkId, NodeId, PersonId, SiteId, TownId};
use digiana_core::journal::journals::MemoryJournals;
use digiana_core::limits::{COMMITS_PENDING_MAX, COMPARE_EVERY};
use digiana_core::scope::Scope;
use digiana_core::service::shelter::command;
use digiana_core::sign::{Scheme, Signer};
use digiana_core::time::{Confidence, Timestamp, Wall};

use super::keys;

const INCIDENT: IncidentId = IncidentId([7; 8]);
const BEGINS: i64 = 1_790_000_000;

/// Where everybody is by number.
pub(super) const NODE: usize = 0;
const HONEST: usize = 1;
/// The key that says whatever it wants.
pub(super) const HOSTILE: u8 = 2;

const ROOT: u8 = 3;
const OFFICER: u8 = 4;

/// The scopes the hostile neighbour may write, where it is admitted.
pub(super) const WRITES: [Scope; 2] = [Scope::Shelter, Scope::Town];

/// The link to the honest neighbour; those to the hostile one follow.
const HONEST_LINK: LinkId = LinkId(1);

/// How many inputs one word may set off before the two engines must have come to rest.
const INPUTS_MAX: usize = 2_000;

/// What may be sent to the hostile neighbour for one of its words.
const SENT_FRAMES_MAX: usize = 300;
const SENT_BYTES_MAX: usize = 256 * 1024;

/// How often the honest two may compare until they hold the same.
const COMPARISONS_MAX: usize = 3;

/// What stands in the journals is small, so that what a link remembers must be, too.
const JOURNALS_REMEMBERED_MAX: usize = 64;

/// Whose key it is: 0 and 1 are engines, 2 is hostile, the authority follows.
pub(super) fn signer(number: u8) -> &'static Signer {
    keys::signer(number + 1)
}

pub(super) fn town() -> TownId {
    static TOWN: OnceLock<TownId> = OnceLock::new();
    *TOWN.get_or_init(|| town_of(&signer(ROOT).public()))
}

fn site(number: usize) -> SiteId {
    SiteId([u8::try_from(number).expect("there are few") + 1; 8])
}

/// The appointment and the admissions of a town, the hostile neighbour's as asked.
fn credentials(hostile_is_admitted: bool) -> &'static [Envelope] {
    static OF_BOTH: [OnceLock<Vec<Envelope>>; 2] = [OnceLock::new(), OnceLock::new()];
    let [without, with] = &OF_BOTH;
    let of = if hostile_is_admitted { with } else { without };
    of.get_or_init(|| written(hostile_is_admitted))
}

fn written(hostile_is_admitted: bool) -> Vec<Envelope> {
    let officer = signer(OFFICER);
    let appoint = Appoint { officer: officer.officer(), office: "訓練".into(), issued_at: 1 };
    let mut credentials =
        vec![Envelope::seal(town(), signer(ROOT), CredentialKind::APPOINT, &appoint)];
    for number in 0..=u8::from(hostile_is_admitted) + 1 {
        let writable = |scope: &Scope| Writable { scope: *scope, kinds: Vec::new() };
        let writes: &[Scope] = if number == HOSTILE { &WRITES } else { &Scope::EVERY_READER };
        let admit = Admit {
            node: signer(number).node(),
            name: format!("訓練端末{number}"),
            role: if number == 1 { Role::Headquarters } else { Role::Reader },
            sites: vec![site(usize::from(number))],
            reads: vec![Scope::Tokens],
            writes: writes.iter().map(writable).collect(),
            budgets: Vec::new(),
            age_recipient: None,
            issued_at: 2,
        };
        credentials.push(Envelope::seal(town(), officer, CredentialKind::ADMIT, &admit));
    }
    credentials
}

struct Host {
    engine: Engine,
    disk: MemoryJournals,
}

impl Host {
    /// Wakes up with what its disk holds.
    fn start(number: u8, credentials: &[Envelope], disk: MemoryJournals, now: Timestamp) -> Self {
        let config = EngineConfig {
            scheme: Scheme::Simulated,
            root: signer(ROOT).public(),
            signer: keys::owned_signer(number + 1),
            site: Some(site(usize::from(number))),
            // Another one in each run of a node.
            seed: [number + 2 * u8::from(disk != MemoryJournals::default()); 32],
        };
        let stored = Stored { credentials: credentials.to_vec(), ..Stored::default() };
        let engine = Engine::start(config, stored, &disk, now).expect("an own store is believed");
        Self { engine, disk }
    }

    fn write(&mut self, commit: Commit) -> Input {
        for write in commit.writes {
            if let StoreWrite::Append { batch, block_first } = write {
                self.disk.append(batch, block_first);
            }
        }
        Input::Persisted(commit.id)
    }
}

/// What both disks hold when a scene begins.
fn disks(hostile_is_admitted: bool) -> &'static [MemoryJournals; 2] {
    static OF_BOTH: [OnceLock<[MemoryJournals; 2]>; 2] = [OnceLock::new(), OnceLock::new()];
    let [without, with] = &OF_BOTH;
    let of = if hostile_is_admitted { with } else { without };
    of.get_or_init(|| {
        let mut scene = Scene::meet(hostile_is_admitted, Default::default());
        assert_eq!(scene.ask(HONEST, opening()), Some(true));
        for at in [HONEST, NODE] {
            let person = 10 + u64::try_from(at).expect("there are two");
            assert_eq!(scene.ask(at, site_opens(at)), Some(true));
            assert_eq!(scene.ask(at, check_in(at, person)), Some(true));
        }
        scene.hosts.map(|host| host.disk)
    })
}

/// The node, its honest neighbour, and the link to the hostile one.
pub(super) struct Scene {
    hosts: [Host; 2],
    in_transit: VecDeque<(usize, Input)>,
    now: Duration,
    hostile: NodeId,
    // The hostile link that is up, and the number of the next.
    link: Option<LinkId>,
    next_link: u64,
    next_request: u64,
    answers: BTreeMap<RequestId, bool>,
    // Commits that a slow disk has not answered yet.
    waiting: Option<VecDeque<Commit>>,
    sent: (usize, usize),
    /// What the node said to the hostile neighbour last.
    pub(super) heard: Vec<Vec<u8>>,
}

impl Scene {
    /// A town in which somebody checked in at both ends before the hostile link comes up. That
    /// happened once and for all: both engines wake up with it on their disks.
    pub(super) fn begin(hostile_is_admitted: bool) -> Self {
        let mut scene = Self::meet(hostile_is_admitted, disks(hostile_is_admitted).clone());
        scene.link_up();
        scene
    }

    /// Both engines wake up and find each other.
    fn meet(hostile_is_admitted: bool, disks: [MemoryJournals; 2]) -> Self {
        let credentials = credentials(hostile_is_admitted);
        let now = Duration::from_secs(1);
        let host = |number, disk| Host::start(number, credentials, disk, timestamp(now));
        let [of_node, of_honest] = disks;
        let mut scene = Self {
            hosts: [host(0, of_node), host(1, of_honest)],
            in_transit: VecDeque::new(),
            now,
            hostile: signer(HOSTILE).node(),
            link: None,
            next_link: 2,
            next_request: 0,
            answers: BTreeMap::new(),
            waiting: None,
            sent: (0, 0),
            heard: Vec::new(),
        };
        let [node, honest] = [NODE, HONEST].map(|it| scene.host(it).engine.me());
        let up = |peer, dialled| Input::LinkUp { link: HONEST_LINK, peer, dialled };
        scene.in_transit.extend([(HONEST, up(node, true)), (NODE, up(honest, false))]);
        scene.settle();
        scene
    }

    fn host(&mut self, at: usize) -> &mut Host {
        self.hosts.get_mut(at).expect("there are two engines")
    }

    /// The node's engine.
    pub(super) fn engine(&self) -> &Engine {
        let [node, _] = &self.hosts;
        &node.engine
    }

    pub(super) fn link_up(&mut self) {
        if self.link.is_none() {
            let link = LinkId(self.next_link);
            self.next_link += 1;
            self.link = Some(link);
            let dialled = self.next_link.is_multiple_of(2);
            self.tell(Input::LinkUp { link, peer: self.hostile, dialled });
        }
    }

    pub(super) fn link_down(&mut self) {
        if let Some(link) = self.link.take() {
            self.tell(Input::LinkDown { link });
        }
    }

    /// The hostile neighbour says something.
    pub(super) fn say(&mut self, bytes: Vec<u8>) {
        self.link_up();
        if let Some(link) = self.link {
            self.tell(Input::FrameReceived { link, bytes });
        }
    }

    /// Time passes for everybody.
    pub(super) fn wait(&mut self, time: Duration) {
        self.now += time;
        self.in_transit.push_back((HONEST, Input::Woken));
        self.tell(Input::Woken);
    }

    /// The node's disk stops answering.
    pub(super) fn disk_slows(&mut self) {
        self.waiting.get_or_insert_default();
    }

    /// It answers again, after it refused the first `refused` of what waits.
    pub(super) fn disk_answers(&mut self, refused: usize) {
        let waiting = self.waiting.take().unwrap_or_default();
        let fails = refused > 0 && !waiting.is_empty();
        // A store that refused one commit refuses those after it, until it is opened again.
        for commit in waiting {
            let input =
                if fails { Input::PersistFailed(commit.id) } else { self.host(NODE).write(commit) };
            self.tell(input);
        }
        if fails {
            self.tell(Input::StoreReady);
        }
    }

    /// Somebody is checked in by staff at the node; whether they were.
    pub(super) fn check_in(&mut self, person: u64) -> Option<bool> {
        self.ask(NODE, check_in(NODE, person))
    }

    fn ask(&mut self, at: usize, command: command::Command) -> Option<bool> {
        let request = RequestId(self.next_request);
        self.next_request += 1;
        let command = Command::Shelter(command);
        self.in_transit.push_back((at, Input::Commanded { request, command }));
        self.settle();
        self.answers.remove(&request)
    }

    fn tell(&mut self, input: Input) {
        self.in_transit.push_back((NODE, input));
        self.sent = (0, 0);
        self.heard.clear();
        self.settle();
        let (frames, bytes) = self.sent;
        assert!(
            frames <= SENT_FRAMES_MAX && bytes <= SENT_BYTES_MAX,
            "{frames} frames, {bytes} bytes"
        );
        assert!(self.engine().pending_commits() <= COMMITS_PENDING_MAX);
        for (_, session) in self.engine().links() {
            assert!(session.flow.journals() <= JOURNALS_REMEMBERED_MAX);
        }
    }

    /// Nothing waits that the disk was not asked for.
    pub(super) fn is_at_rest(&self) {
        let waiting = self.waiting.as_ref().map_or(0, VecDeque::len);
        assert_eq!(self.engine().pending_commits(), waiting);
    }

    /// Carries inputs and effects until nothing is on its way.
    fn settle(&mut self) {
        for _ in 0..INPUTS_MAX {
            let Some((at, input)) = self.in_transit.pop_front() else { return };
            let now = timestamp(self.now);
            let host = self.host(at);
            host.engine.handle_input(input, &host.disk, now);
            while let Some(effect) = self.host(at).engine.poll_effect() {
                self.perform(at, effect);
            }
        }
        panic!("one word keeps two nodes busy for ever");
    }

    fn perform(&mut self, at: usize, effect: Effect) {
        match effect {
            Effect::Persist(commit) => match &mut self.waiting {
                Some(waiting) if at == NODE => waiting.push_back(commit),
                _ => {
                    let done = self.host(at).write(commit);
                    self.in_transit.push_back((at, done));
                }
            },
            Effect::Send { link: HONEST_LINK, frame } => {
                let input = Input::FrameReceived { link: HONEST_LINK, bytes: frame };
                self.in_transit.push_back((1 - at, input));
            }
            Effect::Send { link, frame } => {
                if self.link == Some(link) {
                    self.sent.0 += 1;
                    self.sent.1 += frame.len();
                    self.heard.push(frame);
                }
            }
            Effect::Close { link, why } => {
                assert!(link != HONEST_LINK, "the honest link is closed: {why}");
                self.link = self.link.filter(|up| *up != link);
                self.in_transit.push_back((at, Input::LinkDown { link }));
            }
            Effect::Indicate { request, outcome } => {
                self.answers.insert(request, outcome.is_ok());
            }
            Effect::Alarm(alarm) => {
                let hostile = match alarm {
                    Alarm::FoldsDiffer { node, .. } => node == self.hostile,
                    Alarm::JournalForked { author, .. } => author == self.hostile,
                    Alarm::StoreUnreadable | Alarm::OwnJournalForked { .. } => false,
                };
                assert!(hostile, "{alarm:?}");
            }
            Effect::Publish(_) => {}
        }
    }

    /// Whether the honest two hold the same and have nothing more to say.
    fn are_quiet(&self) -> bool {
        let [held, by_honest] = self.hosts.each_ref().map(|host| {
            let chains = host.engine.frontier().in_order();
            chains.map(|chain| (chain.journal(), chain.tip().position.head))
        });
        held.eq(by_honest)
            && self.hosts.iter().all(|host| host.engine.links().all(|(_, link)| link.is_quiet()))
    }

    /// The hostile neighbour has gone: the node still takes people in, and the two that are honest
    /// come to hold and show the same.
    pub(super) fn end(mut self, hostile_is_admitted: bool) {
        self.link_down();
        self.disk_answers(0);
        for _ in 0..COMPARISONS_MAX {
            self.wait(COMPARE_EVERY + Duration::from_secs(1));
            self.wait(Duration::from_secs(2));
            if self.are_quiet() {
                break;
            }
        }
        assert_eq!(self.check_in(40), Some(true), "nobody can be checked in any more");
        self.wait(Duration::from_secs(1));
        let [node, honest] = &self.hosts;
        let (node, honest) = (&node.engine, &honest.engine);
        assert!(node.links().all(|(_, session)| session.is_compared()));
        for scope in Scope::EVERY_READER {
            let writers = node.credentials().writers(scope);
            let frontiers = [node, honest].map(|it| it.frontier().digest_now(scope, &writers));
            assert_eq!(frontiers[0], frontiers[1], "{scope}");
            assert_eq!(node.folds().digest(scope), honest.folds().digest(scope), "{scope}");
        }
        for chain in node.frontier().in_order() {
            let may = hostile_is_admitted && WRITES.contains(&chain.scope());
            assert!(chain.author() != self.hostile || may, "a journal in {}", chain.scope());
        }
        assert_eq!(node.credentials().digest(), honest.credentials().digest());
        assert_eq!(node.credentials().ids().count(), credentials(hostile_is_admitted).len());
        assert_eq!(node.folds().figures().ledger_sum, 0);
    }
}

fn timestamp(now: Duration) -> Timestamp {
    let seconds = BEGINS + i64::try_from(now.as_secs()).expect("a scene is short");
    Timestamp { monotonic: now, wall: Wall { seconds, confidence: Confidence::Synced } }
}

fn opening() -> command::Command {
    command::Command::OpenIncident(command::OpenIncident {
        incident: INCIDENT,
        kind: IncidentKind::Drill,
        hazards: vec![Hazard::Flood],
        title: "訓練".into(),
        happened_at: None,
    })
}

fn site_opens(at: usize) -> command::Command {
    command::Command::SetSiteState {
        incident: Some(INCIDENT),
        site: Some(site(at)),
        state: SiteState::Open,
        saw: None,
        opening: None,
        happened_at: None,
    }
}

fn check_in(at: usize, person: u64) -> command::Command {
    command::Command::CheckIn(command::CheckIn {
        incident: Some(INCIDENT),
        site: Some(site(at)),
        persons: vec![PersonId(person.to_be_bytes())],
        walk_in: false,
        assurance: Assurance::Vouched,
        happened_at: None,
        // A hostile neighbour may have closed the shelter or the incident; staff go on.
        anyway: true,
    })
}
