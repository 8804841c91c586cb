//! A register comes in whole or not at all, and no mistake repeats anybody's data.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at what it did not expect"
)]

use std::collections::BTreeSet;

use digiana_core::engine::input::Command;
use digiana_core::limits::FACTS_PER_COMMAND_MAX;
use encoding_rs::SHIFT_JIS;
use jiff::civil::date;

use super::*;
use crate::import::{Mistake, Place};

const TODAY: Date = date(2026, 4, 1);

const TITLES: &str = "整理番号,世帯番号,続柄,氏名,氏名カナ,生年月日,性別,住所,地区,自治会,電話番号,要配慮者,支援措置,備考";

/// A good row, 訓練データ.
const ROW: &str = "1,10,世帯主,訓練 太郎,クンレン タロウ,昭和25年4月1日,男,訓練1番地,訓練,訓練自治会,0000-00-0001,,,訓練データ";

fn town() -> TownFile {
    TownFile::new("訓練町".to_owned(), [1; 32], [2; 32], true, Vec::new())
}

fn file(rows: &[&str]) -> String {
    format!("\u{feff}{TITLES}\r\n{}\r\n", rows.join("\r\n"))
}

fn read(text: &str) -> Result<Register, ImportFault> {
    read_register("register.csv", text.as_bytes(), TODAY)
}

fn mistakes(text: &str) -> Vec<Mistake> {
    read(text).unwrap_err().mistakes().to_vec()
}

/// The good row with one edit is refused with this one sentence.
fn check(from: &str, to: &str, sentence: &str) {
    assert!(ROW.contains(from), "{from} is in the row");
    let said: Vec<_> = mistakes(&file(&[&ROW.replacen(from, to, 1)]));
    let said: Vec<_> = said.iter().map(ToString::to_string).collect();
    assert_eq!(said, [sentence]);
}

/// What the first person's fields are.
fn fields(text: &str) -> Vec<(FieldId, Value)> {
    let (_, edits) = read(text).unwrap().edits(&town(), None).next().unwrap();
    let value = |edit: Edit| match edit.change {
        Change::Put(value) => (edit.field, value),
        Change::Delete | Change::Splice(_) => panic!("an import puts values"),
    };
    edits.into_iter().map(value).collect()
}

#[test]
fn a_row_becomes_the_fields_of_a_person() {
    let text = |text: &str| Value::Text(text.to_owned());
    let household = household_id(&town(), "10").0.to_vec();
    assert_eq!(
        fields(&file(&[ROW])),
        [
            (field::PERSON_NAME, text("訓練 太郎")),
            (field::PERSON_KANA, text("クンレン タロウ")),
            (field::PERSON_BIRTH, text("1950-04-01")),
            (field::PERSON_SEX, text("男")),
            (field::PERSON_ADDRESS, text("訓練1番地")),
            (field::PERSON_DISTRICT, text("訓練自治会")),
            (field::PERSON_PHONE, text("0000-00-0001")),
            (field::PERSON_HOUSEHOLD, Value::Bytes(household)),
            (field::PERSON_NEEDS_CARE, Value::Bool(false)),
            (field::PERSON_PROTECTED, Value::Bool(false)),
        ]
    );
    let register = read(&file(&[ROW])).unwrap();
    assert_eq!(register.not_read(), ["続柄", "地区", "備考"]);
    assert_eq!(format!("{register:?}"), "Register(1 people)");
}

#[test]
fn the_same_register_is_read_from_utf8_and_from_cp932_in_any_order_of_columns() {
    let whole = file(&[ROW]);
    let plain = whole.trim_start_matches('\u{feff}');
    let (cp932, _, lossy) = SHIFT_JIS.encode(plain);
    assert!(!lossy);
    let expected = fields(&whole);
    assert_eq!(fields(plain), expected);
    let read = read_register("register.csv", &cp932, TODAY).unwrap();
    let (_, edits) = read.edits(&town(), None).next().unwrap();
    assert_eq!(edits.len(), expected.len());
    let turned: Vec<String> =
        plain.lines().map(|line| line.split(',').rev().collect::<Vec<_>>().join(",")).collect();
    assert_eq!(fields(&turned.join("\n")), expected);
    let spaced = whole.replace("氏名カナ", " 氏名ｶﾅ ");
    assert_eq!(fields(&spaced), expected);
}

