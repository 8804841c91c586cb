//! What teachers and headquarters are shown.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;

use super::*;
use crate::fact::edit::Value;
use crate::record::{field, of_person};
use crate::service::rehearsal::{records, text};
use crate::service::school::tests::{Rehearsal, pupil, school};
use crate::service::shelter::fold::ShelterFold;

/// What a teacher's desk may read.
struct Page {
    heard: Rehearsal,
    shelter: ShelterFold,
    register: RecordsFold,
}

impl Page {
    fn of(script: &str) -> Self {
        let register = records((1..=7).flat_map(|number| {
            let record = of_person(pupil(number));
            let district = if number < 3 { "上" } else { "下" };
            [
                (record, field::PERSON_DISTRICT, text(district)),
                (record, field::PERSON_PROTECTED, Value::Bool(number == 7)),
            ]
        }));
        let heard = Rehearsal::play(script);
        Self { heard, shelter: ShelterFold::default(), register }
    }

    fn school(&self) -> School<'_> {
        School {
            sources: Sources {
                shelter: &self.shelter,
                tokens: &self.heard.tokens,
                town: self.heard.town.as_ref(),
                register: Some(&self.register),
                authority: false,
            },
            site: school(),
            fold: &self.heard.desk('T').school,
            list: Some(&self.heard.list),
        }
    }

    fn board(&self) -> Board {
        self.school().board(self.heard.today())
    }
}

fn numbers(rows: &[PupilRow]) -> Vec<u8> {
    rows.iter().map(|row| row.pupil.id.0[7]).collect()
}

#[test]
fn a_board_has_each_pupil_once_and_counts_each_once() {
    let page = Page::of("8:00 G.tap:1 G.tap:2 G.tap:6 T.absent:3 T.absent:6 15:00 G.tap:2 meet");
    let board = page.board();
    let classes: Vec<_> = board.classes.iter().map(|class| class.class.as_deref()).collect();
    assert_eq!(classes, [Some("1年1組"), Some("2年1組")]);
    let first = &board.classes[0];
    assert_eq!(numbers(&first.rows), [4, 5, 1, 2, 3], "those of whom nothing is known come first");
    let expected =
        Counts { pupils: 5, unconfirmed: 2, arrived: 1, left: 1, absent: 1, disputed: 0 };
    assert_eq!(first.counts, expected);
    let second = &board.classes[1];
    assert_eq!(numbers(&second.rows), [6, 7], "whoever left the school is on no board");
    assert_eq!((second.counts.disputed, second.counts.unconfirmed), (1, 1));
    assert!(second.rows[0].is_disputed());
    assert_eq!(second.rows[0].current.len(), 2);
    assert!(second.rows[1].protected);
    assert_eq!(board.counts.pupils, 7);
}

#[test]
fn a_row_tells_who_was_late_and_what_a_teacher_entered() {
    let page = Page::of("8:10 G.tap:1 8:11 G.tap:2 8:30 T.came:3@-1800 T.came:4 meet");
    let board = page.board();
    let rows = &board.classes[0].rows;
    let row = |number: u32| rows.iter().find(|row| row.pupil.id == pupil(number)).unwrap();
    assert!(!row(1).is_late && row(2).is_late && !row(3).is_late && row(4).is_late);
    assert!(!row(1).is_by_teacher() && row(3).is_by_teacher());
    assert!(row(3).arrived.unwrap().late && !row(4).arrived.unwrap().late);
}

#[test]
fn who_is_on_their_way_is_counted_by_neighbourhood_without_names() {
    let page = Page::of("8:00 G.tap:1 T.absent:3 meet");
    let expected =
        BTreeMap::from([(Some("上".to_owned()), 1), (Some("下".to_owned()), 3), (None, 1)]);
    assert_eq!(page.school().on_their_way(page.heard.today()), expected);
}

#[test]
fn the_log_of_a_day_has_what_was_corrected_too() {
    let page = Page::of("8:00 G.tap:1 meet 8:30 T.absent:1 T.undo 15:00 meet G.tap:1 meet");
    let log = page.school().day_log(pupil(1), page.heard.today()).unwrap();
    let lines: Vec<_> = log
        .rows
        .iter()
        .map(|line| (line.word.attends, line.is_current, line.is_corrected))
        .collect();
    assert_eq!(
        lines,
        [
            (Attends::Arrived, false, false),
            (Attends::Absent, false, true),
            (Attends::Left, true, false)
        ]
    );
    assert_eq!(log.row.state, Some(Attends::Left));
    assert!(page.school().day_log(pupil(9), page.heard.today()).is_none());
}

#[test]
fn a_month_has_a_row_for_each_day() {
    let page = Page::of("8:00 G.tap:1 next 8:00 T.absent:1 meet");
    let days = page.school().days(pupil(1), page.heard.today().plus(-2), 4).unwrap();
    let states: Vec<_> = days.iter().map(|day| day.row.state).collect();
    assert_eq!(states, [None, Some(Attends::Arrived), Some(Attends::Absent), None]);
}

#[test]
fn what_a_gate_noted_without_a_clock_is_not_lost() {
    let mut page = Page::of("unset G.tap:1 meet");
    page.heard.now = crate::service::rehearsal::wall(crate::service::rehearsal::START);
    let board = page.board();
    assert_eq!(board.counts.unconfirmed, 7);
    let undated: Vec<_> = board.undated.iter().map(|found| found.pupil.id).collect();
    assert_eq!(undated, [pupil(1)]);
    assert!(board.undated[0].word.is_undated());
}

#[test]
fn a_pupil_with_two_ids_is_one() {
    let page = Page::of("8:00 G.tap:2 G.tap:1 2=1 meet");
    let board = page.board();
    assert_eq!(numbers(&board.classes[0].rows), [3, 4, 5, 1]);
}

#[test]
fn no_name_is_in_a_debug_text() {
    let page = Page::of("8:00 G.tap:1 meet");
    assert!(!format!("{:?}", page.board()).contains("訓練"));
}
