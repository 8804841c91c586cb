//! The one home of each outside library whose types would otherwise spread.

use crate::code::{code_only, whole_words};
use crate::repository::{self, File, Finding};

/// A crate as code spells it, and the module (a file and its folder) that may name it. What serves
/// pages has two: the town's, and the drill's own, which knows the gateway by its command line only.
const HOMES: [(&str, &[&str]); 7] = [
    ("automerge", &["core/src/record"]),
    ("ed25519_dalek", &["core/src/sign"]),
    ("redb", &["node/src/store"]),
    ("iroh", &["node/src/mesh"]),
    ("swarm_discovery", &["node/src/mesh"]),
    ("axum", &["gateway/src", "sim/src/drill/page"]),
    ("askama", &["gateway/src", "sim/src/drill/page"]),
];

/// Whether a file is a module or lies in its folder.
fn lives_in(path: &str, home: &str) -> bool {
    path.strip_prefix(home).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Where files name a library outside its home. The package `tests` may name all of them: a
/// benchmark needs its baseline, a story looks at the store.
fn strangers(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && !file.path.starts_with("tests/")) {
        let code = code_only(&file.text);
        let is_home = |homes: &[&str]| homes.iter().any(|home| lives_in(&file.path, home));
        for (library, homes) in HOMES.iter().filter(|(_, homes)| !is_home(homes)) {
            let named = (1..).zip(code.lines()).filter(|(_, line)| names(line, library));
            let what = format!("{library} has its home in {}", homes.join(" and "));
            findings.extend(named.map(|(line, _)| file.finding(line, what.clone())));
        }
    }
    findings
}

/// Whether a line of code reaches into a crate: `library::…`, `use library;`, `use library as x`.
fn names(line: &str, library: &str) -> bool {
    whole_words(line, library).any(|(before, after)| {
        // `crate::mesh::iroh` is a name of ours, `peer.iroh` a field.
        let begins_here = !before.trim_end().ends_with("::") || is_global(before);
        let own = !before.ends_with('.') && begins_here;
        let imported = ["use", "crate"].iter().any(|word| before.trim_end().ends_with(word));
        own && (after.trim_start().starts_with("::") || imported)
    })
}

/// Whether the path goes on from a leading `::`, which names the crate from anywhere.
fn is_global(before: &str) -> bool {
    let path = before.trim_end().trim_end_matches("::");
    !path.ends_with(|c: char| crate::code::is_name(c) || c == '>')
}

#[test]
fn every_outside_library_has_one_home() {
    repository::expect_none(strangers(&repository::files()));
}

#[test]
fn a_library_outside_its_home_is_found() {
    let check = |path: &str, text: &str, expected: &[usize]| {
        let found = strangers(&[File::planted(path, text)]);
        let lines: Vec<usize> = found.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, expected, "{path}: {text}");
    };
    check("node/src/keys.rs", "//! Keys.\nuse iroh::SecretKey;", &[2]);
    check("node/src/mesh.rs", "use iroh::Endpoint;", &[]);
    check("node/src/mesh/dial.rs", "use iroh::Endpoint;", &[]);
    check("node/src/meshes.rs", "use iroh::Endpoint;", &[1]);
    check("node/src/store.rs", "fn f() {\n    ::iroh::x();\n    swarm_discovery::y();\n}", &[2, 3]);
    check("core/src/fact.rs", "use automerge as crdt;", &[1]);
    check(
        "core/src/fact.rs",
        "// automerge::x\nlet s = \"automerge::x\"; a.automerge(); automerged::y()",
        &[],
    );
    check("core/src/fact.rs", "use crate::record::automerge::Document;", &[]);
    check("tests/benches/sync.rs", "use automerge::Automerge;", &[]);
    check("sim/src/main.rs", "#[derive(askama::Template)]", &[1]);
    check("sim/src/drill/page/view.rs", "#[derive(askama::Template)]", &[]);
    check("sim/src/drill/play.rs", "use axum::Router;", &[1]);
}
