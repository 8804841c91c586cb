//! Visits and points for staff: what today brought, who came with a card, whose wallet it is.

pub(crate) mod act;
mod bars;
pub(crate) mod overdrawn;
pub(crate) mod person;
pub(crate) mod sheet;
pub(crate) mod unseen;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use digiana_core::id::PersonId;
use digiana_core::time::Day;
use digiana_core::token::looks_like_my_number;
use digiana_core::view::wellbeing::Count;
use digiana_core::view::wellbeing::age::{AgeGroup, civil};
use serde::Deserialize;

use self::bars::Bars;
use crate::app::App;
use crate::auth::session::{Flash, Staff};
use crate::backend::wellbeing::{FacilityVisits, Visits};
use crate::backend::{ShownName, Unheard};
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit};
use crate::page::{when, words};
use crate::routes::see_other;
use crate::text::Text;

/// How many days the chart shows.
const CHART_DAYS: u16 = 30;

/// How long a page shows who tapped: long enough to serve them, short enough that nobody takes them
/// for the next.
const TAP_SHOWN_SECONDS: i64 = 180;

/// The most characters of a name that are looked for.
const SEARCHED_CHARS_MAX: usize = 40;

#[derive(Template)]
#[template(path = "wellbeing.html")]
struct WellbeingPage {
    shell: Shell,
    tapped: Option<PersonLine>,
    visits_today: u32,
    points_today: u64,
    overdrawn: usize,
    unseen: Option<usize>,
    has_register: bool,
    asked: String,
    found: Vec<PersonLine>,
    unheard: Option<String>,
    unsure: Option<String>,
    chart: Option<Bars>,
    sites: Vec<SiteLine>,
    days: Vec<DayLine>,
    ages: Vec<AgeLine>,
}

/// Somebody in a list, with the way to their wallet.
struct PersonLine {
    person: String,
    name: String,
    kana: String,
    about: String,
}

/// A facility in words.
struct SiteLine {
    name: String,
    today: u32,
    points: u64,
    all: u64,
}

/// A day in words.
struct DayLine {
    day: String,
    visits: u32,
    points: u64,
}

/// An age group in words.
struct AgeLine {
    label: &'static str,
    visits: u32,
}

/// Whom staff look for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    q: Option<String>,
}

/// Who it is: where the register is out of reach, the end of an id and never a name.
pub(crate) fn who(t: &Text, name: &ShownName, person: PersonId) -> String {
    match name {
        ShownName::Shown { .. } | ShownName::Protected => words::name(t, name),
        ShownName::Unknown => {
            let [.., last, end] = person.0;
            t.fill("wellbeing.nameless", &[("id", &format!("{last:02x}{end:02x}"))])
        }
    }
}

/// A day without its year.
fn day_word(t: &Text, day: Day) -> String {
    let (_, month, of_month) = civil(day);
    t.fill("wellbeing.day", &[("month", &month.to_string()), ("day", &of_month.to_string())])
}

/// Which readers are not heard, and since when: what they saw may be missing. None where all are.
fn unheard_line(t: &Text, unheard: &[Unheard], now: i64) -> Option<String> {
    let devices: Vec<String> = unheard.iter().map(|device| silent(t, device, now)).collect();
    (!devices.is_empty())
        .then(|| t.fill("wellbeing.unheard", &[("devices", &devices.join(t.say("word.and")))]))
}

/// A reader that is not heard, with when it last was.
fn silent(t: &Text, device: &Unheard, now: i64) -> String {
    match device.last_heard {
        Some(at) => t.fill(
            "wellbeing.silent",
            &[("device", &device.device), ("at", &when::stamp(t, at, now))],
        ),
        None => t.fill("wellbeing.silent_never", &[("device", &device.device)]),
    }
}

