//! What a node is admitted to, by its role.

use std::collections::BTreeSet;
use std::str::FromStr;

use digiana_core::credential::admit::{Admit, Role, Writable};
use digiana_core::id::{NodeId, SiteId};
use digiana_core::scope::Scope;

use crate::import::sites::{CommonId, SiteKey};

/// A node that is to be admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Its key.
    pub node: NodeId,
    /// What people call the device.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The places it works at.
    pub sites: BTreeSet<SiteId>,
    /// The scopes it may only read.
    pub reads: BTreeSet<Scope>,
    /// The scopes it may write, and so read.
    pub writes: BTreeSet<Scope>,
}

impl Admission {
    /// The admission of a role, with what its role may read and write.
    pub fn of_role(node: NodeId, name: String, role: Role, sites: BTreeSet<SiteId>) -> Self {
        let (reads, writes): (&[Scope], &[Scope]) = match role {
            Role::Reader => (
                &[Scope::Town],
                &[Scope::Tokens, Scope::Shelter, Scope::Transport, Scope::Wellbeing],
            ),
            Role::Headquarters => (
                &[],
                &[
                    Scope::Town,
                    Scope::Tokens,
                    Scope::Shelter,
                    Scope::Transport,
                    Scope::Wellbeing,
                    Scope::Register,
                    Scope::Notices,
                    Scope::Staff,
                    Scope::Public,
                ],
            ),
            // It faces the internet: whoever takes it over can still not write a word.
            Role::Public => (&[Scope::Town, Scope::Public], &[]),
        };
        let reads = reads.iter().copied().collect();
        let writes = writes.iter().copied().collect();
        Self { node, name, role, sites, reads, writes }
    }

    /// Adds what a desk needs: names, and the care of those who are at its sites.
    #[must_use]
    pub fn with_desk(mut self) -> Self {
        self.writes.insert(Scope::Register);
        // A place that nobody foresaw, and that a key box was opened.
        self.writes.insert(Scope::Town);
        self.writes.extend(self.sites.iter().map(|site| Scope::Care(*site)));
        self
    }

    /// The credential's body.
    pub(super) fn to_admit(&self, issued_at: i64) -> Admit {
        let only_read = self.reads.difference(&self.writes).copied();
        let writable = |scope: &Scope| Writable { scope: *scope, kinds: Vec::new() };
        Admit {
            node: self.node,
            name: self.name.clone(),
            role: self.role,
            sites: self.sites.iter().copied().collect(),
            reads: only_read.collect(),
            writes: self.writes.iter().map(writable).collect(),
            budgets: Vec::new(),
            age_recipient: None,
            issued_at,
        }
    }
}

/// A text that names no node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotANode {
    /// It is too short or too long.
    #[error(
        "a NodeId has 64 hexadecimal digits, this has {0} characters; `digiana-node init` prints it"
    )]
    Length(usize),
    /// It holds something else.
    #[error("a NodeId has hexadecimal digits only, 0-9 and a-f; `digiana-node init` prints it")]
    Digits,
}

/// Reads a NodeId as `digiana-node init` prints it.
///
/// # Errors
/// [`NotANode`], which says how many digits there are.
pub fn parse_node(text: &str) -> Result<NodeId, NotANode> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars != 2 * NodeId::LEN {
        return Err(NotANode::Length(chars));
    }
    NodeId::from_str(text).map_err(|_| NotANode::Digits)
}

/// A text that names no site.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a site is 16 hexadecimal digits, or the first 11 characters of its 共通ID in GSI's file, \
     such as E3244800001"
)]
pub struct NotASite;

/// Reads a site: its id, its GSI key, or a whole 共通ID.
///
/// # Errors
/// [`NotASite`].
pub fn parse_site(text: &str) -> Result<SiteId, NotASite> {
    let text = text.trim();
    let by_key = || Some(SiteKey::parse(text)?.site_id());
    let by_common_id = || Some(CommonId::parse(text)?.site_key().site_id());
    text.parse().ok().or_else(by_key).or_else(by_common_id).ok_or(NotASite)
}
