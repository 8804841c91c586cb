//! Stories across crates: one binary, one module a story.

#[path = "stories/lan_discovery.rs"]
mod lan_discovery;
