//! A town whose journals are written directly, sealed as its nodes would seal them.
//!
//! It takes no decisions: what stands in it is what a benchmark needs, signed one commit at a
//! time, with counters and clocks that run on as in a town where everybody hears everybody.

use std::collections::BTreeMap;

use anyhow::Context as _;
use digiana_core::credential::admit::{Admit, Appoint, Role, Writable};
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::fact::edit::{FieldId, Value};
use digiana_core::fact::shelter::{
    Act, Assurance, Hazard, IncidentKind, IncidentOpened, Presence, SiteState, SiteStateSet,
};
use digiana_core::fact::token::{TokenSet, TokenState};
use digiana_core::fact::{Fact, Kind};
use digiana_core::id::{EntryId, IncidentId, NodeId, PersonId, SiteId, TownId};
use digiana_core::journal::chain::Chain;
use digiana_core::journal::journals::MemoryJournals;
use digiana_core::journal::opening::Opening;
use digiana_core::journal::writer::seal_entries;
use digiana_core::record::field;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::sign::{PublicKey, Scheme, Signer};
use digiana_core::time::{Confidence, Wall};
use digiana_core::token::TokenTag;

/// The drill's incident.
pub const INCIDENT: IncidentId = IncidentId([7; 8]);

/// When the town begins: Unix seconds.
const BEGINS: i64 = 1_790_000_000;

/// A town: its keys, its nodes, and where their journals end.
#[derive(Debug)]
pub struct Town {
    root: Signer,
    officer: Signer,
    authors: Vec<Author>,
    credentials: Vec<Envelope>,
    counter: u64,
    seconds: i64,
}

/// One node that writes.
#[derive(Debug)]
struct Author {
    secret: [u8; 32],
    signer: Signer,
    chains: BTreeMap<Scope, Chain>,
}

impl Town {
    /// A town of so many nodes that carry every reader's scopes; node 0 is headquarters.
    pub fn of(nodes: usize) -> Self {
        let mut town = Self {
            root: Signer::new(Scheme::Ed25519, &noise("root", 0)),
            officer: Signer::new(Scheme::Ed25519, &noise("officer", 0)),
            authors: Vec::new(),
            credentials: Vec::new(),
            counter: 0,
            seconds: BEGINS,
        };
        let office = "訓練".to_owned();
        let act = Appoint { officer: town.officer.officer(), office, issued_at: BEGINS };
        let appointed = Envelope::seal(town.id(), &town.root, CredentialKind::APPOINT, &act);
        town.credentials.push(appointed);
        for number in 0..nodes {
            let secret = noise("node", number);
            let signer = Signer::new(Scheme::Ed25519, &secret);
            let role = if number == 0 { Role::Headquarters } else { Role::Reader };
            town.admit(signer.node(), role, site(number), &Scope::EVERY_READER);
            town.authors.push(Author { secret, signer, chains: BTreeMap::new() });
        }
        town
    }

    /// Admits a node to read and write these scopes.
    pub fn admit(&mut self, node: NodeId, role: Role, site: SiteId, scopes: &[Scope]) {
        let writable = |scope: &Scope| Writable { scope: *scope, kinds: Vec::new() };
        let act = Admit {
            node,
            name: format!("訓練端末 {}", node.short()),
            role,
            sites: vec![site],
            reads: Vec::new(),
            writes: scopes.iter().map(writable).collect(),
            budgets: Vec::new(),
            age_recipient: None,
            issued_at: BEGINS,
        };
        let admitted = Envelope::seal(self.id(), &self.officer, CredentialKind::ADMIT, &act);
        self.credentials.push(admitted);
    }

