//! What staff type into a form, and what is wrong with it: each mistake has its own sentence.

use std::ops::RangeInclusive;

use digiana_core::limits::{FACT_TEXT_CHARS_MAX, VALUE_BYTES_MAX};
use digiana_core::service::lists::route::NotARoute;
use digiana_core::token::looks_like_my_number;
use unicode_normalization::UnicodeNormalization as _;

use crate::page::form::Fields;
use crate::page::when;
use crate::text::Text;

/// The most characters of a person's name or kana.
pub(crate) const NAME_CHARS_MAX: usize = 60;

/// The most characters of a disaster's name.
pub(crate) const TITLE_CHARS_MAX: usize = 80;

/// The most characters of a record's value: the rarest kanji take four bytes each.
const VALUE_CHARS_MAX: usize = VALUE_BYTES_MAX / 4;

/// Years of birth that a person at a desk can have.
const BIRTH_YEARS: RangeInclusive<i32> = 1880..=2100;

/// How long ago a late entry can have happened: a year that was mistyped is further away.
const LATE_SECONDS_MAX: i64 = 366 * 86_400;

/// A field that staff type into, with the key of the label it stands under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typed {
    /// Its name in the form.
    pub(crate) field: &'static str,
    label: &'static str,
}

impl Typed {
    /// The field `field`, which pages show under the message `label`.
    pub(crate) const fn new(field: &'static str, label: &'static str) -> Self {
        Self { field, label }
    }

    /// The key of the label it stands under.
    pub(crate) fn label(self) -> &'static str {
        self.label
    }

    /// A text that has to be there, of so many characters at most.
    pub(crate) fn required(self, fields: &Fields, chars: usize) -> Result<String, Mistake> {
        let text = self.optional(fields, chars)?;
        if text.is_empty() { Err(self.is(Wrong::Missing)) } else { Ok(text) }
    }

    /// A text that may be left out, of so many characters at most.
    pub(crate) fn optional(self, fields: &Fields, chars: usize) -> Result<String, Mistake> {
        self.no_longer_than(fields.text(self.field), chars)
    }

    /// Words of a fact, such as where somebody went.
    pub(crate) fn words(self, fields: &Fields) -> Result<String, Mistake> {
        self.optional(fields, FACT_TEXT_CHARS_MAX)
    }

    /// A value of a record, as long as a record holds.
    pub(crate) fn value_of(self, typed: &str) -> Result<String, Mistake> {
        self.no_longer_than(typed, VALUE_CHARS_MAX)
    }

    /// A year of birth, if one was typed.
    pub(crate) fn birth_year(self, fields: &Fields) -> Result<Option<i32>, Mistake> {
        let text = fields.text(self.field);
        if text.is_empty() {
            return Ok(None);
        }
        let year =
            text.nfkc().collect::<String>().parse().ok().filter(|year| BIRTH_YEARS.contains(year));
        year.map(Some).ok_or_else(|| self.is(Wrong::NoYear))
    }

    /// A date and time of Japan, if one was typed. Whether it has come is for the engine to say.
    pub(crate) fn moment(self, fields: &Fields, now: i64) -> Result<Option<i64>, Mistake> {
        let text = fields.text(self.field);
        if text.is_empty() {
            return Ok(None);
        }
        let at = when::of_typed(text).filter(|at| now.saturating_sub(*at) < LATE_SECONDS_MAX);
        at.map(Some).ok_or_else(|| self.is(Wrong::NoMoment))
    }

    /// This field, and what is wrong with it.
    pub(crate) fn is(self, wrong: Wrong) -> Mistake {
        Mistake { at: self, wrong }
    }

    /// How a name is read, in kana and nothing else; half-width ones are made wide.
    pub(crate) fn kana(self, fields: &Fields, chars: usize) -> Result<String, Mistake> {
        let kana: String = self.optional(fields, chars)?.nfkc().collect();
        let is_kana = |c: char| matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | 'ゝ' | 'ゞ' | 'ヽ' | 'ヾ' | '・' | ' ');
        if kana.chars().all(is_kana) { Ok(kana) } else { Err(self.is(Wrong::NoKana)) }
    }

    fn no_longer_than(self, text: &str, chars: usize) -> Result<String, Mistake> {
        if looks_like_my_number(text) {
            Err(self.is(Wrong::MyNumber))
        } else if has_hidden_characters(text) || is_blank(text) {
            Err(self.is(Wrong::Hidden))
        } else if text.chars().nth(chars).is_some() {
            Err(self.is(Wrong::TooLong(chars)))
        } else {
            Ok(text.to_owned())
        }
    }
}

