//! The pictures of the pages in docs/screenshots: taken here, and held to what the pages are made
//! of, so that a page that changed is not shown as it was.
//!
//! A picture is never compared by its pixels: another machine's fonts draw other ones. Beside the
//! pictures lies the hash of every file that pages are made of; where one differs, the pictures are
//! old, and the test says how to take them again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::clerk::Clerk;
use crate::everyday::{Everyday, PAGES};
use crate::reach::resize;
use crate::scene::{self, Staff, View};

/// What takes the pictures anew when it is `write`.
const VARIABLE: &str = "DIGIANA_SCREENSHOTS";

/// How to.
const COMMAND: &str =
    "DIGIANA_SCREENSHOTS=write cargo test --package digiana-tests --test browser pictures";

/// The pages that are shown.
const SHOWN: [View; 6] =
    [View::Board, View::Desk, View::Person, View::Kiosk, View::Public, View::Login];

/// The pages of everyday services that are shown.
const EVERYDAY: [&str; 11] = [
    "cards",
    "school",
    "names",
    "bus",
    "bus-kiosk",
    "rider",
    "facility-kiosk",
    "visits",
    "wallet",
    "unseen",
    "rule",
];

/// An office screen, a tablet, a phone: CSS pixels, one dot each.
const SIZES: [(u32, u32); 3] = [(1280, 800), (768, 1024), (375, 812)];

/// The folders with what pages are made of.
const MADE_OF: [&str; 3] = ["gateway/templates", "gateway/static", "gateway/text"];

/// The list of their hashes.
const LIST: &str = "docs/screenshots/made-of.txt";

/// Gives every clock and calendar on the page one time, and waits for the fonts. Times differ from
/// run to run, and would make each picture a new one.
const HOLD_STILL: &str = r#"
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const text = walk.currentNode;
  text.nodeValue = text.nodeValue
    .replace(/\d{4}年\d{1,2}月\d{1,2}日/g, "2026年11月22日").replace(/\b\d{1,2}:\d{2}\b/g, "14:05");
}
document.activeElement.blur();
window.scrollTo(0, 0);
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package has a root").to_owned()
}

fn picture(word: &str, width: u32) -> String {
    format!("docs/screenshots/{word}-{width}.png")
}

/// The hash of every file that pages are made of.
fn made_of() -> BTreeMap<String, String> {
    let mut made_of = BTreeMap::new();
    let mut folders: Vec<_> = MADE_OF.map(|folder| root().join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let hash: String =
                blake3::hash(&std::fs::read(&path).unwrap()).to_hex().chars().take(16).collect();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            made_of.insert(name, hash);
        }
    }
    made_of
}

fn list_of(made_of: &BTreeMap<String, String>) -> String {
    made_of.iter().map(|(name, hash)| format!("{hash} {name}\n")).collect()
}

#[test]
fn the_pictures_in_docs_show_the_pages_as_they_are() {
    if std::env::var(VARIABLE).is_ok_and(|wish| wish == "write") {
        take();
    }
    let list = std::fs::read_to_string(root().join(LIST)).unwrap_or_default();
    let now = list_of(&made_of());
    let old: Vec<_> = now.lines().filter(|line| !list.lines().any(|it| it == *line)).collect();
    assert!(old.is_empty(), "pages have changed since the pictures: {old:#?}\nrun {COMMAND}");
    assert_eq!(list, now, "{LIST} names what is gone; run {COMMAND}");
    for word in SHOWN.iter().map(|view| view.word()).chain(EVERYDAY) {
        for (width, height) in SIZES {
            let name = picture(word, width);
            let bytes = std::fs::read(root().join(&name)).unwrap_or_default();
            assert_eq!(size_of(&bytes), Some((width, height)), "{name}; run {COMMAND}");
        }
    }
}

/// Width and height of a PNG: the first chunk has them at a fixed place.
fn size_of(png: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?));
    png.starts_with(b"\x89PNG\r\n\x1a\n").then_some((number(16)?, number(20)?))
}

/// Takes all pictures.
fn take() {
    std::fs::create_dir_all(root().join(LIST).parent().unwrap()).unwrap();
    let town = scene::flooded();
    let staff = Staff::of(&town);
    for view in SHOWN {
        take_of(staff.opens(&town, view), view.word());
    }
    drop((staff, town));
    let town = Everyday::begun();
    for page in PAGES.into_iter().filter(|page| EVERYDAY.contains(&page.word)) {
        take_of(town.opens(page), page.word);
    }
    std::fs::write(root().join(LIST), list_of(&made_of())).unwrap();
}

/// Takes a picture of every size of what somebody is in front of.
fn take_of(clerk: &Clerk, word: &str) {
    for size in SIZES {
        resize(&clerk.browser, size);
        clerk.browser.run(HOLD_STILL, &json!([]));
        clerk.browser.until_painted();
        let png = clerk.browser.picture();
        assert_eq!(size_of(&png), Some(size));
        std::fs::write(root().join(picture(word, size.0)), png).unwrap();
    }
    resize(&clerk.browser, (1280, 800));
}
