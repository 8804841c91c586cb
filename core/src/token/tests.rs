//! Tags tell nothing, and a My Number is never taken for a card.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

use proptest::prelude::*;

use super::*;

fn check(text: &str, expected: Result<&[u8], TokenMistake>) {
    let got = parse_token_text(text);
    assert_eq!(got.as_ref().map(TypedUid::as_bytes).map_err(|mistake| *mistake), expected);
}

#[test]
fn a_uid_is_read_as_people_write_it() {
    let uid: &[u8] = &[0x04, 0xa1, 0xb2, 0xc3];
    for text in [
        "04a1b2c3",
        "04 A1 B2 C3",
        "04:a1:b2:c3",
        "04-A1-B2-C3",
        "０４ａ１Ｂ２Ｃ３",
        " 04a1 b2c3\n",
    ] {
        check(text, Ok(uid));
    }
    check("0123456789abcdef0123", Ok(&[1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 0x23]));
}

#[test]
fn twelve_digits_are_taken_for_a_my_number_however_they_are_written() {
    for text in [
        "123456789018",
        "1234 5678 9018",
        "1234-5678-9018",
        "１２３４５６７８９０１８",
        "１２３４　５６７８　９０１８",
        "1234ー5678ー9018",
        "12:34:56:78:90:18",
        "個人番号 1234 5678 9018",
        "マイナンバー：１２３４−５６７８−９０１８です",
    ] {
        check(text, Err(TokenMistake::LooksLikeMyNumber));
    }
}

#[test]
fn digits_within_a_hexadecimal_number_are_a_card() {
    check("ab123456789012", Ok(&[0xab, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12]));
    check("12345678", Ok(&[0x12, 0x34, 0x56, 0x78]));
    check("12345678901234", Ok(&[0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34]));
}

#[test]
fn what_is_wrong_with_a_typed_number_is_told_by_its_place() {
    check("", Err(TokenMistake::Empty));
    check(" - : ", Err(TokenMistake::Empty));
    check("04g1b2c3", Err(TokenMistake::NotHexadecimal { at: 3 }));
    check("04 a1 b2 カ3", Err(TokenMistake::NotHexadecimal { at: 10 }));
    check("04a1b2c", Err(TokenMistake::HalfByte { digits: 7 }));
    check("04a1b2", Err(TokenMistake::WrongLength { bytes: 3 }));
    check("04a1b2c304a1b2c304a1b2", Err(TokenMistake::WrongLength { bytes: 11 }));
    check(&"a".repeat(65), Err(TokenMistake::TooLong));
}

#[test]
fn a_refusal_never_repeats_what_was_typed() {
    let told = parse_token_text("1234 5678 9018").unwrap_err();
    for shown in [told.to_string(), format!("{told:?}")] {
        assert!(!shown.contains("1234") && !shown.contains("9018"), "{shown}");
    }
    let long = parse_token_text(&"9".repeat(70)).unwrap_err();
    assert!(!long.to_string().contains("99"));
}

#[test]
fn a_tag_depends_on_the_town_and_on_the_card() {
    let (here, there) = (TagKey::new([1; 32]), TagKey::new([2; 32]));
    let (one, other) = ([4, 1, 2, 3], [4, 1, 2, 3, 0]);
    assert_eq!(TokenTag::of_uid(&here, &one), TokenTag::of_uid(&here, &one));
    assert_ne!(TokenTag::of_uid(&here, &one), TokenTag::of_uid(&there, &one));
    assert_ne!(TokenTag::of_uid(&here, &one), TokenTag::of_uid(&here, &other));
}

#[test]
fn a_tag_has_the_bytes_it_always_had() {
    let tag = TokenTag::of_uid(&TagKey::new([7; 32]), &[1, 2, 3, 4]);
    let mut plain = blake3::Hasher::new_keyed(&[7; 32]);
    plain.update(b"digiana/token/ic-uid/1\0\x01\x02\x03\x04");
    assert_eq!(tag.as_bytes(), &plain.finalize().as_bytes()[..16]);
    assert_eq!(tag.0, FIXED_TAG);
}

#[test]
fn a_log_shows_two_bytes_of_a_tag_and_nothing_of_a_key_or_a_number() {
    assert_eq!(format!("{:?}", TokenTag([0xab; 16])), "token(abab…)");
    assert_eq!(format!("{:?}", TagKey::new([0xab; 32])), "TagKey(hidden)");
    assert_eq!(format!("{:?}", parse_token_text("04a1b2c3").unwrap()), "TypedUid(hidden)");
}

#[test]
fn a_tag_goes_through_a_frame_and_back() {
    let tag = TokenTag([9; 16]);
    let bytes = minicbor::to_vec(tag).unwrap();
    assert_eq!(bytes.len(), 17);
    assert_eq!(minicbor::decode::<TokenTag>(&bytes).unwrap(), tag);
    let short = minicbor::to_vec(minicbor::bytes::ByteVec::from(vec![9; 15])).unwrap();
    let told = minicbor::decode::<TokenTag>(&short).unwrap_err().to_string();
    assert!(told.contains("wrong length"), "{told}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_never_kept_when_it_is_twelve_digits(text in ".{0,80}") {
        if let Ok(uid) = parse_token_text(&text) {
            prop_assert!((UID_BYTES_MIN..=UID_BYTES_MAX).contains(&uid.as_bytes().len()));
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).take(12).collect();
        if digits.len() == 12 {
            prop_assert_eq!(parse_token_text(&digits), Err(TokenMistake::LooksLikeMyNumber));
        }
    }

    #[test]
    fn twelve_digits_are_refused_with_any_separators(digits in proptest::collection::vec(("[0-9]", "[ :\\-　]{0,2}"), 12)) {
        let text: String = digits.iter().map(|(digit, gap)| format!("{digit}{gap}")).collect();
        prop_assert_eq!(parse_token_text(&text), Err(TokenMistake::LooksLikeMyNumber));
    }
}

/// The tag of UID 01020304 under a key of thirty-two sevens. Stores hold such bytes for years.
const FIXED_TAG: [u8; 16] =
    [139, 181, 103, 244, 221, 11, 159, 77, 128, 214, 129, 208, 51, 108, 249, 85];

#[test]
fn a_certificate_has_one_tag_and_its_parts_have_one_meaning() {
    let key = TagKey::new([3; 32]);
    let tag = |issuer: &[u8], serial: &[u8]| TokenTag::of_certificate(&key, issuer, serial);
    assert_eq!(tag(b"JPKI", b"12"), tag(b"JPKI", b"12"));
    assert_ne!(tag(b"JPKI", b"12"), tag(b"JPK", b"I12"));
    assert_ne!(
        tag(b"JPKI", b"12"),
        TokenTag::of_certificate(&TagKey::new([4; 32]), b"JPKI", b"12")
    );
    assert_ne!(tag(b"", b"12345678"), TokenTag::of_uid(&key, b"12345678"));
}
