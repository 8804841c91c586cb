//! What a shared record holds after desks that were apart wrote it.

use super::write::{FieldEntry, FormRefusal, decide_form};
use super::*;
use crate::fact::edit::Splice;
use crate::fact::words::Words;
use crate::record::field::{PERSON_KANA, PERSON_NAME};
use crate::register::Saw;
use crate::service::digested::tests::keeps_its_digest;
use crate::service::rehearsal::{START, origin};
use crate::time::Confidence;
use proptest::prelude::*;

const RECORD: RecordId = RecordId([5; 8]);

fn edit(change: Change, saw: Saw) -> Fact {
    Fact::Edit(Edit { record: RECORD, field: PERSON_NAME, change, saw, happened_at: None })
}

fn put(text: &str, saw: &[EntryId]) -> Fact {
    edit(Change::Put(Value::Text(text.to_owned())), Saw::new(saw.to_vec()))
}

fn at(desk: char, seq: u64) -> Origin {
    origin(desk, seq, START)
}

fn fold(log: &[(Origin, Fact)]) -> RecordsFold {
    let mut fold = RecordsFold::default();
    log.iter().for_each(|(origin, fact)| fold.apply(origin, fact));
    fold
}

fn correct(of: Origin) -> Fact {
    let (target, target_hash) = (of.entry, Correct::hash_of(of.hash));
    Fact::Correct(Correct { target, target_hash, reason: Words::new("訓練データ") })
}

#[test]
fn desks_that_did_not_see_each_other_are_both_shown_with_who_and_when() {
    let fold = fold(&[(at('A', 1), put("訓練 花子", &[])), (at('B', 1), put("訓練 華子", &[]))]);
    assert!(fold.is_conflict(RECORD, PERSON_NAME));
    let shown: Vec<_> = fold
        .values(RECORD, PERSON_NAME)
        .map(|(write, value)| {
            (fold.author(write.entry.journal).unwrap(), write.value.when(), value.len())
        })
        .collect();
    assert_eq!(shown[0], (at('A', 1).author, at('A', 1).wall, 13));
    assert_eq!(shown[1].0, at('B', 1).author);
    assert_eq!(shown[1].1.confidence, Confidence::Synced);
}

#[test]
fn desks_that_wrote_the_same_do_not_disagree() {
    let fold = fold(&[(at('A', 1), put("訓練 花子", &[])), (at('B', 1), put("訓練 花子", &[]))]);
    assert!(!fold.is_conflict(RECORD, PERSON_NAME));
}

#[test]
fn a_deleted_field_is_empty_and_its_correction_fills_it_again() {
    let first = at('A', 1);
    let delete = edit(Change::Delete, Saw::new(vec![first.entry]));
    let mut log = vec![(first, put("訓練 花子", &[])), (at('B', 1), delete)];
    assert_eq!(fold(&log).text(RECORD, PERSON_NAME), None);
    assert_eq!(fold(&log).records(|_| true).count(), 0);
    log.push((at('B', 2), correct(at('B', 1))));
    assert_eq!(fold(&log).text(RECORD, PERSON_NAME), Some("訓練 花子"));
    log.reverse();
    assert_eq!(fold(&log).text(RECORD, PERSON_NAME), Some("訓練 花子"));
}

fn splice() -> Fact {
    let splice =
        Splice { after: vec![], before: None, text: Words::new("訓練"), deleted: vec![] };
    edit(Change::Splice(splice), Saw::NOTHING)
}

#[test]
fn free_text_has_no_value_here_and_can_be_corrected() {
    let mut log = vec![(at('A', 1), splice())];
    assert!(fold(&log).field(RECORD, PERSON_NAME).is_none());
    assert!(fold(&log).hash_of(at('A', 1).entry).is_some());
    log.push((at('A', 2), correct(at('A', 1))));
    assert!(fold(&log).hash_of(at('A', 1).entry).is_none());
}

#[test]
fn an_unverified_edit_changes_nothing() {
    let doubted = Origin { standing: Standing::Unverified, ..at('A', 1) };
    assert_eq!(fold(&[(doubted, put("訓練", &[]))]), RecordsFold::default());
}

