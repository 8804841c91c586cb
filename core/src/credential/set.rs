//! The credentials a replica holds, and what they say of each node.

use std::collections::{BTreeMap, BTreeSet};

use super::admit::{Admit, Appoint, Role};
use super::{CredentialKind, Envelope, town_of};
use crate::fact::Kind;
use crate::id::{CredentialId, NodeId, OfficerId, SiteId, TownId};
use crate::limits::{CREDENTIALS_MAX, NODES_MAX, PRESENT_BYTES_MAX, SHARED_SCOPES_MAX};
use crate::scope::Scope;
use crate::sign::{PublicKey, Scheme};
use crate::wire::Malformed;

/// Why a credential is not taken up. Whoever sent it broke the protocol, or is of another town.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialFault {
    /// Its bytes are none.
    #[error("a credential cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// Its body is not what its kind says.
    #[error("the body of credential {0} cannot be read")]
    BadBody(CredentialId),
    /// Its signature is not the issuer's.
    #[error("credential {0} is not signed by its issuer for this town")]
    BadSignature(CredentialId),
    /// Its issuer is no officer of this town.
    #[error("credential {0} is issued by a key that the town's root never appointed")]
    UnknownIssuer(CredentialId),
    /// The town would have more credentials than `limits` allows.
    #[error("the town already holds {CREDENTIALS_MAX} credentials")]
    TooMany,
    /// The town would have more nodes than `limits` allows.
    #[error("the town already admits {NODES_MAX} nodes")]
    TooManyNodes,
}

/// What became of an offered credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is new here.
    New(CredentialId),
    /// It was held already.
    Held,
}

/// What all admissions of a node say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What people call the device.
    pub name: String,
    /// What it is for; of several, the one that carries most.
    pub role: Role,
    /// The places it works at.
    pub sites: BTreeSet<SiteId>,
    /// Every scope it may read.
    pub reads: BTreeSet<Scope>,
    writes: BTreeMap<Scope, Kinds>,
    issued_at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kinds {
    All,
    Only(BTreeSet<Kind>),
}

impl Standing {
    /// Whether it may write anything in `scope`.
    pub fn writes(&self, scope: Scope) -> bool {
        self.writes.contains_key(&scope)
    }

    /// Whether it may write facts of `kind` in `scope`. The journal's own kinds come with any.
    pub fn may_write(&self, scope: Scope, kind: Kind) -> bool {
        match self.writes.get(&scope) {
            None => false,
            Some(Kinds::All) => true,
            Some(Kinds::Only(kinds)) => kind <= Kind::RECLAIM || kinds.contains(&kind),
        }
    }
}

/// All credentials held, and what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSet {
    scheme: Scheme,
    town: TownId,
    root: PublicKey,
    held: BTreeMap<CredentialId, Envelope>,
    officers: BTreeSet<OfficerId>,
    nodes: BTreeMap<NodeId, Standing>,
    // Invariant: the digest of `held`'s ids, in their order.
    digest: [u8; 8],
}

impl CredentialSet {
    /// The empty set of the town that `root` makes.
    pub fn new(scheme: Scheme, root: PublicKey) -> Self {
        let mut set = Self {
            scheme,
            town: town_of(&root),
            root,
            held: BTreeMap::new(),
            officers: BTreeSet::new(),
            nodes: BTreeMap::new(),
            digest: [0; 8],
        };
        set.digest = set.digest_now();
        set
    }

    /// The town it is of.
    pub fn town(&self) -> TownId {
        self.town
    }

    /// The arithmetic of its signatures.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Eight bytes that two replicas share exactly when they hold the same credentials.
    pub fn digest(&self) -> [u8; 8] {
        self.digest
    }

    /// Takes up a credential after checking it up to the root.
    ///
    /// # Errors
    /// [`CredentialFault`] when it does not hold; the set is as before.
    pub fn insert(&mut self, envelope: &Envelope) -> Result<Taken, CredentialFault> {
        let id = envelope.id();
        if self.held.contains_key(&id) {
            return Ok(Taken::Held);
        }
        if self.held.len() >= CREDENTIALS_MAX {
            return Err(CredentialFault::TooMany);
        }
        envelope.verify(self.scheme, self.town).map_err(|_| CredentialFault::BadSignature(id))?;
        let by_root = envelope.issuer == self.root;
        let by_officer = self.officers.contains(&envelope.officer());
        match envelope.kind {
            CredentialKind::APPOINT if by_root => {
                let appoint: Appoint = body(envelope, id)?;
                self.officers.insert(appoint.officer);
            }
            CredentialKind::ADMIT if by_officer => {
                let admit: Admit = body(envelope, id)?;
                if !self.nodes.contains_key(&admit.node) && self.nodes.len() >= NODES_MAX {
                    return Err(CredentialFault::TooManyNodes);
                }
                self.admit(admit);
            }
            CredentialKind::APPOINT | CredentialKind::ADMIT => {
                return Err(CredentialFault::UnknownIssuer(id));
            }
            _ if by_root || by_officer => {}
            _ => return Err(CredentialFault::UnknownIssuer(id)),
        }
        self.held.insert(id, envelope.clone());
        self.digest = self.digest_now();
        Ok(Taken::New(id))
    }

