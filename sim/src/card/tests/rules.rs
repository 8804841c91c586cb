//! Each status word and each rule of the counters, as scripts of commands and answers.

use super::super::keys::{KEY_BYTES, KeyPair, Purpose, digest_info, sha256};
use super::*;

pub(super) const JPKI: &str = "00a4040c0ad392f000260100000001";
pub(super) const TEXT: &str = "00a4040c0ad3921000310001010408";
pub(super) const FACE: &str = "00a4040c0ad3921000310001010402";
pub(super) const COMMON: &str = "00a4040c0ad3921000310001010100";
const MANAGER: &str = "00a4040c07a0000001510000";

/// A card of person 12 in seed 1, with power.
pub(super) fn card(kind: Kind) -> Card {
    let mut card = Card::of_person(1, 12, kind, Quirks::default());
    card.power_on();
    card
}

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).unwrap()
}

/// Says commands and compares the answers: all of it, or `#n status` for n bytes of data.
pub(super) fn talk(card: &mut Card, script: &[(&str, &str)]) {
    for (command, expected) in script {
        let answer = card.transmit(&bytes(command));
        let shown = data_encoding::HEXLOWER.encode(&answer);
        match expected.strip_prefix('#') {
            None => assert_eq!(shown, *expected, "to {command}"),
            Some(expected) => {
                let (length, status) = expected.split_once(' ').unwrap();
                assert_eq!(answer.len() - 2, length.parse::<usize>().unwrap(), "to {command}");
                assert!(shown.ends_with(status), "to {command}: {shown}");
            }
        }
    }
}

/// The command that presents a value to the selected secret.
pub(super) fn verify(value: &str) -> String {
    format!("00200080{:02x}{}", value.len(), data_encoding::HEXLOWER.encode(value.as_bytes()))
}

/// The command that signs a message's digest with the key that P2 names.
pub(super) fn sign(p2: u8, message: &[u8]) -> String {
    let block = data_encoding::HEXLOWER.encode(&digest_info(&sha256(message)));
    format!("802a00{p2:02x}33{block}00")
}

pub(super) fn pin(card: &Card) -> String {
    card.secrets().unwrap().pin.clone()
}

/// A PIN that is not this one.
pub(super) fn wrong(pin: &str) -> String {
    pin.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
}

/// Reads the selected file to its end.
pub(super) fn read_all(card: &mut Card) -> Vec<u8> {
    let mut read = Vec::new();
    loop {
        let answer = card.transmit(&bytes(&format!("00b0{:04x}00", read.len())));
        let (data, status) = answer.split_at(answer.len() - 2);
        match status {
            [0x90, 0x00] => read.extend_from_slice(data),
            [0x6b, 0x00] => return read,
            other => panic!("{other:02x?}"),
        }
    }
}

#[test]
fn applications_and_files_are_selected_by_their_whole_names() {
    talk(
        &mut card(Kind::Normal),
        &[
            ("00a4020c02000a", "6a82"),
            ("00a40000", "6a86"),
            (JPKI, "9000"),
            ("00a40000", "9000"),
            ("00a4020c02000a", "9000"),
            ("00a4020c020099", "6a82"),
            ("00a4000c023f00", "6a82"),
            ("00a4040c03d392f0", "6a82"),
            ("00a4040c0ba0000003974349445f0100", "6a82"),
        ],
    );
    talk(
        &mut card(Kind::Normal),
        &[
            ("00a4040c", "6700"),
            ("00a4040c0ad392", "6700"),
            ("00a4020c0101", "6700"),
            ("00a4080c02000a", "6a86"),
            ("00a4040404d392f000", "6a86"),
            (TEXT, "9000"),
            (FACE, "9000"),
            (COMMON, "9000"),
            (MANAGER, "9000"),
            ("00a4020c020001", "6a82"),
        ],
    );
}

