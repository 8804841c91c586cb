//! The form of one shared record: each field with what it takes, what is wrong with what was typed,
//! and every version of it that desks wrote without hearing each other.

use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::id::RecordId;
use digiana_core::limits::VALUE_BYTES_MAX;
use digiana_core::service::lists::route::{read_minute, read_times};
use digiana_core::time::Day;
use unicode_normalization::UnicodeNormalization as _;

use crate::backend::seen::spelled;
use crate::backend::{SiteField, Version};
use crate::error::PageError;
use crate::page::form::Fields;
use crate::page::school::clock;
use crate::page::shell::Shell;
use crate::page::typed::{Mistake, Typed, Wrong};
use crate::page::{calendar, person, when, words};
use crate::text::Text;

/// What a field takes.
#[derive(Clone)]
pub(crate) enum Takes {
    /// One line of so many characters at most.
    Line(usize),
    /// A whole number of that range.
    Number(std::ops::RangeInclusive<i64>),
    /// A time of day.
    Time,
    /// A day.
    Day,
    /// Yes, or nothing.
    Yes,
    /// One number of a list, each with what people call it.
    OneOf(Vec<(String, String)>),
    /// One record of a list, by its id in hexadecimal, each with what people call it.
    Record(Vec<(String, String)>),
    /// Any of a list, a bit each; and those of a record of which nobody said anything.
    Bits(Vec<(i64, &'static str)>, i64),
    /// Stops of a route in order: a name in each line. All stops by id in hexadecimal, with names.
    Stops(Vec<(String, String)>),
    /// The runs of a route, a line each: a time for each of its stops.
    Times,
}

/// One field of a record's form.
#[derive(Clone)]
pub(crate) struct Asked {
    /// Which.
    pub(crate) field: FieldId,
    /// Its name and its label.
    pub(crate) typed: Typed,
    /// It has to be there.
    pub(crate) is_required: bool,
    /// What it takes.
    pub(crate) takes: Takes,
}

impl Asked {
    /// A field that may be left out.
    pub(crate) fn new(
        field: FieldId,
        name: &'static str,
        label: &'static str,
        takes: Takes,
    ) -> Self {
        Self { field, typed: Typed::new(name, label), is_required: false, takes }
    }

    /// A field that has to be there.
    pub(crate) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }
}

/// A field on a page.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) saw: String,
    /// The kind of input: `text`, `number`, `time`, `date`, `yes`, `choice`, `bits` or `lines`.
    pub(crate) kind: &'static str,
    pub(crate) is_required: bool,
    pub(crate) most: usize,
    /// What can be chosen: its value, what people call it, and whether it is chosen.
    pub(crate) choices: Vec<(String, String, bool)>,
    /// Who wrote what stands there.
    pub(crate) by: Option<String>,
    /// Every version, where desks wrote without hearing each other.
    pub(crate) rivals: Vec<Rival>,
    /// What is wrong with what was typed.
    pub(crate) wrong: Option<String>,
    /// Whoever works by keyboard begins here.
    pub(crate) is_first: bool,
}

/// One version of a field.
pub(crate) struct Rival {
    pub(crate) value: String,
    pub(crate) by: String,
}

/// What was typed, and what is wrong with it.
pub(crate) struct Refused<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) mistakes: &'a [Mistake],
}

/// The fields of a form, as the town's records have them or as they were typed.
pub(crate) fn lines(
    shell: &Shell,
    asked: &[Asked],
    held: &[SiteField],
    refused: Option<&Refused<'_>>,
    now: i64,
) -> Vec<Line> {
    let first_wrong = refused.and_then(|refused| refused.mistakes.first()).map(|it| it.at.field);
    let lines = asked.iter().enumerate().map(|(place, asked)| {
        let found = held.iter().find(|held| held.field == asked.field);
        let name = asked.typed.field;
        let is_first = first_wrong.map_or(place == 0 && held.is_empty(), |wrong| wrong == name);
        Line { is_first, ..line(shell, asked, found, refused, now) }
    });
    lines.collect()
}