#[test]
fn a_form_is_taken_whole_or_not_at_all() {
    let held = fold(&[(at('A', 1), put("訓練 花子", &[]))]);
    let entry = |field, value| FieldEntry { field, value, saw: None };
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let ask = |form: &[FieldEntry]| decide_form(&held, RECORD, form, None).map(|facts| facts.len());
    let name = entry(PERSON_NAME, text("訓練 花子"));
    let kana = entry(PERSON_KANA, text("くんれん はなこ"));
    assert_eq!(ask(&[name.clone(), kana.clone()]), Ok(1));
    assert_eq!(ask(&[name, entry(PERSON_KANA, None)]), Err(FormRefusal::NothingToChange));
    assert_eq!(ask(&[entry(PERSON_NAME, None)]), Ok(1));
    let number = entry(PERSON_NAME, Some(Value::Int(1)));
    assert_eq!(ask(&[kana.clone(), number]), Err(FormRefusal::WrongKind { field: PERSON_NAME }));
    let field = PERSON_KANA;
    let mine = entry(field, text("番号 1234 5678 9012"));
    assert_eq!(ask(&[mine]), Err(FormRefusal::LooksLikeMyNumber { field }));
    assert_eq!(ask(&[entry(field, text(&"あ".repeat(683)))]), Err(FormRefusal::TooLong { field }));
    assert_eq!(ask(&vec![kana; 49]), Err(FormRefusal::TooManyFields));
}

#[test]
fn a_form_that_was_shown_before_another_was_saved_is_a_conflict_people_see() {
    let mut held = fold(&[(at('A', 1), put("訓練 花子", &[]))]);
    let shown = held.field(RECORD, PERSON_NAME).unwrap().saw();
    held.apply(&at('B', 1), &put("訓練 華子", shown.dots()));
    let value = Some(Value::Text("訓練 はな子".to_owned()));
    let form = [FieldEntry { field: PERSON_NAME, value, saw: Some(shown) }];
    let facts = decide_form(&held, RECORD, &form, None).unwrap();
    held.apply(&at('A', 2), &facts[0]);
    assert!(held.is_conflict(RECORD, PERSON_NAME));
    let value = Some(Value::Text("訓練 花子".to_owned()));
    let form = [FieldEntry { field: PERSON_NAME, value, saw: None }];
    let facts = decide_form(&held, RECORD, &form, None).unwrap();
    held.apply(&at('A', 3), &facts[0]);
    assert_eq!(held.text(RECORD, PERSON_NAME), Some("訓練 花子"));
    assert!(!held.is_conflict(RECORD, PERSON_NAME));
}

/// Counted as an allocator would: 16 bytes more for each piece, a tree half empty at worst.
#[test]
fn a_register_of_the_whole_town_takes_twelve_megabytes_at_most() {
    let row = 2 * (size_of::<FieldKey>() + 2 + size_of::<Register<FieldWrite>>());
    let write = size_of::<Write<FieldWrite>>() + 16;
    let text = 20 + 16;
    let bytes = 4_231 * 9 * (row + write + text);
    assert!(bytes <= 12_000_000, "{bytes} bytes");
    let mut register = Register::default();
    let value = FieldWrite { stamp: Stamp::of(&at('A', 1)), happened_at: None, value: None };
    register.insert(Write { entry: at('A', 1).entry, value, saw: Saw::NOTHING });
    assert_eq!(register.room(), 1);
}

fn logs() -> impl Strategy<Value = Vec<(Origin, Fact)>> {
    let write = (0u8..5, any::<u8>(), any::<bool>());
    proptest::collection::vec(write, 1..12).prop_map(|writes| {
        let entries = (1u64..).zip(writes).map(|(seq, (kind, seen, other))| {
            let origin = at(if other { 'A' } else { 'B' }, seq);
            let dots = (1..seq).filter(|seq| seen >> (seq % 8) & 1 == 1);
            let saw: Vec<EntryId> = dots.map(|seq| at('A', seq).entry).collect();
            let fact = match kind {
                0 => edit(Change::Delete, Saw::new(saw)),
                1 => correct(at('A', u64::from(seen) % 12)),
                2 => splice(),
                _ => put(&format!("訓練 {seen}"), &saw),
            };
            (origin, fact)
        });
        entries.collect()
    })
}

proptest! {
    #[test]
    fn the_digest_that_is_kept_is_that_of_what_is_there(log in logs().prop_shuffle()) {
        keeps_its_digest::<RecordsFold>(&log);
    }

    #[test]
    fn any_order_gives_the_same_records(log in logs(), turn in any::<prop::sample::Index>()) {
        let mut other: Vec<_> = log.iter().rev().chain(&log).cloned().collect();
        let turn = turn.index(other.len());
        other.rotate_left(turn);
        prop_assert_eq!(fold(&other).digest(), fold(&log).digest());
        prop_assert_eq!(fold(&other), fold(&log));
        prop_assert!(fold(&log).field(RECORD, PERSON_KANA).is_none());
    }
}
