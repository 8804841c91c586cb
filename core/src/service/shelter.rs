//! Shelters: who came, who left, who is safe, and what a tap at a shelter's reader means.
//!
//! It knows people by their ids only, and no token and no name: those are of other scopes. It
//! never says that somebody is missing; it says who is accounted for, and a view that may read the
//! register subtracts.

mod attend;
pub mod command;
pub mod decide;
pub mod fold;
pub mod incident;
pub mod presence;

pub mod writes;

#[cfg(test)]
mod tests;
