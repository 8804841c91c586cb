//! A good file of lists, and what is said of a bad one.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use digiana_core::engine::input::Command;

use super::*;

/// The drill's own lists are read as any other file.
const GOOD: &str = include_str!("../../../../sim/src/drill/lists.toml");

#[test]
fn the_lists_of_the_drill_are_read_and_say_whose_they_are() {
    let lists = read_lists("lists.toml", GOOD).unwrap();
    assert!(lists.len() > 8);
    let plan = lists.plan();
    assert!(
        plan.commands()
            .iter()
            .all(|command| { matches!(command, Command::Edit { scope: Scope::Town, .. }) })
    );
    let names =
        lists.entries.iter().flat_map(|entry| &entry.fields).filter_map(|(field, value)| {
            let is_name = digiana_core::record::field::ALL
                .iter()
                .any(|(id, name, _)| id == field && name.ends_with("_NAME"));
            let Value::Text(name) = value else { return None };
            is_name.then(|| name.clone())
        });
    assert!(names.into_iter().all(|name| name.contains("訓練データ")));
}

fn mistake(text: &str) -> String {
    read_lists("lists.toml", text).unwrap_err().to_string()
}

#[test]
fn a_mistake_names_its_line_and_entry_and_nothing_is_read() {
    let stop = "[[stop]]\nkey = \"a\"\nname = \"甲\"\n";
    for (text, expected) in [
        (format!("{stop}{stop}"), "lists.toml, line 4, [[stop]] \"a\": the key stands there twice"),
        (
            format!("{stop}[[route]]\nkey = \"r\"\nname = \"線\"\nstops = [\"a\", \"b\"]\n"),
            "lists.toml, line 4, [[route]] \"r\": no [[stop]] of this file has the key \"b\"",
        ),
        (
            format!("{stop}[[route]]\nkey = \"r\"\nname = \"線\"\nstops = [\"a\"]\ntimes = [\"7時\"]\n"),
            "[[route]] \"r\": the timetable: line 1, time 1 is no time of day",
        ),
        (
            "[[product]]\nkey = \"p\"\nname = \"券\"\ntickets = 0\n".to_owned(),
            "[[product]] \"p\": tickets is a number from 1 to 1000000",
        ),
        (
            "[[rule]]\nkey = \"r\"\nname = \"来館\"\npoints = 5\nfrom = \"2026-04-01\"\nuntil = \"2026-03-01\"\n"
                .to_owned(),
            "[[rule]] \"r\": its last day is before its first",
        ),
        ("[[site]]\nkey = \"s\"\n".to_owned(), "[[site]] \"s\": it serves as one or more of"),
        ("[[stop]]\nkey = \"a\"\nnmae = \"甲\"\n".to_owned(), "unknown field `nmae`"),
        (String::new(), "there is no entry in it"),
    ] {
        let told = mistake(&text);
        assert!(told.contains(expected), "{expected}\n{told}");
        assert!(told.starts_with("nothing was imported"));
    }
}

#[test]
fn the_same_key_is_the_same_entry_and_a_site_may_have_its_key_of_gsi() {
    assert_eq!(record_id("stop", "a"), record_id("stop", "a"));
    assert_ne!(record_id("stop", "a"), record_id("route", "a"));
    assert_eq!(site_id("E3244800001").to_string(), "ce8e42d945cd1495");
}
