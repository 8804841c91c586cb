//! Ticket books and rides: who may ride for what, and what a tap in a vehicle means.
//!
//! A rider is never refused: a ride without a right is an IOU that the next book pays.

pub mod command;
pub mod decide;
pub mod fold;
