//! Visits and wallets.
//!
//! A grant counts once for each rule, person, facility and day, however many readers saw the visit:
//! the most points, then the smallest entry. What a rule gives a person in a day at all places
//! together ends at its cap; of several wordings of the cap the most generous one that counts holds.
//! What happened on a day that nobody knows waits.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use digiana_core::engine::folds::Folds;
use digiana_core::fact::WellbeingFact;
use digiana_core::fact::correct::Correct;
use digiana_core::fact::wellbeing::{Grant, Settlement};
use digiana_core::id::{EntryId, PersonId, RecordId, SiteId};
use digiana_core::service::ledger::Account;
use digiana_core::service::wellbeing::earn;
use digiana_core::time::{Confidence, Day};
use digiana_core::view;

use super::Recorded;
use super::difference::{Checker, Differences};
use super::persons::Persons;

/// Every day there is.
const ALWAYS: std::ops::RangeInclusive<Day> = Day(i32::MIN)..=Day(i32::MAX);

/// The points of the town.
#[derive(Debug, Default)]
pub struct Points<'a> {
    // By the ids they were recorded under, until all are known.
    raw: Vec<(PersonId, &'a Recorded, &'a WellbeingFact)>,
    reversals: BTreeSet<(EntryId, [u8; 4])>,
    /// Everyone with an account, by the ids that stand for all.
    pub wallets: BTreeMap<PersonId, Wallet>,
    /// Who came to which facility on which day, as far as the day is known.
    pub visits: BTreeSet<(PersonId, SiteId, Day)>,
    /// What each account holds.
    pub ledger: BTreeMap<Account, i64>,
}

/// One person's points.
#[derive(Debug, Default)]
pub struct Wallet {
    /// What they hold, or owe where it is less than nothing.
    pub points: i64,
    /// What was earned on a day that nobody knows.
    pub pending: u64,
    /// What counted, by rule, day and place.
    pub earned: BTreeMap<Occasion, Earned>,
    claims: Vec<Claim>,
    // Those of a day that nobody knows.
    waiting: Vec<Claim>,
}

/// For what a grant counts once: the rule, the day and the place.
pub type Occasion = (RecordId, Day, SiteId);

/// What a grant came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earned {
    /// The entry that counts.
    pub entry: EntryId,
    /// What it says.
    pub points: u32,
    /// What is left of that under the rule's daily cap.
    pub given: u32,
}

/// One grant of one fact.
#[derive(Debug, Clone, Copy)]
struct Claim {
    occasion: Occasion,
    order: (u64, EntryId),
    points: u32,
    cap: Option<u32>,
}

impl<'a> Points<'a> {
    pub(super) fn take(&mut self, recorded: &'a Recorded, fact: &'a WellbeingFact) {
        let person = match fact {
            WellbeingFact::Visit(fact) => fact.person,
            WellbeingFact::Award(fact) => fact.person,
            WellbeingFact::Spend(fact) => fact.person,
            WellbeingFact::Transfer(fact) => fact.person,
            WellbeingFact::Settle(fact) => fact.person,
            WellbeingFact::Reverse(fact) => {
                self.reversals.insert((fact.target, fact.target_hash));
                return;
            }
        };
        self.raw.push((person, recorded, fact));
    }

    pub(super) fn settle(&mut self, persons: &Persons<'_>) {
        for (person, recorded, fact) in std::mem::take(&mut self.raw) {
            self.enter(persons.head(person), recorded, fact);
        }
        for (person, wallet) in &mut self.wallets {
            let waiting = count(&std::mem::take(&mut wallet.waiting));
            wallet.pending = waiting.values().map(|earned| u64::from(earned.given)).sum();
            wallet.earned = count(&std::mem::take(&mut wallet.claims));
            let given: i64 = wallet.earned.values().map(|earned| i64::from(earned.given)).sum();
            wallet.points += given;
            *self.ledger.entry(Account::Fund).or_default() -= given;
            self.ledger.insert(Account::Wallet(*person), wallet.points);
        }
    }

    fn enter(&mut self, person: PersonId, recorded: &Recorded, fact: &WellbeingFact) {
        let hash = Correct::hash_of(recorded.hash);
        let is_undone = || self.reversals.contains(&(recorded.entry, hash));
        let wallet = self.wallets.entry(person).or_default();
        let (account, points) = match fact {
            WellbeingFact::Visit(fact) => {
                let when = recorded.when(fact.happened_at);
                let day = Day::of(when.seconds);
                let is_sure = when.confidence != Confidence::Unsure;
                wallet.claim(recorded, &fact.grants, fact.site, day, is_sure);
                if is_sure {
                    self.visits.insert((person, fact.site, day));
                }
                return;
            }
            WellbeingFact::Award(fact) => {
                let day = fact.day.unwrap_or_else(|| Day::of(recorded.wall.seconds));
                let is_sure = fact.day.is_some() || recorded.wall.confidence != Confidence::Unsure;
                return wallet.claim(recorded, &[fact.grant], fact.site, day, is_sure);
            }
            WellbeingFact::Spend(_) | WellbeingFact::Transfer(_) if is_undone() => return,
            WellbeingFact::Spend(fact) => (Account::Shop(fact.shop), i64::from(fact.points)),
            WellbeingFact::Transfer(fact) => (Account::Outside, i64::from(fact.points)),
            WellbeingFact::Settle(fact) => {
                let from = match fact.how {
                    Settlement::PaidBack => Account::Counter,
                    Settlement::WrittenOff => Account::Fund,
                };
                (from, -i64::from(fact.points))
            }
            // It is no posting of its own: it takes one away.
            WellbeingFact::Reverse(_) => return,
        };
        wallet.points -= points;
        *self.ledger.entry(account).or_default() += points;
    }

