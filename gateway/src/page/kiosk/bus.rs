//! In a bus or a taxi: that the ride is noted. Never a name.

use super::Says;
use crate::app::App;
use crate::backend::Tap;
use crate::text::Text;

pub(super) fn waiting(_: &App, t: &Text) -> Says {
    Says::new("waiting", t.say("kiosk.touch"), t.say("kiosk.touch_next"))
}

pub(super) fn rode(_: &App, t: &Text, _: &Tap) -> Says {
    Says::new("accepted", t.say("kiosk.thanks"), "")
}
