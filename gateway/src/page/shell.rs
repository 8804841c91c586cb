//! What stands around every page: language, place, drill banner, what was just done, the way out.

use std::convert::Infallible;
use std::fmt::Write;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use digiana_core::fact::shelter::IncidentKind;
use digiana_node::config::Serves;

use crate::app::App;
use crate::asset;
use crate::auth::Role;
use crate::auth::session::{Flash, Staff, Tone};
use crate::error::PageError;
use crate::page::when;
use crate::text::{Lang, Text};

/// The cookie that remembers a language.
pub(crate) const LANG_COOKIE: &str = "digiana_lang";

/// How many random bytes tell one showing of a page from another.
const SHOWING_BYTES: usize = 9;

/// How a page was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) lang: Lang,
    pub(crate) path: String,
    /// It is a page's own script that asks, not a reader.
    pub(crate) in_background: bool,
}

/// What a page's script says of itself, so that a sentence is not spent on it and a session that
/// nobody uses ends.
pub(crate) fn is_in_background(headers: &HeaderMap) -> bool {
    headers.contains_key("x-digiana-background")
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let lang = language(&parts.uri, &parts.headers);
        let in_background = is_in_background(&parts.headers);
        Ok(Self { lang, path: without_language(&parts.uri), in_background })
    }
}

/// A way in the bar at the top.
pub(crate) struct Way {
    pub(crate) href: String,
    pub(crate) label: &'static str,
    pub(crate) is_here: bool,
}

/// What is around a page.
pub(crate) struct Shell {
    pub(crate) t: &'static Text,
    pub(crate) lang: Lang,
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    pub(crate) place: String,
    pub(crate) drill: bool,
    pub(crate) clock: String,
    pub(crate) ways: Vec<Way>,
    pub(crate) languages: Vec<Way>,
    /// The session's word for forms; empty on a page without one.
    pub(crate) csrf: String,
    /// Tells this showing of the page from every other, so that a form counts once.
    pub(crate) showing: String,
    pub(crate) flash: Option<Flash>,
    /// What staff are to do because a damaged store was set aside here; empty where none was.
    pub(crate) set_aside: String,
    /// Seconds after which a browser without script asks again; 0 for never.
    pub(crate) refresh: u32,
}

impl Shell {
    /// Around a page that anyone may see.
    pub(crate) fn plain(app: &App, lang: Lang, path: &str) -> Self {
        let t = lang.text();
        let town = app.town();
        let is_drill = |kind| matches!(kind, IncidentKind::Drill);
        let is_offered = |lang: &Lang| is_for_residents(path) || *lang == lang.of_staff();
        let languages = Lang::ALL.into_iter().filter(is_offered).map(|other| Way {
            href: with_language(path, other),
            label: other.own_name(),
            is_here: other == lang,
        });
        Self {
            t,
            lang,
            style: asset::style().href,
            script: asset::script().href,
            place: String::new(),
            drill: town.place().is_drill_town
                || town.incident().is_some_and(|incident| is_drill(incident.kind)),
            clock: when::clock(t, town.now()),
            ways: Vec::new(),
            languages: languages.collect(),
            csrf: String::new(),
            showing: BASE64URL_NOPAD.encode(&rand::random::<[u8; SHOWING_BYTES]>()),
            flash: None,
            set_aside: String::new(),
            refresh: 0,
        }
    }

