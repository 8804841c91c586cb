//! What people have after places that were apart hear each other.

use crate::fact::Fact;
use crate::fact::correct::Correct;
use crate::fact::school::{Attendance, Attends};
use crate::fact::shelter::Assurance;
use crate::fact::wellbeing::{Award, Grant, Reverse, Visit};
use crate::fact::words::Words;
use crate::id::EntryId;
use crate::register::Saw;
use crate::service::Fold as _;
use crate::service::ledger::Account;
use crate::service::rehearsal::{START, origin, person, site};
use crate::service::school::fold::SchoolFold;
use crate::service::wellbeing::due;
use crate::service::wellbeing::fold::WellbeingFold;
use crate::service::wellbeing::rehearsal::{CHECKUP, SCHOOL, Town, WALK, rules};
use crate::service::wellbeing::statement::{Happened, Line, Outcome, statement};
use crate::service::wellbeing::wallet::Balance;
use crate::time::Day;

fn lines(town: &Town, desk: char, number: u32) -> Vec<Line> {
    let desk = town.desk(desk);
    statement(&desk.wellbeing, &desk.tokens.aliases(person(number)))
}

#[test]
fn the_same_visit_at_two_cut_off_readers_earns_once() {
    let town = Town::play("A.visit:1 a.visit:1 meet");
    assert_eq!(town.points('A', 1), 5);
    let outcomes: Vec<Outcome> = lines(&town, 'A', 1)
        .into_iter()
        .flat_map(|line| {
            let Happened::Visited { grants, .. } = line.what else { panic!("no visit") };
            grants
        })
        .map(|given| given.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Given(5), Outcome::CountedElsewhere]);
}

#[test]
fn two_ids_of_one_person_earn_once_from_the_day_they_are_joined() {
    let town = Town::play("A.visit:1 a.visit:9 meet");
    assert_eq!((town.points('A', 1), town.points('A', 9)), (5, 5));
    let town = Town::play("A.visit:1 a.visit:9 meet A.join:9=1");
    assert_eq!((town.points('A', 1), town.points('A', 9)), (5, 5));
    assert_eq!(town.desk('A').totals().of(Account::Wallet(person(1))), 5);
    assert_eq!(town.desk('A').totals().of(Account::Fund), -5);
}

#[test]
fn a_rule_gives_no_more_a_day_than_its_cap_and_another_rule_has_its_own() {
    let town = Town::play("A.visit:1 later B.visit:1 meet");
    assert_eq!(town.points('A', 1), 8);
    let given: Vec<i64> = lines(&town, 'A', 1).iter().map(|line| line.points).collect();
    assert_eq!(given, [5, 3], "what came first is whole");
    let town = Town::play("A.visit:1 B.visit:1 C.visit:1 meet");
    assert_eq!(town.points('A', 1), 18);
    let town = Town::play("A.visit:1 B.visit:1 tomorrow A.visit:1 meet");
    assert_eq!(town.points('A', 1), 13);
}

#[test]
fn of_two_grants_with_one_key_the_larger_counts() {
    let mut fold = WellbeingFold::default();
    for (desk, points) in [('A', 5), ('a', 7), ('B', 6)] {
        let grant = Grant { rule: CHECKUP, version: [0; 4], points, daily_cap: Some(points) };
        let (person, site, day) = (person(1), site('C'), Some(Day(1)));
        let fact = Fact::from(Award { person, site, grant, day });
        fold.apply(&origin(desk, 1, START), &fact);
    }
    assert_eq!(fold.wallet(&[person(1)]).points, 7);
}

#[test]
fn the_same_points_spent_at_two_cut_off_shops_leave_a_debt_that_staff_settle() {
    let spent = "A.visit:1 S.link:7=1 T.link:7=1 meet S.pay:7=5 T.pay:7=4 meet";
    let town = Town::play(spent);
    let desk = town.desk('A');
    assert_eq!(desk.wellbeing.wallet(&[person(1)]).balance(), Balance::Overdrawn(4));
    let totals = desk.totals();
    assert_eq!(totals.of(Account::Shop(site('S'))), 5);
    assert_eq!(totals.of(Account::Shop(site('T'))), 4);
    assert_eq!(totals.sum(), 0);
    let town = Town::play(&format!("{spent} A.settle:1=3 A.writeoff:1=1 meet"));
    let desk = town.desk('T');
    assert_eq!(desk.wellbeing.wallet(&[person(1)]).balance(), Balance::Available(0));
    let totals = desk.totals();
    assert_eq!((totals.of(Account::Counter), totals.of(Account::Fund)), (-3, -6));
    assert_eq!(totals.sum(), 0);
}

