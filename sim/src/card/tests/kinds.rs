//! What each kind of card does otherwise than a normal one.

use super::rules::{COMMON, FACE, JPKI, TEXT, bytes, card, pin, read_all, sign, talk, verify};
use super::*;

fn certificate(kind: Kind) -> Vec<u8> {
    let mut card = card(kind);
    talk(&mut card, &[(JPKI, "9000"), ("00a4020c02000a", "9000")]);
    read_all(&mut card)
}

/// The serial number of a certificate: the first number behind its version.
fn serial(certificate: &[u8]) -> &[u8] {
    let [0x30, 0x82, _, _, 0x30, 0x82, _, _, 0xa0, 3, 2, 1, 2, 2, length, rest @ ..] = certificate
    else {
        panic!("no certificate")
    };
    rest.split_at(usize::from(*length)).0
}

#[test]
fn a_card_is_the_same_whenever_it_is_made() {
    assert_eq!(certificate(Kind::Normal), certificate(Kind::Normal));
    let other = Card::of_person(1, 13, Kind::Normal, Quirks::default());
    assert_ne!(other.uid(), card(Kind::Normal).uid());
    assert_eq!(format!("{:?}", card(Kind::Cloned)), "Card(cloned)");
    assert_eq!(format!("{:?}", card(Kind::Normal).secrets().unwrap()), "Secrets(hidden)");
}

#[test]
fn only_the_revoked_card_has_a_revoked_serial_number() {
    for kind in [Kind::Normal, Kind::Child, Kind::Expired, Kind::Renewed, Kind::OtherTown] {
        assert!(!authority::is_revoked(serial(&certificate(kind))), "{kind}");
    }
    assert!(authority::is_revoked(serial(&certificate(Kind::Revoked))));
    assert_ne!(serial(&certificate(Kind::Renewed)), serial(&certificate(Kind::Normal)));
}

#[test]
fn a_copy_has_the_files_and_not_the_keys() {
    assert_eq!(certificate(Kind::Cloned), certificate(Kind::Normal));
    let challenge = bytes(&sign(0x00, b"challenge"));
    let signed = |kind| {
        let mut card = card(kind);
        talk(&mut card, &[(TEXT, "9000")]);
        card.transmit(&challenge)
    };
    assert_eq!(signed(Kind::Cloned).len(), 258);
    assert_ne!(signed(Kind::Cloned), signed(Kind::Normal));
    assert_eq!(signed(Kind::ClonedRefusing), [0x69, 0x82]);
}

#[test]
fn a_child_has_no_signing_certificate() {
    talk(
        &mut card(Kind::Child),
        &[
            (JPKI, "9000"),
            ("00a4020c020001", "6a82"),
            ("00b0880000", "008f009000"),
            ("0020009b", "63c0"),
            ("00200098", "63c3"),
        ],
    );
    talk(&mut card(Kind::Normal), &[(JPKI, "9000"), ("00b0880000", "8f8f009000")]);
}

#[test]
fn another_towns_card_says_which_and_an_old_one_says_when() {
    let record = |kind| {
        let mut card = card(kind);
        talk(&mut card, &[(COMMON, "9000")]);
        let answer = card.transmit(&bytes("00b2010c00"));
        String::from_utf8(answer[17..30].to_vec()).unwrap()
    };
    assert!(record(Kind::Normal).starts_with("324482048"));
    assert!(record(Kind::OtherTown).starts_with("342092048"));
    assert!(record(Kind::Renewed).starts_with("324482049"));
    assert_eq!(record(Kind::Expired), "3244820260331");
}

#[test]
fn a_blocked_card_has_no_try_left_and_says_so_in_one_of_two_ways() {
    let mut card = card(Kind::Blocked);
    let right = verify(&pin(&card));
    talk(&mut card, &[(JPKI, "9000"), ("00a4020c020018", "9000"), ("00200080", "63c0")]);
    talk(
        &mut card,
        &[(&right, "6984"), (TEXT, "9000"), ("00200091", "63c0"), ("00200095", "63c0")],
    );
    // It still proves that it is there.
    talk(&mut card, &[(&sign(0x00, b"challenge"), "#256 9000")]);
    let quirks = Quirks { blocked_tells_6984: true, ..Quirks::default() };
    let mut card = Card::of_person(1, 12, Kind::Blocked, quirks);
    talk(&mut card, &[(JPKI, "9000"), ("00200098", "6984")]);
}

#[test]
fn a_phone_shows_its_certificate_after_the_pin_and_has_nothing_else() {
    for (kind, label) in [(Kind::Android, "JPKIAPGPSETOKEN "), (Kind::Iphone, "JPKIAPIOSTOKEN  ")] {
        let mut card = card(kind);
        let right = verify(&pin(&card));
        talk(&mut card, &[(TEXT, "6a82"), (FACE, "6a82"), (COMMON, "6a82"), (JPKI, "9000")]);
        assert_eq!(card.transmit(&bytes("00b0860010"))[..16], *label.as_bytes());
        talk(&mut card, &[("00a4020c02000a", "9000"), ("00b0000000", "6982")]);
        talk(
            &mut card,
            &[("00a4020c020018", "9000"), (&right, "9000"), ("00b08a0000", "#256 9000")],
        );
    }
    let mut card = card(Kind::Normal);
    talk(&mut card, &[(JPKI, "9000"), ("00a4020c020006", "9000")]);
    let info = read_all(&mut card);
    assert_eq!((info.len(), &info[..16]), (160, b"JPKIAPICCTOKEN2 ".as_slice()));
}

#[test]
fn any_other_card_tells_its_number_and_nothing_else() {
    let mut plain = card(Kind::Plain);
    assert!(plain.secrets().is_none());
    talk(&mut plain, &[("ffca000000", "#8 9000"), (JPKI, "6a82"), ("00b0000000", "6d00")]);
    assert_eq!(plain.conversation().uids_told, 1);
    assert_eq!(
        card(Kind::Normal).transmit(&bytes("ffca000000")),
        plain.transmit(&bytes("ffca000000"))
    );
}

#[test]
fn a_hostile_card_spoils_what_was_right() {
    let whole = certificate(Kind::Normal);
    assert_eq!(certificate(Kind::CutCertificate), whole[..whole.len() / 2]);
    assert_eq!(certificate(Kind::LyingLength)[..5], [0x30, 0x82, 0xff, 0xff, 0x30]);

    let opened = |kind| {
        let mut card = card(kind);
        talk(&mut card, &[(JPKI, "9000"), ("00a4020c02000a", "9000")]);
        card
    };
    let mut endless = opened(Kind::EndlessMore);
    talk(&mut endless, &[("00b0000000", "#16 61ff"), ("00c00000ff", "#16 61ff")]);
    talk(&mut opened(Kind::Huge), &[("00b0000000", "#65533 9000")]);
    let mut confused = opened(Kind::StrayStatus);
    talk(&mut confused, &[("00b0000004", "6c00"), ("00b0000002", "30829000")]);
    talk(
        &mut card(Kind::OneByte),
        &[(JPKI, "90"), ("ffca000000", &format!("{:02x}", card(Kind::Plain).uid().0[0]))],
    );
    let read = bytes("00b0000004");
    assert_eq!(card(Kind::Silent).answer(&read), Answer::Never);
    assert!(
        matches!(card(Kind::Slow).answer(&read), Answer::After(wait, _) if wait > Duration::from_secs(1))
    );
}
