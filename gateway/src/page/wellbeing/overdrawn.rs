//! Whose wallets are overdrawn: places that could not hear each other let the same points be spent.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::who;
use crate::app::App;
use crate::auth::session::Staff;
use crate::page::shell::{self, Shell, Visit};
use crate::page::words;

#[derive(Template)]
#[template(path = "wellbeing_overdrawn.html")]
struct OverdrawnPage {
    shell: Shell,
    owing: Vec<OwingLine>,
    all: u64,
}

struct OwingLine {
    person: String,
    name: String,
    kana: String,
    debt: String,
}

/// `GET /wellbeing/overdrawn`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
) -> Response {
    let shell = Shell::staff(&app, &staff, &visit);
    let t = shell.t;
    let owing = app.town().overdrawn();
    shell::html(&OverdrawnPage {
        all: owing.iter().map(|row| row.debt).sum(),
        owing: owing
            .iter()
            .map(|row| OwingLine {
                person: row.person.to_string(),
                name: who(t, &row.name, row.person),
                kana: words::kana(&row.name),
                debt: t.fill("wellbeing.n_points", &[("n", &row.debt.to_string())]),
            })
            .collect(),
        shell,
    })
}