/// A field that cannot be taken as it was typed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mistake {
    /// Which.
    pub(crate) at: Typed,
    wrong: Wrong,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Nothing was typed.
    Missing,
    /// More than so many characters.
    TooLong(usize),
    /// A 12-digit number: nobody's My Number is ever taken.
    MyNumber,
    /// Characters that nobody sees.
    Hidden,
    /// A reading with something else than kana in it.
    NoKana,
    /// Not a year in which somebody at a desk can be born.
    NoYear,
    /// Not a date and time, or one that lies too far back to be meant.
    NoMoment,
    /// Not among the answers that the field offers.
    NoChoice,
    /// Both this and what stands in its place.
    Either,
    /// Not a time of day.
    NoTime,
    /// A time that cannot be meant: long gone, not come yet, or before what it follows.
    NotThen,
    /// Not a day.
    NoDay,
    /// Not a number that can be meant.
    NoNumber,
    /// Not degrees of latitude or longitude.
    NoDegree,
    /// Something else has that name.
    Taken,
    /// Only the other half of a place on the map was typed.
    Half,
    /// A day or a time before the one at which it begins.
    EndsBefore,
    /// The name in that line is no stop's.
    NoStop {
        /// Which, from 1.
        line: usize,
    },
    /// Several stops have the name in that line.
    TwoStops {
        /// Which, from 1.
        line: usize,
    },
    /// A line of a timetable has another number of times than there are stops.
    NoTimes {
        /// Which, from 1.
        line: usize,
        /// How many it has.
        times: usize,
        /// How many stops there are.
        stops: usize,
    },
    /// A time of a timetable cannot be read.
    NoTimeAt {
        /// In which line, from 1.
        line: usize,
        /// Which in it, from 1.
        place: usize,
    },
    /// A time of a timetable is earlier than the one before it.
    Backwards {
        /// In which line, from 1.
        line: usize,
        /// Which in it, from 1.
        place: usize,
    },
}

impl Wrong {
    /// What is wrong with a route.
    pub(crate) fn of(route: &NotARoute) -> Self {
        match *route {
            NotARoute::Stop { place } => Self::NoStop { line: place },
            NotARoute::Times { line, times, stops } => Self::NoTimes { line, times, stops },
            NotARoute::Time { line, place } => Self::NoTimeAt { line, place },
            NotARoute::Backwards { line, place } => Self::Backwards { line, place },
        }
    }
}

