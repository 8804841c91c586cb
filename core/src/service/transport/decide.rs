//! The rules: what a command means, given what is known here and the time.
//!
//! Pure: the same knowledge, command and time give the same facts or the same refusal. No rule asks
//! whether a rider has a right: that is what books and rides fold into.

use crate::fact::Fact;
use crate::fact::edit::Value;
use crate::fact::shelter::Assurance;
use crate::fact::transport::{BookIssued, BookVoided, Ride};
use crate::fact::words::Words;
use crate::id::{BookId, PersonId, RecordId, SiteId};
use crate::limits::SAME_RIDE_SECONDS;
use crate::planted::{self, Bug};
use crate::record::{field, of_site};
use crate::service::asked::{self, Context, fits, past};
use crate::service::lists::product::Product;
use crate::service::lists::route::Route;
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::stamp::Stamped as _;
use crate::service::tokens::{Resolved, TokenFold};
use crate::time::{Confidence, Day, minute_of_day};

use super::command::{Board, Command, Trip};
use super::fold::TransportFold;

/// What is known here.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The transport scope.
    pub transport: &'a TransportFold,
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
        Command::TapBoard { token, assurance, trip, fare, tickets } => {
            let person = match known.tokens.resolve(*token) {
                Resolved::Person(person) => person,
                Resolved::Unknown => return Err(Refusal::UnknownToken),
                Resolved::Suspended(_) => return Err(Refusal::TokenSuspended),
                Resolved::Ended(_) => return Err(Refusal::TokenEnded),
                Resolved::Conflict(_) => return Err(Refusal::TokenConflict),
            };
            let asked = Board {
                person,
                vehicle: None,
                route: trip.route,
                from: known.stop(trip, context),
                to: None,
                fare: *fare,
                tickets: *tickets,
                happened_at: None,
            };
            known.board(&asked, *assurance, context)
        }
        Command::Board(asked) => {
            past(asked.happened_at, context)?;
            known.board(asked, Assurance::Vouched, context)
        }
        Command::Issue { book, person, product, happened_at } => {
            past(*happened_at, context)?;
            known.issue(*book, *person, *product, *happened_at, context)
        }
        Command::Void { book, tickets, refund, reason, happened_at } => {
            fits(reason)?;
            past(*happened_at, context)?;
            let mut fact = known.void(*book, *tickets, *refund)?;
            asked::reason(reason)?;
            fact.reason = Words::new(reason);
            fact.happened_at = *happened_at;
            Ok(vec![Fact::from(fact)])
        }
    }
}