#[test]
fn a_reversal_counts_once_and_not_before_what_it_reverses() {
    let town = Town::play("A.visit:1 S.link:7=1 meet S.pay:7=3 meet S.reverse A.reverse meet");
    assert_eq!(town.points('S', 1), 5);
    let balances: Vec<i64> = lines(&town, 'S', 1).iter().map(|line| line.balance).collect();
    assert_eq!(balances, [5, 2, 5], "of two reversals one is a line");
    let mut fold = WellbeingFold::default();
    let log = &town.desk('S').log;
    let is_spend = |fact: &Fact| fact.kind().0 == 113;
    let (late, early): (Vec<_>, Vec<_>) = log.iter().partition(|(_, fact)| is_spend(fact));
    early.iter().for_each(|(origin, fact)| fold.apply(origin, fact));
    assert_eq!(fold.wallet(&[person(1)]).points, 5);
    late.iter().for_each(|(origin, fact)| fold.apply(origin, fact));
    assert_eq!(fold.wallet(&[person(1)]).points, 5);
    assert_eq!(fold, town.desk('S').wellbeing);
}

#[test]
fn a_reversal_of_another_hash_or_of_a_corrected_spend_changes_nothing() {
    let mut town = Town::play("A.visit:1 S.link:7=1 meet S.pay:7=3");
    let desk = town.desks.get_mut(&'S').unwrap();
    let target = desk.log.last().unwrap().0.entry;
    let reverse = Reverse { target, target_hash: [0xEE; 4], reason: Words::new("訓練データ") };
    desk.hear(&origin('B', 9, START), &Fact::from(reverse));
    assert_eq!(town.points('S', 1), 2);
    let town = Town::play("A.visit:1 S.link:7=1 meet S.pay:7=3 meet A.reverse S.undo meet");
    assert_eq!(town.points('A', 1), 5);
    assert_eq!(town.desk('A').totals().sum(), 0);
    let town = Town::play("A.visit:1 S.link:7=1 meet S.pay:7=3 S.reverse S.undo meet");
    assert_eq!(town.points('A', 1), 2, "a reversal can be corrected too");
}

#[test]
fn what_a_clock_that_was_never_set_saw_waits() {
    let town = Town::play("X.visit:1 A.visit:1 meet");
    let wallet = town.desk('A').wellbeing.wallet(&[person(1)]);
    assert_eq!((wallet.points, wallet.pending), (5, 5));
    let town = Town::play("X.visit:1@-3600");
    let wallet = town.desk('X').wellbeing.wallet(&[person(1)]);
    assert_eq!((wallet.points, wallet.pending), (5, 0), "somebody said when");
}

#[test]
fn a_corrected_visit_is_absent() {
    let town = Town::play("A.visit:1 A.undo");
    assert_eq!(town.points('A', 1), 0);
    assert_eq!(town.desk('A').wellbeing.people().count(), 0);
    let town = Town::play("A.visit:1 a.visit:1 A.undo meet");
    assert_eq!(town.points('A', 1), 5, "the other reader's counts now");
}

#[test]
fn a_statement_runs_in_the_order_things_were_recorded() {
    let town = Town::play(
        "C.visit:1 S.link:7=1 meet S.pay:7=4 meet S.transfer:1=6 meet C.visit:1@-86400 C.reverse meet",
    );
    let told: Vec<(i64, i64)> =
        lines(&town, 'S', 1).iter().map(|line| (line.points, line.balance)).collect();
    assert_eq!(told[..3], [(15, 15), (-4, 11), (-6, 5)]);
    assert_eq!(told.last().unwrap().1, 30 - 4, "the transfer is undone");
    let late = lines(&town, 'S', 1).into_iter().filter(|line| line.recorded.is_some());
    assert_eq!(late.count(), 1);
}

