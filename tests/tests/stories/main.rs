//! Stories across crates: one binary, one module a story.

mod asleep;
mod card_reader;
mod chain;
mod cut_off;
mod damaged_store;
mod drill;
mod hosts;
mod lan_discovery;
mod power_cuts;
mod quiet_mesh;
