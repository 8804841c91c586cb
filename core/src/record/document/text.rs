//! The document of one free text: what several people type merges, and nothing typed is lost.
//!
//! A character is named by the edit that put it in, so a place in the text means the same on every
//! replica. Whoever takes a character out wins over whoever left it in.

mod difference;

use std::collections::BTreeMap;
use std::fmt;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};

use self::difference::differences;
use super::changes::{Changes, Past, genesis_actor};
use super::order::{Arrival, Field, Order};
use super::{AdmittedEdit, HistoryEntry};
use crate::fact::edit::{Change, DeletedRun, Edit, Element, FieldId, Splice};
use crate::fact::words::Words;
use crate::id::{EntryId, JournalId, RecordId};
use crate::limits::{FACT_TEXT_CHARS_MAX, FACTS_PER_COMMAND_MAX, SPLICE_RUNS_MAX};
use crate::register::Saw;

/// How many characters of distinct journals a splice names to its left.
const ANCHORS_MAX: usize = 3;

/// The key of the root under which the text stands.
const TEXT: &str = "text";

/// Somebody changed more of a text than can be recorded at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this change of the text needs {pieces} pieces and one saving holds {}: save a part of it first",
    FACTS_PER_COMMAND_MAX
)]
pub struct TooManyPieces {
    /// How many splices it would take.
    pub pieces: usize,
}

/// The document of one free text. The same admitted splices make the same document, whatever
/// order they come in.
#[derive(Clone)]
pub struct TextDocument {
    field: Field,
    order: Order,
    changes: Changes,
    // For each splice woven in, how many characters it put in.
    lengths: BTreeMap<EntryId, u32>,
    // For each character taken out, who did.
    deleted: BTreeMap<Element, Vec<EntryId>>,
}

impl fmt::Debug for TextDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextDocument({} woven, {} waiting)", self.order.woven(), self.waiting())
    }
}

impl TextDocument {
    /// The empty text of a field.
    pub fn new(record: RecordId, field: FieldId) -> Self {
        let name = name((record, field));
        let text = Op {
            action: OpType::Make(ObjType::Text),
            obj: ObjectId::Root,
            key: Key::from(TEXT),
            pred: SortedVec::new(),
            insert: false,
        };
        Self {
            field: (record, field),
            order: Order::default(),
            changes: Changes::new(&name, vec![text]),
            lengths: BTreeMap::new(),
            deleted: BTreeMap::new(),
        }
    }

    /// Takes up admitted splices, in any order. One that is held already changes nothing; one that
    /// was withdrawn counts again. Edits of other fields and other kinds are left out.
    pub fn apply(&mut self, edits: &[AdmittedEdit<'_>]) {
        let mut under = false;
        for admitted in edits {
            let edit = admitted.edit;
            match &edit.change {
                Change::Splice(splice) if (edit.record, edit.field) == self.field => {
                    let dots = stands_on(edit, splice);
                    under |= self.order.insert(*admitted, dots) == Arrival::Under;
                }
                Change::Splice(_) | Change::Put(_) | Change::Delete => {
                    under |= self.order.withdraw(admitted.entry);
                }
            }
        }
        self.settle(under);
    }

    /// Takes a splice out: its characters go, and what it took out is back.
    pub fn withdraw(&mut self, entry: EntryId) {
        let woven = self.order.withdraw(entry);
        self.settle(woven);
    }

    /// Learns that the replica holds a journal up to `seq`, so that a dot up to there which is no
    /// admitted splice is not waited for. Call it after the splices up to there were applied.
    /// Where the text is made for one look at what is held, `u64::MAX` waits for nothing.
    pub fn reached(&mut self, journal: JournalId, seq: u64) {
        self.order.reached(journal, seq);
        self.settle(false);
    }

    /// How many splices wait for something that has not come.
    pub fn waiting(&self) -> usize {
        self.order.waiting()
    }

    /// The text as it stands.
    pub fn text(&self) -> String {
        self.changes.document().text(self.text_object()).expect("genesis made the text")
    }

    /// All that was done to the text, each step after those it saw.
    pub fn history(&self) -> Vec<HistoryEntry<'_>> {
        super::history(&self.order, &self.changes, self.field.0)
    }

    /// What someone who is shown the text now has seen of it. A form keeps it.
    pub fn saw(&self) -> Saw {
        let latest = self.changes.latest();
        let mut dots = self.changes.maximal(latest.clone());
        let others: Vec<EntryId> = latest.into_iter().filter(|dot| !dots.contains(dot)).collect();
        dots.extend(others);
        Saw::new(dots)
    }

