//! The Automerge document of a record set, made here from admitted edits.
//!
//! It serves what Automerge is good at: merged free text, who changed what, and a file to take
//! away. It decides nothing: rules and pages read the registers, and a test holds both to the same
//! values. It parses no Automerge bytes of anybody: what comes from outside is edits.

mod changes;
mod order;
pub mod text;

use std::collections::BTreeMap;
use std::fmt;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ROOT, ReadDoc, ScalarValue};

use self::changes::Changes;
use self::order::{Arrival, Field, Order};
use crate::fact::edit::{Change, Edit, FieldId, Value};
use crate::id::{EntryId, JournalId, RecordId};

/// An edit that counts, and the entry that made it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdmittedEdit<'a> {
    /// The entry that holds the edit.
    pub entry: EntryId,
    /// The entry's counter. It grows along a journal, as in each that was verified; what an edit
    /// says it saw is believed of edits with smaller counters only, so none is in its own past.
    pub counter: u64,
    /// The edit.
    pub edit: &'a Edit,
}

/// One step in the life of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HistoryEntry<'a> {
    /// Who and when stand with the entry.
    pub entry: EntryId,
    /// Which field was written.
    pub field: FieldId,
    /// What was done to it.
    pub change: &'a Change,
    /// When it was true, if that was before it was recorded: Unix seconds.
    pub happened_at: Option<i64>,
}

/// The document of one record set: a put or delete of a field is a change of its own.
///
/// The same admitted edits make the same document, whatever order they come in. Splices of free
/// text are no part of it: each text has a [`TextDocument`](text::TextDocument). An edit whose
/// `saw` names what never comes waits until that is withdrawn or its journal is held so far; edits
/// never wait for each other, whatever their authors say.
#[derive(Clone)]
pub struct RecordDocument {
    order: Order,
    changes: Changes,
}

impl fmt::Debug for RecordDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordDocument({} woven, {} waiting)", self.order.woven(), self.waiting())
    }
}

impl RecordDocument {
    /// The empty document of the set of this name. Documents of different sets share no change.
    pub fn new(set: &[u8]) -> Self {
        let named = Op {
            action: OpType::Put(ScalarValue::Bytes(set.to_vec())),
            obj: ObjectId::Root,
            key: Key::from("set"),
            pred: SortedVec::new(),
            insert: false,
        };
        Self { order: Order::default(), changes: Changes::new(set, vec![named]) }
    }

    /// Takes up admitted edits of the set, in any order. One that is held already changes nothing;
    /// one that was withdrawn counts again.
    pub fn apply(&mut self, edits: &[AdmittedEdit<'_>]) {
        let mut under = false;
        for admitted in edits {
            match admitted.edit.change {
                Change::Put(_) | Change::Delete => {
                    let dots = admitted.edit.saw.dots().iter().copied();
                    under |= self.order.insert(*admitted, dots) == Arrival::Under;
                }
                Change::Splice(_) => under |= self.order.withdraw(admitted.entry),
            }
        }
        self.settle(under);
    }

    /// Takes an edit out, as if it had never been made. It need not be held: nobody waits for it
    /// from now on. Corrections and quarantine come here.
    pub fn withdraw(&mut self, entry: EntryId) {
        let woven = self.order.withdraw(entry);
        self.settle(woven);
    }

    /// Learns that the replica holds a journal up to `seq`, so that a dot up to there which is no
    /// admitted edit is not waited for. Call it after the edits up to there were applied.
    /// Where the document is made for one look at what is held, `u64::MAX` waits for nothing.
    pub fn reached(&mut self, journal: JournalId, seq: u64) {
        self.order.reached(journal, seq);
        self.settle(false);
    }

    /// How many edits wait for something that has not come.
    pub fn waiting(&self) -> usize {
        self.order.waiting()
    }

    /// What a field holds, by entry. More than one value is a conflict.
    pub fn values(&self, record: RecordId, field: FieldId) -> Vec<(EntryId, Value)> {
        let found = self.changes.document().get_all(ROOT, key((record, field)));
        let found = found.expect("the root is a map, whose keys are text");
        let mut values: Vec<(EntryId, Value)> = found
            .iter()
            .filter_map(|(value, id)| {
                Some((self.changes.origin(id)?.0, from_scalar(value.as_scalar()?)?))
            })
            .collect();
        values.sort_unstable_by_key(|(entry, _)| *entry);
        values
    }

    /// All that was done to a record, each step after those it saw.
    pub fn history(&self, record: RecordId) -> Vec<HistoryEntry<'_>> {
        history(&self.order, &self.changes, record)
    }

