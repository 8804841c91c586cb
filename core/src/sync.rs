//! Sync: exact, without a memory of the peer.
//!
//! Whoever dialled speaks first. Equal replicas find out in one round trip of forty bytes each;
//! different ones compare digests, then vectors, and exchange what is missing by the urgency of
//! its scope. After that every durable entry is pushed to whoever lacks it.

pub mod frame;
