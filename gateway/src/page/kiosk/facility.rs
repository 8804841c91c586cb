//! At a facility: what the visit brought, and what there is. Never a name.

use super::Says;
use crate::app::App;
use crate::backend::Tap;
use crate::text::Text;

pub(super) fn visited(app: &App, t: &Text, tap: &Tap) -> Says {
    let Some(person) = tap.person else {
        return Says::new("accepted", t.say("kiosk.visited"), t.say("kiosk.thanks"));
    };
    let earned = app.town().earned(person);
    let have = t.fill("kiosk.have", &[("n", &earned.points.to_string())]);
    let (title, today) = (t.say("kiosk.visited"), earned.today.to_string());
    if earned.points < 0 || earned.today == 0 {
        // A debt is for the counter, not for whoever stands in the queue behind.
        let next = if earned.points < 0 { t.say("kiosk.thanks") } else { have.as_str() };
        return Says::new("accepted", title, next);
    }
    Says { figure: t.fill("kiosk.earned", &[("n", &today)]), ..Says::new("accepted", title, &have) }
}
