//! At a school's gate: who came or left, by name.

use digiana_core::fact::school::Attends;

use super::{Says, shelter};
use crate::backend::Tap;
use crate::text::Text;

pub(super) fn noted(t: &Text, tap: &Tap, _: Attends) -> Says {
    Says { name: shelter::greeting(t, tap), ..Says::new("accepted", t.say("kiosk.thanks"), "") }
}
