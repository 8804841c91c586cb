//! A shelter whose reader is a code scanner: somebody left their card at home and shows a printed code.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::fs::File;
use std::io::Write as _;

use digiana_sim::card::Uid;
use digiana_tests::cards::enrol;
use digiana_tests::processes::{Town, until};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

#[test]
fn a_printed_code_checks_somebody_in_by_its_number() {
    let mut town = Town::of(&["都賀"], &[]);
    // No node inherits the scanner's end of the line.
    let end = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&end).unwrap();
    unlockpt(&end).unwrap();
    let device = ptsname(&end, Vec::new()).unwrap().into_string().unwrap();
    let config = std::fs::read_to_string(town.nodes[0].config()).unwrap();
    let scanner = format!("[scanner]\ndevice = \"{device}\"\n[reader]");
    std::fs::write(town.nodes[0].config(), config.replace("[reader]", &scanner)).unwrap();
    enrol(&town.nodes[0], 12..=12);
    town.start_all();
    town.open_shelters(&[0]);
    let shelter = &town.nodes[0];
    until("the scanner is read", || shelter.status()["scanner"] == "ready");
    let outcomes = shelter.follow();
    let mut line = File::from(end);
    let code_of = |number| {
        Uid::of_person(1, number).0.iter().map(|byte| format!("{byte:02X}")).collect::<String>()
    };

    line.write_all(format!("{}\r\n", code_of(12)).as_bytes()).unwrap();
    let checked_in = outcomes.next();
    assert_eq!(checked_in["word"], "check-in", "{checked_in}");
    assert_eq!(checked_in["assurance"], "listed");
    assert_eq!(shelter.present(), (1, 1));
    line.write_all(format!("{}\r\n", code_of(13)).as_bytes()).unwrap();
    assert_eq!(outcomes.next()["word"], "UnknownToken");
    line.write_all(b"https://example.jp/\r\n").unwrap();
    assert_eq!(outcomes.next()["word"], "NotACode");

    assert!(!shelter.log().to_uppercase().contains(&code_of(12)), "no number is in a log");
    drop(line);
    let is_away = |told: &str| told.contains(&format!("the code scanner at {device} is away"));
    until("it is told that it is away", || {
        is_away(shelter.status()["scanner"].as_str().unwrap()) && is_away(&shelter.log())
    });
    assert_eq!(shelter.present(), (1, 1));
}
