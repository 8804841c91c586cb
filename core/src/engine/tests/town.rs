//! A town in memory: engines, disks that keep what they are told, and links that keep order.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::credential::admit::{Admit, Appoint, Role, Writable};
use crate::credential::{CredentialKind, Envelope, town_of};
use crate::engine::commit::{Commit, CommitId, StoreWrite, Stored};
use crate::engine::effect::{Accepted, Alarm, Effect};
use crate::engine::input::{Command, Input, RequestId};
use crate::engine::{Engine, EngineConfig};
use crate::fact::Kind;
use crate::fact::shelter::{Hazard, IncidentKind, SiteState};
use crate::id::{IncidentId, JournalId, LinkId, PersonId, SiteId};
use crate::journal::batch::Batch;
use crate::journal::chain::Chain;
use crate::journal::journals::{Journals, MemoryJournals};
use crate::journal::opening::Opening;
use crate::journal::writer::seal_entries;
use crate::scope::Scope;
use crate::service::refusal::Refusal;
use crate::service::shelter::command::{self, OpenIncident};
use crate::sign::{Scheme, Signer};
use crate::sync::PeerMisbehaved;
use crate::time::{Confidence, Timestamp, Wall};

pub(super) const INCIDENT: IncidentId = IncidentId([7; 8]);

/// One device: its engine, and what its disk holds.
pub(super) struct Host {
    pub(super) engine: Engine,
    pub(super) disk: MemoryJournals,
    pub(super) stored: Stored,
    secret: [u8; 32],
    site: Option<SiteId>,
    starts: u8,
    /// Commits that the disk has not answered yet, while it is slow.
    pub(super) waiting: Option<Vec<Commit>>,
}

/// A town of hosts, numbered from 0.
pub(super) struct Town {
    scheme: Scheme,
    root: Signer,
    officer: Signer,
    pub(super) hosts: Vec<Host>,
    pub(super) links: BTreeMap<LinkId, (usize, usize)>,
    next_link: u64,
    pub(super) in_transit: VecDeque<(usize, Input)>,
    /// How many inputs are carried before the town stands still with words on their way; none:
    /// all of them.
    pub(super) carries: Option<usize>,
    pub(super) now: Duration,
    next_request: u64,
    pub(super) told: BTreeMap<RequestId, Result<Accepted, Refusal>>,
    pub(super) closed: Vec<PeerMisbehaved>,
    pub(super) alarms: Vec<Alarm>,
    /// Every frame sent, while somebody wants them.
    pub(super) recorded: Option<Vec<Vec<u8>>>,
    /// Payload bytes of frames, by who sent them.
    pub(super) sent: BTreeMap<usize, usize>,
}

pub(super) fn site(number: usize) -> SiteId {
    SiteId([u8::try_from(number).unwrap() + 1; 8])
}

pub(super) fn person(number: u64) -> PersonId {
    PersonId(number.to_be_bytes())
}

impl Town {
    /// A town of nodes that carry every reader's scopes; node 0 is headquarters.
    pub(super) fn of(nodes: usize) -> Self {
        let mut town = Self::empty(Scheme::Ed25519);
        let credentials: Vec<Envelope> = std::iter::once(town.appointment())
            .chain((0..nodes).map(|number| town.admission(number, &Scope::EVERY_READER)))
            .collect();
        for number in 0..nodes {
            town.add(number, credentials.clone());
        }
        town
    }

    /// A town without a device.
    pub(super) fn empty(scheme: Scheme) -> Self {
        Self {
            scheme,
            root: Signer::new(scheme, &[101; 32]),
            officer: Signer::new(scheme, &[102; 32]),
            hosts: Vec::new(),
            links: BTreeMap::new(),
            next_link: 0,
            in_transit: VecDeque::new(),
            carries: None,
            now: Duration::from_secs(1),
            next_request: 0,
            told: BTreeMap::new(),
            closed: Vec::new(),
            alarms: Vec::new(),
            recorded: None,
            sent: BTreeMap::new(),
        }
    }

