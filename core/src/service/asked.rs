//! Where and when something is asked, and the checks that every service makes of what is asked.

use crate::id::{PersonId, SiteId};
use crate::limits::{FACT_TEXT_CHARS_MAX, FACTS_PER_COMMAND_MAX};
use crate::service::refusal::Refusal;
use crate::time::{Confidence, Wall};

/// How far in the future a time may lie that somebody says: clocks of desks differ a little.
const AHEAD_SECONDS_MAX: i64 = 5 * 60;

/// Where and when a command is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The site that this reader belongs to.
    pub site: Option<SiteId>,
    /// What the wall clock shows.
    pub now: Wall,
}

/// Refuses a text that a fact cannot hold whole.
pub(super) fn fits(text: &str) -> Result<(), Refusal> {
    let over = text.chars().nth(FACT_TEXT_CHARS_MAX).is_some();
    if over { Err(Refusal::TooLong) } else { Ok(()) }
}

/// Refuses a reason that says nothing, or too much.
pub(super) fn reason(text: &str) -> Result<(), Refusal> {
    fits(text)?;
    if text.trim().is_empty() { Err(Refusal::NoReason) } else { Ok(()) }
}

/// Refuses more people than one command may name.
pub(super) fn few(persons: &[PersonId]) -> Result<(), Refusal> {
    if persons.len() > FACTS_PER_COMMAND_MAX { Err(Refusal::TooMany) } else { Ok(()) }
}

/// Refuses a time that has not come. A clock that was never set cannot judge.
pub(super) fn past(happened_at: Option<i64>, context: &Context) -> Result<(), Refusal> {
    let now = context.now;
    let ahead = |at: i64| at.saturating_sub(now.seconds) > AHEAD_SECONDS_MAX;
    if now.confidence != Confidence::Unsure && happened_at.is_some_and(ahead) {
        Err(Refusal::TimeInFuture)
    } else {
        Ok(())
    }
}
