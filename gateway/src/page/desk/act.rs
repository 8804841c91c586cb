//! What the forms of a desk do.

use axum::extract::State;
use axum::response::Response;
use digiana_core::fact::shelter::Act;
use digiana_core::id::{PersonId, SiteId};
use digiana_core::limits::FACTS_PER_COMMAND_MAX;
use digiana_core::scope::Scope;
use digiana_core::service::refusal::Refusal;

use super::address::Address;
pub(crate) use super::tap::dismiss;
use super::{late, tap};
use crate::app::App;
use crate::backend::order::Order;
use crate::error::PageError;

use crate::page::form::{Fields, StaffForm};
use crate::page::typed::{Mistake, NAME_CHARS_MAX, Typed};
use crate::page::{board, confirm, when, words};
use crate::routes::see_other;

const NAME: Typed = Typed::new("name", "desk.name");
const KANA: Typed = Typed::new("kana", "desk.kana");
const BIRTH_YEAR: Typed = Typed::new("birth_year", "desk.birth_year");
const DESTINATION: Typed = Typed::new("destination", "desk.destination");
const REASON: Typed = Typed::new("reason", "desk.reason");

/// `POST /desk/site`
pub(crate) async fn set_site(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let back = Address::after(&form, form.site()?).to_string();
    board::set_site_and_return(&app, form, &back).await
}

/// `POST /desk/check-in`: those who are ticked.
pub(crate) async fn check_in(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let people = form.fields.all("person").take(FACTS_PER_COMMAND_MAX);
    let people: Result<Vec<PersonId>, _> = people.map(str::parse).collect();
    let mut people = people.map_err(|_| PageError::BadField { field: "person" })?;
    people.sort_unstable();
    people.dedup();
    let again = Address::again(&form, site).to_string();
    if people.is_empty() {
        return Ok(form.refuse(&app, form.t().say("refused.nobody"), &again));
    }
    let happened_at = match late::happened_at(&form.fields, app.town().now()) {
        Ok(happened_at) => happened_at,
        Err(mistake) => return Ok(form.mend(&app, &mistake, &again)),
    };
    let done = form.t().fill("done.check_in", &[("n", &people.len().to_string())]);
    let anyway = people.len() == 1 && confirm::is_sure(&form.fields);
    let order = Order::CheckIn { site, people, happened_at, anyway };
    Ok(send(&app, &form, site, order, done).await)
}

/// `POST /desk/walk-in`
pub(crate) async fn walk_in(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let order = match written_down(site, &form.fields, app.town().now()) {
        Ok(order) => order,
        Err(mistake) => {
            return Ok(form.mend(&app, &mistake, &Address::after(&form, site).to_string()));
        }
    };
    let done = form.t().say("done.walk_in").to_owned();
    Ok(send(&app, &form, site, order, done).await)
}

fn written_down(site: SiteId, fields: &Fields, now: i64) -> Result<Order, Mistake> {
    let name = NAME.required(fields, NAME_CHARS_MAX)?;
    let kana = KANA.kana(fields, NAME_CHARS_MAX)?;
    let birth_year = BIRTH_YEAR.birth_year(fields)?;
    let happened_at = late::happened_at(fields, now)?;
    Ok(Order::WalkIn { site, name, kana, birth_year, happened_at })
}

/// `POST /desk/presence`: one row of the roster, by the button that was pressed.
pub(crate) async fn presence(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let site = form.site()?;
    let (t, now) = (form.t(), app.town().now());
    let gone = |act, done: &str| {
        let person = form.fields.read("person")?;
        let typed = DESTINATION
            .words(&form.fields)
            .and_then(|destination| Ok((destination, late::happened_at(&form.fields, now)?)));
        let order = typed.map(|(destination, happened_at)| Order::Presence {
            site,
            person,
            act,
            destination,
            happened_at,
            anyway: confirm::is_sure(&form.fields),
        });
        Ok::<_, PageError>((order, done.to_owned()))
    };
    let (order, done) = match form.fields.text("do") {
        "check-out" => gone(Act::CheckOut, t.say("done.check_out"))?,
        "leave" => gone(Act::Leave, t.say("done.leave"))?,
        "return" => gone(Act::Return, t.say("done.return"))?,
        "correct" => {
            let target = form.fields.read("entry")?;
            let reason = REASON.words(&form.fields);
            let order =
                reason.map(|reason| Order::Correct { scope: Scope::Shelter, target, reason });
            (order, t.say("done.correct").to_owned())
        }
        _ => return Err(PageError::BadField { field: "do" }),
    };
    match order {
        Ok(order) => Ok(send(&app, &form, site, order, done).await),
        Err(mistake) => Ok(form.mend(&app, &mistake, &Address::after(&form, site).to_string())),
    }
}

/// Sends an order and goes back to the desk in its mode; the tap that it was about is dealt with
/// when it was recorded.
async fn send(app: &App, form: &StaffForm, site: SiteId, order: Order, done: String) -> Response {
    let after = Address::after(form, site).to_string();
    let again = Address::again(form, site).to_string();
    match form.record(app, order, done, &after).await {
        Ok(()) => {
            tap::note_handled(app, &form.fields);
            see_other(&after)
        }
        Err(Refusal::SeenLater { person, site, at }) => {
            ask_of_the_later(app, form, &later(app, form, person, site, at), &again)
        }
        Err(refusal) => form.refuse(app, form.refused(refusal), &again),
    }
}

/// Who was seen later than a paper card says, where and when: the values of the sentences.
fn later(app: &App, form: &StaffForm, person: PersonId, site: SiteId, at: i64) -> [String; 3] {
    let members = app.town().household(person).members;
    let t = form.t();
    let name = members.first().map_or_else(String::new, |own| words::name(t, &own.name));
    let site = app.town().desk(site).map_or_else(String::new, |desk| desk.row.name);
    [name, site, when::stamp(t, at, app.town().now())]
}

/// Asks whether a card of one person is to count; of several, nobody is moved unseen.
fn ask_of_the_later(
    app: &App,
    form: &StaffForm,
    [name, site, at]: &[String; 3],
    again: &str,
) -> Response {
    let t = form.t();
    let values = [("name", name.as_str()), ("site", site), ("at", at)];
    if form.fields.all("person").nth(1).is_some() {
        return form.refuse(app, &t.fill("refused.seen_later_one", &values), again);
    }
    form.ask(
        app,
        confirm::Question {
            sure: confirm::YES,
            asked: t.fill("confirm.seen_later", &values),
            note: t.say("confirm.seen_later_note"),
            yes: t.say("confirm.seen_later_yes"),
            back: again,
        },
    )
}
