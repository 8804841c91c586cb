//! Whole towns of engines in memory: what residents are told, and what replicas agree on.

mod accepted;
mod hostile;
mod joining;
mod lives;
mod random;
mod strangers;
mod sync;
mod town;
