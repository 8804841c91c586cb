//! Files from outside become values, or a list of everything that is wrong with them.
//!
//! Nothing here stores or sends: an import hands over values only when every row of every file was
//! good, so that no mistake can leave half a file behind.

use std::fmt;

use digiana_core::token::looks_like_my_number;

mod day;
mod gsi;
pub mod hazard;
mod json;
pub mod lists;
pub mod people;
pub mod plan;
pub mod pupils;
pub mod site_edits;
pub mod sites;
pub mod summary;
mod table;
pub mod tokens;

/// The most bytes one imported file may have. A town's file from GSI has about twelve thousand.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The most rows one imported file may have.
pub const FILE_ROWS_MAX: usize = 10_000;

/// The most mistakes told at once: a screen of them, enough to mend a file in one go.
pub const MISTAKES_MAX: usize = 20;

/// The most characters of a file's own text that are repeated in a message.
const QUOTED_CHARS_MAX: usize = 40;

/// The most bytes a register or another table about people may have.
pub const TABLE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The most rows of one: twenty times the town's people.
pub const TABLE_ROWS_MAX: usize = 100_000;

/// Why nothing was imported. Whoever brought the files must act.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportFault {
    // Invariant: never empty, at most MISTAKES_MAX.
    mistakes: Vec<Mistake>,
    left_off: usize,
}

impl ImportFault {
    /// What is wrong, in the order of the files and their rows, doubled keys last; at most
    /// [`MISTAKES_MAX`].
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// How many further mistakes were found than [`mistakes`](Self::mistakes) lists.
    pub fn left_off(&self) -> usize {
        self.left_off
    }
}

impl fmt::Display for ImportFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nothing was imported")?;
        for mistake in &self.mistakes {
            writeln!(f, "  {mistake}")?;
        }
        if self.left_off > 0 {
            writeln!(f, "  and {} more", self.left_off)?;
        }
        f.write_str("fetch the files again, or mend these places, and import them again")
    }
}

impl std::error::Error for ImportFault {}

/// One thing wrong with one place of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// The file, as whoever brought it called it.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// What is wrong there.
    pub wrong: Wrong,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.file, self.place, self.wrong)
    }
}

/// A place in a file, as a person would look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A character of its text.
    Text {
        /// The line, from 1.
        line: usize,
        /// The character of that line, from 1.
        column: usize,
    },
    /// A field of the object around all rows.
    Field {
        /// The field.
        name: String,
    },
    /// A row: in a GSI file, a feature.
    Row {
        /// The row, from 1.
        number: usize,
        /// The row's own key, where it could be read.
        key: Option<String>,
        /// The property or column, where one is to blame.
        property: Option<String>,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Text { line, column } => write!(f, ", line {line}, character {column}"),
            Self::Field { name } => write!(f, ", {}", quoted(name)),
            Self::Row { number, key, property } => {
                write!(f, ", row {number}")?;
                if let Some(key) = key {
                    write!(f, " ({key})")?;
                }
                if let Some(property) = property {
                    write!(f, ", {}", quoted(property))?;
                }
                Ok(())
            }
        }
    }
}

