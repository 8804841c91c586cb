//! Who was not seen for days (見守り): sure of it, or 情報不足 with the readers that are silent.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::{silent, who};
use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::wellbeing::Unseen;
use crate::page::shell::{self, Shell, Visit};
use crate::page::{when, words};
use crate::text::Text;

#[derive(Template)]
#[template(path = "wellbeing_unseen.html")]
struct UnseenPage {
    shell: Shell,
    has_register: bool,
    not_seen: Vec<UnseenLine>,
    unknown: Vec<UnseenLine>,
}

struct UnseenLine {
    person: String,
    name: String,
    kana: String,
    last: String,
    days: String,
    silent: Vec<String>,
}

/// `GET /wellbeing/unseen`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
) -> Response {
    let shell = Shell::staff(&app, &staff, &visit);
    let (t, now) = (shell.t, app.town().now());
    let list = app.town().unseen();
    let (not_seen, unknown): (Vec<_>, Vec<_>) =
        list.iter().flatten().partition(|unseen| unseen.silent.is_empty());
    let lines = |list: Vec<&Unseen>| list.iter().map(|unseen| line(t, unseen, now)).collect();
    shell::html(&UnseenPage {
        has_register: list.is_some(),
        not_seen: lines(not_seen),
        unknown: lines(unknown),
        shell,
    })
}

fn line(t: &Text, unseen: &Unseen, now: i64) -> UnseenLine {
    UnseenLine {
        person: unseen.person.to_string(),
        name: who(t, &unseen.name, unseen.person),
        kana: words::kana(&unseen.name),
        last: match unseen.last_seen {
            Some(at) => t.fill(
                "wellbeing.seen_at",
                &[("at", &when::stamp(t, at, now)), ("age", &when::age(t, at, now))],
            ),
            None => t.say("wellbeing.never_seen").to_owned(),
        },
        days: t.fill("wellbeing.after_days", &[("n", &unseen.days.to_string())]),
        silent: unseen.silent.iter().map(|device| silent(t, device, now)).collect(),
    }
}
