//! The rules of the town, each as a story of a few lines, which folds have to tell as the model does.

use digiana_core::fact::Fact;
use digiana_core::fact::edit::{Change, DeletedRun, Edit, Element, FieldId, Splice};
use digiana_core::fact::school::Attends;
use digiana_core::fact::shelter::{Act, SiteState};
use digiana_core::fact::words::Words;
use digiana_core::id::EntryId;
use digiana_core::record::{field, of_person};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::shelter::incident::Accounted;
use digiana_core::service::shelter::presence::Interval;
use digiana_core::service::tokens::Resolved;
use digiana_core::time::{Confidence, Wall};

use super::rehearsal::{FLOOD, Said, person, site, told};
use super::words::{grant, token};
use crate::simulator::model::shelter::{Incident, Place};
use crate::simulator::model::{Held, Recorded, Town, compare};

fn flood<'t, 'a>(town: &'t Town<'a>) -> &'t Incident<'a> {
    town.shelter.incident(FLOOD).unwrap()
}

#[test]
fn whom_two_shelters_have_is_counted_once_in_the_town_and_perhaps_at_each() {
    let mut said = Said::default();
    said.opens('H');
    let at_a = said.at('A', Act::CheckIn, 1, &[]);
    let at_b = said.at('B', Act::CheckIn, 1, &[]);
    said.agree();
    let town = said.expected();
    let flood = flood(&town);
    assert_eq!(flood.total().present, Interval { sure: 1, at_most: 1 });
    assert_eq!(flood.headcount(site('A')).present, Interval { sure: 0, at_most: 1 });
    assert_eq!(flood.headcount(site('B')).present, Interval { sure: 0, at_most: 1 });
    assert!(flood.unsettled().contains(&person(1)));
    // The next touch settles it.
    said.at('B', Act::CheckIn, 1, &[at_a, at_b]);
    said.agree();
    let town = said.expected();
    assert!(self::flood(&town).unsettled().is_empty());
    assert_eq!(self::flood(&town).headcount(site('B')).present, Interval { sure: 1, at_most: 1 });
}

#[test]
fn what_was_corrected_was_never_there_and_what_it_saw_neither() {
    let mut said = Said::default();
    said.opens('H');
    let came = said.at('A', Act::CheckIn, 1, &[]);
    let wrong = said.at('B', Act::CheckOut, 1, &[came]);
    assert!(flood(&said.expected()).whereabouts.is_empty());
    said.corrects('B', wrong);
    said.agree();
    let town = said.expected();
    let places = &flood(&town).whereabouts[&person(1)];
    assert_eq!(places[&site('A')], Place { is_in: true, on_leave: false, left: false });
    said.corrects('A', came);
    said.agree();
    assert!(flood(&said.expected()).accounted.is_empty());
}

#[test]
fn whoever_was_accounted_for_is_never_missing_because_an_entry_is_doubted() {
    let mut said = Said::default();
    said.writes('H', Scope::Register, 1, field::PERSON_NAME, "訓練データ");
    said.writes('H', Scope::Register, 2, field::PERSON_NAME, "訓練データ");
    said.at('A', Act::CheckIn, 1, &[]);
    said.safe('B', 2);
    let doubts = |it: &Recorded| {
        if it.scope == Scope::Shelter { Held::Unverified } else { Held::Admitted }
    };
    let town = said.model.expect(&doubts);
    assert_eq!(told(&compare(&town, &said.folds(&doubts))), "");
    assert!(flood(&town).whereabouts.is_empty());
    let accounted = &flood(&town).accounted;
    assert_eq!(accounted[&person(1)], Accounted::Unverified);
    assert_eq!(accounted[&person(2)], Accounted::Unverified);
}

