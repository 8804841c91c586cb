//! The tokens scope's facts, folded: whom a token stands for, and which ids are one person.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::token::{PersonsJoined, TokenKey, TokenSet, TokenState};
use crate::fact::{Fact, TokenFact};
use crate::id::{EntryId, JournalId, NodeId, PersonId};
use crate::register::{Register, Saw, Write};
use crate::token::TokenTag;
use crate::token::proof::ProofKey;

use super::canon::{Canon, Canonical};
use super::corrections::Corrections;
use super::digested::Digested;
use super::stamp::{Authors, Stamp, Stamped, hash_in, is_meant, withdraw};
use super::{Fold, Origin, Standing};

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// Nobody gave it to anybody.
    Unknown,
    /// That person, by the id that stands for all ids of theirs.
    Person(PersonId),
    /// It was reported lost; whose it was.
    Suspended(PersonId),
    /// It is not in use any more; whose it was.
    Ended(PersonId),
    /// Places that could not hear each other gave it to different people.
    Conflict(Vec<PersonId>),
}

/// A token was given to a person, suspended or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenWrite {
    stamp: Stamp,
    happened_at: Option<i64>,
    /// Whom it stands for, by the id that was known then.
    pub person: PersonId,
    /// Whether it opens doors.
    pub state: TokenState,
}

/// A card's public key was taken down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyWrite {
    stamp: Stamp,
    happened_at: Option<i64>,
    /// The key.
    pub key: ProofKey,
}

/// Two ids were found to be the same human being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    stamp: Stamp,
    happened_at: Option<i64>,
    /// The id made in haste.
    pub walk_in: PersonId,
    /// The id of the register.
    pub person: PersonId,
}

macro_rules! stamped {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl Stamped for $name {
            fn stamp(&self) -> &Stamp {
                &self.stamp
            }

            fn happened_at(&self) -> Option<i64> {
                self.happened_at
            }
        }

        impl Canonical for $name {
            fn put(&self, canon: &mut Canon) {
                canon.value(&self.happened_at)$(.value(&self.$field))*;
            }
        }
    )*};
}

stamped! {
    TokenWrite { person, state }
    KeyWrite { key }
    Join { walk_in, person }
}

/// All that the admitted facts of the tokens scope say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenFold {
    corrections: Corrections,
    authors: Authors,
    // Invariant: no register is empty.
    tokens: Digested<TokenTag, Register<TokenWrite>>,
    // Invariant: no register is empty.
    keys: Digested<TokenTag, Register<KeyWrite>>,
    joins: Register<Join>,
    // Invariant: every id of a joined person, with the one that stands for all; derived of `joins`.
    canonical: BTreeMap<PersonId, PersonId>,
}

impl TokenFold {
    /// Whom a token stands for.
    ///
    /// Places that agree on the person but not on the state: the stricter state holds.
    pub fn resolve(&self, token: TokenTag) -> Resolved {
        let Some(register) = self.tokens.get(&token) else { return Resolved::Unknown };
        let persons: BTreeSet<PersonId> =
            register.current().map(|write| self.canonical(write.value.person)).collect();
        let state = register.current().map(|write| write.value.state).max();
        let mut persons = persons.into_iter();
        match (persons.next(), persons.next(), state) {
            (Some(person), None, Some(TokenState::Active)) => Resolved::Person(person),
            (Some(person), None, Some(TokenState::Suspended)) => Resolved::Suspended(person),
            (Some(person), None, Some(TokenState::Ended)) => Resolved::Ended(person),
            (Some(first), Some(second), _) => {
                Resolved::Conflict([first, second].into_iter().chain(persons).collect())
            }
            (None, _, _) | (Some(_), None, None) => Resolved::Unknown,
        }
    }

    /// Everything recorded of a token.
    pub fn token(&self, token: TokenTag) -> Option<&Register<TokenWrite>> {
        self.tokens.get(&token)
    }

    /// The keys that a token may prove itself with: one, or several where places that could not hear
    /// each other read different ones, or none where no desk took one down.
    pub fn proof_keys(&self, token: TokenTag) -> impl Iterator<Item = &ProofKey> {
        self.keys.get(&token).into_iter().flat_map(Register::current).map(|write| &write.value.key)
    }

    /// What somebody has seen who looks at a token's key now.
    pub fn key_saw(&self, token: TokenTag) -> Saw {
        self.keys.get(&token).map_or(Saw::NOTHING, Register::saw)
    }

    /// The tokens that now stand for a person, whatever their state.
    pub fn tokens_of(&self, person: PersonId) -> impl Iterator<Item = (TokenTag, TokenState)> {
        let person = self.canonical(person);
        self.tokens.keys().filter_map(move |token| match self.resolve(*token) {
            Resolved::Person(held) => (held == person).then_some((*token, TokenState::Active)),
            Resolved::Suspended(held) => {
                (held == person).then_some((*token, TokenState::Suspended))
            }
            Resolved::Ended(held) => (held == person).then_some((*token, TokenState::Ended)),
            Resolved::Unknown | Resolved::Conflict(_) => None,
        })
    }

    /// The id that stands for all ids of a person: of the ids that were never called a walk-in the
    /// smallest, else the smallest of all.
    pub fn canonical(&self, person: PersonId) -> PersonId {
        self.canonical.get(&person).copied().unwrap_or(person)
    }

