//! `/api/v1/card`: the card that lies on this device's reader, and giving it to somebody.
//!
//! As on the page: a try is spent by whoever asks for it and never where two are left, and the card
//! that is given away is the one that was spoken of. A body is JSON, which no form of another site
//! can send.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use digiana_core::service::refusal::Refusal;
use digiana_node::reader::enrol::{Asked, EnrolFault, Read, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::backend::cards::StandsFor;
use crate::backend::order::Order;
use crate::error::{PageError, Problem};
use crate::page::cards::give::Gives;
use crate::page::shell::Visit;
use crate::page::{cards, words};

/// The card that lies on the reader. Everything is null where none does, or it is not taken.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Card {
    /// What the town knows it by: 32 hexadecimal digits, no number of the card's.
    token: Option<String>,
    /// Whether it shows a My Number card's certificate.
    is_my_number: Option<bool>,
    /// Whether it is given to anybody.
    is_known: Option<bool>,
    /// Tries left of the PIN of four digits; asking costs none.
    pin_tries: Option<u8>,
    /// Tries left of 照合番号B.
    code_b_tries: Option<u8>,
    /// Why there is none to speak of, or why it may be a copy.
    why: Option<String>,
}

/// Whom the card that lies there is given to.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Enrol {
    /// The card that is meant, as `GET` named it.
    token: String,
    /// 16 hexadecimal digits of the register.
    person: String,
    /// 照合番号B, 14 digits: opens the card, so that its key is taken down. It costs a try if wrong, each
    /// time it is sent: where an answer is lost, look at the tries before it is sent again.
    code_b: Option<String>,
    /// The PIN of four digits instead.
    pin: Option<String>,
    /// It is meant all the same where the card is somebody else's or stopped, says another name or year
    /// of birth than the register, or has another key than the one that was taken down.
    #[serde(default)]
    replace: bool,
}

/// What was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Enrolled {
    /// Whether the card can prove itself from now on.
    proves: bool,
}

/// `GET /api/v1/card`
#[utoipa::path(
    get,
    path = "/api/v1/card",
    responses((status = 200, description = "The card that lies on the reader", body = Card)),
    security(("session" = []))
)]
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Json<Card> {
    let t = visit.lang.text();
    Json(match app.town().ask_card(Asked::Tries).await {
        Ok(Read::Tries { left, token, doubt }) => Card {
            token: Some(HEX.encode(token.as_bytes())),
            is_my_number: Some(left.is_some()),
            is_known: Some(app.town().stands_for(token) != StandsFor::Nobody),
            pin_tries: left.and_then(|left| left.pin),
            code_b_tries: left.and_then(|left| left.code_b),
            why: doubt.map(|doubt| t.say(cards::of_doubt(doubt)).to_owned()),
        },
        Ok(Read::Opened { .. }) => Card::default(),
        Err(fault) => Card { why: Some(cards::why(t, fault)), ..Card::default() },
    })
}

/// `POST /api/v1/card`
#[utoipa::path(
    post,
    path = "/api/v1/card",
    request_body = Enrol,
    responses(
        (status = 200, description = "The card is that person's", body = Enrolled),
        (status = 409, description = "Nothing was recorded; why, and what to do", body = Problem),
    ),
    security(("session" = []))
)]
pub(crate) async fn enrol(
    State(app): State<App>,
    visit: Visit,
    body: Result<Json<Enrol>, axum::extract::rejection::JsonRejection>,
) -> Result<Response, PageError> {
    let t = visit.lang.text();
    let Ok(Json(asked)) = body else { return Err(PageError::BadField { field: "body" }) };
    let person = asked.person.parse().map_err(|_| PageError::BadField { field: "person" })?;
    let bearer = app.town().bearer(person).ok_or(PageError::NotFound)?;
    let conflict =
        |said: &str| Problem::answer(StatusCode::CONFLICT, t.say("cards.not_enrolled"), said);
    let token = cards::named(&asked.token).ok_or(PageError::BadField { field: "token" })?;
    let opens = match (&asked.code_b, &asked.pin) {
        (Some(code), _) => Some(Asked::open(Secret::CodeB, code)),
        (None, Some(pin)) => Some(Asked::open(Secret::Pin, pin)),
        (None, None) => None,
    };
    let is_opened = opens.is_some();
    // Why it may be a copy is asked before a try is spent, and costs none.
    let doubt = match app.town().ask_card(Asked::Tries).await {
        Ok(Read::Tries { doubt, token: lies, .. }) if lies == token => doubt,
        Ok(_) => None,
        Err(fault) => return Ok(conflict(&cards::why(t, fault))),
    };
    let read = match opens.unwrap_or(Ok(Asked::Tries)) {
        Ok(ask) => app.town().ask_card(ask.of_card(token)).await,
        Err(fault) => Err(fault),
    };
    let (lies, key, holder) = match read {
        Ok(Read::Opened { token, key, holder }) => (token, key, Some(holder)),
        Ok(Read::Tries { token, .. }) => (token, None, None),
        Err(EnrolFault::Fault(_)) if is_opened => return Ok(conflict(t.say("cards.unread_open"))),
        Err(fault) => return Ok(conflict(&cards::why(t, fault))),
    };
    if lies != token {
        return Ok(conflict(t.say("cards.changed")));
    }
    let gives = Gives { token, person, key, holder, doubt };
    if gives.is_unproven_copy() {
        return Ok(conflict(t.say("cards.open_first")));
    }
    let objections = gives.objections(app.town(), t, &bearer);
    if !asked.replace && !objections.is_empty() {
        return Ok(conflict(&objections.join(" ")));
    }
    let proves = gives.will_prove(app.town());
    match app.town().submit(Order::Service(gives.command(asked.replace))).await {
        Ok(_) | Err(Refusal::NothingToChange) => Ok(Json(Enrolled { proves }).into_response()),
        Err(refusal) => Ok(conflict(words::refused(t, refusal))),
    }
}