    /// Who owes, and how much.
    pub fn overdrawn(&self) -> BTreeMap<PersonId, u64> {
        let owing = self.wallets.iter().filter(|(_, wallet)| wallet.points < 0);
        owing.map(|(person, wallet)| (*person, wallet.points.unsigned_abs())).collect()
    }

    pub(super) fn compare(
        &self,
        persons: &Persons<'_>,
        shown: &Folds,
        differences: &mut Differences,
    ) {
        let (wellbeing, tokens) = (&shown.wellbeing, &shown.tokens);
        let held = wellbeing.people().map(|id| persons.head(id));
        let people: BTreeSet<PersonId> = self.wallets.keys().copied().chain(held).collect();
        let none = Wallet::default();
        for person in people {
            let wallet = self.wallets.get(&person).unwrap_or(&none);
            let ids = tokens.aliases(person);
            let held = wellbeing.wallet(&ids);
            let expected = (wallet.points, wallet.pending);
            differences.check(Checker::Wallet, &person, &expected, &(held.points, held.pending));
            wallet.compare_earned(person, &wellbeing.earned(&ids, &ALWAYS), differences);
        }
        let visits = view::wellbeing::occurrences(wellbeing, tokens, &ALWAYS);
        differences.check(Checker::Visits, &"all", &self.visits, &visits);
        let overdrawn = view::wellbeing::overdrawn(wellbeing, tokens).into_iter().collect();
        differences.check(Checker::Overdrawn, &"all", &self.overdrawn(), &overdrawn);
        let totals = view::wellbeing::totals(wellbeing, tokens);
        self.compare_ledger(&totals.accounts().collect(), differences);
    }

    /// Compares what each account holds, and whether they hold nothing together.
    pub(super) fn compare_ledger(
        &self,
        shown: &BTreeMap<Account, i64>,
        differences: &mut Differences,
    ) {
        let accounts: BTreeSet<&Account> = self.ledger.keys().chain(shown.keys()).collect();
        for account in accounts {
            let holds = |ledger: &BTreeMap<Account, i64>| ledger.get(account).copied().unwrap_or(0);
            let about = format_args!("{account:?}");
            differences.check(Checker::PointLedger, &about, &holds(&self.ledger), &holds(shown));
        }
        let sum = shown.values().sum::<i64>();
        differences.check(Checker::PointSum, &"all accounts", &0, &sum);
    }
}

impl Wallet {
    /// Compares what each grant came to, and whether any came to something twice.
    pub(super) fn compare_earned(
        &self,
        person: PersonId,
        shown: &[earn::Earned],
        differences: &mut Differences,
    ) {
        let earned = shown.iter().map(|it| {
            let (entry, points, given) = (it.entry, it.points, it.given);
            ((it.rule, it.day, it.site), Earned { entry, points, given })
        });
        let earned: BTreeMap<Occasion, Earned> = earned.collect();
        differences.check(Checker::EarnsOnce, &person, &self.earned, &earned);
        differences.check(Checker::EarnsOnce, &person, &self.earned.len(), &shown.len());
    }

    fn claim(
        &mut self,
        recorded: &Recorded,
        grants: &[Grant],
        site: SiteId,
        day: Day,
        is_sure: bool,
    ) {
        let claims = if is_sure { &mut self.claims } else { &mut self.waiting };
        claims.extend(grants.iter().map(|grant| Claim {
            occasion: (grant.rule, day, site),
            order: recorded.order(),
            points: grant.points,
            cap: grant.daily_cap,
        }));
    }
}

/// What claims of one person come to.
fn count(claims: &[Claim]) -> BTreeMap<Occasion, Earned> {
    let mut best: BTreeMap<Occasion, &Claim> = BTreeMap::new();
    for claim in claims {
        let rank = |claim: &Claim| (Reverse(claim.points), claim.order.1);
        let held = best.entry(claim.occasion).or_insert(claim);
        if rank(claim) < rank(held) {
            *held = claim;
        }
    }
    // What a rule gives in a day: first come, first served, by counter and entry.
    let mut days: BTreeMap<(RecordId, Day), Vec<&Claim>> = BTreeMap::new();
    for claim in best.into_values() {
        let (rule, day, _) = claim.occasion;
        days.entry((rule, day)).or_default().push(claim);
    }
    let mut earned = BTreeMap::new();
    for mut claims in days.into_values() {
        claims.sort_by_key(|claim| claim.order);
        let is_bounded = claims.iter().all(|claim| claim.cap.is_some());
        let most = claims.iter().filter_map(|claim| claim.cap).max();
        let mut left = most.filter(|_| is_bounded).unwrap_or(u32::MAX);
        for claim in claims {
            let given = if is_bounded { claim.points.min(left) } else { claim.points };
            left -= if is_bounded { given } else { 0 };
            let (entry, points) = (claim.order.1, claim.points);
            earned.insert(claim.occasion, Earned { entry, points, given });
        }
    }
    earned
}
