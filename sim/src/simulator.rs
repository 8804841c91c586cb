//! A town in which everything happens that a seed draws: virtual time, and the real engines.
//!
//! Nothing here reads a clock or opens a socket. The same seed makes the same town, step for step,
//! so whatever goes wrong in one can be looked at again.

pub mod disk;
pub mod model;
