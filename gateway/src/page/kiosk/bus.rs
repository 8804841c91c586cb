//! In a bus or a taxi: how many rides are left, or that it is paid later. Never a name.

use digiana_node::reader::purpose::Purpose;

use super::Says;
use crate::app::App;
use crate::backend::Tap;
use crate::page::bus;
use crate::text::Text;

pub(super) fn waiting(app: &App, t: &Text) -> Says {
    let says = Says::new("waiting", t.say("kiosk.touch"), t.say("kiosk.touch_next"));
    match app.town().purpose() {
        Purpose::Board { fare, tickets, .. } if fare.is_some() || tickets != 1 => {
            Says { figure: bus::next_tap(t, fare, tickets), ..says }
        }
        Purpose::Board { .. }
        | Purpose::CheckIn
        | Purpose::Visit
        | Purpose::Spend { .. }
        | Purpose::School => says,
    }
}

pub(super) fn rode(app: &App, t: &Text, tap: &Tap) -> Says {
    let Some(ride) = tap.person.and_then(|person| app.town().last_ride(person)) else {
        return Says::new("accepted", t.say("kiosk.thanks"), "");
    };
    let as_of = bus::as_of(app, t);
    if ride.owed > 0 {
        let next = format!("{}\n{as_of}", t.say("bus.owed_next"));
        return Says {
            figure: t.say("bus.owed").to_owned(),
            ..Says::new("accepted", t.say("bus.rode"), &next)
        };
    }
    Says {
        figure: t.fill("bus.left", &[("n", &ride.left.to_string())]),
        ..Says::new("accepted", t.say("bus.rode"), &as_of)
    }
}
