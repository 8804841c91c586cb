//! Pages that repeat what code says, held to it.

use crate::code::{code_only, leading_name};
use crate::repository::{self, File, Finding};

/// Where the shelter's refusals are written, and the page with a row for each.
const REFUSALS: &str = "core/src/service/refusal.rs";
const REFUSALS_PAGE: &str = "docs/REFUSALS.md";

/// The page that pins the files whose bytes never change.
const ENGINE_PAGE: &str = "docs/ENGINE.md";

/// The variants of `enum Refusal`, in the order they are checked.
fn variants(code: &str) -> Vec<&str> {
    let body = code.split_once("enum Refusal").and_then(|(_, rest)| rest.split_once('{'));
    let Some((_, body)) = body else { return Vec::new() };
    let mut variants = Vec::new();
    // Brackets inside a variant (fields, attributes) hold no variants.
    let (mut depth, mut begins) = (0_i32, true);
    for (at, c) in body.char_indices() {
        match c {
            '(' | '{' | '[' | '<' => depth += 1,
            '}' if depth == 0 => break,
            ')' | '}' | ']' | '>' => depth -= 1,
            ',' if depth == 0 => begins = true,
            _ if depth == 0 && begins && c.is_alphabetic() => {
                variants.push(leading_name(body.get(at..).unwrap_or_default()));
                begins = false;
            }
            _ => {}
        }
    }
    variants
}

/// The rows of a page's tables whose first cell is a backticked name, with their lines.
fn rows(page: &File) -> Vec<(usize, &str)> {
    let cells = page.lines().filter_map(|(line, text)| Some((line, text.strip_prefix("| `")?)));
    cells.filter_map(|(line, row)| Some((line, row.split_once('`')?.0))).collect()
}

/// Where the page's rows and the variants part.
fn refusals_differ(code: &File, page: &File) -> Vec<Finding> {
    let told = code_only(&code.text);
    let (variants, rows) = (variants(&told), rows(page));
    let mut findings = Vec::new();
    for at in 0..variants.len().max(rows.len()) {
        match (variants.get(at), rows.get(at)) {
            (Some(variant), Some((_, row))) if variant == row => {}
            (Some(variant), Some((line, row))) => {
                let what = format!("`{row}` stands where the code checks `{variant}`");
                findings.push(page.finding(*line, what));
                break;
            }
            (Some(variant), None) => {
                findings.push(page.finding(1, format!("no row for `{variant}`")))
            }
            (None, Some((line, row))) => {
                findings.push(page.finding(*line, format!("`{row}` is no refusal")));
            }
            (None, None) => {}
        }
    }
    findings
}

/// A pinned file: the line, its path and the hash the page gives.
fn pins(page: &File) -> Vec<(usize, &str, &str)> {
    let inside = page.lines().filter_map(|(line, text)| {
        let (_, rest) = text.split_once("<!-- pinned: ")?;
        Some((line, rest.split_once(" -->")?.0))
    });
    inside
        .map(|(line, pin)| {
            let (path, hash) = pin.split_once(' ').unwrap_or((pin, ""));
            (line, path, hash)
        })
        .collect()
}

/// The first 16 hex digits of a text's blake3.
fn pin_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(16).collect()
}

/// Pins that no longer hold. `read` gives a file's text by its path.
fn loose_pins(page: &File, read: impl Fn(&str) -> Option<File>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, path, pinned) in pins(page) {
        match read(path).map(|file| pin_of(&file.text)) {
            None => findings.push(page.finding(line, format!("{path} is not there to be pinned"))),
            Some(now) if now == pinned => {}
            Some(now) => findings.push(page.finding(
                line,
                format!("{path} changed: does {ENGINE_PAGE} still say the truth? Then write {now}"),
            )),
        }
    }
    findings
}

#[test]
fn every_refusal_has_its_row_in_the_order_of_checking() {
    // Before the shelter service there is nothing to refuse and no page of it.
    let Some(code) = repository::file(REFUSALS) else { return };
    let page = repository::file(REFUSALS_PAGE).expect("refusals have a page");
    assert!(!variants(&code_only(&code.text)).is_empty(), "{REFUSALS} holds no enum Refusal");
    repository::expect_none(refusals_differ(&code, &page));
}

/// The page that lists why a card is turned away, and where the words are.
const CARDS_PAGE: &str = "docs/CARDS.md";
const CARDS: &str = "node/src/reader/card.rs";

/// The words under which outcomes name it, in the order of the code.
fn words_of_cards(code: &str) -> Vec<&str> {
    let arms = code.lines().filter_map(|line| line.trim().strip_prefix("Self::"));
    arms.filter_map(|arm| arm.split_once("=> \"")?.1.strip_suffix("\",")).collect()
}

#[test]
fn every_card_that_is_turned_away_has_its_row() {
    let code = repository::file(CARDS).expect("cards are read somewhere");
    let page = repository::file(CARDS_PAGE).expect("cards have a page");
    let rows: Vec<&str> = rows(&page).into_iter().map(|(_, word)| word).collect();
    let words = words_of_cards(&code.text);
    assert!(words.contains(&"CardNotGenuine"), "{words:?}");
    assert_eq!(rows, words, "{CARDS_PAGE} and {CARDS}");
}

#[test]
fn the_pages_of_bytes_are_as_engine_pins_them() {
    let Some(page) = repository::file(ENGINE_PAGE) else { return };
    repository::expect_none(loose_pins(&page, repository::file));
}

#[test]
fn a_refusal_out_of_step_is_found() {
    let code = File::planted(
        REFUSALS,
        "pub enum Refusal {\n    /// Who, where.\n    #[error(\"no {0}, and\")]\n    NoToken(A<B, C>, D),\n    Late { by: E, of: F },\n    Gone = 3,\n}\nenum Other { X }\n",
    );
    assert_eq!(variants(&code_only(&code.text)), ["NoToken", "Late", "Gone"]);
    let check = |page: &str| refusals_differ(&code, &File::planted(REFUSALS_PAGE, page)).len();
    let head = "| refusal | why |\n|---|---|\n";
    assert_eq!(check(&format!("{head}| `NoToken` | a |\n| `Late` | b |\n| `Gone` | c |\n")), 0);
    assert_eq!(check(&format!("{head}| `NoToken` | a |\n| `Late` | b |\n")), 1);
    assert_eq!(check(&format!("{head}| `Late` | b |\n| `NoToken` | a |\n| `Gone` | c |\n")), 1);
    assert_eq!(check(&format!("{head}| `NoToken` |\n| `Late` |\n| `Gone` |\n| `More` |\n")), 1);
}

#[test]
fn a_page_of_bytes_that_changed_is_found() {
    let frame = File::planted("core/src/sync/frame.rs", "one\n");
    let read = |path: &str| (path == frame.path).then(|| frame.clone());
    let check = |pin: &str| {
        let page = File::planted(ENGINE_PAGE, &format!("# Engine\n\n<!-- pinned: {pin} -->\n"));
        loose_pins(&page, read)
    };
    let right = pin_of("one\n");
    assert_eq!(right.len(), 16);
    assert_eq!(check(&format!("core/src/sync/frame.rs {right}")), []);
    let loose = check("core/src/sync/frame.rs 0123456789abcdef");
    assert!(loose.iter().all(|f| f.line == 3 && f.what.ends_with(&right)), "{loose:?}");
    assert_eq!(loose.len(), 1);
    assert_eq!(check("core/src/gone.rs 0123456789abcdef").len(), 1);
    assert_eq!(check("core/src/sync/frame.rs").len(), 1);
}
