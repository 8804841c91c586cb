//! What benchmarks and stories share: towns written straight into journals, replicas that talk in
//! memory, the same entries as an Automerge document, towns of real processes, what every store
//! promises, what the pictures of pages were made of, and figures as lines of JSON.
//!
//! It measures and judges nothing: each benchmark says what its figures are held against.

pub mod automerge_twin;
pub mod cards;
pub mod disk;
pub mod figure;
pub mod fuzz;
pub mod gateways;
pub mod meeting;
pub mod pictures;
pub mod processes;
pub mod raw;
pub mod readers;
pub mod replica;
pub mod store_contract;
pub mod town;
