//! Whom a desk finds by what it types.

use super::*;
use crate::service::rehearsal::{person, records, text};

fn register(people: &[(&str, &str)]) -> RecordsFold {
    records((1..).zip(people).flat_map(|(number, (name, kana))| {
        let record = of_person(person(number));
        [(record, field::PERSON_NAME, text(name)), (record, field::PERSON_KANA, text(kana))]
    }))
}

/// Searches three people of drill data.
fn check(query: &str, found: &[u32]) {
    let register = register(&[
        ("渡邊 訓一", "ワタナベ クンイチ"),
        ("渡辺 訓二", "わたなべ くんじ"),
        ("髙橋 訓三", "ﾀｶﾊｼ ｸﾝｿﾞｳ"),
    ]);
    let index = PeopleIndex::build(&register);
    let expected: Vec<PersonId> = found.iter().copied().map(person).collect();
    assert_eq!(index.search(query).collect::<Vec<_>>(), expected, "{query}");
}

#[test]
fn a_name_is_found_in_any_kana_width_and_variant() {
    check("わたなべ", &[1, 2]);
    check("ワタナベク", &[1, 2]);
    check("ﾜﾀﾅﾍﾞ　ｸﾝｼﾞ", &[2]);
    check("渡辺", &[1, 2]);
    check("渡邉", &[1, 2]);
    check("高橋", &[3]);
    check("タカハシ クンゾウ", &[3]);
}

#[test]
fn a_given_name_is_found_too() {
    check("訓三", &[3]);
    check("くんじ", &[2]);
}

#[test]
fn nothing_typed_finds_nobody() {
    check("", &[]);
    check(" ", &[]);
    check("さとう", &[]);
}

#[test]
fn a_variation_selector_is_no_other_character() {
    assert_eq!(folded("葛\u{e0100}城"), folded("葛城"));
    assert_eq!(folded("ＡＢＣ　１２"), "abc12");
}