fn line(
    shell: &Shell,
    asked: &Asked,
    held: Option<&SiteField>,
    refused: Option<&Refused<'_>>,
    now: i64,
) -> Line {
    let t = shell.t;
    let name = asked.typed.field;
    let versions: &[Version] = held.map_or_else(Default::default, |held| held.versions.as_slice());
    let rival =
        |said: &Version| Rival { value: told(t, &asked.takes, &said.value), by: by(t, said, now) };
    let newest = versions.iter().max_by_key(|said| said.at);
    // Of a record that is not there yet, nobody can have left anything unsaid.
    let unsaid = if let (Takes::Bits(_, bits), Some(_)) = (&asked.takes, held) {
        bits.to_string()
    } else {
        String::new()
    };
    let held_value = newest.map_or(unsaid, |said| shown(&asked.takes, &said.value));
    let typed = refused.map(|refused| typed(asked, refused.fields));
    let value = typed.unwrap_or(held_value);
    let mistake = refused
        .and_then(|refused| refused.mistakes.iter().find(|mistake| mistake.at.field == name));
    let bits: i64 = value.parse().unwrap_or(0);
    let choices = match &asked.takes {
        Takes::OneOf(all) | Takes::Record(all) => {
            all.iter().map(|(code, said)| (code.clone(), said.clone(), *code == value)).collect()
        }
        Takes::Bits(all, _) => all
            .iter()
            .map(|(bit, label)| (bit.to_string(), t.say(label).to_owned(), bits & bit != 0))
            .collect(),
        Takes::Yes => vec![("yes".to_owned(), String::new(), value == "yes")],
        Takes::Line(_)
        | Takes::Number(_)
        | Takes::Time
        | Takes::Day
        | Takes::Stops(_)
        | Takes::Times => Vec::new(),
    };
    let saw = refused.map(|refused| refused.fields.all_of(&saw_name(name)).to_owned());
    Line {
        name,
        label: t.say(asked.typed.label()).to_owned(),
        value,
        saw: saw
            .unwrap_or_else(|| held.map_or_else(String::new, |held| person::written(&held.saw))),
        kind: match asked.takes {
            Takes::Line(_) => "text",
            Takes::Number(_) => "number",
            Takes::Time => "time",
            Takes::Day => "date",
            Takes::Yes => "yes",
            Takes::OneOf(_) | Takes::Record(_) => "choice",
            Takes::Bits(..) => "bits",
            Takes::Stops(_) | Takes::Times => "lines",
        },
        is_required: asked.is_required,
        most: if let Takes::Line(most) = asked.takes { most } else { 12 },
        choices,
        by: newest.filter(|_| versions.len() == 1).map(|said| by(t, said, now)),
        rivals: if versions.len() > 1 { versions.iter().map(rival).collect() } else { Vec::new() },
        wrong: mistake.map(|mistake| mistake.said(t)),
        is_first: false,
    }
}

/// Who wrote a version, where and when.
pub(crate) fn by(t: &Text, said: &Version, now: i64) -> String {
    let at = when::stamp(t, said.at, now);
    // A device is often called by its site: that is said once.
    if said.by.contains(&said.site) {
        t.fill("person.by", &[("device", &said.by), ("at", &at)])
    } else {
        let values = [("device", said.by.as_str()), ("site", &said.site), ("at", &at)];
        t.fill("person.by_at", &values)
    }
}

/// A value as the field shows it.
fn shown(takes: &Takes, value: &str) -> String {
    match takes {
        Takes::Time => value.parse::<u16>().map_or_else(|_| String::new(), of_minute),
        Takes::Day => {
            let day = value.parse::<i32>().map(Day);
            day.map_or_else(|_| String::new(), calendar::typed_day)
        }
        Takes::Stops(all) => stop_names(all, value).join("\n"),
        Takes::Line(_)
        | Takes::Number(_)
        | Takes::Yes
        | Takes::OneOf(_)
        | Takes::Record(_)
        | Takes::Bits(..)
        | Takes::Times => value.to_owned(),
    }
}

/// A time of day as a form's field for times writes it.
fn of_minute(minute: u16) -> String {
    format!("{:0>5}", clock(minute))
}

