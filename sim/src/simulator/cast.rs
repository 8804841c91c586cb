//! Who takes part: the posts of the town, what they may carry, and which lines run between them.

use digiana_core::credential::admit::{Admit, Appoint, Role, Writable};
use digiana_core::credential::{CredentialKind, Envelope, town_of};
use digiana_core::fact::Kind;
use digiana_core::id::{NodeId, SiteId, TownId};
use digiana_core::scope::Scope;
use digiana_core::sign::{PublicKey, Scheme, Signer};

use crate::rng::Rng;

/// What a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Post {
    /// 災害対策本部
    Headquarters,
    /// A shelter's desk.
    Shelter,
    /// A bus: it hears others at depots only.
    Bus,
    /// A school's gate.
    School,
    /// A facility people visit for their health.
    Facility,
    /// A shop that takes points.
    Shop,
}

/// The posts of a town in the order in which they join, over and over.
const JOINING: [Post; 10] = [
    Post::Shelter,
    Post::Bus,
    Post::School,
    Post::Facility,
    Post::Shop,
    Post::Shelter,
    Post::Facility,
    Post::Shelter,
    Post::Shop,
    Post::Shelter,
];

/// How many depots a bus calls at.
const DEPOTS: usize = 3;

impl Post {
    /// The posts of a town of so many nodes; the first is headquarters.
    pub fn of_town(nodes: usize) -> Vec<Self> {
        let others = JOINING.iter().copied().cycle();
        std::iter::once(Self::Headquarters).chain(others).take(nodes).collect()
    }

    /// Its word in a trace.
    pub fn word(self) -> &'static str {
        match self {
            Self::Headquarters => "hq",
            Self::Shelter => "shelter",
            Self::Bus => "bus",
            Self::School => "school",
            Self::Facility => "facility",
            Self::Shop => "shop",
        }
    }
}

/// How good a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// How long a packet takes, in microseconds.
    pub delay_us: u32,
    /// How many packets in a thousand are lost.
    pub lost_per_mille: u32,
    /// How many in a thousand come twice.
    pub doubled_per_mille: u32,
    /// How many in a thousand are overtaken.
    pub overtaken_per_mille: u32,
    /// How many bits a second it carries; none for more than a town has to say.
    pub bits_per_second: Option<u32>,
}

impl Quality {
    /// From now on it loses nothing, puts nothing out of order, and carries as much as comes.
    pub(super) fn be_good(&mut self) {
        let delay_us = self.delay_us;
        *self = Self {
            delay_us,
            lost_per_mille: 0,
            doubled_per_mille: 0,
            overtaken_per_mille: 0,
            bits_per_second: None,
        };
    }
}

/// A line between two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Road {
    /// Its ends.
    pub ends: [usize; 2],
    /// How good it is.
    pub quality: Quality,
    /// Whether it is there only while a bus calls.
    pub is_depot: bool,
}

/// The site of a node.
pub fn site(node: usize) -> SiteId {
    let [.., a, b] = node.to_be_bytes();
    SiteId([0x51, 0x7e, 0, 0, 0, 0, a, b])
}

/// The lines of a town.
pub fn roads(posts: &[Post], rng: &mut Rng) -> Vec<Road> {
    let fixed: Vec<usize> =
        (0..).zip(posts).filter(|(_, post)| **post != Post::Bus).map(|(node, _)| node).collect();
    let mut roads = Vec::new();
    let mut join = |one: usize, other: usize, is_depot: bool, rng: &mut Rng| {
        let ends = [one.min(other), one.max(other)];
        roads.push(Road { ends, quality: quality(rng), is_depot });
    };
    for (node, post) in (0..).zip(posts) {
        match post {
            Post::Headquarters => {}
            Post::Bus => {
                let depots = fixed.iter().step_by(fixed.len().div_ceil(DEPOTS).max(1));
                depots.take(DEPOTS).for_each(|depot| join(node, *depot, true, rng));
            }
            Post::Shelter | Post::School | Post::Facility | Post::Shop => {
                join(0, node, false, rng);
                // A neighbour over the valley, so that headquarters is not the only road.
                let neighbour = fixed.iter().copied().find(|other| *other > node);
                if let Some(neighbour) = neighbour.filter(|_| *post == Post::Shelter) {
                    join(node, neighbour, false, rng);
                }
            }
        }
    }
    roads
}

