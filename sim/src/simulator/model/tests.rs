//! The rules of the town as stories, and the services' folds held to the model.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod asked;
mod drawn;
mod engines;
mod lives;
mod planted;
mod refused;
mod rehearsal;
mod stories;
mod words;
