//! A place of the town: what staff say of it, and a new one in a minute.

mod doubt;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use digiana_core::fact::edit::{FieldId, Value};
use digiana_core::id::SiteId;
use digiana_core::record::field;
use digiana_core::service::sites::Hazards;

use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::order::{Opening, Order};
use crate::backend::seen::spelled;
use crate::backend::{SiteField, Version};
use crate::error::PageError;
use crate::import::hazard::{Hazard, Validity};
use crate::page::form::{Fields, StaffForm};
use crate::page::shell::{self, Shell, Visit};
use crate::page::typed::{Mistake, NAME_CHARS_MAX, Typed, Wrong};
use crate::page::{board, confirm, person, when, words};
use crate::text::Text;

/// The most characters of an address.
const ADDRESS_CHARS_MAX: usize = 120;

/// The most people a place can be said to hold.
const CAPACITY_MAX: i64 = 20_000;

/// Where in the address of a page a place that is not there yet stands.
const NEW: &str = "new";

const NAME: Typed = Typed::new("name", "place.name");
const KANA: Typed = Typed::new("kana", "place.kana");
const ADDRESS: Typed = Typed::new("address", "place.address");
const LATITUDE: Typed = Typed::new("latitude", "place.latitude");
const LONGITUDE: Typed = Typed::new("longitude", "place.longitude");
const CAPACITY: Typed = Typed::new("capacity", "place.capacity");
const HAZARDS: Typed = Typed::new("hazards", "place.hazards");

#[derive(Template)]
#[template(path = "site.html")]
struct SitePage {
    shell: Shell,
    action: String,
    title: String,
    is_new: bool,
    back: &'static str,
    lines: Vec<Line>,
    is_welfare: bool,
    welfare_saw: String,
    /// A refused form asked to open the place at once.
    opens: bool,
    hazards: Vec<HazardLine>,
    hazards_saw: String,
}

/// A field that is typed.
struct Line {
    name: &'static str,
    label: &'static str,
    value: String,
    saw: String,
    kind: &'static str,
    by: Option<String>,
    rivals: Vec<Rival>,
    conflict: &'static str,
}

struct Rival {
    value: String,
    by: String,
}

/// A hazard, and what is said of the place.
struct HazardLine {
    name: String,
    label: &'static str,
    choices: Vec<(&'static str, &'static str, bool)>,
}

/// `GET /site/{site}`, where `new` is a place that is not there yet
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Path(site): Path<String>,
) -> Result<Response, PageError> {
    let id = named(&staff, &site)?;
    let held = match id {
        Some(id) => app.town().site(id).ok_or(PageError::NotFound)?,
        None => Vec::new(),
    };
    let shell = Shell::staff(&app, &staff, &visit);
    let now = app.town().now();
    let of = |field: FieldId| held.iter().find(|held| held.field == field);
    let line = |typed: Typed, field, kind| line(&shell, of(field), typed, kind, now);
    let lines = vec![
        line(NAME, field::SITE_NAME, "text"),
        line(KANA, field::SITE_KANA, "text"),
        line(ADDRESS, field::SITE_ADDRESS, "text"),
        line(LATITUDE, field::SITE_LATITUDE_E6, "decimal"),
        line(LONGITUDE, field::SITE_LONGITUDE_E6, "decimal"),
        line(CAPACITY, field::SITE_CAPACITY, "numeric"),
    ];
    let first = |field| of(field).and_then(|held| held.versions.first());
    let is_welfare = first(field::SITE_WELFARE_ONLY).is_some_and(|said| said.value == "yes");
    let designated = first(field::SITE_HAZARDS).and_then(|said| said.value.parse().ok());
    let designated = designated.and_then(Hazards::from_int).unwrap_or_default();
    let saw = |field| of(field).map_or_else(String::new, |held| person::written(&held.saw));
    Ok(shell::html(&SitePage {
        action: format!("/site/{site}"),
        title: lines.first().map_or_else(String::new, |name| name.value.clone()),
        is_new: id.is_none(),
        back: app.home(staff.role),
        is_welfare: if shell.is_refused() { shell.typed("welfare") == "yes" } else { is_welfare },
        opens: shell.typed("open") == "yes",
        welfare_saw: saw(field::SITE_WELFARE_ONLY),
        hazards: Hazard::ALL
            .iter()
            .map(|hazard| hazard_line(&shell, *hazard, designated))
            .collect(),
        hazards_saw: saw(field::SITE_HAZARDS),
        lines,
        shell,
    }))
}

