//! Edits of one record and one free text by authors who may say anything.

use std::sync::OnceLock;

use digiana_core::fact::edit::{Change, DeletedRun, Edit, Element, FieldId, Splice, Value};
use digiana_core::fact::words::Words;
use digiana_core::id::{EntryId, JournalId, RecordId};
use digiana_core::record::document::text::TextDocument;
use digiana_core::record::document::{AdmittedEdit, RecordDocument};
use digiana_core::register::Saw;

use super::cursor::Cursor;

const RECORD: RecordId = RecordId([0xec; 8]);
const FIELDS: [FieldId; 2] = [FieldId(32), FieldId(33)];
const EDITS_MAX: usize = 12;

/// Edits in any order make the same document, wait for what has not come, and never stop it.
pub(super) fn document(bytes: &[u8]) {
    let mut cursor = Cursor::new(bytes);
    let of_text = cursor.flag();
    let edits = edits(&mut cursor);
    let admitted: Vec<AdmittedEdit<'_>> = edits
        .iter()
        .map(|(entry, counter, edit)| AdmittedEdit { entry: *entry, counter: *counter, edit })
        .collect();
    if of_text { text_of(&admitted) } else { record_of(&admitted) }
}

/// Nothing is written yet. An empty document is the same each time, so it is made once.
fn empty_record() -> RecordDocument {
    static EMPTY: OnceLock<RecordDocument> = OnceLock::new();
    EMPTY.get_or_init(|| RecordDocument::new(b"set")).clone()
}

fn empty_text() -> TextDocument {
    static EMPTY: OnceLock<TextDocument> = OnceLock::new();
    let [field, _] = FIELDS;
    EMPTY.get_or_init(|| TextDocument::new(RECORD, field)).clone()
}

fn record_of(edits: &[AdmittedEdit<'_>]) {
    let backwards: Vec<AdmittedEdit<'_>> = edits.iter().rev().copied().collect();
    let [mut record, mut other] = [(); 2].map(|()| empty_record());
    record.apply(edits);
    backwards.chunks(5).for_each(|some| other.apply(some));
    for field in FIELDS {
        assert_eq!(record.values(RECORD, field), other.values(RECORD, field));
    }
    assert_eq!((record.waiting(), record.heads()), (other.waiting(), other.heads()));
    for journal in 0..5 {
        record.reached(JournalId([journal; 8]), u64::MAX);
        other.reached(JournalId([journal; 8]), u64::MAX);
    }
    // Whoever holds all there is waits for nobody, whatever its authors say that they saw.
    assert_eq!((record.waiting(), other.waiting()), (0, 0));
    assert_eq!(record.heads(), other.heads());
}

fn text_of(edits: &[AdmittedEdit<'_>]) {
    let backwards: Vec<AdmittedEdit<'_>> = edits.iter().rev().copied().collect();
    let [mut text, mut other] = [(); 2].map(|()| empty_text());
    text.apply(edits);
    backwards.chunks(5).for_each(|some| other.apply(some));
    assert_eq!((text.text(), text.heads()), (other.text(), other.heads()));
    for journal in 0..5 {
        text.reached(JournalId([journal; 8]), u64::MAX);
        other.reached(JournalId([journal; 8]), u64::MAX);
    }
    assert_eq!((text.waiting(), other.waiting()), (0, 0));
    assert_eq!(text.text(), other.text());
    // What is taken out leaves nothing behind.
    if let Some((first, others)) = edits.split_first() {
        text.withdraw(first.entry);
        other = empty_text();
        other.withdraw(first.entry);
        (0..5).for_each(|journal| other.reached(JournalId([journal; 8]), u64::MAX));
        other.apply(others);
        assert_eq!(text.text(), other.text());
    }
}

/// Edits, each with the counter of its entry.
fn edits(cursor: &mut Cursor<'_>) -> Vec<(EntryId, u64, Edit)> {
    let mut edits: Vec<(EntryId, u64, Edit)> = Vec::new();
    let mut next = [0_u64; 4];
    // A counter grows along its journal, by whatever its author likes.
    let mut counters = [0_u64; 4];
    while !cursor.is_empty() && edits.len() < EDITS_MAX {
        let by = cursor.byte() % 4;
        let seq = next.get_mut(usize::from(by)).expect("there are four journals");
        // A journal has other entries between two edits.
        *seq += 1 + u64::from(cursor.byte() % 2);
        let entry = EntryId { journal: JournalId([by; 8]), seq: *seq };
        let change = match cursor.byte() % 8 {
            0 => Change::Put(Value::Text(text(cursor))),
            1 => Change::Put(Value::Int(i64::from_le_bytes(cursor.array()))),
            2 => Change::Put(Value::Bytes(cursor.run().to_vec())),
            3 => Change::Delete,
            _ => Change::Splice(Splice {
                after: few(cursor, element),
                before: cursor.flag().then(|| element(cursor)),
                text: Words::new(&text(cursor)),
                deleted: few(cursor, |cursor| DeletedRun {
                    from: element(cursor),
                    len: u32::from_le_bytes(cursor.array()) % 9,
                }),
            }),
        };
        let saw = Saw::new(few(cursor, dot));
        let drawn = cursor.byte();
        let field = if drawn.is_multiple_of(4) { FIELDS[1] } else { FIELDS[0] };
        let counter = counters.get_mut(usize::from(by)).expect("there are four journals");
        *counter += 1 + u64::from(drawn >> 4);
        edits.push((
            entry,
            *counter,
            Edit { record: RECORD, field, change, saw, happened_at: None },
        ));
    }
    edits
}

fn few<T>(cursor: &mut Cursor<'_>, mut one: impl FnMut(&mut Cursor<'_>) -> T) -> Vec<T> {
    (0..cursor.byte() % 4).map(|_| one(cursor)).collect()
}

/// An entry near those that are there; now and then one that never comes.
fn dot(cursor: &mut Cursor<'_>) -> EntryId {
    let journal = JournalId([cursor.byte() % 5; 8]);
    EntryId { journal, seq: u64::from(cursor.byte() % 16) }
}

fn element(cursor: &mut Cursor<'_>) -> Element {
    let splice = dot(cursor);
    let index = cursor.byte();
    Element { splice, index: if index == 255 { u32::MAX } else { u32::from(index % 8) } }
}

fn text(cursor: &mut Cursor<'_>) -> String {
    String::from_utf8_lossy(cursor.run()).into_owned()
}
