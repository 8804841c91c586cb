//! What a file brings, made into a command by what is held.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use digiana_core::engine::folds::Folds;
use digiana_core::engine::input::Command;
use digiana_core::fact::edit::{Change, Edit, Value};
use digiana_core::id::PersonId;
use digiana_core::limits::FACTS_PER_COMMAND_MAX;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::people;
use digiana_core::service::records::RecordsFold;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::shelter;
use digiana_core::service::tokens::{Resolved, TokenFold};
use digiana_core::token::TokenTag;

use crate::control::Request;

/// The edits that change anything, each having seen what is held: whoever brings a file means it
/// to take the place of what the file's keeper wrote before.
///
/// An edit that says what its author saw is let be. A flag that nobody ever set says no.
pub fn changes_only(held: Option<&RecordsFold>, edits: Vec<Edit>) -> Vec<Edit> {
    let mut changes = Vec::new();
    for mut edit in edits {
        let register = held.and_then(|held| held.field(edit.record, edit.field));
        if edit.saw == Saw::NOTHING {
            let mut current = register.into_iter().flat_map(|register| register.current());
            let first = current.next().map(|write| write.value.value.as_ref());
            let agree = current.all(|write| Some(write.value.value.as_ref()) == first);
            if agree && is_so(first.flatten(), &edit.change) {
                continue;
            }
            edit.saw = register.map_or(Saw::NOTHING, |register| register.saw());
        }
        changes.push(edit);
    }
    changes
}

fn is_so(held: Option<&Value>, change: &Change) -> bool {
    match change {
        Change::Put(value) => held.unwrap_or(&Value::Bool(false)) == value,
        Change::Delete => held.is_none(),
        Change::Splice(_) => false,
    }
}

/// Whether a token is given to that person already, by whichever of their ids.
fn is_given(tokens: &TokenFold, token: TokenTag, person: PersonId) -> bool {
    tokens.resolve(token) == Resolved::Person(tokens.canonical(person))
}

/// Whether the register knows somebody. A file that gives a token to anybody else has a wrong
/// number in it, or came before the register did.
pub(super) fn is_known(folds: &Folds, person: PersonId) -> bool {
    folds.records(Scope::Register).is_some_and(|register| people::exists(register, person))
}

/// The command that an import's request comes to; none when all of it is so already. For the
/// running node, which answers [`Recorded`](crate::control::Response::Recorded) with the number of
/// facts once they are durable.
///
/// # Errors
/// What is wrong with the request, or that it is no import's: the text of
/// [`Error`](crate::control::Response::Error).
pub fn command_of(request: &Request, folds: &Folds) -> Result<Option<Command>, String> {
    match request {
        Request::Edits { scope, edits } => {
            let scope: Scope = scope.parse().map_err(|fault| format!("scope: {fault}"))?;
            bounded(edits.len())?;
            let edits = edits.iter().enumerate().map(|(at, edit)| read_edit(at, edit));
            let edits = changes_only(folds.records(scope), edits.collect::<Result<_, _>>()?);
            Ok((!edits.is_empty()).then_some(Command::Edit { scope, edits }))
        }
        Request::LinkTokens { links } => {
            bounded(links.len())?;
            let mut tokens = BTreeSet::new();
            let mut commands = Vec::new();
            for (at, (token, person)) in links.iter().enumerate() {
                let wrong = |what: &str| format!("link {}: {what}", at + 1);
                let bytes = HEXLOWER.decode(token.as_bytes()).ok();
                let token = bytes.and_then(|bytes| bytes.try_into().ok()).map(TokenTag);
                let token = token.ok_or_else(|| wrong("a token's tag is 32 hexadecimal digits"))?;
                let person: PersonId = person.parse().map_err(|_| {
                    wrong(&format!("a person is {} hexadecimal digits", 2 * PersonId::LEN))
                })?;
                if !tokens.insert(token) {
                    return Err(wrong("the same token stands there twice"));
                }
                if !is_known(folds, person) {
                    return Err(wrong(&Refusal::UnknownPerson.to_string()));
                }
                if !is_given(&folds.tokens, token, person) {
                    let link =
                        shelter::command::Command::LinkToken { token, person, replace: false };
                    commands.push(Command::Shelter(link));
                }
            }
            Ok((!commands.is_empty()).then_some(Command::Together(commands)))
        }
        Request::Status
        | Request::Outcomes { .. }
        | Request::Pause { .. }
        | Request::Resume { .. }
        | Request::Journals
        | Request::Incident { .. }
        | Request::Site { .. }
        | Request::Charge { .. } => Err("this brings nothing to record".to_owned()),
    }
}

fn bounded(len: usize) -> Result<(), String> {
    match len {
        0 => Err("nothing is asked".to_owned()),
        1..=FACTS_PER_COMMAND_MAX => Ok(()),
        len => Err(format!("{len} are over the limit of {FACTS_PER_COMMAND_MAX}")),
    }
}

fn read_edit(at: usize, text: &str) -> Result<Edit, String> {
    let wrong = |why: String| format!("edit {}: {why}", at + 1);
    let bytes = HEXLOWER
        .decode(text.as_bytes())
        .map_err(|error| wrong(format!("an edit is hexadecimal: {error}")))?;
    let mut decoder = minicbor::Decoder::new(&bytes);
    let edit = decoder.decode().map_err(|error| wrong(error.to_string()))?;
    if decoder.position() == bytes.len() {
        Ok(edit)
    } else {
        Err(wrong(format!("bytes follow at {}", decoder.position())))
    }
}
