//! 取り消す: what was recorded just now is taken back, by a correction of each of its entries.

use axum::extract::State;
use axum::response::Response;
use digiana_core::service::refusal::Refusal;

use crate::app::App;
use crate::auth::session::Undoing;
use crate::backend::order::Order;
use crate::page::form::StaffForm;

/// `POST /desk/undo`
pub(crate) async fn undo(State(app): State<App>, form: StaffForm) -> Response {
    let number = form.fields.text("undo");
    let undo = match app.sessions().take_undo(&form.staff, number) {
        Undoing::Open(undo) => undo,
        Undoing::Done(undo) => {
            let said = form.t().fill("done.undone_before", &[("what", &undo.said)]);
            return form.tell(&app, said, &undo.back);
        }
        Undoing::Unknown => {
            let home = app.home(form.staff.role);
            return form.refuse(&app, form.t().say("desk.undo_gone"), home);
        }
    };
    let reason = form.t().say("desk.undo_reason");
    for (scope, target) in undo.entries {
        let order = Order::Correct { scope, target, reason: reason.to_owned() };
        match app.town().submit(order).await {
            // Whoever corrected it on the roster meanwhile meant the same.
            Ok(_) | Err(Refusal::AlreadyCorrected) => {}
            Err(refusal) => {
                app.sessions().give_back_undo(&form.staff, number);
                return form.refuse(&app, form.refused(refusal), &undo.back);
            }
        }
    }
    form.tell(&app, form.t().fill("done.undone", &[("what", &undo.said)]), &undo.back)
}
