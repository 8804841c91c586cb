//! A school small enough to write down: a gate and a teacher who hear each other only when a test
//! says so.
//!
//! A script is words. `8:05` is the time of day; `next` the next day; `G.tap:7` a card at the gate;
//! `T.came:1+2@-600` a teacher who notes two pupils ten minutes later; `meet` lets all hear all.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod folding;
mod rules;
mod stories;
mod weight;

use std::collections::BTreeMap;

use crate::fact::edit::Value;
use crate::fact::school::Attends;
use crate::fact::shelter::Assurance;
use crate::fact::token::{PersonsJoined, TokenSet, TokenState};
use crate::fact::{Fact, SchoolFact};
use crate::id::{JournalId, PersonId, SiteId};
use crate::record::{field, of_person, of_site};
use crate::register::Saw;
use crate::service::asked::Context;
use crate::service::lists::route::read_minute;
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::rehearsal::{START, origin, person, records, site, text, token, wall};
use crate::service::tokens::TokenFold;
use crate::service::{Fold, Origin, corrections};
use crate::time::{Confidence, Day, Wall};

use super::command::{Asked, Command, Note};
use super::decide::{Known, decide};
use super::fold::SchoolFold;

/// The school.
pub(crate) const NAME: char = 'S';

/// Seven pupils in two classes; 8 left the school, 9 is no pupil.
pub(crate) fn list() -> RecordsFold {
    records((1..=8).flat_map(|number| {
        let record = of_person(person(number));
        let class = if number <= 5 { "1年1組" } else { "2年1組" };
        [
            (record, field::PUPIL_NAME, text(&format!("訓練 児童{number}"))),
            (record, field::PUPIL_KANA, text(&format!("くんれん{number}"))),
            (record, field::PUPIL_CLASS, text(class)),
            (record, field::PUPIL_ENDED, Value::Bool(number == 8)),
        ]
    }))
}

/// The town's list of sites: pupils arrive by 8:10 and leave from 14:30.
pub(crate) fn timetable() -> RecordsFold {
    let record = of_site(site(NAME));
    records([
        (record, field::SITE_NAME, text("訓練小学校")),
        (record, field::SITE_ARRIVE_BY, Value::Int(8 * 60 + 10)),
        (record, field::SITE_LEAVE_FROM, Value::Int(14 * 60 + 30)),
    ])
}

/// One desk of the school with its replica.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) log: Vec<(Origin, Fact)>,
    pub(crate) school: SchoolFold,
}

/// The school of a script.
#[derive(Debug)]
pub(crate) struct Rehearsal {
    pub(crate) desks: BTreeMap<char, Desk>,
    pub(crate) tokens: TokenFold,
    pub(crate) list: RecordsFold,
    pub(crate) town: Option<RecordsFold>,
    pub(crate) now: Wall,
}

impl Rehearsal {
    /// Plays a script; every step of it must be accepted.
    pub(crate) fn play(script: &str) -> Self {
        let mut school = Self {
            desks: ['G', 'g', 'T'].map(|name| (name, Desk::default())).into(),
            tokens: TokenFold::default(),
            list: list(),
            town: Some(timetable()),
            now: wall(START),
        };
        for number in 1..=9u8 {
            let fact = TokenSet {
                token: token(number),
                person: person(number.into()),
                state: TokenState::Active,
                saw: Saw::NOTHING,
                happened_at: None,
            };
            school.tokens.apply(&origin('K', number.into(), START), &Fact::from(fact));
        }
        for step in script.split_whitespace() {
            let done = school.step(step);
            assert!(done.is_ok(), "{step} was refused: {done:?}");
        }
        school
    }

    /// The replica of a desk.
    pub(crate) fn desk(&self, name: char) -> &Desk {
        &self.desks[&name]
    }

    pub(crate) fn today(&self) -> Day {
        Day::of(self.now.seconds)
    }

    fn meet(&mut self) {
        let all: Vec<(Origin, Fact)> =
            self.desks.values().flat_map(|desk| desk.log.clone()).collect();
        for desk in self.desks.values_mut() {
            for (origin, fact) in &all {
                desk.hear(origin, fact);
            }
        }
    }

