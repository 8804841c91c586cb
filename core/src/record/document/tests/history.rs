//! Random histories of a record set, and the ways they can reach a replica.

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use super::super::{AdmittedEdit, RecordDocument};
use crate::fact::edit::{Change, Edit, FieldId, Value};
use crate::id::{EntryId, JournalId, RecordId};
use crate::register::{Register, Saw, Write};

/// How many journals write.
pub(crate) const JOURNALS: usize = 4;

/// One edit as it is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw {
    /// Who writes.
    pub(crate) journal: usize,
    /// The record and the field.
    pub(crate) place: (u8, u16),
    /// What is written: an eighth of it deletes.
    pub(crate) what: u8,
    /// Which other journals the author has just met.
    pub(crate) met: u8,
    /// Which other entries lie between this edit and the author's last.
    pub(crate) gap: u8,
    /// Whether the edit is taken out or comes back: most stay.
    pub(crate) fate: Fate,
}

/// What becomes of an edit in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It comes and counts.
    Stays,
    /// It comes, then it is withdrawn.
    Goes,
    /// It is withdrawn before it comes here, and never does.
    NeverComes,
    /// It comes, goes and counts again.
    Returns,
    /// It is withdrawn before it comes here, and counts in the end.
    Adopted,
}

/// A history of up to `most` edits.
pub(crate) fn draws(most: usize) -> impl Strategy<Value = Vec<Draw>> {
    let fate = prop_oneof![
        12 => Just(Fate::Stays),
        1 => Just(Fate::Goes),
        1 => Just(Fate::NeverComes),
        1 => Just(Fate::Returns),
        1 => Just(Fate::Adopted),
    ];
    let draw = (0..JOURNALS, (0u8..3, 0u16..3), any::<u8>(), any::<u8>(), 0u8..3, fate).prop_map(
        |(journal, place, what, met, gap, fate)| Draw { journal, place, what, met, gap, fate },
    );
    proptest::collection::vec(draw, 1..most)
}

/// A record of that number.
pub(crate) fn record(number: u8) -> RecordId {
    RecordId([number; 8])
}

/// A journal of that number. Their order differs from the order of their numbers.
pub(crate) fn journal(number: usize) -> JournalId {
    let number = u8::try_from(number).unwrap();
    JournalId([number.wrapping_mul(101) ^ 0x5a; 8])
}

/// A history as it was written, each author having seen what they held.
#[derive(Debug)]
pub(crate) struct History {
    /// All edits, in an order in which they could have been written; their places in it, from 1,
    /// are their counters.
    pub(crate) edits: Vec<(EntryId, Edit, Fate)>,
}

