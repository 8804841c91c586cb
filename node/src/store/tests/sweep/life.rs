//! A node's life on a disk that remembers everything: taps, edits, a headquarters that sends and
//! confirms, clean closes, kills, and a file that grows and uses its pages again.

use std::collections::VecDeque;
use std::time::Duration;

use digiana_core::credential::admit::Role;
use digiana_core::engine::Engine;
use digiana_core::engine::effect::Effect;
use digiana_core::engine::input::{Command, Input, RequestId};
use digiana_core::fact::Fact;
use digiana_core::fact::shelter::{Assurance, SiteState};
use digiana_core::id::{LinkId, PersonId};
use digiana_core::journal::journals::MemoryJournals;
use digiana_core::scope::Scope;
use digiana_core::service::shelter::command::{self, CheckIn};
use digiana_core::sign::{Scheme, Signer};
use digiana_core::token::TokenTag;

use super::super::*;
use super::dice::Dice;
use super::held::{Held, held};
use super::point::{Fate, Medium};
use super::town::{
    CACHE_BYTES, HEADQUARTERS, INCIDENT, OURS, admission, appointment, at, incident, owner,
    shelter, site, text, wake,
};
use crate::store::recording::{Event, Flush, Recording};

const LINK: LinkId = LinkId(1);

/// The most inputs one step may lead to.
const INPUTS_MAX: usize = 100_000;

/// A recorded life.
pub(super) struct Life {
    /// Everything the disk was asked for since the file was empty, and in between what was handed
    /// to the store and told to be durable, by the number of the transaction.
    pub(super) events: Vec<Event>,
    /// What the store held after each transaction. Number 0 is the founding.
    pub(super) states: Vec<Held>,
    /// What somebody was told is recorded: the number of its transaction, and the entry.
    pub(super) indicated: Vec<(u64, EntryId)>,
    /// How often rows became one because their block was closed.
    pub(super) joined: usize,
    /// How many of those entries are corrections.
    pub(super) corrections: usize,
    /// How often it was closed with the mark that says so.
    pub(super) closes: usize,
    /// What stood beside the journals at the end.
    pub(super) stored: Stored,
}

/// The headquarters, in memory.
struct Peer {
    engine: Engine,
    disk: MemoryJournals,
}

/// Our node: its disk outlives it.
struct Ours {
    disk: Recording,
    // None only while the node is started again.
    store: Option<Store>,
    engine: Engine,
    starts: u64,
    waiting: VecDeque<Commit>,
    // What the journals of the store must be, kept by simpler means.
    memory: MemoryJournals,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Ours,
    Theirs,
}

struct Living {
    ours: Ours,
    theirs: Peer,
    linked: bool,
    inputs: VecDeque<(End, Input)>,
    now: Duration,
    requests: u64,
    dice: Dice,
    states: Vec<Held>,
    indicated: Vec<(u64, EntryId)>,
    corrected: usize,
    joined: usize,
    corrections: usize,
    closes: usize,
    // After how many flushes the next transaction is interrupted.
    cut_after: Option<u32>,
    keeps: Keeps,
}

/// How a life puts what waits on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    /// As the node does: a group is one transaction.
    Whole,
    /// Wrongly, so that a sweep can show that it finds it: a group is two.
    InHalves,
}

