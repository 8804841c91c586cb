//! The page as types: what the template shows, made from the latest look.

#![expect(clippy::disallowed_methods, reason = "the page says how long ago a tap was")]

use std::time::Instant;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::super::cast::{LINKS, Link, Post};
use super::super::ledger::{Latest, Shown};
use super::super::look::Look;
use super::super::pace::Speed;
use super::super::town::LinkState;
use super::diagram::{self, Spot};
use super::words::{Lang, Words};
use super::{Page, register};
use crate::population::{Person, Relation};

/// How long what somebody pressed for stands above the people, in seconds.
const SAID_SECONDS: u64 = 20;

/// Where somebody is on the page: it goes along with every press.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Place {
    lang: Option<String>,
    q: Option<String>,
    reader: Option<String>,
    from: Option<String>,
    // Where the list began, for a press: a search begins anew.
    was: Option<String>,
}

impl Place {
    /// The language that is asked for.
    pub(super) fn lang(&self) -> Lang {
        self.lang.as_deref().and_then(Lang::from_tag).unwrap_or_default()
    }

    /// The reader that is chosen: the first, unless another one is.
    pub(super) fn reader(&self) -> Post {
        let chosen = self.reader.as_deref().and_then(Post::from_folder);
        chosen.filter(|post| post.has_reader()).unwrap_or(Post::FirstShelter)
    }

    fn asked(&self) -> String {
        self.q.iter().flat_map(|text| text.chars()).take(register::ASKED_CHARS_MAX).collect()
    }

    fn from(&self) -> usize {
        self.from.as_deref().or(self.was.as_deref()).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// The address of the page with somebody at this place.
    pub(super) fn address(&self, page: &Page) -> String {
        self.address_with(page, self.lang(), self.from())
    }

    fn address_with(&self, page: &Page, lang: Lang, from: usize) -> String {
        let reader = self.reader().folder();
        let mut address = format!("{}/?lang={}&reader={reader}", page.base, lang.tag());
        let asked = self.asked();
        if !asked.is_empty() {
            address += &format!("&q={}", percent_encoded(&asked));
        }
        if from > 0 {
            address += &format!("&from={from}");
        }
        address
    }
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// `GET …/`
pub(super) async fn show(
    State(page): State<Page>,
    headers: HeaderMap,
    Query(mut place): Query<Place>,
) -> Response {
    place.was = None;
    if place.lang.is_none() {
        let spoken = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        place.lang = spoken.and_then(Lang::from_tag).map(|lang| lang.tag().to_owned());
    }
    answer(&page, &place, StatusCode::OK, None)
}

/// The page with what went wrong on top of it.
pub(super) fn with_trouble(
    page: &Page,
    place: Place,
    status: StatusCode,
    trouble: String,
) -> Response {
    answer(page, &place, status, Some(trouble))
}

fn answer(page: &Page, place: &Place, status: StatusCode, trouble: Option<String>) -> Response {
    let look = page.look.latest();
    match DrillPage::of(page, place, &look, trouble).render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(cause) => (StatusCode::INTERNAL_SERVER_ERROR, cause.to_string()).into_response(),
    }
}

#[derive(Template)]
#[template(path = "drill.html")]
struct DrillPage<'p> {
    w: &'static Words,
    lang: Lang,
    other: OtherLanguage,
    base: &'p str,
    reader: &'static str,
    was: usize,
    here: String,
    trouble: Option<String>,
    look: &'p Look,
    present: String,
    steps: Vec<StepLine>,
    speeds: Vec<SpeedLine>,
    lines: Vec<LinkLine>,
    posts: Vec<PostLine>,
    residents: Option<String>,
    readers: Vec<ReaderLine>,
    said: Option<TapLine>,
    taps: Vec<TapLine>,
    asked: String,
    found: String,
    households: Vec<HouseholdLine>,
    next: Option<String>,
    mark: &'static str,
}

struct OtherLanguage {
    tag: &'static str,
    name: &'static str,
    address: String,
}

/// A step of the first five minutes, and the part of the page where it is done.
struct StepLine {
    number: usize,
    at: &'static str,
    title: &'static str,
    how: &'static str,
}

struct SpeedLine {
    word: &'static str,
    name: &'static str,
    rate: &'static str,
    is_on: bool,
}

/// A link on the diagram.
struct LinkLine {
    name: String,
    from: Spot,
    to: Spot,
    state: &'static str,
    is_cut: bool,
    says: String,
}

/// One of the eight.
struct PostLine {
    folder: &'static str,
    short: &'static str,
    device: String,
    state: &'static str,
    counted: String,
    is_cut_off: bool,
    open: String,
}

struct ReaderLine {
    folder: &'static str,
    name: String,
    is_on: bool,
}

struct TapLine {
    who: String,
    at: &'static str,
    kind: &'static str,
    word: &'static str,
    says: String,
    ago: String,
    by_hand: bool,
}

struct HouseholdLine {
    title: String,
    people: Vec<PersonLine>,
}

struct PersonLine {
    number: u32,
    name: String,
    kana: String,
    about: String,
}