#[test]
fn school_points_are_due_once_for_each_day() {
    let town = Town::play("A.award:1=2");
    let (desk, today) = (town.desk('A'), Day::of(START));
    let arrivals = [(1, today), (1, today), (1, today.plus(1)), (2, today)];
    let arrivals = arrivals.map(|(number, day)| (person(number), day));
    let due =
        |school| due::for_arrivals(&desk.wellbeing, &desk.tokens, &rules(), site(school), arrivals);
    let whom: Vec<_> = due('E').iter().map(|award| (award.person, award.day.unwrap())).collect();
    assert_eq!(whom, [(person(1), today.plus(1)), (person(2), today)]);
    assert!(due('E').iter().all(|award| award.grant.rule == SCHOOL && award.grant.points == 2));
    assert_eq!(due('F').len(), 3, "another school is another key");
}

/// A school of which A's first entry said that somebody came; a teacher took that back if `struck`,
/// and another entry says that `others` came.
fn attendance(struck: bool, others: &[u32]) -> SchoolFold {
    let came = |number| {
        Fact::from(Attendance {
            person: person(number),
            attends: Attends::Arrived,
            assurance: Assurance::Vouched,
            saw: Saw::NOTHING,
            happened_at: None,
            day: None,
        })
    };
    let mut school = SchoolFold::default();
    let first = origin('A', 1, START);
    school.apply(&first, &came(1));
    if struck {
        let reason = Words::new("訓練データ: 休みだった");
        let target_hash = Correct::hash_of(first.hash);
        let correct = Correct { target: first.entry, target_hash, reason };
        school.apply(&origin('A', 2, START), &Fact::Correct(correct));
    }
    for (seq, number) in (3..).zip(others) {
        school.apply(&origin('A', seq, START), &came(*number));
    }
    school
}

#[test]
fn points_for_an_arrival_that_was_corrected_are_taken_back_by_whoever_gave_them() {
    let town = Town::play("A.award:1=2 A.link:9=1");
    let desk = town.desk('A');
    let me = origin('A', 1, START).author;
    let found = |me, school, attendance: &SchoolFold| {
        let (wellbeing, tokens) = (&desk.wellbeing, &desk.tokens);
        due::given_for_nothing(wellbeing, tokens, me, site(school), attendance).len()
    };
    let other = origin('B', 1, START).author;
    assert_eq!(found(me, 'E', &attendance(true, &[])), 1);
    assert_eq!(found(me, 'E', &attendance(false, &[])), 0, "it stands");
    assert_eq!(found(me, 'F', &attendance(true, &[])), 0, "another school's");
    assert_eq!(found(other, 'E', &attendance(true, &[])), 0, "another gave them");
    assert_eq!(found(me, 'E', &attendance(true, &[1])), 0, "they came after all");
}

#[test]
fn points_are_never_due_and_for_nothing_at_once() {
    // Two ids of one child: the gate saw one of them, the teacher took back the other.
    let town = Town::play("A.award:1=2 A.join:9=1");
    let desk = town.desk('A');
    let school = attendance(true, &[9]);
    let (wellbeing, tokens) = (&desk.wellbeing, &desk.tokens);
    let me = origin('A', 1, START).author;
    assert!(due::given_for_nothing(wellbeing, tokens, me, site('E'), &school).is_empty());
    let due = due::for_arrivals(wellbeing, tokens, &rules(), site('E'), school.arrivals());
    assert!(due.is_empty(), "they have them");
}

#[test]
fn a_rule_that_two_grants_of_one_visit_name_gives_once() {
    let mut fold = WellbeingFold::default();
    let grant = Grant { rule: WALK, version: [0; 4], points: 5, daily_cap: None };
    let visit = Visit {
        person: person(1),
        site: site('A'),
        grants: vec![grant, grant],
        assurance: Assurance::Listed,
        happened_at: None,
        temperature: None,
    };
    let origin = origin('A', 1, START);
    fold.apply(&origin, &Fact::from(visit));
    assert_eq!(fold.wallet(&[person(1)]).points, 5);
    let lines = statement(&fold, &[person(1)]);
    let EntryId { seq, .. } = lines[0].entry;
    assert_eq!((seq, lines[0].points, lines[0].balance), (1, 5, 5));
}