/// A value in words.
pub(crate) fn told(t: &'static Text, takes: &Takes, value: &str) -> String {
    if value.is_empty() {
        return t.say("person.emptied").to_owned();
    }
    match takes {
        Takes::Yes if value == "yes" => t.say("field.yes").to_owned(),
        Takes::Yes => t.say("field.no").to_owned(),
        Takes::OneOf(all) | Takes::Record(all) => {
            let found = all.iter().find(|(code, _)| code == value);
            found.map_or_else(|| value.to_owned(), |(_, said)| said.clone())
        }
        Takes::Stops(all) => stop_names(all, value).join(" → "),
        Takes::Times => {
            let runs = value.lines().filter(|line| !line.trim().is_empty()).count();
            t.fill("record.runs", &[("n", &runs.to_string())])
        }
        Takes::Bits(all, _) => {
            let bits: i64 = value.parse().unwrap_or(0);
            let set = all.iter().filter(|(bit, _)| bits & bit != 0);
            let set: Vec<&str> = set.map(|(_, label)| t.say(label)).collect();
            set.join(t.say("word.and"))
        }
        Takes::Line(_) | Takes::Number(_) | Takes::Time | Takes::Day => shown(takes, value),
    }
}

/// What was typed into a field, as the form shows it again.
fn typed(asked: &Asked, fields: &Fields) -> String {
    match &asked.takes {
        Takes::Bits(..) => bits(fields, asked.typed.field).to_string(),
        Takes::Line(_)
        | Takes::Number(_)
        | Takes::Time
        | Takes::Day
        | Takes::Yes
        | Takes::OneOf(_)
        | Takes::Record(_)
        | Takes::Stops(_)
        | Takes::Times => fields.text(asked.typed.field).to_owned(),
    }
}

fn bits(fields: &Fields, name: &'static str) -> i64 {
    let set = fields.all(name).filter_map(|bit| bit.parse::<i64>().ok());
    set.fold(0, |all, bit| all | bit)
}

