//! A school's list of pupils as a file: `整理番号`, `氏名`, `氏名カナ` and `学級`.
//!
//! It goes into the scope of that school alone. The number is the town hall's, so that a pupil's card
//! is the one that the register knows.

use std::collections::BTreeMap;
use std::fmt;

use digiana_core::fact::edit::{Change, Edit, Value};
use digiana_core::id::SiteId;
use digiana_core::record::{field, of_person};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_node::keys::TownFile;

use super::people::{NUMBER, normal, person_id};
use super::plan::Plan;
use super::table::Table;
use super::{ImportFault, Mistakes, Wrong};

const NAME: &str = "氏名";
const KANA: &str = "氏名カナ";
const CLASS: &str = "学級";

/// The columns that must be there.
pub const COLUMNS: [&str; 4] = [NUMBER, NAME, KANA, CLASS];

/// The most characters of a name.
const NAME_CHARS_MAX: usize = 200;

/// The most characters of a class.
const CLASS_CHARS_MAX: usize = 40;

/// A good file of pupils. `Debug` shows how many it has: the rest is never in a log.
pub struct Pupils {
    pupils: Vec<Pupil>,
}

struct Pupil {
    row: usize,
    number: String,
    name: String,
    kana: String,
    class: String,
}

impl fmt::Debug for Pupils {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pupils({})", self.pupils.len())
    }
}

/// Reads a file of pupils in UTF-8 or CP932, called `file` in messages.
///
/// # Errors
/// Everything wrong with it, by row and column, without a word of anybody's data. One mistake is
/// enough for nothing to be read.
pub fn read_pupils(file: &str, bytes: &[u8]) -> Result<Pupils, ImportFault> {
    let mut mistakes = Mistakes::default();
    let mut pupils = Vec::new();
    if let Some(table) = Table::read(file, bytes, &COLUMNS, &mut mistakes) {
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for row in table.rows() {
            let number = normal(row.cell(NUMBER));
            let mut fits = |column, filled: bool, max: usize, expected| {
                let cell: &str = row.cell(column);
                if (filled && cell.is_empty()) || cell.chars().count() > max {
                    row.blame(column, Wrong::Unfit { expected }, &mut mistakes);
                }
            };
            fits(NUMBER, true, NAME_CHARS_MAX, "the town hall's number of a person");
            fits(NAME, true, NAME_CHARS_MAX, "a name");
            fits(KANA, false, NAME_CHARS_MAX, "the name in kana, or nothing");
            fits(CLASS, true, CLASS_CHARS_MAX, "a class, at most 40 characters");
            if let Some(earlier) = first.get(&number).filter(|_| !number.is_empty()) {
                let wrong = Wrong::DoubledKey { file: super::quoted(file), row: *earlier };
                row.blame(NUMBER, wrong, &mut mistakes);
                continue;
            }
            first.insert(number.clone(), row.number);
            let cell = |column| row.cell(column).to_owned();
            let (name, kana, class) = (cell(NAME), cell(KANA), cell(CLASS));
            pupils.push(Pupil { row: row.number, number, name, kana, class });
        }
    }
    mistakes.or(Pupils { pupils })
}

impl Pupils {
    /// How many it has.
    pub fn len(&self) -> usize {
        self.pupils.len()
    }

    /// Whether it has none, which no good file has.
    pub fn is_empty(&self) -> bool {
        self.pupils.is_empty()
    }

    /// As commands, whole pupils in each.
    pub fn plan(&self, town: &TownFile, school: SiteId) -> Plan {
        let edits = |pupil: &Pupil| {
            let put = |field, text: &str| Edit {
                record: of_person(person_id(town, &pupil.number)),
                field,
                change: Change::Put(Value::Text(text.to_owned())),
                saw: Saw::NOTHING,
                happened_at: None,
            };
            let mut edits =
                vec![put(field::PUPIL_NAME, &pupil.name), put(field::PUPIL_CLASS, &pupil.class)];
            if !pupil.kana.is_empty() {
                edits.push(put(field::PUPIL_KANA, &pupil.kana));
            }
            (pupil.row, edits)
        };
        Plan::of_edits(Scope::School(school), self.pupils.iter().map(edits))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    const TITLES: &str = "整理番号,氏名,氏名カナ,学級\n";

    #[test]
    fn a_list_of_pupils_is_read_whole_or_not_at_all() {
        let good = format!("{TITLES}7,訓練田 桜,くんれんだ さくら,3年1組\n8,演習川 健,,3年1組\n");
        assert_eq!(read_pupils("pupils.csv", good.as_bytes()).unwrap().len(), 2);
        let told = |rows: &str| {
            let text = format!("{TITLES}{rows}");
            read_pupils("pupils.csv", text.as_bytes()).unwrap_err().to_string()
        };
        assert!(told("7,訓練田 桜,,\n").contains("row 2"));
        assert!(told("7,訓練田 桜,,1\n7,演習川 健,,1\n").contains("row 3"));
        assert!(!told("7,訓練田 桜,,\n").contains("訓練田"));
    }
}
