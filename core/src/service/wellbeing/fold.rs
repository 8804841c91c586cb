//! The wellbeing scope's facts, folded: an account for each id of a person.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::fact::correct::Correct;
use crate::fact::wellbeing::{Reverse, Settlement};
use crate::fact::{Fact, WellbeingFact};
use crate::id::{EntryId, JournalId, NodeId, PersonId, RecordId, SiteId};
use crate::service::canon::{Canon, Canonical};
use crate::service::corrections::Corrections;
use crate::service::derived::Derived;
use crate::service::digested::{Content, Digested};
use crate::service::ledger::{Account, Posting, Totals};
use crate::service::stamp::{Authors, Stamped as _};
use crate::service::{Fold, Origin, Standing};
use crate::time::Day;

use super::earn::{Earned, claims, earned};
use super::rows::{Reversal, Row, SharedGrants, What};
use super::wallet::Wallet;

/// All that the admitted facts of the wellbeing scope say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WellbeingFold {
    corrections: Corrections,
    authors: Authors,
    // Invariant: none is empty.
    pub(super) accounts: Digested<PersonId, Held>,
    owners: Owners,
    // Invariant: ascending by entry and never empty; a target need not be held.
    reversals: Digested<EntryId, Vec<Reversal>>,
    // Invariant: for each reversal, its target.
    targets: BTreeMap<EntryId, EntryId>,
    shared: SharedGrants,
}

/// The facts under one id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    // Invariant: ascending by entry, no entry twice.
    pub(super) rows: Vec<Row>,
    wallet: Derived<Wallet>,
}

impl Held {
    fn place(&self, entry: EntryId) -> Result<usize, usize> {
        self.rows.binary_search_by_key(&entry, |row| row.entry)
    }

    /// Takes up a row; whether it was new.
    fn insert(&mut self, row: Row) -> bool {
        let Err(place) = self.place(row.entry) else { return false };
        make_room(&mut self.rows);
        self.rows.insert(place, row);
        self.wallet.clear();
        true
    }

    /// Takes out the row that a correction means; whether it was there.
    fn withdraw(&mut self, correct: &Correct) -> bool {
        let Ok(place) = self.place(correct.target) else { return false };
        let is_meant = |row: &Row| row.stamp().hash == correct.target_hash;
        let meant = self.rows.get(place).is_some_and(is_meant);
        if meant {
            self.rows.remove(place);
            self.wallet.clear();
        }
        meant
    }

    /// Whether its wallet was counted since the last change.
    #[cfg(test)]
    pub(super) fn is_counted(&self) -> bool {
        self.wallet.is_made()
    }
}

impl Content for Held {
    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Canonical for Held {
    fn put(&self, canon: &mut Canon) {
        canon.put(&self.rows);
    }
}

/// Under whose id each entry lies. A journal's entries come in its order, so that a new one goes to
/// the end of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Owners(
    // Invariant: no list is empty; each is ascending by sequence.
    BTreeMap<JournalId, Vec<(u64, PersonId)>>,
);

impl Owners {
    fn of(&self, entry: EntryId) -> Option<PersonId> {
        let list = self.0.get(&entry.journal)?;
        let place = list.binary_search_by_key(&entry.seq, |(seq, _)| *seq).ok()?;
        list.get(place).map(|(_, person)| *person)
    }

    fn note(&mut self, entry: EntryId, person: PersonId) {
        let list = self.0.entry(entry.journal).or_default();
        if let Err(place) = list.binary_search_by_key(&entry.seq, |(seq, _)| *seq) {
            make_room(list);
            list.insert(place, (entry.seq, person));
        }
    }

    fn forget(&mut self, entry: EntryId) {
        let Some(list) = self.0.get_mut(&entry.journal) else { return };
        list.retain(|(seq, _)| *seq != entry.seq);
        if list.is_empty() {
            self.0.remove(&entry.journal);
        }
    }

    /// For how many entries there is room.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.0.values().map(Vec::capacity).sum()
    }
}

/// Makes room for one more, and little more than that: doubling would leave half of a replica's
/// memory empty.
fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(1 + list.len() / 8);
    }
}

