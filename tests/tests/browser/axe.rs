//! The published rules for pages that everybody can use, as axe-core checks them (WCAG 2.2 A and AA
//! and its good practice).

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::webdriver::WebDriver;

/// Where `.ci/setup` puts it, from the root.
const FILE: &str = "target/axe-core-4.14.1/axe.min.js";

static AXE: LazyLock<String> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package has a root");
    let read = std::fs::read_to_string(root.join(FILE));
    read.unwrap_or_else(|why| panic!("{FILE}: {why}; run .ci/setup"))
});

/// Looks at the whole page, and gives back each rule that is broken with every place that breaks it.
const LOOK: &str = r#"
const done = arguments[arguments.length - 1];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
axe.run(document, { runOnly: { type: "tag", values: tags } }).then(found => done(
  found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}: ${node.failureSummary}`))),
  why => done([`axe did not run: ${why}`]));
"#;

/// What is wrong with the page that the browser shows.
pub(crate) fn findings(browser: &WebDriver) -> Vec<String> {
    if browser.run("return typeof axe === 'undefined'", &json!([])) == true {
        browser.run(&AXE, &json!([]));
    }
    let found = browser.tell("/execute/async", &json!({ "script": LOOK, "args": [] }));
    let Value::Array(found) = found else { return vec![format!("axe said {found}")] };
    found.iter().map(|line| line.as_str().unwrap_or_default().replace('\n', " ")).collect()
}
