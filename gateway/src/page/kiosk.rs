//! The screen beside a reader: one state, one sentence. It never shows a protected name.
//!
//! What it says of a tap that was taken is each service's own; a name is shown at shelters and
//! schools only.

mod bus;
mod facility;
mod school;
mod shelter;
mod shop;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use digiana_core::service::refusal::Refusal;
use digiana_node::config::Serves;
use digiana_node::handle::Did;

use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::{Tap, TapOutcome};
use crate::page::shell::{self, Shell, Visit};
use crate::page::words;
use crate::text::Text;

#[derive(Template)]
#[template(path = "kiosk.html")]
struct KioskPage {
    shell: Shell,
    tone: &'static str,
    /// Tells one tap from the next, so that each sounds once; empty where there is none.
    tap: String,
    title: String,
    name: String,
    figure: String,
    next: String,
    /// Whether whoever has no card is told that codes are not read now.
    no_codes: bool,
    /// A pupil without a card chooses their name.
    has_names: bool,
    /// Seconds until the screen clears by itself; 0 where there is nothing to clear.
    clears_in: i64,
}

/// What the screen says.
struct Says {
    /// How it looks and sounds: `waiting`, `accepted`, `again` or `refused`.
    tone: &'static str,
    title: String,
    /// Whom it greets; empty for nobody.
    name: String,
    /// What is to be read from afar, such as a number of points or rides; empty for nothing.
    figure: String,
    /// What to do next.
    next: String,
}

impl Says {
    fn new(tone: &'static str, title: &str, next: &str) -> Self {
        let (title, next) = (title.to_owned(), next.to_owned());
        Self { tone, title, name: String::new(), figure: String::new(), next }
    }
}

/// `GET /kiosk`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
) -> Response {
    let mut shell = Shell::staff(&app, &staff, &visit);
    shell.refresh = 5;
    let t = shell.t;
    let shown_for = i64::from(app.web().kiosk_seconds);
    let left = |tap: &Tap| shown_for.saturating_sub(app.town().now().saturating_sub(tap.at).max(0));
    let recent = app.newest_tap().filter(|tap| left(tap) > 0);
    let clears_in = recent.as_ref().map_or(0, left);
    let is_forgotten = app.town().card_is_forgotten();
    let mut says = match &recent {
        // Whoever came since hears first what became of their own.
        Some(tap) => answered(&app, t, tap),
        None if is_forgotten => {
            Says::new("again", t.say("kiosk.forgotten"), t.say("kiosk.forgotten_next"))
        }
        None if app.town().reader_is_lost() => {
            Says::new("refused", t.say("kiosk.no_reader"), t.say("kiosk.call_staff"))
        }
        None => waiting(&app, t),
    };
    let no_codes = recent.is_none() && !is_forgotten && app.town().scanner_is_away();
    if recent.as_ref().is_some_and(|tap| tap.doubtful) {
        says.next = t.say("kiosk.doubtful").to_owned();
    }
    let Says { tone, title, name, figure, next } = says;
    let at = recent.map(|tap| tap.at).or_else(|| is_forgotten.then_some(0));
    let tap = at.map_or_else(String::new, |at| format!("{at}-{title}"));
    let has_names = app.town().serves() == Serves::School;
    shell::html(&KioskPage {
        shell,
        tone,
        tap,
        title,
        name,
        figure,
        next,
        no_codes,
        has_names,
        clears_in,
    })
}

/// Before anybody comes.
fn waiting(app: &App, t: &Text) -> Says {
    match app.town().serves() {
        Serves::Shelter | Serves::Facility | Serves::School => {
            Says::new("waiting", t.say("kiosk.touch"), t.say("kiosk.touch_next"))
        }
        Serves::Bus | Serves::Taxi => bus::waiting(app, t),
        Serves::Shop => shop::waiting(app, t),
    }
}

/// What became of a tap.
fn answered(app: &App, t: &Text, tap: &Tap) -> Says {
    match tap.outcome {
        TapOutcome::Accepted(Did::Shelter(act)) => shelter::taken(t, tap, act),
        TapOutcome::Accepted(Did::Visited) => facility::visited(app, t, tap),
        TapOutcome::Accepted(Did::Spent(points)) => shop::paid(app, t, tap, points),
        TapOutcome::Accepted(Did::Rode) => bus::rode(app, t, tap),
        TapOutcome::Accepted(Did::School(attends)) => school::noted(app, t, tap, attends),
        TapOutcome::Repeated => {
            let next = match app.town().serves() {
                Serves::Shelter => t.say("kiosk.check_in_next"),
                Serves::Facility => t.say("kiosk.visited_already"),
                Serves::Bus | Serves::Taxi | Serves::Shop | Serves::School => "",
            };
            Says::new("accepted", t.say("kiosk.repeated"), next)
        }
        TapOutcome::UnknownCard => {
            Says::new("refused", t.say("kiosk.unknown"), t.say("kiosk.to_desk"))
        }
        TapOutcome::CardStopped => {
            Says::new("refused", t.say("kiosk.stopped"), t.say("kiosk.to_desk"))
        }
        TapOutcome::TurnedAway(why) => {
            Says::new("refused", words::turned_away(t, why), t.say("kiosk.to_desk"))
        }
        TapOutcome::PulledTooSoon => {
            Says::new("again", t.say("kiosk.pulled"), t.say("kiosk.pulled_next"))
        }
        TapOutcome::NotNow(refusal) => not_now(app, t, refusal),
    }
}

/// Why nothing could be recorded.
fn not_now(app: &App, t: &Text, refusal: Refusal) -> Says {
    let service = match app.town().serves() {
        Serves::Shop => shop::refused(t, refusal),
        Serves::School => school::refused(t, refusal),
        Serves::Shelter | Serves::Facility | Serves::Bus | Serves::Taxi => None,
    };
    service.unwrap_or_else(|| {
        // What is wrong with this device, nobody at the reader can put right by waiting.
        let (title, next) = if refusal == Refusal::StoreFull {
            ("kiosk.store_full", "kiosk.call_staff")
        } else if refusal == Refusal::NotDurable {
            ("kiosk.not_durable", "kiosk.call_staff")
        } else {
            ("kiosk.not_now", "kiosk.to_desk")
        };
        Says::new("refused", t.say(title), t.say(next))
    })
}
