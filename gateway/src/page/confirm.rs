//! A question before a step that a tired person may not mean: asked by a page, not by a script.

use askama::Template;
use axum::response::Response;

use crate::page::form::Fields;
use crate::page::shell::{self, Shell};

/// What is asked before something is done.
pub(crate) struct Question<'a> {
    /// The question.
    pub(crate) asked: String,
    /// What it means, and how to take it back.
    pub(crate) note: &'a str,
    /// The button that does it.
    pub(crate) yes: &'a str,
    /// Where whoever did not mean it goes.
    pub(crate) back: &'a str,
    /// What the answer says: [`YES`], or a word of what was asked, so that it answers nothing else.
    pub(crate) sure: &'a str,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    shell: Shell,
    question: Question<'a>,
    action: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

/// The field by which a form says that its reader was asked.
const SURE: &str = "sure";

/// The answer to a question that is always the same.
pub(crate) const YES: &str = "yes";

/// How many hexadecimal digits a word of what was asked has.
const WORD_DIGITS: usize = 16;

/// A word of what was asked: another one where something else is to be asked by now.
pub(crate) fn word_of(asked: &[String]) -> String {
    blake3::hash(asked.join("\n").as_bytes()).to_hex().chars().take(WORD_DIGITS).collect()
}

/// Whether the reader of a form was asked, and meant it.
pub(crate) fn is_sure(fields: &Fields) -> bool {
    is_sure_of(fields, YES)
}

/// Whether the reader of a form was asked just that, and meant it.
pub(crate) fn is_sure_of(fields: &Fields, word: &str) -> bool {
    fields.text(SURE) == word
}

/// The page that asks, with everything that the form for `action` said.
pub(crate) fn page(
    shell: Shell,
    question: Question<'_>,
    action: &str,
    fields: &Fields,
) -> Response {
    let fields = fields.iter().filter(|(name, _)| !["csrf", "form", SURE].contains(name)).collect();
    shell::html(&ConfirmPage { shell, question, action, fields })
}
