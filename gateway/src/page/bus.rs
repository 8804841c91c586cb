//! What a driver says: where the bus is, what a taxi's meter shows. Never who rides.
//!
//! Whatever is not said never holds anybody up: a ride is noted with 停留所不明.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use digiana_core::service::lists::route::Minute;
use digiana_core::service::transport::command::Trip;
use digiana_core::time::minute_of_day;
use digiana_node::config::Serves;
use digiana_node::handle::Did;
use digiana_node::reader::purpose::Purpose;

use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::TapOutcome;
use crate::backend::transport::RouteSeen;
use crate::error::PageError;
use crate::page::form::StaffForm;
use crate::page::shell::{self, Shell, Visit};
use crate::page::transport::person::{TICKETS_MAX, YEN_MAX, number};
use crate::page::typed::Typed;
use crate::page::{transport, when, words};
use crate::routes::see_other;
use crate::text::Text;

const TICKETS: Typed = Typed::new("tickets", "transport.tickets");
const FARE: Typed = Typed::new("fare", "transport.fare");

/// How often a page without script asks again: a stop by the timetable goes on by itself.
const REFRESH_SECONDS: u32 = 15;

/// How long the driver is shown what became of a tap.
const TAP_SHOWN_SECONDS: i64 = 30;

#[derive(Template)]
#[template(path = "bus.html")]
struct BusPage {
    shell: Shell,
    is_taxi: bool,
    last: Option<LastLine>,
    routes: Vec<Key>,
    route: Option<RouteLine>,
    /// What the next tap takes.
    fare: String,
    tickets: String,
    next_tap: Option<String>,
}

/// What became of the last tap.
struct LastLine {
    code: &'static str,
    said: String,
}

/// A key with what it says.
struct Key {
    value: String,
    label: String,
    is_chosen: bool,
}

/// Where the bus is.
struct RouteLine {
    id: String,
    name: String,
    stop: String,
    how: &'static str,
    before: Option<Key>,
    next: Option<Key>,
    /// The driver said where it is, and the timetable could.
    can_follow: bool,
    runs: Vec<Key>,
}

/// What a vehicle's next tap means.
struct Board {
    trip: Trip,
    fare: Option<u32>,
    tickets: u32,
}

/// The vehicle of this reader; not found where it is none.
fn board(app: &App) -> Result<Board, PageError> {
    match (app.town().serves(), app.town().purpose()) {
        (Serves::Bus | Serves::Taxi, Purpose::Board { trip, fare, tickets }) => {
            Ok(Board { trip, fare, tickets })
        }
        _ => Err(PageError::NotFound),
    }
}

/// `GET /bus`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
) -> Result<Response, PageError> {
    let Board { trip, fare, tickets } = board(&app)?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    let is_taxi = app.town().serves() == Serves::Taxi;
    shell.refresh = if is_taxi { 0 } else { REFRESH_SECONDS };
    let (t, now) = (shell.t, app.town().now());
    let routes = if is_taxi { Vec::new() } else { app.town().routes_here() };
    let route = routes.iter().find(|route| Some(route.id) == trip.route);
    let key = |route: &RouteSeen| Key {
        value: route.id.to_string(),
        label: route.name.clone(),
        is_chosen: Some(route.id) == trip.route,
    };
    let refused = |field: &str, held: String| {
        if shell.is_refused() { shell.typed(field).to_owned() } else { held }
    };
    Ok(shell::html(&BusPage {
        is_taxi,
        last: last(&app, t, now),
        route: route.map(|route| route_line(t, route, &trip, minute_of_day(now))),
        routes: routes.iter().map(key).collect(),
        next_tap: (fare.is_some() || tickets != 1).then(|| next_tap(t, fare, tickets)),
        fare: refused("fare", fare.map_or_else(String::new, |fare| fare.to_string())),
        tickets: refused("tickets", tickets.to_string()),
        shell,
    }))
}

/// What the next tap takes, in words.
pub(crate) fn next_tap(t: &Text, fare: Option<u32>, tickets: u32) -> String {
    let tickets = t.fill("bus.tickets", &[("n", &tickets.to_string())]);
    match fare {
        Some(fare) => {
            format!("{}　{tickets}", t.fill("bus.fare", &[("n", &fare.to_string())]))
        }
        None => tickets,
    }
}