    /// The text as it was shown to someone who saw this.
    pub fn text_at(&self, saw: &Saw) -> String {
        self.characters(&self.heads_of(saw.dots()))
            .into_iter()
            .map(|(_, character)| character)
            .collect()
    }

    /// The splices that turn the text someone was shown into the one they sent. Each goes into an
    /// edit of its own with that `saw`, in this order.
    ///
    /// The text someone was shown is [`text_at`](Self::text_at): where that is no longer what their
    /// form held, something was withdrawn meanwhile, and the form is to be shown again.
    ///
    /// # Errors
    /// [`TooManyPieces`] when they would not fit into one command.
    pub fn splices(&self, saw: &Saw, wanted: &str) -> Result<Vec<Splice>, TooManyPieces> {
        let shown = self.characters(&self.heads_of(saw.dots()));
        let old: Vec<char> = shown.iter().map(|(_, character)| *character).collect();
        let new: Vec<char> = wanted.chars().collect();
        let mut splices = Vec::new();
        for difference in differences(&old, &new) {
            let left = shown.get(..difference.old.start).unwrap_or(&[]);
            let taken = shown.get(difference.old.clone()).unwrap_or(&[]);
            let after = nearest(left.iter().map(|(element, _)| *element).rev());
            let before = shown.get(difference.old.end).map(|(element, _)| *element);
            let runs = runs(taken.iter().map(|(element, _)| *element));
            let put_in = new.get(difference.new.clone()).unwrap_or(&[]);
            // All parts of a long text name the same neighbours, and what comes later stands
            // further left: so the last part comes first.
            let mut parts = put_in.chunks(FACT_TEXT_CHARS_MAX).rev();
            let mut runs = runs.chunks(SPLICE_RUNS_MAX);
            loop {
                let (part, run) = (parts.next(), runs.next());
                if part.is_none() && run.is_none() {
                    break;
                }
                let text: String = part.unwrap_or(&[]).iter().collect();
                splices.push(Splice {
                    after: after.clone(),
                    before,
                    text: Words::new(&text),
                    deleted: run.unwrap_or(&[]).to_vec(),
                });
            }
        }
        if splices.len() > FACTS_PER_COMMAND_MAX {
            return Err(TooManyPieces { pieces: splices.len() });
        }
        Ok(splices)
    }

    /// The bytes of an `.automerge` file. They hold the text and all that was ever typed into it.
    pub fn save(&self) -> Vec<u8> {
        self.changes.document().save()
    }

    /// The hashes of the last changes, ascending. Equal splices give equal heads.
    pub fn heads(&self) -> Vec<[u8; 32]> {
        self.changes.document().get_heads().into_iter().map(|hash| hash.0).collect()
    }

    fn settle(&mut self, from_the_start: bool) {
        if from_the_start {
            self.order.restart();
            self.changes.restart();
            self.lengths.clear();
            self.deleted.clear();
        }
        while let Some(entry) = self.order.next() {
            self.weave(entry);
        }
        self.changes.write();
    }

    fn weave(&mut self, entry: EntryId) {
        let change = self.order.edit(entry).map(|edit| edit.change.clone());
        let Some(Change::Splice(splice)) = change else {
            return;
        };
        let plan = self.changes.plan(entry, &self.order.seen(entry));
        let object = ObjectId::Id(OpId(1, genesis_actor(&name(self.field))));
        let mut operations = Vec::new();
        let mut key = self.anchor(entry, &splice, &plan.past);
        let actor = super::changes::actor(entry.journal);
        for (character, place) in splice.text.as_str().chars().zip(plan.first_op..) {
            operations.push(Op {
                action: OpType::Put(ScalarValue::Str(character.to_string().into())),
                obj: object.clone(),
                key: Key::Seq(key),
                pred: SortedVec::new(),
                insert: true,
            });
            key = ElementId::Id(OpId(place, actor.clone()));
        }
        let put_in = u32::try_from(operations.len()).unwrap_or(u32::MAX);
        let standing = splice.deleted.iter().flat_map(|run| self.standing(run, &plan.past));
        for element in standing.collect::<Vec<_>>() {
            let gone = self.deleted.entry(element).or_default();
            let named_twice = gone.last() == Some(&entry);
            let known_gone = gone.iter().any(|deleter| plan.past.contains(*deleter));
            let id = self.changes.operation(element.splice, u64::from(element.index));
            if let (Some(id), false, false) = (id, named_twice, known_gone) {
                gone.push(entry);
                operations.push(Op {
                    action: OpType::Delete,
                    obj: object.clone(),
                    key: Key::from(&id),
                    pred: SortedVec::from(vec![id]),
                    insert: false,
                });
            }
        }
        self.lengths.insert(entry, put_in);
        self.changes.make(plan, operations);
    }