    /// One step: what it decided, recorded, or why not.
    pub(crate) fn step(&mut self, step: &str) -> Result<Vec<Fact>, Refusal> {
        match step {
            "meet" => self.meet(),
            "next" => self.now.seconds = self.today().plus(1).begins(),
            "unset" => self.now = Wall { seconds: 60, confidence: Confidence::Unsure },
            "no-timetable" => self.town = None,
            _ => {
                if let Some(minute) = read_minute(step) {
                    self.now = wall(self.today().begins() + i64::from(minute) * 60);
                } else if let Some((walk_in, of)) = step.split_once('=') {
                    let fact = PersonsJoined {
                        walk_in: person(walk_in.parse().unwrap()),
                        person: person(of.parse().unwrap()),
                        happened_at: None,
                    };
                    self.tokens.apply(&origin('J', 1, START), &Fact::from(fact));
                } else if let Some(seconds) = step.strip_prefix('+') {
                    self.now.seconds += seconds.parse::<i64>().unwrap();
                } else {
                    return self.asked(step);
                }
            }
        }
        Ok(Vec::new())
    }

    fn asked(&mut self, step: &str) -> Result<Vec<Fact>, Refusal> {
        let (name, asked) = step.split_once('.').expect("a step is DESK.word");
        let name = name.chars().next().unwrap();
        let now = self.now;
        let desk = self.desks.get_mut(&name).unwrap();
        let facts = if let Some(of) = asked.strip_prefix("undo") {
            let of = of.strip_prefix(':').map(|number| person(number.parse().unwrap()));
            let meant = |(_, fact): &&(Origin, Fact)| {
                let Fact::School(SchoolFact::Attendance(fact)) = fact else { return false };
                of.is_none_or(|person| person == fact.person)
            };
            let target = desk.log.iter().rev().find(meant).map(|(origin, _)| origin.entry);
            let target = target.unwrap_or_else(|| origin('Z', 1, START).entry);
            let fold: &dyn Fold = &desk.school;
            vec![corrections::decide([fold], target, "訓練")?]
        } else {
            let command = Command { school: None, asked: word(asked, now.seconds) };
            let known = Known {
                school: &desk.school,
                site: site(NAME),
                pupils: Some(&self.list),
                tokens: &self.tokens,
                town: self.town.as_ref(),
            };
            decide(&known, &command, &Context { site: Some(site(NAME)), now })?
        };
        for fact in &facts {
            let journal = JournalId([u8::try_from(name).unwrap(); 8]);
            let own = desk.log.iter().filter(|(origin, _)| origin.entry.journal == journal);
            let seq = u64::try_from(own.count()).unwrap() + 1;
            let entry = Origin { wall: now, ..origin(name, seq, now.seconds) };
            desk.hear(&entry, fact);
        }
        Ok(facts)
    }
}

impl Desk {
    fn hear(&mut self, origin: &Origin, fact: &Fact) {
        if !self.log.iter().any(|(held, _)| held.entry == origin.entry) {
            self.log.push((*origin, fact.clone()));
        }
        self.school.apply(origin, fact);
    }
}

/// `tap:7`, `name:1`, `came:1+2@-600` (happened ten minutes ago), `absent:1#1` (of tomorrow).
fn word(word: &str, now: i64) -> Asked {
    let (verb, of) = word.split_once(':').unwrap();
    let (of, day) = of.split_once('#').unwrap_or((of, ""));
    let (of, ago) = of.split_once('@').unwrap_or((of, ""));
    let note = |attends| {
        let ago: Option<i64> = ago.parse().ok();
        let persons = of.split('+').filter(|one| !one.is_empty());
        Asked::Note(Note {
            persons: persons.map(|one| person(one.parse().unwrap())).collect(),
            attends,
            happened_at: ago.map(|ago| now + ago),
            day: day.parse().ok().map(|days: i32| Day::of(now).plus(days)),
        })
    };
    match verb {
        "tap" => Asked::Tap { token: token(of.parse().unwrap()), assurance: Assurance::Listed },
        "name" => Asked::Choose { person: person(of.parse().unwrap()) },
        "came" => note(Attends::Arrived),
        "went" => note(Attends::Left),
        "absent" => note(Attends::Absent),
        _ => panic!("{verb} is no word of a school"),
    }
}

/// What was decided, in words: `Arrived 1, Left 2`, or the refusal.
pub(crate) fn told(decided: &Result<Vec<Fact>, Refusal>) -> String {
    let one = |fact: &Fact| {
        let Fact::School(SchoolFact::Attendance(fact)) = fact else {
            return fact.kind().0.to_string();
        };
        let [.., number] = fact.person.0;
        format!("{:?} {number}", fact.attends)
    };
    match decided {
        Ok(facts) => facts.iter().map(one).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("{refusal:?}"),
    }
}

/// Ids and the site for tests of views.
pub(crate) fn school() -> SiteId {
    site(NAME)
}

pub(crate) fn pupil(number: u32) -> PersonId {
    person(number)
}
