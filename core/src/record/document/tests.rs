//! The document of a record set holds what the registers hold, whatever way the edits come.

pub(crate) mod history;

use std::collections::BTreeMap;

use automerge::{Automerge, ROOT, ReadDoc};
use proptest::prelude::*;

use self::history::{Draw, Fate, History, draws, journal, record};
use super::*;
use crate::register::{Register, Saw};

fn current(register: &Register<Change>) -> Vec<(EntryId, Value)> {
    register
        .current()
        .filter_map(|write| match &write.value {
            Change::Put(value) => Some((write.entry, value.clone())),
            Change::Delete | Change::Splice(_) => None,
        })
        .collect()
}

// What a reader of the exported file finds under a field.
fn exported(file: &Automerge, place: Field) -> Vec<Value> {
    let found = file.get_all(ROOT, key(place)).unwrap();
    found.iter().map(|(value, _)| from_scalar(value.as_scalar().unwrap()).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_document_holds_what_the_registers_hold_in_any_order(
        draws in draws(24),
        luck in any::<u64>(),
    ) {
        let history = History::play(&draws);
        let (one, other) = (history.arrive(luck), history.at_once());
        prop_assert_eq!(one.waiting(), 0);
        prop_assert_eq!(one.heads(), other.heads());
        let file = Automerge::load(&one.save()).unwrap();
        prop_assert_eq!(file.get_heads().into_iter().map(|hash| hash.0).collect::<Vec<_>>(), one.heads());
        for (place, register) in history.registers() {
            let values = one.values(place.0, place.1);
            prop_assert_eq!(&values, &current(&register));
            let mut plain: Vec<String> =
                exported(&file, place).iter().map(|value| format!("{:?}", scalar(value))).collect();
            let mut held: Vec<String> =
                values.iter().map(|(_, value)| format!("{:?}", scalar(value))).collect();
            plain.sort_unstable();
            held.sort_unstable();
            prop_assert_eq!(plain, held);
        }
    }
}

proptest! {
    #[test]
    fn the_history_of_a_record_names_each_edit_once_and_after_those_it_saw(
        draws in draws(24),
        luck in any::<u64>(),
    ) {
        let history = History::play(&draws);
        let (one, other) = (history.arrive(luck), history.at_once());
        for number in 0..3 {
            let steps = one.history(record(number));
            prop_assert_eq!(&steps, &other.history(record(number)));
            let place: BTreeMap<EntryId, usize> =
                steps.iter().enumerate().map(|(place, step)| (step.entry, place)).collect();
            let written = history.admitted().filter(|it| it.edit.record == record(number));
            for AdmittedEdit { entry, edit, .. } in written.clone() {
                let seen = written.clone().filter(|other| {
                    other.edit.field == edit.field && edit.saw.covers(other.entry)
                });
                for seen in seen {
                    prop_assert!(place[&seen.entry] < place[&entry]);
                }
            }
            prop_assert_eq!(written.count(), steps.len());
        }
    }
}

// Edits as a stolen device could sign them: they name what they cannot have seen.
fn wild() -> impl Strategy<Value = Vec<(EntryId, Edit)>> {
    let entry = (0..3usize, 1u64..6).prop_map(|(number, seq)| entry(number, seq));
    let dots = proptest::collection::vec(entry.clone(), 0..4);
    let edit =
        (entry, 1u8..3, any::<Option<i64>>(), dots).prop_map(|(entry, number, value, dots)| {
            let change = value.map_or(Change::Delete, |value| Change::Put(Value::Int(value)));
            (entry, Edit { change, ..put(number, 0, &dots) })
        });
    proptest::collection::vec(edit, 1..12).prop_map(|mut edits| {
        let mut met = std::collections::BTreeSet::new();
        edits.retain(|(entry, _)| met.insert(*entry));
        edits
    })
}

proptest! {
    #[test]
    fn no_edit_however_wrong_stops_the_document_or_splits_two_replicas(
        edits in wild(),
        clocks in clocks(),
        turn in any::<proptest::sample::Index>(),
        reached in 0u64..6,
    ) {
        let build = |edits: &[(EntryId, Edit)]| {
            let mut document = RecordDocument::new(b"register");
            for (entry, edit) in edits {
                let counter = counter(&clocks, *entry);
                document.apply(&[AdmittedEdit { entry: *entry, counter, edit }]);
            }
            document.reached(journal(0), reached);
            document
        };
        let mut turned = edits.clone();
        turned.rotate_left(turn.index(edits.len()));
        let (mut one, mut other) = (build(&edits), build(&turned));
        prop_assert_eq!((one.waiting(), one.heads()), (other.waiting(), other.heads()));
        // Whoever holds all there is waits for nobody.
        for document in [&mut one, &mut other] {
            (0..3).for_each(|number| document.reached(journal(number), u64::MAX));
            prop_assert_eq!(document.waiting(), 0);
        }
        prop_assert_eq!(one.heads(), other.heads());
        prop_assert!(Automerge::load(&one.save()).is_ok());
    }
}

/// For each journal where its counter begins, and its step: alike and far apart.
pub(crate) fn clocks() -> impl Strategy<Value = [(u64, u64); 3]> {
    proptest::array::uniform3((0u64..8, 1u64..4))
}

/// The counter of one of the entries of three journals.
pub(crate) fn counter(clocks: &[(u64, u64); 3], entry: EntryId) -> u64 {
    let number = (0..3).find(|number| journal(*number) == entry.journal).unwrap();
    let (begin, step) = clocks[number];
    begin + entry.seq * step
}

fn put(record_number: u8, value: i64, dots: &[EntryId]) -> Edit {
    Edit {
        record: record(record_number),
        field: FieldId(0),
        change: Change::Put(Value::Int(value)),
        saw: Saw::new(dots.to_vec()),
        happened_at: None,
    }
}

fn entry(number: usize, seq: u64) -> EntryId {
    EntryId { journal: journal(number), seq }
}

// The clocks of these journals run alike: what has a higher number was written later.
fn apply(document: &mut RecordDocument, entry: EntryId, edit: &Edit) {
    document.apply(&[AdmittedEdit { entry, counter: entry.seq, edit }]);
}

fn numbers(document: &RecordDocument) -> Vec<EntryId> {
    document.values(record(1), FieldId(0)).into_iter().map(|(entry, _)| entry).collect()
}

#[test]
fn an_edit_waits_for_what_its_author_saw() {
    let mut document = RecordDocument::new(b"register");
    apply(&mut document, entry(1, 7), &put(1, 2, &[entry(0, 3)]));
    assert_eq!((document.waiting(), numbers(&document)), (1, vec![]));
    apply(&mut document, entry(0, 3), &put(1, 1, &[]));
    assert_eq!((document.waiting(), numbers(&document)), (0, vec![entry(1, 7)]));
}

#[test]
fn nobody_waits_for_an_edit_that_was_quarantined() {
    let mut document = RecordDocument::new(b"register");
    apply(&mut document, entry(1, 7), &put(1, 2, &[entry(0, 3)]));
    document.withdraw(entry(0, 3));
    assert_eq!((document.waiting(), numbers(&document)), (0, vec![entry(1, 7)]));
}

#[test]
fn nobody_waits_for_an_entry_of_a_journal_that_is_held_beyond_it() {
    let mut document = RecordDocument::new(b"register");
    apply(&mut document, entry(1, 7), &put(1, 2, &[entry(0, 3)]));
    document.reached(journal(0), 2);
    assert_eq!(document.waiting(), 1);
    document.reached(journal(0), 3);
    assert_eq!((document.waiting(), numbers(&document)), (0, vec![entry(1, 7)]));
}

#[test]
fn an_edit_that_claims_to_have_seen_its_own_future_is_woven_in() {
    let mut document = RecordDocument::new(b"register");
    apply(&mut document, entry(1, 7), &put(1, 2, &[entry(1, 9)]));
    apply(&mut document, entry(1, 9), &put(1, 3, &[]));
    assert_eq!((document.waiting(), numbers(&document)), (0, vec![entry(1, 7), entry(1, 9)]));
}

#[test]
fn edits_that_name_each_other_as_seen_hold_up_nobody_who_saw_them() {
    let (one, other) = (entry(0, 3), entry(2, 4));
    let honest = entry(1, 7);
    let edits = [
        (one, put(1, 1, &[other])),
        (other, put(1, 2, &[one])),
        (honest, put(1, 3, &[one, other])),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut document = RecordDocument::new(b"register");
        for (entry, edit) in order.map(|number: usize| &edits[number]) {
            apply(&mut document, *entry, edit);
        }
        assert_eq!((document.waiting(), numbers(&document)), (0, vec![honest]), "{order:?}");
        // The higher counter can have seen the lower one, and not the other way round.
        let steps: Vec<EntryId> =
            document.history(record(1)).iter().map(|step| step.entry).collect();
        assert_eq!(steps, [one, other, honest], "{order:?}");
    }
}

#[test]
fn of_two_edits_with_one_counter_neither_has_seen_the_other() {
    let mut document = RecordDocument::new(b"register");
    apply(&mut document, entry(0, 3), &put(1, 1, &[entry(1, 3)]));
    apply(&mut document, entry(1, 3), &put(1, 2, &[entry(0, 3)]));
    let mut both = vec![entry(0, 3), entry(1, 3)];
    both.sort_unstable();
    assert_eq!((document.waiting(), numbers(&document)), (0, both));
}

#[test]
fn what_a_lower_counter_cannot_have_seen_is_not_covered_but_what_came_before_it_is() {
    let mut document = RecordDocument::new(b"register");
    apply(&mut document, entry(0, 2), &put(1, 1, &[]));
    apply(&mut document, entry(0, 9), &put(1, 2, &[entry(0, 2)]));
    apply(&mut document, entry(1, 5), &put(1, 3, &[entry(0, 9)]));
    let mut both = vec![entry(0, 9), entry(1, 5)];
    both.sort_unstable();
    assert_eq!((document.waiting(), numbers(&document)), (0, both));
}

#[test]
fn a_splice_in_a_record_set_changes_nothing_and_holds_up_nobody() {
    let splice = crate::fact::edit::Splice {
        after: vec![],
        before: None,
        text: crate::fact::words::Words::new("雨"),
        deleted: vec![],
    };
    let mut document = RecordDocument::new(b"register");
    let empty = document.heads();
    let stray = Edit { change: Change::Splice(splice), ..put(1, 0, &[]) };
    apply(&mut document, entry(0, 3), &stray);
    assert_eq!(document.heads(), empty);
    apply(&mut document, entry(1, 7), &put(1, 2, &[entry(0, 3)]));
    assert_eq!((document.waiting(), numbers(&document)), (0, vec![entry(1, 7)]));
}

#[test]
fn a_delete_where_nothing_stands_is_in_the_history_and_the_file_opens() {
    let mut document = RecordDocument::new(b"register");
    apply(&mut document, entry(1, 7), &Edit { change: Change::Delete, ..put(1, 0, &[]) });
    assert_eq!(document.history(record(1)).len(), 1);
    let file = Automerge::load(&document.save()).unwrap();
    assert_eq!(
        file.get_heads().into_iter().map(|hash| hash.0).collect::<Vec<_>>(),
        document.heads()
    );
}

#[test]
fn documents_of_different_sets_share_no_change() {
    assert_ne!(RecordDocument::new(b"shard 1").heads(), RecordDocument::new(b"shard 2").heads());
}

#[test]
fn a_document_shows_nobodys_name_in_a_log() {
    let mut document = RecordDocument::new(b"register");
    let name = Change::Put(Value::Text("訓練データ 一郎".into()));
    apply(&mut document, entry(1, 7), &Edit { change: name, ..put(1, 2, &[]) });
    assert_eq!(format!("{document:?}"), "RecordDocument(1 woven, 0 waiting)");
}

#[test]
fn a_set_of_more_than_ten_thousand_edits_is_woven_in_one_go_and_one_by_one() {
    let luck = &mut history::Luck(1);
    let mut draw = |_| Draw {
        journal: usize::try_from(luck.below(4)).unwrap(),
        place: (u8::try_from(luck.below(3)).unwrap(), u16::try_from(luck.below(200)).unwrap()),
        what: u8::try_from(luck.below(256)).unwrap(),
        met: 0,
        gap: 0,
        fate: Fate::Stays,
    };
    let draws: Vec<Draw> = (0..10_500).map(&mut draw).collect();
    let history = History::play(&draws);
    let admitted: Vec<_> = history.admitted().collect();
    let (first, last) = admitted.split_at(10_490);
    let mut document = RecordDocument::new(b"register");
    document.apply(first);
    last.iter().for_each(|edit| document.apply(&[*edit]));
    assert_eq!(document.waiting(), 0);
    let mut again = RecordDocument::new(b"register");
    again.apply(&admitted);
    assert_eq!(document.heads(), again.heads());
}