/// Lives so many steps of a seed.
pub(super) fn live(seed: u64, steps: usize, keeps: Keeps) -> Life {
    let disk = Recording::of(Vec::new());
    disk.note(Event::Handed(0));
    let store = disk.found(owner(), CACHE_BYTES);
    disk.note(Event::Told(0));
    let states = vec![held(&store).unwrap()];
    let now = Duration::from_secs(1);
    let engine = wake(OURS, 0, store.stored().unwrap(), &store, at(now)).unwrap();
    let headquarters = Signer::new(Scheme::Simulated, &HEADQUARTERS).node();
    let credentials = vec![
        appointment(),
        admission(engine.me(), Role::Reader),
        admission(headquarters, Role::Headquarters),
    ];
    let stored = Stored { credentials: credentials.clone(), ..Stored::default() };
    let none = MemoryJournals::default();
    let theirs =
        Peer { engine: wake(HEADQUARTERS, 0, stored, &none, at(now)).unwrap(), disk: none };
    let ours = Ours {
        disk,
        store: Some(store),
        engine,
        starts: 0,
        waiting: VecDeque::new(),
        memory: MemoryJournals::default(),
    };
    let mut living = Living {
        ours,
        theirs,
        linked: false,
        inputs: VecDeque::new(),
        now,
        requests: 0,
        dice: Dice::new(seed, "life"),
        states,
        indicated: Vec::new(),
        corrected: 0,
        joined: 0,
        corrections: 0,
        closes: 0,
        cut_after: None,
        keeps,
    };
    living.tell(End::Ours, Input::CredentialsGiven(credentials));
    living.begin();
    living.restart(true);
    living.link();
    for _ in 0..steps {
        living.step();
        living.settle();
    }
    living.restart(true);
    let Living { ours, states, indicated, joined, corrections, closes, .. } = living;
    let store = ours.store.expect("it runs");
    let stored = store.stored().unwrap();
    drop(store);
    Life { events: ours.disk.events(), states, indicated, joined, corrections, closes, stored }
}

impl Living {
    /// What every life begins with: an open shelter, and more from headquarters than the file holds
    /// at its first size.
    fn begin(&mut self) {
        self.ask(End::Theirs, shelter(command::Command::OpenIncident(incident())));
        for number in 0..5 {
            let records = (0..20).map(|field| text(number * 20 + field, 1_100)).collect();
            self.ask(End::Theirs, Command::Edit { scope: Scope::Town, edits: records });
        }
        self.settle();
        self.link();
        self.settle();
        let open = command::Command::SetSiteState {
            incident: Some(INCIDENT),
            site: Some(site(1)),
            state: SiteState::Open,
            saw: None,
            opening: None,
            happened_at: None,
        };
        self.ask(End::Ours, shelter(open));
        self.settle();
    }

    fn step(&mut self) {
        match self.dice.below(80) {
            0..=15 => self.check_in(End::Ours),
            16 => {
                self.cut_after = Some(u32::try_from(self.dice.below(4)).unwrap());
                self.check_in(End::Ours);
                self.edit(End::Ours);
            }
            17..=26 => {
                // Several wait together, so they go into one transaction, or into some.
                for _ in 0..2 + self.dice.below(6) {
                    self.check_in(End::Ours);
                }
            }
            27..=45 => self.edit(End::Ours),
            46..=53 => self.check_in(End::Theirs),
            54..=60 => self.edit(End::Theirs),
            61..=65 => self.correct(),
            66 => {
                let token = TokenTag([u8::try_from(self.dice.below(200)).unwrap(); 16]);
                let person = self.person();
                let link = command::Command::LinkToken { token, person, replace: true };
                self.ask(End::Ours, shelter(link));
            }
            67..=69 => {
                let node = NodeId([u8::try_from(self.dice.below(250)).unwrap(); 32]);
                let given = vec![admission(node, Role::Reader)];
                self.tell(End::Ours, Input::CredentialsGiven(given));
            }
            70..=73 => {
                self.now +=
                    Duration::from_millis(100 + 700 * u64::try_from(self.dice.below(100)).unwrap());
                self.tell(End::Ours, Input::Woken);
                self.tell(End::Theirs, Input::Woken);
            }
            74..=76 if self.linked => self.unlink(),
            74..=76 => self.link(),
            77 => self.restart(true),
            78 => self.restart(false),
            _ => self.link_again(),
        }
    }

    fn link_again(&mut self) {
        if self.linked {
            self.unlink();
            self.settle();
        }
        self.link();
    }

    fn person(&mut self) -> PersonId {
        PersonId([u8::try_from(self.dice.below(200)).unwrap(); 8])
    }

    fn check_in(&mut self, end: End) {
        let persons = (0..1 + self.dice.below(5)).map(|_| self.person()).collect();
        let check_in = CheckIn {
            incident: Some(INCIDENT),
            site: Some(site(if end == End::Ours { 1 } else { 2 })),
            persons,
            walk_in: false,
            assurance: Assurance::Vouched,
            happened_at: None,
            anyway: true,
        };
        self.ask(end, shelter(command::Command::CheckIn(check_in)));
    }

