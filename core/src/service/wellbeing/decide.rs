//! The rules: what a command means, given what is known here and the time.
//!
//! Pure: the same knowledge, command and time give the same facts or the same refusal.

use std::cmp::Reverse as Descending;
use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Fact;
use crate::fact::shelter::Assurance;
use crate::fact::wellbeing::{Award, Grant, Reverse, Settle, Spend, Transfer, Visit};
use crate::fact::words::Words;
use crate::id::{EntryId, PersonId, SiteId};
use crate::limits::FACTS_PER_COMMAND_MAX;
use crate::service::asked::{Context, few, fits, past, reason};
use crate::service::lists::rule::{self, GivenFor};
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::stamp::Stamped as _;
use crate::service::tokens::{Resolved, TokenFold};
use crate::time::Day;
use crate::token::TokenTag;

use super::command::Command;
use super::fold::WellbeingFold;
use super::rows::What;

/// The most rules that give points for one visit: those that give most. A household of sixty-four
/// with as many grants each still fits one command.
pub const GRANTS_PER_VISIT_MAX: usize = 8;

/// What is known here.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The wellbeing scope.
    pub wellbeing: &'a WellbeingFold,
    /// The tokens scope.
    pub tokens: &'a TokenFold,
    /// The town scope's records: rules and lists.
    pub town: Option<&'a RecordsFold>,
}

/// Decides what a command means: at least one fact, or why not.
///
/// # Errors
/// The first refusal that applies, in the order of [`Refusal`].
pub fn decide(
    known: &Known<'_>,
    command: &Command,
    context: &Context,
) -> Result<Vec<Fact>, Refusal> {
    match command {
        Command::TapVisit { token, assurance } => {
            let person = known.person(*token)?;
            let coming = Coming { happened_at: None, temperature: None, assurance: *assurance };
            known.visit(&[person], context.site, &coming, context)
        }
        Command::TapSpend { token, assurance, points } => {
            let person = known.person(*token)?;
            let shop = context.site.ok_or(Refusal::NoSite)?;
            known.enough(person, *points)?;
            let (points, assurance) = (*points, *assurance);
            Ok(vec![Fact::from(Spend { person, shop, points, assurance, happened_at: None })])
        }
        Command::Visit { site, persons, happened_at, temperature } => {
            few(persons)?;
            past(*happened_at, context)?;
            let (happened_at, temperature) = (*happened_at, *temperature);
            let coming = Coming { happened_at, temperature, assurance: Assurance::Vouched };
            known.visit(persons, site.or(context.site), &coming, context)
        }
        Command::Spend { shop, person, points, happened_at } => {
            past(*happened_at, context)?;
            let person = known.tokens.canonical(*person);
            let shop = shop.or(context.site).ok_or(Refusal::NoSite)?;
            known.enough(person, *points)?;
            let (points, happened_at, assurance) = (*points, *happened_at, Assurance::Vouched);
            Ok(vec![Fact::from(Spend { person, shop, points, assurance, happened_at })])
        }
        Command::Transfer { person, points } => {
            let person = known.tokens.canonical(*person);
            known.enough(person, *points)?;
            Ok(vec![Fact::from(Transfer { person, points: *points, happened_at: None })])
        }
        Command::Reverse { target, reason } => known.reverse(*target, reason),
        Command::Settle { person, points, how, reason: why } => {
            fits(why)?;
            let person = known.tokens.canonical(*person);
            if *points == 0 {
                return Err(Refusal::NoAmount);
            }
            if u64::from(*points) > known.wallet(person).balance().debt() {
                return Err(Refusal::NoDebt);
            }
            reason(why)?;
            let (points, how, reason) = (*points, *how, Words::new(why));
            Ok(vec![Fact::from(Settle { person, points, how, reason, happened_at: None })])
        }
        Command::Award(due) => known.award(due),
    }
}

/// How people come to a facility.
struct Coming {
    happened_at: Option<i64>,
    temperature: Option<u16>,
    assurance: Assurance,
}

