//! Files that town halls, schools and the Geospatial Information Authority send.

use digiana_core::engine::input::Command;
use digiana_core::fact::edit::Change;
use digiana_core::id::SiteId;
use digiana_core::limits::{FACTS_PER_COMMAND_MAX, VALUE_BYTES_MAX};
use digiana_core::token::looks_like_my_number;
use digiana_gateway::import::lists::read_lists;
use digiana_gateway::import::people::read_register;
use digiana_gateway::import::plan::Plan;
use digiana_gateway::import::pupils::read_pupils;
use digiana_gateway::import::site_edits;
use digiana_gateway::import::sites::read_gsi;
use digiana_gateway::import::tokens::read_tokens;
use digiana_gateway::import::{ImportFault, MISTAKES_MAX};
use digiana_node::keys::TownFile;
use jiff::civil::date;

const FILE: &str = "file";

pub(super) fn town() -> TownFile {
    TownFile::new("訓練町".to_owned(), [1; 32], [2; 32], true, Vec::new())
}

/// A refused file: each mistake has its place, and no number that must not be kept is repeated.
fn is_told(fault: &ImportFault) {
    assert!((1..=MISTAKES_MAX).contains(&fault.mistakes().len()));
    let told = fault.to_string();
    let lines = told.lines().count();
    let (mistakes, more) = (fault.mistakes().len(), usize::from(fault.left_off() > 0));
    assert_eq!(lines, mistakes + more + 2, "{told}");
    for mistake in fault.mistakes() {
        let told = mistake.to_string();
        assert!(told.starts_with(FILE) && !looks_like_my_number(&told), "{told}");
        assert!(told.len() < 2_000, "{} bytes", told.len());
    }
}

/// What is imported are commands that a node takes.
fn can_be_carried_out(plan: &Plan) {
    for (number, command) in plan.commands().iter().enumerate() {
        assert!(plan.rows(number).is_some());
        if let Command::Edit { edits, .. } = command {
            assert!((1..=FACTS_PER_COMMAND_MAX).contains(&edits.len()));
            for edit in edits {
                let Change::Put(value) = &edit.change else { panic!("an import puts values") };
                assert!(value.len() <= VALUE_BYTES_MAX, "{} bytes", value.len());
            }
        }
    }
}

pub(super) fn register_csv(bytes: &[u8]) {
    match read_register(FILE, bytes, date(2026, 4, 1)) {
        Ok(register) => {
            assert!(!register.is_empty());
            can_be_carried_out(&register.plan(&town(), None));
        }
        Err(fault) => is_told(&fault),
    }
}

pub(super) fn tokens_csv(bytes: &[u8]) {
    match read_tokens(FILE, bytes, &town()) {
        Ok(tokens) => {
            let plan = tokens.plan(&town());
            assert_eq!((tokens.is_empty(), plan.commands().len()), (false, tokens.len()));
        }
        Err(fault) => is_told(&fault),
    }
}

pub(super) fn pupils_csv(bytes: &[u8]) {
    match read_pupils(FILE, bytes) {
        Ok(pupils) => {
            assert!(!pupils.is_empty());
            can_be_carried_out(&pupils.plan(&town(), SiteId([8; 8])));
        }
        Err(fault) => is_told(&fault),
    }
}

pub(super) fn sites_geojson(bytes: &[u8]) {
    // Town halls send two files, which name the same places.
    let (one, other) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (bytes.get(..at).unwrap_or(&[]), bytes.get(at + 1..)),
        None => (bytes, None),
    };
    let files: Vec<(&str, &[u8])> =
        std::iter::once((FILE, one)).chain(other.map(|other| (FILE, other))).collect();
    match read_gsi(&files) {
        Ok(sites) => can_be_carried_out(&site_edits::plan(&sites, None)),
        Err(fault) => is_told(&fault),
    }
}

pub(super) fn lists_toml(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match read_lists(FILE, text) {
        Ok(lists) => {
            assert!(!lists.is_empty());
            can_be_carried_out(&lists.plan());
        }
        Err(fault) => {
            let told = fault.to_string();
            assert!(told.contains(FILE) && told.lines().count() >= 3, "{told}");
        }
    }
}
