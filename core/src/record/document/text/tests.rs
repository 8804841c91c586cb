//! Several people type into one text, and every replica shows the same.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, ROOT, ReadDoc};
use proptest::prelude::*;

use super::super::changes::actor;
use super::super::tests::history::{Fate, JOURNALS, Luck, journal, record};
use super::super::tests::{clocks, counter};
use super::difference::Difference;
use super::*;

const FIELD: FieldId = FieldId(40);

fn empty() -> TextDocument {
    TextDocument::new(record(1), FIELD)
}

/// Here an entry's number in its journal is its counter too.
fn admitted(entry: EntryId, edit: &Edit) -> AdmittedEdit<'_> {
    AdmittedEdit { entry, counter: entry.seq, edit }
}

/// The number of the next entry of whoever wrote `written` last and holds this.
fn after(written: u64, held: &TextDocument) -> u64 {
    let seen = held.saw().dots().iter().map(|dot| dot.seq).max();
    seen.unwrap_or(0).max(written) + 1
}

/// One turn: somebody meets others, then types.
#[derive(Debug, Clone)]
struct Turn {
    journal: usize,
    met: u8,
    // Where, how many characters go, and what comes.
    at: u16,
    gone: u16,
    text: String,
    fate: Fate,
}

fn turns(most: usize) -> impl Strategy<Value = Vec<Turn>> {
    let fate = prop_oneof![
        12 => Just(Fate::Stays),
        1 => Just(Fate::Goes),
        1 => Just(Fate::Adopted),
    ];
    let turn = (0..JOURNALS, any::<u8>(), any::<u16>(), 0u16..4, "[a-c雨水]{0,6}", fate).prop_map(
        |(journal, met, at, gone, text, fate)| Turn { journal, met, at, gone, text, fate },
    );
    proptest::collection::vec(turn, 1..most)
}

/// One person's replica, beside one that Automerge keeps by itself.
#[derive(Clone)]
struct Desk {
    ours: TextDocument,
    theirs: Automerge,
    written: u64,
}

struct Typed {
    desks: Vec<Desk>,
    edits: Vec<(EntryId, Edit, Fate)>,
}

fn type_all(turns: &[Turn]) -> Typed {
    let mut desks: Vec<Desk> = (0..JOURNALS)
        .map(|number| Desk {
            ours: empty(),
            theirs: empty().changes.document().clone().with_actor(actor(journal(number))),
            written: 0,
        })
        .collect();
    let mut edits = Vec::new();
    for turn in turns {
        for other in (0..JOURNALS).filter(|other| turn.met >> other & 1 == 1) {
            meet(&mut desks, turn.journal, other, &edits);
        }
        let desk = &mut desks[turn.journal];
        let mut wanted: Vec<char> = desk.ours.text().chars().collect();
        let at = usize::from(turn.at) % (wanted.len() + 1);
        let end = wanted.len().min(at + usize::from(turn.gone));
        wanted.splice(at..end, turn.text.chars());
        let wanted: String = wanted.into_iter().collect();
        edits.extend(desk.type_to(turn, &wanted));
        assert_eq!(desk.ours.text(), wanted);
    }
    Typed { desks, edits }
}

fn meet(desks: &mut [Desk], one: usize, other: usize, edits: &[(EntryId, Edit, Fate)]) {
    let theirs = desks[other].clone();
    let held: Vec<AdmittedEdit<'_>> = edits
        .iter()
        .filter(|(entry, _, _)| theirs.ours.changes.holds(*entry))
        .map(|(entry, edit, _)| admitted(*entry, edit))
        .collect();
    desks[one].ours.apply(&held);
    desks[one].theirs.merge(&mut theirs.theirs.clone()).unwrap();
}

impl Desk {
    fn type_to(&mut self, turn: &Turn, wanted: &str) -> Vec<(EntryId, Edit, Fate)> {
        let saw = self.ours.saw();
        let old: Vec<char> = self.ours.text().chars().collect();
        let new: Vec<char> = wanted.chars().collect();
        let splices = self.ours.splices(&saw, wanted).unwrap();
        let differences = differences(&old, &new);
        assert_eq!(splices.len(), differences.len());
        let mut made = Vec::new();
        for (splice, difference) in splices.into_iter().zip(differences) {
            self.written = after(self.written, &self.ours);
            let entry = EntryId { journal: journal(turn.journal), seq: self.written };
            let change = Change::Splice(splice);
            let (record, field) = self.ours.field;
            let edit = Edit { record, field, change, saw: saw.clone(), happened_at: None };
            self.ours.apply(&[admitted(entry, &edit)]);
            made.push((entry, edit, turn.fate));
            let text = self.theirs.get(ROOT, TEXT).unwrap().unwrap().1;
            let put_in: String = new[difference.new.clone()].iter().collect();
            let mut typing = self.theirs.transaction();
            // What was left of here has changed already, so the place is that in the new text.
            let gone = isize::try_from(difference.old.len()).unwrap();
            typing.splice_text(&text, difference.new.start, gone, &put_in).unwrap();
            typing.commit_with(CommitOptions::default().with_time(0)).0.unwrap();
        }
        made
    }
}