    /// Admits a node of the town to the register too.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn admit_to_register(&mut self, node: usize) -> anyhow::Result<()> {
        self.admit(self.node(node)?, Role::Reader, site(node), &[Scope::Register]);
        Ok(())
    }

    /// The town's id.
    pub fn id(&self) -> TownId {
        town_of(&self.root.public())
    }

    /// The key that makes the town.
    pub fn root(&self) -> PublicKey {
        self.root.public()
    }

    /// Everything the authority signed.
    pub fn credentials(&self) -> &[Envelope] {
        &self.credentials
    }

    /// The secret key of a node, for its engine.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn secret(&self, node: usize) -> anyhow::Result<[u8; 32]> {
        Ok(self.authors.get(node).context("there is no such node")?.secret)
    }

    /// The name of a node.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn node(&self, node: usize) -> anyhow::Result<NodeId> {
        Ok(self.authors.get(node).context("there is no such node")?.signer.node())
    }

    /// The time up to which the town has written.
    pub fn now(&self) -> i64 {
        self.seconds
    }

    /// Writes one entry under a seal of its own, as a tap does, and says which it became.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn write(
        &mut self,
        disk: &mut MemoryJournals,
        node: usize,
        scope: Scope,
        entry: (Kind, Vec<u8>),
    ) -> anyhow::Result<EntryId> {
        let town = self.id();
        let author = self.authors.get_mut(node).context("there is no such node")?;
        let mut entries = vec![entry];
        let chain = author.chains.entry(scope).or_insert_with(|| {
            let opening = Opening {
                node: author.signer.node(),
                scope,
                life: 1,
                nonce: minicbor::bytes::ByteArray::from(noise::<16>("nonce", node)),
                predecessor: None,
            };
            entries.insert(0, (Kind::OPENING, opening.to_bytes()));
            Chain::new(town, opening)
        });
        self.seconds += 1;
        let wall = Wall { seconds: self.seconds, confidence: Confidence::Synced };
        let block_first = chain.tip().block_first();
        let counter = self.counter + 1;
        let (batch, tip) = seal_entries(&author.signer, town, chain, &entries, counter, wall);
        self.counter = tip.position.counter;
        chain.advance(tip);
        let entry = EntryId { journal: chain.journal(), seq: tip.position.seq };
        disk.append(batch.batch().clone(), block_first);
        Ok(entry)
    }

    /// Writes one fact. See [`write`](Self::write).
    ///
    /// # Errors
    /// When there is no such node.
    pub fn record(
        &mut self,
        disk: &mut MemoryJournals,
        node: usize,
        scope: Scope,
        fact: &Fact,
    ) -> anyhow::Result<EntryId> {
        self.write(disk, node, scope, (fact.kind(), fact.encode()))
    }

    /// Headquarters opens the drill's incident.
    ///
    /// # Errors
    /// When the town has no node.
    pub fn open_incident(&mut self, disk: &mut MemoryJournals) -> anyhow::Result<()> {
        let fact = IncidentOpened {
            incident: INCIDENT,
            kind: IncidentKind::Drill,
            hazards: vec![Hazard::Flood],
            title: "訓練".into(),
            happened_at: None,
        };
        self.record(disk, 0, Scope::Shelter, &Fact::from(fact))?;
        Ok(())
    }

    /// A node opens its shelter.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn open_site(
        &mut self,
        disk: &mut MemoryJournals,
        node: usize,
        at: SiteId,
    ) -> anyhow::Result<()> {
        let fact = SiteStateSet {
            incident: INCIDENT,
            site: at,
            state: SiteState::Open,
            saw: Saw::NOTHING,
            happened_at: None,
        };
        self.record(disk, node, Scope::Shelter, &Fact::from(fact))?;
        Ok(())
    }

    /// Headquarters links a token to each of so many people.
    ///
    /// # Errors
    /// When the town has no node.
    pub fn link_tokens(&mut self, disk: &mut MemoryJournals, people: usize) -> anyhow::Result<()> {
        for number in 0..people {
            let fact = TokenSet {
                token: token(number),
                person: person(number),
                state: TokenState::Active,
                saw: Saw::NOTHING,
                happened_at: None,
            };
            self.record(disk, 0, Scope::Tokens, &Fact::from(fact))?;
        }
        Ok(())
    }
}

/// Somebody comes or goes at a node's shelter.
pub fn presence(who: usize, at: SiteId, act: Act, saw: Saw) -> Fact {
    Fact::from(Presence {
        incident: INCIDENT,
        person: person(who),
        site: at,
        act,
        assurance: Assurance::Vouched,
        saw,
        happened_at: None,
        destination: None,
    })
}

/// The place of a node.
pub fn site(node: usize) -> SiteId {
    SiteId(noise("site", node))
}

/// A person of the town.
pub fn person(number: usize) -> PersonId {
    PersonId(noise("person", number))
}

/// A person's token.
pub fn token(number: usize) -> TokenTag {
    TokenTag(noise("token", number))
}

/// Bytes that look random and are the same in every run.
pub fn noise<const N: usize>(what: &str, number: usize) -> [u8; N] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(what.as_bytes()).update(&number.to_le_bytes());
    let mut bytes = [0; N];
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

/// Nine fields of somebody who does not exist.
pub fn register_fields(number: usize) -> Vec<(FieldId, Value)> {
    let text = |text: String| Value::Text(text);
    vec![
        (field::PERSON_NAME, text(format!("訓練データ 太郎{number}"))),
        (field::PERSON_KANA, text(format!("クンレンデータ タロウ{number}"))),
        (field::PERSON_BIRTH, text(format!("{}-04-{:02}", 1930 + number % 90, 1 + number % 28))),
        (field::PERSON_SEX, text("不明".into())),
        (field::PERSON_ADDRESS, text(format!("訓練データ町大字訓練{number}番地"))),
        (field::PERSON_DISTRICT, text(format!("訓練{}区", number % 20))),
        (field::PERSON_HOUSEHOLD, Value::Bytes(noise::<8>("household", number / 3).to_vec())),
        (field::PERSON_PHONE, text(format!("000-0000-{:04}", number % 10_000))),
        (field::PERSON_NEEDS_CARE, Value::Bool(number.is_multiple_of(9))),
    ]
}
