//! The desk for cards: give a card to a person, take down the key it proves itself with, say that
//! one is lost.
//!
//! What opens a card is typed once, goes to the card and is kept nowhere: it is in no sentence that
//! is left for the next page. Whose card it is, as the card says, is kept for this session until
//! somebody is chosen, for three minutes at most.

pub(crate) mod code;
pub(crate) mod give;

use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use digiana_core::engine::input::Command;
use digiana_core::fact::token::TokenState;
use digiana_core::id::PersonId;
use digiana_core::service::shelter::command;
use digiana_core::token::proof::ProofKey;
use digiana_core::token::{TokenTag, looks_like_my_number};
use digiana_node::reader::card::CardFault;
use digiana_node::reader::enrol::{
    Asked, Doubt, EnrolFault, Holder, Read, Secret, TRIES_KEPT, Tries,
};
use serde::Deserialize;

use crate::app::App;
use crate::auth::session::{Flash, Staff};
use crate::backend::cards::{Bearer, CardRow, StandsFor};
use crate::backend::order::Order;
use crate::backend::{Member, TapOutcome};
use crate::error::PageError;
use crate::page::desk::tap::said;
use crate::page::form::StaffForm;
use crate::page::query::Query;
use crate::page::shell::{self, Shell, Visit};
use crate::page::{when, words};
use crate::routes::see_other;
use crate::text::Text;

/// Where the page lies.
const HOME: &str = "/cards";

/// How long what a card said is kept while somebody is chosen.
pub(crate) const OPENED_STAYS: Duration = Duration::from_secs(3 * 60);

/// The most characters of a name that are looked for.
const SEARCHED_CHARS_MAX: usize = 40;

/// What a card said, for the session that opened it.
pub(crate) struct Opened {
    token: TokenTag,
    holder: Holder,
    key: Option<ProofKey>,
}

#[derive(Template)]
#[template(path = "cards.html")]
struct CardsPage {
    shell: Shell,
    /// What lies on the reader, in a sentence.
    lies: String,
    /// What laying it down did, as a tap like any other; empty where it did nothing.
    tapped: String,
    /// Which card that is; empty where none is.
    token: String,
    /// How many tries are left, or why none is spent; empty for a card without any.
    secrets: Vec<SecretLine>,
    opened: Option<OpenedLine>,
    bearer: Option<BearerLine>,
    asked: String,
    found: Vec<Choice>,
}

struct SecretLine {
    code: &'static str,
    label: &'static str,
    note: String,
    digits: usize,
    can_try: bool,
}

struct OpenedLine {
    name: String,
    about: String,
    proves: bool,
    likely: Vec<Choice>,
}

struct Choice {
    person: String,
    name: String,
    kana: String,
    about: String,
}

struct BearerLine {
    person: String,
    name: String,
    kana: String,
    cards: Vec<CardLine>,
}

struct CardLine {
    token: String,
    short: String,
    state: &'static str,
    state_code: &'static str,
    proves: &'static str,
    given: String,
    is_active: bool,
    is_ended: bool,
}

/// Whom the desk looks for, and whose cards it shows.
#[derive(Debug, Deserialize)]
pub(crate) struct Looks {
    q: Option<String>,
    person: Option<String>,
}

fn address(person: PersonId) -> String {
    format!("{HOME}?person={person}")
}

