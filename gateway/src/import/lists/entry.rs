//! One entry of a list as its table says it, and the fields that it becomes.

use digiana_core::fact::edit::{FieldId, Value};
use digiana_core::id::RecordId;
use digiana_core::record::field;
use digiana_core::service::lists::route::{read_minute, read_stops, read_times};
use digiana_core::service::lists::site::{FACILITY, SCHOOL, SHELTER, SHOP, VEHICLE};
use jiff::civil::Date;
use serde::Deserialize;

use super::{Keys, record_id, site_id};

/// The most characters of a name.
const NAME_CHARS_MAX: usize = 200;

/// The most tickets, points or yen of one entry.
const AMOUNT_MAX: u32 = 1_000_000;

/// A table of one of the lists.
pub(super) trait Entry {
    /// The list's name.
    const LIST: &'static str;
    /// The entry's key.
    fn key(&self) -> &str;
    /// Its record.
    fn record(&self) -> RecordId {
        record_id(Self::LIST, self.key())
    }
    /// What is written of it, or what is wrong with it.
    fn fields(&self, keys: &Keys<'_>) -> Result<Vec<(FieldId, Value)>, String>;
}

/// `[[operator]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operator {
    key: String,
    name: String,
    #[serde(default)]
    kind: OperatorKind,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OperatorKind {
    #[default]
    Bus,
    Taxi,
}

/// `[[stop]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stop {
    key: String,
    name: String,
    kana: Option<String>,
}

/// `[[route]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    key: String,
    name: String,
    operator: Option<String>,
    #[serde(default)]
    stops: Vec<String>,
    #[serde(default)]
    times: Vec<String>,
}

/// `[[product]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    key: String,
    name: String,
    tickets: u32,
    #[serde(default)]
    price: u32,
    operator: Option<String>,
    valid_days: Option<u32>,
    subsidy: Option<String>,
}

/// `[[rule]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    key: String,
    name: String,
    points: u32,
    #[serde(rename = "for", default)]
    given_for: GivenFor,
    site: Option<String>,
    daily_cap: Option<u32>,
    from: Option<String>,
    until: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum GivenFor {
    #[default]
    Visit,
    School,
}

