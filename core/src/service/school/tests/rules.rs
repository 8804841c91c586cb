//! The rules, one line each: what was so, what is asked, what it means.

use super::{Rehearsal, told};

/// Plays what was, asks, and compares what was decided.
fn check(given: &str, asked: &str, expected: &str) {
    let mut school = Rehearsal::play(given);
    assert_eq!(told(&school.step(asked)), expected, "after `{given}`, `{asked}`");
}

#[test]
fn a_touch_is_an_arrival_in_the_morning_and_a_departure_from_when_pupils_leave() {
    check("8:00", "G.tap:1", "Arrived 1");
    check("9:30", "G.tap:1", "Arrived 1");
    check("15:00", "G.tap:1", "Arrived 1");
    check("8:00 G.tap:1 14:29", "G.tap:1", "AlreadyNoted");
    check("8:00 G.tap:1 14:30", "G.tap:1", "Left 1");
    check("8:00 G.tap:1 15:00 G.tap:1 15:20", "G.tap:1", "AlreadyNoted");
    check("8:00 G.tap:1 next 8:00", "G.tap:1", "Arrived 1");
}

#[test]
fn nobody_leaves_by_touching_twice() {
    check("8:00 G.tap:1", "G.tap:1", "AlreadyNoted");
    check("14:29 +55 G.tap:1 +9", "G.tap:1", "AlreadyNoted");
    check("14:29 +55 G.tap:1 +10", "G.tap:1", "Left 1");
}

#[test]
fn who_left_early_may_come_back() {
    check("8:00 G.tap:1 10:00 T.went:1 meet 11:00", "G.tap:1", "Arrived 1");
}

#[test]
fn without_a_timetable_a_pupil_leaves_three_hours_after_arriving() {
    check("no-timetable 8:00 G.tap:1 11:00", "G.tap:1", "AlreadyNoted");
    check("no-timetable 8:00 G.tap:1 11:01", "G.tap:1", "Left 1");
    check("no-timetable 8:00 G.tap:1 11:01 G.tap:1 16:00", "G.tap:1", "AlreadyNoted");
    check("no-timetable 12:00 T.came:1@-14400 meet +60", "G.tap:1", "Left 1");
}

#[test]
fn a_clock_that_was_never_set_notes_an_arrival_once() {
    check("unset", "G.tap:1", "Arrived 1");
    check("unset G.tap:1 +40000", "G.tap:1", "AlreadyNoted");
}

#[test]
fn a_name_chosen_at_the_gate_means_what_the_card_would() {
    check("8:00", "G.name:1", "Arrived 1");
    check("8:00 G.name:1 15:00", "G.name:1", "Left 1");
    check("8:00 G.name:1 9:00", "G.tap:1", "AlreadyNoted");
    check("8:00", "G.name:9", "NotAPupil");
}

#[test]
fn only_pupils_on_the_list_are_noted() {
    check("8:00", "G.tap:9", "NotAPupil");
    check("8:00", "G.tap:8", "NotAPupil");
    check("8:00", "G.tap:77", "UnknownToken");
    check("8:00", "T.came:1+9", "NotAPupil");
    check("8:00 91=1", "T.came:91", "Arrived 1");
}

#[test]
fn a_teacher_notes_many_at_once_and_those_of_whom_it_is_so_are_passed_over() {
    check("8:20 G.tap:1 meet", "T.came:1+2+3+3@-600", "Arrived 2, Arrived 3");
    check("8:20 T.came:1+2", "T.came:1+2", "NothingToChange");
    check("8:20 T.absent:1", "T.came:1", "Arrived 1");
    check("8:20", "T.came:", "UnknownPerson");
}

#[test]
fn refusals_are_told_in_their_order() {
    let many = vec!["9"; 65].join("+");
    check("8:20", &format!("T.came:{many}@400"), "TooMany");
    check("8:20", "T.came:9@400", "TimeInFuture");
    check("8:20", "T.came:1@200", "Arrived 1");
    check("8:20", "T.came:1#1", "TimeInFuture");
    check("8:20", "T.absent:1#1", "Absent 1");
    check("8:20 T.absent:1#1", "T.absent:1#1", "NothingToChange");
    check("8:20 T.absent:1#1 next 9:00", "T.absent:1", "NothingToChange");
    check("8:20 T.absent:1#1 next 9:00 meet", "G.tap:1", "Arrived 1");
    check("8:20 T.came:1", "T.undo", "4");
    check("8:20", "T.undo", "UnknownTarget");
    check("8:20 T.came:1 T.undo", "T.undo", "AlreadyCorrected");
}

#[test]
fn a_pupil_with_two_ids_is_settled_under_both() {
    check("8:00 G.tap:2 2=1 meet", "T.came:1", "NothingToChange");
    check("8:00 G.tap:2 2=1 meet", "T.absent:1", "Absent 1, Absent 2");
    check("8:00 G.tap:2 2=1 meet 15:00", "G.tap:1", "Left 1, Left 2");
}
