//! Ticket books and rides: who may ride for what, and what a tap in a vehicle means.
//!
//! A rider is never refused: a ride without a right is an IOU that the next book pays.

pub mod allot;
pub mod command;
pub mod decide;
pub mod fold;
pub mod ledger;
pub mod rows;

#[cfg(test)]
pub(crate) mod tests;
