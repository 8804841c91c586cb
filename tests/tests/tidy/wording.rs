//! How files begin, what they are called, and words that have no place in them.

use crate::code::whole_words;
use crate::repository::{self, File, Finding};

/// Names that say nothing of what a file holds.
const EMPTY_NAMES: [&str; 5] = ["utils", "helpers", "common", "types", "misc"];

/// Words that promise work instead of doing it. They are put together here, so that this file
/// does not hold them.
const PROMISES: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Spellings that leave a hole in the code or switch a check off.
const HOLES: [&str; 3] =
    [concat!("to", "do!("), concat!("un", "implemented!("), concat!("#[ig", "nore")];

/// Paths of one machine, and settings that send cargo to a registry of one network.
const MACHINES: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("sparse", "+http"),
    concat!("replace", "-with"),
];

/// Where the packages of Cargo.lock come from: the public registry by its lasting name.
const REGISTRY: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// Rust files that do not begin by saying what they are.
fn silent(files: &[File]) -> Vec<Finding> {
    let rust = files.iter().filter(|file| file.is_rust());
    let silent = rust.filter(|file| !file.text.starts_with("//! "));
    silent.map(|file| file.finding(1, "begins without a `//!` sentence")).collect()
}

/// Rust files whose names or folders say nothing, and module files of the other style.
fn badly_named(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for name in file.path.trim_end_matches(".rs").split('/') {
            if name == "mod" {
                findings.push(file.finding(1, "a module is foo.rs beside foo/"));
            } else if EMPTY_NAMES.contains(&name) {
                findings.push(file.finding(1, format!("`{name}` says nothing of what is inside")));
            }
        }
    }
    findings
}

/// Words that may stand in no file.
fn unwelcome(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        for (line, text) in file.lines() {
            let promises = PROMISES.into_iter().filter(|word| whole_words(text, word).count() > 0);
            let others = HOLES.into_iter().chain(MACHINES).filter(|word| text.contains(word));
            let found = promises.chain(others);
            findings.extend(found.map(|word| file.finding(line, format!("`{word}` may not stay"))));
        }
    }
    findings
}

/// Lines of Cargo.lock that take a package from elsewhere.
fn foreign_sources(lock: &File) -> Vec<Finding> {
    let sources = lock.lines().filter(|(_, line)| line.starts_with("source = "));
    let foreign = sources.filter(|(_, line)| *line != REGISTRY);
    foreign.map(|(line, text)| lock.finding(line, text)).collect()
}

#[test]
fn every_rust_file_begins_by_saying_what_it_is() {
    repository::expect_none(silent(&repository::files()));
}

#[test]
fn every_rust_file_has_a_name_worth_knowing() {
    repository::expect_none(badly_named(&repository::files()));
}

#[test]
fn nothing_is_left_for_later_and_no_machine_is_named() {
    repository::expect_none(unwelcome(&repository::files()));
}

#[test]
fn packages_come_from_the_public_registry_alone() {
    let lock = repository::file("Cargo.lock").expect("Cargo.lock is kept");
    assert!(lock.lines().filter(|(_, line)| *line == REGISTRY).count() > 100);
    repository::expect_none(foreign_sources(&lock));
}

#[test]
fn a_silent_file_is_found() {
    let check = |text: &str| silent(&[File::planted("core/src/id.rs", text)]).len();
    assert_eq!(check("//! Names.\n"), 0);
    assert_eq!(check("use x;\n//! Late.\n"), 1);
    assert_eq!(check("// Names.\n"), 1);
    assert_eq!(check(""), 1);
}

#[test]
fn an_empty_name_is_found() {
    let check = |path: &str| badly_named(&[File::planted(path, "")]).len();
    assert_eq!(check("core/src/fact/shelter.rs"), 0);
    assert_eq!(check("core/src/fact/mod.rs"), 1);
    assert_eq!(check("node/src/utils.rs"), 1);
    assert_eq!(check("tests/tests/stories/common/start.rs"), 1);
    assert_eq!(check("gateway/data/misc.csv"), 0);
}

#[test]
fn an_unwelcome_word_is_found_with_its_line() {
    for word in PROMISES.into_iter().chain(HOLES).chain(MACHINES) {
        let found = unwelcome(&[File::planted("docs/X.md", &format!("fine\nsee {word}\n"))]);
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [2], "{word}");
    }
    let longer = format!("MY{}LIST", PROMISES.first().expect("there is one"));
    assert_eq!(unwelcome(&[File::planted("docs/X.md", &longer)]), []);
}

#[test]
fn a_package_from_elsewhere_is_found() {
    let lock = format!("{REGISTRY}\nsource = \"git+https://example.org/x\"\n");
    assert_eq!(foreign_sources(&File::planted("Cargo.lock", &lock)).len(), 1);
}
