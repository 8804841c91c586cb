//! The world of one reader: its store, its mesh, its keys, its reader, and the one loop.
//!
//! It decides nothing about the town: what a tap means and who is welcome is `core`'s to say.

pub mod answers;
pub mod check;
pub mod config;
pub mod control;
pub mod handle;
pub mod keys;
pub mod mesh;
pub mod node;
pub mod reader;
pub mod road;
pub mod serve;
pub mod store;
pub mod telemetry;
pub mod typed;
