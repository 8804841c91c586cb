//! The tickets of one person: issue a book, take one back, enter a ride that no reader saw.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use digiana_core::engine::input::Command;
use digiana_core::id::{BookId, EntryId, PersonId, RecordId, SiteId};
use digiana_core::scope::Scope;
use digiana_core::service::transport::command::{self, Board};
use digiana_core::view::transport::account::{BookRow, BookState, RideSeen};

use super::may::May;
use super::{cut_off, day, rider};
use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::order::Order;
use crate::backend::transport::{PersonTickets, RouteSeen};
use crate::error::PageError;
use crate::page::form::{Fields, StaffForm};
use crate::page::shell::{self, Shell, Visit};
use crate::page::typed::{Mistake, Typed, Wrong};
use crate::page::{when, words};
use crate::text::Text;

/// The most rides that one page lists, the newest first.
const RIDES_MAX: usize = 100;

/// The most tickets that one ride can be meant to take.
pub(crate) const TICKETS_MAX: u32 = 99;

/// The highest fare or refund that can be meant, in yen.
pub(crate) const YEN_MAX: u32 = 999_999;

const HAPPENED_AT: Typed = Typed::new("happened_at", "transport.happened_at");
const VEHICLE: Typed = Typed::new("vehicle", "transport.vehicle");
const TICKETS: Typed = Typed::new("tickets", "transport.tickets");
const FARE: Typed = Typed::new("fare", "transport.fare");
const REFUND: Typed = Typed::new("refund", "transport.refund");
const REASON: Typed = Typed::new("reason", "transport.reason");

#[derive(Template)]
#[template(path = "transport_person.html")]
struct PersonPage {
    shell: Shell,
    person: String,
    name: String,
    kana: String,
    cut_off: Option<String>,
    left: String,
    owed: u32,
    owed_said: String,
    products: Vec<ProductLine>,
    books: Vec<BookLine>,
    rides: Vec<RideLine>,
    more_rides: Option<String>,
    vehicles: Vec<Choice>,
    routes: Vec<RouteChoice>,
    is_ride_refused: bool,
    /// Whether books are issued and taken back here.
    is_counter: bool,
}

struct ProductLine {
    id: String,
    name: String,
    about: String,
}

struct BookLine {
    book: String,
    entry: String,
    name: String,
    left: String,
    about: String,
    state: String,
    state_code: &'static str,
    voided: Option<String>,
    /// The entry that took tickets back; empty where none did.
    void_entry: String,
    can_void: bool,
    is_refused: bool,
}

struct RideLine {
    entry: String,
    at: String,
    section: String,
    about: String,
    owed: Option<String>,
    may_correct: bool,
    is_refused: bool,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

struct RouteChoice {
    name: String,
    stops: Vec<Choice>,
}

fn address(person: PersonId) -> String {
    format!("/transport/person/{person}")
}

fn read_id(text: &str) -> Result<PersonId, PageError> {
    text.parse().map_err(|_| PageError::NotFound)
}

/// `GET /transport/person/{person}`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Path(person): Path<String>,
) -> Result<Response, PageError> {
    let id = read_id(&person)?;
    let seen = app.town().tickets_of(id).ok_or(PageError::NotFound)?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    // A page that loads itself anew forgets what somebody is typing.
    shell.refresh = 0;
    let (t, now) = (shell.t, app.town().now());
    let PersonTickets { name, account, sold, vehicles, routes } = seen;
    let products = sold.into_iter().map(|(product, only)| ProductLine {
        id: product.id.to_string(),
        about: joined([
            count(t, product.tickets),
            yen(t, product.price),
            product.subsidy.unwrap_or_default(),
            only.map_or_else(String::new, |only| t.fill("transport.only", &[("name", &only)])),
            product.valid_days.map_or_else(String::new, |days| {
                t.fill("transport.valid_days", &[("n", &days.to_string())])
            }),
        ]),
        name: product.name,
    });
    let hidden = account.rides.len().saturating_sub(RIDES_MAX);
    let typed_vehicle = shell.typed(VEHICLE.field).to_owned();
    let may = May::of(&app, &staff);
    let vehicles = vehicles.into_iter().filter(|(site, _)| may.may_ride(*site));
    let vehicles = vehicles.map(|(site, label)| Choice {
        is_chosen: site.to_string() == typed_vehicle,
        value: site.to_string(),
        label,
    });
    let is_ride_refused = shell.is_refused_at(&format!("{}/ride", address(id)));
    Ok(shell::html(&PersonPage {
        person: id.to_string(),
        name: rider(t, &name, account.person),
        kana: words::kana(&name),
        cut_off: cut_off(&app, t),
        left: t.fill("transport.left", &[("n", &account.left.to_string())]),
        owed: account.owed,
        owed_said: t.fill("transport.left", &[("n", &account.owed.to_string())]),
        products: products.collect(),
        books: account.books.iter().map(|book| book_line(&shell, book, now)).collect(),
        rides: account
            .rides
            .iter()
            .take(RIDES_MAX)
            .map(|ride| ride_line(&shell, ride, may, now))
            .collect(),
        more_rides: (hidden > 0)
            .then(|| t.fill("transport.more_rides", &[("n", &hidden.to_string())])),
        vehicles: vehicles.collect(),
        routes: routes.iter().map(|route| choices(&shell, route)).collect(),
        is_ride_refused,
        is_counter: may.is_counter,
        shell,
    }))
}