    fn secret(number: usize) -> [u8; 32] {
        let mut secret = [9; 32];
        secret[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
        secret
    }

    pub(super) fn appointment(&self) -> Envelope {
        let act =
            Appoint { officer: self.officer.officer(), office: "総務課".into(), issued_at: 1 };
        Envelope::seal(town_of(&self.root.public()), &self.root, CredentialKind::APPOINT, &act)
    }

    pub(super) fn admission(&self, number: usize, scopes: &[Scope]) -> Envelope {
        let writable = |scope: &Scope| Writable { scope: *scope, kinds: Vec::new() };
        self.admission_to(number, scopes.iter().map(writable).collect())
    }

    pub(super) fn admission_to(&self, number: usize, writes: Vec<Writable>) -> Envelope {
        let act = Admit {
            node: Signer::new(self.scheme, &Self::secret(number)).node(),
            name: format!("訓練端末{number}"),
            role: if number == 0 { Role::Headquarters } else { Role::Reader },
            sites: vec![site(number)],
            reads: Vec::new(),
            writes,
            budgets: Vec::new(),
            age_recipient: None,
            issued_at: 2,
        };
        Envelope::seal(town_of(&self.root.public()), &self.officer, CredentialKind::ADMIT, &act)
    }

    /// Adds a device with a new disk that holds these credentials.
    pub(super) fn add(&mut self, number: usize, credentials: Vec<Envelope>) {
        assert_eq!(number, self.hosts.len());
        let stored = Stored { credentials, ..Stored::default() };
        let secret = Self::secret(number);
        let site = Some(site(number));
        let disk = MemoryJournals::default();
        let config = self.config(secret, site, 0);
        let engine = Engine::start(config, stored.clone(), &disk, self.timestamp()).unwrap();
        let waiting = None;
        self.hosts.push(Host { engine, disk, stored, secret, site, starts: 0, waiting });
    }

    fn config(&self, secret: [u8; 32], site: Option<SiteId>, starts: u8) -> EngineConfig {
        let mut seed = secret;
        seed[31] = starts;
        let signer = Signer::new(self.scheme, &secret);
        EngineConfig { scheme: self.scheme, root: self.root.public(), signer, site, seed }
    }

    fn timestamp(&self) -> Timestamp {
        let seconds = 1_790_000_000 + i64::try_from(self.now.as_secs()).unwrap();
        let wall = Wall { seconds, confidence: Confidence::Synced };
        Timestamp { monotonic: self.now, wall }
    }

    /// Cuts the power of a host and starts it again from its disk.
    pub(super) fn restart(&mut self, number: usize) {
        self.cut_all(number);
        let starts = self.hosts[number].starts + 1;
        let (secret, site) = (self.hosts[number].secret, self.hosts[number].site);
        let config = self.config(secret, site, starts);
        let now = self.timestamp();
        let host = &mut self.hosts[number];
        host.starts = starts;
        host.waiting = None;
        host.engine = Engine::start(config, host.stored.clone(), &host.disk, now)
            .expect("the store is believed");
        // What was said to the run that ended is heard by nobody.
        self.in_transit.retain(|(to, _)| *to != number);
    }

    /// What a host would be if it started from its disk now.
    pub(super) fn started_afresh(&self, number: usize) -> Engine {
        let host = &self.hosts[number];
        let config = self.config(host.secret, host.site, 255);
        Engine::start(config, host.stored.clone(), &host.disk, self.timestamp()).unwrap()
    }

    pub(super) fn link(&mut self, one: usize, other: usize) {
        let link = LinkId(self.next_link);
        self.next_link += 1;
        self.links.insert(link, (one, other));
        let (a, b) = (self.hosts[one].engine.me(), self.hosts[other].engine.me());
        self.in_transit.push_back((one, Input::LinkUp { link, peer: b, dialled: true }));
        self.in_transit.push_back((other, Input::LinkUp { link, peer: a, dialled: false }));
        self.settle();
    }

    pub(super) fn cut(&mut self, one: usize, other: usize) {
        let cut: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, ends)| **ends == (one, other) || **ends == (other, one))
            .map(|(link, _)| *link)
            .collect();
        cut.into_iter().for_each(|link| self.unlink(link));
        self.settle();
    }

    fn cut_all(&mut self, number: usize) {
        let cut: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, (a, b))| *a == number || *b == number)
            .map(|(link, _)| *link)
            .collect();
        cut.into_iter().for_each(|link| self.unlink(link));
    }

    /// A link goes, and with it what was on its way.
    pub(super) fn unlink(&mut self, link: LinkId) {
        self.in_transit.retain(
            |(_, input)| !matches!(input, Input::FrameReceived { link: over, .. } if *over == link),
        );
        if let Some((one, other)) = self.links.remove(&link) {
            self.in_transit.push_back((one, Input::LinkDown { link }));
            self.in_transit.push_back((other, Input::LinkDown { link }));
        }
    }

    pub(super) fn give(&mut self, number: usize, envelope: Envelope) {
        self.in_transit.push_back((number, Input::CredentialsGiven(vec![envelope])));
        self.settle();
    }

    /// Sends bytes to a host as if the peer at the other end of its first link had.
    pub(super) fn speak(&mut self, to: usize, bytes: Vec<u8>) {
        let link = self.links.iter().find(|(_, (a, b))| *a == to || *b == to);
        let link = *link.expect("the host has a link").0;
        self.in_transit.push_back((to, Input::FrameReceived { link, bytes }));
        self.settle();
    }

    /// A first batch that a device seals by itself, past its engine.
    pub(super) fn sealed_by(
        &self,
        number: usize,
        scope: Scope,
        mut entries: Vec<(Kind, Vec<u8>)>,
        counter: u64,
        wall: Wall,
    ) -> Batch {
        let signer = Signer::new(self.scheme, &self.hosts[number].secret);
        let town = town_of(&self.root.public());
        let nonce = [1; 16].into();
        let opening = Opening { node: signer.node(), scope, life: 1, nonce, predecessor: None };
        let chain = Chain::new(town, opening);
        entries.insert(0, (Kind::OPENING, chain.opening().to_bytes()));
        let first = counter - u64::try_from(entries.len()).unwrap() + 1;
        seal_entries(&signer, town, &chain, &entries, first, wall).0.batch().clone()
    }

    /// Sends bytes to a host over one of its links.
    pub(super) fn hear_over(&mut self, to: usize, link: LinkId, bytes: Vec<u8>) {
        self.hear(to, Input::FrameReceived { link, bytes });
    }

    pub(super) fn ask(&mut self, number: usize, command: command::Command) -> RequestId {
        self.command(number, Command::Shelter(command))
    }

    pub(super) fn command(&mut self, number: usize, command: Command) -> RequestId {
        let request = RequestId(self.next_request);
        self.next_request += 1;
        self.in_transit.push_back((number, Input::Commanded { request, command }));
        self.settle();
        request
    }

    pub(super) fn accept(&mut self, number: usize, command: command::Command) -> Accepted {
        let request = self.ask(number, command);
        self.told.get(&request).expect("an answer").clone().expect("accepted")
    }

    /// Opens the drill's incident at a host.
    pub(super) fn open_incident(&mut self, number: usize) {
        let opening = OpenIncident {
            incident: INCIDENT,
            kind: IncidentKind::Drill,
            hazards: vec![Hazard::Flood],
            title: "訓練".into(),
            happened_at: None,
        };
        self.accept(number, command::Command::OpenIncident(opening));
    }

    pub(super) fn open_site(&mut self, number: usize) {
        self.accept(
            number,
            command::Command::SetSiteState {
                incident: Some(INCIDENT),
                site: Some(site(number)),
                state: SiteState::Open,
                saw: None,
                opening: None,
                happened_at: None,
            },
        );
    }

    pub(super) fn check_in(&mut self, number: usize, people: &[u64]) -> Accepted {
        self.accept(number, Self::check_in_command(number, people))
    }

    pub(super) fn check_in_command(number: usize, people: &[u64]) -> command::Command {
        command::Command::CheckIn(command::CheckIn {
            incident: Some(INCIDENT),
            site: Some(site(number)),
            persons: people.iter().map(|number| person(*number)).collect(),
            walk_in: false,
            assurance: crate::fact::shelter::Assurance::Vouched,
            happened_at: None,
            anyway: false,
        })
    }

    /// Lets time pass, a tenth of a second at a time.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now += Duration::from_millis(100);
            for number in 0..self.hosts.len() {
                if self.hosts[number].engine.poll_timeout().is_some_and(|at| at <= self.now) {
                    self.in_transit.push_back((number, Input::Woken));
                }
            }
            self.settle();
        }
    }

    /// Lets time pass from one thing that is due to the next.
    pub(super) fn drift(&mut self, time: Duration) {
        let until = self.now + time;
        for round in 0.. {
            assert!(round < 20_000, "timers are due without end");
            let due = self.hosts.iter().filter_map(|host| host.engine.poll_timeout()).min();
            let Some(due) = due.filter(|due| *due <= until) else { break };
            self.now = self.now.max(due);
            for number in 0..self.hosts.len() {
                if self.hosts[number].engine.poll_timeout().is_some_and(|at| at <= self.now) {
                    self.in_transit.push_back((number, Input::Woken));
                }
            }
            self.settle_now();
            self.now += Duration::from_millis(1);
        }
        self.now = self.now.max(until);
    }

    /// Carries everything to its end, whatever the town carries otherwise.
    pub(super) fn settle_now(&mut self) {
        let carries = self.carries.take();
        self.settle();
        self.carries = carries;
    }

    /// Carries everything to its end: frames arrive, disks answer.
    pub(super) fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 200_000, "the town never comes to rest");
            if self.carries.is_some_and(|most| round >= most) {
                return;
            }
            let Some((number, input)) = self.in_transit.pop_front() else { break };
            let now = self.timestamp();
            let host = &mut self.hosts[number];
            host.engine.handle_input(input, &host.disk, now);
            while let Some(effect) = self.hosts[number].engine.poll_effect() {
                self.perform(number, effect);
            }
        }
    }

    fn perform(&mut self, number: usize, effect: Effect) {
        match effect {
            Effect::Persist(commit) => match &mut self.hosts[number].waiting {
                Some(waiting) => waiting.push(commit),
                None => self.write(number, commit),
            },
            Effect::Send { link, frame } => {
                self.recorded.iter_mut().for_each(|frames| frames.push(frame.clone()));
                if let Some((one, other)) = self.links.get(&link) {
                    let to = if *one == number { *other } else { *one };
                    *self.sent.entry(number).or_default() += frame.len();
                    self.in_transit.push_back((to, Input::FrameReceived { link, bytes: frame }));
                }
            }
            Effect::Close { link, why } => {
                self.closed.push(why);
                self.unlink(link);
            }
            Effect::Indicate { request, outcome } => {
                assert!(self.told.insert(request, outcome).is_none(), "told twice");
            }
            Effect::Publish(_) => {}
            Effect::Alarm(alarm) => self.alarms.push(alarm),
        }
    }

    /// Puts a commit on a host's disk, and says so.
    pub(super) fn write(&mut self, number: usize, commit: Commit) {
        let Host { disk, stored, .. } = &mut self.hosts[number];
        for write in commit.writes {
            match write {
                StoreWrite::Append { batch, block_first } => disk.append(batch, block_first),
                StoreWrite::Credential(envelope) => stored.credentials.push(envelope),
                StoreWrite::Report { bytes, .. } => stored.reports.push(bytes),
                StoreWrite::Custody { upto, at } => stored.custody.push((upto, at)),
                StoreWrite::Arrival { .. } => {}
            }
        }
        self.in_transit.push_back((number, Input::Persisted(commit.id)));
    }

    pub(super) fn fail(&mut self, number: usize, commit: CommitId) {
        self.in_transit.push_back((number, Input::PersistFailed(commit)));
        self.settle();
    }

    pub(super) fn hear(&mut self, number: usize, input: Input) {
        self.in_transit.push_back((number, input));
        self.settle();
    }

    /// Everything a host's disk holds of every journal.
    pub(super) fn held(&self, number: usize) -> BTreeMap<JournalId, u64> {
        let disk = &self.hosts[number].disk;
        let journals = disk.list().unwrap();
        journals
            .into_iter()
            .map(|journal| {
                (journal, disk.rows(journal, 1, usize::MAX).unwrap().last().unwrap().last())
            })
            .collect()
    }

    /// Asserts that two hosts hold the same, and show the same.
    pub(super) fn assert_equal(&self, one: usize, other: usize) {
        assert_eq!(
            self.held(one),
            self.held(other),
            "{one} and {other}; closed: {:?}",
            self.closed
        );
        let (one, other) = (&self.hosts[one].engine, &self.hosts[other].engine);
        for scope in Scope::EVERY_READER {
            let (a, b) = (one.folds().digest(scope), other.folds().digest(scope));
            assert_eq!(a, b, "both show the same in {scope}");
        }
    }

    pub(super) fn sure_at(&self, number: usize, at: usize) -> u32 {
        let shelter = &self.hosts[number].engine.folds().shelter;
        shelter.incident(INCIDENT).map_or(0, |incident| incident.headcount(site(at)).present.sure)
    }
}
