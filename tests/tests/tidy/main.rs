//! What is true of the house, held by reading it.
//!
//! Each module holds one kind of rule. A rule is a function from texts to findings, so a second
//! test can show it a planted breach: a check that cannot fail holds nothing. Nothing of the
//! project is run here; the input is the files git knows, and what `cargo metadata` says.

mod arrows;
mod code;
mod documents;
mod homes;
mod layout;
mod licences;
mod metadata;
mod order;
mod pictures;
mod repository;
mod wording;
