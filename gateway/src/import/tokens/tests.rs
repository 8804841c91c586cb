//! Cards come in whole or not at all, and no mistake repeats a number.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at what it did not expect"
)]

use super::*;

fn town() -> TownFile {
    TownFile::new("訓練町".to_owned(), [1; 32], [2; 32], true, Vec::new())
}

fn read(rows: &str) -> Result<Tokens, ImportFault> {
    read_tokens("cards.csv", format!("整理番号,カード\n{rows}\n").as_bytes(), &town())
}

#[test]
fn a_card_is_given_to_the_person_of_its_row() {
    let tokens = read("1,04:A1:B2:C3\n1,０４Ａ１Ｂ２Ｃ４\n2,04a1b2c5").unwrap();
    assert_eq!(tokens.len(), 3);
    assert_eq!(format!("{tokens:?}"), "Tokens(3 cards)");
    let plan = tokens.plan(&town());
    let link = |uid: [u8; 4], number| {
        let token = TokenTag::of_uid(&town().tag_key(), &uid);
        let person = person_id(&town(), number);
        let link = shelter::command::Command::LinkToken { token, person, replace: false };
        Command::Shelter(link)
    };
    assert_eq!(
        plan.commands(),
        [
            link([4, 0xa1, 0xb2, 0xc3], "1"),
            link([4, 0xa1, 0xb2, 0xc4], "1"),
            link([4, 0xa1, 0xb2, 0xc5], "2"),
        ]
    );
    assert_eq!(plan.rows(2), Some(4..=4));
}

#[test]
fn every_mistake_names_row_and_column_and_no_number() {
    let check = |rows: &str, expected: &str| {
        let fault = read(rows).unwrap_err().to_string();
        assert!(fault.contains(expected), "{fault}");
        assert!(!fault.contains("1234") && !fault.contains("a1b2"), "{fault}");
    };
    check("1,123456789012", "row 2, カード: this looks like a 12-digit My Number");
    check("1,04a1b2c", "row 2, カード: 7 digits are not whole bytes");
    check("1,", "row 2, カード: no card number was entered");
    check(",04a1b2c3", "row 2, 整理番号: expected the town hall's number of a person");
    check(
        "1,04a1b2c3\n2,04 A1 B2 C3",
        "row 3, カード: this key stands in row 2 of cards.csv already",
    );
}