#[test]
fn a_file_is_read_from_any_offset_to_its_end() {
    let mut card = card(Kind::Normal);
    talk(&mut card, &[(JPKI, "9000"), ("00b0000000", "6986"), ("00a4020c02000a", "9000")]);
    let head = card.transmit(&bytes("00b0000004"));
    let [0x30, 0x82, high, low, 0x90, 0x00] = head[..] else { panic!("{head:02x?}") };
    let length = usize::from(u16::from_be_bytes([high, low])) + 4;
    assert_eq!(read_all(&mut card).len(), length);
    assert!((1_000..1_700).contains(&length), "{length} bytes are not like a certificate of JPKI");
    let (last, end) = (format!("00b0{:04x}00", length - 1), format!("00b0{length:04x}00"));
    talk(
        &mut card,
        &[
            ("00b0000000", "#256 9000"),
            ("00b0010010", "#16 9000"),
            (&last, "#1 9000"),
            (&end, "6b00"),
            ("00b07fff00", "6b00"),
            ("00b00000", "6700"),
            ("00b00000020000", "6700"),
        ],
    );
    // By its short number, from the first 256 bytes; then it is the selected one.
    talk(
        &mut card,
        &[
            ("00a4020c020006", "9000"),
            ("00b08afe00", "#256 9000"),
            ("00b0000004", &data_encoding::HEXLOWER.encode(&head)),
            ("00b0800000", "6a86"),
            ("00b09f0000", "6a86"),
            ("00b09e0000", "6a82"),
            ("00b0970000", "6981"),
            ("00b0980000", "6981"),
        ],
    );
}

#[test]
fn the_common_application_tells_number_town_and_last_day_in_one_record() {
    let mut card = card(Kind::Normal);
    talk(&mut card, &[(COMMON, "9000"), ("00b2010400", "6986")]);
    let record = card.transmit(&bytes("00b2010c00"));
    assert_eq!(record[..2], [0x01, 28]);
    let text = std::str::from_utf8(&record[2..30]).unwrap();
    assert_eq!((&text[15..20], &text[20..24]), ("32448", "2048"));
    assert_eq!(record[30..], [0x90, 0x00]);
    talk(
        &mut card,
        &[
            ("00a4020c020001", "9000"),
            ("00b2010400", "#30 9000"),
            ("00b2010500", "#30 9000"),
            ("00b2020400", "6a83"),
            ("00b2000400", "6a86"),
            ("00b2010000", "6a86"),
            ("00b201e400", "6981"),
            ("00b20114", "6700"),
            ("00b2011400", "6a82"),
            ("00a4020c020001", "9000"),
            ("00b0000000", "6981"),
        ],
    );
}

#[test]
fn tries_are_counted_down_told_without_spending_and_restored() {
    let mut card = card(Kind::Normal);
    let pin = pin(&card);
    let (right, false_one) = (verify(&pin), verify(&wrong(&pin)));
    talk(
        &mut card,
        &[
            (JPKI, "9000"),
            ("00200080", "6986"),
            ("00a4020c020018", "9000"),
            ("00200080", "63c3"),
            ("0020008000", "63c3"),
            (&false_one, "63c2"),
            ("00200080", "63c2"),
            (&false_one, "63c1"),
            (&right, "9000"),
            ("00200080", "63c3"),
            ("002000803131313131313131313131313131313131313131", "6700"),
            ("00200080113131313131313131313131313131313131", "6700"),
            ("00200080053030303030", "63c2"),
            (&false_one, "63c1"),
            (&false_one, "63c0"),
            ("00200080", "63c0"),
            (&right, "6984"),
            (&false_one, "6984"),
            ("0020009b", "63c5"),
            ("00200180", "6a86"),
            ("00200000", "6a86"),
            ("0020008a", "6981"),
        ],
    );
    assert_eq!(card.conversation().wrong_secrets, 5);
    // Power gives no try back.
    card.power_on();
    talk(&mut card, &[(JPKI, "9000"), ("00200098", "63c0")]);
}

#[test]
fn a_wrong_pin_closes_what_the_right_one_had_opened() {
    let mut card = card(Kind::Normal);
    let pin = pin(&card);
    let open = sign(0x97, b"drill");
    talk(
        &mut card,
        &[
            (JPKI, "9000"),
            (&open, "6982"),
            ("00a4020c020018", "9000"),
            (&verify(&pin), "9000"),
            (&open, "#256 9000"),
            ("00a4020c020018", "9000"),
            (&verify(&wrong(&pin)), "63c2"),
            (&open, "6982"),
        ],
    );
}

