//! 避難情報: what headquarters notes for each district, and how pages show it.

use axum::extract::State;
use axum::response::Response;
use digiana_core::fact::warning::WarningLevel;

use crate::app::App;
use crate::backend::order::Order;
use crate::backend::{Board, Warning};
use crate::error::PageError;
use crate::page::form::StaffForm;
use crate::page::typed::{Typed, Wrong};
use crate::page::{confirm, when, words};
use crate::text::Text;

/// The most characters of a district's name.
const DISTRICT_CHARS_MAX: usize = 40;

/// How far back an order may be noted: seconds.
const ISSUED_WITHIN_SECONDS: i64 = 12 * 3600;

/// Times are typed to the minute.
const MINUTE: i64 = 60;

const DISTRICT: Typed = Typed::new("district", "warning.district");
const LEVEL: Typed = Typed::new("level", "warning.level");

/// A district in words.
pub(crate) struct WarningLine {
    /// As forms name it; empty for the whole town.
    pub(crate) district: String,
    /// As people read it.
    pub(crate) name: String,
    /// 「警戒レベル4 避難指示」; of a lifted one that it was lifted.
    pub(crate) said: String,
    /// `level-3` to `level-5`, or `lifted`.
    pub(crate) code: &'static str,
    /// Since when.
    pub(crate) since: String,
    pub(crate) is_lifted: bool,
    pub(crate) is_disputed: bool,
}

/// The districts of one level: a line of the board, however many they are.
pub(crate) struct LevelLine {
    pub(crate) said: String,
    pub(crate) code: &'static str,
    /// The first of them, as many as a line holds.
    pub(crate) first: String,
    /// Since when, where there is one district only.
    pub(crate) since: Option<String>,
    /// What opens the list of all of them, where there are several.
    pub(crate) rest: Option<String>,
    /// Each with its time.
    pub(crate) all: Vec<String>,
    pub(crate) is_disputed: bool,
}

/// How many districts a line names.
const NAMED_MAX: usize = 3;

/// What is issued, a line for each level, the most urgent first.
pub(crate) fn levels(t: &Text, lines: &[WarningLine]) -> Vec<LevelLine> {
    let level = |code: &&'static str| {
        let of: Vec<&WarningLine> = lines.iter().filter(|line| line.code == *code).collect();
        let first = of.first()?;
        let since = |line: &WarningLine| t.fill("warning.since", &[("at", &line.since)]);
        let named: Vec<_> = of.iter().take(NAMED_MAX).map(|line| line.name.as_str()).collect();
        let more = of.len().saturating_sub(NAMED_MAX);
        let rest = if more > 0 {
            t.fill("warning.more", &[("n", &more.to_string())])
        } else {
            t.say("warning.each").to_owned()
        };
        Some(LevelLine {
            said: first.said.clone(),
            code,
            first: named.join(t.say("word.and")),
            since: (of.len() == 1).then(|| since(first)),
            rest: (of.len() > 1).then_some(rest),
            all: of.iter().map(|line| format!("{} {}", line.name, since(line))).collect(),
            is_disputed: of.iter().any(|line| line.is_disputed),
        })
    };
    ["level-5", "level-4", "level-3"].iter().filter_map(level).collect()
}

/// A level to choose.
pub(crate) struct LevelChoice {
    pub(crate) number: u8,
    pub(crate) label: String,
}

impl WarningLine {
    pub(crate) fn of(t: &Text, warning: &Warning, now: i64) -> Self {
        let name = if warning.district.is_empty() {
            t.say("warning.whole_town").to_owned()
        } else {
            warning.district.clone()
        };
        Self {
            district: warning.district.clone(),
            name,
            said: warning.level.map_or_else(
                || t.say("warning.lifted").to_owned(),
                |level| words::warning(t, level),
            ),
            code: words::warning_code(warning.level),
            since: when::stamp(t, warning.since, now),
            is_lifted: warning.level.is_none(),
            is_disputed: warning.is_disputed,
        }
    }
}

/// The levels, from the most urgent, as somebody at a desk at night looks for them.
pub(crate) fn choices(t: &Text) -> Vec<LevelChoice> {
    let choice = |level: &WarningLevel| LevelChoice {
        number: level.number(),
        label: words::warning(t, *level),
    };
    WarningLevel::ALL.iter().rev().map(choice).collect()
}

/// `POST /board/warning`
pub(crate) async fn set(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let t = form.t();
    let read = || {
        // An empty field is no order for the whole town: that is ticked.
        let district = DISTRICT.optional(&form.fields, DISTRICT_CHARS_MAX)?;
        match (district.is_empty(), form.fields.text(WHOLE) == "yes") {
            (true, false) => return Err(DISTRICT.is(Wrong::Missing)),
            (false, true) => return Err(DISTRICT.is(Wrong::Either)),
            (true, true) | (false, false) => {}
        }
        let level = match form.fields.text("level") {
            "lifted" => None,
            number => Some(
                number
                    .parse()
                    .ok()
                    .and_then(WarningLevel::of_number)
                    .ok_or_else(|| LEVEL.is(Wrong::NoChoice))?,
            ),
        };
        let issued_at = when::typed_time(form.fields.text("at"), app.town().now());
        let happened_at = issued_at.map_err(|_| AT.is(Wrong::NoTime))?;
        let board = app.town().board();
        let held = board.warnings.iter().find(|held| held.district == district);
        // A time of day that has not come is yesterday's: nobody means that of an order, and
        // nothing can have been lifted before it was issued.
        let is_old = |at: i64| {
            at < app.town().now() - ISSUED_WITHIN_SECONDS
                || held.is_some_and(|held| at < held.since - MINUTE)
        };
        if happened_at.is_some_and(is_old) {
            return Err(AT.is(Wrong::NotThen));
        }
        Ok(Order::SetWarning { district, level, happened_at })
    };
    let order = match read() {
        Ok(order) => order,
        Err(mistake) => return Ok(form.mend(&app, &mistake, "/board")),
    };
    if let Order::SetWarning { district, .. } = &order
        && !is_known(&app.town().board(), district)
        && !confirm::is_sure(&form.fields)
    {
        return Ok(form.ask(
            &app,
            confirm::Question {
                sure: confirm::YES,
                asked: t.fill("confirm.district", &[("district", district)]),
                note: t.say("confirm.district_note"),
                yes: t.say("confirm.district_yes"),
                back: "/board",
            },
        ));
    }
    Ok(form.send(&app, order, t.say("done.warning").to_owned(), "/board").await)
}

/// Whether anybody has heard of a district: the register, the sites' addresses, or an order. 都賀 is
/// known by 都賀本郷 too; one character is no name.
fn is_known(board: &Board, district: &str) -> bool {
    let begins = |known: &String| district.chars().nth(1).is_some() && known.starts_with(district);
    district.is_empty()
        || board.districts.iter().any(|known| known == district || begins(known))
        || board.warnings.iter().any(|held| held.district == district)
}

const AT: Typed = Typed::new("at", "warning.at");

/// The field that says that the whole town is meant.
const WHOLE: &str = "whole";
