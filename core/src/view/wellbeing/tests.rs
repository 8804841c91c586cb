//! What pages say of visits and points, and of people who were not seen.

use super::age::AgeGroup;
use super::preview::{Would, preview};
use super::unseen::{Sighting, Silent, Watch, Watched, Word};
use super::*;
use crate::fact::edit::Value;
use crate::id::NodeId;
use crate::record::{field, of_person};
use crate::service::lists::rule::PointRule;
use crate::service::records::RecordsFold;
use crate::service::rehearsal::{START, person, records, site, text, wall};
use crate::service::shelter::fold::ShelterFold;
use crate::service::wellbeing::rehearsal::{Town, WALK, rules};

const DAY: i64 = 86_400;

fn register(of: u32, fields: &[(crate::fact::edit::FieldId, Value)]) -> RecordsFold {
    let name = (field::PERSON_NAME, text("訓練 一郎（訓練データ）"));
    let fields = fields.iter().cloned().chain([name]);
    records(fields.map(|(field, value)| (of_person(person(of)), field, value)))
}

fn view<T>(
    town: &Town,
    desk: char,
    register: Option<&RecordsFold>,
    look: impl FnOnce(&Sources<'_>, &WellbeingFold) -> T,
) -> T {
    let (desk, shelter) = (town.desk(desk), ShelterFold::default());
    let tokens = &desk.tokens;
    let sources = Sources { shelter: &shelter, tokens, town: None, register, authority: false };
    look(&sources, &desk.wellbeing)
}

#[test]
fn a_person_counts_once_for_a_facility_and_a_day() {
    let town = Town::play(
        "A.visit:1+2 a.visit:1 B.visit:9 meet A.join:9=1 X.visit:3 meet tomorrow A.visit:1",
    );
    let register = register(1, &[(field::PERSON_BIRTH, text("1940-04-01"))]);
    let today = Day::of(START);
    let seen = view(&town, 'A', Some(&register), |sources, fold| {
        visits(sources, fold, &(today..=today.plus(1)))
    });
    let count = |name, day: Day| seen.by_site[&site(name)].get(&day).copied().unwrap_or_default();
    assert_eq!(count('A', today), Count { visits: 2, points: 10 });
    assert_eq!(count('B', today), Count { visits: 1, points: 3 }, "under the cap of a day");
    assert_eq!(count('A', today.plus(1)), Count { visits: 1, points: 5 });
    assert_eq!((seen.on(today).visits, seen.unsure), (3, 1));
    let ages = &seen.by_age.unwrap()[&today];
    assert_eq!((ages[&AgeGroup::From75], ages[&AgeGroup::Unknown]), (2, 1));
    let blind = view(&town, 'A', None, |sources, fold| visits(sources, fold, &(today..=today)));
    assert_eq!(blind.by_age, None, "nobody reads an age where no register is held");
}

#[test]
fn who_owes_most_comes_first() {
    let town = Town::play(
        "A.visit:1+2 S.link:7=1 T.link:7=1 S.link:8=2 T.link:8=2 meet \
         S.pay:7=5 T.pay:7=4 S.pay:8=5 T.pay:8=5 meet",
    );
    let owing = view(&town, 'A', None, |sources, fold| overdrawn(fold, sources.tokens));
    assert_eq!(owing, [(person(2), 5), (person(1), 4)]);
    let sum = view(&town, 'A', None, |sources, fold| totals(fold, sources.tokens).sum());
    assert_eq!(sum, 0);
}

#[test]
fn a_rule_that_is_typed_shows_what_it_would_have_given() {
    let town = Town::play("A.visit:1+2 B.visit:1 meet tomorrow A.visit:1 meet");
    let rule = PointRule::read(&rules(), WALK).unwrap();
    let today = Day::of(START);
    let happened = view(&town, 'A', None, |sources, fold| {
        occurrences(fold, sources.tokens, &(today..=today.plus(1)))
    });
    let would = preview(&rule, happened.clone());
    assert_eq!(would.all, Would { times: 4, people: 2, points: 18 });
    assert_eq!(would.by_site[&site('B')], Would { times: 1, people: 1, points: 3 });
    let dear = PointRule { points: 20, daily_cap: None, site: Some(site('B')), ..rule };
    assert_eq!(preview(&dear, happened).all, Would { times: 1, people: 1, points: 20 });
}

/// Somebody who is to be asked after when two days pass without a sign.
fn watched(
    town: &Town,
    heard: impl Fn(NodeId) -> Option<i64>,
    rides: &[Sighting],
    more: &[(crate::fact::edit::FieldId, Value)],
) -> Vec<Watched> {
    let fields: Vec<_> =
        more.iter().cloned().chain([(field::PERSON_WATCH_DAYS, Value::Int(2))]).collect();
    let register = register(1, &fields);
    view(town, 'H', Some(&register), |sources, wellbeing| {
        let readers = [NodeId([b'A'; 32]), NodeId([b'B'; 32])];
        let watch = Watch { sources: *sources, wellbeing, readers: &readers, now: wall(town.now) };
        watch.list(|_| rides.to_vec(), |node| heard(node).map(wall)).unwrap()
    })
}

const A: NodeId = NodeId([b'A'; 32]);

#[test]
fn nobody_is_said_to_be_unseen_while_a_reader_concerned_is_silent() {
    let mut town = Town::play("H.link:7=1 A.visit:1 meet");
    let heard_until = |at| move |node| if node == A { Some(at) } else { None };
    assert_eq!(watched(&town, heard_until(START), &[], &[]), [], "seen today");
    town.now += 3 * DAY;
    let silent = START + 2 * DAY - 1;
    let word = watched(&town, heard_until(silent), &[], &[]);
    let unheard = Silent { node: A, last_heard: Some(silent) };
    assert_eq!(word[0].word, Word::Unknown(vec![unheard]));
    assert_eq!(word[0].last_seen, Some(START));
    // Heard again, and it had nothing to tell: nobody has seen them.
    let word = watched(&town, heard_until(town.now), &[], &[]);
    assert_eq!(word[0].word, Word::NotSeen);
    // Heard again, and it tells of a visit while it was silent.
    let mut told = Town { now: START + 2 * DAY, desks: town.desks };
    told.step("A.visit:1").unwrap();
    told.meet();
    told.now = town.now;
    assert_eq!(watched(&told, heard_until(told.now), &[], &[]), []);
}

#[test]
fn a_ride_is_a_sign_and_its_bus_is_a_reader_concerned() {
    let mut town = Town::play("H.link:7=1 A.visit:1 meet");
    town.now += 5 * DAY;
    let bus = NodeId([9; 32]);
    let ride = |at| [Sighting { at, by: Some(bus) }];
    assert_eq!(watched(&town, |_| None, &ride(town.now - DAY), &[]), []);
    let heard = |node| (node == A).then_some(town.now);
    let word = watched(&town, heard, &ride(START + DAY), &[]);
    assert_eq!(word[0].word, Word::Unknown(vec![Silent { node: bus, last_heard: None }]));
    assert_eq!(word[0].last_seen, Some(START + DAY));
}

#[test]
fn whoever_was_never_seen_concerns_every_reader_and_whoever_is_away_none() {
    let mut town = Town::play("H.link:7=1");
    town.now += 3 * DAY;
    let one = |node| (node == A).then_some(town.now);
    let word = watched(&town, one, &[], &[]);
    let silent = Silent { node: NodeId([b'B'; 32]), last_heard: None };
    assert_eq!(word[0].word, Word::Unknown(vec![silent]));
    assert_eq!(watched(&town, |_| Some(town.now), &[], &[])[0].word, Word::NotSeen);
    let until = i64::from(Day::of(town.now).0);
    let away = [(field::PERSON_AWAY_UNTIL, Value::Int(until))];
    assert_eq!(watched(&town, one, &[], &away), []);
    let back = [(field::PERSON_AWAY_UNTIL, Value::Int(until - 1))];
    assert_eq!(watched(&town, one, &[], &back).len(), 1);
}
