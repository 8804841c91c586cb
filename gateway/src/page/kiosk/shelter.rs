//! At a shelter: who came, left or returned, by name.

use digiana_core::fact::shelter::Act;

use super::Says;
use crate::backend::{ShownName, Tap};
use crate::text::Text;

pub(super) fn taken(t: &Text, tap: &Tap, act: Act) -> Says {
    let (title, next) = match act {
        Act::CheckIn => (t.say("kiosk.check_in"), t.say("kiosk.check_in_next")),
        Act::Return => (t.say("kiosk.return"), t.say("kiosk.check_in_next")),
        Act::Leave => (t.say("kiosk.leave"), t.say("kiosk.leave_next")),
        Act::CheckOut => (t.say("kiosk.check_out"), t.say("kiosk.check_out_next")),
    };
    Says { name: greeting(t, tap), ..Says::new("accepted", title, next) }
}

/// Who it was, where the name may be seen; thanks alone otherwise.
pub(super) fn greeting(t: &Text, tap: &Tap) -> String {
    match &tap.name {
        ShownName::Shown { name, .. } => t.fill("kiosk.name", &[("name", name)]),
        ShownName::Protected | ShownName::Unknown => t.say("kiosk.thanks").to_owned(),
    }
}