/// `[[site]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Site {
    key: String,
    name: Option<String>,
    #[serde(default)]
    serves: Vec<Serves>,
    operator: Option<String>,
    arrive_by: Option<String>,
    leave_from: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Serves {
    Shelter,
    Facility,
    School,
    Vehicle,
    Shop,
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn named(name: &str) -> Result<Value, String> {
    let fits = (1..=NAME_CHARS_MAX).contains(&name.trim().chars().count());
    if !fits || name.chars().any(char::is_control) {
        return Err(format!("a name has 1 to {NAME_CHARS_MAX} characters on one line"));
    }
    Ok(text(name.trim()))
}

fn amount(number: u32, what: &str, least: u32) -> Result<Value, String> {
    if (least..=AMOUNT_MAX).contains(&number) {
        Ok(Value::Int(number.into()))
    } else {
        Err(format!("{what} is a number from {least} to {AMOUNT_MAX}"))
    }
}

fn reference(keys: &Keys<'_>, list: &'static str, key: &str) -> Result<RecordId, String> {
    if keys.contains(&(list, key)) {
        Ok(record_id(list, key))
    } else {
        Err(format!("no [[{list}]] of this file has the key {key:?}"))
    }
}

fn id(record: RecordId) -> Value {
    Value::Bytes(record.0.to_vec())
}

fn minute(time: &str) -> Result<Value, String> {
    let minute =
        read_minute(time).ok_or_else(|| format!("{time:?} is no time of day like 08:10"))?;
    Ok(Value::Int(minute.into()))
}

/// Days since 1970-01-01.
fn days(text: &str) -> Result<i32, String> {
    let date: Date = text.parse().map_err(|_| format!("{text:?} is no day like 2026-04-01"))?;
    let since = date.since(Date::constant(1970, 1, 1)).map_err(|error| error.to_string())?;
    Ok(since.get_days())
}

/// An optional field, where the table says something of it.
fn maybe<T>(
    fields: &mut Vec<(FieldId, Value)>,
    field: FieldId,
    said: Option<T>,
    value: impl FnOnce(T) -> Result<Value, String>,
) -> Result<(), String> {
    if let Some(said) = said {
        fields.push((field, value(said)?));
    }
    Ok(())
}

impl Entry for Operator {
    const LIST: &'static str = "operator";

    fn key(&self) -> &str {
        &self.key
    }

    fn fields(&self, _: &Keys<'_>) -> Result<Vec<(FieldId, Value)>, String> {
        let kind = match self.kind {
            OperatorKind::Bus => 0,
            OperatorKind::Taxi => 1,
        };
        Ok(vec![
            (field::OPERATOR_NAME, named(&self.name)?),
            (field::OPERATOR_KIND, Value::Int(kind)),
        ])
    }
}

impl Entry for Stop {
    const LIST: &'static str = "stop";

    fn key(&self) -> &str {
        &self.key
    }

    fn fields(&self, _: &Keys<'_>) -> Result<Vec<(FieldId, Value)>, String> {
        let mut fields = vec![(field::STOP_NAME, named(&self.name)?)];
        maybe(&mut fields, field::STOP_KANA, self.kana.as_deref(), named)?;
        Ok(fields)
    }
}

impl Entry for Route {
    const LIST: &'static str = "route";

    fn key(&self) -> &str {
        &self.key
    }

    fn fields(&self, keys: &Keys<'_>) -> Result<Vec<(FieldId, Value)>, String> {
        let mut fields = vec![(field::ROUTE_NAME, named(&self.name)?)];
        maybe(&mut fields, field::ROUTE_OPERATOR, self.operator.as_deref(), |key| {
            reference(keys, "operator", key).map(id)
        })?;
        let stops = self.stops.iter().map(|key| reference(keys, "stop", key));
        let stops: Vec<String> =
            stops.map(|stop| Ok(stop?.to_string())).collect::<Result<_, String>>()?;
        let (stops, times) = (stops.join(" "), self.times.join("\n"));
        let read = read_stops(&stops).and_then(|stops| read_times(&times, stops.len()));
        read.map_err(|why| format!("the timetable: {why}"))?;
        fields.push((field::ROUTE_STOPS, text(&stops)));
        fields.push((field::ROUTE_TIMES, text(&times)));
        Ok(fields)
    }
}

impl Entry for Product {
    const LIST: &'static str = "product";

    fn key(&self) -> &str {
        &self.key
    }

    fn fields(&self, keys: &Keys<'_>) -> Result<Vec<(FieldId, Value)>, String> {
        let mut fields = vec![
            (field::PRODUCT_NAME, named(&self.name)?),
            (field::PRODUCT_TICKETS, amount(self.tickets, "tickets", 1)?),
            (field::PRODUCT_PRICE, amount(self.price, "price", 0)?),
        ];
        maybe(&mut fields, field::PRODUCT_OPERATOR, self.operator.as_deref(), |key| {
            reference(keys, "operator", key).map(id)
        })?;
        maybe(&mut fields, field::PRODUCT_VALID_DAYS, self.valid_days, |days| {
            amount(days, "valid_days", 1)
        })?;
        maybe(&mut fields, field::PRODUCT_SUBSIDY, self.subsidy.as_deref(), named)?;
        Ok(fields)
    }
}

impl Entry for Rule {
    const LIST: &'static str = "rule";

    fn key(&self) -> &str {
        &self.key
    }

    fn fields(&self, keys: &Keys<'_>) -> Result<Vec<(FieldId, Value)>, String> {
        let day = |text: &Option<String>| text.as_deref().map(days).transpose();
        let (from, until) = (day(&self.from)?, day(&self.until)?);
        if from.zip(until).is_some_and(|(from, until)| until < from) {
            return Err("its last day is before its first".to_owned());
        }
        let given_for = match self.given_for {
            GivenFor::Visit => 0,
            GivenFor::School => 1,
        };
        let mut fields = vec![
            (field::RULE_NAME, named(&self.name)?),
            (field::RULE_POINTS, amount(self.points, "points", 1)?),
            (field::RULE_FOR, Value::Int(given_for)),
        ];
        maybe(&mut fields, field::RULE_SITE, self.site.as_deref(), |key| {
            reference(keys, "site", key)?;
            Ok(Value::Bytes(site_id(key).0.to_vec()))
        })?;
        maybe(&mut fields, field::RULE_DAILY_CAP, self.daily_cap, |cap| {
            amount(cap, "daily_cap", 1)
        })?;
        let number = |days: i32| Ok(Value::Int(days.into()));
        maybe(&mut fields, field::RULE_FROM, from, number)?;
        maybe(&mut fields, field::RULE_UNTIL, until, number)?;
        Ok(fields)
    }
}

impl Entry for Site {
    const LIST: &'static str = "site";

    fn key(&self) -> &str {
        &self.key
    }

    fn record(&self) -> RecordId {
        RecordId(site_id(&self.key).0)
    }

    fn fields(&self, keys: &Keys<'_>) -> Result<Vec<(FieldId, Value)>, String> {
        let mut fields = Vec::new();
        maybe(&mut fields, field::SITE_NAME, self.name.as_deref(), named)?;
        let serves = self.serves.iter().fold(0, |serves, one| {
            serves
                | match one {
                    Serves::Shelter => SHELTER,
                    Serves::Facility => FACILITY,
                    Serves::School => SCHOOL,
                    Serves::Vehicle => VEHICLE,
                    Serves::Shop => SHOP,
                }
        });
        if serves == 0 {
            return Err(
                "it serves as one or more of shelter, facility, school, vehicle, shop".to_owned()
            );
        }
        fields.push((field::SITE_SERVES, Value::Int(serves)));
        maybe(&mut fields, field::SITE_OPERATOR, self.operator.as_deref(), |key| {
            reference(keys, "operator", key).map(id)
        })?;
        maybe(&mut fields, field::SITE_ARRIVE_BY, self.arrive_by.as_deref(), minute)?;
        maybe(&mut fields, field::SITE_LEAVE_FROM, self.leave_from.as_deref(), minute)?;
        Ok(fields)
    }
}
