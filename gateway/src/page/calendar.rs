//! Days as people in Japan say and type them.

use digiana_core::time::Day;
use jiff::ToSpan as _;
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use crate::text::Text;

/// A day of the calendar; the first of 1970 for one beyond all calendars.
fn civil(day: Day) -> Date {
    let epoch = Date::constant(1970, 1, 1);
    epoch.checked_add(day.0.days()).unwrap_or(epoch)
}

/// A day with its weekday.
pub(crate) fn date(t: &'static Text, day: Day) -> String {
    let date = civil(day);
    let weekday = weekdays(t).get(usize::from(weekday(day))).copied().unwrap_or_default();
    let (month, number) = (date.month().to_string(), date.day().to_string());
    t.fill("calendar.date", &[("month", &month), ("day", &number), ("weekday", weekday)])
}

/// A month with its year.
pub(crate) fn month(t: &Text, day: Day) -> String {
    let date = civil(day);
    let (year, month) = (date.year().to_string(), date.month().to_string());
    t.fill("calendar.month", &[("year", &year), ("month", &month)])
}

/// The days of a week, from Monday.
pub(crate) fn weekdays(t: &'static Text) -> [&'static str; 7] {
    [
        t.say("calendar.monday"),
        t.say("calendar.tuesday"),
        t.say("calendar.wednesday"),
        t.say("calendar.thursday"),
        t.say("calendar.friday"),
        t.say("calendar.saturday"),
        t.say("calendar.sunday"),
    ]
}

/// Which day of the week: 0 for Monday.
pub(crate) fn weekday(day: Day) -> u8 {
    u8::try_from(civil(day).weekday().to_monday_zero_offset()).unwrap_or(0)
}

/// Which day of its month.
pub(crate) fn day_of_month(day: Day) -> u8 {
    u8::try_from(civil(day).day()).unwrap_or(1)
}

/// The first day of the month that a day lies in, and how many it has.
pub(crate) fn month_around(day: Day) -> (Day, u8) {
    let date = civil(day);
    let count = u8::try_from(date.days_in_month()).unwrap_or(31);
    (day.plus(1 - i32::from(date.day())), count)
}

/// A day as a form's field for dates writes it.
pub(crate) fn typed_day(day: Day) -> String {
    civil(day).to_string()
}

/// The day that such a field means, also where somebody typed 「2026/4/1」.
pub(crate) fn day_of_typed(text: &str) -> Option<Day> {
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    let mut parts = plain.split(['-', '/']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let date: Date = format!("{year:0>4}-{month:0>2}-{day:0>2}").parse().ok()?;
    let days = date.since(Date::constant(1970, 1, 1)).ok()?.get_days();
    Some(Day(days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_day_that_is_typed_is_read_back() {
        // 2026-11-22 15:04:05 in Japan.
        let day = Day::of(1_795_327_445);
        assert_eq!(typed_day(day), "2026-11-22");
        for text in ["2026-11-22", "2026/11/22", " ２０２６-11-22 "] {
            assert_eq!(day_of_typed(text), Some(day), "{text}");
        }
        for text in ["", "2026-13-01", "2026-11", "11/22", "2026-11-22-1"] {
            assert_eq!(day_of_typed(text), None, "{text}");
        }
        assert_eq!(date(Lang::Ja.text(), day), "11月22日（日）");
        assert_eq!(month_around(day), (day.plus(-21), 30));
    }
}
