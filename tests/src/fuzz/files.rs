//! Files of the machine a node runs on, written by hands and by other programs.

use std::path::{Path, PathBuf};

use digiana_core::limits::NODES_MAX;
use digiana_core::sign::Scheme;
use digiana_gateway::authority::locked_key::LockedKey;
use digiana_gateway::config::GatewayConfig;
use digiana_node::config::{ConfigFault, ConfigFile};
use digiana_node::keys::{KeyFault, NodeKey, TownFile};
use digiana_node::node::addresses::AddressBook;

/// A fault of a configuration names the file and a line that is there.
fn has_a_line(why: &ConfigFault, text: &str) {
    let told = why.to_string();
    assert!(told.starts_with("/town/node.toml:"), "{told}");
    if let ConfigFault::Wrong { line, why, .. } = why {
        let lines = text.lines().count().max(1) + 1;
        assert!((1..=lines).contains(line) && !why.contains('\n'), "{told}");
    }
}

pub(super) fn node_config(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let read = ConfigFile::parse(Path::new("/town/node.toml"), text.to_owned());
    match read.and_then(|file| file.node()) {
        Ok(config) => assert!(config.data.starts_with("/") && config.town.starts_with("/")),
        Err(why) => has_a_line(&why, text),
    }
}

pub(super) fn gateway_config(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let read = ConfigFile::parse(Path::new("/town/node.toml"), text.to_owned());
    match read.and_then(GatewayConfig::of) {
        Ok(config) => assert!(config.web_data().starts_with("/")),
        Err(why) => has_a_line(&why, text),
    }
}

fn is_malformed(fault: KeyFault, text: &str) {
    let KeyFault::Malformed { line, why, .. } = fault else { panic!("{fault}") };
    let lines = text.split('\n').count() + 1;
    assert!((1..=lines).contains(&line) && !why.is_empty(), "line {line}: {why}");
}

/// A key has one spelling, but for ends of lines.
pub(super) fn node_key(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match NodeKey::parse(Path::new("/town/node.key"), text) {
        Err(fault) => is_malformed(fault, text),
        Ok(key) => {
            let digits = data_encoding::HEXLOWER.encode(key.secret());
            assert!(text.lines().eq(["digiana node key 1", digits.as_str()]));
            assert_eq!(key.signer(Scheme::Ed25519).node(), key.node());
        }
    }
}

pub(super) fn town_file(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let path = Path::new("/town/town.json");
    match TownFile::parse(path, text) {
        Err(fault) => is_malformed(fault, text),
        Ok(town) => {
            let written = serde_json::to_string_pretty(&town).expect("texts and numbers are JSON");
            assert!(TownFile::parse(path, &written).is_ok_and(|read| read == town));
        }
    }
}

pub(super) fn locked_key(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let path = Path::new("/town/root.key");
    if let Ok(key) = LockedKey::parse(path, text) {
        let written = serde_json::to_string(&key).expect("texts and numbers are JSON");
        let read = LockedKey::parse(path, &written).expect("what was read can be read again");
        assert_eq!(serde_json::to_string(&read).ok(), Some(written));
    }
}

pub(super) fn addresses(bytes: &[u8]) {
    let peers = AddressBook::parse(PathBuf::new(), bytes).peers();
    assert!(peers.len() <= NODES_MAX);
}