/// What can be wrong with a place of a file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Wrong {
    /// The file is longer than any town's can be.
    #[error("the file has {bytes} bytes, over the limit of {max}; bring only the town's own part")]
    FileTooLong {
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
    /// The text is in another encoding.
    #[error("the text is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// The text is not JSON from here on.
    #[error("this is not JSON: {reason}")]
    NotJson {
        /// What the parser met.
        reason: String,
    },
    /// JSON, but not rows.
    #[error("expected a list of features, found {found}")]
    NotRows {
        /// What stands there instead.
        found: &'static str,
    },
    /// A list without rows: taking it would say that the town has no places.
    #[error("there is no row in it")]
    Empty,
    /// More rows than any town can have.
    #[error("there are {rows} rows, over the limit of {max}; bring only the town's own part")]
    TooManyRows {
        /// How many rows it has.
        rows: usize,
        /// How many it may have.
        max: usize,
    },
    /// The same field twice in one object: nobody can tell which of the two holds.
    #[error("the field stands there twice; keep the one that is right")]
    DoubledField,
    /// A field that every row has is not there.
    #[error("the field is missing; expected {expected}")]
    Missing {
        /// What belongs there.
        expected: &'static str,
    },
    /// A field of another JSON type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A value of the right type that means nothing here.
    #[error("expected {expected}, found {found}")]
    WrongValue {
        /// What belongs there.
        expected: &'static str,
        /// What stands there, cut short and quoted. Filled from files about places only, never
        /// from one about people.
        found: String,
    },
    /// Coordinates far from any place a town of Japan can have.
    #[error("longitude {longitude}, latitude {latitude} is not in Japan{}", swapped_hint(*.longitude, *.latitude))]
    OutsideJapan {
        /// The first number, in degrees east.
        longitude: f64,
        /// The second number, in degrees north.
        latitude: f64,
    },
    /// The key of a row stands in an earlier row too.
    #[error("this key stands in row {row} of {file} already; keep one of the two rows")]
    DoubledKey {
        /// The file of the earlier row.
        file: String,
        /// The earlier row, from 1.
        row: usize,
    },
    /// Properties of both kinds of row, so that neither reading is safe.
    #[error(
        "the row has this property of a shelter beside hazard flags; one of them is wrong here"
    )]
    BothKinds,
    /// The text of a table is in an encoding that no town hall's spreadsheet writes.
    #[error("the text is neither UTF-8 nor Shift_JIS (CP932); save the file as CSV UTF-8")]
    NotTableText,
    /// Cells and quotes do not make a table.
    #[error("this is no CSV: {reason}")]
    NotCsv {
        /// What the parser met.
        reason: &'static str,
    },
    /// A column that must be there is not.
    #[error("the column is missing; the first row has to name it")]
    MissingColumn,
    /// Two columns of one name: nobody can tell which of the two holds.
    #[error("two columns have this name; keep the one that is right")]
    DoubledColumn,
    /// A column of 12-digit numbers, by its name.
    #[error(
        "a column of My Numbers must never be brought here; nothing of it was kept. Take it out"
    )]
    MyNumberColumn,
    /// A cell that looks like a 12-digit number. The number is not repeated.
    #[error(
        "this looks like a 12-digit My Number, which must never be brought here; it was not kept. \
         Take it out"
    )]
    LooksLikeMyNumber,
    /// A row with more or fewer cells than the first.
    #[error("the row has {found} cells, and the first row names {expected} columns")]
    CellCount {
        /// How many columns have names.
        expected: usize,
        /// How many cells the row has.
        found: usize,
    },
    /// A character of the sending machine alone.
    #[error(
        "there is a character that only the sending machine knows (外字); write another in its place"
    )]
    PrivateCharacter,
    /// A cell of a file about people that means nothing here. Its text is never repeated.
    #[error("expected {expected}")]
    Unfit {
        /// What belongs there.
        expected: &'static str,
    },
    /// A card's number that is none. Its text is never repeated.
    #[error(transparent)]
    NotAToken(#[from] digiana_core::token::TokenMistake),
}

fn swapped_hint(longitude: f64, latitude: f64) -> &'static str {
    if sites::is_in_japan(latitude, longitude) {
        "; the two numbers are swapped: longitude comes first"
    } else {
        ""
    }
}

/// A file's own text for a message: short, without anything that moves a cursor, and without a
/// number that may be somebody's My Number, in whichever file it came.
fn quoted(text: &str) -> String {
    let mut short: String =
        text.chars().take(QUOTED_CHARS_MAX).flat_map(char::escape_debug).collect();
    if looks_like_my_number(&short) {
        return "(12 digits, not repeated)".to_owned();
    }
    if text.chars().nth(QUOTED_CHARS_MAX).is_some() {
        short.push('…');
    }
    short
}

/// Collects mistakes while the reading goes on, so that a file is mended in one go.
#[derive(Debug, Default)]
struct Mistakes {
    kept: Vec<Mistake>,
    left_off: usize,
}

impl Mistakes {
    fn push(&mut self, file: &str, place: Place, wrong: Wrong) {
        if self.kept.len() < MISTAKES_MAX {
            self.kept.push(Mistake { file: quoted(file), place, wrong });
        } else {
            self.left_off += 1;
        }
    }

    fn count(&self) -> usize {
        self.kept.len() + self.left_off
    }

    /// The value, unless anything at all was wrong.
    fn or<T>(self, value: T) -> Result<T, ImportFault> {
        if self.kept.is_empty() {
            Ok(value)
        } else {
            Err(ImportFault { mistakes: self.kept, left_off: self.left_off })
        }
    }
}
