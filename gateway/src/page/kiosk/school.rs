//! At a school's gate: who came or left, by name, and when.

use digiana_core::fact::school::Attends;
use digiana_core::service::refusal::Refusal;
use digiana_core::time::minute_of_day;

use super::{Says, shelter};
use crate::app::App;
use crate::backend::{ShownName, Tap};
use crate::page::school::clock;
use crate::text::Text;

pub(super) fn noted(app: &App, t: &Text, tap: &Tap, attends: Attends) -> Says {
    let title = match attends {
        Attends::Arrived => t.say("kiosk.arrived"),
        Attends::Left => t.say("kiosk.left"),
        Attends::Absent => t.say("kiosk.thanks"),
    };
    // A gate that holds no register knows its pupils by the school's own list.
    let listed = app.town().place().site.zip(tap.person);
    let name = match (&tap.name, listed) {
        (ShownName::Unknown, Some((site, person))) => app.town().pupil_name(site, person),
        (held, _) => held.clone(),
    };
    let greeted = Tap { name, ..tap.clone() };
    let at = clock(minute_of_day(tap.at));
    Says { name: shelter::greeting(t, &greeted), ..Says::new("accepted", title, &at) }
}

/// What a gate says of a refusal of its own.
pub(super) fn refused(t: &Text, refusal: Refusal) -> Option<Says> {
    let is_no_pupil = refusal == Refusal::NotAPupil;
    is_no_pupil.then(|| Says::new("refused", t.say("kiosk.no_pupil"), t.say("kiosk.to_teacher")))
}
