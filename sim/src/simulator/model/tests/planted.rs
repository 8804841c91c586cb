//! For every checker a defect that somebody planted, which it finds.

use std::collections::BTreeSet;

use digiana_core::engine::folds::Folds;
use digiana_core::fact::edit::{Change, Edit, FieldId, Splice};
use digiana_core::fact::school::Attends;
use digiana_core::fact::shelter::{Act, Congestion, CongestionSet, IncidentClosed, SiteState};
use digiana_core::fact::warning::{WarningLevel, WarningSet};
use digiana_core::fact::words::Words;
use digiana_core::fact::{Fact, ShelterFact};
use digiana_core::id::EntryId;
use digiana_core::record::{field, of_person};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;
use digiana_core::service::wellbeing::earn;

use super::drawn::Draw;
use super::rehearsal::{FLOOD, START, Said, hear, person, site};
use super::words::{book, grant, today};
use crate::rng::Rng;
use crate::simulator::model::difference::{Checker, Difference, Differences};
use crate::simulator::model::tickets::{Book, paid_once};
use crate::simulator::model::{Held, Recorded, compare};

/// A day of the town in which every service has something to show.
fn everything() -> Said {
    let mut said = Said::default();
    let school = Scope::School(site('A'));
    said.writes('H', Scope::Register, 1, field::PERSON_NAME, "訓練データ");
    said.writes('H', Scope::Register, 2, field::PERSON_NAME, "訓練データ");
    said.opens('H');
    said.state('A', SiteState::Open, &[]);
    let (incident, site_a, saw) = (FLOOD, site('A'), Saw::NOTHING);
    let (level, until) = (Some(Congestion::Full), START + 7200);
    let crowded = CongestionSet { incident, site: site_a, level, until, saw: saw.clone() };
    said.say('A', Scope::Shelter, crowded);
    let level = Some(WarningLevel::EveryoneLeaves);
    let district = "都賀".to_owned();
    said.say('H', Scope::Shelter, WarningSet { incident, district, level, saw, happened_at: None });
    said.at('A', Act::CheckIn, 1, &[]);
    said.at('B', Act::CheckIn, 1, &[]);
    let wrong = said.at('A', Act::CheckIn, 5, &[]);
    said.corrects('A', wrong);
    said.card('A', 7, 1, &[]);
    said.join('H', 3, 1);
    said.book('C', 1, 1, 2);
    said.ride('A', 3, 3);
    said.visit('A', 'A', 1, grant(5, None));
    said.visit('B', 'A', 3, grant(5, None));
    said.spends('S', 1, 9);
    said.writes('A', school, 1, field::PUPIL_NAME, "訓練データ");
    said.pupil('A', Attends::Arrived, 1, &[]);
    said.say('H', Scope::Shelter, IncidentClosed { incident, happened_at: None });
    said.agree();
    said
}

/// What is found when the folds hear other facts than those that were said.
fn found(said: &Said, tamper: impl Fn(&Recorded) -> Vec<Recorded>) -> BTreeSet<Checker> {
    let mut folds = Folds::default();
    for heard in said.facts.iter().flat_map(tamper) {
        hear(&mut folds, &heard, Held::Admitted);
    }
    checkers(&compare(&said.expected(), &folds))
}

fn checkers(differences: &[Difference]) -> BTreeSet<Checker> {
    differences.iter().map(|difference| difference.checker).collect()
}

/// What is found when the folds never hear the facts for which `lost` holds.
fn found_without(said: &Said, lost: impl Fn(&Recorded) -> bool) -> BTreeSet<Checker> {
    found(said, |it| if lost(it) { Vec::new() } else { vec![it.clone()] })
}

fn is_kind(number: u32) -> impl Fn(&Recorded) -> bool {
    move |it| it.fact.kind().0 == number
}

#[test]
fn a_fact_that_a_fold_never_heard_is_missed_by_the_checkers_of_its_service() {
    let said = everything();
    let checks: [(u32, &[Checker]); 15] = [
        (4, &[Checker::Presence, Checker::AccountedFor, Checker::Headcount]),
        (5, &[Checker::Field, Checker::Unaccounted, Checker::ClassBoard]),
        (16, &[Checker::Incident]),
        (17, &[Checker::Incident]),
        (18, &[Checker::SiteState]),
        (
            19,
            &[
                Checker::Presence,
                Checker::Unsettled,
                Checker::Headcount,
                Checker::AccountedFor,
                Checker::Unaccounted,
            ],
        ),
        (21, &[Checker::Congestion]),
        (22, &[Checker::Warning]),
        (32, &[Checker::Token]),
        (33, &[Checker::SamePerson, Checker::Books, Checker::PointLedger]),
        (48, &[Checker::Books, Checker::Ious, Checker::TicketLedger]),
        (50, &[Checker::RidePaidOnce, Checker::Ious, Checker::TicketLedger]),
        (64, &[Checker::Visits, Checker::EarnsOnce, Checker::Wallet, Checker::Overdrawn]),
        (113, &[Checker::Wallet, Checker::Overdrawn, Checker::PointLedger]),
        (80, &[Checker::Pupil, Checker::ClassBoard]),
    ];
    for (kind, expected) in checks {
        let found = found_without(&said, is_kind(kind));
        let expected: BTreeSet<Checker> = expected.iter().copied().collect();
        assert!(found.is_superset(&expected), "without kind {kind}: {found:?}");
    }
}

