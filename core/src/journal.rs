//! Journals: one node's append-only log in one scope in one life.
//!
//! What is stored, synced and signed is a journal of entries; everything else is what the set of
//! admitted entries folds into. A life begins with the first entry of a run and ends with the run, so
//! a device that lost its last moments never collides with itself.

pub mod batch;
pub mod chain;
pub mod entry;
pub mod journals;
pub mod opening;
pub mod writer;
