//! The town's register of people, as a file of the town hall.
//!
//! | column | what for |
//! |---|---|
//! | `整理番号` | the town hall's number of a person: the same number is the same person for ever |
//! | `世帯番号` | the same for all of one household; may be empty |
//! | `氏名`, `氏名カナ` | kept as they came; found by `digiana_core::service::search` |
//! | `生年月日` | a western or Japanese date; may be empty |
//! | `性別`, `住所`, `自治会`, `電話番号` | texts; may be empty |
//! | `見守り日数` | need not be there: after how many days without being seen somebody asks after them, 1 to 365, as they or their family agreed; empty says nothing, `0` that nobody does |
//! | `要配慮者`, `支援措置` | empty, `0`, `無`, `なし`, `×`, `no` say no, any other word says yes |
//!
//! Any other column (`続柄`, `地区`, `備考`) is not read. The numbers themselves are not kept: a person's
//! id is a keyed hash of theirs, so a second import of the file means the same people, and nobody
//! without the town's key can tell a number from an id.

use std::collections::BTreeMap;
use std::fmt;

use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::id::{PersonId, RecordId};
use digiana_core::record::{field, of_person};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::records::RecordsFold;
use digiana_core::service::search::folded;
use digiana_node::keys::TownFile;
use digiana_node::road::changes_only;
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use super::plan::Plan;
use super::table::{Row, Table};
use super::{ImportFault, Mistakes, Wrong, day};

/// The column with the town hall's number of a person.
pub(super) const NUMBER: &str = "整理番号";

const HOUSEHOLD: &str = "世帯番号";
const NAME: &str = "氏名";
const KANA: &str = "氏名カナ";
const BIRTH: &str = "生年月日";
const SEX: &str = "性別";
const ADDRESS: &str = "住所";
const DISTRICT: &str = "自治会";
const PHONE: &str = "電話番号";
const NEEDS_CARE: &str = "要配慮者";
const PROTECTED: &str = "支援措置";

/// A column that need not be there.
const WATCH: &str = "見守り日数";

/// The most days of it.
const WATCH_DAYS_MAX: i64 = 365;

/// The columns that must be there.
pub const COLUMNS: [&str; 11] =
    [NUMBER, HOUSEHOLD, NAME, KANA, BIRTH, SEX, ADDRESS, DISTRICT, PHONE, NEEDS_CARE, PROTECTED];

/// The most characters of a number of a person or a household.
const NUMBER_CHARS_MAX: usize = 32;

/// The most characters of any other cell.
const TEXT_CHARS_MAX: usize = 200;

/// What the ids of people are hashes of, beside the key.
const PERSON_CONTEXT: &[u8] = b"digiana/person-key/1\0";

/// What the ids of households are hashes of, beside the key.
const HOUSEHOLD_CONTEXT: &[u8] = b"digiana/household-key/1\0";

/// Words that say no.
const NO: [&str; 12] =
    ["", "0", "無", "無し", "なし", "いいえ", "×", "x", "-", "no", "false", "非該当"];

/// A good register file. `Debug` shows how many people it has: the rest is never in a log.
pub struct Register {
    people: Vec<Person>,
    not_read: Vec<String>,
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Register({} people)", self.people.len())
    }
}

struct Person {
    row: usize,
    number: String,
    household: String,
    texts: Vec<(FieldId, String)>,
    // None where the file says nothing; 0 where nobody is to ask after them.
    watch_days: Option<i64>,
    needs_care: bool,
    protected: bool,
}

/// The id of the person with that number in this town.
pub fn person_id(town: &TownFile, number: &str) -> PersonId {
    PersonId(town.name_for(PERSON_CONTEXT, &normal(number)))
}

/// The id of the household with that number in this town.
pub fn household_id(town: &TownFile, number: &str) -> RecordId {
    RecordId(town.name_for(HOUSEHOLD_CONTEXT, &normal(number)))
}

/// A number in one width, without spaces: a spreadsheet may change both between two exports.
pub(super) fn normal(number: &str) -> String {
    number.nfkc().filter(|character| !character.is_whitespace()).collect()
}

/// Reads a register file in UTF-8 or CP932, called `file` in messages.
///
/// # Errors
/// Everything wrong with it, up to [`MISTAKES_MAX`](super::MISTAKES_MAX) mistakes by row and
/// column, without a word of anybody's data. One mistake is enough for nothing to be read.
pub fn read_register(file: &str, bytes: &[u8], today: Date) -> Result<Register, ImportFault> {
    let mut mistakes = Mistakes::default();
    let mut people = Vec::new();
    let mut not_read = Vec::new();
    if let Some(table) = Table::read(file, bytes, &COLUMNS, &mut mistakes) {
        not_read = table.titles_beside(&COLUMNS);
        not_read.retain(|title| *title != super::quoted(WATCH));
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for row in table.rows() {
            let person = read_person(&row, today, &mut mistakes);
            if person.number.is_empty() {
                continue;
            }
            if let Some(earlier) = first.get(&person.number) {
                let wrong = Wrong::DoubledKey { file: super::quoted(file), row: *earlier };
                row.blame(NUMBER, wrong, &mut mistakes);
            } else {
                first.insert(person.number.clone(), row.number);
                people.push(person);
            }
        }
    }
    mistakes.or(Register { people, not_read })
}

