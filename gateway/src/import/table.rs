//! A table about people, as a town hall's spreadsheet saves it: CSV with titles in its first row.
//!
//! A row's number is the spreadsheet's: the titles are row 1. Nothing of a cell is ever repeated
//! in a message, and a 12-digit My Number is refused wherever in the file it stands.

use digiana_core::token::looks_like_my_number;
use encoding_rs::SHIFT_JIS;
use unicode_normalization::UnicodeNormalization as _;

use super::{Mistakes, Place, TABLE_BYTES_MAX, TABLE_ROWS_MAX, Wrong};

/// Titles of columns that hold 12-digit numbers, without spaces, in lower case.
const MY_NUMBER_TITLES: [&str; 5] =
    ["マイナンバー", "個人番号", "mynumber", "my_number", "マイナンバー(個人番号)"];

/// A table whose titles are there and whose rows have a cell for each.
pub(super) struct Table<'f> {
    file: &'f str,
    titles: Vec<String>,
    rows: Vec<(usize, csv::StringRecord)>,
}

/// One row, to be read cell by cell.
pub(super) struct Row<'t> {
    file: &'t str,
    titles: &'t [String],
    /// Its number in the spreadsheet.
    pub(super) number: usize,
    cells: &'t csv::StringRecord,
}

impl<'f> Table<'f> {
    /// Reads a file that must have these columns, in whatever order. None when not even its titles
    /// are good; rows with mistakes are left out.
    pub(super) fn read(
        file: &'f str,
        bytes: &[u8],
        columns: &[&str],
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let text = match text_of(bytes) {
            Ok(text) => text,
            Err((place, wrong)) => {
                mistakes.push(file, place, wrong);
                return None;
            }
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let titles = match records.next() {
            None => {
                mistakes.push(file, Place::File, Wrong::Empty);
                return None;
            }
            Some(Err(_)) => {
                mistakes.push(file, Place::File, Wrong::NotCsv { reason: "no titles" });
                return None;
            }
            Some(Ok(record)) => record.iter().map(title).collect::<Vec<String>>(),
        };
        let before = mistakes.count();
        check_titles(file, &titles, columns, mistakes);
        if mistakes.count() > before {
            return None;
        }
        let mut table = Self { file, titles, rows: Vec::new() };
        for (number, record) in (2..).zip(records) {
            let Ok(record) = record else {
                let wrong = Wrong::NotCsv { reason: "the row cannot be read" };
                mistakes.push(file, row(number, None), wrong);
                break;
            };
            if table.rows.len() == TABLE_ROWS_MAX {
                let wrong = Wrong::TooManyRows { rows: number - 1, max: TABLE_ROWS_MAX };
                mistakes.push(file, Place::File, wrong);
                break;
            }
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if table.is_good(number, &record, mistakes) {
                table.rows.push((number, record));
            }
        }
        if table.rows.is_empty() && mistakes.count() == before {
            mistakes.push(file, Place::File, Wrong::Empty);
        }
        Some(table)
    }

    fn is_good(&self, number: usize, record: &csv::StringRecord, mistakes: &mut Mistakes) -> bool {
        let before = mistakes.count();
        if record.len() != self.titles.len() {
            let wrong = Wrong::CellCount { expected: self.titles.len(), found: record.len() };
            mistakes.push(self.file, row(number, None), wrong);
        }
        for (at, cell) in record.iter().enumerate() {
            let title = self.titles.get(at).map(String::as_str);
            let wrong = if looks_like_my_number(cell) {
                Wrong::LooksLikeMyNumber
            } else if cell.chars().any(is_private) {
                Wrong::PrivateCharacter
            } else if cell.trim().chars().any(char::is_control) {
                Wrong::Unfit { expected: "text on one line" }
            } else {
                continue;
            };
            mistakes.push(self.file, row(number, title), wrong);
        }
        mistakes.count() == before
    }

    /// Its good rows, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let (file, titles) = (self.file, self.titles.as_slice());
        self.rows.iter().map(move |(number, cells)| Row { file, titles, number: *number, cells })
    }

    /// The titles that are not among these.
    pub(super) fn titles_beside(&self, columns: &[&str]) -> Vec<String> {
        let others = self.titles.iter().filter(|title| !columns.contains(&title.as_str()));
        others.filter(|title| !title.is_empty()).map(|title| super::quoted(title)).collect()
    }
}

impl Row<'_> {
    /// The cell of a column without the spaces around it.
    pub(super) fn cell(&self, column: &str) -> &str {
        let at = self.titles.iter().position(|title| title == column);
        at.and_then(|at| self.cells.get(at)).unwrap_or_default().trim()
    }

    /// Says that a cell is wrong.
    pub(super) fn blame(&self, column: &str, wrong: Wrong, mistakes: &mut Mistakes) {
        mistakes.push(self.file, row(self.number, Some(column)), wrong);
    }
}

fn row(number: usize, column: Option<&str>) -> Place {
    Place::Row { number, key: None, property: column.map(str::to_owned) }
}

/// A title as it is compared: in one width, without spaces.
fn title(cell: &str) -> String {
    cell.nfkc().filter(|character| !character.is_whitespace()).collect()
}

fn check_titles(file: &str, titles: &[String], columns: &[&str], mistakes: &mut Mistakes) {
    let field = |name: &str| Place::Field { name: name.to_owned() };
    for (at, title) in titles.iter().enumerate() {
        if MY_NUMBER_TITLES.contains(&title.to_lowercase().as_str()) {
            mistakes.push(file, field(title), Wrong::MyNumberColumn);
        } else if looks_like_my_number(title) {
            // The titles are missing, and the first row is somebody's.
            mistakes.push(file, row(1, None), Wrong::LooksLikeMyNumber);
        } else if columns.contains(&title.as_str())
            && titles.iter().skip(at + 1).any(|it| it == title)
        {
            mistakes.push(file, field(title), Wrong::DoubledColumn);
        }
    }
    for column in columns {
        if !titles.iter().any(|title| title == column) {
            mistakes.push(file, field(column), Wrong::MissingColumn);
        }
    }
}

/// Whether a character has a meaning on the sending machine only, or none at all.
fn is_private(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fffd}')
}

/// The text of a file in UTF-8 or CP932, without a byte order mark.
fn text_of(bytes: &[u8]) -> Result<String, (Place, Wrong)> {
    if bytes.len() > TABLE_BYTES_MAX {
        let wrong = Wrong::FileTooLong { bytes: bytes.len(), max: TABLE_BYTES_MAX };
        return Err((Place::File, wrong));
    }
    let marked = bytes.strip_prefix("\u{feff}".as_bytes());
    let body = marked.unwrap_or(bytes);
    let fault = match std::str::from_utf8(body) {
        Ok(text) => return Ok(text.to_owned()),
        Err(fault) => fault,
    };
    let decoded = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(body);
    if let Some(text) = decoded.filter(|_| marked.is_none()) {
        return Ok(text.into_owned());
    }
    let good_lines = |good: &[u8]| good.iter().filter(|byte| **byte == b'\n').count();
    let utf8 = good_lines(body.get(..fault.valid_up_to()).unwrap_or_default());
    // No character of CP932 has a line feed within, so its lines stand alone.
    let is_cp932 = |line: &&[u8]| {
        SHIFT_JIS.decode_without_bom_handling_and_without_replacement(line).is_some()
    };
    let cp932 = body.split(|byte| *byte == b'\n').take_while(is_cp932).count();
    let lines = if marked.is_some() { utf8 } else { utf8.max(cp932) };
    Err((Place::Text { line: lines + 1, column: 1 }, Wrong::NotTableText))
}
