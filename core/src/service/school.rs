//! Schools: which pupils have arrived, left, or are absent.
//!
//! A school writes arrivals and departures only; points for them are granted by a rule where both
//! scopes meet. It knows its pupils by the list in its own scope, and no other child.

pub mod command;
pub mod decide;
pub mod fold;
pub mod pupils;
pub mod standing;
pub mod timetable;
pub mod writes;

#[cfg(test)]
pub(crate) mod tests;