impl History {
    /// Plays the draws: who met whom holds what they held.
    pub(crate) fn play(draws: &[Draw]) -> Self {
        let mut edits: Vec<(EntryId, Edit, Fate)> = Vec::new();
        let mut held: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); JOURNALS];
        let mut next = [1u64; JOURNALS];
        for (number, draw) in draws.iter().enumerate() {
            for other in (0..JOURNALS).filter(|other| draw.met >> other & 1 == 1) {
                let theirs = held[other].clone();
                held[draw.journal].extend(theirs);
            }
            let seq = next[draw.journal] + u64::from(draw.gap);
            next[draw.journal] = seq + 1;
            let entry = EntryId { journal: journal(draw.journal), seq };
            let place = (record(draw.place.0), FieldId(draw.place.1));
            let mut shown = Register::default();
            for index in &held[draw.journal] {
                let (entry, edit, _) = &edits[*index];
                if (edit.record, edit.field) == place {
                    shown.insert(Write { entry: *entry, value: (), saw: edit.saw.clone() });
                }
            }
            // Some authors name less than they held: nothing may rest on honest dots.
            let mut dots = shown.saw().dots().to_vec();
            if draw.met >= 0xf0 {
                dots.truncate(1);
            }
            let change = match draw.what {
                0..32 => Change::Delete,
                32..96 => Change::Put(Value::Int(i64::try_from(number).unwrap())),
                96..128 => Change::Put(Value::Bool(number % 2 == 0)),
                128..160 => Change::Put(Value::Bytes(vec![draw.what; 3])),
                160.. => Change::Put(Value::Text(format!("体育館 {number}"))),
            };
            let edit = Edit {
                record: place.0,
                field: place.1,
                change,
                saw: Saw::new(dots),
                happened_at: None,
            };
            held[draw.journal].insert(edits.len());
            edits.push((entry, edit, draw.fate));
        }
        Self { edits }
    }

    /// The edits that count in the end.
    pub(crate) fn admitted(&self) -> impl Iterator<Item = AdmittedEdit<'_>> + Clone {
        let gone = |fate: &Fate| matches!(fate, Fate::Goes | Fate::NeverComes);
        let counted = self.edits.iter().zip(1..).filter(move |((_, _, fate), _)| !gone(fate));
        counted.map(|((entry, edit, _), counter)| AdmittedEdit { entry: *entry, counter, edit })
    }

    /// The fields that were written, each with the register of what counts.
    pub(crate) fn registers(&self) -> BTreeMap<(RecordId, FieldId), Register<Change>> {
        let mut registers: BTreeMap<_, Register<Change>> = BTreeMap::new();
        for (_, edit, _) in &self.edits {
            registers.entry((edit.record, edit.field)).or_default();
        }
        for AdmittedEdit { entry, edit, .. } in self.admitted() {
            let register = registers.get_mut(&(edit.record, edit.field)).unwrap();
            let (value, saw) = (edit.change.clone(), edit.saw.clone());
            register.insert(Write { entry, value, saw });
        }
        registers
    }

    /// Lets the history reach a replica in the order and the groups that `luck` draws.
    pub(crate) fn arrive(&self, luck: u64) -> RecordDocument {
        let mut luck = Luck(luck);
        let mut document = RecordDocument::new(b"register");
        for group in self.arrivals(&mut luck) {
            document.apply(&group.admitted(self));
            group.withdrawn.iter().for_each(|index| document.withdraw(self.edits[*index].0));
        }
        document
    }

    /// What a replica builds that learns everything at once, when all is decided.
    pub(crate) fn at_once(&self) -> RecordDocument {
        let mut document = RecordDocument::new(b"register");
        let all = self.edits.iter();
        all.for_each(|(entry, _, _)| document.withdraw(*entry));
        document.apply(&self.admitted().collect::<Vec<_>>());
        document
    }

    fn arrivals(&self, luck: &mut Luck) -> Vec<Group> {
        let mut steps: Vec<(u64, usize, bool)> = Vec::new();
        for (index, (_, _, fate)) in self.edits.iter().enumerate() {
            let fate: &[bool] = match fate {
                Fate::Stays => &[true],
                Fate::Goes => &[true, false],
                Fate::NeverComes => &[false],
                Fate::Returns => &[true, false, true],
                Fate::Adopted => &[false, true],
            };
            let mut times: Vec<u64> = fate.iter().map(|_| luck.below(1 << 32)).collect();
            times.sort_unstable();
            steps.extend(times.into_iter().zip(fate).map(|(time, comes)| (time, index, *comes)));
        }
        steps.sort_unstable();
        let mut groups = vec![Group::default()];
        for (_, index, comes) in steps {
            let group = groups.last_mut().unwrap();
            if comes && group.withdrawn.is_empty() && luck.below(6) > 0 {
                group.arrived.push(index);
                continue;
            }
            let mut group = Group::default();
            if comes {
                group.arrived.push(index)
            } else {
                group.withdrawn.push(index)
            }
            groups.push(group);
        }
        groups
    }
}

#[derive(Debug, Default)]
struct Group {
    arrived: Vec<usize>,
    withdrawn: Vec<usize>,
}

impl Group {
    fn admitted<'a>(&self, history: &'a History) -> Vec<AdmittedEdit<'a>> {
        let edits = self.arrived.iter().map(|index| {
            let (entry, edit, _) = &history.edits[*index];
            let counter = u64::try_from(index + 1).unwrap();
            AdmittedEdit { entry: *entry, counter, edit }
        });
        edits.collect()
    }
}

/// Numbers that are the same for the same beginning.
#[derive(Debug)]
pub(crate) struct Luck(pub(crate) u64);

impl Luck {
    /// The next number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The mixing of SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