    fn edit(&mut self, end: End) {
        let edits = (0..1 + self.dice.below(4))
            .map(|_| text(self.dice.below(300), 50 + self.dice.below(1_900)))
            .collect();
        self.ask(end, Command::Edit { scope: Scope::Town, edits });
    }

    fn correct(&mut self) {
        // Each at most once, from the oldest on.
        if let Some((_, target)) = self.indicated.get(self.corrected) {
            let target = *target;
            self.corrected += 1;
            for scope in [Scope::Shelter, Scope::Town] {
                let reason = "訓練".to_owned();
                self.ask(End::Ours, Command::Correct { scope, target, reason });
            }
        }
    }

    fn link(&mut self) {
        self.linked = true;
        let (ours, theirs) = (self.ours.engine.me(), self.theirs.engine.me());
        self.tell(End::Ours, Input::LinkUp { link: LINK, peer: theirs, dialled: true });
        self.tell(End::Theirs, Input::LinkUp { link: LINK, peer: ours, dialled: false });
    }

    fn unlink(&mut self) {
        self.linked = false;
        self.tell(End::Ours, Input::LinkDown { link: LINK });
        self.tell(End::Theirs, Input::LinkDown { link: LINK });
    }

    /// Ends the node, cleanly or as `kill -9` does, and starts it again from its store.
    fn restart(&mut self, cleanly: bool) {
        self.settle();
        if self.linked {
            self.unlink();
            self.settle();
        }
        if cleanly {
            self.ours.store.take().expect("it runs").close().unwrap();
            self.closes += 1;
        } else {
            let store = self.ours.store.take().expect("it runs");
            self.ours.disk.kill(store);
        }
        let there = self.start();
        assert_eq!(Some(&there), self.states.last(), "nothing was cut off");
    }

    /// Starts the node from its disk, and returns what its store holds.
    fn start(&mut self) -> Held {
        let store = self.ours.disk.open(owner(), CACHE_BYTES).expect("it opens");
        let there = held(&store).unwrap();
        self.ours.starts += 1;
        let stored = store.stored().unwrap();
        self.ours.engine =
            wake(OURS, self.ours.starts, stored, &store, at(self.now)).expect("it is believed");
        self.ours.store = Some(store);
        there
    }

    /// A transaction is interrupted by a power cut, or by a flush that fails: then the node stops,
    /// and the system takes for written what it could not write. The node starts again.
    fn interrupt(&mut self, group: &[Commit], flushes: u32) {
        let disk = self.ours.disk.clone();
        disk.flushes(Flush::FailsAfter(flushes));
        let number = u64::try_from(self.states.len()).unwrap();
        disk.note(Event::Handed(number));
        let store = self.ours.store.take().expect("it runs");
        let outcome = store.commit(group);
        disk.kill(store);
        disk.flushes(Flush::Answers);
        if outcome.is_ok() {
            disk.note(Event::Told(number));
        }
        let events = disk.events();
        let left = Medium::new(&events).image(events.len(), Fate::Random(number));
        if outcome.is_err() && self.dice.once_in(2) {
            // The system goes on showing what it will never write.
            disk.note(Event::Left(left));
        } else {
            disk.leave(left);
        }
        self.inputs.clear();
        self.ours.waiting.clear();
        if std::mem::take(&mut self.linked) {
            self.tell(End::Theirs, Input::LinkDown { link: LINK });
        }
        let there = self.start();
        let landed = self.states.last() != Some(&there);
        assert!(landed || outcome.is_err(), "what was told is there");
        if landed {
            self.remember(group);
        }
        self.states.push(there);
    }

    fn ask(&mut self, end: End, command: Command) {
        self.requests += 1;
        let request = RequestId(self.requests);
        self.tell(end, Input::Commanded { request, command });
    }

    fn tell(&mut self, end: End, input: Input) {
        self.inputs.push_back((end, input));
    }

