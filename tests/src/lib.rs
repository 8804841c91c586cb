//! What the benchmarks share: towns written straight into journals, replicas that talk in memory,
//! the same entries as an Automerge document, and figures as lines of JSON.
//!
//! It measures and judges nothing: each benchmark says what its figures are held against.

pub mod automerge_twin;
pub mod disk;
pub mod figure;
pub mod meeting;
pub mod replica;
pub mod town;
