//! Which ids are one person, and whom a card stands for.

use std::collections::{BTreeMap, BTreeSet};

use digiana_core::engine::folds::Folds;
use digiana_core::fact::TokenFact;
use digiana_core::fact::token::{TokenSet, TokenState};
use digiana_core::id::PersonId;
use digiana_core::service::tokens::Resolved;
use digiana_core::token::TokenTag;

use super::Recorded;
use super::difference::{Checker, Differences};
use super::register::Writes;

/// Ids and cards.
#[derive(Debug, Default)]
pub struct Persons<'a> {
    // Every card that was ever given to anybody, held here or not.
    tokens: BTreeMap<TokenTag, Writes<'a, TokenSet>>,
    // The id made in haste and the register's.
    joins: Vec<(PersonId, PersonId)>,
    // Everyone with several ids: the one that stands for all, of each.
    heads: BTreeMap<PersonId, PersonId>,
}

impl<'a> Persons<'a> {
    pub(super) fn mention(&mut self, fact: &TokenFact) {
        match fact {
            TokenFact::TokenSet(fact) => drop(self.tokens.entry(fact.token).or_default()),
            // No desk of a simulated town takes keys down: the core's own tests hold them.
            TokenFact::PersonsJoined(_) | TokenFact::TokenKey(_) => {}
        }
    }

    pub(super) fn take(&mut self, recorded: &'a Recorded, fact: &'a TokenFact) {
        match fact {
            TokenFact::TokenSet(fact) => {
                self.tokens.entry(fact.token).or_default().push(recorded, fact);
            }
            TokenFact::PersonsJoined(fact) => self.joins.push((fact.walk_in, fact.person)),
            TokenFact::TokenKey(_) => {}
        }
    }

    /// Joins are transitive. Of the ids that nobody called a walk-in the smallest stands for all,
    /// else the smallest of all.
    pub(super) fn settle(&mut self) {
        let mut groups: Vec<BTreeSet<PersonId>> = Vec::new();
        for (walk_in, person) in &self.joins {
            let mut group = BTreeSet::from([*walk_in, *person]);
            groups.retain_mut(|held| {
                let apart = held.is_disjoint(&group);
                if !apart {
                    group.append(held);
                }
                apart
            });
            groups.push(group);
        }
        let walk_ins: BTreeSet<PersonId> = self.joins.iter().map(|(walk_in, _)| *walk_in).collect();
        for group in groups {
            let head = group.difference(&walk_ins).next().or_else(|| group.first()).copied();
            let head = head.expect("a group holds the two ids of a join");
            self.heads.extend(group.into_iter().map(|id| (id, head)));
        }
    }

    /// The id that stands for all ids of a person.
    pub fn head(&self, person: PersonId) -> PersonId {
        self.heads.get(&person).copied().unwrap_or(person)
    }

    /// Whom a card stands for. Two people are a conflict; where only the state is disputed, the
    /// stricter one holds.
    pub fn resolve(&self, token: TokenTag) -> Resolved {
        let current = self.tokens.get(&token).map(Writes::current).unwrap_or_default();
        let persons: BTreeSet<PersonId> =
            current.iter().map(|(_, fact)| self.head(fact.person)).collect();
        let says = |state| current.iter().any(|(_, fact)| fact.state == state);
        match (persons.first(), persons.len()) {
            (None, _) => Resolved::Unknown,
            (Some(person), 1) if says(TokenState::Ended) => Resolved::Ended(*person),
            (Some(person), 1) if says(TokenState::Suspended) => Resolved::Suspended(*person),
            (Some(person), 1) => Resolved::Person(*person),
            (Some(_), _) => Resolved::Conflict(persons.into_iter().collect()),
        }
    }

    pub(super) fn compare(&self, shown: &Folds, differences: &mut Differences) {
        let tokens = &shown.tokens;
        let joined = tokens.joined().flatten().collect::<Vec<PersonId>>();
        let ids: BTreeSet<PersonId> = self.heads.keys().copied().chain(joined).collect();
        for id in ids {
            let shown = tokens.canonical(id);
            differences.check(Checker::SamePerson, &id, &self.head(id), &shown);
        }
        for (token, writes) in &self.tokens {
            let about = format_args!("{token:?}");
            let current = writes.current();
            let entries: Vec<_> = current.iter().map(|(write, _)| write.entry).collect();
            let held = tokens.token(*token).into_iter().flat_map(|held| held.current());
            let held = held.map(|write| write.entry).collect();
            differences.check(Checker::Token, &about, &entries, &held);
            let resolved = (self.resolve(*token), tokens.resolve(*token));
            differences.check(Checker::Token, &about, &resolved.0, &resolved.1);
        }
    }
}
