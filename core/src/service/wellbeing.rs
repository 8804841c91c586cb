//! Visits and points: who came to a facility, and what they earned, spent and owe.

pub mod command;
pub mod decide;
pub mod fold;