#[test]
fn a_number_is_the_same_person_in_one_town_and_nobody_in_another() {
    let other = TownFile::new("別の訓練町".to_owned(), [1; 32], [3; 32], true, Vec::new());
    assert_eq!(person_id(&town(), "12"), person_id(&town(), " １２"));
    assert_ne!(person_id(&town(), "12"), person_id(&town(), "13"));
    assert_ne!(person_id(&town(), "12"), person_id(&other, "12"));
    assert_ne!(person_id(&town(), "12").0, household_id(&town(), "12").0);
}

#[test]
fn every_mistake_names_row_and_column_and_nobodys_data() {
    check(
        "1,10",
        ",10",
        "register.csv, row 2, 整理番号: expected the town hall's number of a person, at most 32 characters",
    );
    check("訓練 太郎", "", "register.csv, row 2, 氏名: expected a name");
    check(
        "クンレン タロウ",
        "訓練 太郎",
        "register.csv, row 2, 氏名カナ: expected the name in kana, or nothing",
    );
    check(
        "昭和25年4月1日",
        "昭和65年4月1日",
        "register.csv, row 2, 生年月日: expected a date such as 1950-04-01, 1950/4/1, 昭和25年4月1日 or S25.4.1, or nothing",
    );
    check(
        "昭和25年4月1日",
        "R8.4.2",
        "register.csv, row 2, 生年月日: expected a day of birth that has come",
    );
    check(
        "0000-00-0001",
        "なし",
        "register.csv, row 2, 電話番号: expected a telephone number, or nothing",
    );
    check(
        "訓練 太郎",
        "訓練 \u{e001}",
        "register.csv, row 2, 氏名: there is a character that only the sending machine knows (外字); write another in its place",
    );
    check("訓練 太郎", "\"訓練\n太郎\"", "register.csv, row 2, 氏名: expected text on one line");
    check(
        "訓練データ",
        "訓練データ,x",
        "register.csv, row 2: the row has 15 cells, and the first row names 14 columns",
    );
    let doubled = mistakes(&file(&[ROW, ROW]));
    assert_eq!(
        doubled[0].to_string(),
        "register.csv, row 3, 整理番号: this key stands in row 2 of register.csv already; keep one of the two rows"
    );
}

#[test]
fn a_my_number_is_refused_wherever_it_stands_and_never_repeated() {
    for (from, to) in [
        ("1,10", "123456789012,10"),
        ("訓練データ", "番号は 1234-5678-9012"),
        ("訓練1番地", "１２３４ ５６７８ ９０１２"),
    ] {
        let text = file(&[&ROW.replacen(from, to, 1)]);
        let fault = read(&text).unwrap_err();
        assert!(matches!(fault.mistakes()[0].wrong, Wrong::LooksLikeMyNumber), "{fault}");
        assert!(!fault.to_string().contains("5678") && !fault.to_string().contains("５６７８"));
    }
    for title in ["マイナンバー", "個人番号", "個人 番号", "ﾏｲﾅﾝﾊﾞｰ", "My Number"]
    {
        let text = file(&[ROW]).replace("備考", title);
        assert_eq!(mistakes(&text)[0].wrong, Wrong::MyNumberColumn, "{title}");
    }
    let headless = "123456789012,10,訓練";
    let fault = read(headless).unwrap_err();
    assert!(matches!(fault.mistakes()[0].wrong, Wrong::LooksLikeMyNumber), "{fault}");
    assert!(!fault.to_string().contains("1234"), "{fault}");
}

