//! What a ride, a book and a counter mean, and what the town then knows.

mod folding;
pub(crate) mod rehearsal;
mod rules;
mod stories;
mod weight;