/// `GET /cards`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
    Query(looks): Query<Looks>,
) -> Result<Response, PageError> {
    let typed = looks.q.as_deref().unwrap_or_default().trim();
    if looks_like_my_number(typed) {
        // Not on this page, nor in the browser's address line.
        let said = visit.lang.text().say("desk.search_my_number").to_owned();
        app.sessions().leave_flash(&staff, Flash::refused(said));
        return Ok(see_other(HOME));
    }
    if let Ok(token) = app.town().typed_token(typed) {
        // Nor does a card's number stay there.
        let says = match app.town().stands_for(token) {
            StandsFor::Somebody { person, .. } => return Ok(see_other(&address(person))),
            StandsFor::Nobody => "cards.of_nobody",
            StandsFor::Several => "cards.of_several",
        };
        let said = visit.lang.text().say(says).to_owned();
        app.sessions().leave_flash(&staff, Flash::refused(said));
        return Ok(see_other(HOME));
    }
    let asked: String = typed.chars().take(SEARCHED_CHARS_MAX).collect();
    let bearer = match looks.person.as_deref() {
        None => None,
        Some(person) => {
            let person = person.parse().map_err(|_| PageError::NotFound)?;
            Some(app.town().bearer(person).ok_or(PageError::NotFound)?)
        }
    };
    let lying = app.town().ask_card(Asked::Tries).await;
    let mut shell = Shell::staff(&app, &staff, &visit);
    // A page that loads itself anew forgets what somebody is typing.
    shell.refresh = 0;
    let t = shell.t;
    let token = token_of(&lying);
    Ok(shell::html(&CardsPage {
        lies: lies(&app, t, &lying),
        tapped: token.and_then(|token| tapped(&app, t, token)).unwrap_or_default(),
        token: token.map_or_else(String::new, |token| HEX.encode(token.as_bytes())),
        secrets: secrets(t, &lying),
        opened: token.and_then(|token| opened(&app, t, &staff, token)),
        bearer: bearer.map(|bearer| bearer_line(t, bearer, app.town().now())),
        found: if asked.is_empty() { Vec::new() } else { found(&app, t, &asked) },
        asked,
        shell,
    }))
}

/// What laying the card down has recorded: the reader takes it for its holder's tap.
fn tapped(app: &App, t: &Text, token: TokenTag) -> Option<String> {
    let tap = app.town().last_tap().filter(|tap| matches!(tap.outcome, TapOutcome::Accepted(_)))?;
    let (said, shown_for) = said(t, tap.outcome);
    let is_recent = app.town().now().saturating_sub(tap.at) < shown_for;
    let StandsFor::Somebody { person, .. } = app.town().stands_for(token) else { return None };
    let bearer = app.town().bearer(tap.person?)?;
    let is_theirs = is_recent && bearer.person == person;
    is_theirs.then(|| t.fill("cards.tapped", &[("said", said)]))
}

/// Which card lies on the reader, where it could be read.
fn token_of(lying: &Result<Read, EnrolFault>) -> Option<TokenTag> {
    match lying {
        Ok(Read::Tries { token, .. } | Read::Opened { token, .. }) => Some(*token),
        Err(_) => None,
    }
}

/// What lies on the reader.
fn lies(app: &App, t: &Text, lying: &Result<Read, EnrolFault>) -> String {
    let (token, doubt) = match lying {
        Ok(Read::Tries { token, doubt, .. }) => (*token, *doubt),
        Ok(Read::Opened { token, .. }) => (*token, None),
        Err(EnrolFault::NoCard) if app.town().reader_is_lost() => {
            return t.say("cards.no_reader").to_owned();
        }
        Err(fault) => return why(t, *fault),
    };
    let kind = match lying {
        Ok(Read::Tries { left: None, .. }) => t.say("cards.other_card"),
        _ => t.say("cards.my_number_card"),
    };
    let whose = match app.town().stands_for(token) {
        StandsFor::Nobody => t.say("cards.of_nobody").to_owned(),
        StandsFor::Several => t.say("cards.of_several").to_owned(),
        StandsFor::Somebody { name, state, .. } => {
            let says = match state {
                TokenState::Active => "cards.of_somebody",
                TokenState::Suspended => "cards.lost_by",
                TokenState::Ended => "cards.ended_of",
            };
            t.fill(says, &[("name", &words::name(t, &name))])
        }
    };
    match doubt {
        None => format!("{kind}　{whose}"),
        Some(doubt) => format!("{kind}　{whose}　{}", t.say(of_doubt(doubt))),
    }
}

/// Why a card may be a copy, and what to do.
pub(crate) fn of_doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::WouldNotSign => "cards.would_not_sign",
        Doubt::OtherKey => "cards.other_key",
    }
}

/// What opens the card that lies there, with the tries that are left.
fn secrets(t: &'static Text, lying: &Result<Read, EnrolFault>) -> Vec<SecretLine> {
    let Ok(Read::Tries { left: Some(Tries { pin, code_b }), .. }) = lying else {
        return Vec::new();
    };
    let line = |code, label, left: Option<u8>, digits| SecretLine {
        code,
        label: t.say(label),
        note: match left {
            None => t.say("cards.tries_unknown").to_owned(),
            Some(0) => t.say("cards.blocked").to_owned(),
            Some(left) => t.fill("cards.tries", &[("n", &left.to_string())]),
        },
        digits,
        can_try: left.is_some_and(|left| left > TRIES_KEPT),
    };
    // What is printed on the card first: nobody has to remember it.
    vec![line("code_b", "cards.code_b", *code_b, 14), line("pin", "cards.pin", *pin, 4)]
}

