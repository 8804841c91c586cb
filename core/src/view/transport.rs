//! Tickets and rides as people look at them: of one person, of the town, of a month.

pub mod account;
pub mod days;
pub mod month;

use std::collections::BTreeSet;

use crate::id::{PersonId, RecordId, SiteId};
use crate::service::lists::operator::Operator;
use crate::service::lists::product::Product;
use crate::service::lists::route::Route;
use crate::service::lists::stop::Stop;
use crate::service::records::RecordsFold;
use crate::service::sites::Site;
use crate::service::stamp::Stamped as _;
use crate::service::tokens::TokenFold;
use crate::service::transport::fold::TransportFold;
use crate::service::transport::ledger::Ledger;
use crate::time::Wall;

/// The folds that tickets are read from. Joined ids count as the one person they are.
#[derive(Debug, Clone, Copy)]
pub struct Tickets<'a> {
    /// The transport scope.
    pub transport: &'a TransportFold,
    /// The tokens scope.
    pub tokens: &'a TokenFold,
    /// The town scope's records: lists.
    pub town: Option<&'a RecordsFold>,
}

/// Somebody who rode without a right and has not bought the book that pays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owing {
    /// Who.
    pub person: PersonId,
    /// How many tickets they owe.
    pub tickets: u32,
    /// In how many rides.
    pub rides: u32,
    /// When the last of those was.
    pub last: Wall,
}

impl Tickets<'_> {
    /// Everyone who owes tickets, the longest waiting last ride first.
    pub fn owing(&self) -> Vec<Owing> {
        let of = |ids: Vec<PersonId>| {
            let allotted = self.transport.allotted(&ids);
            let is_owed = |entry| allotted.ious.iter().any(|iou| iou.ride == entry);
            let rides = self.transport.rides_of(&ids);
            let owed = rides.iter().filter(|ride| is_owed(ride.entry));
            Some(Owing {
                person: *ids.first()?,
                tickets: allotted.owed(),
                rides: u32::try_from(allotted.ious.len()).unwrap_or(u32::MAX),
                last: owed.map(|ride| ride.value.when()).max()?,
            })
        };
        let mut owing: Vec<Owing> = self.everyone().into_iter().filter_map(of).collect();
        owing.sort_by_key(|row| (row.last, row.person));
        owing
    }

    /// What every account of the ledger holds.
    pub fn ledger(&self) -> Ledger {
        let joined: Vec<Vec<PersonId>> = self.tokens.joined().collect();
        self.transport.ledger(&joined)
    }

    /// Every product that the counter sells, by record.
    pub fn sold(&self) -> Vec<Product> {
        let all = self.town.into_iter().flat_map(crate::service::lists::product::all);
        all.filter(|product| !product.is_ended).collect()
    }

    /// Everyone of whom anything is held: all ids of each, the one that stands for all first.
    fn everyone(&self) -> Vec<Vec<PersonId>> {
        let ids = self.transport.people().map(|(id, _)| self.tokens.canonical(id));
        let ids: BTreeSet<PersonId> = ids.collect();
        ids.into_iter().map(|id| self.tokens.aliases(id)).collect()
    }

    /// An operator's name, as the list has it now.
    pub fn operator_name(&self, operator: RecordId) -> Option<String> {
        Operator::read(self.town?, operator).map(|operator| operator.name)
    }

    /// A route's name, as the list has it now.
    pub fn route_name(&self, route: RecordId) -> Option<String> {
        Route::read(self.town?, route).map(|route| route.name)
    }

    /// A stop's name, as the list has it now.
    pub fn stop_name(&self, stop: RecordId) -> Option<String> {
        Stop::read(self.town?, stop).map(|stop| stop.name)
    }

    /// A product's name, as the list has it now.
    pub fn product_name(&self, product: RecordId) -> Option<String> {
        Product::read(self.town?, product).map(|product| product.name)
    }

    /// A vehicle's name.
    pub fn vehicle_name(&self, vehicle: SiteId) -> Option<String> {
        Site::read(self.town?, vehicle)?.name
    }
}

#[cfg(test)]
mod tests;
