//! The town, without the world.
//!
//! This crate decides what a tap means, keeps the replica, and talks to peers, all as values. It
//! opens no file or socket, starts no thread, reads no clock and rolls no dice: `node` does that
//! for real, and `sim` does it for pretend.

pub mod id;
pub mod limits;
pub mod time;
pub mod wire;
