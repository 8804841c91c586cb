//! Days of birth as town halls write them, in western years and in Japan's.

use jiff::civil::{Date, date};
use unicode_normalization::UnicodeNormalization as _;

/// An era: its name, the letter for it, its first and its last day.
struct Era {
    name: &'static str,
    letter: char,
    first: Date,
    last: Date,
}

/// The eras anybody alive, or in an old register, can be born in. Days are those of the calendar
/// in force since 1873.
const ERAS: [Era; 5] = [
    Era { name: "明治", letter: 'm', first: date(1868, 1, 25), last: date(1912, 7, 30) },
    Era { name: "大正", letter: 't', first: date(1912, 7, 30), last: date(1926, 12, 25) },
    Era { name: "昭和", letter: 's', first: date(1926, 12, 25), last: date(1989, 1, 7) },
    Era { name: "平成", letter: 'h', first: date(1989, 1, 8), last: date(2019, 4, 30) },
    Era { name: "令和", letter: 'r', first: date(2019, 5, 1), last: date(9999, 12, 31) },
];

/// The day a text is: `1950-04-01`, `1950/4/1`, `1950年4月1日`, `19500401`, `昭和25年4月1日`, `S25.4.1`,
/// in any width. None for any other text, for a day that is none, and for a day outside its era.
pub(super) fn parse(text: &str) -> Option<Date> {
    let text: String =
        text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect();
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
        return western(number(0..4)?, number(4..6)?, number(6..8)?);
    }
    let era = ERAS.iter().find_map(|era| {
        let rest = text.strip_prefix(era.name).or_else(|| text.strip_prefix(era.letter))?;
        Some((era, rest.trim_start_matches('.')))
    });
    let Some((era, rest)) = era else {
        let (year, month, day) = numbers(&text)?;
        return western(year, month, day);
    };
    let (year, month, day) = numbers(rest)?;
    let begins = era.first.year();
    let born = western(begins.checked_add(year)?.checked_sub(1)?, month, day)?;
    (year >= 1 && era.first <= born && born <= era.last).then_some(born)
}

/// Year, month and day between any of the signs people put there.
fn numbers(text: &str) -> Option<(i16, i16, i16)> {
    let text = text.strip_suffix('日').unwrap_or(text);
    let mut parts = text.split(['年', '月', '/', '-', '.']);
    let mut next = || {
        let part = parts.next()?;
        let part = if part == "元" { "1" } else { part };
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let found = (next()?, next()?, next()?);
    parts.next().is_none().then_some(found)
}

fn western(year: i16, month: i16, day: i16) -> Option<Date> {
    let born = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    (born >= date(1868, 1, 25)).then_some(born)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_is_read_however_a_town_hall_writes_it() {
        for text in [
            "1950-04-01",
            "1950/4/1",
            "1950年4月1日",
            "19500401",
            "昭和25年4月1日",
            "昭和 25年 4月 1日",
            "S25.4.1",
            "s25/04/01",
            "Ｓ２５．４．１",
            "S.25.4.1",
        ] {
            assert_eq!(parse(text), Some(date(1950, 4, 1)), "{text}");
        }
        assert_eq!(parse("令和元年5月1日"), Some(date(2019, 5, 1)));
        assert_eq!(parse("平成元年1月8日"), Some(date(1989, 1, 8)));
        assert_eq!(parse("昭和64年1月7日"), Some(date(1989, 1, 7)));
        assert_eq!(parse("T15.12.24"), Some(date(1926, 12, 24)));
        assert_eq!(parse("M45.7.29"), Some(date(1912, 7, 29)));
    }

    #[test]
    fn a_day_that_never_was_is_none() {
        for text in [
            "",
            "不詳",
            "1950-02-30",
            "1950-13-01",
            "50-04-01",
            "1950-04",
            "1950-04-01-01",
            "昭和64年1月8日",
            "平成元年1月7日",
            "昭和0年4月1日",
            "S99.1.1",
            "X25.4.1",
            "1800-01-01",
            "33329",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