/// What became of the last tap: how many rides are left, never whose.
fn last(app: &App, t: &Text, now: i64) -> Option<LastLine> {
    let tap = app.town().last_tap()?;
    if now.saturating_sub(tap.at) >= TAP_SHOWN_SECONDS {
        return None;
    }
    let line = |code, said: &str| Some(LastLine { code, said: said.to_owned() });
    match tap.outcome {
        TapOutcome::Accepted(Did::Rode) => {
            let ride = tap.person.and_then(|person| app.town().last_ride(person));
            match ride {
                Some(ride) if ride.owed > 0 => line("owed", t.say("bus.noted_owed")),
                Some(ride) => {
                    let left = ride.left.to_string();
                    line("done", &t.fill("bus.noted_left", &[("n", &left)]))
                }
                None => line("done", t.say("bus.noted")),
            }
        }
        TapOutcome::Accepted(_) => line("done", t.say("bus.noted")),
        TapOutcome::Repeated => line("done", t.say("kiosk.repeated")),
        TapOutcome::UnknownCard => line("refused", t.say("kiosk.unknown")),
        TapOutcome::CardStopped => line("refused", t.say("kiosk.stopped")),
        TapOutcome::TurnedAway(why) => line("refused", words::turned_away(t, why)),
        TapOutcome::PulledTooSoon => line("refused", t.say("kiosk.pulled_next")),
        TapOutcome::NotNow(refusal) => line("refused", words::refused(t, refusal)),
    }
}

fn route_line(t: &'static Text, route: &RouteSeen, trip: &Trip, now: Minute) -> RouteLine {
    let run = trip.run.and_then(|run| route.runs.get(usize::from(run)));
    let said = trip.stop.map(usize::from).filter(|stop| *stop < route.stops.len());
    let at = said.or_else(|| run.and_then(|run| by_timetable(run, now)));
    // A bus passes stops at which its run does not stop.
    let stops_at =
        |place: &usize| run.is_none_or(|run| run.get(*place).is_some_and(Option::is_some));
    let key = |place: usize| {
        let (_, name) = route.stops.get(place)?;
        Some(Key { value: place.to_string(), label: name.clone(), is_chosen: false })
    };
    let next = match at {
        Some(at) => (at + 1..route.stops.len()).find(stops_at),
        None => (0..route.stops.len()).find(stops_at),
    };
    let before = at.and_then(|at| (0..at).rev().find(stops_at));
    let name = at.and_then(|at| route.stops.get(at)).map(|(_, name)| name.clone());
    let runs = (0_u16..).zip(&route.runs).map(|(number, run)| Key {
        value: number.to_string(),
        label: run_label(t, route, run),
        is_chosen: trip.run == Some(number),
    });
    RouteLine {
        id: route.id.to_string(),
        name: route.name.clone(),
        stop: name.unwrap_or_else(|| t.say("transport.no_stop").to_owned()),
        how: match (said, at) {
            (Some(_), _) => t.say("bus.said"),
            (None, Some(_)) => t.say("bus.by_timetable"),
            (None, None) => t.say("bus.unknown_note"),
        },
        before: before.and_then(key),
        next: next.and_then(key),
        can_follow: said.is_some() && run.is_some(),
        runs: runs.collect(),
    }
}

/// The place in a run where its bus is by the timetable: the last stop it has left or leaves now;
/// before its first, its first.
fn by_timetable(run: &[Option<Minute>], now: Minute) -> Option<usize> {
    let stops = || run.iter().enumerate().filter_map(|(place, time)| Some((place, (*time)?)));
    let left = stops().rfind(|(_, time)| *time <= now);
    left.or_else(|| stops().next()).map(|(place, _)| place)
}

fn clock(minute: Minute) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

fn run_label(t: &Text, route: &RouteSeen, run: &[Option<Minute>]) -> String {
    let mut stops =
        run.iter().zip(&route.stops).filter_map(|(time, (_, name))| Some(((*time)?, name)));
    let first = stops.next();
    let last = stops.next_back();
    match (first, last) {
        (Some((from, _)), Some((_, to))) => {
            t.fill("bus.run", &[("time", &clock(from)), ("to", to)])
        }
        (Some((from, _)), None) => clock(from),
        (None, _) => String::new(),
    }
}

