//! What the form of each list asks for.

use digiana_core::fact::edit::{FieldId, Value};
use digiana_core::record::field;
use digiana_core::service::lists::site::{FACILITY, SCHOOL, SHELTER, SHOP, VEHICLE};

use crate::app::App;
use crate::backend::lists::{List, ListEntry};
use crate::page::record::{Asked, Takes};
use crate::page::typed::{Mistake, Wrong};
use crate::text::Text;

/// The most characters of a name.
const NAME_CHARS_MAX: usize = 80;

/// The most points, tickets or yen that can be meant.
const AMOUNT_MAX: i64 = 1_000_000;

/// The most days for which a ticket book can be good.
const DAYS_MAX: i64 = 3_660;

/// The fields of a list, in the order of [`List::fields`].
pub(super) fn of(app: &App, t: &'static Text, list: List) -> Vec<Asked> {
    match list {
        List::Rules => rule(app, t),
        List::Products => product(app),
        List::Operators => vec![
            name(field::OPERATOR_NAME),
            Asked::new(field::OPERATOR_KIND, "kind", "list.operator_kind", operator_kinds(t))
                .required(),
            ended(field::OPERATOR_ENDED),
        ],
        List::Stops => vec![
            name(field::STOP_NAME),
            Asked::new(field::STOP_KANA, "kana", "place.kana", Takes::Line(NAME_CHARS_MAX)),
            ended(field::STOP_ENDED),
        ],
        List::Routes => {
            let stops = Takes::Stops(choices(app, List::Stops, |_| true));
            vec![
                name(field::ROUTE_NAME),
                operator(app, field::ROUTE_OPERATOR),
                Asked::new(field::ROUTE_STOPS, "stops", "list.route_stops", stops).required(),
                Asked::new(field::ROUTE_TIMES, "times", "list.route_times", Takes::Times),
                ended(field::ROUTE_ENDED),
            ]
        }
        List::Sites => vec![
            name(field::SITE_NAME),
            Asked::new(field::SITE_SERVES, "serves", "list.serves", serves()).required(),
            operator(app, field::SITE_OPERATOR),
            Asked::new(field::SITE_ARRIVE_BY, "arrive_by", "list.arrive_by", Takes::Time),
            Asked::new(field::SITE_LEAVE_FROM, "leave_from", "list.leave_from", Takes::Time),
        ],
    }
}

fn rule(app: &App, t: &'static Text) -> Vec<Asked> {
    let amount = || Takes::Number(1..=AMOUNT_MAX);
    let given_for = Takes::OneOf(vec![
        ("0".to_owned(), t.say("list.for_visit").to_owned()),
        ("1".to_owned(), t.say("list.for_school").to_owned()),
    ]);
    let where_given =
        Takes::Record(choices(app, List::Sites, |entry| serves_any(entry, FACILITY | SCHOOL)));
    vec![
        name(field::RULE_NAME),
        Asked::new(field::RULE_POINTS, "points", "list.points", amount()).required(),
        Asked::new(field::RULE_FOR, "for", "list.given_for", given_for).required(),
        Asked::new(field::RULE_SITE, "site", "list.rule_site", where_given),
        Asked::new(field::RULE_DAILY_CAP, "daily_cap", "list.daily_cap", amount()),
        Asked::new(field::RULE_FROM, "from", "list.from", Takes::Day),
        Asked::new(field::RULE_UNTIL, "until", "list.until", Takes::Day),
        ended(field::RULE_ENDED),
    ]
}

fn product(app: &App) -> Vec<Asked> {
    let number = |field, name, label, range| Asked::new(field, name, label, Takes::Number(range));
    vec![
        name(field::PRODUCT_NAME),
        number(field::PRODUCT_TICKETS, "tickets", "list.tickets", 1..=AMOUNT_MAX).required(),
        number(field::PRODUCT_PRICE, "price", "list.price", 0..=AMOUNT_MAX).required(),
        operator(app, field::PRODUCT_OPERATOR),
        number(field::PRODUCT_VALID_DAYS, "valid_days", "list.valid_days", 1..=DAYS_MAX),
        Asked::new(field::PRODUCT_SUBSIDY, "subsidy", "list.subsidy", Takes::Line(40)),
        ended(field::PRODUCT_ENDED),
    ]
}

fn name(field: FieldId) -> Asked {
    Asked::new(field, "name", "place.name", Takes::Line(NAME_CHARS_MAX)).required()
}

fn ended(field: FieldId) -> Asked {
    Asked::new(field, "ended", "list.ended", Takes::Yes)
}

fn operator(app: &App, field: FieldId) -> Asked {
    let operators = Takes::Record(choices(app, List::Operators, |_| true));
    Asked::new(field, "operator", "list.operator", operators)
}

fn operator_kinds(t: &'static Text) -> Takes {
    Takes::OneOf(vec![
        ("0".to_owned(), t.say("list.bus").to_owned()),
        ("1".to_owned(), t.say("list.taxi").to_owned()),
    ])
}

fn serves() -> Takes {
    let all = vec![
        (SHELTER, "list.shelter"),
        (FACILITY, "list.facility"),
        (SCHOOL, "list.school"),
        (VEHICLE, "list.vehicle"),
        (SHOP, "list.shop"),
    ];
    Takes::Bits(all, SHELTER)
}

/// What a list says where nobody wrote a field.
pub(super) fn unsaid(t: &'static Text, field: FieldId) -> &'static str {
    if field == field::SITE_SERVES { t.say("list.shelter") } else { "" }
}

/// The entries of a list to choose from: their ids and names, those in use.
fn choices(app: &App, list: List, wanted: impl Fn(&ListEntry) -> bool) -> Vec<(String, String)> {
    let entries = app.town().list(list).into_iter();
    let wanted = entries.filter(|entry| !entry.name.is_empty() && wanted(entry));
    wanted.map(|entry| (entry.record.to_string(), entry.name)).collect()
}

fn serves_any(entry: &ListEntry, bits: i64) -> bool {
    let held = entry.fields.iter().find(|held| held.field == field::SITE_SERVES);
    let said = held.into_iter().flat_map(|held| &held.versions);
    said.into_iter().any(|said| said.value.parse::<i64>().unwrap_or(0) & bits != 0)
}

/// What is wrong between the fields of a form, each of which is good by itself.
pub(super) fn across(
    list: List,
    asked: &[Asked],
    values: &[(FieldId, Option<Value>)],
) -> Vec<Mistake> {
    let number = |wanted: FieldId| {
        values.iter().find_map(|(field, value)| match value {
            Some(Value::Int(number)) if *field == wanted => Some(*number),
            _ => None,
        })
    };
    let ends = match list {
        List::Rules => Some((field::RULE_FROM, field::RULE_UNTIL)),
        List::Sites => Some((field::SITE_ARRIVE_BY, field::SITE_LEAVE_FROM)),
        List::Products | List::Operators | List::Stops | List::Routes => None,
    };
    let wrong = ends.and_then(|(from, until)| {
        let is_before = number(until)? < number(from)?;
        let typed = asked.iter().find(|asked| asked.field == until)?.typed;
        is_before.then(|| typed.is(Wrong::EndsBefore))
    });
    wrong.into_iter().collect()
}