/// The place that an address names; `None` for a new one. A desk edits its own place, and adds.
fn named(staff: &Staff, site: &str) -> Result<Option<SiteId>, PageError> {
    if site == NEW {
        return Ok(None);
    }
    let id: SiteId = site.parse().map_err(|_| PageError::NotFound)?;
    match staff.role.site() {
        Some(own) if own != id => Err(PageError::NotAllowed),
        Some(_) | None => Ok(Some(id)),
    }
}

fn line(
    shell: &Shell,
    held: Option<&SiteField>,
    typed: Typed,
    kind: &'static str,
    now: i64,
) -> Line {
    let t = shell.t;
    let spoken = |value: &str| if kind == "decimal" { degrees(value) } else { value.to_owned() };
    let by = |said: &Version| {
        t.fill("person.by", &[("device", &said.by), ("at", &when::stamp(t, said.at, now))])
    };
    let versions: &[Version] = held.map_or_else(Default::default, |held| held.versions.as_slice());
    let rival = |said: &Version| Rival { value: spoken(&said.value), by: by(said) };
    let value = versions.first().map_or_else(String::new, |said| spoken(&said.value));
    Line {
        name: typed.field,
        label: t.say(typed.label()),
        value: if shell.is_refused() { shell.typed(typed.field).to_owned() } else { value },
        saw: held.map_or_else(String::new, |held| person::written(&held.saw)),
        kind,
        by: versions.first().filter(|_| versions.len() == 1).map(by),
        conflict: person::conflict(t, versions),
        rivals: if versions.len() > 1 { versions.iter().map(rival).collect() } else { Vec::new() },
    }
}

fn hazard_line(shell: &Shell, hazard: Hazard, designated: Hazards) -> HazardLine {
    let t: &'static Text = shell.t;
    let held = words::validity_code(words::designation(designated, hazard));
    let name = format!("hazard-{}", words::hazard_code(hazard));
    // A refused form keeps what was chosen.
    let typed = shell.typed(&name);
    let said = if typed.is_empty() { held } else { typed };
    let choice = |validity: Validity| {
        let code = words::validity_code(validity);
        (code, words::validity(t, validity), code == said)
    };
    HazardLine {
        name: name.clone(),
        label: words::hazard(t, hazard),
        choices: vec![
            choice(Validity::OutOfScope),
            choice(Validity::Designated),
            choice(Validity::NotDesignated),
        ],
    }
}

/// `POST /site/{site}`
pub(crate) async fn save(
    State(app): State<App>,
    Path(site): Path<String>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let id = named(&form.staff, &site)?;
    let back = format!("/site/{site}");
    let values = match typed(&form.fields) {
        Ok(values) => values,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &back)),
    };
    let sites = app.town().board().sites;
    let others = || sites.iter().filter(|row| Some(row.site) != id);
    if let Err(mistake) = doubt::refuse(&form.fields, others()) {
        return Ok(form.mend(&app, &mistake, &back));
    }
    let far = position(&values).and_then(|place| doubt::too_far(place, others()));
    if let Some(km) = far.filter(|_| !confirm::is_sure(&form.fields)) {
        let t = form.t();
        return Ok(form.ask(
            &app,
            confirm::Question {
                sure: confirm::YES,
                asked: t.fill("confirm.far", &[("n", &km)]),
                note: t.say("confirm.far_note"),
                yes: t.say("confirm.far_yes"),
                back: &back,
            },
        ));
    }
    let held = id.and_then(|id| app.town().site(id)).unwrap_or_default();
    let mut edits = Vec::new();
    for (field, name, value) in values {
        let versions = held.iter().find(|held| held.field == field);
        let versions: &[Version] =
            versions.map_or_else(Default::default, |held| held.versions.as_slice());
        let is_same = match versions {
            [] => value.is_none(),
            [only] => value.as_ref().map(spelled).as_deref() == Some(only.value.as_str()),
            _ => false,
        };
        if !is_same {
            edits.push((field, value, person::read_back(form.fields.text(saw_name(name)))?));
        }
    }
    let t = form.t();
    let name = form.fields.text("name").to_owned();
    let opens = id.is_none() && form.fields.text("open") == "yes";
    if edits.is_empty() && !opens {
        return Ok(form.refuse(&app, t.say("refused.nothing_to_change"), &back));
    }
    let Some(kind) = board::kind_of(&app, &form) else {
        return Ok(form.refuse(&app, t.say("incident.drill_town"), &back));
    };
    let opening = opens.then(|| Opening {
        kind,
        title: t.fill("desk.opening_title", &[("site", &name)]),
        hazards: Vec::new(),
    });
    let done = t.fill("done.place", &[("name", &name)]);
    let back = if id.is_none() { app.home(form.staff.role) } else { back.as_str() }.to_owned();
    let site = id.unwrap_or_else(|| SiteId(rand::random()));
    Ok(form.send(&app, Order::SaveSite { site, edits, opening }, done, &back).await)
}