    /// Every id of a person, the one that stands for all first.
    pub fn aliases(&self, person: PersonId) -> Vec<PersonId> {
        let canonical = self.canonical(person);
        let others =
            self.canonical.iter().filter(|(id, of)| **of == canonical && **id != canonical);
        std::iter::once(canonical).chain(others.map(|(id, _)| *id)).collect()
    }

    /// Every person with more than one id: all ids, the one that stands for all first.
    pub fn joined(&self) -> impl Iterator<Item = Vec<PersonId>> {
        let heads: BTreeSet<PersonId> = self.canonical.values().copied().collect();
        heads.into_iter().map(|head| self.aliases(head))
    }

    /// Every join that counts.
    pub fn joins(&self) -> &[Write<Join>] {
        self.joins.writes()
    }

    /// Who writes a journal.
    pub fn author(&self, journal: JournalId) -> Option<NodeId> {
        self.authors.of(journal)
    }

    fn set(&mut self, origin: &Origin, fact: &TokenSet) {
        let TokenSet { token, person, state, ref saw, happened_at } = *fact;
        let value = TokenWrite { stamp: Stamp::of(origin), happened_at, person, state };
        let write = Write { entry: origin.entry, value, saw: saw.clone() };
        self.tokens.change(token, |register| register.insert(write));
    }

    fn take_key(&mut self, origin: &Origin, fact: &TokenKey) {
        let TokenKey { token, ref key, ref saw, happened_at } = *fact;
        let value = KeyWrite { stamp: Stamp::of(origin), happened_at, key: key.clone() };
        let write = Write { entry: origin.entry, value, saw: saw.clone() };
        self.keys.change(token, |register| register.insert(write));
    }

    fn join(&mut self, origin: &Origin, fact: &PersonsJoined) {
        let PersonsJoined { walk_in, person, happened_at } = *fact;
        let value = Join { stamp: Stamp::of(origin), happened_at, walk_in, person };
        self.joins.insert(Write { entry: origin.entry, value, saw: Saw::NOTHING });
        self.regroup();
    }

    fn correct(&mut self, correct: &crate::fact::correct::Correct) {
        if withdraw(&mut self.joins, correct) {
            return self.regroup();
        }
        let held = self.tokens.iter().find(|(_, register)| is_meant(register, correct));
        if let Some(token) = held.map(|(token, _)| *token) {
            self.tokens.change(token, |register| withdraw(register, correct));
        }
        let held = self.keys.iter().find(|(_, register)| is_meant(register, correct));
        if let Some(token) = held.map(|(token, _)| *token) {
            self.keys.change(token, |register| withdraw(register, correct));
        }
    }

    /// Groups the ids anew. Joins are few: walk-ins that somebody recognised.
    fn regroup(&mut self) {
        let mut parent: BTreeMap<PersonId, PersonId> = BTreeMap::new();
        let joins = self.joins.writes().iter().map(|write| &write.value);
        for join in joins.clone() {
            let (one, other) = (root(&parent, join.walk_in), root(&parent, join.person));
            parent.insert(other, other);
            parent.insert(one, other);
        }
        let group: BTreeMap<PersonId, PersonId> =
            parent.keys().map(|id| (*id, root(&parent, *id))).collect();
        let walk_ins: BTreeSet<PersonId> = joins.map(|join| join.walk_in).collect();
        let mut heads: BTreeMap<PersonId, (bool, PersonId)> = BTreeMap::new();
        for (id, of) in &group {
            let rank = (walk_ins.contains(id), *id);
            heads.entry(*of).and_modify(|head| *head = rank.min(*head)).or_insert(rank);
        }
        let head = |of: &PersonId| heads.get(of).map_or(*of, |(_, head)| *head);
        self.canonical = group.iter().map(|(id, of)| (*id, head(of))).collect();
    }
}

/// The root of the tree of joined ids that an id is in.
fn root(parent: &BTreeMap<PersonId, PersonId>, mut id: PersonId) -> PersonId {
    // No tree has more levels than ids.
    for _ in 0..parent.len() {
        match parent.get(&id) {
            Some(of) if *of != id => id = *of,
            _ => break,
        }
    }
    id
}

impl Fold for TokenFold {
    fn apply(&mut self, origin: &Origin, fact: &Fact) {
        if origin.standing != Standing::Admitted {
            return;
        }
        self.authors.apply(origin);
        if let Fact::Correct(correct) = fact {
            self.corrections.apply(origin, correct);
            return self.correct(correct);
        }
        if self.corrections.of(origin.entry, origin.hash).is_some() {
            return;
        }
        let Fact::Token(fact) = fact else { return };
        match fact {
            TokenFact::TokenSet(fact) => self.set(origin, fact),
            TokenFact::PersonsJoined(fact) => self.join(origin, fact),
            TokenFact::TokenKey(fact) => self.take_key(origin, fact),
        }
    }

    fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    fn hash_of(&self, entry: EntryId) -> Option<[u8; 4]> {
        let token = || self.tokens.values().find_map(|register| hash_in(register, entry));
        let key = || self.keys.values().find_map(|register| hash_in(register, entry));
        hash_in(&self.joins, entry).or_else(token).or_else(key)
    }

    fn digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("tokens");
        canon.put(&self.corrections).put(&self.authors).put(&self.tokens).put(&self.joins);
        // A town in which nobody took a key down comes to what it came to before there were any.
        if !self.keys.is_empty() {
            canon.put(&self.keys);
        }
        canon.digest()
    }
}

#[cfg(test)]
mod tests;