/// What a form says of each field; every mistake, where there is one.
pub(crate) fn read(
    asked: &[Asked],
    fields: &Fields,
) -> Result<Vec<(FieldId, Option<Value>)>, Vec<Mistake>> {
    let mut values = Vec::new();
    let mut mistakes = Vec::new();
    let stops = asked.iter().find_map(|asked| {
        let Takes::Stops(all) = &asked.takes else { return None };
        read_names(asked.typed, all, fields).ok()
    });
    for asked in asked {
        match value(asked, fields, stops.as_ref()) {
            Ok(None) if asked.is_required => mistakes.push(asked.typed.is(Wrong::Missing)),
            Ok(value) => values.push((asked.field, value)),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(values) } else { Err(mistakes) }
}

/// The value of one field. `stops` are those of the same form, where they can be read.
fn value(
    asked: &Asked,
    fields: &Fields,
    stops: Option<&Vec<RecordId>>,
) -> Result<Option<Value>, Mistake> {
    let typed = asked.typed;
    let text = fields.text(typed.field);
    let narrow = words::narrow(text);
    match &asked.takes {
        Takes::Line(most) => {
            let text = typed.optional(fields, *most)?;
            Ok((!text.is_empty()).then_some(Value::Text(text)))
        }
        Takes::Stops(all) => {
            let stops = read_names(typed, all, fields)?;
            let ids: Vec<String> = stops.iter().map(RecordId::to_string).collect();
            Ok((!ids.is_empty()).then_some(Value::Text(ids.join(" "))))
        }
        Takes::Times => {
            let lines = in_one_width(text);
            // Without good stops nobody can say what is wrong with their times.
            if let Some(stops) = stops {
                read_times(&lines, stops.len()).map_err(|wrong| typed.is(Wrong::of(&wrong)))?;
            }
            let fits = lines.len() <= VALUE_BYTES_MAX;
            if !fits {
                return Err(typed.is(Wrong::TooLong(VALUE_BYTES_MAX)));
            }
            Ok((!lines.is_empty()).then_some(Value::Text(lines)))
        }
        Takes::Bits(all, _) => {
            let known = all.iter().fold(0, |all, (bit, _)| all | bit);
            let bits = bits(fields, typed.field) & known;
            Ok((bits != 0).then_some(Value::Int(bits)))
        }
        Takes::Yes => Ok((text == "yes").then_some(Value::Bool(true))),
        Takes::Number(_) | Takes::Time | Takes::Day | Takes::OneOf(_) | Takes::Record(_)
            if narrow.is_empty() =>
        {
            Ok(None)
        }
        Takes::Number(range) => {
            let plain: String = narrow.chars().filter(|c| *c != ',').collect();
            let number = plain.parse().ok().filter(|number| range.contains(number));
            number.map(|number| Some(Value::Int(number))).ok_or_else(|| typed.is(Wrong::NoNumber))
        }
        Takes::Time => {
            let minute = read_minute(&narrow).ok_or_else(|| typed.is(Wrong::NoTime))?;
            Ok(Some(Value::Int(minute.into())))
        }
        Takes::Day => {
            let day = calendar::day_of_typed(&narrow).ok_or_else(|| typed.is(Wrong::NoDay))?;
            Ok(Some(Value::Int(day.0.into())))
        }
        Takes::OneOf(all) => {
            let chosen = all.iter().find(|(code, _)| code == text);
            let number = chosen.and_then(|(code, _)| code.parse().ok());
            number.map(|number| Some(Value::Int(number))).ok_or_else(|| typed.is(Wrong::NoChoice))
        }
        Takes::Record(all) => {
            let chosen = all.iter().find(|(code, _)| code == text);
            let id: Option<RecordId> = chosen.and_then(|(code, _)| code.parse().ok());
            let id = id.ok_or_else(|| typed.is(Wrong::NoChoice))?;
            Ok(Some(Value::Bytes(id.0.to_vec())))
        }
    }
}

/// The names of stops that a value names; what is no stop any more is shown by its id.
pub(crate) fn stop_names(all: &[(String, String)], value: &str) -> Vec<String> {
    let name = |id: &str| {
        let found = all.iter().find(|(code, _)| code == id);
        found.map_or_else(|| id.to_owned(), |(_, name)| name.clone())
    };
    value.split_whitespace().map(name).collect()
}

/// The stops that are named, one in each line.
fn read_names(
    typed: Typed,
    all: &[(String, String)],
    fields: &Fields,
) -> Result<Vec<RecordId>, Mistake> {
    let lines = fields.text(typed.field).lines().zip(1..);
    let named = lines.filter(|(name, _)| !name.trim().is_empty());
    let stops = named.map(|(name, line)| {
        let name = words::narrow(name);
        let mut found =
            all.iter().filter(|(code, held)| words::narrow(held) == name || *code == name);
        match (found.next(), found.next()) {
            (Some((code, _)), None) => code.parse().map_err(|_| typed.is(Wrong::NoStop { line })),
            (None, _) => Err(typed.is(Wrong::NoStop { line })),
            (Some(_), Some(_)) => Err(typed.is(Wrong::TwoStops { line })),
        }
    });
    stops.collect()
}

/// A timetable as programs read it, however wide it was typed, without empty lines.
fn in_one_width(text: &str) -> String {
    let lines = text.lines().map(|line| line.nfkc().collect::<String>());
    let lines = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The edits of a form: of each field that changes, with what the form had seen of it.
pub(crate) fn edits(
    record: RecordId,
    values: Vec<(FieldId, Option<Value>)>,
    asked: &[Asked],
    held: &[SiteField],
    fields: &Fields,
) -> Result<Vec<Edit>, PageError> {
    let mut edits = Vec::new();
    for (field, value) in values {
        let name = asked.iter().find(|asked| asked.field == field).map(|asked| asked.typed.field);
        let name = name.unwrap_or_default();
        let versions = held.iter().find(|held| held.field == field);
        let versions: &[Version] =
            versions.map_or_else(Default::default, |held| held.versions.as_slice());
        let is_same = match versions {
            [] => value.is_none(),
            [only] => value.as_ref().map(spelled).as_deref() == Some(only.value.as_str()),
            // Saving another field of the form settles nothing that desks disagree about.
            several => {
                let shown = several.iter().max_by_key(|said| said.at);
                let shown = shown.map(|said| said.value.as_str()).unwrap_or_default();
                let is_settled = fields.all_of(&format!("settle-{name}")) == "yes";
                value.as_ref().map(spelled).unwrap_or_default() == shown && !is_settled
            }
        };
        if is_same {
            continue;
        }
        let saw = person::read_back(fields.all_of(&saw_name(name)))?;
        let change = value.map_or(Change::Delete, Change::Put);
        edits.push(Edit { record, field, change, saw, happened_at: None });
    }
    Ok(edits)
}

/// The name of the hidden field with what a form saw of a field.
fn saw_name(name: &str) -> String {
    format!("saw-{name}")
}