fn read_person(row: &Row<'_>, today: Date, mistakes: &mut Mistakes) -> Person {
    let number = normal(row.cell(NUMBER));
    if number.is_empty() || number.chars().count() > NUMBER_CHARS_MAX {
        let expected = "the town hall's number of a person, at most 32 characters";
        row.blame(NUMBER, Wrong::Unfit { expected }, mistakes);
    }
    let household = normal(row.cell(HOUSEHOLD));
    if household.chars().count() > NUMBER_CHARS_MAX {
        let expected = "the number of a household, at most 32 characters, or nothing";
        row.blame(HOUSEHOLD, Wrong::Unfit { expected }, mistakes);
    }
    let mut texts = Vec::new();
    for (column, field) in [
        (NAME, field::PERSON_NAME),
        (KANA, field::PERSON_KANA),
        (BIRTH, field::PERSON_BIRTH),
        (SEX, field::PERSON_SEX),
        (ADDRESS, field::PERSON_ADDRESS),
        (DISTRICT, field::PERSON_DISTRICT),
        (PHONE, field::PERSON_PHONE),
    ] {
        let cell = row.cell(column);
        let read = match column {
            NAME if cell.is_empty() => Err("a name"),
            KANA if !is_kana(cell) => Err("the name in kana, or nothing"),
            BIRTH if !cell.is_empty() => birth(cell, today),
            PHONE if !is_phone(cell) => Err("a telephone number, or nothing"),
            _ if cell.chars().count() > TEXT_CHARS_MAX => Err("at most 200 characters"),
            _ => Ok(cell.to_owned()),
        };
        match read {
            // An empty cell says nothing: what a desk was told meanwhile stays.
            Ok(text) if text.is_empty() => {}
            Ok(text) => texts.push((field, text)),
            Err(expected) => row.blame(column, Wrong::Unfit { expected }, mistakes),
        }
    }
    let watch = row.cell(WATCH).nfkc().collect::<String>();
    let days = watch.parse().ok().filter(|days| (0..=WATCH_DAYS_MAX).contains(days));
    if !watch.is_empty() && days.is_none() {
        let expected = "a number of days from 1 to 365, 0 for nobody to ask, or nothing";
        row.blame(WATCH, Wrong::Unfit { expected }, mistakes);
    }
    let (needs_care, protected) = (says_yes(row.cell(NEEDS_CARE)), says_yes(row.cell(PROTECTED)));
    Person { row: row.number, number, household, texts, watch_days: days, needs_care, protected }
}

fn birth(cell: &str, today: Date) -> Result<String, &'static str> {
    match day::parse(cell) {
        Some(born) if born <= today => Ok(born.to_string()),
        Some(_) => Err("a day of birth that has come"),
        None => Err("a date such as 1950-04-01, 1950/4/1, 昭和25年4月1日 or S25.4.1, or nothing"),
    }
}

/// Whether a reading is one: a character of another script means that columns were mixed up.
fn is_kana(cell: &str) -> bool {
    let is = |c: char| {
        matches!(c, 'ぁ'..='ゖ' | 'ー' | 'ゝ' | 'ゞ' | 'ァ'..='ヺ' | 'ヽ' | 'ヾ')
            || c.is_ascii()
            || c == '’'
    };
    cell.chars().count() <= TEXT_CHARS_MAX && folded(cell).chars().all(is)
}

fn is_phone(cell: &str) -> bool {
    let is = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-()ー‐−/,内線".contains(c);
    cell.chars().count() <= 40 && cell.nfkc().all(is)
}

/// Whether a flag is set. A word nobody foresaw says yes: it protects somebody.
fn says_yes(cell: &str) -> bool {
    let word: String = cell.nfkc().flat_map(char::to_lowercase).collect();
    !NO.contains(&word.trim())
}

impl Register {
    /// How many people it has.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether it has none, which no good file has.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// The titles of the columns that were not read.
    pub fn not_read(&self) -> &[String] {
        &self.not_read
    }

    /// The edits of each person, with the row, in the order of the file. With `held` only what
    /// differs from it, having seen it; without, everything, for the road to compare.
    pub fn edits(
        &self,
        town: &TownFile,
        held: Option<&RecordsFold>,
    ) -> impl Iterator<Item = (usize, Vec<Edit>)> {
        self.people.iter().map(move |person| {
            let edits = person.edits(town);
            (person.row, if held.is_some() { changes_only(held, edits) } else { edits })
        })
    }

    /// The same as commands, whole people in each.
    pub fn plan(&self, town: &TownFile, held: Option<&RecordsFold>) -> Plan {
        Plan::of_edits(Scope::Register, self.edits(town, held))
    }
}

impl Person {
    fn edits(&self, town: &TownFile) -> Vec<Edit> {
        let record = of_person(person_id(town, &self.number));
        let put = |field, value| Edit {
            record,
            field,
            change: Change::Put(value),
            saw: Saw::NOTHING,
            happened_at: None,
        };
        let texts = self.texts.iter().map(|(field, text)| put(*field, Value::Text(text.clone())));
        let mut edits: Vec<Edit> = texts.collect();
        if !self.household.is_empty() {
            let household = household_id(town, &self.household);
            edits.push(put(field::PERSON_HOUSEHOLD, Value::Bytes(household.0.to_vec())));
        }
        edits.extend(self.watch_days.map(|days| match days {
            0 => Edit { change: Change::Delete, ..put(field::PERSON_WATCH_DAYS, Value::Int(0)) },
            days => put(field::PERSON_WATCH_DAYS, Value::Int(days)),
        }));
        edits.push(put(field::PERSON_NEEDS_CARE, Value::Bool(self.needs_care)));
        edits.push(put(field::PERSON_PROTECTED, Value::Bool(self.protected)));
        edits
    }
}

#[cfg(test)]
mod tests;
