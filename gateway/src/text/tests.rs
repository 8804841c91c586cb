//! The message files: one set of keys in every language, none too many.

#![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

fn places(message: &str) -> BTreeSet<&str> {
    message.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

#[test]
fn every_language_has_the_same_keys_and_places() {
    let keys = |lang: Lang| lang.text().messages.keys().cloned().collect::<BTreeSet<_>>();
    for lang in Lang::ALL {
        let missing: Vec<_> = keys(Lang::Ja).symmetric_difference(&keys(lang)).cloned().collect();
        assert!(missing.is_empty(), "only in one of ja and {}: {missing:?}", lang.tag());
        for (key, message) in &lang.text().messages {
            assert!(!message.trim().is_empty(), "{key} is empty in {}", lang.tag());
            assert_eq!(places(message), places(Lang::Ja.text().say(key)), "places of {key}");
        }
    }
}

#[test]
fn plain_japanese_says_what_residents_pages_say_and_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
    let mut all = String::new();
    for file in [
        "src/page/public.rs",
        "src/page/public/card.rs",
        "src/page/when.rs",
        "templates/map.html",
        "templates/public.html",
        "templates/public_card.html",
    ] {
        all += &read(file);
    }
    // Of what stands around every page, the sentences of a session are staff's.
    let around = read("templates/base.html");
    all.extend(
        around
            .split_inclusive('"')
            .filter(|text| text.starts_with("word.") || text.starts_with("drill."))
            .map(|text| format!("\"{text}")),
    );
    // What these pages have said for them.
    let part = |file: &str, start: &str| {
        let source = read(file);
        let (_, from) = source.split_once(start).unwrap();
        from.split("\n}\n").next().unwrap().to_owned()
    };
    all += &part("src/page/board.rs", "impl IncidentLine {");
    all += &part("src/page/board/warning.rs", "impl WarningLine {");
    let called: BTreeSet<String> = all
        .split("words::")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('(')?.0.to_owned()))
        .collect();
    for word in called {
        let start = format!("pub(crate) fn {word}(");
        if read("src/page/words.rs").contains(&start) {
            all += &part("src/page/words.rs", &start);
        }
    }
    let known = &Lang::Ja.text().messages;
    let said: BTreeSet<&str> = all.split('"').filter(|text| known.contains_key(*text)).collect();
    let plain = Text::read(include_str!("../../text/ja-plain.toml"));
    let has: BTreeSet<&str> = plain.messages.keys().map(String::as_str).collect();
    assert_eq!(has, said, "left: what the file has, right: what is said");
}

#[test]
fn plain_japanese_reads_hard_words_aloud() {
    let plain = Text::read(include_str!("../../text/ja-plain.toml"));
    for (key, message) in &plain.messages {
        if ["避", "難", "緊", "逃", "確保", "警戒"].iter().any(|hard| message.contains(hard))
        {
            assert!(message.contains('（'), "{key} has a hard word that nobody reads aloud");
        }
    }
}

/// The text of every source and template of the pages.
fn sources(folder: &Path, into: &mut String) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else {
            into.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_key_that_is_said_exists_and_every_key_that_exists_is_said() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    sources(&root.join("src"), &mut all);
    sources(&root.join("templates"), &mut all);
    let known = &Lang::Ja.text().messages;
    for call in ["say(\"", "fill(\""] {
        for rest in all.split(call).skip(1) {
            let key = rest.split('"').next().unwrap();
            assert!(known.contains_key(key), "{key} is said and in no message file");
        }
    }
    for key in known.keys() {
        assert!(all.contains(&format!("\"{key}\"")), "{key} is said nowhere");
    }
}

#[test]
fn a_browser_that_wants_neither_language_gets_japanese() {
    assert_eq!(Lang::accepted("fr-FR,fr;q=0.9"), Lang::Ja);
    assert_eq!(Lang::accepted("fr,en-GB;q=0.8,ja;q=0.7"), Lang::En);
    assert_eq!(Lang::accepted("en;q=0.3,ja-JP;q=0.9"), Lang::Ja);
    assert_eq!(Lang::accepted(""), Lang::Ja);
    assert_eq!(Lang::accepted("ja-x-plain,en;q=0.5"), Lang::Plain);
    assert_eq!(Lang::from_tag("ja-JP"), Some(Lang::Ja));
}

#[test]
fn what_fills_a_place_is_not_read_as_a_place() {
    let key = "a.b";
    let text = Text { messages: [(key.to_owned(), "{x} and {y}".to_owned())].into() };
    assert_eq!(text.fill(key, &[("x", "{y}"), ("y", "2")]), "{y} and 2");
}