fn count(t: &Text, tickets: u32) -> String {
    t.fill("transport.count", &[("n", &tickets.to_string())])
}

fn yen(t: &Text, yen: u32) -> String {
    t.fill("transport.yen", &[("n", &yen.to_string())])
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.join("　")
}

fn book_line(shell: &Shell, book: &BookRow, now: i64) -> BookLine {
    let t = shell.t;
    let (state, state_code) = match book.state {
        BookState::Good => (t.say("transport.good"), "open"),
        BookState::Expired => (t.say("transport.expired"), "closed"),
        BookState::Voided => (t.say("transport.voided"), "closed"),
        BookState::UsedUp => (t.say("transport.used_up"), "closed"),
    };
    let (product, name) = &book.product;
    let last = book.valid_until.map(|last| day(t, last));
    let entry = book.entry.to_string();
    BookLine {
        void_entry: book.voided.as_ref().map_or_else(String::new, |void| void.entry.to_string()),
        is_refused: shell.is_refused()
            && (shell.typed("book") == book.book.to_string() || shell.typed("entry") == entry),
        book: book.book.to_string(),
        entry,
        name: name.clone().unwrap_or_else(|| product.short()),
        left: t.fill(
            "transport.left_of",
            &[("left", &book.left.to_string()), ("all", &book.tickets.to_string())],
        ),
        about: joined([
            t.fill("transport.issued", &[("at", &when::stamp(t, book.issued.seconds, now))]),
            last.map_or_else(String::new, |last| t.fill("transport.until", &[("day", &last)])),
            book.operator.as_ref().map_or_else(String::new, |(id, name)| {
                let name = name.clone().unwrap_or_else(|| id.short());
                t.fill("transport.only", &[("name", &name)])
            }),
            yen(t, book.price),
        ]),
        state: state.to_owned(),
        state_code,
        voided: book.voided.as_ref().map(|voided| {
            t.fill(
                "transport.taken_back",
                &[
                    ("n", &voided.tickets.to_string()),
                    ("yen", &voided.refund.to_string()),
                    ("reason", &voided.reason),
                ],
            )
        }),
        can_void: book.left > 0,
    }
}