fn arrive(edits: &[(EntryId, Edit, Fate)], luck: u64) -> TextDocument {
    let mut luck = Luck(luck);
    let mut order: Vec<(u64, &(EntryId, Edit, Fate))> =
        edits.iter().map(|edit| (luck.below(1 << 32), edit)).collect();
    order.sort_by_key(|(time, (entry, _, _))| (*time, *entry));
    let mut document = empty();
    for (entry, _, fate) in edits {
        if *fate == Fate::Adopted {
            document.withdraw(*entry);
        }
    }
    let mut group: Vec<AdmittedEdit<'_>> = Vec::new();
    for (_, (entry, edit, _)) in order {
        group.push(admitted(*entry, edit));
        if luck.below(4) == 0 {
            document.apply(&std::mem::take(&mut group));
        }
    }
    document.apply(&group);
    for (entry, _, fate) in edits {
        if *fate == Fate::Goes {
            document.withdraw(*entry);
        }
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_is_woven_is_byte_for_byte_what_automerge_would_have_written(turns in turns(20)) {
        let mut typed = type_all(&turns);
        for other in 1..JOURNALS {
            meet(&mut typed.desks, 0, other, &typed.edits);
        }
        let Desk { ours, theirs, .. } = &typed.desks[0];
        let theirs_heads: Vec<[u8; 32]> = theirs.get_heads().into_iter().map(|hash| hash.0).collect();
        prop_assert_eq!(ours.heads(), theirs_heads);
        let text = theirs.get(ROOT, TEXT).unwrap().unwrap().1;
        prop_assert_eq!(ours.text(), theirs.text(&text).unwrap());
    }

    #[test]
    fn a_text_is_the_same_in_any_order_and_in_its_file(
        turns in turns(20),
        luck in any::<[u64; 2]>(),
    ) {
        let typed = type_all(&turns);
        let [one, other] = luck.map(|luck| arrive(&typed.edits, luck));
        prop_assert_eq!(one.waiting(), 0);
        prop_assert_eq!(one.heads(), other.heads());
        prop_assert_eq!(one.text(), other.text());
        let file = Automerge::load(&one.save()).unwrap();
        let text = file.get(ROOT, TEXT).unwrap().unwrap().1;
        prop_assert_eq!(file.text(&text).unwrap(), one.text());
        // No character is lost that was put in by an edit that counts and taken out by none.
        let put_in: usize = one.lengths.values().map(|length| usize::try_from(*length).unwrap()).sum();
        let gone = one.deleted.values().filter(|deleters| !deleters.is_empty()).count();
        prop_assert_eq!(one.text().chars().count(), put_in - gone);
    }

    #[test]
    fn what_is_typed_over_a_form_becomes_the_text(
        first in "[a-d雨水 ]{0,40}",
        second in "[a-d雨水 ]{0,40}",
    ) {
        let mut document = empty();
        let mut writer = Writer::new(0);
        writer.write(&mut document, &Saw::NOTHING, &first);
        let form = document.saw();
        prop_assert_eq!(document.text_at(&form), first);
        writer.write(&mut document, &form, &second);
        prop_assert_eq!(document.text(), second);
    }
}

// Splices as a stolen device could sign them: they name characters that never were.
fn wild() -> impl Strategy<Value = Vec<(EntryId, Edit)>> {
    let entry =
        (0..3usize, 1u64..5).prop_map(|(number, seq)| EntryId { journal: journal(number), seq });
    let element = (entry.clone(), 0u32..4).prop_map(|(splice, index)| Element { splice, index });
    let run = (element.clone(), prop_oneof![0u32..5, Just(u32::MAX)])
        .prop_map(|(from, len)| DeletedRun { from, len });
    let splice = (
        proptest::collection::vec(element.clone(), 0..4),
        proptest::option::of(element),
        "[ab]{0,3}",
        proptest::collection::vec(run, 0..3),
    );
    let dots = proptest::collection::vec(entry.clone(), 0..3);
    let edit = (entry, splice, dots).prop_map(|(entry, (after, before, text, deleted), dots)| {
        let change = Change::Splice(Splice { after, before, text: Words::new(&text), deleted });
        let saw = Saw::new(dots);
        (entry, Edit { record: record(1), field: FIELD, change, saw, happened_at: None })
    });
    proptest::collection::vec(edit, 1..10).prop_map(|mut edits| {
        let mut met = std::collections::BTreeSet::new();
        edits.retain(|(entry, _)| met.insert(*entry));
        edits
    })
}

proptest! {
    #[test]
    fn no_splice_however_wrong_stops_the_text_or_splits_two_replicas(
        edits in wild(),
        clocks in clocks(),
        turn in any::<proptest::sample::Index>(),
    ) {
        let build = |edits: &[(EntryId, Edit)]| {
            let mut document = empty();
            for (entry, edit) in edits {
                let counter = counter(&clocks, *entry);
                document.apply(&[AdmittedEdit { entry: *entry, counter, edit }]);
            }
            (0..3).for_each(|number| document.reached(journal(number), 6));
            document
        };
        let mut turned = edits.clone();
        turned.rotate_left(turn.index(edits.len()));
        let (one, other) = (build(&edits), build(&turned));
        prop_assert_eq!((one.waiting(), other.waiting()), (0, 0));
        prop_assert_eq!(one.heads(), other.heads());
        prop_assert_eq!(one.text(), other.text());
        prop_assert!(Automerge::load(&one.save()).is_ok());
    }
}

struct Writer {
    journal: JournalId,
    seq: u64,
}

impl Writer {
    fn new(number: usize) -> Self {
        Self { journal: journal(number), seq: 0 }
    }

    fn edits(&mut self, shown: &TextDocument, saw: &Saw, wanted: &str) -> Vec<(EntryId, Edit)> {
        let splices = shown.splices(saw, wanted).unwrap();
        let edit = |splice| Edit {
            record: record(1),
            field: FIELD,
            change: Change::Splice(splice),
            saw: saw.clone(),
            happened_at: None,
        };
        splices
            .into_iter()
            .map(|splice| {
                self.seq = after(self.seq, shown);
                (EntryId { journal: self.journal, seq: self.seq }, edit(splice))
            })
            .collect()
    }

    fn write_now(&mut self, document: &mut TextDocument, wanted: &str) -> Vec<EntryId> {
        let saw = document.saw();
        self.write(document, &saw, wanted)
    }

    fn write(&mut self, document: &mut TextDocument, saw: &Saw, wanted: &str) -> Vec<EntryId> {
        let edits = self.edits(document, saw, wanted);
        edits.iter().for_each(|(entry, edit)| {
            document.apply(&[admitted(*entry, edit)]);
        });
        edits.into_iter().map(|(entry, _)| entry).collect()
    }
}

#[test]
fn two_who_type_at_the_same_place_both_stay() {
    let mut document = empty();
    let (mut one, mut other) = (Writer::new(0), Writer::new(1));
    one.write(&mut document, &Saw::NOTHING, "避難者2名");
    let form = document.saw();
    one.write(&mut document, &form, "避難者2名。水なし");
    other.write(&mut document, &form, "避難者2名。停電");
    let text = document.text();
    assert!(text.starts_with("避難者2名"), "{text}");
    assert!(text.contains("。水なし") && text.contains("。停電"), "{text}");
}

#[test]
fn what_one_takes_out_is_gone_though_another_typed_inside_it() {
    let mut document = empty();
    let (mut one, mut other) = (Writer::new(0), Writer::new(1));
    one.write(&mut document, &Saw::NOTHING, "道路は通れる見込み");
    let form = document.saw();
    one.write(&mut document, &form, "道路は");
    other.write(&mut document, &form, "道路は明日通れる見込み");
    assert_eq!(document.text(), "道路は明日");
}

#[test]
fn what_a_withdrawn_edit_took_out_is_back_and_what_it_put_in_is_gone() {
    let mut document = empty();
    let (mut one, mut thief) = (Writer::new(0), Writer::new(1));
    one.write(&mut document, &Saw::NOTHING, "井戸は飲める");
    let form = document.saw();
    let stolen = thief.write(&mut document, &form, "井戸は飲めない");
    assert_eq!(document.text(), "井戸は飲めない");
    stolen.into_iter().for_each(|entry| document.withdraw(entry));
    assert_eq!(document.text(), "井戸は飲める");
}

#[test]
fn new_text_keeps_its_right_neighbour_when_its_left_one_is_withdrawn() {
    let mut document = empty();
    let (mut one, mut two, mut three) = (Writer::new(0), Writer::new(1), Writer::new(2));
    one.write(&mut document, &Saw::NOTHING, "東西");
    two.write_now(&mut document, "東南西");
    let stolen = two.write_now(&mut document, "東南北西");
    three.write_now(&mut document, "東南北中西");
    stolen.into_iter().for_each(|entry| document.withdraw(entry));
    // The nearest character of another journal to the left is 東, and 南 stands between.
    assert_eq!(document.text(), "東南中西");
}

#[test]
fn a_text_of_a_thousand_characters_is_saved_at_once_even_if_its_neighbour_goes() {
    let mut document = empty();
    let (mut one, mut two) = (Writer::new(0), Writer::new(1));
    one.write(&mut document, &Saw::NOTHING, "始終");
    let stolen = two.write_now(&mut document, "始め終");
    let long: String = ('あ'..='ん').cycle().take(1_000).collect();
    let parts = one.write_now(&mut document, &format!("始め{long}終"));
    assert_eq!(parts.len(), 5);
    assert_eq!(document.text(), format!("始め{long}終"));
    stolen.into_iter().for_each(|entry| document.withdraw(entry));
    assert_eq!(document.text(), format!("始{long}終"));
}

#[test]
fn more_text_than_one_command_holds_is_refused_with_the_next_step() {
    let long = "雨".repeat(FACT_TEXT_CHARS_MAX * (FACTS_PER_COMMAND_MAX + 1));
    let refused = empty().splices(&Saw::NOTHING, &long).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this change of the text needs 65 pieces and one saving holds 64: save a part of it first"
    );
}

