//! Schools: which pupils have arrived, left, or are absent.

pub mod command;
pub mod decide;
pub mod fold;
