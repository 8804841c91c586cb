//! Commands go into the store of a node that does not run: the same engine, without any peer.

use std::collections::BTreeMap;
use std::time::Instant;

use digiana_core::engine::commit::Commit;
use digiana_core::engine::effect::{Accepted, Effect};
use digiana_core::engine::input::{Command, Input, RequestId};
use digiana_core::engine::{Engine, EngineConfig};
use digiana_core::id::PersonId;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::shelter;
use digiana_core::sign::Scheme;
use digiana_core::time::Timestamp;
use rand::TryRng;
use rand::rngs::SysRng;
use tokio::sync::mpsc::Sender;

use super::{RoadFault, Submitted, changes_only, errand};
use crate::config::NodeConfig;
use crate::keys::{NodeKey, TownFile};
use crate::node::wall;
use crate::store::{Owner, Store};

/// How many commands become durable in one transaction.
const COMMANDS_PER_COMMIT: usize = 32;

pub(super) fn submit(
    config: &NodeConfig,
    commands: Vec<Command>,
    told: &Sender<usize>,
) -> Result<Submitted, RoadFault> {
    let mut here = Here::wake(config)?;
    let taken = here.take(commands, told);
    let closed = here.close();
    // What stopped the commands says more than what stopped the closing.
    let submitted = taken?;
    closed.map(|()| submitted)
}

/// What became of one command.
type Answer = (RequestId, Result<Accepted, Refusal>);

/// The node's engine and store, in this process for as long as its commands take.
struct Here {
    engine: Engine,
    store: Store,
    began: Instant,
    asked: u64,
}

impl Here {
    fn wake(config: &NodeConfig) -> Result<Self, RoadFault> {
        let town = TownFile::load(&config.town)?;
        let key = NodeKey::load(&config.key_path())?;
        let owner = Owner { town: town.town(), node: key.node() };
        let store = Store::open(&config.store_path(), owner, config.store.cache_bytes())?;
        let mut seed = [0; 32];
        SysRng
            .try_fill_bytes(&mut seed)
            .map_err(|error| RoadFault::NoRandomness(error.to_string()))?;
        let engine = EngineConfig {
            scheme: Scheme::Ed25519,
            root: town.root,
            signer: key.signer(Scheme::Ed25519),
            site: config.site,
            seed,
        };
        let began = Instant::now();
        let engine = Engine::start(engine, store.stored()?, &store, now(began))?;
        let mut here = Self { engine, store, began, asked: 0 };
        // A town file may bring admissions that no peer has told of yet.
        here.hear(Input::CredentialsGiven(town.credentials.clone()));
        here.settle()?;
        let me = here.engine.me();
        if here.engine.credentials().standing(me).is_none() {
            here.close()?;
            return Err(RoadFault::NotAdmitted { node: me });
        }
        Ok(here)
    }

    fn take(
        &mut self,
        commands: Vec<Command>,
        told: &Sender<usize>,
    ) -> Result<Submitted, RoadFault> {
        let mut submitted = Submitted::default();
        let mut commands = commands.into_iter().enumerate().peekable();
        while commands.peek().is_some() {
            let mut places = BTreeMap::new();
            let mut refused = None;
            let mut done = 0;
            for (at, command) in commands.by_ref().take(COMMANDS_PER_COMMIT) {
                done = at + 1;
                let link = link_of(&command);
                if link.is_some_and(|person| !errand::is_known(self.engine.folds(), person)) {
                    refused = Some((at, Refusal::UnknownPerson));
                    break;
                }
                if let Some(command) = self.changing(command) {
                    self.asked += 1;
                    let request = RequestId(self.asked);
                    places.insert(request, (at, link.is_some()));
                    self.hear(Input::Commanded { request, command });
                } else {
                    submitted.unchanged += 1;
                }
            }
            for (request, outcome) in self.settle()? {
                let asked = places.get(&request).copied();
                let (at, is_link) = asked.expect("what is answered was asked");
                match outcome {
                    Ok(accepted) => {
                        let facts = u64::try_from(accepted.facts.len());
                        submitted.facts += facts.expect("a command's facts are few");
                    }
                    Err(Refusal::NothingToChange) if is_link => submitted.unchanged += 1,
                    Err(why) => {
                        let earlier = refused.filter(|(before, _)| *before < at);
                        refused = earlier.or(Some((at, why)));
                    }
                }
            }
            if let Some((at, why)) = refused {
                return Err(RoadFault::Refused { at, why });
            }
            // Nobody listens where the asker has gone; the work is done all the same.
            let _ = told.blocking_send(done);
        }
        Ok(submitted)
    }

    /// The command without what is so already; none where nothing is left.
    fn changing(&self, command: Command) -> Option<Command> {
        let Command::Edit { scope, edits } = command else { return Some(command) };
        let edits = changes_only(self.engine.folds().records(scope), edits);
        (!edits.is_empty()).then_some(Command::Edit { scope, edits })
    }

    fn hear(&mut self, input: Input) {
        self.engine.handle_input(input, &self.store, now(self.began));
    }

    /// Makes durable what the engine wants so, until it wants nothing more; each answer it gave.
    fn settle(&mut self) -> Result<Vec<Answer>, RoadFault> {
        let mut answers = Vec::new();
        loop {
            let mut commits: Vec<Commit> = Vec::new();
            while let Some(effect) = self.engine.poll_effect() {
                match effect {
                    Effect::Persist(commit) => commits.push(commit),
                    Effect::Indicate { request, outcome } => answers.push((request, outcome)),
                    // There is no peer and no page here; a store that cannot be read says so at
                    // the next commit.
                    Effect::Send { .. }
                    | Effect::Close { .. }
                    | Effect::Publish(_)
                    | Effect::Alarm(_) => {}
                }
            }
            if commits.is_empty() {
                return Ok(answers);
            }
            self.store.commit(&commits)?;
            for commit in commits {
                self.hear(Input::Persisted(commit.id));
            }
        }
    }

    fn close(self) -> Result<(), RoadFault> {
        Ok(self.store.close()?)
    }
}

/// Whom a command gives a token.
fn link_of(command: &Command) -> Option<PersonId> {
    if let Command::Shelter(shelter::command::Command::LinkToken { person, .. }) = command {
        Some(*person)
    } else {
        None
    }
}

fn now(began: Instant) -> Timestamp {
    Timestamp { monotonic: began.elapsed(), wall: wall() }
}
