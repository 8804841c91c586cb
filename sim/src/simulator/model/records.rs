//! Shared records: a register for each field of each record, and the characters of free texts.

use std::collections::{BTreeMap, BTreeSet};

use digiana_core::engine::folds::Folds;
use digiana_core::fact::edit::{Change, Edit, FieldId, Splice, Value};
use digiana_core::id::{EntryId, PersonId, RecordId, SiteId};
use digiana_core::record::field;
use digiana_core::scope::Scope;

use super::difference::{Checker, Difference, Differences};
use super::persons::Persons;
use super::register::Writes;
use super::{Recorded, Town};

/// A field of a record, and its scope.
pub type FieldKey = (Scope, RecordId, FieldId);

/// Every shared record.
#[derive(Debug, Default)]
pub struct Records<'a> {
    fields: BTreeMap<FieldKey, Writes<'a, Edit>>,
    texts: BTreeMap<FieldKey, Vec<(EntryId, &'a Splice)>>,
}

impl<'a> Records<'a> {
    pub(super) fn take(&mut self, scope: Scope, recorded: &'a Recorded, edit: &'a Edit) {
        match scope {
            // Nobody shows records of these.
            Scope::Shelter | Scope::Tokens | Scope::Transport | Scope::Wellbeing => return,
            Scope::Town
            | Scope::Register
            | Scope::Care(_)
            | Scope::School(_)
            | Scope::Notices
            | Scope::Staff
            | Scope::Public => {}
        }
        let key = (scope, edit.record, edit.field);
        match &edit.change {
            Change::Put(_) | Change::Delete => {
                self.fields.entry(key).or_default().push(recorded, edit);
            }
            Change::Splice(splice) => {
                self.texts.entry(key).or_default().push((recorded.entry, splice));
            }
        }
    }

    /// What current writes give a field, by entry; none where one emptied it.
    fn current(&self, key: &FieldKey) -> Vec<(&'a Recorded, Option<&'a Value>)> {
        let current = self.fields.get(key).map(Writes::current).unwrap_or_default();
        current.iter().map(|(it, edit)| (*it, value_of(edit))).collect()
    }

    /// The one value to show: of several that are not empty the last by counter, then by entry.
    pub fn shown(&self, key: &FieldKey) -> Option<&'a Value> {
        match self.fields.get(key)?.all() {
            [(_, edit)] => value_of(edit),
            _ => last(&self.current(key)),
        }
    }

    /// Everyone of whom a field of the register is filled.
    pub fn people(&self) -> BTreeSet<PersonId> {
        let first = (Scope::Register, RecordId([0; 8]), FieldId(u16::MIN));
        let last = (Scope::Register, RecordId([0xff; 8]), FieldId(u16::MAX));
        let mut people = BTreeSet::new();
        for key @ (_, record, of) in self.fields.range(first..=last).map(|(key, _)| key) {
            let person = PersonId(record.0);
            if field::is_of_person(*of) && !people.contains(&person) && self.shown(key).is_some() {
                people.insert(person);
            }
        }
        people
    }

    /// Everyone on the list of a school who has a name there and did not leave, by the ids that
    /// stand for all.
    pub fn pupils(&self, site: SiteId, persons: &Persons<'_>) -> BTreeSet<PersonId> {
        let scope = Scope::School(site);
        let first = (scope, RecordId([0; 8]), field::PUPIL_NAME);
        let last = (scope, RecordId([0xff; 8]), field::PUPIL_NAME);
        let mut pupils = BTreeSet::new();
        for (_, record, of) in self.fields.range(first..=last).map(|(key, _)| key) {
            let name = match self.shown(&(scope, *record, field::PUPIL_NAME)) {
                Some(Value::Text(name)) => name.trim(),
                Some(Value::Int(_) | Value::Bool(_) | Value::Bytes(_)) | None => "",
            };
            let ended = self.current(&(scope, *record, field::PUPIL_ENDED));
            let is_ended = ended.iter().any(|(_, value)| *value == Some(&Value::Bool(true)));
            if *of == field::PUPIL_NAME && !name.is_empty() && !is_ended {
                pupils.insert(persons.head(PersonId(record.0)));
            }
        }
        pupils
    }

    /// How often each character stands in a free text: those that were put in, each once, without
    /// those that were taken out.
    pub fn characters(&self, key: &FieldKey) -> BTreeMap<char, u32> {
        let splices = self.texts.get(key).map_or(&[][..], Vec::as_slice);
        let mut there: BTreeMap<(EntryId, u32), char> = BTreeMap::new();
        for (entry, splice) in splices {
            let characters = (0..).zip(splice.text.as_str().chars());
            there.extend(characters.map(|(index, character)| ((*entry, index), character)));
        }
        for run in splices.iter().flat_map(|(_, splice)| &splice.deleted) {
            let (entry, from) = (run.from.splice, run.from.index);
            let gone = (entry, from)..(entry, from.saturating_add(run.len));
            there.retain(|element, _| !gone.contains(element));
        }
        let mut characters = BTreeMap::new();
        for character in there.into_values() {
            *characters.entry(character).or_default() += 1;
        }
        characters
    }

    /// Every free text of which anything is held.
    pub fn texts(&self) -> impl Iterator<Item = &FieldKey> {
        self.texts.keys()
    }

    /// Compares a free text with what a node made of it; where it differs, the difference tells
    /// lengths only.
    pub fn compare_text(&self, key: &FieldKey, shown: &str) -> Option<Difference> {
        let mut counted: BTreeMap<char, u32> = BTreeMap::new();
        for character in shown.chars() {
            *counted.entry(character).or_default() += 1;
        }
        let expected = self.characters(key);
        let (scope, record, of) = key;
        let length = |of: &BTreeMap<char, u32>| format!("{} characters", of.values().sum::<u32>());
        (expected != counted).then(|| Difference {
            checker: Checker::FreeText,
            about: format!("field {} of {record} in {scope:?}", of.0),
            expected: length(&expected),
            shown: length(&counted),
        })
    }

    pub(super) fn compare(&self, town: &Town<'_>, shown: &Folds, differences: &mut Differences) {
        let mut held = shown.all_records();
        held.retain(|(scope, _)| town.is_about(*scope));
        let keys = held
            .iter()
            .flat_map(|(scope, fold)| fold.fields().map(|((record, of), _)| (*scope, record, of)));
        let keys: BTreeSet<FieldKey> = keys.chain(self.fields.keys().copied()).collect();
        for key @ (scope, record, of) in keys {
            let about = format_args!("field {} of {record} in {scope:?}", of.0);
            let current = self.current(&key);
            let expected: Vec<_> = current.iter().map(|(it, value)| (it.entry, *value)).collect();
            let fold = shown.records(scope);
            let register = fold.and_then(|fold| fold.field(record, of)).into_iter();
            let held = register.flat_map(|register| register.current());
            let held = held.map(|write| (write.entry, write.value.value.as_ref())).collect();
            differences.check(Checker::Field, &about, &expected, &held);
            let one = fold.and_then(|fold| fold.value(record, of));
            differences.check(Checker::Field, &about, &last(&current), &one);
        }
    }
}

fn last<'a>(current: &[(&Recorded, Option<&'a Value>)]) -> Option<&'a Value> {
    let filled = current.iter().filter_map(|(it, value)| Some((it.order(), (*value)?)));
    filled.max_by_key(|(order, _)| *order).map(|(_, value)| value)
}

fn value_of(edit: &Edit) -> Option<&Value> {
    match &edit.change {
        Change::Put(value) => Some(value),
        Change::Delete | Change::Splice(_) => None,
    }
}