impl Known<'_> {
    fn person(&self, token: TokenTag) -> Result<PersonId, Refusal> {
        match self.tokens.resolve(token) {
            Resolved::Person(person) => Ok(person),
            Resolved::Unknown => Err(Refusal::UnknownToken),
            Resolved::Suspended(_) => Err(Refusal::TokenSuspended),
            Resolved::Ended(_) => Err(Refusal::TokenEnded),
            Resolved::Conflict(_) => Err(Refusal::TokenConflict),
        }
    }

    fn wallet(&self, person: PersonId) -> super::wallet::Wallet {
        self.wellbeing.wallet(&self.tokens.aliases(person))
    }

    /// Refuses an amount of nothing, and more than the wallet has.
    fn enough(&self, person: PersonId, points: u32) -> Result<(), Refusal> {
        if points == 0 {
            return Err(Refusal::NoAmount);
        }
        let left = self.wallet(person).balance().available().checked_sub(u64::from(points));
        left.map(|_| ()).ok_or(Refusal::TooFewPoints)
    }

    /// What the rules in force give for a visit, the most points first.
    fn grants(&self, site: SiteId, day: Day) -> Vec<Grant> {
        let rules = self.town.into_iter().flat_map(rule::all);
        let mut grants: Vec<Grant> = rules
            .filter(|rule| rule.applies(GivenFor::Visit, site, day))
            .map(|rule| rule.grant())
            .collect();
        grants.sort_by_key(|grant| (Descending(grant.points), grant.rule));
        grants.truncate(GRANTS_PER_VISIT_MAX);
        grants
    }

    /// People come to a facility; those whose visit of that day is held are passed over.
    fn visit(
        &self,
        persons: &[PersonId],
        site: Option<SiteId>,
        coming: &Coming,
        context: &Context,
    ) -> Result<Vec<Fact>, Refusal> {
        let named: BTreeSet<PersonId> =
            persons.iter().map(|person| self.tokens.canonical(*person)).collect();
        if named.is_empty() {
            return Err(Refusal::UnknownPerson);
        }
        let site = site.ok_or(Refusal::NoSite)?;
        let Coming { happened_at, temperature, assurance } = *coming;
        let day = Day::of(happened_at.unwrap_or(context.now.seconds));
        let new = |person: &PersonId| {
            !self.wellbeing.has_visited(&self.tokens.aliases(*person), site, day)
        };
        let grants = self.grants(site, day);
        let facts: Vec<Fact> = named
            .into_iter()
            .filter(new)
            .map(|person| {
                let grants = grants.clone();
                Fact::from(Visit { person, site, grants, assurance, happened_at, temperature })
            })
            .collect();
        if facts.is_empty() { Err(Refusal::AlreadyVisited) } else { Ok(facts) }
    }

    fn reverse(&self, target: EntryId, why: &str) -> Result<Vec<Fact>, Refusal> {
        fits(why)?;
        let (_, row) = self.wellbeing.row(target).ok_or(Refusal::UnknownTarget)?;
        match row.what {
            What::Spend { .. } | What::Transfer { .. } => {}
            What::Visit { .. } | What::Award { .. } | What::Settle { .. } => {
                return Err(Refusal::UnknownTarget);
            }
        }
        if self.wellbeing.reversal(row).is_some() {
            return Err(Refusal::AlreadyReversed);
        }
        reason(why)?;
        let (target_hash, reason) = (row.stamp().hash, Words::new(why));
        Ok(vec![Fact::from(Reverse { target, target_hash, reason })])
    }

    /// Awards that are due; those that are held with as many points are passed over.
    fn award(&self, due: &[Award]) -> Result<Vec<Fact>, Refusal> {
        if due.len() > FACTS_PER_COMMAND_MAX {
            return Err(Refusal::TooMany);
        }
        // Of two that are asked for with one key the larger is due.
        let mut best: BTreeMap<_, &Award> = BTreeMap::new();
        for award in due {
            let person = self.tokens.canonical(award.person);
            let key = (person, award.grant.rule, award.site, award.day);
            let held = best.entry(key).or_insert(award);
            if held.grant.points < award.grant.points {
                *held = award;
            }
        }
        let facts: Vec<Fact> = best
            .into_iter()
            .filter(|((person, rule, site, day), award)| {
                let ids = self.tokens.aliases(*person);
                // An award without a day is for the day on which it is recorded, so nothing before
                // it can stand for it.
                let held = day.and_then(|day| self.wellbeing.granted(&ids, *rule, *site, day));
                held.is_none_or(|held| held < award.grant.points)
            })
            .map(|((person, ..), award)| Fact::from(Award { person, ..award.clone() }))
            .collect();
        if facts.is_empty() { Err(Refusal::NothingToChange) } else { Ok(facts) }
    }
}
