//! What pages of tickets and rides read: the counter, a person's books, a month, a vehicle.

use digiana_core::fact::edit::Value;
use digiana_core::id::{PersonId, RecordId, SiteId};
use digiana_core::record::{field, of_site};
use digiana_core::service::lists::product::Product;
use digiana_core::service::lists::route::{self, Minute, Route};
use digiana_core::service::lists::site::{VEHICLE, serves};
use digiana_core::time::Day;
use digiana_core::view::transport::account::{Account, LastRide};
use digiana_core::view::transport::days::RidesOfDay;
use digiana_core::view::transport::month::{Month, MonthTable};
use digiana_core::view::transport::{Owing, Tickets};

use super::ShownName;
use super::seen::Seen;
use super::seen::plain::shown_name;

/// What pages of tickets and rides need of the node.
pub trait TransportBackend {
    /// The counter: who owes, and how many rode on each of so many days until today.
    fn counter(&self, days: u16) -> Counter;

    /// The tickets of a person; `None` for somebody of whom nothing is known here.
    fn tickets_of(&self, person: PersonId) -> Option<PersonTickets>;

    /// The rides of a month.
    fn rides_of_month(&self, month: Month) -> MonthTable;

    /// The routes that the vehicle of this reader may be on: of its operator, or all where nobody
    /// has said whose it is.
    fn routes_here(&self) -> Vec<RouteSeen>;

    /// A person's last ride in the vehicle of this reader.
    fn last_ride(&self, person: PersonId) -> Option<LastRide>;
}

/// The counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Whether people can be looked for by name here.
    pub has_register: bool,
    /// Everyone who owes tickets, the longest waiting first.
    pub owing: Vec<(Owing, ShownName)>,
    /// The rides of each day.
    pub days: Vec<RidesOfDay>,
    /// The month that it is.
    pub month: Option<Month>,
}

/// The tickets of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonTickets {
    /// Who, as far as the register may be read.
    pub name: ShownName,
    /// Their books and rides.
    pub account: Account,
    /// What the counter sells, with the name of the only operator that takes it.
    pub sold: Vec<(Product, Option<String>)>,
    /// The vehicles of the town, by name.
    pub vehicles: Vec<(SiteId, String)>,
    /// The routes of the town.
    pub routes: Vec<RouteSeen>,
}

/// A route with the names of its stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSeen {
    /// Its record.
    pub id: RecordId,
    /// What people call it.
    pub name: String,
    /// Its stops in order.
    pub stops: Vec<(RecordId, String)>,
    /// Its runs: for each stop when the bus leaves it, none where it does not stop.
    pub runs: Vec<Vec<Option<Minute>>>,
}

impl Seen<'_> {
    fn tickets(&self) -> Tickets<'_> {
        let transport = &self.folds.transport;
        Tickets { transport, tokens: self.sources.tokens, town: self.sources.town }
    }

    fn today(&self) -> Day {
        Day::of(self.now.seconds)
    }

    fn counter(&self, days: u16) -> Counter {
        let tickets = self.tickets();
        let named = |row: Owing| (row, shown_name(self.sources.person(row.person).as_ref()));
        Counter {
            has_register: self.sources.register.is_some(),
            owing: tickets.owing().into_iter().map(named).collect(),
            days: tickets.days(self.today(), days),
            month: Month::of(self.today()),
        }
    }

    fn tickets_of(&self, person: PersonId) -> Option<PersonTickets> {
        let (tickets, tokens) = (self.tickets(), self.sources.tokens);
        let details = self.sources.person(person);
        let ids = tokens.aliases(person);
        let is_known = details.is_some()
            || ids.iter().any(|id| self.folds.transport.person(*id).is_some())
            || tokens.tokens_of(person).next().is_some();
        is_known.then(|| {
            let sold = tickets.sold().into_iter().map(|product| {
                let only = product.operator.and_then(|operator| tickets.operator_name(operator));
                (product, only)
            });
            PersonTickets {
                name: shown_name(details.as_ref()),
                account: tickets.account(person, self.today()),
                sold: sold.collect(),
                vehicles: self.vehicles(),
                routes: self.routes(|_| true),
            }
        })
    }

    fn vehicles(&self) -> Vec<(SiteId, String)> {
        let Some(town) = self.sources.town else { return Vec::new() };
        let vehicles = self.sources.sites().filter(|site| serves(town, site.id) & VEHICLE != 0);
        let mut named: Vec<_> =
            vehicles.map(|site| (site.id, site.name.unwrap_or_else(|| site.id.short()))).collect();
        named.sort_by(|one, other| one.1.cmp(&other.1));
        named
    }

    fn routes(&self, wanted: impl Fn(&Route) -> bool) -> Vec<RouteSeen> {
        let tickets = self.tickets();
        let all = self.sources.town.into_iter().flat_map(route::all);
        let seen = |route: Route| RouteSeen {
            id: route.id,
            name: route.name,
            stops: route
                .stops
                .into_iter()
                .map(|stop| (stop, tickets.stop_name(stop).unwrap_or_else(|| stop.short())))
                .collect(),
            runs: route.runs,
        };
        let mut routes: Vec<RouteSeen> =
            all.filter(|route| !route.is_ended && wanted(route)).map(seen).collect();
        routes.sort_by(|one, other| one.name.cmp(&other.name));
        routes
    }

    fn routes_here(&self) -> Vec<RouteSeen> {
        let operator = self.site.zip(self.sources.town).and_then(|(site, town)| {
            let Some(Value::Bytes(bytes)) = town.value(of_site(site), field::SITE_OPERATOR) else {
                return None;
            };
            bytes.as_slice().try_into().ok().map(RecordId)
        });
        self.routes(|route| operator.is_none() || route.operator == operator)
    }

    fn last_ride(&self, person: PersonId) -> Option<LastRide> {
        self.tickets().last_ride_in(self.site?, person, self.today())
    }
}

macro_rules! seen_through {
    ($backend:ty) => {
        impl TransportBackend for $backend {
            fn counter(&self, days: u16) -> Counter {
                self.see(|seen| seen.counter(days))
            }

            fn tickets_of(&self, person: PersonId) -> Option<PersonTickets> {
                self.see(|seen| seen.tickets_of(person))
            }

            fn rides_of_month(&self, month: Month) -> MonthTable {
                self.see(|seen| seen.tickets().month(month))
            }

            fn routes_here(&self) -> Vec<RouteSeen> {
                self.see(|seen| seen.routes_here())
            }

            fn last_ride(&self, person: PersonId) -> Option<LastRide> {
                self.see(|seen| seen.last_ride(person))
            }
        }
    };
}

seen_through!(super::node::NodeBackend);

#[cfg(test)]
seen_through!(super::town::MemoryTown);
