//! The generated people as a register file: what `digiana-gateway import people` takes.
//!
//! UTF-8 with BOM and CRLF, so that a spreadsheet opens it as it is; dates in western years.

use std::io::{self, Write};

use super::{Person, Relation, Sex};

/// The columns in order. A column is found by its title, so more may be added at the end.
pub const COLUMNS: [&str; 14] = [
    "整理番号",
    "世帯番号",
    "続柄",
    "氏名",
    "氏名カナ",
    "生年月日",
    "性別",
    "住所",
    "地区",
    "自治会",
    "電話番号",
    "要配慮者",
    "支援措置",
    "備考",
];

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Writes the file.
///
/// # Errors
///
/// What the writer says, for instance that the disk is full.
pub fn write(people: &[Person], mut to: impl Write) -> io::Result<()> {
    to.write_all(BYTE_ORDER_MARK)?;
    let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to);
    file.write_record(COLUMNS)?;
    for person in people {
        file.write_record(row(person))?;
    }
    file.flush()
}

/// The file's bytes.
pub fn to_bytes(people: &[Person]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(people, &mut bytes).expect("memory takes every row, and every row has every column");
    bytes
}

fn row(person: &Person) -> [String; COLUMNS.len()] {
    [
        person.number.to_string(),
        person.household.to_string(),
        relation(person).to_owned(),
        person.name(),
        person.kana(),
        person.birth.to_string(),
        person.sex.label().to_owned(),
        person.address.clone(),
        person.district.to_owned(),
        person.association.clone(),
        person.phone.clone(),
        person.need.map_or("", super::Need::label).to_owned(),
        if person.suppressed { "1" } else { "" }.to_owned(),
        person.mark().to_owned(),
    ]
}

fn relation(person: &Person) -> &'static str {
    match (person.relation, person.sex) {
        (Relation::Head, _) => "世帯主",
        (Relation::Spouse, Sex::Female) => "妻",
        (Relation::Spouse, Sex::Male) => "夫",
        (Relation::Child, _) => "子",
        (Relation::Parent, Sex::Female) => "母",
        (Relation::Parent, Sex::Male) => "父",
    }
}