    fn admit(&mut self, admit: Admit) {
        let standing = self.nodes.entry(admit.node).or_insert_with(|| Standing {
            name: String::new(),
            role: Role::Reader,
            sites: BTreeSet::new(),
            reads: BTreeSet::new(),
            writes: BTreeMap::new(),
            issued_at: i64::MIN,
        });
        // The latest admission names the device; equal dates fall to the greater name, so that
        // every replica shows the same one.
        if (admit.issued_at, &admit.name) > (standing.issued_at, &standing.name) {
            standing.name = admit.name;
            standing.issued_at = admit.issued_at;
        }
        standing.role = standing.role.max(admit.role);
        standing.sites.extend(admit.sites);
        standing.reads.extend(admit.reads);
        for writable in admit.writes {
            standing.reads.insert(writable.scope);
            let only: BTreeSet<Kind> = writable.kinds.into_iter().collect();
            let kinds = standing
                .writes
                .entry(writable.scope)
                .or_insert_with(|| Kinds::Only(BTreeSet::new()));
            match kinds {
                _ if only.is_empty() => *kinds = Kinds::All,
                Kinds::All => {}
                Kinds::Only(held) => held.extend(only),
            }
        }
    }

    /// What the admissions of `node` say together, if there are any.
    pub fn standing(&self, node: NodeId) -> Option<&Standing> {
        self.nodes.get(&node)
    }

    /// Every admitted node, by id.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Standing)> {
        self.nodes.iter().map(|(node, standing)| (*node, standing))
    }

    /// The nodes that may write in `scope`, by id: the places of a vector.
    pub fn writers(&self, scope: Scope) -> Vec<NodeId> {
        self.nodes().filter(|(_, standing)| standing.writes(scope)).map(|(node, _)| node).collect()
    }

    /// The scopes both nodes may read, in order: the places of a hello's bitmap.
    pub fn shared_scopes(&self, one: NodeId, other: NodeId) -> Vec<Scope> {
        self.shared(one, other).collect()
    }

    /// Whether a scope is one of those.
    pub fn is_shared(&self, one: NodeId, other: NodeId, scope: Scope) -> bool {
        self.shared(one, other).any(|shared| shared == scope)
    }

    fn shared(&self, one: NodeId, other: NodeId) -> impl Iterator<Item = Scope> {
        let both = self.standing(one).zip(self.standing(other)).into_iter();
        let shared = both.flat_map(|(one, other)| one.reads.intersection(&other.reads).copied());
        shared.take(SHARED_SCOPES_MAX)
    }

    /// The ids held, ascending.
    pub fn ids(&self) -> impl Iterator<Item = CredentialId> {
        self.held.keys().copied()
    }

    /// The credential of that id.
    pub fn get(&self, id: CredentialId) -> Option<&Envelope> {
        self.held.get(&id)
    }

    /// What `node` shows to a stranger: the appointments and admissions that vouch for it.
    pub fn introduction(&self, node: NodeId) -> Vec<Envelope> {
        let admits = self.held.values().filter(|held| held.kind == CredentialKind::ADMIT);
        let mut admits: Vec<(i64, &Envelope)> = admits
            .filter_map(|held| Some((minicbor::decode::<Admit>(&held.body).ok()?, held)))
            .filter(|(admit, _)| admit.node == node)
            .map(|(admit, held)| (admit.issued_at, held))
            .collect();
        // The newest first: a stranger is heard for one short frame only.
        admits.sort_by_key(|(issued_at, _)| std::cmp::Reverse(*issued_at));
        let mut shown: Vec<Envelope> = Vec::new();
        let mut bytes = 1;
        for (_, admit) in admits {
            let appoints = self.held.values().filter(|held| {
                held.kind == CredentialKind::APPOINT
                    && minicbor::decode::<Appoint>(&held.body)
                        .is_ok_and(|act| admit.officer() == act.officer)
            });
            let vouching = appoints.take(1).chain([admit]).filter(|it| !shown.contains(it));
            let vouching: Vec<Envelope> = vouching.cloned().collect();
            // Two bytes before each say how long it is.
            bytes += vouching.iter().map(|it| it.to_bytes().len() + 2).sum::<usize>();
            if bytes > PRESENT_BYTES_MAX {
                break;
            }
            shown.extend(vouching);
        }
        shown.sort_by_key(|envelope| envelope.kind);
        shown
    }

    fn digest_now(&self) -> [u8; 8] {
        let mut hasher = blake3::Hasher::new();
        for id in self.held.keys() {
            hasher.update(id.as_bytes());
        }
        let mut digest = [0; 8];
        hasher.finalize_xof().fill(&mut digest);
        digest
    }
}

fn body<'b, T: minicbor::Decode<'b, ()>>(
    envelope: &'b Envelope,
    id: CredentialId,
) -> Result<T, CredentialFault> {
    minicbor::decode(&envelope.body).map_err(|_| CredentialFault::BadBody(id))
}

#[cfg(test)]
mod tests;