#[test]
fn a_file_without_its_columns_or_rows_is_no_register() {
    let missing = mistakes(&file(&[ROW]).replace("支援措置", "支援"));
    assert_eq!(missing.len(), 1);
    assert_eq!(
        missing[0].to_string(),
        "register.csv, 支援措置: the column is missing; the first row has to name it"
    );
    assert_eq!(mistakes(&file(&[ROW]).replace("続柄", "氏名"))[0].wrong, Wrong::DoubledColumn);
    assert_eq!(mistakes("")[0].wrong, Wrong::Empty);
    assert_eq!(mistakes(TITLES)[0].wrong, Wrong::Empty);
    assert_eq!(mistakes(&file(&[",,,,,,,,,,,,,"]))[0].wrong, Wrong::Empty);
    let mut bytes = file(&[ROW]).into_bytes();
    bytes.extend(b"\xff\xff");
    let fault = read_register("register.csv", &bytes, TODAY).unwrap_err();
    assert_eq!(fault.mistakes()[0].wrong, Wrong::NotTableText);
    assert_eq!(fault.mistakes()[0].place, Place::Text { line: 3, column: 1 });
}

#[test]
fn twenty_mistakes_are_told_at_once_and_nothing_is_kept() {
    let rows: Vec<String> = (0..30)
        .map(|number| ROW.replacen('1', &format!("P{number}"), 1).replace("訓練 太郎", ""))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let fault = read(&file(&rows)).unwrap_err();
    assert_eq!((fault.mistakes().len(), fault.left_off()), (20, 10));
}

#[test]
fn a_flag_is_off_only_where_a_word_says_so() {
    let flag = |word: &str| {
        let row = ROW.replace("0001,,,", &format!("0001,{word},{word},"));
        let fields = fields(&file(&[&row]));
        let of = |field| fields.iter().find(|(held, _)| *held == field).unwrap().1.clone();
        assert_eq!(of(field::PERSON_NEEDS_CARE), of(field::PERSON_PROTECTED));
        of(field::PERSON_PROTECTED) == Value::Bool(true)
    };
    for word in ["", "0", "０", "無", "なし", "×", "No", "-", "非該当"] {
        assert!(!flag(word), "{word}");
    }
    for word in ["1", "有", "○", "要介護", "?", "支援中"] {
        assert!(flag(word), "{word}");
    }
}

#[test]
fn whole_people_go_into_each_command_and_each_command_knows_its_rows() {
    let rows: Vec<String> =
        (0..100).map(|number| ROW.replacen('1', &format!("P{number}"), 1)).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let plan = read(&file(&rows)).unwrap().plan(&town(), None);
    let mut seen = BTreeSet::new();
    for command in plan.commands() {
        let Command::Edit { scope: Scope::Register, edits } = command else {
            panic!("a register is edits of the register")
        };
        assert!(edits.len() <= FACTS_PER_COMMAND_MAX);
        let people: BTreeSet<_> = edits.iter().map(|edit| edit.record).collect();
        assert!(people.iter().all(|person| seen.insert(*person)));
    }
    assert_eq!(seen.len(), 100);
    assert_eq!((plan.rows(0), plan.rows(1)), (Some(2..=7), Some(8..=13)));
    assert_eq!(plan.rows(plan.commands().len()), None);
}

#[test]
fn a_column_of_days_may_say_after_how_long_somebody_asks() {
    let watched = |days: &str| {
        let text =
            file(&[ROW]).replace("備考", "見守り日数").replace(",訓練データ", &format!(",{days}"));
        read(&text).map(|register| {
            let (_, edits) = register.edits(&town(), None).next().unwrap();
            let edit = edits.into_iter().find(|edit| edit.field == field::PERSON_WATCH_DAYS);
            edit.map(|edit| edit.change)
        })
    };
    assert_eq!(watched("３"), Ok(Some(Change::Put(Value::Int(3)))));
    assert_eq!(watched("0"), Ok(Some(Change::Delete)));
    assert_eq!(watched(""), Ok(None), "an empty cell says nothing");
    for wrong in ["-1", "400", "三日"] {
        assert!(watched(wrong).unwrap_err().to_string().contains("見守り日数"), "{wrong}");
    }
}
