//! Stories across crates: one binary, one module a story.

mod asleep;
mod bad_road;
mod card_judges;
mod card_reader;
mod chain;
mod crooked_peers;
mod cut_off;
mod damaged_store;
mod disk_full;
mod drill;
mod hosts;
mod lan_discovery;
mod my_number;
mod pcsc_host;
mod power_cuts;
mod printed_code;
mod quiet_mesh;
#[cfg(feature = "pcsc")]
mod shelter_card;