#[test]
fn desks_that_disagree_on_a_shelter_are_both_shown_until_one_saw_the_other() {
    let mut said = Said::default();
    said.opens('H');
    let open = said.state('A', SiteState::Open, &[]);
    let (incident, site) = (FLOOD, site('A'));
    let closed = said.say(
        'H',
        Scope::Shelter,
        digiana_core::fact::shelter::SiteStateSet {
            incident,
            site,
            state: SiteState::Closed,
            saw: Saw::NOTHING,
            happened_at: None,
        },
    );
    said.agree();
    said.state('A', SiteState::Suspended, &[open, closed]);
    said.agree();
    let shown = said.folds(&|_| Held::Admitted);
    assert_eq!(shown.shelter.incident(FLOOD).unwrap().states(site), [SiteState::Suspended]);
}

#[test]
fn a_card_of_two_people_is_a_conflict_until_they_are_one() {
    let mut said = Said::default();
    said.card('A', 7, 1, &[]);
    said.card('B', 7, 2, &[]);
    said.agree();
    let both = vec![person(1), person(2)];
    assert_eq!(said.expected().persons.resolve(token(7)), Resolved::Conflict(both));
    let joined = said.join('H', 1, 2);
    said.agree();
    // Person 1 was made in haste.
    assert_eq!(said.expected().persons.resolve(token(7)), Resolved::Person(person(2)));
    said.corrects('H', joined);
    said.agree();
    assert_eq!(said.expected().persons.head(person(1)), person(1));
}

#[test]
fn two_buses_that_took_the_last_ticket_make_one_iou_and_the_next_book_pays_it() {
    let mut said = Said::default();
    said.book('C', 1, 1, 1);
    said.ride('A', 1, 1);
    let second = said.ride('B', 1, 1);
    said.agree();
    assert_eq!(said.expected().tickets.riders[&person(1)].ious, [(second, 1)]);
    said.book('C', 2, 1, 5);
    said.agree();
    let town = said.expected();
    let rider = &town.tickets.riders[&person(1)];
    assert_eq!((rider.ious.len(), rider.books[1].left()), (0, 4));
}

#[test]
fn of_several_voids_of_a_book_the_one_that_takes_back_the_most_counts() {
    let mut said = Said::default();
    said.book('C', 1, 1, 5);
    said.void('C', 1, 1, 2);
    said.void('D', 1, 1, 4);
    said.ride('A', 1, 2);
    said.agree();
    let town = said.expected();
    let rider = &town.tickets.riders[&person(1)];
    assert_eq!((rider.books[0].voided, rider.books[0].used), (4, 1));
    assert_eq!(rider.ious[0].1, 1);
}

#[test]
fn a_visit_that_two_readers_saw_earns_once_and_a_day_ends_at_its_cap() {
    let mut said = Said::default();
    said.visit('A', 'A', 1, grant(5, Some(8)));
    said.visit('B', 'A', 1, grant(5, Some(8)));
    said.visit('B', 'A', 1, grant(3, Some(8)));
    said.agree();
    assert_eq!(said.expected().points.wallets[&person(1)].points, 5);
    said.visit('B', 'B', 1, grant(5, Some(8)));
    said.agree();
    assert_eq!(said.expected().points.wallets[&person(1)].points, 8);
}

#[test]
fn a_visit_under_two_ids_of_one_person_earns_once() {
    let mut said = Said::default();
    said.visit('A', 'A', 1, grant(5, None));
    said.visit('B', 'A', 2, grant(5, None));
    said.join('H', 1, 2);
    said.agree();
    assert_eq!(said.expected().points.wallets[&person(2)].points, 5);
}

#[test]
fn what_a_reader_saw_whose_clock_was_never_set_waits() {
    let mut said = Said::default();
    said.visit('A', 'A', 1, grant(5, None));
    let fact = said.facts[0].fact.clone();
    let wall = Wall { seconds: 600, confidence: Confidence::Unsure };
    said.say_at('B', Scope::Wellbeing, 1, wall, fact);
    said.agree();
    let town = said.expected();
    let wallet = &town.points.wallets[&person(1)];
    assert_eq!((wallet.points, wallet.pending), (5, 5));
}