#[test]
fn a_presented_pin_outlives_a_warm_reset_and_nothing_else() {
    let open = sign(0x97, b"drill");
    let opened = || {
        let mut card = card(Kind::Normal);
        let pin = verify(&pin(&card));
        let script = [(JPKI, "9000"), ("00a4020c020018", "9000"), (&pin, "9000")];
        talk(&mut card, &script);
        card
    };
    let mut card = opened();
    talk(&mut card, &[(JPKI, "9000"), (&open, "#256 9000")]);
    card.reset();
    talk(&mut card, &[("00b08a0000", "6a82"), (JPKI, "9000"), (&open, "#256 9000")]);
    talk(&mut card, &[("00a4040c03d39210", "6a82"), (&open, "#256 9000")]);

    let mut card = opened();
    talk(&mut card, &[(TEXT, "9000"), (JPKI, "9000"), (&open, "6982")]);
    let mut card = opened();
    talk(&mut card, &[(MANAGER, "9000"), (JPKI, "9000"), (&open, "6982")]);
    let mut card = opened();
    card.power_off();
    card.power_on();
    talk(&mut card, &[(JPKI, "9000"), (&open, "6982")]);
}

#[test]
fn signatures_are_made_by_the_key_of_the_certificate() {
    let mut card = card(Kind::Normal);
    let pin = verify(&pin(&card));
    let password = verify(&card.secrets().unwrap().password);
    talk(&mut card, &[(JPKI, "9000"), ("00a4020c020018", "9000"), (&pin, "9000")]);
    let check = |card: &mut Card, command: &str, purpose: Purpose| {
        let mut expected = KeyPair::of_person(1, 1, 12, purpose).sign(b"drill");
        expected.extend([0x90, 0x00]);
        assert_eq!(card.transmit(&bytes(command)), expected, "{command}");
    };
    check(&mut card, &sign(0x97, b"drill"), Purpose::Authentication);
    talk(&mut card, &[("00a4020c020017", "9000")]);
    check(&mut card, &sign(0x80, b"drill"), Purpose::Authentication);
    let digest = data_encoding::HEXLOWER.encode(&sha256(b"drill"));
    check(&mut card, &format!("802a029720{digest}00"), Purpose::Authentication);
    check(&mut card, "802a0397056472696c6c00", Purpose::Authentication);
    check(&mut card, "802a03970000056472696c6c0000", Purpose::Authentication);
    talk(&mut card, &[(&sign(0x9a, b"drill"), "6982"), ("00a4020c02001b", "9000")]);
    talk(&mut card, &[(&password, "9000"), ("00b0810000", "#256 9000")]);
    check(&mut card, &sign(0x9a, b"drill"), Purpose::Signature);
    let too_long = format!("802a0097f6{}00", "00".repeat(KEY_BYTES - 10));
    talk(
        &mut card,
        &[
            ("802a0197010100", "#256 9000"),
            ("802a0297010100", "6985"),
            ("802a0497010100", "6a86"),
            (&too_long, "6985"),
            ("802a009700", "6985"),
            ("802a00970101", "6700"),
            ("802a00970101ff", "6700"),
            (&sign(0x00, b"drill"), "6a86"),
            (&sign(0x98, b"drill"), "6981"),
            (&sign(0x9d, b"drill"), "6a82"),
        ],
    );
    assert_eq!(card.conversation().signatures, 7);
}

#[test]
fn both_face_applications_sign_for_whoever_asks() {
    let mut card = card(Kind::Normal);
    for (application, purpose) in [(TEXT, Purpose::Text), (FACE, Purpose::Face)] {
        talk(&mut card, &[(application, "9000")]);
        let mut expected = KeyPair::of_person(1, 1, 12, purpose).sign(b"challenge");
        expected.extend([0x90, 0x00]);
        assert_eq!(card.transmit(&bytes(&sign(0x00, b"challenge"))), expected);
    }
}

