//! Everything the admitted facts fold into.

use std::collections::BTreeMap;

use crate::fact::Fact;
use crate::scope::Scope;
use crate::service::records::RecordsFold;
use crate::service::shelter::fold::ShelterFold;
use crate::service::tokens::TokenFold;
use crate::service::{Fold, Origin};

/// The version of all folds together: it changes when the same facts fold into something else.
pub const FOLD_VERSION: u32 = 2;

/// The state of every scope this node holds.
#[derive(Debug, Default)]
pub struct Folds {
    /// Presence and incidents.
    pub shelter: ShelterFold,
    /// Tokens and joined persons.
    pub tokens: TokenFold,
    records: BTreeMap<Scope, RecordsFold>,
    unknown: BTreeMap<Scope, u64>,
}

impl Folds {
    /// Takes up one fact of `scope`.
    pub(super) fn apply(&mut self, scope: Scope, origin: &Origin, fact: &Fact) {
        match scope {
            Scope::Shelter => self.shelter.apply(origin, fact),
            Scope::Tokens => self.tokens.apply(origin, fact),
            Scope::Town
            | Scope::Transport
            | Scope::Wellbeing
            | Scope::Register
            | Scope::Care(_)
            | Scope::School(_)
            | Scope::Notices
            | Scope::Staff
            | Scope::Public => self.records.entry(scope).or_default().apply(origin, fact),
        }
    }

    /// Notes an entry of a kind this version does not know.
    pub(super) fn note_unknown(&mut self, scope: Scope) {
        *self.unknown.entry(scope).or_default() += 1;
    }

    /// The shared records of a scope; none where nothing was ever written.
    pub fn records(&self, scope: Scope) -> Option<&RecordsFold> {
        self.records.get(&scope)
    }

    /// The shared records of every scope that has any.
    pub fn all_records(&self) -> Vec<(Scope, &RecordsFold)> {
        self.records.iter().map(|(scope, fold)| (*scope, fold)).collect()
    }

    /// How many entries of all scopes are of kinds this version does not know.
    pub fn unknown_in_all(&self) -> u64 {
        self.unknown.values().sum()
    }

    /// How many entries of a scope are of kinds this version does not know: its page says so.
    pub fn unknown(&self, scope: Scope) -> u64 {
        self.unknown.get(&scope).copied().unwrap_or(0)
    }

    /// Forgets what `scope` folded into, before it is folded again.
    pub(super) fn forget(&mut self, scope: Scope) {
        self.unknown.remove(&scope);
        self.records.remove(&scope);
        match scope {
            Scope::Shelter => self.shelter = ShelterFold::default(),
            Scope::Tokens => self.tokens = TokenFold::default(),
            Scope::Town
            | Scope::Transport
            | Scope::Wellbeing
            | Scope::Register
            | Scope::Care(_)
            | Scope::School(_)
            | Scope::Notices
            | Scope::Staff
            | Scope::Public => {}
        }
    }

    /// Sixteen bytes that two replicas share exactly when a scope shows the same on both.
    pub fn digest(&self, scope: Scope) -> [u8; 16] {
        match scope {
            Scope::Shelter => self.shelter.digest(),
            Scope::Tokens => self.tokens.digest(),
            Scope::Town
            | Scope::Transport
            | Scope::Wellbeing
            | Scope::Register
            | Scope::Care(_)
            | Scope::School(_)
            | Scope::Notices
            | Scope::Staff
            | Scope::Public => self
                .records
                .get(&scope)
                .map_or_else(|| RecordsFold::default().digest(), RecordsFold::digest),
        }
    }
}
