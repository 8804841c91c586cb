//! What a school knows after its gate and its teachers hear each other.

use crate::fact::school::Attends;
use crate::fact::shelter::Assurance;
use crate::service::stamp::Stamped as _;

use super::{Rehearsal, pupil};

fn state(school: &Rehearsal, number: u32) -> String {
    let standing = school.desk('T').school.standing(&[pupil(number)], school.today());
    let mut words: Vec<String> =
        standing.current().map(|write| format!("{:?}", write.value.attends)).collect();
    words.dedup();
    words.join("|")
}

#[test]
fn a_missed_tap_is_put_right_with_the_time_at_which_it_was_true() {
    let school = Rehearsal::play("8:40 T.came:1@-2100");
    let standing = school.desk('T').school.standing(&[pupil(1)], school.today());
    let write = standing.first(Attends::Arrived).unwrap();
    assert_eq!(standing.settled(), Some(Attends::Arrived));
    assert_eq!(write.value.when().seconds, school.today().begins() + (8 * 60 + 5) * 60);
    assert_eq!(write.value.assurance, Assurance::Vouched);
}

#[test]
fn five_are_put_right_at_once_and_one_of_them_is_taken_back() {
    let school = Rehearsal::play("8:40 T.came:1+2+3+4+5@-2100 T.undo:3 meet");
    let states: Vec<String> = (1..=5).map(|number| state(&school, number)).collect();
    assert_eq!(states, ["Arrived", "Arrived", "", "Arrived", "Arrived"]);
    let fold = &school.desk('G').school;
    assert_eq!(fold.arrivals().count(), 4);
    assert_eq!(fold.struck(pupil(3), school.today()).count(), 1);
}

#[test]
fn gate_and_teacher_who_disagree_while_apart_are_both_shown_until_a_teacher_settles_it() {
    let mut school = Rehearsal::play("8:00 G.tap:1 8:30 T.absent:1 meet");
    assert_eq!(state(&school, 1), "Arrived|Absent");
    let fold = &school.desk('T').school;
    assert!(fold.standing(&[pupil(1)], school.today()).is_conflict());
    school.step("T.came:1").unwrap();
    school.step("meet").unwrap();
    assert_eq!(state(&school, 1), "Arrived");
}

#[test]
fn a_touch_settles_what_a_cut_off_teacher_said() {
    let school = Rehearsal::play("8:00 G.tap:1 8:30 T.absent:1 meet 9:00 G.tap:1 meet");
    assert_eq!(state(&school, 1), "Arrived");
}

#[test]
fn two_gates_that_note_one_arrival_are_no_conflict() {
    let school = Rehearsal::play("8:00 G.tap:1 8:01 g.tap:1 meet");
    let standing = school.desk('T').school.standing(&[pupil(1)], school.today());
    assert_eq!(standing.settled(), Some(Attends::Arrived));
    let first = standing.first(Attends::Arrived).unwrap().value.when();
    assert_eq!(first.seconds, school.today().begins() + 8 * 3600);
}

#[test]
fn an_undone_absence_leaves_the_arrival_that_it_covered() {
    let school = Rehearsal::play("8:00 G.tap:1 meet 8:30 T.absent:1 T.undo meet");
    assert_eq!(state(&school, 1), "Arrived");
}

#[test]
fn points_are_due_for_days_at_school_and_for_no_other() {
    let school = Rehearsal::play(
        "8:00 G.tap:1 G.tap:2 G.tap:3 15:00 G.tap:1 meet T.absent:2 next 8:00 G.tap:1 T.absent:3 meet",
    );
    let fold = &school.desk('T').school;
    let today = school.today();
    let due: Vec<_> = fold.arrivals().collect();
    assert_eq!(due, [(pupil(1), today.plus(-1)), (pupil(1), today), (pupil(3), today.plus(-1))]);
    assert_eq!(fold.seen_by(pupil(1)).count(), 3);
    assert_eq!(fold.seen_by(pupil(2)).count(), 1);
}
