//! A shop's desk: staff type an amount, the customer taps, both see what is left.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use digiana_core::service::refusal::Refusal;
use digiana_node::config::Serves;
use digiana_node::handle::Did;
use digiana_node::reader::purpose::Purpose;

use crate::app::App;
use crate::auth::session::Staff;
use crate::backend::wellbeing::Payment;
use crate::backend::{Tap, TapOutcome};
use crate::error::PageError;
use crate::page::form::StaffForm;
use crate::page::shell::{self, Shell, Visit};
use crate::page::wellbeing::{act, who};
use crate::page::{when, words};
use crate::text::Text;

/// The most payments that the page lists, the newest first.
const PAYMENTS_MAX: usize = 30;

/// How long the desk shows what became of a tap.
const TAP_SHOWN_SECONDS: i64 = 60;

#[derive(Template)]
#[template(path = "shop.html")]
struct ShopPage {
    shell: Shell,
    /// What the next card pays.
    asked: Option<String>,
    /// What was typed, where it was refused.
    typed: String,
    tap: Option<TapLine>,
    takings: String,
    payments: Vec<PaymentLine>,
    is_here: bool,
}

struct TapLine {
    tone: &'static str,
    said: String,
}

struct PaymentLine {
    person: String,
    name: String,
    at: String,
    points: String,
    is_reversed: bool,
}

/// `GET /shop`
pub(crate) async fn show(
    State(app): State<App>,
    Extension(staff): Extension<Staff>,
    visit: Visit,
) -> Result<Response, PageError> {
    let shop = app.town().place().site.filter(|_| is_shop(&app));
    let shop = shop.ok_or(PageError::NotFound)?;
    let mut shell = Shell::staff(&app, &staff, &visit);
    let (t, now) = (shell.t, app.town().now());
    let asked = match app.town().purpose() {
        Purpose::Spend { points } => points,
        Purpose::CheckIn | Purpose::Visit | Purpose::Board { .. } | Purpose::School => None,
    };
    // While nothing is typed nothing is lost by asking again, and the customer's tap is seen soon.
    shell.refresh = if asked.is_some() { 3 } else { 0 };
    let takings = app.town().takings(shop);
    let n_points = |points: u64| t.fill("wellbeing.n_points", &[("n", &points.to_string())]);
    Ok(shell::html(&ShopPage {
        asked: asked.map(|points| n_points(points.into())),
        typed: if shell.is_refused_at("/shop") {
            shell.typed("points").to_owned()
        } else {
            String::new()
        },
        tap: app.town().last_tap().and_then(|tap| tap_line(&app, t, &tap)),
        takings: n_points(takings.points),
        payments: takings
            .payments
            .iter()
            .take(PAYMENTS_MAX)
            .map(|payment| payment_line(&app, t, payment, now))
            .collect(),
        is_here: !takings.payments.is_empty(),
        shell,
    }))
}

fn is_shop(app: &App) -> bool {
    app.town().serves() == Serves::Shop
}

fn payment_line(app: &App, t: &Text, payment: &Payment, now: i64) -> PaymentLine {
    let household = app.town().household(payment.person);
    let name = household.members.first().map(|own| own.name.clone());
    PaymentLine {
        person: payment.person.to_string(),
        name: who(t, &name.unwrap_or(crate::backend::ShownName::Unknown), payment.person),
        at: when::stamp(t, payment.at, now),
        points: t.fill("wellbeing.n_points", &[("n", &payment.points.to_string())]),
        is_reversed: payment.is_reversed,
    }
}

/// What became of the last tap, for as long as anybody still stands there.
fn tap_line(app: &App, t: &Text, tap: &Tap) -> Option<TapLine> {
    if app.town().now().saturating_sub(tap.at) >= TAP_SHOWN_SECONDS {
        return None;
    }
    let (tone, said) = match tap.outcome {
        TapOutcome::Accepted(Did::Spent(points)) => {
            let left = tap.person.map(|person| app.town().earned(person).points).unwrap_or(0);
            let (points, left) = (points.to_string(), left.to_string());
            ("done", t.fill("shop.paid", &[("n", &points), ("left", &left)]))
        }
        TapOutcome::NotNow(refusal) => ("refused", refused(t, refusal).to_owned()),
        TapOutcome::UnknownCard => ("refused", t.say("refused.unknown_token").to_owned()),
        TapOutcome::CardStopped => ("refused", t.say("refused.token_suspended").to_owned()),
        TapOutcome::TurnedAway(why) => ("refused", words::turned_away(t, why).to_owned()),
        TapOutcome::PulledTooSoon => ("refused", t.say("kiosk.pulled_next").to_owned()),
        TapOutcome::Accepted(_) | TapOutcome::Repeated => return None,
    };
    Some(TapLine { tone, said })
}

fn refused(t: &Text, refusal: Refusal) -> &str {
    words::refused(t, refusal)
}

/// `POST /shop`: the next card pays so much, or nothing after all.
pub(crate) async fn ask(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    if !is_shop(&app) {
        return Err(PageError::NotFound);
    }
    if form.fields.text("do") == "cancel" {
        app.town().set_purpose(Purpose::Spend { points: None });
        let said = form.t().say("shop.cancelled").to_owned();
        return Ok(form.tell(&app, said, "/shop"));
    }
    let points = match act::points(&form.fields) {
        Ok(points) => points,
        Err(mistake) => return Ok(form.mend(&app, &mistake, "/shop")),
    };
    app.town().set_purpose(Purpose::Spend { points: Some(points) });
    let said = form.t().fill("shop.asked", &[("n", &points.to_string())]);
    Ok(form.tell(&app, said, "/shop"))
}
