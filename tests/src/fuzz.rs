//! Fuzzing: every decoder of foreign bytes, fed with bytes that nobody honest sends.
//!
//! A target is a function from bytes, and it panics where a promise does not hold. It asks more
//! than that nothing crashes: what is read is written again as it came, an error names its place,
//! and a neighbour's words change what that neighbour may write and nothing else. `make fuzz` runs
//! the targets under libFuzzer ([`campaign`]); `make test` runs each over its kept inputs
//! ([`corpus`]). docs/FUZZING.md says how an input is replayed and kept.

pub mod campaign;
pub mod corpus;
mod credentials;
mod cursor;
mod edits;
mod facts;
mod files;
mod imports;
mod journals;
mod keys;
mod neighbours;
mod scene;
mod seeds;
mod services;
mod socket;
mod wire;

/// One decoder, or one conversation.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// What it is called on the command line, and its corpus.
    pub name: &'static str,
    /// Runs it on an input.
    ///
    /// # Panics
    /// When a promise does not hold for these bytes.
    pub run: fn(&[u8]),
    /// Inputs made of real values, from which libFuzzer begins.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// The most bytes of an input: what is longer reaches nothing that is not reached by less.
    pub bytes_max: usize,
}

macro_rules! targets {
    ($($name:ident: $module:ident, $bytes_max:literal;)*) => {
        &[$(Target {
            name: stringify!($name),
            run: $module::$name,
            seeds: seeds::$name,
            bytes_max: $bytes_max,
        }),*]
    };
}

/// Every target, in the order in which `make fuzz` runs them.
pub const TARGETS: &[Target] = targets! {
    frame: wire, 4096;
    stream: wire, 4096;
    report: wire, 2048;
    credential: credentials, 2048;
    journal: journals, 4096;
    fact: facts, 2048;
    document: edits, 1024;
    service: services, 4096;
    admitted_neighbour: neighbours, 2048;
    unknown_neighbour: neighbours, 2048;
    control_request: socket, 4096;
    control_response: socket, 4096;
    card: socket, 8192;
    node_config: files, 4096;
    gateway_config: files, 4096;
    node_key: files, 512;
    town_file: files, 4096;
    locked_key: files, 2048;
    addresses: files, 2048;
    register_csv: imports, 4096;
    tokens_csv: imports, 2048;
    pupils_csv: imports, 2048;
    sites_geojson: imports, 4096;
    lists_toml: imports, 4096;
};

/// The target of that name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

#[cfg(test)]
mod tests;