#[test]
fn a_splice_that_names_characters_nobody_wrote_stands_at_the_head_and_takes_nothing() {
    let mut document = empty();
    let mut one = Writer::new(0);
    let [first] = one.write(&mut document, &Saw::NOTHING, "雨")[..] else { panic!("one splice") };
    let beyond = Element { splice: first, index: 1 };
    let own = Element { splice: EntryId { journal: journal(1), seq: 2 }, index: 0 };
    let splice = Splice {
        after: vec![beyond, own],
        before: Some(own),
        text: Words::new("風"),
        deleted: vec![
            DeletedRun { from: beyond, len: u32::MAX },
            DeletedRun { from: own, len: u32::MAX },
        ],
    };
    let change = Change::Splice(splice);
    let edit =
        Edit { record: record(1), field: FIELD, change, saw: Saw::NOTHING, happened_at: None };
    document.apply(&[admitted(own.splice, &edit)]);
    assert_eq!((document.waiting(), document.text()), (0, "風雨".to_owned()));
    Automerge::load(&document.save()).unwrap();
}

#[test]
fn only_what_was_touched_gets_new_characters() {
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    let found = differences(&chars("毛布10枚、水20本"), &chars("毛布12枚、水20本と米"));
    assert_eq!(
        found,
        [Difference { old: 3..4, new: 3..4 }, Difference { old: 10..10, new: 10..12 }]
    );
}

#[test]
fn the_largest_splice_a_form_can_make_fits_into_an_entry() {
    let entry = EntryId { journal: journal(0), seq: u64::from(u32::MAX) };
    let element = Element { splice: entry, index: u32::MAX };
    let splice = Splice {
        after: vec![element; ANCHORS_MAX],
        before: Some(element),
        text: Words::new(&"𠮷".repeat(FACT_TEXT_CHARS_MAX)),
        deleted: vec![DeletedRun { from: element, len: u32::MAX }; SPLICE_RUNS_MAX],
    };
    let saw = Saw::new(vec![entry; crate::limits::SAW_DOTS_MAX]);
    let change = Change::Splice(splice);
    let edit = Edit { record: record(1), field: FIELD, change, saw, happened_at: Some(i64::MAX) };
    let bytes = crate::fact::to_cbor(&edit).len();
    // What an entry has besides its body: length, kind, counter, clock and confidence.
    assert!(bytes + 64 <= crate::limits::ENTRY_BYTES_MAX, "{bytes} bytes");
}
