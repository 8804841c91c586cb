//! How old people are when they come, in the groups that a town plans by.

use crate::time::Day;

/// Days from 1 March of year 0 to 1 January 1970, in the calendar that is carried back.
const BEFORE_1970: i64 = 719_468;
/// Days in four hundred years: the calendar repeats after them.
const DAYS_IN_400_YEARS: i64 = 146_097;

/// An age group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgeGroup {
    /// 17 and younger.
    Under18,
    /// 18 to 64.
    Under65,
    /// 65 to 74 (前期高齢者).
    Under75,
    /// 75 and older (後期高齢者).
    From75,
    /// Nobody here knows.
    Unknown,
}

impl AgeGroup {
    /// All of them, the youngest first.
    pub const ALL: [Self; 5] =
        [Self::Under18, Self::Under65, Self::Under75, Self::From75, Self::Unknown];

    /// The group on a day of somebody born then, `YYYY-MM-DD`.
    pub fn on(birth: Option<&str>, day: Day) -> Self {
        match birth.and_then(date).and_then(|birth| age(birth, day)) {
            Some(0..18) => Self::Under18,
            Some(18..65) => Self::Under65,
            Some(65..75) => Self::Under75,
            Some(75..) => Self::From75,
            Some(_) | None => Self::Unknown,
        }
    }
}

fn date(text: &str) -> Option<(i64, i64, i64)> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

/// Whole years; none for somebody who is not born yet.
fn age(birth: (i64, i64, i64), day: Day) -> Option<i64> {
    let (year, month, of_month) = civil(day);
    let had_birthday = (month, of_month) >= (birth.1, birth.2);
    let age = year.checked_sub(birth.0)? - i64::from(!had_birthday);
    (age >= 0).then_some(age)
}

/// Year, month and day of the month of a day: by counting from the end of February, where leap days lie.
pub fn civil(day: Day) -> (i64, i64, i64) {
    let days = i64::from(day.0) + BEFORE_1970;
    let (era, of_era) = (days.div_euclid(DAYS_IN_400_YEARS), days.rem_euclid(DAYS_IN_400_YEARS));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_full_on_the_birthday() {
        // 2026-11-22.
        let day = Day::of(1_795_327_445);
        assert_eq!(civil(day), (2026, 11, 22));
        assert_eq!(civil(Day(-1)), (1969, 12, 31));
        assert_eq!(civil(Day(11_016)), (2000, 2, 29));
        let group = |birth| AgeGroup::on(Some(birth), day);
        assert_eq!(group("1951-11-22"), AgeGroup::From75);
        assert_eq!(group("1951-11-23"), AgeGroup::Under75);
        assert_eq!(group("2008-11-23"), AgeGroup::Under18);
        assert_eq!(group("2027-01-01"), AgeGroup::Unknown);
        assert_eq!(group("いつか"), AgeGroup::Unknown);
    }
}
