//! What a point rule would have given last month, while it is typed.

use digiana_core::fact::edit::{FieldId, Value};
use digiana_core::id::{RecordId, SiteId};
use digiana_core::record::field;
use digiana_core::service::lists::rule::{GivenFor, PointRule};
use digiana_core::time::Day;
use digiana_core::view::wellbeing::preview::Would;

use crate::app::App;
use crate::backend::SiteField;
use crate::page::calendar;
use crate::text::Text;

/// What a rule would have given, in words.
pub(super) struct PreviewLines {
    pub(super) month: String,
    pub(super) all: String,
    pub(super) by_site: Vec<(String, String)>,
    pub(super) unread: Option<String>,
}

/// The preview of a rule for the month before this one; `None` for what is no rule yet.
pub(super) fn lines(
    app: &App,
    t: &Text,
    values: &[(FieldId, Option<Value>)],
) -> Option<PreviewLines> {
    let rule = rule(values)?;
    let (this_month, _) = calendar::month_around(Day::of(app.town().now()));
    let until = this_month.plus(-1);
    let (from, _) = calendar::month_around(until);
    let would = app.town().preview(&rule, from, until);
    let said = |would: &Would| {
        let (times, people) = (would.times.to_string(), would.people.to_string());
        let points = would.points.to_string();
        t.fill("preview.said", &[("times", &times), ("people", &people), ("points", &points)])
    };
    let unread = would.unread_schools;
    Some(PreviewLines {
        month: calendar::month(t, from),
        all: said(&would.all),
        by_site: would.by_site.iter().map(|(_, name, would)| (name.clone(), said(would))).collect(),
        unread: (unread > 0).then(|| t.fill("preview.unread", &[("n", &unread.to_string())])),
    })
}

/// The values that the town's records hold, as a form would say them.
pub(super) fn held(fields: &[SiteField]) -> Vec<(FieldId, Option<Value>)> {
    let value = |held: &SiteField| {
        let said = held.versions.iter().max_by_key(|said| said.at)?;
        if held.field == field::RULE_NAME {
            Some(Value::Text(said.value.clone()))
        } else if held.field == field::RULE_SITE {
            let id: RecordId = said.value.parse().ok()?;
            Some(Value::Bytes(id.0.to_vec()))
        } else {
            said.value.parse().ok().map(Value::Int)
        }
    };
    fields.iter().map(|held| (held.field, value(held))).collect()
}

fn rule(values: &[(FieldId, Option<Value>)]) -> Option<PointRule> {
    let value = |wanted: FieldId| {
        let found = values.iter().find(|(field, _)| *field == wanted);
        found.and_then(|(_, value)| value.as_ref())
    };
    let int = |wanted| match value(wanted) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let count = |wanted| int(wanted).and_then(|number| u32::try_from(number).ok());
    let site = match value(field::RULE_SITE) {
        Some(Value::Bytes(bytes)) => bytes.as_slice().try_into().ok().map(SiteId),
        _ => None,
    };
    Some(PointRule {
        id: RecordId([0; 8]),
        version: [0; 4],
        name: String::new(),
        points: count(field::RULE_POINTS).filter(|points| *points > 0)?,
        site,
        daily_cap: count(field::RULE_DAILY_CAP),
        // The question is what it would have come to, had it been in force.
        from: None,
        until: None,
        given_for: if int(field::RULE_FOR) == Some(1) {
            GivenFor::SchoolArrival
        } else {
            GivenFor::Visit
        },
        is_ended: false,
    })
}