    /// The bytes of an `.automerge` file. They hold what the records hold: names and addresses too.
    pub fn save(&self) -> Vec<u8> {
        self.changes.document().save()
    }

    /// The hashes of the last changes, ascending. Equal edits give equal heads.
    pub fn heads(&self) -> Vec<[u8; 32]> {
        self.changes.document().get_heads().into_iter().map(|hash| hash.0).collect()
    }

    fn settle(&mut self, from_the_start: bool) {
        if from_the_start {
            self.order.restart();
            self.changes.restart();
        }
        while let Some(entry) = self.order.next() {
            let plan = self.changes.plan(entry, &self.order.seen(entry));
            let operation = self.operation(entry);
            self.changes.make(plan, operation.into_iter().collect());
        }
        self.changes.write();
    }

    // A put is always an operation, a delete only where there is something to delete.
    fn operation(&self, entry: EntryId) -> Option<Op> {
        let edit = self.order.edit(entry)?;
        let pred: SortedVec<OpId> = self.overwritten(entry, edit).collect();
        let action = match &edit.change {
            Change::Put(value) => OpType::Put(scalar(value)),
            Change::Delete if pred.is_empty() => return None,
            Change::Delete => OpType::Delete,
            Change::Splice(_) => return None,
        };
        let key = Key::from(key((edit.record, edit.field)));
        Some(Op { action, obj: ObjectId::Root, key, pred, insert: false })
    }

    // The puts that the edit's author saw and that nothing else they saw covers.
    fn overwritten(&self, entry: EntryId, edit: &Edit) -> impl Iterator<Item = OpId> {
        let field = (edit.record, edit.field);
        let mut latest: Vec<EntryId> = Vec::new();
        for dot in self.order.seen(entry) {
            // Whoever saw an earlier edit of their own has covered all before it.
            let mut own = 0;
            for seen in self.order.up_to(field, dot) {
                if seen.seq <= own {
                    break;
                }
                latest.push(seen);
                let dots = self.order.seen(seen).into_iter();
                let of_own = dots.filter(|dot| dot.journal == seen.journal).map(|dot| dot.seq);
                own = of_own.max().unwrap_or(0).max(own);
            }
        }
        latest.sort_unstable();
        latest.dedup();
        let mut covered: BTreeMap<JournalId, u64> = BTreeMap::new();
        for dot in latest.iter().flat_map(|seen| self.order.seen(*seen)) {
            let highest = covered.entry(dot.journal).or_default();
            *highest = dot.seq.max(*highest);
        }
        latest.into_iter().filter_map(move |seen| {
            let is_covered = covered.get(&seen.journal).is_some_and(|seq| *seq >= seen.seq);
            let is_put = matches!(self.order.edit(seen)?.change, Change::Put(_));
            (is_put && !is_covered).then(|| self.changes.operation(seen, 0))?
        })
    }
}

fn history<'a>(order: &'a Order, changes: &Changes, record: RecordId) -> Vec<HistoryEntry<'a>> {
    let steps = order.woven_of(record).map(|(entry, edit)| HistoryEntry {
        entry,
        field: edit.field,
        change: &edit.change,
        happened_at: edit.happened_at,
    });
    let mut steps: Vec<HistoryEntry<'a>> = steps.collect();
    steps.sort_by_cached_key(|step| (changes.depth(step.entry), step.entry));
    steps
}

// One flat map: a record comes into being with its first field, so nobody has to create it.
fn key((record, field): Field) -> String {
    format!("{record}/{}", field.0)
}

fn scalar(value: &Value) -> ScalarValue {
    match value {
        Value::Text(text) => ScalarValue::Str(text.as_str().into()),
        Value::Int(number) => ScalarValue::Int(*number),
        Value::Bool(yes) => ScalarValue::Boolean(*yes),
        Value::Bytes(bytes) => ScalarValue::Bytes(bytes.clone()),
    }
}

fn from_scalar(value: &ScalarValue) -> Option<Value> {
    match value {
        ScalarValue::Str(text) => Some(Value::Text(text.to_string())),
        ScalarValue::Int(number) => Some(Value::Int(*number)),
        ScalarValue::Boolean(yes) => Some(Value::Bool(*yes)),
        ScalarValue::Bytes(bytes) => Some(Value::Bytes(bytes.clone())),
        ScalarValue::Uint(_)
        | ScalarValue::F64(_)
        | ScalarValue::Counter(_)
        | ScalarValue::Timestamp(_)
        | ScalarValue::Unknown { .. }
        | ScalarValue::Null => None,
    }
}

#[cfg(test)]
mod tests;
