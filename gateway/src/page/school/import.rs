//! A list of pupils that is pasted: name, kana and class in each row. One mistake, and none is taken.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use digiana_core::fact::edit::{Change, Edit, Value};
use digiana_core::id::{PersonId, SiteId};
use digiana_core::record::{field, of_person};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::token::looks_like_my_number;

use super::address;
use super::list::{self, CLASS_CHARS_MAX};
use crate::app::App;
use crate::backend::order::Order;
use crate::backend::school::{ListedPupil, PupilList};
use crate::error::PageError;
use crate::import::plan::Plan;
use crate::page::form::StaffForm;
use crate::page::typed::NAME_CHARS_MAX;
use crate::page::words;
use crate::text::Text;

/// The most rows that are taken at once: a school of the town has fewer.
const ROWS_MAX: usize = 1_000;

/// The most mistakes that are shown: who pasted another file sees it by the first few.
const MISTAKES_MAX: usize = 20;

/// What was pasted, and what is wrong with it.
#[derive(Default)]
pub(super) struct Pasted {
    pub(super) text: String,
    pub(super) mistakes: Vec<String>,
}

impl Pasted {
    pub(super) fn has_mistakes(&self) -> bool {
        !self.mistakes.is_empty()
    }
}

/// A row that is good.
struct Row {
    name: String,
    kana: String,
    class: String,
}

/// `POST /school/import`
pub(crate) async fn save(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let site = form.site()?;
    let text = form.fields.text("rows").to_owned();
    let back = address(&form.staff, "/school/pupils", site, None);
    let PupilList { pupils, .. } = app.town().pupil_list(site).ok_or(PageError::NotFound)?;
    if form.is_repeat() {
        return Ok(form.tell(&app, form.t().say("done.repeated").to_owned(), &back));
    }
    let rows = match read(form.t(), &text) {
        Ok(rows) => rows,
        Err(mistakes) => {
            let shell = form.shown_again(&app);
            return list::page(&app, &form.staff, site, shell, Pasted { text, mistakes });
        }
    };
    let plan = plan(&app, site, &rows, &pupils);
    if plan.is_empty() {
        return Ok(form.refuse(&app, form.t().say("refused.nothing_to_change"), &back));
    }
    // Every row is good; what the disk may still refuse is sent again by pasting the same list.
    for command in plan.commands() {
        if let Err(refusal) = app.town().submit(Order::Service(command.clone())).await {
            return Ok(form.refuse(&app, words::refused(form.t(), refusal), &back));
        }
    }
    let done = form.t().fill("done.pupils", &[("n", &rows.len().to_string())]);
    Ok(form.tell(&app, done, &back))
}

/// The rows of a pasted list; everything that is wrong with it, by row and column.
fn read(t: &Text, text: &str) -> Result<Vec<Row>, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if text.contains('\t') { b'\t' } else { b',' })
        .from_reader(text.as_bytes());
    let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
    let mut first: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (number, record) in (1usize..).zip(reader.records()) {
        let row = number.to_string();
        let wrong = |key, column: &str| t.fill(key, &[("row", &row), ("column", column)]);
        let Ok(record) = record else {
            mistakes.push(wrong("import.unread", ""));
            break;
        };
        let cell = |at: usize| record.get(at).unwrap_or_default().trim().to_owned();
        if record.iter().all(|cell| cell.trim().is_empty()) || is_title(t, &cell(0)) && number == 1
        {
            continue;
        }
        if rows.len() >= ROWS_MAX {
            mistakes.push(wrong("import.too_many", ""));
            break;
        }
        if record.len() != 3 {
            mistakes.push(wrong("import.columns", ""));
            continue;
        }
        let columns = [
            (cell(0), t.say("pupil.name"), NAME_CHARS_MAX, true),
            (cell(1), t.say("pupil.kana"), NAME_CHARS_MAX, false),
            (cell(2), t.say("pupil.class"), CLASS_CHARS_MAX, true),
        ];
        let before = mistakes.len();
        for (value, column, most, is_required) in &columns {
            if *is_required && value.is_empty() {
                mistakes.push(wrong("import.missing", column));
            } else if looks_like_my_number(value) {
                mistakes.push(wrong("import.my_number", column));
            } else if value.chars().nth(*most).is_some() || value.chars().any(char::is_control) {
                mistakes.push(wrong("import.too_long", column));
            }
        }
        let [(name, ..), (kana, ..), (class, ..)] = columns;
        if let Some(earlier) = first.insert((name.clone(), kana.clone()), number) {
            let values = [("row", row.as_str()), ("other", &earlier.to_string())];
            mistakes.push(t.fill("import.doubled", &values));
        }
        if mistakes.len() == before {
            rows.push(Row { name, kana, class });
        }
    }
    if rows.is_empty() && mistakes.is_empty() {
        mistakes.push(t.say("import.empty").to_owned());
    }
    mistakes.truncate(MISTAKES_MAX);
    if mistakes.is_empty() { Ok(rows) } else { Err(mistakes) }
}

/// Whether a row's first cell is a title, and the row no pupil.
fn is_title(t: &Text, cell: &str) -> bool {
    [t.say("pupil.name"), "氏名", "name", "Name"].contains(&cell)
}

/// What the rows change: those who are on the list keep their id, and a new one has the id that the
/// register knows where it knows them.
fn plan(app: &App, site: SiteId, rows: &[Row], pupils: &[ListedPupil]) -> Plan {
    let edits = |(row, number): (&Row, usize)| {
        let mut known =
            pupils.iter().filter(|pupil| pupil.name == row.name && pupil.kana == row.kana);
        let known = known.next();
        let id = known.map(|pupil| pupil.person);
        let id = id.or_else(|| app.town().person_of(&row.name, &row.kana));
        let record = of_person(id.unwrap_or_else(|| PersonId(rand::random())));
        let held = app.town().pupil_fields(site, PersonId(record.0)).unwrap_or_default();
        let edit = |field, change| {
            let saw = held.iter().find(|held| held.field == field);
            let saw = saw.map_or(Saw::NOTHING, |held| held.saw.clone());
            Edit { record, field, change, saw, happened_at: None }
        };
        let put = |field, text: &str| edit(field, Change::Put(Value::Text(text.to_owned())));
        let mut edits = Vec::new();
        if known.is_none() {
            edits.push(put(field::PUPIL_NAME, &row.name));
            if !row.kana.is_empty() {
                edits.push(put(field::PUPIL_KANA, &row.kana));
            }
        }
        if known.is_none_or(|pupil| pupil.class != row.class) {
            edits.push(put(field::PUPIL_CLASS, &row.class));
        }
        if known.is_some_and(|pupil| pupil.is_ended) {
            edits.push(edit(field::PUPIL_ENDED, Change::Delete));
        }
        (number, edits)
    };
    Plan::of_edits(Scope::School(site), rows.iter().zip(1..).map(edits))
}
