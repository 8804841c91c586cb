//! The rides of a month by operator and section, to look at and to hand on.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use digiana_core::view::transport::month::{Figures, Month, MonthTable, Named};

use crate::app::App;
use crate::auth::session::Staff;
use crate::error::PageError;
use crate::page::shell::{self, Shell, Visit};
use crate::text::Text;

#[derive(Template)]
#[template(path = "transport_month.html")]
struct MonthPage {
    shell: Shell,
    title: String,
    before: Option<String>,
    after: Option<String>,
    csv: String,
    cut_off: Option<String>,
    operators: Vec<Line<1>>,
    sections: Vec<Line<4>>,
    total: Line<0>,
    undated: Option<String>,
}

/// A row: what it is about, and its figures.
struct Line<const N: usize> {
    names: [String; N],
    rides: String,
    tickets: String,
    owed: String,
    fares: String,
}

impl<const N: usize> Line<N> {
    fn of(names: [String; N], figures: Figures) -> Self {
        Self {
            names,
            rides: figures.rides.to_string(),
            tickets: figures.tickets.to_string(),
            owed: figures.iou_tickets.to_string(),
            fares: figures.fares.to_string(),
        }
    }
}

/// `GET /transport/month/{month}`: the page, or with `.csv` at its end the file.
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Path(asked): Path<String>,
) -> Result<Response, PageError> {
    let (text, is_file) = match asked.strip_suffix(".csv") {
        Some(month) => (month, true),
        None => (asked.as_str(), false),
    };
    let month: Month = text.parse().map_err(|_| PageError::NotFound)?;
    let table = app.town().rides_of_month(month);
    if is_file {
        return file(visit.lang.text(), &table);
    }
    let shell = Shell::staff(&app, &staff, &visit);
    let t = shell.t;
    let (year, number) = (month.year().to_string(), month.number().to_string());
    let address = |month: Month| format!("/transport/month/{month}");
    Ok(shell::html(&MonthPage {
        title: t.fill("transport.month", &[("year", &year), ("month", &number)]),
        before: month.before().map(address),
        after: month.after().map(address),
        csv: format!("{}.csv", address(month)),
        cut_off: super::cut_off(&app, t),
        operators: table
            .operators
            .iter()
            .map(|row| Line::of([operator(t, &row.operator)], row.figures))
            .collect(),
        sections: sections(t, &table),
        total: Line::of([], table.total),
        undated: (table.undated > 0)
            .then(|| t.fill("transport.undated", &[("n", &table.undated.to_string())])),
        shell,
    }))
}

fn sections(t: &Text, table: &MonthTable) -> Vec<Line<4>> {
    let line = |row: &digiana_core::view::transport::month::SectionRow| {
        let names = [
            operator(t, &row.operator),
            named(&row.route, t.say("transport.no_route")),
            named(&row.from, t.say("transport.no_stop")),
            named(&row.to, ""),
        ];
        Line::of(names, row.figures)
    };
    table.sections.iter().map(line).collect()
}

fn operator(t: &Text, operator: &Named) -> String {
    named(operator, t.say("transport.no_operator"))
}

/// The name of a record; what is on no list any more goes by the beginning of its id.
fn named(record: &Named, none: &str) -> String {
    match record {
        Some((_, Some(name))) => name.clone(),
        Some((id, None)) => id.short(),
        None => none.to_owned(),
    }
}

/// The table for spreadsheets: UTF-8 with its mark, lines ended as they expect.
fn file(t: &Text, table: &MonthTable) -> Result<Response, PageError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(
        // The mark by which spreadsheets know UTF-8.
        "\u{feff}".as_bytes().to_vec(),
    );
    let head = [
        "transport.col_month",
        "transport.col_operator",
        "transport.col_route",
        "transport.col_from",
        "transport.col_to",
        "transport.col_rides",
        "transport.col_tickets",
        "transport.col_owed",
        "transport.col_fares",
    ];
    let broken = |cause: csv::Error| PageError::internal(&cause);
    writer.write_record(head.map(|key| t.say(key))).map_err(broken)?;
    let month = table.month.to_string();
    for Line { names, rides, tickets, owed, fares } in sections(t, table) {
        let [runs, route, from, to] = names.map(harmless);
        let cells = [&month, &runs, &route, &from, &to, &rides, &tickets, &owed, &fares];
        writer.write_record(cells).map_err(broken)?;
    }
    let content = writer.into_inner().map_err(|fault| PageError::internal(fault.error()))?;
    let name = format!("attachment; filename=\"rides-{month}.csv\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, &name)];
    Ok((headers, content).into_response())
}

/// A cell that a spreadsheet does not take for a formula.
fn harmless(cell: String) -> String {
    let begins = cell.trim_start_matches(['\t', '\r', '\n', ' ', '\u{3000}']);
    if begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+81", "-1", "@sum", " =1", "\t=1", "＝1"] {
            assert_eq!(harmless(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(harmless("都賀線".to_owned()), "都賀線");
        assert_eq!(harmless(String::new()), "");
    }
}
