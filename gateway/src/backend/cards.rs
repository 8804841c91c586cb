//! What the page of cards reads: the card that lies on the reader, and whose cards are whose.

use std::future::Future;
use std::pin::Pin;

use digiana_core::fact::token::TokenState;
use digiana_core::id::PersonId;
use digiana_core::service::stamp::Stamped as _;
use digiana_core::service::tokens::Resolved;
use digiana_core::token::proof::ProofKey;
use digiana_core::token::{TokenMistake, TokenTag, parse_token_text};
use digiana_node::reader::enrol::{Asked, EnrolFault, Read};

use super::seen::Seen;
use super::seen::plain::{birth_year, shown_name};
use super::{Household, ShownName};

/// What a card answers, later.
pub type CardAnswer<'a> = Pin<Box<dyn Future<Output = Result<Read, EnrolFault>> + Send + 'a>>;

/// What the page of cards needs of the node.
pub trait CardBackend {
    /// Asks the card that lies on this device's reader.
    fn ask_card(&self, asked: Asked) -> CardAnswer<'_>;

    /// Somebody with their cards; `None` for somebody of whom nothing is known here.
    fn bearer(&self, person: PersonId) -> Option<Bearer>;

    /// Whether a card can prove that it is no copy: a desk has taken its key down.
    fn proves(&self, token: TokenTag) -> bool;

    /// The keys of a card that desks have taken down: several where they could not hear each other.
    fn proof_keys(&self, token: TokenTag) -> Vec<ProofKey>;

    /// Whom a card stands for.
    fn stands_for(&self, token: TokenTag) -> StandsFor;

    /// What the town knows a card by whose number was typed, or scanned from a printed code.
    ///
    /// # Errors
    /// [`TokenMistake`] when the text is no card's number.
    fn typed_token(&self, text: &str) -> Result<TokenTag, TokenMistake>;
}

/// Somebody with their cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Who, by the id that stands for all of theirs.
    pub person: PersonId,
    /// Their name, as far as the register may be read.
    pub name: ShownName,
    /// The year they were born in, as far as the register may be read.
    pub birth_year: Option<i32>,
    /// Their cards: in use first.
    pub cards: Vec<CardRow>,
}

/// One card of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardRow {
    /// What the town knows it by.
    pub token: TokenTag,
    /// Whether it opens doors.
    pub state: TokenState,
    /// Whether it can prove that it is no copy.
    pub proves: bool,
    /// When the town first heard of it, as far as that is still known: Unix seconds.
    pub given_at: Option<i64>,
}

/// Whom a card stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandsFor {
    /// Nobody gave it to anybody.
    Nobody,
    /// Somebody, in whatever state.
    Somebody {
        /// Who.
        person: PersonId,
        /// Their name, as far as the register may be read.
        name: ShownName,
        /// Whether it opens doors.
        state: TokenState,
    },
    /// Places that could not hear each other gave it to different people.
    Several,
}

impl Seen<'_> {
    fn bearer(&self, person: PersonId) -> Option<Bearer> {
        let tokens = &self.sources.tokens;
        let person = tokens.canonical(person);
        let given_at = |token| {
            let writes = tokens.token(token)?.writes().iter();
            writes.map(|write| write.value.when().seconds).min()
        };
        let row = |(token, state)| CardRow {
            token,
            state,
            proves: self.proves(token),
            given_at: given_at(token),
        };
        let mut cards: Vec<CardRow> = tokens.tokens_of(person).map(row).collect();
        cards.sort_by_key(|card| (card.state, card.token));
        let details = self.sources.person(person);
        let is_known = details.is_some() || !cards.is_empty();
        let name = shown_name(details.as_ref());
        let birth_year = details.as_ref().filter(|it| !it.protected).and_then(birth_year);
        is_known.then_some(Bearer { person, name, birth_year, cards })
    }

    fn proves(&self, token: TokenTag) -> bool {
        self.sources.tokens.proof_keys(token).next().is_some()
    }

    fn somebody(&self, person: PersonId, state: TokenState) -> StandsFor {
        let name = shown_name(self.sources.person(person).as_ref());
        StandsFor::Somebody { person, name, state }
    }

    fn stands_for(&self, token: TokenTag) -> StandsFor {
        match self.sources.tokens.resolve(token) {
            Resolved::Unknown => StandsFor::Nobody,
            Resolved::Conflict(_) => StandsFor::Several,
            Resolved::Person(person) => self.somebody(person, TokenState::Active),
            Resolved::Suspended(person) => self.somebody(person, TokenState::Suspended),
            Resolved::Ended(person) => self.somebody(person, TokenState::Ended),
        }
    }
}

/// The household of whoever holds the card whose number this text is; none where it is no number, or
/// nobody's.
pub(super) fn holder_of_typed(town: &impl super::Backend, text: &str) -> Option<Household> {
    match town.stands_for(town.typed_token(text).ok()?) {
        StandsFor::Somebody { person, .. } => Some(town.household(person)),
        StandsFor::Nobody | StandsFor::Several => None,
    }
}

impl CardBackend for super::node::NodeBackend {
    fn ask_card(&self, asked: Asked) -> CardAnswer<'_> {
        Box::pin(self.node().card().ask(asked))
    }

    fn bearer(&self, person: PersonId) -> Option<Bearer> {
        self.see(|seen| seen.bearer(person))
    }

    fn proves(&self, token: TokenTag) -> bool {
        self.see(|seen| seen.proves(token))
    }

    fn proof_keys(&self, token: TokenTag) -> Vec<ProofKey> {
        self.see(|seen| seen.sources.tokens.proof_keys(token).cloned().collect())
    }

    fn stands_for(&self, token: TokenTag) -> StandsFor {
        self.see(|seen| seen.stands_for(token))
    }

    fn typed_token(&self, text: &str) -> Result<TokenTag, TokenMistake> {
        parse_token_text(text).map(|typed| self.node().token_of(&typed))
    }
}

#[cfg(test)]
impl CardBackend for super::town::MemoryTown {
    fn ask_card(&self, asked: Asked) -> CardAnswer<'_> {
        let answer = self.change(|state| state.card.answer(&asked));
        Box::pin(async move { answer })
    }

    fn bearer(&self, person: PersonId) -> Option<Bearer> {
        self.see(|seen| seen.bearer(person))
    }

    fn proves(&self, token: TokenTag) -> bool {
        self.see(|seen| seen.proves(token))
    }

    fn proof_keys(&self, token: TokenTag) -> Vec<ProofKey> {
        self.see(|seen| seen.sources.tokens.proof_keys(token).cloned().collect())
    }

    fn stands_for(&self, token: TokenTag) -> StandsFor {
        self.see(|seen| seen.stands_for(token))
    }

    fn typed_token(&self, text: &str) -> Result<TokenTag, TokenMistake> {
        let key = digiana_core::token::TagKey::new([5; 32]);
        parse_token_text(text).map(|typed| TokenTag::of_uid(&key, typed.as_bytes()))
    }
}
