//! The state machine of one node.

pub mod commit;
