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

/// Whether the reader of a form was asked, and meant it.
pub(crate) fn is_sure(fields: &Fields) -> bool {
    fields.text(SURE) == "yes"
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