fn age_word(t: &'static Text, group: AgeGroup) -> &'static str {
    match group {
        AgeGroup::Under18 => t.say("wellbeing.age_child"),
        AgeGroup::Under65 => t.say("wellbeing.age_adult"),
        AgeGroup::Under75 => t.say("wellbeing.age_older"),
        AgeGroup::From75 => t.say("wellbeing.age_oldest"),
        AgeGroup::Unknown => t.say("wellbeing.age_unknown"),
    }
}

/// `GET /wellbeing`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Response {
    let text: String =
        asked.q.as_deref().unwrap_or_default().trim().chars().take(SEARCHED_CHARS_MAX).collect();
    if looks_like_my_number(&text) {
        // Not on this page, nor in the browser's address line.
        let said = visit.lang.text().say("desk.search_my_number").to_owned();
        app.sessions().leave_flash(&staff, Flash::refused(said));
        return see_other("/wellbeing");
    }
    let mut shell = Shell::staff(&app, &staff, &visit);
    // A page that loads itself anew forgets what somebody is typing.
    shell.refresh = 0;
    let (t, now) = (shell.t, app.town().now());
    let visits = app.town().visits(CHART_DAYS);
    let today = visits.days.last().map(|(_, count)| *count).unwrap_or_default();
    let unsure = (visits.unsure > 0)
        .then(|| t.fill("wellbeing.unsure_visits", &[("n", &visits.unsure.to_string())]));
    shell::html(&WellbeingPage {
        tapped: tapped(&app, t),
        visits_today: today.visits,
        points_today: today.points,
        overdrawn: app.town().overdrawn().len(),
        unseen: app.town().unseen().map(|list| list.len()),
        has_register: visits.has_register,
        found: if text.is_empty() { Vec::new() } else { found(&app, t, &text) },
        asked: text,
        unheard: unheard_line(t, &visits.unheard, now),
        unsure,
        chart: Bars::of(t, &visits.days),
        sites: visits.sites.iter().map(|site| site_line(site, visits.today)).collect(),
        days: day_lines(t, &visits),
        ages: ages(t, &visits),
        shell,
    })
}

/// Whoever held a card to this reader a moment ago.
fn tapped(app: &App, t: &Text) -> Option<PersonLine> {
    let tap = app.town().last_tap()?;
    let person = tap.person?;
    if app.town().now().saturating_sub(tap.at) >= TAP_SHOWN_SECONDS {
        return None;
    }
    let earned = app.town().earned(person);
    Some(PersonLine {
        person: person.to_string(),
        name: who(t, &tap.name, person),
        kana: words::kana(&tap.name),
        about: person::balance(t, earned.points),
    })
}

fn found(app: &App, t: &Text, text: &str) -> Vec<PersonLine> {
    let households = app.town().search(text);
    let matches =
        households.iter().flat_map(|house| house.members.iter().filter(|member| member.is_match));
    matches
        .map(|member| PersonLine {
            person: member.person.to_string(),
            name: who(t, &member.name, member.person),
            kana: words::kana(&member.name),
            about: [words::birth_year(t, member.birth_year), member.address.clone()].join("　"),
        })
        .collect()
}

fn site_line(site: &FacilityVisits, today: Day) -> SiteLine {
    let of_today = site.days.iter().find(|(day, _)| *day == today);
    let Count { visits, points } = of_today.map(|(_, count)| *count).unwrap_or_default();
    SiteLine {
        name: site.name.clone(),
        today: visits,
        points,
        all: site.days.iter().map(|(_, count)| u64::from(count.visits)).sum(),
    }
}

/// The days on which somebody came, the newest first.
fn day_lines(t: &Text, visits: &Visits) -> Vec<DayLine> {
    let days = visits.days.iter().rev().filter(|(_, count)| count.visits > 0);
    let line = |(day, count): &(Day, Count)| DayLine {
        day: day_word(t, *day),
        visits: count.visits,
        points: count.points,
    };
    days.map(line).collect()
}

fn ages(t: &'static Text, visits: &Visits) -> Vec<AgeLine> {
    let ages = visits.ages.iter().flatten();
    ages.map(|(group, visits)| AgeLine { label: age_word(t, *group), visits: *visits }).collect()
}