/// The run that is on its way, or starts or ended nearest to now.
fn nearest(route: &RouteSeen, now: Minute) -> Option<u16> {
    let away = |run: &Vec<Option<Minute>>| {
        let mut times = run.iter().flatten();
        let first = *times.next()?;
        let last = times.last().copied().unwrap_or(first);
        Some(if now < first { first - now } else { now.saturating_sub(last) })
    };
    let runs = (0_u16..).zip(&route.runs);
    let known = runs.filter_map(|(number, run)| Some((away(run)?, number)));
    known.min().map(|(_, number)| number)
}

/// `POST /bus`
pub(crate) async fn set(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let Board { mut trip, mut fare, mut tickets } = board(&app)?;
    let fields = &form.fields;
    let place = |name| -> Result<Option<u16>, PageError> {
        let text = fields.text(name);
        if text.is_empty() { Ok(None) } else { fields.read(name).map(Some) }
    };
    if fields.has("route") {
        let routes = app.town().routes_here();
        let chosen = routes.iter().find(|route| route.id.to_string() == fields.text("route"));
        let now = minute_of_day(app.town().now());
        trip = Trip {
            route: chosen.map(|route| route.id),
            run: chosen.and_then(|route| nearest(route, now)),
            stop: None,
        };
    } else if fields.has("of") {
        // A page of another route, open since before, moves nothing.
        if trip.route.map(|route| route.to_string()).as_deref() == Some(fields.text("of")) {
            if fields.has("run") {
                trip = Trip { run: place("run")?, stop: None, ..trip };
            } else if fields.has("stop") {
                trip.stop = place("stop")?;
            }
        }
    } else {
        let typed = number(fields, FARE, YEN_MAX)
            .and_then(|fare| Ok((fare, number(fields, TICKETS, TICKETS_MAX)?)));
        match typed {
            Ok((typed_fare, typed_tickets)) => {
                (fare, tickets) = (typed_fare, typed_tickets.unwrap_or(1).max(1));
            }
            Err(mistake) => return Ok(form.mend(&app, &mistake, "/bus")),
        }
    }
    app.town().set_purpose(Purpose::Board { trip, fare, tickets });
    Ok(see_other("/bus"))
}

/// Since when what is left was not heard from headquarters, or as of now: for a screen.
pub(crate) fn as_of(app: &App, t: &Text) -> String {
    transport::cut_off(app, t).unwrap_or_else(|| {
        let now = app.town().now();
        t.fill("transport.as_of", &[("at", &when::stamp(t, now, now))])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;
    use digiana_core::id::RecordId;

    fn route() -> RouteSeen {
        let stop = |number: u8| (RecordId([number; 8]), format!("停留所{number}（訓練データ）"));
        RouteSeen {
            id: RecordId([9; 8]),
            name: "都賀線（訓練データ）".to_owned(),
            stops: vec![stop(1), stop(2), stop(3)],
            runs: vec![vec![Some(420), Some(430), Some(440)], vec![Some(600), None, Some(640)]],
        }
    }

    #[test]
    fn the_run_that_is_on_its_way_is_chosen_else_the_nearest() {
        let runs = [0, 430, 500, 530, 620, 1400].map(|now| nearest(&route(), now));
        assert_eq!(runs, [0, 0, 0, 1, 1, 1].map(Some));
        assert_eq!(nearest(&RouteSeen { runs: Vec::new(), ..route() }, 0), None);
    }

    #[test]
    fn the_next_stop_follows_the_timetable_then_the_driver() {
        let t = Lang::Ja.text();
        let line = |run, stop, now| {
            let trip = Trip { route: None, run, stop };
            let line = route_line(t, &route(), &trip, now);
            let value = |key: Option<Key>| key.map_or_else(String::new, |key| key.value);
            (line.stop, value(line.before), value(line.next), line.can_follow)
        };
        let stop = |number: u8| format!("停留所{number}（訓練データ）");
        let told = |stop, before: &str, next: &str, follow| {
            (stop, before.to_owned(), next.to_owned(), follow)
        };
        assert_eq!(line(Some(0), None, 400), told(stop(1), "", "1", false));
        assert_eq!(line(Some(0), None, 435), told(stop(2), "0", "2", false));
        assert_eq!(line(Some(0), Some(2), 435), told(stop(3), "1", "", true));
        assert_eq!(line(Some(1), None, 610), told(stop(1), "", "2", false), "it passes the second");
        let unknown = t.say("transport.no_stop").to_owned();
        assert_eq!(line(None, None, 610), told(unknown, "", "0", false));
    }
}
