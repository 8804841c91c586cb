//! The pictures of the pages in docs/screenshots are taken here. That none is older than its page is
//! held without a browser, in `tests/tests/tidy/pictures.rs`.

use std::path::{Path, PathBuf};

use digiana_tests::pictures::{COMMAND, FOLDER, LIST, VARIABLE, made_of};
use serde_json::json;

use crate::clerk::Clerk;
use crate::everyday::{Everyday, PAGES};
use crate::reach::resize;
use crate::scene::{self, Staff, View};

/// The pages that are shown.
const SHOWN: [View; 6] =
    [View::Board, View::Desk, View::Person, View::Kiosk, View::Public, View::Login];

/// The pages of everyday services that are shown.
const EVERYDAY: [&str; 12] = [
    "cards",
    "card-code",
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
    format!("{FOLDER}/{word}-{width}.png")
}

#[test]
fn there_is_a_picture_of_every_page_in_every_size() {
    if std::env::var(VARIABLE).is_ok_and(|wish| wish == "write") {
        take();
    }
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
    std::fs::create_dir_all(root().join(FOLDER)).unwrap();
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
    std::fs::write(root().join(LIST), made_of(&root()).unwrap()).unwrap();
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
