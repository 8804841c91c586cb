//! A code to print for whoever has no card, or a phone that shows nothing without its PIN.
//!
//! A node keeps a keyed hash of a number and not the number, so a code can be shown only to whoever
//! made it, for some minutes. Then another one is made, and this one is ended.

use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use data_encoding::HEXUPPER;
use digiana_core::fact::token::TokenState;
use digiana_core::id::PersonId;
use digiana_core::service::shelter::command;
use digiana_core::token::{TokenTag, UID_BYTES_MAX};
use qrcode::QrCode;
use qrcode::render::svg;

use super::{HOME, address, short};
use crate::app::App;
use crate::auth::session::{Flash, Staff};
use crate::backend::cards::StandsFor;
use crate::backend::order::Order;
use crate::error::PageError;
use crate::page::form::StaffForm;
use crate::page::shell::{self, Shell, Visit};
use crate::page::words;
use crate::routes::see_other;

/// Where the code is shown.
const PAGE: &str = "/cards/code";

/// How long a code can be printed.
pub(crate) const PRINTABLE: Duration = Duration::from_secs(10 * 60);

/// How many characters of the number stand together, for whoever types it.
const GROUP: usize = 4;

/// A code that this session made.
pub(crate) struct Printable {
    person: PersonId,
    token: TokenTag,
    number: String,
}

#[derive(Template)]
#[template(path = "card_code.html")]
struct CodePage {
    shell: Shell,
    /// Whose it is. It is on the screen and not on the paper, which may be lost.
    name: String,
    back: String,
    /// The code as a picture: SVG of ours.
    code: String,
    number: String,
    short: String,
    /// After so many seconds a screen that nobody touches goes back.
    shown_for: u64,
}

/// A number that no card has and nobody can guess, as scanners send it.
fn draw() -> String {
    HEXUPPER.encode(&rand::random::<[u8; UID_BYTES_MAX]>())
}

/// `POST /cards/code`: makes a code and gives it to a person.
pub(crate) async fn make(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let t = form.t();
    let person: PersonId = form.fields.read("person")?;
    let back = address(person);
    if form.is_repeat() {
        // The first press made one: it is shown, and no second one is made.
        let is_theirs = |made: &Printable| made.person == person;
        let is_kept = app.printable_codes().look(&form.staff, is_theirs) == Some(true);
        return Ok(see_other(if is_kept { PAGE } else { &back }));
    }
    let number = draw();
    let Ok(token) = app.town().typed_token(&number) else {
        return Ok(form.refuse(&app, t.say("cards.no_number"), &back));
    };
    let Some(bearer) = app.town().bearer(person) else {
        return Err(PageError::NotFound);
    };
    let done = t.fill("cards.done_link", &[("name", &words::name(t, &bearer.name))]);
    let enrol = command::Command::EnrolCard { token, person, key: None, replace: false };
    let order = Order::Service(super::Command::Shelter(enrol));
    match form.record(&app, order, done, &back).await {
        Ok(()) => {
            app.printable_codes().keep(&form.staff, Printable { person, token, number });
            Ok(see_other(PAGE))
        }
        Err(refusal) => Ok(form.refuse(&app, form.refused(refusal), &back)),
    }
}

/// `GET /cards/code`: the code that this session made, to be printed.
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
) -> Response {
    let made = |made: &Printable| (made.person, made.token, made.number.clone());
    let made = app.printable_codes().look(&staff, made);
    let shown = made.and_then(|(person, token, number)| {
        // Ended, taken back or given to somebody else meanwhile, it is not theirs to carry.
        let bearer = app.town().bearer(person)?;
        let in_use = StandsFor::Somebody {
            person: bearer.person,
            name: bearer.name.clone(),
            state: TokenState::Active,
        };
        let is_theirs = app.town().stands_for(token) == in_use;
        // So few letters always fit.
        let code = is_theirs.then(|| QrCode::new(&number).ok()).flatten()?;
        Some((bearer, token, code, number))
    });
    let Some((bearer, token, code, number)) = shown else {
        let said = visit.lang.text().say("cards.code_gone").to_owned();
        app.sessions().leave_flash(&staff, Flash::refused(said));
        return see_other(HOME);
    };
    let mut shell = Shell::staff(&app, &staff, &visit);
    shell.refresh = 0;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    let groups: Vec<&str> = number.as_bytes().chunks(GROUP).filter_map(as_text).collect();
    shell::html(&CodePage {
        name: words::name(shell.t, &bearer.name),
        back: address(bearer.person),
        code: svg.split_once("?>").map_or(svg.as_str(), |(_, svg)| svg).to_owned(),
        number: groups.join(" "),
        short: short(token),
        shown_for: PRINTABLE.as_secs(),
        shell,
    })
}

fn as_text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