    // What new characters follow: the left neighbour; else what stood left of the right neighbour
    // when the author saw the text; else the next of those on the left that counts; else nothing.
    fn anchor(&mut self, entry: EntryId, splice: &Splice, past: &Past) -> ElementId {
        let Some((nearest, further)) = splice.after.split_first() else {
            return ElementId::Head;
        };
        if let Some(id) = self.element_id(*nearest, past) {
            return id;
        }
        if let Some(before) = splice.before.filter(|before| self.is_element(*before, past)) {
            self.changes.write();
            let seen = self.changes.heads_of(self.order.seen(entry));
            let shown = self.characters(&seen);
            if let Some(place) = shown.iter().position(|(element, _)| *element == before) {
                let left = place.checked_sub(1).and_then(|left| shown.get(left));
                return left
                    .and_then(|(element, _)| self.element_id(*element, past))
                    .unwrap_or(ElementId::Head);
            }
        }
        let admitted = further.iter().find_map(|element| self.element_id(*element, past));
        admitted.unwrap_or(ElementId::Head)
    }

    fn is_element(&self, element: Element, past: &Past) -> bool {
        let length = self.lengths.get(&element.splice);
        length.is_some_and(|length| element.index < *length) && past.contains(element.splice)
    }

    fn element_id(&self, element: Element, past: &Past) -> Option<ElementId> {
        self.is_element(element, past)
            .then(|| self.changes.operation(element.splice, u64::from(element.index)))?
            .map(ElementId::Id)
    }

    // The characters of a run that there are.
    fn standing(&self, run: &DeletedRun, past: &Past) -> impl Iterator<Item = Element> + use<> {
        let splice = run.from.splice;
        let length = self.lengths.get(&splice).filter(|_| past.contains(splice));
        let end = run.from.index.saturating_add(run.len).min(length.copied().unwrap_or(0));
        (run.from.index..end).map(move |index| Element { splice, index })
    }

    fn text_object(&self) -> ObjId {
        let found = self.changes.document().get(ROOT, TEXT).expect("the root is a map");
        found.map(|(_, id)| id).expect("genesis made the text")
    }

    fn heads_of(&self, dots: &[EntryId]) -> Vec<ChangeHash> {
        let woven = |dot: &EntryId| {
            self.order.up_to(self.field, *dot).find(|entry| self.changes.holds(*entry))
        };
        self.changes.heads_of(dots.iter().filter_map(woven).collect())
    }

    fn characters(&self, heads: &[ChangeHash]) -> Vec<(Element, char)> {
        let (document, object) = (self.changes.document(), self.text_object());
        let text = document.text_at(&object, heads).expect("genesis made the text");
        let elements = document.list_range_at(&object, .., heads).filter_map(|item| {
            let (splice, offset) = self.changes.origin(&item.id())?;
            Some(Element { splice, index: u32::try_from(offset).ok()? })
        });
        elements.zip(text.chars()).collect()
    }
}

fn name((record, field): Field) -> Vec<u8> {
    let mut name = record.as_bytes().to_vec();
    name.extend(field.0.to_be_bytes());
    name
}

fn stands_on(edit: &Edit, splice: &Splice) -> impl Iterator<Item = EntryId> {
    let named = splice.after.iter().chain(&splice.before);
    let named = named.chain(splice.deleted.iter().map(|run| &run.from));
    edit.saw.dots().iter().copied().chain(named.map(|element| element.splice))
}

// The nearest character of each of up to three journals.
fn nearest(leftwards: impl Iterator<Item = Element>) -> Vec<Element> {
    let mut nearest: Vec<Element> = Vec::new();
    for element in leftwards {
        if nearest.len() == ANCHORS_MAX {
            break;
        }
        if nearest.iter().all(|near| near.splice.journal != element.splice.journal) {
            nearest.push(element);
        }
    }
    nearest
}

fn runs(elements: impl Iterator<Item = Element>) -> Vec<DeletedRun> {
    let mut runs: Vec<DeletedRun> = Vec::new();
    for element in elements {
        let follows = |run: &DeletedRun| {
            run.from.splice == element.splice
                && run.from.index.checked_add(run.len) == Some(element.index)
        };
        match runs.last_mut().filter(|run| follows(run)) {
            Some(run) => run.len = run.len.saturating_add(1),
            None => runs.push(DeletedRun { from: element, len: 1 }),
        }
    }
    runs
}

#[cfg(test)]
mod tests;
