//! At a shop: what is to be paid, and what was. Never a name.

use digiana_core::service::refusal::Refusal;
use digiana_node::reader::purpose::Purpose;

use super::Says;
use crate::app::App;
use crate::backend::Tap;
use crate::text::Text;

/// What the next card pays, once the shop has typed it.
pub(super) fn waiting(app: &App, t: &Text) -> Says {
    match app.town().purpose() {
        Purpose::Spend { points: Some(points) } => Says {
            figure: t.fill("kiosk.points", &[("n", &points.to_string())]),
            ..Says::new("waiting", t.say("kiosk.pay"), t.say("kiosk.touch_next"))
        },
        Purpose::Spend { points: None }
        | Purpose::CheckIn
        | Purpose::Visit
        | Purpose::Board { .. }
        | Purpose::School => {
            Says::new("waiting", t.say("kiosk.no_amount"), t.say("kiosk.no_amount_next"))
        }
    }
}

pub(super) fn paid(app: &App, t: &Text, tap: &Tap, points: u32) -> Says {
    let left = tap.person.map(|person| app.town().earned(person).points).filter(|left| *left >= 0);
    let next = left.map_or_else(
        || t.say("kiosk.thanks").to_owned(),
        |left| t.fill("kiosk.points_left", &[("n", &left.to_string())]),
    );
    Says {
        figure: t.fill("kiosk.points", &[("n", &points.to_string())]),
        ..Says::new("accepted", t.say("kiosk.paid"), &next)
    }
}

/// What a shop says of a refusal of its own.
pub(super) fn refused(t: &Text, refusal: Refusal) -> Option<Says> {
    let (tone, title, next) = if refusal == Refusal::TooFewPoints {
        ("refused", t.say("kiosk.too_few"), t.say("kiosk.to_shop"))
    } else if refusal == Refusal::NoAmount {
        ("again", t.say("kiosk.no_amount"), t.say("kiosk.no_amount_next"))
    } else {
        return None;
    };
    Some(Says::new(tone, title, next))
}
