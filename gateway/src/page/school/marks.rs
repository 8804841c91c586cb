//! What is known of a pupil, in words: a state, when, and what else a teacher should see at once.

use digiana_core::fact::school::Attends;
use digiana_core::fact::shelter::Assurance;
use digiana_core::service::school::timetable::Timetable;
use digiana_core::view::school::{PupilRow, Word};

use crate::backend::school::Devices;
use crate::page::shell::Shell;
use crate::page::when;
use crate::text::Text;

/// A pupil on a board.
pub(super) struct PupilLine {
    pub(super) person: String,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) state: &'static str,
    pub(super) code: &'static str,
    /// When they came and went.
    pub(super) times: String,
    pub(super) marks: Vec<&'static str>,
    /// What each desk says, where they disagree.
    pub(super) rivals: Vec<String>,
    pub(super) is_protected: bool,
    pub(super) is_ticked: bool,
}

impl PupilLine {
    pub(super) fn of(
        shell: &Shell,
        row: &PupilRow,
        devices: &Devices,
        href: String,
        now: i64,
    ) -> Self {
        let t = shell.t;
        let person = row.pupil.id.to_string();
        let rivals = row.current.iter().filter(|_| row.is_disputed());
        Self {
            is_ticked: shell.all_typed("person").any(|ticked| ticked == person),
            person,
            href,
            name: row.pupil.name.clone(),
            kana: row.pupil.kana.clone().unwrap_or_default(),
            state: state(t, row),
            code: code(row),
            times: times(t, row, now),
            marks: marks(t, row),
            rivals: rivals.map(|word| said(t, word, devices, now)).collect(),
            is_protected: row.protected,
        }
    }
}

/// The state as a word.
pub(super) fn state(t: &'static Text, row: &PupilRow) -> &'static str {
    match row.state {
        Some(attended) => attends(t, attended),
        None if row.is_disputed() => t.say("attends.disputed"),
        None => t.say("attends.unconfirmed"),
    }
}

/// The state as style sheets know it.
pub(super) fn code(row: &PupilRow) -> &'static str {
    match row.state {
        Some(Attends::Arrived) => "arrived",
        Some(Attends::Left) => "left",
        Some(Attends::Absent) => "absent",
        None if row.is_disputed() => "disputed",
        None => "unconfirmed",
    }
}

pub(super) fn attends(t: &'static Text, attends: Attends) -> &'static str {
    match attends {
        Attends::Arrived => t.say("attends.arrived"),
        Attends::Left => t.say("attends.left"),
        Attends::Absent => t.say("attends.absent"),
    }
}

/// When they came and went.
pub(super) fn times(t: &Text, row: &PupilRow, now: i64) -> String {
    let at = |word: &Word, key: &str| {
        if word.is_undated() {
            t.say("school.undated").to_owned()
        } else {
            t.fill(key, &[("at", &when::stamp(t, word.when.seconds, now))])
        }
    };
    let came = row.arrived.as_ref().map(|word| at(word, "school.came_at"));
    let went = row.left.as_ref().filter(|_| row.state != Some(Attends::Arrived));
    let went = went.map(|word| at(word, "school.went_at"));
    let said: Vec<String> = [came, went].into_iter().flatten().collect();
    said.join("　")
}

/// What stands beside a state.
pub(super) fn marks(t: &'static Text, row: &PupilRow) -> Vec<&'static str> {
    let is_late_entry = row.current.iter().any(|word| word.late);
    [
        (row.is_late, t.say("school.is_late")),
        (row.is_by_teacher(), t.say("school.by_teacher")),
        (is_late_entry, t.say("queue.late")),
    ]
    .into_iter()
    .filter_map(|(holds, word)| holds.then_some(word))
    .collect()
}

/// One word of one desk: what, when, where, how sure.
pub(super) fn said(t: &'static Text, word: &Word, devices: &Devices, now: i64) -> String {
    let at = if word.is_undated() {
        t.say("school.undated").to_owned()
    } else {
        when::stamp(t, word.when.seconds, now)
    };
    let how = match word.assurance {
        Assurance::Vouched => t.say("school.by_teacher"),
        Assurance::Listed | Assurance::Proven => t.say("school.by_card"),
    };
    let device = devices.name(word.by);
    let values =
        [("did", attends(t, word.attends)), ("at", &at), ("device", &device), ("how", how)];
    t.fill("school.said", &values)
}

/// When pupils come and go, in a sentence; empty where nobody entered it.
pub(super) fn hours(t: &Text, timetable: Timetable) -> String {
    let by =
        timetable.arrive_by.map(|minute| t.fill("school.arrive_by", &[("at", &clock(minute))]));
    let from =
        timetable.leave_from.map(|minute| t.fill("school.leave_from", &[("at", &clock(minute))]));
    let said: Vec<String> = [by, from].into_iter().flatten().collect();
    if said.is_empty() { t.say("school.no_hours").to_owned() } else { said.join("　") }
}

/// A minute of the day as a clock shows it.
pub(crate) fn clock(minute: u16) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

/// When they came and went, as short as a calendar has room for.
pub(super) fn clocks(row: &PupilRow) -> String {
    let at = |word: &Word| {
        (!word.is_undated()).then(|| clock(digiana_core::time::minute_of_day(word.when.seconds)))
    };
    let came = row.arrived.as_ref().and_then(at).unwrap_or_default();
    let went = row.left.as_ref().filter(|_| row.state == Some(Attends::Left)).and_then(at);
    match went {
        Some(went) => format!("{came}–{went}"),
        None => came,
    }
}
