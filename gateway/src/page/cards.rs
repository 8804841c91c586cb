//! The desk for cards: give a card to a person, take down the key it proves itself with, say that
//! one is lost.
//!
//! What opens a card is typed once, goes to the card and is kept nowhere: it is in no sentence that
//! is left for the next page. Whose card it is, as the card says, is kept for this session until
//! somebody is chosen, for three minutes at most.

pub(crate) mod code;

use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use digiana_core::engine::input::Command;
use digiana_core::fact::token::TokenState;
use digiana_core::id::PersonId;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::shelter::command;
use digiana_core::token::proof::ProofKey;
use digiana_core::token::{TokenMistake, TokenTag, looks_like_my_number};
use digiana_node::reader::enrol::{Asked, EnrolFault, Holder, Read, Secret, TRIES_KEPT, Tries};
use serde::Deserialize;

use crate::app::App;
use crate::auth::session::{Flash, Staff};
use crate::backend::Member;
use crate::backend::cards::{Bearer, CardRow, StandsFor};
use crate::backend::order::Order;
use crate::error::PageError;
use crate::page::confirm::{self, Question};
use crate::page::form::StaffForm;
use crate::page::shell::{self, Shell, Visit};
use crate::page::words;
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
        token: token.map_or_else(String::new, |token| HEX.encode(token.as_bytes())),
        secrets: secrets(t, &lying),
        opened: token.and_then(|token| opened(&app, t, &staff, token)),
        bearer: bearer.map(|bearer| bearer_line(t, bearer)),
        found: if asked.is_empty() { Vec::new() } else { found(&app, t, &asked) },
        asked,
        shell,
    }))
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
    let token = match lying {
        Ok(Read::Tries { token, .. } | Read::Opened { token, .. }) => *token,
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
    format!("{kind}　{whose}")
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
        let Holder { name, address, birth: (year, month, day) } = &opened.holder;
        let born =
            [("year", year.to_string()), ("month", month.to_string()), ("day", day.to_string())];
        let born = born.each_ref().map(|(key, value)| (*key, value.as_str()));
        let looked_for: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut likely = found_members(app, &looked_for);
        likely.retain(|member| member.birth_year == Some(i32::from(*year)));
        Some(OpenedLine {
            name: name.clone(),
            about: format!("{}　{address}", t.fill("cards.born", &born)),
            proves: opened.key.is_some(),
            likely: likely.iter().map(|member| choice(t, member)).collect(),
        })
    };
    app.opened_cards().look(staff, line).flatten()
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

fn bearer_line(t: &'static Text, bearer: Bearer) -> BearerLine {
    BearerLine {
        person: bearer.person.to_string(),
        name: words::name(t, &bearer.name),
        kana: words::kana(&bearer.name),
        cards: bearer.cards.iter().map(|card| card_line(t, card)).collect(),
    }
}

/// What tells one of somebody's cards from their others, on pages and on paper.
fn short(token: TokenTag) -> String {
    let [first, second, ..] = *token.as_bytes();
    format!("{first:02x}{second:02x}")
}

fn card_line(t: &'static Text, card: &CardRow) -> CardLine {
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
        is_active: card.state == TokenState::Active,
        is_ended: card.state == TokenState::Ended,
    }
}

/// `POST /cards/open`: spends a try, because somebody pressed the button.
pub(crate) async fn open(State(app): State<App>, form: StaffForm) -> Response {
    let t = form.t();
    let secret = if form.fields.text("which") == "pin" { Secret::Pin } else { Secret::CodeB };
    if form.is_repeat() {
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
        Err(fault) => form.refuse_for_good(&app, &why(t, fault), HOME),
    }
}

/// The card that a page named.
pub(crate) fn named(token: &str) -> Option<TokenTag> {
    HEX.decode(token.as_bytes()).ok()?.try_into().ok().map(TokenTag)
}

/// `POST /cards/enrol`: the card that lies there is this person's.
pub(crate) async fn enrol(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let t = form.t();
    let person: PersonId = form.fields.read("person")?;
    let back = address(person);
    // It is the card that the page spoke of, and no other that came to lie there since.
    let token = match app.town().ask_card(Asked::Tries).await {
        Ok(Read::Tries { token, .. } | Read::Opened { token, .. }) => token,
        Err(fault) => return Ok(form.refuse(&app, &why(t, fault), &back)),
    };
    if HEX.encode(token.as_bytes()) != form.fields.text("token") {
        return Ok(form.refuse(&app, t.say("cards.changed"), &back));
    }
    let key = |opened: &Opened| (opened.token == token).then(|| opened.key.clone());
    let key = app.opened_cards().look(&form.staff, key).flatten();
    if key.is_none() && form.fields.has("opened") {
        return Ok(form.refuse(&app, t.say("cards.too_late"), HOME));
    }
    let key = key.flatten();
    Ok(give(&app, form, Gives { token, person, key }).await)
}

/// `POST /cards/typed`: a card without a reader, or a printed code, by its number.
pub(crate) async fn enrol_typed(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let t = form.t();
    let person: PersonId = form.fields.read("person")?;
    match app.town().typed_token(form.fields.text("number")) {
        Ok(token) => Ok(give(&app, form, Gives { token, person, key: None }).await),
        Err(TokenMistake::LooksLikeMyNumber) => {
            Ok(form.refuse_in_silence(&app, t.say("desk.search_my_number"), &address(person)))
        }
        Err(_) => Ok(form.refuse(&app, t.say("cards.no_number"), &address(person))),
    }
}

/// Why a card is asked about before it changes hands.
const TAKEN: [Refusal; 3] = [Refusal::TokenTaken, Refusal::TokenSuspended, Refusal::TokenEnded];

/// Which card is given to whom.
struct Gives {
    token: TokenTag,
    person: PersonId,
    key: Option<ProofKey>,
}

/// Gives a card to a person, and asks first where it was somebody else's.
async fn give(app: &App, form: StaffForm, gives: Gives) -> Response {
    let (t, back) = (form.t(), address(gives.person));
    let Gives { token, person, key } = gives;
    let Some(bearer) = app.town().bearer(person) else {
        return form.refuse(app, form.refused(Refusal::UnknownPerson), HOME);
    };
    let replace = confirm::is_sure(&form.fields);
    let name = words::name(t, &bearer.name);
    let proves = key.is_some() || app.town().proves(token);
    let says = if proves { "cards.done_enrol" } else { "cards.done_link" };
    let done = t.fill(says, &[("name", &name)]);
    let enrol = command::Command::EnrolCard { token, person, key, replace };
    match form.record(app, Order::Service(Command::Shelter(enrol)), done, &back).await {
        Ok(()) => {
            app.opened_cards().forget(&form.staff);
            see_other(&back)
        }
        Err(refusal) if TAKEN.contains(&refusal) => {
            let question = Question {
                asked: t.fill("cards.ask_replace", &[("name", &name)]),
                note: t.say(if refusal == Refusal::TokenTaken {
                    "cards.replace_note"
                } else {
                    "cards.replace_stopped"
                }),
                yes: t.say("cards.replace"),
                back: &back,
            };
            form.ask(app, question)
        }
        Err(refusal) => form.refuse(app, form.refused(refusal), &back),
    }
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
    let set = command::Command::SuspendToken { token, state };
    let order = Order::Service(Command::Shelter(set));
    Ok(form.send(&app, order, t.say(done).to_owned(), &address(person)).await)
}
