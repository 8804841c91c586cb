//! What foreign packages may be: under which licences, which never, and each with its page.

use crate::metadata::Metadata;
use crate::repository::{self, File, Finding};

/// Licences a package may be used under, and why the less usual ones are fine.
const ALLOWED: [(&str, &str); 9] = [
    ("MIT", "the project's own"),
    ("Apache-2.0", "the project's own"),
    ("BSD-2-Clause", "asks for the notice, as MIT does"),
    ("BSD-3-Clause", "as above, and lends no names for advertising; the curve arithmetic"),
    ("ISC", "MIT in fewer words; ring and webpki"),
    ("Zlib", "asks that changed sources say so"),
    ("Unicode-3.0", "tables of the Unicode consortium, passed on with the notice"),
    ("BlueOak-1.0.0", "MIT with a patent grant, in plain words; minicbor"),
    ("CDLA-Permissive-2.0", "a licence for data: the public list of root certificates"),
];

/// Packages that must not come in, through whatever door.
const BANNED: [(&str, &str); 6] = [
    ("openssl-sys", "a C library to keep up to date on every reader; rustls does its work"),
    ("native-tls", "brings openssl on Linux"),
    ("aws-lc-sys", "needs cmake and a C++ compiler; ring is the one provider"),
    ("chrono", "jiff is the one calendar"),
    ("libsqlite3-sys", "redb is the one store"),
    ("serde_cbor", "unmaintained; minicbor is the one CBOR"),
];

/// Whether one of an SPDX expression's options is allowed in full.
///
/// A slash is the old spelling of `OR`. An exception (`WITH …`) only adds freedom, so the licence
/// before it decides.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let allowed = any(&mut words);
    allowed && words.next().is_none()
}

/// The words of an expression, one ahead.
type Words<'e> = std::iter::Peekable<std::str::SplitWhitespace<'e>>;

/// `a OR b`: one of them is enough.
fn any(words: &mut Words<'_>) -> bool {
    let mut allowed = all(words);
    while words.next_if_eq(&"OR").is_some() {
        allowed |= all(words);
    }
    allowed
}

/// `a AND b`: each of them binds.
fn all(words: &mut Words<'_>) -> bool {
    let mut allowed = one(words);
    while words.next_if_eq(&"AND").is_some() {
        allowed &= one(words);
    }
    allowed
}

/// A licence, or an expression in parentheses.
fn one(words: &mut Words<'_>) -> bool {
    let Some(word) = words.next() else { return false };
    if word == "(" {
        let inner = any(words);
        return words.next() == Some(")") && inner;
    }
    if words.next_if_eq(&"WITH").is_some() {
        words.next();
    }
    ALLOWED.iter().any(|(name, _)| *name == word)
}

/// What is wrong with a package by its name and licence.
fn unfit(name: &str, license: Option<&str>) -> Option<String> {
    if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == name) {
        return Some(format!("{name} is banned: {reason}"));
    }
    match license {
        Some(expression) if is_allowed(expression) => None,
        Some(expression) => Some(format!("{name} is under `{expression}`")),
        None => Some(format!("{name} names no licence")),
    }
}

/// The outside packages that the workspace names, with their lines.
fn outside(manifest: &File) -> Vec<(usize, &str)> {
    let lines =
        manifest.lines().skip_while(|(_, line)| *line != "[workspace.dependencies]").skip(1);
    let table = lines.take_while(|(_, line)| !line.starts_with('['));
    let outside = table.filter(|(_, line)| !line.starts_with('#') && !line.contains("path = "));
    outside.filter_map(|(at, line)| Some((at, line.split_once('=')?.0.trim()))).collect()
}

/// The packages that no decision names.
fn undecided(manifest: &File, decisions: &[File]) -> Vec<Finding> {
    let named = |name: &str| decisions.iter().any(|page| page.text.contains(&format!("`{name}`")));
    let undecided = outside(manifest).into_iter().filter(|(_, name)| !named(name));
    let what = |name| format!("no page in docs/decisions says why `{name}` is here");
    undecided.map(|(line, name)| manifest.finding(line, what(name))).collect()
}

/// Rows of the page of dependencies for packages that are gone.
fn stale(page: &File, manifest: &File) -> Vec<Finding> {
    let known: Vec<&str> = outside(manifest).into_iter().map(|(_, name)| name).collect();
    let rows = page.lines().filter_map(|(line, text)| Some((line, text.strip_prefix("| `")?)));
    let named = rows.filter_map(|(line, row)| Some((line, row.split_once('`')?.0)));
    let gone = named.filter(|(_, name)| !known.contains(name));
    gone.map(|(line, name)| page.finding(line, format!("{name} is no dependency any more")))
        .collect()
}

#[test]
fn every_package_is_under_a_licence_we_can_pass_on() {
    let metadata = Metadata::read();
    assert!(metadata.packages.len() > 50);
    let unfit: Vec<String> = metadata
        .packages
        .iter()
        .filter_map(|package| {
            let wrong = unfit(&package.name, package.license.as_deref())?;
            Some(format!("{wrong} (version {})", package.version))
        })
        .collect();
    assert!(unfit.is_empty(), "\n{}\n", unfit.join("\n"));
}

#[test]
fn every_dependency_has_a_page_that_says_why() {
    let manifest = repository::file("Cargo.toml").expect("the workspace has a manifest");
    assert!(outside(&manifest).len() > 10);
    let decisions: Vec<File> = repository::files()
        .into_iter()
        .filter(|file| file.path.starts_with("docs/decisions/"))
        .collect();
    repository::expect_none(undecided(&manifest, &decisions));
    let page = repository::file("docs/decisions/0002-dependencies.md").expect("the page is there");
    repository::expect_none(stale(&page, &manifest));
}

#[test]
fn an_expression_is_read_as_spdx_means_it() {
    for fine in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0-only OR MIT",
        "Apache-2.0 WITH LLVM-exception",
        "(MIT OR GPL-2.0-only) AND Unicode-3.0",
    ] {
        assert!(is_allowed(fine), "{fine}");
    }
    for unfit in [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR ISC) AND AGPL-3.0-only",
        "(MIT",
        "MIT ISC",
    ] {
        assert!(!is_allowed(unfit), "{unfit}");
    }
}

#[test]
fn an_unfit_package_is_found() {
    assert_eq!(unfit("serde", Some("MIT OR Apache-2.0")), None);
    assert!(unfit("openssl-sys", Some("MIT")).is_some());
    assert!(unfit("reader", Some("GPL-2.0-only")).is_some());
    assert!(unfit("secret", None).is_some());
}

#[test]
fn a_dependency_without_a_page_and_a_row_without_a_dependency_are_found() {
    let manifest = File::planted(
        "Cargo.toml",
        "[workspace.dependencies]\nours = { path = \"x\" }\n\nredb = \"4\"\niroh = \"1\"\n[profile.dev]\ndebug = 1\n",
    );
    let page =
        File::planted("docs/decisions/0002-dependencies.md", "| `redb` | x |\n| `sled` | y |\n");
    let found = undecided(&manifest, std::slice::from_ref(&page));
    assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [5]);
    assert_eq!(stale(&page, &manifest).iter().map(|f| f.line).collect::<Vec<_>>(), [2]);
}