/// Millionths of a degree north and east, where a form says both.
fn position(values: &Edits) -> Option<(i64, i64)> {
    let of = |wanted: FieldId| {
        values.iter().find_map(|(field, _, value)| match value {
            Some(Value::Int(number)) if *field == wanted => Some(*number),
            _ => None,
        })
    };
    of(field::SITE_LATITUDE_E6).zip(of(field::SITE_LONGITUDE_E6))
}

type Edits = Vec<(FieldId, &'static str, Option<Value>)>;

/// What the form says of each field.
fn typed(fields: &Fields) -> Result<Edits, Mistake> {
    let text = |text: String| (!text.is_empty()).then_some(Value::Text(text));
    let int = |number: Option<i64>| number.map(Value::Int);
    let hazards = hazards(fields)?;
    let is_welfare = fields.text("welfare") == "yes";
    let mut said = vec![
        (field::SITE_NAME, "name", text(NAME.required(fields, NAME_CHARS_MAX)?)),
        (field::SITE_KANA, "kana", text(KANA.optional(fields, NAME_CHARS_MAX)?)),
        (field::SITE_ADDRESS, "address", text(ADDRESS.optional(fields, ADDRESS_CHARS_MAX)?)),
        (field::SITE_LATITUDE_E6, "latitude", int(degree(LATITUDE, fields, 90)?)),
        (field::SITE_LONGITUDE_E6, "longitude", int(degree(LONGITUDE, fields, 180)?)),
        (field::SITE_CAPACITY, "capacity", int(capacity(fields)?)),
        (field::SITE_WELFARE_ONLY, "welfare", is_welfare.then_some(Value::Bool(true))),
    ];
    if let Some(hazards) = hazards {
        let code = hazards.as_int();
        said.push((field::SITE_HAZARDS, "hazards", (code != 0).then_some(Value::Int(code))));
    }
    // What a form that was cut short does not speak of stays as it is. A tick that is not set comes
    // as nothing at all: what the form saw of it says that it asks for it.
    said.retain(|(_, name, _)| match *name {
        "welfare" => is_welfare || fields.has(saw_name("welfare")),
        "hazards" => true,
        name => fields.has(name),
    });
    Ok(said)
}

/// What the form says of every hazard; `None` for a form that says nothing of any, which leaves what
/// is stated of the place as it is.
///
/// # Errors
/// A form that says it of some only, or in a word that is none: it was cut short on its way.
fn hazards(fields: &Fields) -> Result<Option<Hazards>, Mistake> {
    let code = |hazard: &Hazard| fields.all_of(&format!("hazard-{}", words::hazard_code(*hazard)));
    if Hazard::ALL.iter().all(|hazard| code(hazard).is_empty()) {
        return Ok(None);
    }
    let said = |hazard: &Hazard| {
        let said = words::designation_of_code(code(hazard));
        said.map(|said| (hazard.in_facts(), said)).ok_or_else(|| HAZARDS.is(Wrong::NoChoice))
    };
    let said: Result<Vec<_>, Mistake> = Hazard::ALL.iter().map(said).collect();
    Ok(Some(Hazards::new(said?)))
}

/// The name of the hidden field with what a form saw of a field.
fn saw_name(name: &'static str) -> &'static str {
    match name {
        "name" => "saw-name",
        "kana" => "saw-kana",
        "address" => "saw-address",
        "latitude" => "saw-latitude",
        "longitude" => "saw-longitude",
        "capacity" => "saw-capacity",
        "welfare" => "saw-welfare",
        _ => "saw-hazards",
    }
}

fn capacity(fields: &Fields) -> Result<Option<i64>, Mistake> {
    let text = words::narrow(fields.text(CAPACITY.field));
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|number| (1..=CAPACITY_MAX).contains(number));
    number.map(Some).ok_or_else(|| CAPACITY.is(Wrong::NoNumber))
}

/// Degrees as they are typed, in millionths.
fn degree(typed: Typed, fields: &Fields, most: i64) -> Result<Option<i64>, Mistake> {
    let text = words::narrow(fields.text(typed.field));
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || typed.is(Wrong::NoDegree);
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !(part.is_empty() || digits(part)) {
        return Err(wrong());
    }
    let part: String = part.chars().chain(std::iter::repeat('0')).take(6).collect();
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let part: i64 = part.parse().map_err(|_| wrong())?;
    if whole >= most { Err(wrong()) } else { Ok(Some(whole * 1_000_000 + part)) }
}

/// Millionths as degrees are typed.
fn degrees(millionths: &str) -> String {
    millionths.parse::<i64>().map_or_else(
        |_| String::new(),
        |size| format!("{}.{:06}", size / 1_000_000, (size % 1_000_000).abs()),
    )
}
