//! The order of core's modules: each builds only on what stands to its left.
//!
//! The order is one backticked line of ARCHITECTURE.md, the names between arrows. Tests may look
//! in every direction.

use crate::code::{code_only, leading_name, whole_words};
use crate::repository::{self, File, Finding};

/// The page that holds the line, and how the line begins.
const PAGE: &str = "docs/ARCHITECTURE.md";
const ORDER_LINE: &str = "`id ";

/// The modules from left to right.
fn order(page: &File) -> Vec<String> {
    let line = page.text.lines().map(str::trim).find(|line| line.starts_with(ORDER_LINE));
    let names = line.and_then(|line| line.split('`').nth(1)).unwrap_or_default();
    names.split_whitespace().filter(|word| *word != "→").map(str::to_owned).collect()
}

/// The module a file of core belongs to, with the number of names from the crate's root to it.
/// `None` for the root itself and for tests.
fn module(path: &str) -> Option<(&str, usize)> {
    let inside = path.strip_prefix("core/src/")?.strip_suffix(".rs")?;
    let names: Vec<&str> = inside.split('/').collect();
    let outermost = names.first().copied().filter(|name| *name != "lib")?;
    (!names.contains(&"tests")).then_some((outermost, names.len()))
}

/// The code before a test module that closes the file.
fn without_tests(code: &str) -> &str {
    let closing = code.match_indices("#[cfg(test)]").find(|(at, _)| {
        code.get(*at..).is_some_and(|tail| {
            let after = tail.trim_start_matches("#[cfg(test)]").trim_start();
            after.starts_with("mod ") && after.lines().next().is_some_and(|l| l.ends_with('{'))
        })
    });
    closing.and_then(|(at, _)| code.get(..at)).unwrap_or(code)
}

/// The names reached at the crate's root from a file `depth` names below it, with their lines.
fn reached(code: &str, depth: usize) -> Vec<(usize, &str)> {
    let from_below = vec!["super"; depth].join("::");
    let mut found = Vec::new();
    for root in ["crate", from_below.as_str()] {
        for (before, after) in whole_words(code, root) {
            // One `super` more would leave the crate, one less stays inside the module.
            let longer = before.ends_with("::") || after.starts_with("::super");
            let Some(rest) = after.strip_prefix("::").filter(|_| !longer) else { continue };
            let line = before.matches('\n').count() + 1;
            match rest.strip_prefix('{') {
                Some(group) => found.extend(group_names(group, line)),
                None => found.push((line, leading_name(rest))),
            }
        }
    }
    found
}

/// The first name of each path in a braced import, the brace already open.
fn group_names(group: &str, first_line: usize) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    let (mut depth, mut line, mut begins) = (1, first_line, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => begins = true,
            '\n' => line += 1,
            _ if begins && depth == 1 && !c.is_whitespace() => {
                names.push((line, leading_name(group.get(at..).unwrap_or_default())));
                begins = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Where a module of core builds on something that does not stand to its left.
fn leans_right(files: &[File], order: &[String]) -> Vec<Finding> {
    let place = |name: &str| order.iter().position(|module| module == name);
    let mut findings = Vec::new();
    for file in files {
        let Some((own, depth)) = module(&file.path) else { continue };
        let Some(own_place) = place(own) else {
            findings.push(file.finding(1, format!("`{own}` is not in the order of {PAGE}")));
            continue;
        };
        let code = code_only(&file.text);
        for (line, name) in reached(without_tests(&code), depth) {
            if place(name).is_some_and(|place| place > own_place) {
                findings.push(file.finding(line, format!("`{own}` may not use `{name}`")));
            }
        }
    }
    findings
}

#[test]
fn every_module_of_core_builds_on_what_stands_to_its_left() {
    let page = repository::file(PAGE).expect("the page is there");
    let order = order(&page);
    assert!(order.len() > 10, "{PAGE} has no line of modules that begins with {ORDER_LINE}");
    repository::expect_none(leans_right(&repository::rust_files(), &order));
}

#[test]
fn a_module_that_leans_to_the_right_is_found() {
    let order = order(&File::planted(PAGE, "Order:\n`id time → sign → fact → engine`.\n"));
    assert_eq!(order, ["id", "time", "sign", "fact", "engine"]);
    let check = |path: &str, text: &str, expected: &[usize]| {
        let found = leans_right(&[File::planted(path, text)], &order);
        let lines: Vec<usize> = found.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, expected, "{path}: {text}");
    };
    check("core/src/sign.rs", "use crate::id::Id;\nuse crate::time::T;", &[]);
    check("core/src/sign.rs", "use crate::id::Id;\nuse crate::fact::F;", &[2]);
    check("core/src/id.rs", "use crate::time::T;", &[1]);
    check("core/src/sign.rs", "use crate::{\n    id::{A, fact},\n    engine::Engine,\n};", &[3]);
    check("core/src/sign.rs", "fn f(x: crate::fact::F) {}", &[1]);
    check("core/src/sign.rs", "use super::fact::F;", &[1]);
    check("core/src/sign/seal.rs", "use super::fact::F;\nuse super::super::fact::F;", &[2]);
    check("core/src/sign.rs", "// crate::fact::F\npub(crate) fn f() {}", &[]);
    check("core/src/sign.rs", "#[cfg(test)]\nmod tests;\nuse crate::fact::F;", &[3]);
    check("core/src/sign.rs", "#[cfg(test)]\nmod tests {\n    use crate::fact::F;\n}", &[]);
    check("core/src/sign/tests.rs", "use crate::engine::Engine;", &[]);
    check("core/src/weather.rs", "", &[1]);
    check("core/src/lib.rs", "use crate::engine::Engine;", &[]);
    check("node/src/sign.rs", "use crate::fact::F;", &[]);
}