#[test]
fn two_shops_that_took_the_same_points_overdraw_a_wallet_until_it_is_settled() {
    let mut said = Said::default();
    said.visit('A', 'A', 1, grant(5, None));
    said.spends('S', 1, 5);
    let second = said.spends('T', 1, 4);
    said.agree();
    assert_eq!(said.expected().points.overdrawn()[&person(1)], 4);
    said.settles('H', 1, 1);
    said.agree();
    assert_eq!(said.expected().points.overdrawn()[&person(1)], 3);
    // Two desks undo the same payment: it is undone once.
    said.reverses('S', second);
    said.reverses('T', second);
    said.agree();
    assert_eq!(said.expected().points.wallets[&person(1)].points, 1);
}

#[test]
fn every_ledger_comes_to_nothing_in_every_part_of_the_facts() {
    let mut said = Said::default();
    said.book('C', 1, 1, 2);
    said.ride('A', 1, 3);
    said.void('C', 1, 1, 2);
    said.visit('A', 'A', 1, grant(5, Some(3)));
    said.visit('A', 'B', 1, grant(5, Some(3)));
    let paid = said.spends('S', 1, 9);
    said.reverses('S', paid);
    said.settles('H', 1, 2);
    for held in 0..1_u32 << said.facts.len() {
        let entries: Vec<EntryId> = said.facts.iter().map(|it| it.entry).collect();
        let holds = |it: &Recorded| {
            let place = entries.iter().position(|entry| *entry == it.entry).unwrap();
            if held >> place & 1 == 1 { Held::Admitted } else { Held::Not }
        };
        let town = said.model.expect(&holds);
        assert_eq!(town.tickets.ledger.values().sum::<i64>(), 0);
        assert_eq!(town.points.ledger.values().sum::<i64>(), 0);
        assert_eq!(told(&compare(&town, &said.folds(&holds))), "");
    }
}

#[test]
fn a_gate_and_a_teacher_who_disagree_are_both_shown() {
    let mut said = Said::default();
    let school = Scope::School(site('A'));
    said.writes('A', school, 1, field::PUPIL_NAME, "訓練データ");
    said.writes('A', school, 2, field::PUPIL_NAME, "訓練データ");
    let came = said.pupil('A', Attends::Arrived, 1, &[]);
    let absent = said.pupil('H', Attends::Absent, 1, &[]);
    said.agree();
    let shown = said.folds(&|_| Held::Admitted);
    let standing = shown.school(site('A')).standing(&[person(1)], super::words::today());
    assert!(standing.is_conflict());
    said.pupil('A', Attends::Arrived, 1, &[came, absent]);
    let wrong = said.pupil('A', Attends::Left, 2, &[]);
    said.corrects('A', wrong);
    said.agree();
}

#[test]
fn a_free_text_holds_what_was_put_in_and_not_taken_out() {
    let mut said = Said::default();
    let (record, note) = (of_person(person(1)), FieldId(100));
    let scope = Scope::Care(site('A'));
    let mut splice = |text: &str, deleted: Vec<DeletedRun>| {
        let text = Words::new(text);
        let splice = Splice { after: Vec::new(), before: None, text, deleted };
        let change = Change::Splice(splice);
        let saw = Saw::NOTHING;
        let edit = Edit { record, field: note, change, saw, happened_at: None };
        said.say('A', scope, Fact::Edit(edit))
    };
    let first = splice("水三箱", Vec::new());
    let from = Element { splice: first, index: 1 };
    splice("五", vec![DeletedRun { from, len: 1 }]);
    let town = said.expected();
    let key = (scope, record, note);
    assert_eq!(town.records.compare_text(&key, "五水箱"), None);
    assert!(town.records.compare_text(&key, "五水三箱").is_some());
    assert_eq!(said.expected().records.texts().count(), 1);
}