    /// Around a staff page. It takes the sentence that was left for this session.
    pub(crate) fn staff(app: &App, staff: &Staff, visit: &Visit) -> Self {
        let mut shell = Self::plain(app, visit.lang, &visit.path);
        let t = shell.t;
        let way = |href: &str, label: &'static str| Way {
            is_here: visit.path.split('?').next() == Some(href),
            href: href.to_owned(),
            label,
        };
        shell.place = app.town().place().device;
        shell.ways = match staff.role {
            Role::Headquarters => {
                vec![
                    way("/board", t.say("way.board")),
                    way("/wellbeing", t.say("wellbeing.way")),
                    way("/transport", t.say("transport.way")),
                    way("/school", t.say("way.school")),
                    way("/lists", t.say("way.lists")),
                    way("/cards", t.say("cards.way")),
                    way("/mesh", t.say("way.mesh")),
                ]
            }
            Role::Desk(_) if app.town().serves() == Serves::Facility => {
                vec![
                    way("/wellbeing", t.say("wellbeing.way")),
                    way("/kiosk", t.say("way.kiosk")),
                    way("/cards", t.say("cards.way")),
                    way("/mesh", t.say("way.mesh")),
                ]
            }
            Role::Desk(_) if matches!(app.town().serves(), Serves::Bus | Serves::Taxi) => {
                vec![
                    way("/bus", t.say("bus.way")),
                    way("/transport", t.say("transport.way")),
                    way("/kiosk", t.say("way.kiosk")),
                    way("/cards", t.say("cards.way")),
                    way("/mesh", t.say("way.mesh")),
                ]
            }
            Role::Desk(_) if app.town().serves() == Serves::Shop => {
                vec![
                    way("/shop", t.say("shop.way")),
                    way("/wellbeing", t.say("wellbeing.way")),
                    way("/kiosk", t.say("way.kiosk")),
                    way("/cards", t.say("cards.way")),
                    way("/mesh", t.say("way.mesh")),
                ]
            }
            Role::Desk(_) if app.town().serves() == Serves::School => {
                vec![
                    way("/school", t.say("way.school")),
                    way("/school/pupils", t.say("way.pupils")),
                    way("/kiosk", t.say("way.kiosk")),
                    way("/cards", t.say("cards.way")),
                    way("/mesh", t.say("way.mesh")),
                ]
            }
            Role::Desk(_) => {
                vec![
                    way("/desk", t.say("way.desk")),
                    way("/kiosk", t.say("way.kiosk")),
                    way("/cards", t.say("cards.way")),
                    way("/mesh", t.say("way.mesh")),
                ]
            }
            Role::Kiosk(_) => vec![way("/kiosk", t.say("way.kiosk"))],
        };
        // Residents read the screen beside the reader, and can do nothing about it.
        let is_kiosk = visit.path.split('?').next() == Some("/kiosk");
        let set_aside = if is_kiosk { 0 } else { app.town().stores_set_aside() };
        if set_aside > 0 {
            shell.set_aside = t.fill("store.set_aside", &[("n", &set_aside.to_string())]);
        }
        shell.csrf = staff.csrf.expose().to_owned();
        if !visit.in_background {
            shell.flash = app.sessions().take_flash(staff);
        }
        shell.refresh = STAFF_REFRESH_SECONDS;
        shell
    }

    /// The number of one of this page's forms.
    pub(crate) fn form(&self, name: impl std::fmt::Display) -> String {
        format!("{}.{name}", self.showing)
    }

    /// Whether the form of `action` was refused just now, so that what was typed stands in it.
    pub(crate) fn is_refused_at(&self, action: &str) -> bool {
        self.flash.as_ref().is_some_and(|flash| flash.form == action)
    }

    /// Whether the sentence that was left tells of a refusal.
    pub(crate) fn is_refused(&self) -> bool {
        self.flash.as_ref().is_some_and(|flash| flash.tone == Tone::Refused)
    }

    /// What was typed into a field of a form that was refused.
    pub(crate) fn typed(&self, field: &str) -> &str {
        self.all_typed(field).next().unwrap_or("")
    }

    /// Every value of a field of a form that was refused, such as its ticks.
    pub(crate) fn all_typed(&self, field: &str) -> impl Iterator<Item = &str> {
        let typed = self.flash.iter().flat_map(|flash| &flash.typed);
        typed.filter(move |(name, _)| name == field).map(|(_, value)| value.as_str())
    }
}

/// How often a staff page without script asks again.
const STAFF_REFRESH_SECONDS: u32 = 30;

/// A page as an answer.
pub(crate) fn html(page: &impl Template) -> Response {
    match page.render() {
        Ok(page) => Html(page).into_response(),
        Err(cause) => PageError::internal(&cause).into_response(),
    }
}

/// The language of a request: what it asks for, what it asked for last, what its browser speaks;
/// of those that its page speaks.
pub(crate) fn language(address: &Uri, headers: &HeaderMap) -> Lang {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wanted = asked_language(address.query())
        .or_else(|| Lang::from_tag(cookie(headers, LANG_COOKIE)?))
        .unwrap_or_else(|| Lang::accepted(text(header::ACCEPT_LANGUAGE)));
    if is_for_residents(address.path()) { wanted } else { wanted.of_staff() }
}

/// Whether a page is the residents': it is offered in plain Japanese too.
fn is_for_residents(path: &str) -> bool {
    path.starts_with("/public")
}

/// The language that an address asks for.
pub(crate) fn asked_language(query: Option<&str>) -> Option<Lang> {
    query?.split('&').find_map(|pair| Lang::from_tag(pair.strip_prefix("lang=")?))
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn without_language(address: &Uri) -> String {
    let query = address.query().unwrap_or_default();
    let kept: Vec<_> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang=")).collect();
    if kept.is_empty() {
        address.path().to_owned()
    } else {
        format!("{}?{}", address.path(), kept.join("&"))
    }
}

fn with_language(path: &str, lang: Lang) -> String {
    let join = if path.contains('?') { '&' } else { '?' };
    format!("{path}{join}lang={}", lang.tag())
}

/// A text as the value of a query.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a String cannot fail");
        }
        out
    })
}
