//! Shared records of one scope, folded: a register for each field of each record.
//!
//! Free text has no value here: its characters live in the record's document. Its entries are
//! known by name only, so that they can be corrected.

pub mod write;

use crate::fact::Fact;
use crate::fact::correct::Correct;
use crate::fact::edit::{Change, Edit, FieldId, Value};
use crate::id::{EntryId, JournalId, NodeId, RecordId};
use crate::register::{Register, Write};

use super::canon::{Canon, Canonical};
use super::corrections::Corrections;
use super::digested::Digested;
use super::stamp::{Authors, Stamp, Stamped, hash_in, is_meant, withdraw};
use super::{Fold, Origin, Standing};

/// A field was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldWrite {
    stamp: Stamp,
    // Late entries are rare among tens of thousands of writes.
    happened_at: Option<Box<i64>>,
    /// What it holds since; none when it was emptied.
    pub value: Option<Value>,
}

impl Stamped for FieldWrite {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    fn happened_at(&self) -> Option<i64> {
        self.happened_at.as_deref().copied()
    }
}

impl Canonical for FieldWrite {
    fn put(&self, canon: &mut Canon) {
        canon.value(&self.happened_at()).value(&self.value);
    }
}

/// Where a field stands: the key of a register.
pub type FieldKey = (RecordId, FieldId);

/// All that the admitted edits of one scope say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordsFold {
    corrections: Corrections,
    authors: Authors,
    // Invariant: no register is empty.
    fields: Digested<FieldKey, Register<FieldWrite>>,
    splices: Digested<EntryId, [u8; 4]>,
}

impl RecordsFold {
    /// The register of a field; none when it was never written.
    pub fn field(&self, record: RecordId, field: FieldId) -> Option<&Register<FieldWrite>> {
        self.fields.get(&(record, field))
    }

    /// Every register of a record, by field.
    pub fn record(
        &self,
        record: RecordId,
    ) -> impl Iterator<Item = (FieldId, &Register<FieldWrite>)> {
        let all = (record, FieldId(u16::MIN))..=(record, FieldId(u16::MAX));
        self.fields.range(all).map(|((_, field), register)| (*field, register))
    }

    /// Every register of the scope, by record and field.
    pub fn fields(&self) -> impl Iterator<Item = (FieldKey, &Register<FieldWrite>)> {
        self.fields.iter().map(|(key, register)| (*key, register))
    }

    /// Every record of which anything was ever written, with whether one of its fields for which
    /// `wanted` holds is filled now.
    pub fn records(&self, wanted: impl Fn(FieldId) -> bool) -> impl Iterator<Item = RecordId> {
        let mut last = None;
        self.fields.iter().filter_map(move |((record, field), register)| {
            let new = last != Some(*record) && wanted(*field) && shown(register).is_some();
            new.then(|| {
                last = Some(*record);
                *record
            })
        })
    }

    /// The values that current writes give a field, each with its write; several are a conflict
    /// unless they are equal, none is an empty field.
    pub fn values(
        &self,
        record: RecordId,
        field: FieldId,
    ) -> impl Iterator<Item = (&Write<FieldWrite>, &Value)> {
        let current = self.field(record, field).into_iter().flat_map(Register::current);
        current.filter_map(|write| Some((write, write.value.value.as_ref()?)))
    }

    /// Whether desks that did not see each other wrote different things.
    pub fn is_conflict(&self, record: RecordId, field: FieldId) -> bool {
        let Some(register) = self.field(record, field) else { return false };
        let mut current = register.current().map(|write| &write.value.value);
        current.next().is_some_and(|first| current.any(|other| other != first))
    }

    /// The one value to show where there is room for one: of several the last by counter, which
    /// says nothing of which is right.
    pub fn value(&self, record: RecordId, field: FieldId) -> Option<&Value> {
        shown(self.field(record, field)?)
    }

    /// The text to show of a field.
    pub fn text(&self, record: RecordId, field: FieldId) -> Option<&str> {
        match self.value(record, field)? {
            Value::Text(text) => Some(text),
            Value::Int(_) | Value::Bool(_) | Value::Bytes(_) => None,
        }
    }

    /// The number to show of a field.
    pub fn int(&self, record: RecordId, field: FieldId) -> Option<i64> {
        match self.value(record, field)? {
            Value::Int(number) => Some(*number),
            Value::Text(_) | Value::Bool(_) | Value::Bytes(_) => None,
        }
    }

    /// Whether a field says yes. Of a conflict, one yes is enough: protection and care are claimed
    /// by it.
    pub fn yes(&self, record: RecordId, field: FieldId) -> bool {
        self.values(record, field).any(|(_, value)| *value == Value::Bool(true))
    }

    /// Who writes a journal.
    pub fn author(&self, journal: JournalId) -> Option<NodeId> {
        self.authors.of(journal)
    }

    fn edit(&mut self, origin: &Origin, edit: &Edit) {
        let stamp = Stamp::of(origin);
        let value = match &edit.change {
            Change::Put(value) => Some(lean(value)),
            Change::Delete => None,
            Change::Splice(_) => {
                self.splices.insert(origin.entry, stamp.hash);
                return;
            }
        };
        let value = FieldWrite { stamp, happened_at: edit.happened_at.map(Box::new), value };
        let write = Write { entry: origin.entry, value, saw: edit.saw.clone() };
        self.fields.change((edit.record, edit.field), |register| register.insert(write));
    }

    fn correct(&mut self, correct: &Correct) {
        if self.splices.get(&correct.target) == Some(&correct.target_hash) {
            self.splices.remove(correct.target);
            return;
        }
        let held = self.fields.iter().find(|(_, register)| is_meant(register, correct));
        if let Some(key) = held.map(|(key, _)| *key) {
            self.fields.change(key, |register| withdraw(register, correct));
        }
    }
}

/// The value to show of a register.
fn shown(register: &Register<FieldWrite>) -> Option<&Value> {
    let filled = register.current().filter(|write| write.value.value.is_some());
    filled.max_by_key(|write| (write.value.stamp.counter, write.entry))?.value.value.as_ref()
}

/// A copy with no spare room: a replica holds tens of thousands.
fn lean(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(text.as_str().to_owned()),
        Value::Bytes(bytes) => Value::Bytes(bytes.as_slice().to_owned()),
        Value::Int(_) | Value::Bool(_) => value.clone(),
    }
}

impl Fold for RecordsFold {
    fn apply(&mut self, origin: &Origin, fact: &Fact) {
        if origin.standing != Standing::Admitted {
            return;
        }
        self.authors.apply(origin);
        if let Fact::Correct(correct) = fact {
            self.corrections.apply(origin, correct);
            return self.correct(correct);
        }
        if self.corrections.of(origin.entry, origin.hash).is_some() {
            return;
        }
        if let Fact::Edit(edit) = fact {
            self.edit(origin, edit);
        }
    }

    fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    fn hash_of(&self, entry: EntryId) -> Option<[u8; 4]> {
        let field = || self.fields.values().find_map(|register| hash_in(register, entry));
        self.splices.get(&entry).copied().or_else(field)
    }

    fn digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("records");
        canon.put(&self.corrections).put(&self.authors).put(&self.fields).put(&self.splices);
        canon.digest()
    }
}

#[cfg(test)]
mod tests;