    /// Carries everything to its end: frames arrive, the disk answers what waits for it.
    fn settle(&mut self) {
        for _ in 0..INPUTS_MAX {
            let Some((end, input)) = self.inputs.pop_front() else {
                let waiting = self.ours.waiting.len();
                if waiting == 0 {
                    return;
                }
                let group = 1 + self.dice.below(waiting);
                let group: Vec<Commit> = self.ours.waiting.drain(..group).collect();
                if let Some(flushes) = self.cut_after.take() {
                    self.interrupt(&group, flushes);
                    continue;
                }
                let number = self.commit(&group);
                for commit in group {
                    let now = at(self.now);
                    let store = self.ours.store.as_ref().expect("it runs");
                    self.ours.engine.handle_input(Input::Persisted(commit.id), store, now);
                    self.perform_ours(number);
                }
                continue;
            };
            let now = at(self.now);
            match end {
                End::Ours => {
                    let store = self.ours.store.as_ref().expect("it runs");
                    self.ours.engine.handle_input(input, store, now);
                    self.perform_ours(0);
                }
                End::Theirs => {
                    self.theirs.engine.handle_input(input, &self.theirs.disk, now);
                    self.perform_theirs();
                }
            }
        }
        panic!("the two never come to rest");
    }

    /// Does what our engine asks for; what it indicates became durable by that transaction.
    fn perform_ours(&mut self, transaction: u64) {
        while let Some(effect) = self.ours.engine.poll_effect() {
            match effect {
                Effect::Persist(commit) => self.ours.waiting.push_back(commit),
                Effect::Send { link, frame } if self.linked => {
                    self.tell(End::Theirs, Input::FrameReceived { link, bytes: frame });
                }
                Effect::Indicate { outcome: Ok(accepted), .. } => {
                    assert!(transaction > 0, "only a flush lets anybody be told");
                    for (_, entry, fact) in accepted.facts {
                        self.indicated.push((transaction, entry));
                        self.corrections += usize::from(matches!(fact, Fact::Correct(_)));
                    }
                }
                Effect::Close { why, .. } => panic!("{why}"),
                Effect::Alarm(alarm) => panic!("{alarm:?}"),
                Effect::Send { .. } | Effect::Indicate { .. } | Effect::Publish(_) => {}
            }
        }
    }

    fn perform_theirs(&mut self) {
        while let Some(effect) = self.theirs.engine.poll_effect() {
            match effect {
                Effect::Persist(commit) => {
                    for write in commit.writes {
                        if let StoreWrite::Append { batch, block_first } = write {
                            self.theirs.disk.append(batch, block_first);
                        }
                    }
                    self.tell(End::Theirs, Input::Persisted(commit.id));
                }
                Effect::Send { link, frame } if self.linked => {
                    self.tell(End::Ours, Input::FrameReceived { link, bytes: frame });
                }
                Effect::Close { why, .. } => panic!("{why}"),
                Effect::Alarm(alarm) => panic!("{alarm:?}"),
                Effect::Send { .. } | Effect::Indicate { .. } | Effect::Publish(_) => {}
            }
        }
    }

    /// One transaction, between its two notes in the record; returns its number.
    fn commit(&mut self, group: &[Commit]) -> u64 {
        let number = u64::try_from(self.states.len()).unwrap();
        let store = self.ours.store.as_ref().expect("it runs");
        self.ours.disk.note(Event::Handed(number));
        let (first, rest) = match self.keeps {
            Keeps::Whole => (group, [].as_slice()),
            Keeps::InHalves => group.split_at(group.len() / 2),
        };
        store.commit(first).unwrap();
        if !rest.is_empty() {
            store.commit(rest).unwrap();
        }
        self.ours.disk.note(Event::Told(number));
        self.remember(group);
        let store = self.ours.store.as_ref().expect("it runs");
        assert_eq!(store.list(), self.ours.memory.list());
        for journal in store.list().unwrap() {
            let rows = |journals: &dyn Journals| journals.rows(journal, 1, usize::MAX);
            assert_eq!(rows(store), rows(&self.ours.memory));
        }
        self.states.push(held(store).unwrap());
        number
    }

    /// Keeps what a transaction wrote by simpler means.
    fn remember(&mut self, group: &[Commit]) {
        for write in group.iter().flat_map(|commit| &commit.writes) {
            if let StoreWrite::Append { batch, block_first } = write {
                self.joined += usize::from(batch.seal.closes_block && *block_first < batch.first);
                self.ours.memory.append(batch.clone(), *block_first);
            }
        }
    }
}