impl Mistake {
    /// The sentence: which field, what is wrong with it, what to do.
    pub(crate) fn said(&self, t: &Text) -> String {
        let label = t.say(self.at.label);
        let key = match self.wrong {
            Wrong::Missing => "mistake.missing",
            Wrong::TooLong(_) => "mistake.too_long",
            Wrong::MyNumber => "mistake.my_number",
            Wrong::Hidden => "mistake.hidden",
            Wrong::NoKana => "mistake.no_kana",
            Wrong::NoYear => "mistake.no_year",
            Wrong::NoMoment => "mistake.no_moment",
            Wrong::NoChoice => "mistake.no_choice",
            Wrong::Either => "mistake.either",
            Wrong::NoTime => "mistake.no_time",
            Wrong::NotThen => "mistake.not_then",
            Wrong::NoDay => "mistake.no_day",
            Wrong::NoNumber => "mistake.no_number",
            Wrong::NoDegree => "mistake.no_degree",
            Wrong::Taken => "mistake.taken",
            Wrong::Half => "mistake.half",
            Wrong::EndsBefore => "mistake.ends_before",
            Wrong::NoStop { .. } => "mistake.no_stop",
            Wrong::TwoStops { .. } => "mistake.two_stops",
            Wrong::NoTimes { .. } => "mistake.no_times",
            Wrong::NoTimeAt { .. } => "mistake.no_time_at",
            Wrong::Backwards { .. } => "mistake.backwards",
        };
        let mut values = vec![("field", label.to_owned())];
        let mut also = |name, number: usize| values.push((name, number.to_string()));
        if let Wrong::TooLong(most) = self.wrong {
            also("most", most);
        }
        if let Wrong::NoStop { line }
        | Wrong::TwoStops { line }
        | Wrong::NoTimes { line, .. }
        | Wrong::NoTimeAt { line, .. }
        | Wrong::Backwards { line, .. } = self.wrong
        {
            also("line", line);
        }
        if let Wrong::NoTimeAt { place, .. } | Wrong::Backwards { place, .. } = self.wrong {
            also("place", place);
        }
        if let Wrong::NoTimes { times, stops, .. } = self.wrong {
            also("times", times);
            also("stops", stops);
        }
        let values: Vec<_> = values.iter().map(|(name, said)| (*name, said.as_str())).collect();
        t.fill(key, &values)
    }
}

/// Whether a text has characters that nobody sees and that turn a line of the roster around:
/// controls, and Unicode's marks of direction.
fn has_hidden_characters(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().any(|c| c.is_control() || turns(c))
}

/// Whether a text is made of characters that show nothing, and only of those: it would stand in the
/// roster as a row without a name.
fn is_blank(text: &str) -> bool {
    let shows_nothing = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '\u{ad}'
                    | '\u{34f}'
                    | '\u{61c}'
                    | '\u{115f}'
                    | '\u{1160}'
                    | '\u{17b4}'
                    | '\u{17b5}'
            )
            || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}')
            || matches!(c, '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    !text.is_empty() && text.chars().all(shows_nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_name_cannot_turn_the_roster_around() {
        assert!(has_hidden_characters("a\u{202e}b"));
        assert!(has_hidden_characters("a\0b"));
        assert!(!has_hidden_characters("訓練\u{3000}太郎"));
        assert!(!has_hidden_characters("渡邊\u{e0100}"));
    }

    #[test]
    fn a_name_that_nobody_sees_is_no_name() {
        for text in ["\u{200b}", "\u{200b}\u{3000}\u{feff}", "\u{3164}", "\u{2800}\u{2060}"] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["", "訓練\u{200b}太郎", "渡邊\u{e0100}", "🅰"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn each_mistake_has_its_own_sentence_and_names_the_field() {
        let wrongs = [
            Wrong::Missing,
            Wrong::TooLong(60),
            Wrong::MyNumber,
            Wrong::Hidden,
            Wrong::NoKana,
            Wrong::NoYear,
            Wrong::NoMoment,
            Wrong::NoChoice,
            Wrong::Either,
            Wrong::NoTime,
            Wrong::NotThen,
            Wrong::NoDay,
            Wrong::NoNumber,
            Wrong::NoDegree,
            Wrong::Taken,
            Wrong::Half,
            Wrong::EndsBefore,
            Wrong::NoStop { line: 1 },
            Wrong::TwoStops { line: 1 },
            Wrong::NoTimes { line: 1, times: 2, stops: 3 },
            Wrong::NoTimeAt { line: 1, place: 2 },
            Wrong::Backwards { line: 1, place: 2 },
        ];
        for lang in Lang::ALL {
            let t = lang.text();
            let said = wrongs.map(|wrong| Typed::new("name", "desk.name").is(wrong).said(t));
            let different: std::collections::BTreeSet<_> = said.iter().collect();
            assert_eq!(different.len(), wrongs.len());
            assert!(said.iter().all(|sentence| sentence.contains(t.say("desk.name"))));
        }
    }
}
