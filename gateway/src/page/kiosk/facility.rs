//! At a facility: what the visit brought. Never a name.

use super::Says;
use crate::app::App;
use crate::backend::Tap;
use crate::text::Text;

pub(super) fn visited(_: &App, t: &Text, _: &Tap) -> Says {
    Says::new("accepted", t.say("kiosk.visited"), t.say("kiosk.thanks"))
}