impl<'p> DrillPage<'p> {
    fn of(page: &'p Page, place: &'p Place, look: &'p Look, trouble: Option<String>) -> Self {
        let (lang, now) = (place.lang(), Instant::now());
        let w = lang.words();
        let (other, name) = lang.other();
        let found = page.register.find(&place.asked(), place.from());
        let found_line = w
            .found
            .replace("{n}", &found.households_in_all.to_string())
            .replace("{m}", &found.people_in_all.to_string());
        let tap = |tap: &Latest| tap_line(page, lang, tap, now);
        let is_fresh = |tap: &&Latest| tap.by_hand && since(now, tap.at) <= SAID_SECONDS;
        Self {
            w,
            lang,
            other: OtherLanguage {
                tag: other.tag(),
                name,
                address: place.address_with(page, other, place.from()),
            },
            base: &page.base,
            reader: place.reader().folder(),
            was: place.from(),
            here: place.address(page),
            trouble,
            look,
            present: w.people.replace("{n}", &look.figures.present()),
            steps: steps(w),
            speeds: Speed::ALL.into_iter().map(|speed| speed_line(lang, look, speed)).collect(),
            lines: LINKS.into_iter().map(|link| link_line(lang, look, link)).collect(),
            posts: page
                .devices
                .iter()
                .map(|(post, device)| post_line(lang, look, *post, device))
                .collect(),
            residents: page.residents.map(|at| format!("http://{at}/public/")),
            readers: readers(page, lang, place.reader()),
            said: look.taps.iter().find(is_fresh).map(tap),
            taps: look.taps.iter().map(tap).collect(),
            asked: place.asked(),
            found: found_line,
            households: found
                .households
                .iter()
                .map(|people| household_line(lang, people))
                .collect(),
            next: found.next.map(|from| place.address_with(page, lang, from)),
            mark: crate::population::MARK,
        }
    }
}

fn steps(w: &Words) -> Vec<StepLine> {
    let places = ["#devices", "#people", "#devices", "#people", "#devices"];
    let numbered = (1..).zip(places).zip(w.steps);
    numbered.map(|((number, at), [title, how])| StepLine { number, at, title, how }).collect()
}

fn speed_line(lang: Lang, look: &Look, speed: Speed) -> SpeedLine {
    let [name, rate] = lang.speed(speed);
    SpeedLine { word: speed.word(), name, rate, is_on: look.speed == speed }
}

fn link_line(lang: Lang, look: &Look, link: Link) -> LinkLine {
    let w = lang.words();
    let state = look.links.get(&link).copied().unwrap_or(LinkState::Waiting);
    let is_cut = state == LinkState::Cut;
    let says = w
        .between
        .replace("{a}", lang.post(link.0))
        .replace("{b}", lang.post(link.1))
        .replace("{state}", lang.state(state))
        .replace("{act}", if is_cut { w.heal } else { w.cut });
    LinkLine {
        name: diagram::name(link),
        from: Spot::of(link.0),
        to: Spot::of(link.1),
        state: match state {
            LinkState::Up => "up",
            LinkState::Cut => "down",
            LinkState::Waiting => "waiting",
        },
        is_cut,
        says,
    }
}

fn post_line(lang: Lang, look: &Look, post: Post, device: &str) -> PostLine {
    let w = lang.words();
    let (up, all) = look.links_up(post);
    let is_cut_off = look.is_cut_off(post);
    let counted = if is_cut_off {
        w.cut_off.to_owned()
    } else {
        w.links_up.replace("{n}", &up.to_string()).replace("{m}", &all.to_string())
    };
    PostLine {
        folder: post.folder(),
        short: lang.post(post),
        device: device.to_owned(),
        state: match (is_cut_off, up == all) {
            (true, _) => "down",
            (false, true) => "up",
            (false, false) => "waiting",
        },
        counted,
        is_cut_off,
        open: w.open_named.replace("{a}", lang.post(post)),
    }
}

fn readers(page: &Page, lang: Lang, chosen: Post) -> Vec<ReaderLine> {
    let with_reader = page.devices.iter().filter(|(post, _)| post.has_reader());
    with_reader
        .map(|(post, device)| ReaderLine {
            folder: post.folder(),
            name: format!("{}: {device}", lang.post(*post)),
            is_on: *post == chosen,
        })
        .collect()
}

fn tap_line(page: &Page, lang: Lang, tap: &Latest, now: Instant) -> TapLine {
    let w = lang.words();
    let person = page.register.person(tap.person);
    let (kind, word) = match &tap.shown {
        Shown::Accepted(_) => ("good", w.accepted_word),
        Shown::Refused(word) if is_known_already(word) => ("again", w.refused_word),
        Shown::Refused(_) | Shown::Nothing => ("bad", w.refused_word),
    };
    TapLine {
        who: person.map_or_else(|| w.stranger.to_owned(), Person::name),
        at: lang.post(tap.post),
        kind,
        word,
        says: lang.shown(&tap.shown),
        ago: w.ago.replace("{n}", &since(now, tap.at).to_string()),
        by_hand: tap.by_hand,
    }
}

/// Whether a refusal says that the tap before it counts.
fn is_known_already(word: &str) -> bool {
    ["AlreadyHere", "AlreadyVisited", "SameRide", "AlreadyNoted"].contains(&word)
}

fn since(now: Instant, at: Instant) -> u64 {
    now.saturating_duration_since(at).as_secs()
}

fn household_line(lang: Lang, people: &[Person]) -> HouseholdLine {
    let w = lang.words();
    let first = people.first();
    let number = first.map_or(0, |person| person.household).to_string();
    let district = first.map_or("", |person| person.district);
    let people = people.iter().map(|person| PersonLine {
        number: person.number,
        name: person.name(),
        kana: person.kana(),
        about: format!(
            "{}・{}",
            relation(lang, person.relation),
            w.age.replace("{n}", &person.age().to_string())
        ),
    });
    HouseholdLine {
        title: format!("{}　{district}", w.household.replace("{n}", &number)),
        people: people.collect(),
    }
}

fn relation(lang: Lang, relation: Relation) -> &'static str {
    let [japanese, english] = match relation {
        Relation::Head => ["世帯主", "head"],
        Relation::Spouse => ["配偶者", "spouse"],
        Relation::Child => ["子", "child"],
        Relation::Parent => ["親", "parent"],
    };
    match lang {
        Lang::Japanese => japanese,
        Lang::English => english,
    }
}
