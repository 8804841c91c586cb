//! What is true of core as a whole.

mod golden;