impl WellbeingFold {
    /// Everyone with an account, by the ids their facts lie under.
    pub fn people(&self) -> impl Iterator<Item = PersonId> {
        self.accounts.keys().copied()
    }

    /// The facts of a person, under all their ids.
    pub fn rows<'a>(&'a self, ids: &'a [PersonId]) -> impl Iterator<Item = &'a Row> + Clone {
        ids.iter().filter_map(|id| self.accounts.get(id)).flat_map(|held| &held.rows)
    }

    /// Every visit, with the id it lies under and its facility.
    pub fn visits(&self) -> impl Iterator<Item = (PersonId, SiteId, &Row)> {
        self.accounts.iter().flat_map(|(person, held)| {
            let visited = |row| Some((*person, Row::visited(row)?, row));
            held.rows.iter().filter_map(visited)
        })
    }

    /// Whether a person's visit at a facility on a day is held.
    pub fn has_visited(&self, ids: &[PersonId], site: SiteId, day: Day) -> bool {
        self.rows(ids).any(|row| row.visited() == Some(site) && row.day() == day)
    }

    /// The most points that are held of a grant.
    pub fn granted(&self, ids: &[PersonId], rule: RecordId, site: SiteId, day: Day) -> Option<u32> {
        let of_day = self.rows(ids).filter(|row| row.has_a_day() && row.day() == day);
        let claims = claims(of_day).into_iter();
        claims.filter(|claim| claim.rule == rule && claim.site == site).map(|it| it.points).max()
    }

    /// What a person's points come to, under all their ids.
    pub fn wallet(&self, ids: &[PersonId]) -> Wallet {
        let count = || Wallet::count(self.rows(ids), |row| self.reversal(row).is_some());
        match ids {
            [id] => self.accounts.get(id).map_or_else(count, |held| *held.wallet.get(count)),
            _ => count(),
        }
    }

    /// A fact that is held and not corrected, with the id it lies under.
    pub fn row(&self, entry: EntryId) -> Option<(PersonId, &Row)> {
        let person = self.owners.of(entry)?;
        let held = self.accounts.get(&person)?;
        held.rows.get(held.place(entry).ok()?).map(|row| (person, row))
    }

    /// What undid a posting, if something did: of several reversals the first by entry.
    pub fn reversal(&self, row: &Row) -> Option<&Reversal> {
        let all = self.reversals.get(&row.entry)?;
        all.iter().find(|reversal| reversal.target_hash == row.stamp().hash)
    }

    /// What the rules gave a person for some days, under all their ids, by rule, day and site.
    pub fn earned(&self, ids: &[PersonId], days: &RangeInclusive<Day>) -> Vec<Earned> {
        let of_days = |row: &&Row| row.has_a_day() && days.contains(&row.day());
        earned(claims(self.rows(ids).filter(of_days)))
    }

    /// Every posting of a person, by the id that is named first.
    pub fn postings(&self, ids: &[PersonId]) -> Vec<Posting> {
        let Some(wallet) = ids.first().map(|id| Account::Wallet(*id)) else { return Vec::new() };
        let given = earned(claims(self.rows(ids).filter(|row| row.has_a_day())));
        let given = given.iter().filter(|earned| earned.given > 0).map(|earned| Posting {
            entry: earned.entry,
            from: Account::Fund,
            to: wallet,
            points: earned.given,
        });
        let moved =
            self.rows(ids).flat_map(|row| {
                let entry = row.entry;
                let (from, to, points) = match row.what {
                    What::Visit { .. } | What::Award { .. } => return Vec::new(),
                    What::Spend { shop, points, .. } => (wallet, Account::Shop(shop), points),
                    What::Transfer { points } => (wallet, Account::Outside, points),
                    What::Settle { points, how: Settlement::PaidBack } => {
                        (Account::Counter, wallet, points)
                    }
                    What::Settle { points, how: Settlement::WrittenOff } => {
                        (Account::Fund, wallet, points)
                    }
                };
                let undone = self
                    .reversal(row)
                    .filter(|_| from == wallet)
                    .map(|reversal| Posting { entry: reversal.entry, from: to, to: from, points });
                std::iter::once(Posting { entry, from, to, points }).chain(undone).collect()
            });
        given.chain(moved).collect()
    }