/// Why a card was not opened, and what to do.
pub(crate) fn why(t: &Text, fault: EnrolFault) -> String {
    match fault {
        EnrolFault::NoCard => t.say("cards.lay_down").to_owned(),
        EnrolFault::NotDigits { digits, .. } => {
            t.fill("cards.not_digits", &[("n", &digits.to_string())])
        }
        EnrolFault::NothingToOpen => t.say("cards.nothing_to_open").to_owned(),
        EnrolFault::Changed => t.say("cards.changed").to_owned(),
        EnrolFault::FewTries { left: None } => not_tried(t, "cards.tries_unknown"),
        EnrolFault::FewTries { left: Some(0) } => not_tried(t, "cards.blocked"),
        EnrolFault::FewTries { left: Some(left) } => {
            t.fill("cards.few_tries", &[("n", &left.to_string())])
        }
        EnrolFault::Wrong { left: Some(left) } => {
            t.fill("cards.wrong", &[("n", &left.to_string())])
        }
        EnrolFault::Wrong { left: None } => t.say("cards.wrong_unknown").to_owned(),
        EnrolFault::Fault(CardFault::InUse) => t.say("cards.in_use").to_owned(),
        EnrolFault::Fault(_) => t.say("cards.unread").to_owned(),
        EnrolFault::TurnedAway(why) => words::turned_away(t, why).to_owned(),
    }
}

/// Why no try is spent on a card, and what can be done instead.
fn not_tried(t: &Text, why: &str) -> String {
    format!("{}　{}", t.say(why), t.say("cards.kept"))
}

/// What this session opened a moment ago, while that card lies there.
fn opened(app: &App, t: &Text, staff: &Staff, lies: TokenTag) -> Option<OpenedLine> {
    let line = |opened: &Opened| {
        if opened.token != lies {
            return None;
        }
        let Holder { name, address, birth: (year, ..) } = &opened.holder;
        let mut likely = found_members(app, &spaced(name));
        likely.retain(|member| member.birth_year == Some(i32::from(*year)));
        Some(OpenedLine {
            name: name.clone(),
            about: format!("{}　{address}", born(t, &opened.holder)),
            proves: opened.key.is_some(),
            likely: likely.iter().map(|member| choice(t, member)).collect(),
        })
    };
    app.opened_cards().look(staff, line).flatten()
}

fn born(t: &Text, holder: &Holder) -> String {
    let (year, month, day) = holder.birth;
    let born = [("year", year.to_string()), ("month", month.to_string()), ("day", day.to_string())];
    t.fill("cards.born", &born.each_ref().map(|(key, value)| (*key, value.as_str())))
}