fn quality(rng: &mut Rng) -> Quality {
    let clean = Quality {
        delay_us: rng.between(300, 20_000),
        lost_per_mille: 0,
        doubled_per_mille: 0,
        overtaken_per_mille: 0,
        bits_per_second: None,
    };
    match rng.below(6) {
        // A radio in the rain.
        0 => Quality {
            delay_us: rng.between(20_000, 120_000),
            lost_per_mille: rng.between(50, 300),
            doubled_per_mille: 20,
            overtaken_per_mille: 50,
            ..clean
        },
        1 => Quality {
            delay_us: rng.between(40_000, 90_000),
            bits_per_second: Some(256_000),
            ..clean
        },
        _ => clean,
    }
}

/// The keys of a town, all drawn from its seed.
#[derive(Debug)]
pub struct Keys {
    scheme: Scheme,
    root: Signer,
    officer: Signer,
    nodes: Vec<[u8; 32]>,
}

impl Keys {
    /// The keys of a town of so many nodes.
    pub fn draw(scheme: Scheme, nodes: usize, rng: &mut Rng) -> Self {
        let mut secret = || {
            let mut secret = [0; 32];
            rng.fill(&mut secret);
            secret
        };
        let root = Signer::new(scheme, &secret());
        let officer = Signer::new(scheme, &secret());
        let nodes = (0..nodes).map(|_| secret()).collect();
        Self { scheme, root, officer, nodes }
    }

    /// The arithmetic of its signatures.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The key that makes the town.
    pub fn root(&self) -> PublicKey {
        self.root.public()
    }

    /// The town's id.
    pub fn town(&self) -> TownId {
        town_of(&self.root.public())
    }

    /// A node's key.
    pub fn signer(&self, node: usize) -> Signer {
        Signer::new(self.scheme, self.nodes.get(node).expect("a node of this town"))
    }

    /// A node's name.
    pub fn node(&self, node: usize) -> NodeId {
        self.signer(node).node()
    }

    /// The officer's appointment.
    pub fn appointment(&self) -> Envelope {
        let office = "訓練データ".to_owned();
        let act = Appoint { officer: self.officer.officer(), office, issued_at: 1 };
        Envelope::seal(self.town(), &self.root, CredentialKind::APPOINT, &act)
    }

    /// What a node is admitted to at first. One that is admitted late begins narrow.
    pub fn admission(&self, node: usize, post: Post, posts: &[Post], narrow: bool) -> Envelope {
        let mut scopes = Scope::EVERY_READER.to_vec();
        if !narrow {
            scopes.extend(also_carried(node, post, posts));
        }
        let kinds = |_: &Scope| -> Vec<Kind> { Vec::new() };
        self.admit(node, post, scopes.iter().map(|s| Writable { scope: *s, kinds: kinds(s) }))
    }

    /// A wider admission: names too.
    pub fn widening(&self, node: usize, post: Post) -> Envelope {
        let scopes = [Scope::Register, Scope::Notices];
        self.admit(node, post, scopes.map(|scope| Writable { scope, kinds: Vec::new() }))
    }

    fn admit(
        &self,
        node: usize,
        post: Post,
        writes: impl IntoIterator<Item = Writable>,
    ) -> Envelope {
        let act = Admit {
            node: self.node(node),
            name: format!("訓練端末{node}"),
            role: if post == Post::Headquarters { Role::Headquarters } else { Role::Reader },
            sites: vec![site(node)],
            reads: Vec::new(),
            writes: writes.into_iter().collect(),
            budgets: Vec::new(),
            age_recipient: None,
            issued_at: 2,
        };
        Envelope::seal(self.town(), &self.officer, CredentialKind::ADMIT, &act)
    }
}

/// What a post carries beside what every reader does.
fn also_carried(node: usize, post: Post, posts: &[Post]) -> Vec<Scope> {
    match post {
        Post::Headquarters => {
            let schools = (0..).zip(posts).filter(|(_, post)| **post == Post::School);
            let schools = schools.map(|(node, _)| Scope::School(site(node)));
            [Scope::Register].into_iter().chain(schools).collect()
        }
        Post::Shelter => vec![Scope::Register, Scope::Care(site(node))],
        Post::School => vec![Scope::School(site(node))],
        Post::Bus | Post::Facility | Post::Shop => Vec::new(),
    }
}
