//! Stories across crates: one binary, one module a story.

mod card_reader;
mod cut_off;
mod drill;
mod hosts;
mod lan_discovery;
mod quiet_mesh;