impl Known<'_> {
    fn board(
        &self,
        asked: &Board,
        assurance: Assurance,
        context: &Context,
    ) -> Result<Vec<Fact>, Refusal> {
        let vehicle = asked.vehicle.or(context.site).ok_or(Refusal::NoSite)?;
        if asked.tickets == 0 {
            return Err(Refusal::NoAmount);
        }
        if self.is_same_ride(asked, vehicle, context) {
            return Err(Refusal::SameRide);
        }
        let is_set = context.now.confidence != Confidence::Unsure;
        if planted::is(Bug::UnsetClockRefusesRiders) && !is_set {
            return Err(Refusal::TimeInFuture);
        }
        let last = || self.transport.last_ride(&self.tokens.aliases(asked.person));
        if planted::is(Bug::RidesOnlyForward) && last() > Some(context.now.seconds) {
            return Err(Refusal::TimeInFuture);
        }
        let Board { person, route, from, to, fare, tickets, happened_at, .. } = *asked;
        let person = self.tokens.canonical(person);
        let operator = self.operator(vehicle, route);
        Ok(vec![Fact::from(Ride {
            person,
            vehicle,
            operator,
            route,
            from,
            to,
            tickets,
            fare,
            assurance,
            happened_at,
        })])
    }

    /// Whether the person got on that vehicle at nearly that time.
    fn is_same_ride(&self, asked: &Board, vehicle: SiteId, context: &Context) -> bool {
        let at = asked.happened_at.unwrap_or(context.now.seconds);
        let ids = self.tokens.aliases(asked.person);
        let rides = self.transport.rides_of(&ids);
        let mut here = rides.iter().filter(|ride| ride.value.vehicle == vehicle);
        here.any(|ride| at.abs_diff(ride.value.when().seconds) < SAME_RIDE_SECONDS.unsigned_abs())
    }

    /// Where the vehicle is: the stop that its driver said, else the one by the timetable where the
    /// clock may be believed; none for 停留所不明.
    fn stop(&self, trip: &Trip, context: &Context) -> Option<RecordId> {
        let route = Route::read(self.town?, trip.route?)?;
        if let Some(stop) = trip.stop {
            return route.stops.get(usize::from(stop)).copied();
        }
        let is_believed = context.now.confidence != Confidence::Unsure;
        let run = trip.run.filter(|_| is_believed)?;
        route.stop_by_timetable(run.into(), minute_of_day(context.now.seconds))
    }

    /// Whose the vehicle is; where nobody has said so, who runs the route.
    fn operator(&self, vehicle: SiteId, route: Option<RecordId>) -> Option<RecordId> {
        let town = self.town?;
        let of_vehicle = match town.value(of_site(vehicle), field::SITE_OPERATOR) {
            Some(Value::Bytes(bytes)) => bytes.as_slice().try_into().ok().map(RecordId),
            Some(Value::Text(_) | Value::Int(_) | Value::Bool(_)) | None => None,
        };
        of_vehicle.or_else(|| Route::read(town, route?)?.operator)
    }

    fn issue(
        &self,
        book: BookId,
        person: PersonId,
        product: RecordId,
        happened_at: Option<i64>,
        context: &Context,
    ) -> Result<Vec<Fact>, Refusal> {
        let read = self.town.and_then(|town| Product::read(town, product));
        let sold = read.filter(|product| !product.is_ended).ok_or(Refusal::UnknownProduct)?;
        if self.transport.book(book).is_some() {
            return Err(Refusal::NothingToChange);
        }
        // A clock that was never set must not sell a book that ended in 1970: it has no last day
        // then, which staff can put right.
        let is_believed = context.now.confidence != Confidence::Unsure;
        let begins = happened_at.or_else(|| is_believed.then_some(context.now.seconds));
        let days = sold.valid_days.map(|days| i32::try_from(days).unwrap_or(i32::MAX));
        let last = |(days, begins): (i32, i64)| Day::of(begins).plus(days.saturating_sub(1));
        Ok(vec![Fact::from(BookIssued {
            book,
            person: self.tokens.canonical(person),
            product,
            version: sold.version,
            tickets: sold.tickets,
            price: sold.price,
            operator: sold.operator,
            valid_until: days.zip(begins).map(last),
            happened_at,
        })])
    }

    /// What is taken back adds to what was taken back before: of several such facts of one book
    /// the one that takes back the most counts.
    fn void(&self, book: BookId, tickets: Option<u32>, refund: u32) -> Result<BookVoided, Refusal> {
        let (person, _) = self.transport.book(book).ok_or(Refusal::UnknownBook)?;
        let ids = self.tokens.aliases(person);
        let allotted = self.transport.allotted(&ids);
        let held = allotted.books.iter().find(|held| held.book == book);
        let held = held.ok_or(Refusal::UnknownBook)?;
        if tickets == Some(0) {
            return Err(Refusal::NoAmount);
        }
        let now = tickets.unwrap_or_else(|| held.left());
        if now > held.left() {
            return Err(Refusal::NotSoMany);
        }
        if now == 0 {
            return Err(Refusal::NothingToChange);
        }
        let paid_back = self.transport.void(&ids, book).map_or(0, |before| before.value.refund);
        Ok(BookVoided {
            book,
            person,
            tickets: held.voided.saturating_add(now),
            refund: paid_back.saturating_add(refund),
            reason: Words::new(""),
            happened_at: None,
        })
    }
}