fn ride_line(shell: &Shell, ride: &RideSeen, may: May, now: i64) -> RideLine {
    let t = shell.t;
    let (vehicle, name) = &ride.vehicle;
    let is_taxi = ride.fare.is_some() && ride.route.is_none();
    let from = ride.from.clone().unwrap_or_else(|| t.say("transport.no_stop").to_owned());
    let section = match &ride.to {
        Some(to) => t.fill("transport.section", &[("from", &from), ("to", to)]),
        None if is_taxi => String::new(),
        None => t.fill("transport.from", &[("from", &from)]),
    };
    let entry = ride.entry.to_string();
    RideLine {
        may_correct: may.may_ride(ride.vehicle.0),
        is_refused: shell.is_refused() && shell.typed("entry") == entry,
        entry,
        at: when::stamp(t, ride.when.seconds, now),
        section: joined([
            name.clone().unwrap_or_else(|| vehicle.short()),
            ride.route.clone().unwrap_or_default(),
            section,
        ]),
        about: joined([
            count(t, ride.tickets),
            ride.fare.map_or_else(String::new, |fare| yen(t, fare)),
            words::assurance(t, ride.assurance).to_owned(),
            ride.recorded_late.map_or_else(String::new, |at| {
                t.fill("transport.late", &[("at", &when::stamp(t, at.seconds, now))])
            }),
        ]),
        owed: (ride.owed > 0).then(|| t.fill("transport.owed", &[("n", &ride.owed.to_string())])),
    }
}

/// The stops of a route, each with the route in its value: one choice says both.
fn choices(shell: &Shell, route: &RouteSeen) -> RouteChoice {
    let choice = |stop: Option<RecordId>, label: &str| {
        let value = match stop {
            Some(stop) => format!("{}.{stop}", route.id),
            None => route.id.to_string(),
        };
        Choice { is_chosen: shell.typed("place") == value, value, label: label.to_owned() }
    };
    let unknown = choice(None, shell.t.say("transport.no_stop"));
    let stops = route.stops.iter().map(|(stop, name)| choice(Some(*stop), name));
    RouteChoice { name: route.name.clone(), stops: std::iter::once(unknown).chain(stops).collect() }
}

/// A whole number up to `most`, where one was typed.
pub(crate) fn number(fields: &Fields, typed: Typed, most: u32) -> Result<Option<u32>, Mistake> {
    let text = words::narrow(fields.text(typed.field));
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.replace(',', "").parse().ok().filter(|number| *number <= most);
    number.map(Some).ok_or_else(|| typed.is(Wrong::NoNumber))
}

async fn send(
    app: &App,
    form: StaffForm,
    command: command::Command,
    done: String,
    back: &str,
) -> Response {
    form.send(app, Order::Service(Command::Transport(command)), done, back).await
}

/// `POST /transport/person/{person}/issue`
pub(crate) async fn issue(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let person = read_id(&person)?;
    if !May::of(&app, &form.staff).is_counter {
        return Err(PageError::NotAllowed);
    }
    let product: RecordId = form.fields.read("product")?;
    let seen = app.town().tickets_of(person).ok_or(PageError::NotFound)?;
    let sold = seen.sold.iter().find(|(sold, _)| sold.id == product);
    let name = sold.map_or("", |(sold, _)| sold.name.as_str());
    let done = form.t().fill("transport.done_issue", &[("name", name)]);
    let book = BookId(rand::random());
    let issue = command::Command::Issue { book, person, product, happened_at: None };
    Ok(send(&app, form, issue, done, &address(person)).await)
}

/// `POST /transport/person/{person}/void`
pub(crate) async fn void(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let person = read_id(&person)?;
    let back = address(person);
    let book: BookId = form.fields.read("book")?;
    if !May::of(&app, &form.staff).is_counter {
        return Err(PageError::NotAllowed);
    }
    let seen = app.town().tickets_of(person).ok_or(PageError::NotFound)?;
    // Nobody is paid back more than was paid.
    let held = seen.account.books.iter().find(|held| held.book == book);
    let most = held.map_or(YEN_MAX, |held| {
        let paid_back = held.voided.as_ref().map_or(0, |void| void.refund);
        held.price.saturating_sub(paid_back)
    });
    let typed = || -> Result<command::Command, Mistake> {
        Ok(command::Command::Void {
            book,
            tickets: number(&form.fields, TICKETS, u32::MAX)?,
            refund: number(&form.fields, REFUND, most)?.unwrap_or(0),
            reason: REASON.words(&form.fields)?,
            happened_at: None,
        })
    };
    match typed() {
        Ok(void) => {
            let done = form.t().say("transport.done_void").to_owned();
            Ok(send(&app, form, void, done, &back).await)
        }
        Err(mistake) => Ok(form.mend(&app, &mistake, &back)),
    }
}

