//! Visits and points: who came to a facility, and what they earned, spent and owe.
//!
//! A person may have several ids, which the tokens scope joins. This fold keeps each id's facts by
//! themselves, and everything that is asked of a person is asked of all their ids together.

pub mod command;
pub mod decide;
pub mod due;
pub mod earn;
pub mod fold;
#[cfg(test)]
pub(crate) mod rehearsal;
pub mod rows;
pub mod statement;
pub mod wallet;

#[cfg(test)]
mod tests;
