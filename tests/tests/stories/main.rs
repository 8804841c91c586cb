//! Stories across crates: one binary, one module a story.

mod lan_discovery;
