//! The town, without the world.
//!
//! This crate decides what a tap means, keeps the replica, and talks to peers, all as values. It
//! opens no file or socket, starts no thread, reads no clock and rolls no dice: `node` does that
//! for real, and `sim` does it for pretend.

pub mod credential;
pub mod engine;
pub mod fact;
pub mod frontier;
pub mod id;
pub mod journal;
pub mod limits;
pub mod planted;
pub mod receipt;
pub mod record;
pub mod register;
pub mod scope;
pub mod service;
pub mod sign;
pub mod sync;
pub mod time;
pub mod token;
pub mod view;
pub mod wire;

#[cfg(test)]
mod tests;
