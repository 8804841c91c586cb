//! Every service in figures: for whoever watches a node, and for drills.

use std::collections::BTreeSet;

use super::folds::Folds;
use crate::id::PersonId;
use crate::service::wellbeing::rows::What;

/// What the services of a node come to, as far as it holds them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Visits: one for each person, facility and day.
    pub visits: u64,
    /// Payments with points.
    pub spends: u64,
    /// Points the town gave: by rules, and for debts it bore.
    pub earned: u64,
    /// Wallets that owe.
    pub overdrawn: u64,
    /// Ticket books that were issued.
    pub books: u64,
    /// Rides.
    pub rides: u64,
    /// Rides that no book pays whole.
    pub ious: u64,
    /// Pupils who came to school: one for each pupil and day.
    pub arrivals: u64,
    /// All accounts of points together, and all of tickets: nothing, unless one of the two ledgers is
    /// wrong.
    pub ledger_sum: u64,
}

impl Folds {
    /// Every service in figures. It asks for every account.
    pub fn figures(&self) -> Figures {
        let wallets = self.whole(self.wellbeing.people());
        let riders = self.whole(self.transport.people().map(|(person, _)| person));
        let points = self.wellbeing.totals(wallets.iter().cloned());
        let tickets = self.transport.ledger(&riders);
        let days: BTreeSet<_> = self
            .wellbeing
            .visits()
            .map(|(person, site, row)| (self.tokens.canonical(person), site, row.day()))
            .collect();
        let given = points.of(crate::service::ledger::Account::Fund);
        let owes = |ids: &&Vec<PersonId>| self.wellbeing.wallet(ids).points < 0;
        let rows = wallets.iter().flat_map(|ids| self.wellbeing.rows(ids));
        let arrivals: BTreeSet<_> = self
            .schools()
            .flat_map(|(site, school)| school.arrivals().map(move |(who, day)| (site, who, day)))
            .map(|(site, who, day)| (site, self.tokens.canonical(who), day))
            .collect();
        let issued = riders.iter().map(|ids| self.transport.allotted(ids));
        let (books, ious) = issued.fold((0, 0), |(books, ious), allotted| {
            (books + allotted.books.len(), ious + allotted.ious.len())
        });
        Figures {
            visits: count(days.len()),
            spends: count(rows.filter(|row| matches!(row.what, What::Spend { .. })).count()),
            earned: given.min(0).unsigned_abs(),
            overdrawn: count(wallets.iter().filter(owes).count()),
            books: count(books),
            rides: count(self.transport.rides().count()),
            ious: count(ious),
            arrivals: count(arrivals.len()),
            ledger_sum: points.sum().unsigned_abs().saturating_add(tickets.sum().unsigned_abs()),
        }
    }

    /// These people with all ids of each.
    fn whole(&self, people: impl Iterator<Item = PersonId>) -> Vec<Vec<PersonId>> {
        let heads: BTreeSet<PersonId> = people.map(|id| self.tokens.canonical(id)).collect();
        heads.into_iter().map(|head| self.tokens.aliases(head)).collect()
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
