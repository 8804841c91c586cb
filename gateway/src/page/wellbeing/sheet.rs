//! Visits as a table that a spreadsheet opens: by day and facility, without anybody's name.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use digiana_core::view::wellbeing::age::civil;

use crate::app::App;
use crate::error::PageError;
use crate::page::shell::Visit;

/// How many days the table has: a year and its leap day.
const SHEET_DAYS: u16 = 366;

/// What tells a spreadsheet that the bytes are UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// `GET /wellbeing/visits.csv`
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let t = visit.lang.text();
    let visits = app.town().visits(SHEET_DAYS);
    let mut rows: Vec<[String; 4]> = Vec::new();
    for site in &visits.sites {
        for (day, count) in &site.days {
            let (year, month, of_month) = civil(*day);
            rows.push([
                format!("{year:04}-{month:02}-{of_month:02}"),
                site.name.clone(),
                count.visits.to_string(),
                count.points.to_string(),
            ]);
        }
    }
    rows.sort();
    let head = [
        t.say("wellbeing.sheet_day"),
        t.say("wellbeing.site"),
        t.say("wellbeing.visits"),
        t.say("wellbeing.points"),
    ];
    let head = head.map(str::to_owned);
    let bytes = written(std::iter::once(&head).chain(&rows))
        .map_err(|cause| PageError::internal(&cause))?;
    let kept = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"visits.csv\""),
    ];
    Ok((kept, bytes).into_response())
}

fn written<'a>(rows: impl Iterator<Item = &'a [String; 4]>) -> Result<Vec<u8>, csv::Error> {
    let start = BYTE_ORDER_MARK.to_vec();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(start);
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    writer.into_inner().map_err(|fault| csv::Error::from(fault.into_error()))
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;

    #[test]
    fn a_sheet_is_for_spreadsheets_and_runs_nothing_in_them() {
        let row = ["2026-11-22", "=cmd|' /C calc'!A0", "3", "15"].map(str::to_owned);
        let text = String::from_utf8(written(std::iter::once(&row)).unwrap()).unwrap();
        assert_eq!(text, "\u{feff}2026-11-22,'=cmd|' /C calc'!A0,3,15\r\n");
        assert_eq!(["+1", "-1", "@x", "あ"].map(harmless), ["'+1", "'-1", "'@x", "あ"]);
    }
}
