//! The pictures in docs/screenshots show the pages as they are.

use digiana_tests::pictures::{COMMAND, LIST, made_of};

use crate::repository::root;

/// What pages were made of when the pictures were taken and are no more, and the other way round.
fn changed_since(list: &str, now: &str) -> Vec<String> {
    let lines_without = |lines: &str, others: &str| -> Vec<String> {
        lines.lines().filter(|line| !others.lines().any(|it| it == *line)).map(Into::into).collect()
    };
    let mut changed = lines_without(now, list);
    changed.extend(lines_without(list, now));
    changed
}

#[test]
fn no_page_has_changed_since_its_picture() {
    let list = std::fs::read_to_string(root().join(LIST)).unwrap_or_default();
    let changed = changed_since(&list, &made_of(&root()).unwrap());
    assert!(
        changed.is_empty(),
        "pages have changed since the pictures: {changed:#?}\nrun {COMMAND}"
    );
}

#[test]
fn a_changed_a_new_and_a_missing_file_are_found() {
    let list = "01 a.html\n02 b.html\n";
    assert!(changed_since(list, list).is_empty());
    assert_eq!(changed_since(list, "01 a.html\n03 b.html\n"), ["03 b.html", "02 b.html"]);
    assert_eq!(changed_since(list, "01 a.html\n02 b.html\n04 c.html\n"), ["04 c.html"]);
    assert_eq!(changed_since(list, "01 a.html\n"), ["02 b.html"]);
}
