//! The roster (避難者名簿) of a shelter, whole or as far as a name fits.

use digiana_core::fact::shelter::Act;
use digiana_core::service::search::folded;

use super::joined;
use crate::backend::{Custody, Gone, RosterRow, ShownName};
use crate::page::shell::Shell;
use crate::page::{when, words};
use crate::text::Text;

pub(crate) struct RosterLine {
    pub(super) person: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(crate) about: String,
    pub(crate) since: String,
    pub(crate) custody: String,
    pub(crate) is_held: bool,
    pub(super) is_away: bool,
    pub(super) also_at: Option<String>,
    pub(super) entry: String,
    /// Something about this row was refused just now.
    pub(super) is_refused: bool,
}

/// The rows whose name or kana has `who` in it; all of them for an empty one.
pub(super) fn lines(shell: &Shell, rows: &[RosterRow], who: &str, now: i64) -> Vec<RosterLine> {
    let who = folded(who);
    rows.iter()
        .filter(|row| has(&row.name, &who))
        .map(|row| RosterLine::of(shell, row, now))
        .collect()
}

/// Somebody who has left, with the entry to take back.
pub(super) struct GoneLine {
    pub(super) person: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) about: String,
    pub(super) entry: String,
}

/// Those who have left whose name or kana has `who` in it.
pub(super) fn gone(t: &Text, left: &[Gone], who: &str, now: i64) -> Vec<GoneLine> {
    let who = folded(who);
    let line = |gone: &Gone| GoneLine {
        person: gone.person.to_string(),
        name: words::name(t, &gone.name),
        kana: words::kana(&gone.name),
        about: joined(&[
            &words::birth_year(t, gone.birth_year),
            &when::stamp(t, gone.at, now),
            words::whereabouts(t, Act::CheckOut),
            gone.destination.as_deref().unwrap_or_default(),
        ]),
        entry: gone.entry.to_string(),
    };
    left.iter().filter(|gone| has(&gone.name, &who)).map(line).collect()
}

/// Whether a name or its kana has that in it, which is folded.
fn has(name: &ShownName, who: &str) -> bool {
    match name {
        ShownName::Shown { name, kana } => folded(name).contains(who) || folded(kana).contains(who),
        ShownName::Protected | ShownName::Unknown => who.is_empty(),
    }
}

/// How many rows there are, and how many of them are shown.
pub(super) fn count(t: &Text, shown: usize, all: usize) -> String {
    let (shown, all) = (shown.to_string(), all.to_string());
    if shown == all {
        t.fill("people.exact", &[("n", &all)])
    } else {
        t.fill("desk.roster_some", &[("n", &shown), ("all", &all)])
    }
}

impl RosterLine {
    pub(crate) fn of(shell: &Shell, row: &RosterRow, now: i64) -> Self {
        let t: &Text = shell.t;
        let destination = row.destination.clone().unwrap_or_default();
        let entered = row
            .entered_at
            .map(|at| t.fill("late.entered", &[("at", &when::stamp(t, at, now))]))
            .unwrap_or_default();
        Self {
            person: row.person.to_string(),
            name: words::name(t, &row.name),
            kana: words::kana(&row.name),
            about: joined(&[
                &words::birth_year(t, row.birth_year),
                words::whereabouts(t, row.act),
                &destination,
            ]),
            since: joined(&[
                &when::stamp(t, row.at, now),
                words::assurance(t, row.assurance),
                &entered,
            ]),
            custody: words::custody(t, row.custody, now),
            is_held: matches!(row.custody, Custody::Held(_)),
            is_away: row.act == Act::Leave,
            also_at: (!row.also_at.is_empty()).then(|| {
                t.fill("desk.also_at", &[("sites", &row.also_at.join(t.say("word.and")))])
            }),
            entry: row.entry.to_string(),
            is_refused: shell.is_refused_at("/desk/presence")
                && shell.typed("person") == row.person.to_string(),
        }
    }
}