#[test]
fn attributes_are_opened_by_the_pin_or_code_b_and_not_by_code_a() {
    let secrets = card(Kind::Normal).secrets().unwrap().clone();
    let check = |file: &str, secret: &str, opens: bool| {
        let mut card = card(Kind::Normal);
        let (id, value) = secret.split_once(' ').unwrap();
        let select = format!("00a4020c02{id}");
        let file = format!("00a4020c02{file}");
        talk(
            &mut card,
            &[(TEXT, "9000"), (&select, "9000"), (&verify(value), "9000"), (&file, "9000")],
        );
        let answer = card.transmit(&bytes("00b0000000"));
        assert_eq!(answer.ends_with(&[0x90, 0x00]), opens, "{file} by {id}");
        assert!(opens || answer == [0x69, 0x82], "{answer:02x?}");
    };
    let (pin, a, b) = (
        format!("0011 {}", secrets.pin),
        format!("0014 {}", secrets.number),
        format!("0015 {}", secrets.code_b),
    );
    for (file, by_a, by_b) in [("0002", false, true), ("0001", true, false), ("0007", true, true)] {
        check(file, &pin, true);
        check(file, &a, by_a);
        check(file, &b, by_b);
    }
    talk(
        &mut card(Kind::Normal),
        &[(TEXT, "9000"), ("00b0820000", "6982"), ("00b0870000", "6982")],
    );
}

#[test]
fn the_age_record_is_opened_by_the_birthday() {
    let mut card = card(Kind::Normal);
    let code = verify(&card.secrets().unwrap().birth_code);
    talk(
        &mut card,
        &[
            (FACE, "9000"),
            ("00b0810000", "6982"),
            ("00a4020c020011", "9000"),
            ("00200080", "63ca"),
            (&code, "9000"),
            ("00b0810000", "#256 9000"),
        ],
    );
}

#[test]
fn what_is_no_command_is_refused() {
    talk(
        &mut card(Kind::Normal),
        &[
            ("", "6700"),
            ("00a4", "6700"),
            ("00ca004500", "6a88"),
            ("00c0000000", "6d00"),
            ("0024018004", "6d00"),
            ("80a40000", "6d00"),
            ("01a4020c02000a", "6881"),
            ("04a40000", "6e00"),
            ("90ca000000", "6e00"),
            ("0084000010", "#16 9000"),
            ("0084000000", "#256 9000"),
            ("0084010010", "6a86"),
            ("00840000", "6700"),
            ("0084000000ffff", "6985"),
        ],
    );
}

#[test]
fn a_card_that_wakes_slowly_fails_its_first_command_after_each_power_up() {
    let quirks = Quirks { first_command_fails: true, ..Quirks::default() };
    let mut card = Card::of_person(1, 12, Kind::Normal, quirks);
    for _ in 0..2 {
        card.power_on();
        talk(&mut card, &[("ffca000000", "#8 9000"), (JPKI, "6f00"), (JPKI, "9000")]);
        card.reset();
        talk(&mut card, &[(JPKI, "9000")]);
    }
}

#[test]
fn whoever_wants_the_twelve_digits_is_counted() {
    let count = |script: &[(&str, &str)]| {
        let mut card = card(Kind::Normal);
        talk(&mut card, script);
        card.conversation().number_asked
    };
    let code = verify("000000000000");
    assert_eq!(count(&[(TEXT, "9000"), ("00a4020c020002", "9000"), ("00200094", "63ca")]), 0);
    assert_eq!(count(&[(TEXT, "9000"), ("00a4020c020001", "9000")]), 1);
    assert_eq!(count(&[(TEXT, "9000"), ("00b0810000", "6982"), ("00b0000000", "6982")]), 1);
    assert_eq!(count(&[(TEXT, "9000"), ("00a4020c020014", "9000"), (&code, "63c9")]), 1);
    assert_eq!(count(&[(FACE, "9000"), ("00a4020c020013", "9000"), (&code, "63c9")]), 1);
    assert_eq!(count(&[(FACE, "9000"), ("00a4020c020001", "9000")]), 0);
    assert_eq!(count(&[(JPKI, "9000"), ("00a4020c020001", "9000")]), 0);
}
