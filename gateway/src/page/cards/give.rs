//! A card is given to a person, and whoever gives it is asked first where something speaks against it.

use axum::extract::State;
use axum::response::Response;
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use digiana_core::engine::input::Command;
use digiana_core::fact::token::TokenState;
use digiana_core::id::PersonId;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::shelter::command;
use digiana_core::token::proof::ProofKey;
use digiana_core::token::{TokenMistake, TokenTag};
use digiana_node::reader::enrol::{Asked, Doubt, Holder, Read};

use super::{HOME, Opened, address, born, spaced, why};
use crate::app::App;
use crate::backend::cards::{Bearer, StandsFor};
use crate::backend::order::Order;
use crate::backend::{Backend, ShownName};
use crate::error::PageError;
use crate::page::confirm::{self, Question};
use crate::page::form::StaffForm;
use crate::page::words;
use crate::routes::see_other;
use crate::text::Text;

/// `POST /cards/enrol`: the card that lies there is this person's.
pub(crate) async fn enrol(State(app): State<App>, form: StaffForm) -> Result<Response, PageError> {
    let t = form.t();
    let person: PersonId = form.fields.read("person")?;
    let back = address(person);
    // It is the card that the page spoke of, and no other that came to lie there since.
    let (token, doubt) = match app.town().ask_card(Asked::Tries).await {
        Ok(Read::Tries { token, doubt, .. }) => (token, doubt),
        Ok(Read::Opened { token, .. }) => (token, None),
        Err(fault) => return Ok(form.refuse(&app, &why(t, fault), &back)),
    };
    if HEX.encode(token.as_bytes()) != form.fields.text("token") {
        return Ok(form.refuse(&app, t.say("cards.changed"), &back));
    }
    let said = |opened: &Opened| {
        (opened.token == token).then(|| (opened.holder.clone(), opened.key.clone()))
    };
    let said = app.opened_cards().look(&form.staff, said).flatten();
    if said.is_none() && form.fields.has("opened") {
        return Ok(form.refuse(&app, t.say("cards.too_late"), &back));
    }
    let (holder, key) = said.map_or((None, None), |(holder, key)| (Some(holder), key));
    let held = app.town().proof_keys(token);
    let is_strange = |key: &ProofKey| !held.is_empty() && !held.contains(key);
    if doubt.is_none() && key.as_ref().is_some_and(is_strange) {
        // The card that lies there is what it says; it was a copy of it that was opened before.
        app.opened_cards().forget(&form.staff);
        return Ok(form.refuse(&app, t.say("cards.changed"), &back));
    }
    Ok(give(&app, form, Gives { token, person, key, holder, doubt }).await)
}

/// `POST /cards/typed`: a card without a reader, or a printed code, by its number.
pub(crate) async fn enrol_typed(
    State(app): State<App>,
    form: StaffForm,
) -> Result<Response, PageError> {
    let t = form.t();
    let person: PersonId = form.fields.read("person")?;
    match app.town().typed_token(form.fields.text("number")) {
        Ok(token) => {
            let gives = Gives { token, person, key: None, holder: None, doubt: None };
            Ok(give(&app, form, gives).await)
        }
        Err(TokenMistake::LooksLikeMyNumber) => {
            Ok(form.refuse_in_silence(&app, t.say("desk.search_my_number"), &address(person)))
        }
        Err(_) => Ok(form.refuse(&app, t.say("cards.no_number"), &address(person))),
    }
}

/// Which card is given to whom, and what the card itself said.
pub(crate) struct Gives {
    pub(crate) token: TokenTag,
    pub(crate) person: PersonId,
    /// The key it proves itself with, where it was opened and has one.
    pub(crate) key: Option<ProofKey>,
    /// Whose it says it is, where it was opened.
    pub(crate) holder: Option<Holder>,
    /// Why it may be a copy.
    pub(crate) doubt: Option<Doubt>,
}

impl Gives {
    /// A copy is given to nobody by its number: its taps are turned away.
    pub(crate) fn is_unproven_copy(&self) -> bool {
        self.doubt == Some(Doubt::OtherKey) && self.key.is_none()
    }