#[test]
fn a_fact_that_counts_twice_is_found() {
    let said = everything();
    let twice = |kind: u32| {
        found(&said, |it| {
            let entry = EntryId { seq: it.entry.seq + 100, ..it.entry };
            let again = (it.fact.kind().0 == kind).then(|| Recorded { entry, ..it.clone() });
            std::iter::once(it.clone()).chain(again).collect()
        })
    };
    assert!(twice(50).is_superset(&BTreeSet::from([Checker::RidePaidOnce, Checker::Ious])));
    assert!(twice(113).contains(&Checker::Wallet));
}

#[test]
fn a_doubted_fact_that_counts_is_found_and_one_that_is_forgotten_too() {
    let said = everything();
    let doubts = |_: &Recorded| Held::Unverified;
    let doubted = said.model.expect(&doubts);
    let found = checkers(&compare(&doubted, &said.folds(&|_| Held::Admitted)));
    assert!(found.contains(&Checker::Presence) && found.contains(&Checker::Wallet));
    let forgotten = said.folds(&|_| Held::Not);
    assert!(checkers(&compare(&doubted, &forgotten)).contains(&Checker::Incident));
    let is_presence = |it: &Recorded| matches!(it.fact, Fact::Shelter(ShelterFact::Presence(_)));
    let all_but = |it: &Recorded| if is_presence(it) { Held::Not } else { Held::Admitted };
    let claimed = |it: &Recorded| if is_presence(it) { Held::Unverified } else { Held::Admitted };
    let expected = said.model.expect(&claimed);
    let found = checkers(&compare(&expected, &said.folds(&all_but)));
    assert!(found.is_superset(&BTreeSet::from([Checker::AccountedFor, Checker::Unaccounted])));
}

#[test]
fn a_ledger_that_does_not_come_to_nothing_is_found() {
    let said = everything();
    let town = said.expected();
    let mut differences = Differences::default();
    let mut points = town.points.ledger.clone();
    *points.values_mut().next().unwrap() += 1;
    town.points.compare_ledger(&points, &mut differences);
    let mut tickets = town.tickets.ledger.clone();
    *tickets.values_mut().next().unwrap() -= 1;
    town.tickets.compare_ledger(&tickets, &mut differences);
    let found = checkers(&differences.into_vec());
    let expected =
        [Checker::PointLedger, Checker::PointSum, Checker::TicketLedger, Checker::TicketSum];
    assert!(found.is_superset(&expected.into()), "{found:?}");
}

#[test]
fn a_visit_that_earned_twice_is_found() {
    let said = everything();
    let town = said.expected();
    let wallet = &town.points.wallets[&person(1)];
    let ((rule, day, site), earned) = wallet.earned.first_key_value().unwrap();
    let (rule, day, site) = (*rule, *day, *site);
    let (entry, points, given) = (earned.entry, earned.points, earned.given);
    let one = earn::Earned { rule, day, site, entry, points, given };
    let compared = |shown: &[earn::Earned]| {
        let mut differences = Differences::default();
        wallet.compare_earned(person(1), shown, &mut differences);
        checkers(&differences.into_vec())
    };
    assert!(compared(&[one]).is_empty());
    assert!(compared(&[one, one]).contains(&Checker::EarnsOnce));
    assert!(
        compared(&[earn::Earned { day: today().plus(1), ..one }]).contains(&Checker::EarnsOnce)
    );
}

#[test]
fn a_ride_that_is_paid_and_owed_is_found() {
    let ride = everything().facts.last().unwrap().entry;
    let paid = |used, ious: &[(EntryId, u32)]| {
        let (book, issue, tickets, voided) = (book(1), ride, 5, 0);
        let books = [Book { book, issue, tickets, voided, used }];
        let mut differences = Differences::default();
        paid_once(person(1), &[(ride, 3)], &books, ious, &mut differences);
        checkers(&differences.into_vec()).contains(&Checker::RidePaidOnce)
    };
    assert!(!paid(2, &[(ride, 1)]) && !paid(3, &[]));
    assert!(paid(3, &[(ride, 1)]) && paid(2, &[]) && paid(0, &[(ride, 1), (ride, 2)]));
}

#[test]
fn a_free_text_that_lost_a_character_is_found() {
    let mut said = Said::default();
    let (record, scope, note) = (of_person(person(1)), Scope::Care(site('A')), FieldId(100));
    let text = Words::new("水三箱");
    let splice = Splice { after: Vec::new(), before: None, text, deleted: Vec::new() };
    let (change, saw) = (Change::Splice(splice), Saw::NOTHING);
    let edit = Edit { record, field: note, change, saw, happened_at: None };
    said.say('A', scope, Fact::Edit(edit));
    let town = said.expected();
    let difference = town.records.compare_text(&(scope, record, note), "水箱");
    assert_eq!(difference.unwrap().checker, Checker::FreeText);
}

#[test]
fn nearly_every_fact_of_a_history_is_missed_when_it_is_lost() {
    let (mut lost, mut missed) = (0_u32, 0_u32);
    for seed in 0..20 {
        let mut draw = Draw { rng: Rng::new(seed, "model/planted") };
        let said = draw.history(40);
        for gone in &said.facts {
            lost += 1;
            let found = found_without(&said, |it| it.entry == gone.entry);
            missed += u32::from(!found.is_empty());
        }
    }
    // The rest is facts that count for nothing: corrected, outdone, or said twice.
    assert!(missed * 100 >= lost * 60, "{missed} of {lost} were missed");
}
