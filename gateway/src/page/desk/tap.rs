//! A card that was just read at this desk's reader: who it was, and who else of the household came.

use std::sync::PoisonError;

use axum::extract::State;
use axum::response::Response;
use digiana_core::fact::shelter::Act;
use digiana_core::id::SiteId;
use digiana_node::handle::Did;

use super::address::Address;
use super::household::{MemberLine, member};
use crate::app::App;
use crate::backend::{RosterRow, Tap, TapOutcome};
use crate::error::PageError;
use crate::page::form::{Fields, StaffForm};
use crate::page::words;
use crate::routes::see_other;
use crate::text::Text;

/// How long a desk shows who tapped: long enough to ask a family who has come, short enough that
/// nobody takes it for the one who stands there now.
const SHOWN_SECONDS: i64 = 180;

/// How long a desk shows that a card was refused.
const REFUSED_SECONDS: i64 = 30;

/// The longest time after a tap in which its entry is stamped.
const STAMPED_WITHIN_SECONDS: i64 = 5;

/// A tap as a desk shows it.
pub(super) struct TapLine {
    /// Tells it from the next.
    pub(super) word: String,
    pub(super) said: String,
    pub(super) is_refused: bool,
    pub(super) person: String,
    pub(super) name: String,
    pub(super) kana: String,
    /// The rest of the household who are not here.
    pub(super) members: Vec<MemberLine>,
    /// The entry to correct, should it have been the wrong card.
    pub(super) entry: Option<String>,
}

/// The last tap at the reader of `site`, unless staff have dealt with it or it was long ago.
pub(super) fn line(app: &App, t: &Text, site: SiteId, roster: &[RosterRow]) -> Option<TapLine> {
    let tap = app.town().last_tap().filter(|_| app.town().place().site == Some(site))?;
    let (said, shown_for) = said(t, tap.outcome);
    let age = app.town().now().saturating_sub(tap.at);
    let is_handled =
        *app.handled_tap().lock().unwrap_or_else(PoisonError::into_inner) == word(&tap);
    if age >= shown_for || is_handled {
        return None;
    }
    let line = TapLine {
        word: word(&tap),
        said: if tap.doubtful {
            format!("{said}　{}", t.say("tap.doubtful"))
        } else {
            said.to_owned()
        },
        is_refused: tap.person.is_none(),
        person: String::new(),
        name: String::new(),
        kana: String::new(),
        members: Vec::new(),
        entry: None,
    };
    let Some(person) = tap.person else { return Some(line) };
    let household = app.town().household(person);
    let own = household.members.first().map_or(person, |own| own.person);
    let is_in =
        |other| roster.iter().any(|row| row.person == other && !matches!(row.act, Act::Leave));
    let rest = household.members.iter().skip(1).filter(|other| !is_in(other.person));
    let wrote = |row: &&RosterRow| {
        row.person == own && row.at.abs_diff(tap.at) <= STAMPED_WITHIN_SECONDS.unsigned_abs()
    };
    Some(TapLine {
        person: own.to_string(),
        name: words::name(t, &tap.name),
        kana: words::kana(&tap.name),
        members: rest.map(|other| member(t, other)).collect(),
        entry: roster.iter().find(wrote).map(|row| row.entry.to_string()),
        ..line
    })
}

/// The sentence, and for how many seconds it stands.
pub(crate) fn said(t: &Text, outcome: TapOutcome) -> (&str, i64) {
    match outcome {
        TapOutcome::Accepted(Did::Shelter(Act::CheckIn)) => (t.say("tap.check_in"), SHOWN_SECONDS),
        TapOutcome::Accepted(Did::Shelter(Act::Return)) => (t.say("tap.return"), SHOWN_SECONDS),
        TapOutcome::Accepted(Did::Shelter(Act::Leave)) => (t.say("tap.leave"), SHOWN_SECONDS),
        TapOutcome::Accepted(Did::Shelter(Act::CheckOut)) => {
            (t.say("tap.check_out"), SHOWN_SECONDS)
        }
        // A desk of a shelter stands beside a reader of a shelter.
        TapOutcome::Accepted(Did::Visited | Did::Rode | Did::Spent(_) | Did::School(_)) => {
            (t.say("tap.recorded"), SHOWN_SECONDS)
        }
        TapOutcome::Repeated => (t.say("tap.repeated"), REFUSED_SECONDS),
        TapOutcome::UnknownCard => (t.say("refused.unknown_token"), REFUSED_SECONDS),
        TapOutcome::CardStopped => (t.say("refused.token_suspended"), REFUSED_SECONDS),
        TapOutcome::TurnedAway(why) => (words::turned_away(t, why), REFUSED_SECONDS),
        TapOutcome::PulledTooSoon => (t.say("kiosk.pulled_next"), REFUSED_SECONDS),
        TapOutcome::NotNow(_) => (t.say("kiosk.not_now"), REFUSED_SECONDS),
    }
}

fn word(tap: &Tap) -> String {
    let person = tap.person.map_or_else(String::new, |person| person.to_string());
    format!("{}.{person}", tap.at)
}

/// Notes that staff have dealt with the tap that a form is about, if it is the last one still.
pub(super) fn note_handled(app: &App, fields: &Fields) {
    let handled = fields.text("tap");
    if app.town().last_tap().is_some_and(|tap| word(&tap) == handled) {
        let mut kept = app.handled_tap().lock().unwrap_or_else(PoisonError::into_inner);
        handled.clone_into(&mut kept);
    }
}

/// `POST /desk/tap`: nobody else has come.
pub(crate) async fn dismiss(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    note_handled(&app, &form.fields);
    Ok(see_other(&Address::after(&form, site).to_string()))
}