/// A name as the register spells it: one space between its parts.
fn spaced(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn found_members(app: &App, text: &str) -> Vec<Member> {
    let households = app.town().search(text).into_iter();
    households.flat_map(|it| it.members).filter(|member| member.is_match).collect()
}

fn found(app: &App, t: &Text, text: &str) -> Vec<Choice> {
    found_members(app, text).iter().map(|member| choice(t, member)).collect()
}

fn choice(t: &Text, member: &Member) -> Choice {
    Choice {
        person: member.person.to_string(),
        name: words::name(t, &member.name),
        kana: words::kana(&member.name),
        about: format!("{} {}", words::birth_year(t, member.birth_year), member.address),
    }
}

fn bearer_line(t: &'static Text, bearer: Bearer, now: i64) -> BearerLine {
    BearerLine {
        person: bearer.person.to_string(),
        name: words::name(t, &bearer.name),
        kana: words::kana(&bearer.name),
        cards: bearer.cards.iter().map(|card| card_line(t, card, now)).collect(),
    }
}

/// What tells one of somebody's cards from their others, on pages and on paper.
fn short(token: TokenTag) -> String {
    let [first, second, ..] = *token.as_bytes();
    format!("{first:02x}{second:02x}")
}

fn card_line(t: &'static Text, card: &CardRow, now: i64) -> CardLine {
    let (state, state_code) = match card.state {
        TokenState::Active => (t.say("cards.active"), "open"),
        TokenState::Suspended => (t.say("cards.suspended"), "suspended"),
        TokenState::Ended => (t.say("cards.ended"), "closed"),
    };
    CardLine {
        token: HEX.encode(card.token.as_bytes()),
        short: short(card.token),
        state,
        state_code,
        proves: t.say(if card.proves { "cards.proves" } else { "cards.number_only" }),
        given: card.given_at.map_or_else(String::new, |at| {
            t.fill("cards.given", &[("at", &when::stamp(t, at, now))])
        }),
        is_active: card.state == TokenState::Active,
        is_ended: card.state == TokenState::Ended,
    }
}

/// `POST /cards/open`: spends a try, because somebody pressed the button.
pub(crate) async fn open(State(app): State<App>, form: StaffForm) -> Response {
    let t = form.t();
    let secret = if form.fields.text("which") == "pin" { Secret::Pin } else { Secret::CodeB };
    if form.is_repeat() {
        // What the first press came to is told before this.
        let said = Flash::refused(t.say("cards.pressed_twice").to_owned());
        app.sessions().leave_flash_if_none(&form.staff, said);
        return see_other(HOME);
    }
    let asked = match (named(form.fields.text("token")), form.fields.text("secret")) {
        (None, _) => Err(EnrolFault::Changed),
        (Some(card), typed) => Asked::open(secret, typed).map(|asked| asked.of_card(card)),
    };
    let asked = match asked {
        Ok(asked) => asked,
        // No card was asked anything.
        Err(fault) => return form.refuse_in_silence(&app, &why(t, fault), HOME),
    };
    match app.town().ask_card(asked).await {
        Ok(Read::Opened { token, holder, key }) => {
            // Whose card lay there before is nobody's business any more.
            app.opened_cards().keep(&form.staff, Opened { token, holder, key });
            form.tell(&app, t.say("cards.done_open").to_owned(), HOME)
        }
        // The same press once more might be another try: it is told of and not done again.
        Ok(Read::Tries { .. }) => form.refuse_for_good(&app, t.say("cards.unread_open"), HOME),
        Err(EnrolFault::Fault(_)) => form.refuse_for_good(&app, t.say("cards.unread_open"), HOME),
        Err(fault @ (EnrolFault::Wrong { .. } | EnrolFault::TurnedAway(_))) => {
            form.refuse_for_good(&app, &why(t, fault), HOME)
        }
        // It cost nothing, and may be tried again.
        Err(fault) => form.refuse_in_silence(&app, &why(t, fault), HOME),
    }
}

/// The card that a page named.
pub(crate) fn named(token: &str) -> Option<TokenTag> {
    HEX.decode(token.as_bytes()).ok()?.try_into().ok().map(TokenTag)
}

/// `POST /cards/state`: a card is lost, found, or not used any more.
pub(crate) async fn set_state(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let t = form.t();
    let person: PersonId = form.fields.read("person")?;
    let token = named(form.fields.text("token")).ok_or(PageError::BadField { field: "token" })?;
    let (state, done) = match form.fields.text("state") {
        "suspended" => (TokenState::Suspended, "cards.done_suspended"),
        "active" => (TokenState::Active, "cards.done_active"),
        "ended" => (TokenState::Ended, "cards.done_ended"),
        _ => return Err(PageError::BadField { field: "state" }),
    };
    // A page that stood open may show what is not so any more.
    let is_shown = match app.town().stands_for(token) {
        StandsFor::Somebody { person: of, state: held, .. } => {
            let theirs = app.town().bearer(person).is_some_and(|bearer| bearer.person == of);
            theirs && held != TokenState::Ended
        }
        StandsFor::Nobody => false,
        // The order itself says what is to be done first.
        StandsFor::Several => true,
    };
    if !is_shown {
        return Ok(form.refuse(&app, t.say("cards.page_old"), &address(person)));
    }
    let set = command::Command::SuspendToken { token, state };
    let order = Order::Service(Command::Shelter(set));
    Ok(form.send(&app, order, t.say(done).to_owned(), &address(person)).await)
}
