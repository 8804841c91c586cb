//! The rules: what a command means, given what is known here and the time.
//!
//! Pure: the same knowledge, command and time give the same facts or the same refusal.

use crate::fact::Fact;
use crate::service::asked::Context;
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::tokens::TokenFold;

use super::command::Command;
use super::fold::WellbeingFold;

/// What is known here.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The wellbeing scope.
    pub wellbeing: &'a WellbeingFold,
    /// The tokens scope.
    pub tokens: &'a TokenFold,
    /// The town scope's records: rules and lists.
    pub town: Option<&'a RecordsFold>,
}

/// Decides what a command means: at least one fact, or why not.
///
/// # Errors
/// The first refusal that applies, in the order of [`Refusal`].
pub fn decide(
    known: &Known<'_>,
    command: &Command,
    context: &Context,
) -> Result<Vec<Fact>, Refusal> {
    let _ = (known, command, context);
    Err(Refusal::NotPermitted)
}
