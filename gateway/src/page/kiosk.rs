//! The screen beside a reader: one state, one sentence. It never shows a protected name.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use digiana_core::fact::shelter::Act;
use digiana_node::handle::Did;

use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::{ShownName, Tap, TapOutcome};
use crate::page::shell::{self, Shell, Visit};
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
    next: String,
    /// Seconds until the screen clears by itself; 0 where there is nothing to clear.
    clears_in: i64,
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
    let recent = app.town().last_tap().filter(|tap| left(tap) > 0);
    let Some(tap) = recent else {
        return shell::html(&KioskPage {
            tone: "waiting",
            tap: String::new(),
            title: t.say("kiosk.touch").to_owned(),
            name: String::new(),
            next: t.say("kiosk.touch_next").to_owned(),
            clears_in: 0,
            shell,
        });
    };
    let clears_in = left(&tap);
    let (tone, title, next) = outcome(t, tap.outcome);
    let name = greeting(t, &tap);
    shell::html(&KioskPage {
        tone,
        tap: format!("{}-{title}", tap.at),
        title: title.to_owned(),
        name,
        next: next.to_owned(),
        clears_in,
        shell,
    })
}

/// Who it was, where the tap was taken and the name may be seen; thanks alone otherwise.
fn greeting(t: &Text, tap: &Tap) -> String {
    let accepted = matches!(tap.outcome, TapOutcome::Accepted(_) | TapOutcome::Repeated);
    match &tap.name {
        _ if !accepted => String::new(),
        ShownName::Shown { name, .. } => t.fill("kiosk.name", &[("name", name)]),
        ShownName::Protected | ShownName::Unknown => t.say("kiosk.thanks").to_owned(),
    }
}

fn outcome(t: &Text, outcome: TapOutcome) -> (&'static str, &str, &str) {
    match outcome {
        TapOutcome::Accepted(Did::Shelter(Act::CheckIn)) => {
            ("accepted", t.say("kiosk.check_in"), t.say("kiosk.check_in_next"))
        }
        TapOutcome::Accepted(Did::Shelter(Act::Return)) => {
            ("accepted", t.say("kiosk.return"), t.say("kiosk.check_in_next"))
        }
        TapOutcome::Accepted(Did::Shelter(Act::Leave)) => {
            ("accepted", t.say("kiosk.leave"), t.say("kiosk.leave_next"))
        }
        TapOutcome::Accepted(Did::Shelter(Act::CheckOut)) => {
            ("accepted", t.say("kiosk.check_out"), t.say("kiosk.check_out_next"))
        }
        TapOutcome::Accepted(Did::Visited | Did::Rode | Did::Spent(_) | Did::School(_)) => {
            ("accepted", t.say("kiosk.thanks"), "")
        }
        TapOutcome::Repeated => ("accepted", t.say("kiosk.repeated"), t.say("kiosk.check_in_next")),
        TapOutcome::UnknownCard => ("refused", t.say("kiosk.unknown"), t.say("kiosk.to_desk")),
        TapOutcome::CardStopped => ("refused", t.say("kiosk.stopped"), t.say("kiosk.to_desk")),
        TapOutcome::PulledTooSoon => ("again", t.say("kiosk.pulled"), t.say("kiosk.pulled_next")),
        TapOutcome::NotNow => ("refused", t.say("kiosk.not_now"), t.say("kiosk.to_desk")),
    }
}
