//! The places ARCHITECTURE.md names, and the root it draws.
//!
//! In that page a path is a backticked word without spaces that holds a slash or ends in `.rs`,
//! `.md` or `.toml`. It counts from the root; `{a,b}` stands for each of its parts and a `*` at
//! the end for anything that begins so. What begins with a slash is a web address, and fenced
//! blocks are drawings.

use crate::repository::{self, File, Finding};
use std::collections::BTreeSet;

/// The page all of this is about.
const PAGE: &str = "docs/ARCHITECTURE.md";

/// How the line begins that lists what the root shows.
const ROOT_LINE: &str = "The root shows exactly:";

/// The backticked spans of a page outside fenced blocks, with their lines.
fn spans(page: &File) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut spans = Vec::new();
    for (line, text) in page.lines() {
        if text.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            spans.extend(text.split('`').skip(1).step_by(2).map(|span| (line, span)));
        }
    }
    spans
}

/// Whether a span is a path by the page's convention.
fn is_path(span: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || "<>():".contains(c);
    let file = [".rs", ".md", ".toml"].iter().any(|ending| span.ends_with(ending));
    !span.starts_with('/') && !span.contains(odd) && (span.contains('/') || file)
}

/// The paths a span stands for: one for each part between braces.
fn expand(span: &str) -> Vec<String> {
    let Some((head, rest)) = span.split_once('{') else { return vec![span.to_owned()] };
    let Some((parts, tail)) = rest.split_once('}') else { return vec![span.to_owned()] };
    parts.split(',').map(|part| format!("{head}{part}{tail}")).collect()
}

/// Whether something lies at a path: a file, a folder, or what a `*` leaves open.
fn exists(path: &str, paths: &[String]) -> bool {
    if let Some(prefix) = path.strip_suffix('*') {
        return paths.iter().any(|file| file.starts_with(prefix));
    }
    let folder = format!("{}/", path.trim_end_matches('/'));
    paths.iter().any(|file| file == path || file.starts_with(&folder))
}

/// Paths the page names where nothing lies.
fn missing(page: &File, paths: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, span) in spans(page).into_iter().filter(|(_, span)| is_path(span)) {
        let gone = expand(span).into_iter().filter(|path| !exists(path, paths));
        findings.extend(gone.map(|path| page.finding(line, format!("nothing lies at {path}"))));
    }
    findings
}

/// Where the root and the page's line about it differ. Dotfiles need no mention.
fn root_differs(page: &File, paths: &[String]) -> Vec<Finding> {
    let Some((line, text)) = page.lines().find(|(_, text)| text.starts_with(ROOT_LINE)) else {
        return vec![page.finding(1, format!("no line begins with `{ROOT_LINE}`"))];
    };
    let told: BTreeSet<&str> =
        text.split('`').nth(1).unwrap_or_default().split_whitespace().collect();
    let tops = paths.iter().filter_map(|path| path.split('/').next());
    let shown: BTreeSet<&str> = tops.filter(|name| !name.starts_with('.')).collect();
    let absent = told.difference(&shown).map(|name| format!("{name} is not in the root"));
    let extra = shown.difference(&told).map(|name| format!("{name} lies in the root unsaid"));
    absent.chain(extra).map(|what| page.finding(line, what)).collect()
}

#[test]
fn every_path_architecture_names_exists() {
    let page = repository::file(PAGE).expect("the page is there");
    let named = spans(&page).into_iter().filter(|(_, span)| is_path(span)).count();
    assert!(named > 10, "only {named} paths were read from {PAGE}");
    repository::expect_none(missing(&page, &repository::paths()));
}

#[test]
fn the_root_shows_what_architecture_says() {
    let page = repository::file(PAGE).expect("the page is there");
    repository::expect_none(root_differs(&page, &repository::paths()));
}

#[test]
fn a_path_to_nowhere_is_found() {
    let paths = ["core/src/id.rs".to_owned(), "core/src/record/edit.rs".to_owned()];
    let check = |text: &str, expected: &[usize]| {
        let found = missing(&File::planted(PAGE, text), &paths);
        let lines: Vec<usize> = found.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, expected, "{text}");
    };
    check(
        "`core/src/id.rs` `core/src` `core/src/` `core/src/rec*` `core/src/{id,record/edit}.rs`",
        &[],
    );
    check("\n`core/src/time.rs`", &[2]);
    check("| a | `core/src/id.rs` | `OPERATIONS.md` |", &[1]);
    check("`core/src/{id,gone}.rs` `node/*`", &[1, 1]);
    check("`/board` `make test` `record` `crate::id` `fact/<service>.rs`", &[]);
    check("```text\n`a/b.rs`\n```\n`a/b.rs`", &[4]);
}

#[test]
fn a_root_unlike_its_line_is_found() {
    let paths = ["Cargo.toml", ".ci/run", "core/src/id.rs"].map(str::to_owned);
    let check = |text: &str| root_differs(&File::planted(PAGE, text), &paths).len();
    assert_eq!(check("The root shows exactly: `Cargo.toml core` and dotfiles."), 0);
    assert_eq!(check("The root shows exactly: `Cargo.toml core node`."), 1);
    assert_eq!(check("The root shows exactly: `core`."), 1);
    assert_eq!(check("Nothing of the root."), 1);
}
