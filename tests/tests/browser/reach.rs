//! Every page serves everybody: screen readers, keyboards, small screens and large type.

use std::collections::BTreeSet;
use std::path::Path;

use digiana_tests::gateways::Gateways;
use serde_json::{Value, json};

use crate::everyday::{Everyday, PAGES};
use crate::scene::{self, FIRST, Staff, View};
use crate::webdriver::{ENTER, TAB, WebDriver};
use crate::{axe, clerk::Clerk, walk};

/// Widths and heights in CSS pixels: an office screen; the same at 200 % zoom; a small phone, which
/// is also an office screen at 400 %.
const SIZES: [(u32, u32); 3] = [(1280, 800), (640, 400), (320, 640)];

/// What has a route of its own and is no page: it answers programs, or leads on to a page. All of the
/// API is for programs.
const NO_PAGES: [&str; 9] = [
    "/",
    "/healthz",
    "/metrics",
    "/static/{name}",
    "/public",
    "/public/sw.js",
    "/login/once/{word}",
    "/live",
    "/wellbeing/visits.csv",
];

/// What sticks out to the right of the screen, when the page can be moved sideways.
const SIDEWAYS: &str = r#"
const wide = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= wide) return [];
const out = [...document.querySelectorAll("body *")].filter(e =>
  e.checkVisibility() && e.getBoundingClientRect().right > wide + 0.5);
return out.slice(0, 4).map(e => `${e.localName}.${e.className} "${e.textContent.trim().slice(0, 30)}" ends at ${e.getBoundingClientRect().right}`);
"#;

/// Makes the screen so large.
pub(crate) fn resize(browser: &WebDriver, (width, height): (u32, u32)) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    browser.chromium("Emulation.setDeviceMetricsOverride", &size);
}

#[test]
fn every_page_serves_everybody() {
    let town = scene::flooded();
    let staff = Staff::of(&town);
    let mut findings = BTreeSet::new();
    for view in View::ALL {
        look(staff.opens(&town, view), view.word(), &mut findings);
    }
    let findings: Vec<_> = findings.into_iter().collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn every_page_of_every_day_serves_everybody() {
    let town = Everyday::begun();
    let mut findings = BTreeSet::new();
    for page in PAGES {
        look(town.opens(page), page.word, &mut findings);
    }
    let findings: Vec<_> = findings.into_iter().collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// What is wrong with the page that somebody is in front of, at every size.
fn look(clerk: &Clerk, word: &str, findings: &mut BTreeSet<String>) {
    for size in SIZES {
        resize(&clerk.browser, size);
        // What the rules of axe are about differs between wide and narrow pages only.
        let is_zoomed = size == SIZES[1];
        let mut found = if is_zoomed { Vec::new() } else { axe::findings(&clerk.browser) };
        let sideways = clerk.browser.run(SIDEWAYS, &json!([]));
        let sideways = sideways.as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(sideways.map(|what| format!("the page moves sideways: {what}")));
        found.extend(walk::findings(&clerk.browser));
        let at = format!("{word} at {} px", size.0);
        findings.extend(found.iter().map(|what| format!("{at}: {what}")));
    }
    resize(&clerk.browser, (1280, 800));
}

#[test]
fn no_page_is_left_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package has a root");
    let routes = std::fs::read_to_string(root.join("gateway/src/routes.rs")).unwrap();
    let rows = routes.lines().filter_map(|line| line.trim().strip_prefix("route("));
    let read = rows.filter(|row| row.contains(" get("));
    let paths: BTreeSet<_> = read.filter_map(|row| row.split('"').nth(1)).collect();
    assert!(paths.len() > 10, "only {} routes were read", paths.len());
    let everyday = PAGES.iter().map(|page| page.route);
    let looked_at: BTreeSet<_> =
        View::ALL.iter().map(|view| view.route()).chain(everyday).collect();
    let left_out: Vec<_> = paths
        .iter()
        .filter(|path| !path.starts_with("/api/"))
        .filter(|path| !looked_at.contains(*path) && !NO_PAGES.contains(path))
        .collect();
    assert!(left_out.is_empty(), "scene.rs has no view of {left_out:?}");
}

#[test]
fn the_keyboard_alone_takes_somebody_in() {
    let town = Gateways::started(&[FIRST], 12);
    let desk = town.desk(1);
    let clerk = Clerk::at(desk);
    reach(&clerk, "避難所を開設する");
    clerk.browser.key(ENTER);
    clerk.sees("にしました");
    let somebody = town.people.first().unwrap();
    // The page puts the keyboard where the work is.
    clerk.browser.write(somebody.family.written);
    clerk.browser.key(ENTER);
    clerk.sees("来ている人にチェック");
    reach(&clerk, &somebody.name());
    if clerk.browser.run("return document.activeElement.checked", &json!([])) == false {
        clerk.browser.key(" ");
    }
    reach(&clerk, "入所する");
    clerk.browser.key(ENTER);
    clerk.sees("の入所を記録しました。");
}

/// Goes on by Tab until the keyboard is on what is called so.
fn reach(clerk: &Clerk, name: &str) {
    const HERE: &str = r#"
        const e = document.activeElement;
        const label = e.labels && e.labels.length > 0 ? e.labels[0].textContent : "";
        return `${e.getAttribute("aria-label") || ""} ${label} ${e.matches("button, a, summary") ? e.textContent : ""}`;
    "#;
    for _ in 0..100 {
        clerk.browser.key(TAB);
        let here = clerk.browser.run(HERE, &json!([]));
        if here.as_str().is_some_and(|here| here.contains(name)) {
            return;
        }
    }
    panic!("no {name:?} within a hundred steps on\n{}", clerk.reads());
}
