//! Commands by chance: whatever a reader says, a card stays a card.

use super::rules::{COMMON, FACE, JPKI, TEXT, bytes, card, pin, verify};
use super::*;
use crate::rng::Rng;

/// A command as a confused or curious reader might say it: half of them begin like real ones.
fn command(draw: &mut Rng, pin: &str) -> Vec<u8> {
    let mut command = match draw.below(12) {
        0 => {
            let application: &&str = draw.choose(&[JPKI, TEXT, FACE, COMMON]);
            bytes(application)
        }
        1 | 2 => {
            let file = u8::try_from(draw.below(0x20)).unwrap();
            [bytes("00a4020c0200"), vec![file]].concat()
        }
        3 => bytes(&verify(pin)),
        4 => bytes("00b0000000"),
        5 => {
            let [p1, p2] = [(); 2].map(|()| u8::try_from(draw.below(256)).unwrap());
            vec![0x00, 0xb0, p1, p2, 0]
        }
        6 => bytes("00b2010c00"),
        7 => {
            let p2 = u8::try_from(draw.below(256)).unwrap();
            vec![0x80, 0x2a, 0, p2, 1, 1, 0]
        }
        8 => bytes("ffca000000"),
        _ => {
            let mut noise = vec![0; usize::try_from(draw.below(300)).unwrap()];
            draw.fill(&mut noise);
            noise
        }
    };
    if draw.below(8) == 0 {
        let length = usize::try_from(draw.below(9)).unwrap();
        command.truncate(length);
    }
    command
}

#[test]
fn no_commands_break_a_card_or_make_it_talk_too_much_or_tell_the_twelve_digits_unopened() {
    for kind in Kind::ALL {
        for seed in 0..4 {
            let mut draw = Rng::new(seed, "card/tests/chance");
            let mut card = card(kind);
            // Every other reader has no PIN: to it the digits must stay closed.
            let knows_pin = seed % 2 == 0;
            let right = card.secrets().map(|_| pin(&card)).filter(|_| knows_pin);
            let digits = card.secrets().map(|secrets| secrets.number.clone());
            for step in 0..300 {
                match draw.below(60) {
                    0 => drop(card.power_on()),
                    1 => card.reset(),
                    _ => {}
                }
                let command = command(&mut draw, right.as_deref().unwrap_or("0000x"));
                let answer = card.transmit(&command);
                let place = || format!("{kind}, seed {seed}, step {step}");
                assert!(kind.is_hostile() || (2..=258).contains(&answer.len()), "{}", place());
                let digits = digits.as_deref().unwrap_or("none").as_bytes();
                let told = answer.windows(digits.len()).any(|part| part == digits);
                assert!(!told || knows_pin, "{}", place());
                assert!(!told || card.conversation().number_asked > 0, "{}", place());
            }
            assert_eq!(card.conversation().apdus, 300);
        }
    }
}
