//! Times as people in Japan say them.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::{TimeZone, offset};
use unicode_normalization::UnicodeNormalization as _;

use crate::text::Text;

/// Japan has one offset and no summer time, so no zone data is needed.
fn japan(seconds: i64) -> jiff::Zoned {
    let moment = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.to_zoned(TimeZone::fixed(offset(9)))
}

/// Date and time of day, for the head of a page.
pub(crate) fn clock(t: &Text, now: i64) -> String {
    let moment = japan(now);
    t.fill(
        "when.clock",
        &[
            ("year", &moment.year().to_string()),
            ("month", &moment.month().to_string()),
            ("day", &moment.day().to_string()),
            ("time", &time_of_day(&moment)),
        ],
    )
}

/// A time of day; with the day where it is not today.
pub(crate) fn stamp(t: &Text, at: i64, now: i64) -> String {
    let (moment, today) = (japan(at), japan(now));
    let time = time_of_day(&moment);
    if moment.date() == today.date() {
        time
    } else if today.date().yesterday().ok() == Some(moment.date()) {
        t.fill("when.yesterday", &[("time", &time)])
    } else {
        let (month, day) = (moment.month().to_string(), moment.day().to_string());
        t.fill("when.day", &[("month", &month), ("day", &day), ("time", &time)])
    }
}

/// How long ago something was.
pub(crate) fn age(t: &Text, at: i64, now: i64) -> String {
    let minutes = now.saturating_sub(at).max(0) / 60;
    let (hours, days) = (minutes / 60, minutes / (60 * 24));
    match () {
        () if minutes < 1 => t.say("when.just_now").to_owned(),
        () if minutes < 60 => t.fill("when.minutes", &[("n", &minutes.to_string())]),
        () if hours < 48 => t.fill("when.hours", &[("n", &hours.to_string())]),
        () => t.fill("when.days", &[("n", &days.to_string())]),
    }
}

/// The moment that a form's `HH:MM` or `YYYY-MM-DDTHH:MM` means in Japan, `None` for an empty one. A
/// time of day without a day is the last one that was: at one in the morning 23:50 was yesterday.
///
/// # Errors
/// [`NotATime`] when it is neither.
pub(crate) fn typed_time(text: &str, now: i64) -> Result<Option<i64>, NotATime> {
    if text.is_empty() {
        return Ok(None);
    }
    let zone = TimeZone::fixed(offset(9));
    let at = |moment: DateTime| {
        moment.to_zoned(zone.clone()).map(|moment| moment.timestamp().as_second()).ok()
    };
    if let Ok(moment) = text.parse::<DateTime>() {
        return at(moment).map(Some).ok_or(NotATime);
    }
    let time: Time = text.parse().map_err(|_| NotATime)?;
    let seconds = at(japan(now).date().to_datetime(time)).ok_or(NotATime)?;
    // A clock in the form may run a little ahead of this one.
    let is_past = seconds <= now + AHEAD_SECONDS;
    Ok(Some(if is_past { seconds } else { seconds - 86_400 }))
}

/// How far ahead of this clock the one of a browser may be.
const AHEAD_SECONDS: i64 = 300;

/// A text that is no time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotATime;

/// As programs read it.
pub(crate) fn rfc3339(at: i64) -> String {
    japan(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A date and time of Japan as a form's field for both writes it.
pub(crate) fn typed(at: i64) -> String {
    japan(at).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The moment that such a field means, also where a browser offers no such field and somebody typed
/// 「2026/11/22 9:05」: Unix seconds.
pub(crate) fn of_typed(text: &str) -> Option<i64> {
    let plain: String = text.nfkc().collect();
    let (date, time) = plain.trim().split_once(['T', ' '])?;
    let (hour, rest) = time.trim().split_once(':')?;
    let date = date.replace('/', "-");
    let moment: DateTime = format!("{date}T{hour:0>2}:{rest}").parse().ok()?;
    Some(moment.to_zoned(TimeZone::fixed(offset(9))).ok()?.timestamp().as_second())
}

fn time_of_day(moment: &jiff::Zoned) -> String {
    format!("{}:{:02}", moment.hour(), moment.minute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    // 2026-11-22 15:04:05 in Japan.
    const NOW: i64 = 1_795_327_445;

    #[test]
    fn times_of_other_days_say_so() {
        let t = Lang::Ja.text();
        assert_eq!(clock(t, NOW), "2026年11月22日 15:04");
        assert_eq!(stamp(t, NOW - 3600, NOW), "14:04");
        assert_eq!(stamp(t, NOW - 16 * 3600, NOW), "昨日 23:04");
        assert_eq!(stamp(t, NOW - 86_400 * 2, NOW), "11/20 15:04");
        assert_eq!(rfc3339(NOW), "2026-11-22T15:04:05+09:00");
    }

    #[test]
    fn a_typed_time_of_day_is_the_last_one_that_was() {
        assert_eq!(typed_time("14:04", NOW), Ok(Some(NOW - 3605)));
        assert_eq!(typed_time("23:04", NOW), Ok(Some(NOW - 5 - 16 * 3600)), "yesterday");
        assert_eq!(typed_time("2026-11-20T15:04", NOW), Ok(Some(NOW - 5 - 86_400 * 2)));
        assert_eq!((typed_time("", NOW), typed_time("25:00", NOW)), (Ok(None), Err(NotATime)));
    }

    #[test]
    fn a_time_that_is_typed_is_japans() {
        assert_eq!(typed(NOW), "2026-11-22T15:04");
        for text in [
            "2026-11-22T15:04",
            "2026/11/22 15:04",
            "２０２６-11-22 １５:04",
            " 2026-11-22T15:04:00",
        ] {
            assert_eq!(of_typed(text), Some(NOW - 5), "{text}");
        }
        assert_eq!(of_typed("2026-11-22 9:05").map(typed).as_deref(), Some("2026-11-22T09:05"));
        for text in ["", "2026-11-22", "15:04", "2026-13-40T15:04", "2026-11-22T15:04Z", "1"] {
            assert_eq!(of_typed(text), None, "{text}");
        }
    }

    #[test]
    fn an_age_is_never_negative() {
        let t = Lang::Ja.text();
        assert_eq!(age(t, NOW + 500, NOW), "たった今");
        assert_eq!(age(t, NOW - 125, NOW), "2分前");
        assert_eq!(age(t, NOW - 3 * 3600, NOW), "3時間前");
        assert_eq!(age(t, NOW - 86_400 * 3, NOW), "3日前");
    }
}
