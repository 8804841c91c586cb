//! Everything the admitted facts fold into, and which service decides and folds what.

use std::collections::BTreeMap;

use super::input::Command;
use crate::fact::Fact;
use crate::id::SiteId;
use crate::scope::Scope;
use crate::service::asked::Context;
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::school::fold::SchoolFold;
use crate::service::shelter::fold::ShelterFold;
use crate::service::tokens::TokenFold;
use crate::service::transport::fold::TransportFold;
use crate::service::wellbeing::fold::WellbeingFold;
use crate::service::{Fold, Origin, corrections, school, shelter, transport, wellbeing};

/// The version of all folds together: it changes when the same facts fold into something else.
pub const FOLD_VERSION: u32 = 5;

/// The state of every scope this node holds.
#[derive(Debug, Default)]
pub struct Folds {
    /// Presence and incidents.
    pub shelter: ShelterFold,
    /// Tokens and joined persons.
    pub tokens: TokenFold,
    /// Ticket books and rides.
    pub transport: TransportFold,
    /// Visits and points.
    pub wellbeing: WellbeingFold,
    schools: BTreeMap<SiteId, SchoolFold>,
    records: BTreeMap<Scope, RecordsFold>,
    unknown: BTreeMap<Scope, u64>,
    // What stands for a scope of which nothing was ever written.
    no_records: RecordsFold,
    no_school: SchoolFold,
}

impl Folds {
    /// Takes up one fact of `scope`.
    pub fn apply(&mut self, scope: Scope, origin: &Origin, fact: &Fact) {
        match scope {
            Scope::Shelter => self.shelter.apply(origin, fact),
            Scope::Tokens => self.tokens.apply(origin, fact),
            Scope::Transport => self.transport.apply(origin, fact),
            Scope::Wellbeing => self.wellbeing.apply(origin, fact),
            Scope::School(site) => {
                self.schools.entry(site).or_default().apply(origin, fact);
                self.records.entry(scope).or_default().apply(origin, fact);
            }
            Scope::Town
            | Scope::Register
            | Scope::Care(_)
            | Scope::Notices
            | Scope::Staff
            | Scope::Public => self.records.entry(scope).or_default().apply(origin, fact),
        }
    }

    /// What a command comes to, by what is known now: each fact with its scope.
    ///
    /// # Errors
    /// The first refusal that applies.
    pub fn decide(
        &self,
        command: &Command,
        context: &Context,
    ) -> Result<Vec<(Scope, Fact)>, Refusal> {
        let (scope, facts) = match command {
            Command::Shelter(command) => {
                let known = shelter::decide::Known {
                    shelter: &self.shelter,
                    tokens: &self.tokens,
                    register: self.records(Scope::Register),
                };
                (command.scope(), shelter::decide::decide(&known, command, context)?)
            }
            Command::Transport(command) => {
                let known = transport::decide::Known {
                    transport: &self.transport,
                    tokens: &self.tokens,
                    town: self.records(Scope::Town),
                };
                (Scope::Transport, transport::decide::decide(&known, command, context)?)
            }
            Command::Wellbeing(command) => {
                let known = wellbeing::decide::Known {
                    wellbeing: &self.wellbeing,
                    tokens: &self.tokens,
                    town: self.records(Scope::Town),
                };
                (Scope::Wellbeing, wellbeing::decide::decide(&known, command, context)?)
            }
            Command::School(command) => {
                let school = command.school.or(context.site).ok_or(Refusal::NoSite)?;
                let known = school::decide::Known {
                    school: self.school(school),
                    site: school,
                    pupils: self.records(Scope::School(school)),
                    tokens: &self.tokens,
                    town: self.records(Scope::Town),
                };
                (Scope::School(school), school::decide::decide(&known, command, context)?)
            }
            Command::Edit { scope, edits } => {
                (*scope, edits.iter().cloned().map(Fact::Edit).collect())
            }
            Command::Correct { scope, target, reason } => {
                (*scope, vec![corrections::decide(self.of_scope(*scope), *target, reason)?])
            }
            Command::Together(commands) => {
                let mut facts = Vec::new();
                for command in commands {
                    facts.extend(self.decide(command, context)?);
                }
                return Ok(facts);
            }
        };
        Ok(facts.into_iter().map(|fact| (scope, fact)).collect())
    }

    /// Who is at a school.
    pub fn school(&self, site: SiteId) -> &SchoolFold {
        self.schools.get(&site).unwrap_or(&self.no_school)
    }

    /// Every school of which anything is recorded.
    pub fn schools(&self) -> impl Iterator<Item = (SiteId, &SchoolFold)> {
        self.schools.iter().map(|(site, school)| (*site, school))
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
            Scope::Transport => self.transport = TransportFold::default(),
            Scope::Wellbeing => self.wellbeing = WellbeingFold::default(),
            Scope::School(site) => drop(self.schools.remove(&site)),
            Scope::Town
            | Scope::Register
            | Scope::Care(_)
            | Scope::Notices
            | Scope::Staff
            | Scope::Public => {}
        }
    }

    /// Sixteen bytes that two replicas share exactly when a scope shows the same on both.
    pub fn digest(&self, scope: Scope) -> [u8; 16] {
        let folds = self.of_scope(scope);
        if let [fold] = folds.as_slice() {
            return fold.digest();
        }
        let mut hasher = blake3::Hasher::new();
        for fold in folds {
            hasher.update(&fold.digest());
        }
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        digest
    }

    /// Every fold that takes up facts of a scope.
    fn of_scope(&self, scope: Scope) -> Vec<&dyn Fold> {
        match scope {
            Scope::Shelter => vec![&self.shelter],
            Scope::Tokens => vec![&self.tokens],
            Scope::Transport => vec![&self.transport],
            Scope::Wellbeing => vec![&self.wellbeing],
            Scope::School(site) => {
                vec![self.school(site), self.records_or_nothing(scope)]
            }
            Scope::Town
            | Scope::Register
            | Scope::Care(_)
            | Scope::Notices
            | Scope::Staff
            | Scope::Public => vec![self.records_or_nothing(scope)],
        }
    }

    fn records_or_nothing(&self, scope: Scope) -> &RecordsFold {
        self.records.get(&scope).unwrap_or(&self.no_records)
    }
}