/// `POST /transport/person/{person}/ride`
pub(crate) async fn ride(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let person = read_id(&person)?;
    let back = address(person);
    let place = form.fields.text("place");
    let (route, from) = match place.split_once('.') {
        Some((route, from)) => (Some(route), Some(from)),
        None => (Some(place).filter(|place| !place.is_empty()), None),
    };
    let record = |text: Option<&str>| -> Result<Option<RecordId>, PageError> {
        text.map(|text| text.parse().map_err(|_| PageError::BadField { field: "place" }))
            .transpose()
    };
    let (route, from) = (record(route)?, record(from)?);
    let seen = app.town().tickets_of(person).ok_or(PageError::NotFound)?;
    let is_listed = |route: RecordId| {
        let listed = seen.routes.iter().find(|listed| listed.id == route);
        listed.is_some_and(|listed| {
            from.is_none_or(|from| listed.stops.iter().any(|(stop, _)| *stop == from))
        })
    };
    if route.is_some_and(|route| !is_listed(route)) {
        return Err(PageError::BadField { field: "place" });
    }
    let may = May::of(&app, &form.staff);
    let vehicle: Option<SiteId> = form.fields.text(VEHICLE.field).parse().ok();
    let is_a_vehicle = |site: SiteId| seen.vehicles.iter().any(|(listed, _)| *listed == site);
    if vehicle.is_some_and(|vehicle| !is_a_vehicle(vehicle) || !may.may_ride(vehicle)) {
        return Err(PageError::NotAllowed);
    }
    let now = app.town().now();
    let typed = || -> Result<Board, Mistake> {
        let at = HAPPENED_AT.moment(&form.fields, now)?;
        Ok(Board {
            person,
            vehicle: Some(vehicle.ok_or_else(|| VEHICLE.is(Wrong::Missing))?),
            route,
            from,
            to: None,
            fare: number(&form.fields, FARE, YEN_MAX)?,
            tickets: number(&form.fields, TICKETS, TICKETS_MAX)?.unwrap_or(1),
            happened_at: Some(at.ok_or_else(|| HAPPENED_AT.is(Wrong::Missing))?),
        })
    };
    match typed() {
        Ok(ride) => {
            let done = form.t().say("transport.done_ride").to_owned();
            Ok(send(&app, form, command::Command::Board(ride), done, &back).await)
        }
        Err(mistake) => Ok(form.mend(&app, &mistake, &back)),
    }
}

/// `POST /transport/person/{person}/correct`
pub(crate) async fn correct(
    State(app): State<App>,
    Path(person): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let person = read_id(&person)?;
    let back = address(person);
    let target: EntryId = form.fields.read("entry")?;
    let may = May::of(&app, &form.staff);
    let account = app.town().tickets_of(person).ok_or(PageError::NotFound)?.account;
    let is_of_book = |book: &BookRow| {
        book.entry == target || book.voided.as_ref().is_some_and(|void| void.entry == target)
    };
    let ride = account.rides.iter().find(|ride| ride.entry == target);
    let is_meant = (may.is_counter && account.books.iter().any(is_of_book))
        || ride.is_some_and(|ride| may.may_ride(ride.vehicle.0));
    // Who corrected it before meant the same: the engine says so.
    let is_held = ride.is_some() || account.books.iter().any(is_of_book);
    if is_held && !is_meant || !is_held && !may.is_counter {
        return Err(PageError::NotAllowed);
    }
    let reason = match REASON.words(&form.fields) {
        Ok(reason) => reason,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let done = form.t().say("transport.done_correct").to_owned();
    let order = Order::Correct { scope: Scope::Transport, target, reason };
    Ok(form.send(&app, order, done, &back).await)
}