    /// What every account holds, of people who are each named with all their ids.
    pub fn totals(&self, people: impl IntoIterator<Item = Vec<PersonId>>) -> Totals {
        let mut totals = Totals::default();
        for ids in people {
            let Some(wallet) = ids.first().map(|id| Account::Wallet(*id)) else { continue };
            totals.add(wallet, self.wallet(&ids).points);
            let postings = self.postings(&ids);
            let legs = postings.iter().flat_map(Posting::legs);
            legs.filter(|(account, _)| *account != wallet)
                .for_each(|(account, points)| totals.add(account, points));
        }
        totals
    }

    /// Who recorded the visits of a person.
    pub fn seen_by(&self, ids: &[PersonId]) -> BTreeSet<NodeId> {
        let visits = self.rows(ids).filter(|row| row.visited().is_some());
        visits.filter_map(|row| self.author(row.entry.journal)).collect()
    }

    /// Who writes a journal, for a page that shows who said what.
    pub fn author(&self, journal: JournalId) -> Option<NodeId> {
        self.authors.of(journal)
    }

    fn take(&mut self, person: PersonId, row: Row) {
        let entry = row.entry;
        if self.accounts.change(person, |held| held.insert(row)) {
            self.owners.note(entry, person);
        }
    }

    fn reverse(&mut self, origin: &Origin, fact: &Reverse) {
        self.reversals.change(fact.target, |all| {
            if let Err(place) = all.binary_search_by_key(&origin.entry, |reversal| reversal.entry) {
                all.insert(place, Reversal::new(origin, fact));
            }
        });
        self.targets.insert(origin.entry, fact.target);
        self.touch(fact.target);
    }

    /// The account of an entry has changed.
    fn touch(&mut self, entry: EntryId) {
        if let Some(person) = self.owners.of(entry) {
            self.accounts.change(person, |held| held.wallet.clear());
        }
    }

    fn correct(&mut self, correct: &Correct) {
        let entry = correct.target;
        if let Some(target) = self.targets.get(&entry).copied() {
            let taken = self.reversals.change(target, |all| {
                let before = all.len();
                all.retain(|reversal| !reversal.is_meant(correct));
                all.len() < before
            });
            if taken {
                self.targets.remove(&entry);
                self.touch(target);
            }
            return;
        }
        let Some(person) = self.owners.of(entry) else { return };
        if self.accounts.change(person, |held| held.withdraw(correct)) {
            self.owners.forget(entry);
        }
    }

    /// For how many entries its index has room.
    #[cfg(test)]
    pub(super) fn indexed(&self) -> usize {
        self.owners.room()
    }
}

impl Fold for WellbeingFold {
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
        let Fact::Wellbeing(fact) = fact else { return };
        let (person, row) = match fact {
            WellbeingFact::Visit(fact) => {
                (fact.person, Row::of_visit(origin, fact, &mut self.shared))
            }
            WellbeingFact::Award(fact) => {
                (fact.person, Row::of_award(origin, fact, &mut self.shared))
            }
            WellbeingFact::Spend(fact) => (fact.person, Row::of_spend(origin, fact)),
            WellbeingFact::Transfer(fact) => (fact.person, Row::of_transfer(origin, fact)),
            WellbeingFact::Settle(fact) => (fact.person, Row::of_settle(origin, fact)),
            WellbeingFact::Reverse(fact) => return self.reverse(origin, fact),
        };
        self.take(person, row);
    }

    fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    fn hash_of(&self, entry: EntryId) -> Option<[u8; 4]> {
        let reversal = || {
            let all = self.reversals.get(self.targets.get(&entry)?)?;
            all.iter().find(|held| held.entry == entry).map(|held| held.stamp().hash)
        };
        self.row(entry).map(|(_, row)| row.stamp().hash).or_else(reversal)
    }

    fn digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("wellbeing");
        canon.put(&self.corrections).put(&self.authors).put(&self.accounts).put(&self.reversals);
        canon.digest()
    }
}