    /// Whether the card that a desk took down before stops working. What a card shows before it is
    /// opened does not tell: a copy may begin to sign then.
    fn replaces_key(&self, town: &dyn Backend) -> bool {
        let held = town.proof_keys(self.token);
        self.key.as_ref().is_some_and(|key| held.iter().any(|held| held != key))
    }

    /// Whether a tap of this card proves it once it is given.
    pub(crate) fn will_prove(&self, town: &dyn Backend) -> bool {
        self.key.is_some()
            || (self.doubt.is_none() && self.holder.is_none() && town.proves(self.token))
    }

    /// What speaks against it, a sentence each, for whoever may mean it all the same.
    pub(crate) fn objections(&self, town: &dyn Backend, t: &Text, to: &Bearer) -> Vec<String> {
        let mut objections = Vec::new();
        if let Some(holder) = self.holder.as_ref().filter(|holder| !is_said_of(holder, to)) {
            let said = format!("{}　{}", holder.name, born(t, holder));
            objections.push(t.fill("cards.says_other", &[("said", &said)]));
        }
        if self.doubt == Some(Doubt::WouldNotSign) {
            objections.push(t.say("cards.would_not_sign").to_owned());
        }
        if self.replaces_key(town) {
            objections.push(t.say("cards.replace_key").to_owned());
        }
        match town.stands_for(self.token) {
            StandsFor::Nobody => {}
            StandsFor::Several => objections.push(t.say("cards.of_several").to_owned()),
            StandsFor::Somebody { person, state, .. } if person == to.person => {
                if state != TokenState::Active {
                    objections.push(t.say("cards.replace_stopped").to_owned());
                }
            }
            StandsFor::Somebody { name, state, .. } => {
                let whose = match state {
                    TokenState::Active => "cards.of_somebody",
                    TokenState::Suspended => "cards.lost_by",
                    TokenState::Ended => "cards.ended_of",
                };
                objections.push(t.fill(whose, &[("name", &words::name(t, &name))]));
                objections.push(t.say("cards.replace_note").to_owned());
            }
        }
        objections
    }

    pub(crate) fn command(self, replace: bool) -> Command {
        let Self { token, person, key, .. } = self;
        Command::Shelter(command::Command::EnrolCard { token, person, key, replace })
    }
}

/// Whether what a card says of its holder may be said of somebody of the register. Whoever is
/// protected has no name here to compare.
fn is_said_of(holder: &Holder, bearer: &Bearer) -> bool {
    let (year, ..) = holder.birth;
    let is_named = match &bearer.name {
        // Behind a name may stand in brackets what it was before, or that it is drill data.
        ShownName::Shown { name, .. } => spaced(name)
            .strip_prefix(&spaced(&holder.name))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['（', '('])),
        ShownName::Protected | ShownName::Unknown => true,
    };
    is_named && bearer.birth_year.is_none_or(|born| born == i32::from(year))
}

async fn give(app: &App, form: StaffForm, gives: Gives) -> Response {
    let (t, back) = (form.t(), address(gives.person));
    let Some(bearer) = app.town().bearer(gives.person) else {
        return form.refuse(app, form.refused(Refusal::UnknownPerson), HOME);
    };
    if gives.is_unproven_copy() {
        return form.refuse(app, t.say("cards.open_first"), &back);
    }
    let name = words::name(t, &bearer.name);
    let objections = gives.objections(app.town(), t, &bearer);
    let word = confirm::word_of(&objections);
    if !objections.is_empty() && !confirm::is_sure_of(&form.fields, &word) {
        let of_key = gives.replaces_key(app.town());
        let asked = if of_key { "cards.ask_key" } else { "cards.ask_replace" };
        let question = Question {
            asked: t.fill(asked, &[("name", &name)]),
            note: &objections.join("　"),
            yes: t.say(if of_key { "cards.replace_key_yes" } else { "cards.replace" }),
            back: &back,
            sure: &word,
        };
        return form.ask(app, question);
    }
    let replace = !objections.is_empty();
    let proves = gives.will_prove(app.town());
    let says = if proves { "cards.done_enrol" } else { "cards.done_link" };
    let done = t.fill(says, &[("name", &name)]);
    match form.record(app, Order::Service(gives.command(replace)), done, &back).await {
        Ok(()) => {
            app.opened_cards().forget(&form.staff);
            see_other(&back)
        }
        Err(refusal) => form.refuse(app, form.refused(refusal), &back),
    }
}
