//! What the holder of a generated card knows or can read on its face.

use std::fmt;

use crate::population::Date;
use crate::rng::Rng;

/// What opens a generated person's card. Its `Debug` is silent.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The PIN of four digits, the same for each application.
    pub pin: String,
    /// The password of the signing key.
    pub password: String,
    /// The birthday as six digits, with the year of its era.
    pub birth_code: String,
    /// 照合番号B: birthday, year in which the card runs out, and security code; 14 digits.
    pub code_b: String,
    /// The 12 digits, with a check digit that no real number has. They leave the card's own modules
    /// through the card alone.
    pub(super) number: String,
}

impl Secrets {
    pub(super) fn of(seed: u64, person: u32, birth: Date, last_year: u16) -> Self {
        let mut draw = Rng::new(seed, &format!("card/secrets/{person}"));
        let mut four = || draw.below(10_000);
        let (pin, password, security, high, low) = (four(), four(), four(), four(), four());
        let (_, era_year) = era(birth);
        let birth_code = format!("{era_year:02}{:02}{:02}", birth.month, birth.day);
        let digits = format!("{high:04}{low:04}{:03}", person % 1_000);
        Self {
            pin: format!("{pin:04}"),
            password: format!("DRILL{password:04}"),
            code_b: format!("{birth_code}{last_year:04}{security:04}"),
            birth_code,
            number: format!("{digits}{}", (check_digit(&digits) + 5) % 10),
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(hidden)")
    }
}

/// The check digit of a real number, by the ministry's ordinance No. 85 of 2014, article 5.
fn check_digit(digits: &str) -> u32 {
    let weights = (2..=7).chain(2..=6);
    let weighted = digits.chars().rev().zip(weights);
    let sum: u32 = weighted.filter_map(|(digit, weight)| Some(digit.to_digit(10)? * weight)).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// The era of a day by its number on certificates (3 is 昭和), and the year in it.
///
/// # Panics
///
/// When the day is before 大正: nobody in a generated town is that old.
pub(super) fn era(date: Date) -> (u8, u16) {
    let day = (date.year, date.month, date.day);
    let (era, begins) = match day {
        (2019, 5.., _) | (2020.., _, _) => (5, 2019),
        (1989, 1, 8..) | (1989, 2.., _) | (1990.., _, _) => (4, 1989),
        (1926, 12, 25..) | (1927.., _, _) => (3, 1926),
        _ => (2, 1912),
    };
    let year = date.year.checked_sub(begins - 1).expect("nobody was born before 大正");
    (era, year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_in_the_years_of_their_era() {
        let check = |(year, month, day), expected| {
            assert_eq!(era(Date { year, month, day }), expected);
        };
        check((1926, 12, 24), (2, 15));
        check((1926, 12, 25), (3, 1));
        check((1980, 2, 17), (3, 55));
        check((1989, 1, 7), (3, 64));
        check((1989, 1, 8), (4, 1));
        check((2019, 4, 30), (4, 31));
        check((2019, 5, 1), (5, 1));
        check((2026, 4, 1), (5, 8));
    }

    #[test]
    fn a_generated_number_is_nobodys() {
        assert_eq!(check_digit("12345678901"), 8);
        for person in 1..200 {
            let birth = Date { year: 1980, month: 2, day: 17 };
            let secrets = Secrets::of(1, person, birth, 2048);
            let (digits, check) = secrets.number.split_at(11);
            assert_ne!(check, check_digit(digits).to_string());
            assert_eq!((secrets.number.len(), secrets.code_b.len()), (12, 14));
            assert!(secrets.code_b.starts_with("5502172048"), "{}", secrets.code_b);
        }
    }
}
