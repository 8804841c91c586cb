//! What is indicated is durable, and what the disk refuses is refused.

use super::town::{INCIDENT, Town};
use crate::engine::input::{Command, Input};
use crate::fact::edit::{Change, Edit, FieldId, Value};
use crate::id::{EntryId, RecordId};
use crate::register::Saw;
use crate::scope::Scope;
use crate::service::refusal::Refusal;

#[test]
fn nobody_is_told_before_the_disk_answers() {
    let mut town = Town::of(2);
    town.link(0, 1);
    town.open_incident(1);
    town.open_site(1);
    town.hosts[1].waiting = Some(Vec::new());
    let sent_before = town.sent.clone();
    let request = town.ask(1, Town::check_in_command(1, &[1]));
    assert_eq!(town.told.get(&request), None, "not indicated");
    assert_eq!(town.sent, sent_before, "not sent");
    let commits = town.hosts[1].waiting.take().unwrap();
    commits.into_iter().for_each(|commit| town.write(1, commit));
    town.settle();
    assert!(town.told[&request].is_ok());
    assert_eq!(town.sure_at(0, 1), 1, "headquarters shows the person");
}

#[test]
fn a_second_tap_sees_the_first_while_the_disk_is_slow() {
    let mut town = Town::of(1);
    town.open_incident(0);
    town.open_site(0);
    town.hosts[0].waiting = Some(Vec::new());
    let first = town.ask(0, Town::check_in_command(0, &[1]));
    let second = town.ask(0, Town::check_in_command(0, &[1]));
    assert_eq!(town.told.get(&first), None);
    assert_eq!(town.told[&second], Err(Refusal::AlreadyHere { same_tap: true }));
}

#[test]
fn a_full_disk_refuses_visibly_and_loses_nothing_it_accepted() {
    let mut town = Town::of(2);
    town.link(0, 1);
    town.open_incident(1);
    town.open_site(1);
    town.check_in(1, &[1]);
    town.hosts[1].waiting = Some(Vec::new());
    let lost = town.ask(1, Town::check_in_command(1, &[2]));
    let also = town.ask(1, Town::check_in_command(1, &[3]));
    let commits = town.hosts[1].waiting.take().unwrap();
    town.fail(1, commits[0].id);
    assert_eq!(town.told[&lost], Err(Refusal::NotDurable));
    assert_eq!(town.told[&also], Err(Refusal::NotDurable));
    assert_eq!(town.sure_at(1, 1), 1, "the page shows what is durable");
    let refused = town.ask(1, Town::check_in_command(1, &[4]));
    assert_eq!(town.told[&refused], Err(Refusal::NotDurable));
    // Meanwhile others go on, and nothing from them is lost here either.
    town.open_site(0);
    town.check_in(0, &[9]);
    town.hear(1, Input::StoreReady);
    town.check_in(1, &[2]);
    town.assert_equal(0, 1);
    assert_eq!((town.sure_at(0, 1), town.sure_at(1, 0)), (2, 1));
}

#[test]
fn the_shelter_is_told_that_headquarters_has_it_and_since_when() {
    let mut town = Town::of(3);
    town.open_incident(2);
    town.open_site(2);
    let accepted = town.check_in(2, &[1]);
    let (_, entry, _) = accepted.facts[0].clone();
    let custody = |town: &Town, entry: EntryId| town.hosts[2].engine.custody().since(entry);
    assert_eq!(custody(&town, entry), None);
    // The road to headquarters leads over another node.
    town.link(1, 2);
    town.link(0, 1);
    town.pass(std::time::Duration::from_secs(3));
    let since = custody(&town, entry).expect("the receipt travelled back");
    town.pass(std::time::Duration::from_secs(200));
    assert_eq!(custody(&town, entry), Some(since), "a mark keeps its time");
    town.restart(2);
    assert_eq!(custody(&town, entry), Some(since), "after a restart too");
    assert!(town.hosts[0].engine.folds().shelter.incident(INCIDENT).is_some());
}

#[test]
fn long_forms_one_after_the_other_never_make_a_block_that_nobody_takes() {
    let mut town = Town::of(2);
    let edit = |number: usize, bytes: usize| Edit {
        record: RecordId([u8::try_from(number).unwrap(); 8]),
        field: FieldId(1),
        change: Change::Put(Value::Text("訓".repeat(bytes / 3))),
        saw: Saw::NOTHING,
        happened_at: None,
    };
    let form = |fields: usize| Command::Edit {
        scope: Scope::Town,
        edits: (0..fields).map(|number| edit(number, 1_900)).collect(),
    };
    let too_long = town.command(1, form(20));
    assert_eq!(town.told[&too_long], Err(Refusal::TooLong));
    for fields in [7, 3, 7, 6, 1, 7, 7, 2, 5] {
        let request = town.command(1, form(fields));
        assert!(town.told[&request].is_ok(), "{fields} fields");
    }
    town.link(0, 1);
    town.assert_equal(0, 1);
    assert_eq!(town.closed, []);
    town.restart(1);
    town.assert_equal(0, 1);
}
