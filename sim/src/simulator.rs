//! A town in which everything happens that a seed draws: virtual time, and the real engines.
//!
//! Nothing here reads a clock or opens a socket. The same seed makes the same town, step for step,
//! so whatever goes wrong in one can be looked at again.

pub mod campaign;
pub mod cast;
pub mod clock;
pub mod disk;
pub mod fault;
pub mod life;
pub mod model;
pub mod plan;
pub mod scenario;
pub mod slip;
pub mod step;
pub mod trace;
pub mod violation;

mod check;
mod hands;
mod line;
mod probe;
mod raw;
mod roll;
mod world;

pub use self::world::Tally;

#[cfg(test)]
mod tests;
