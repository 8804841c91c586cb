//! What people are shown.

use std::collections::BTreeMap;

use super::board::{Board, board};
use super::desk;
use super::gathered::Gathered;
use super::public::{Band, public_shelters};
use super::roster::{roster, unaccounted};
use super::trend::Point;
use super::warnings::warnings;
use super::*;
use crate::fact::edit::Value;
use crate::fact::shelter::{Congestion, Hazard, SiteState};
use crate::fact::warning::WarningLevel;
use crate::record::{field, of_person, of_site};
use crate::service::rehearsal::{FLOOD, START, Town, person, records, site, text, wall};
use crate::service::search::PeopleIndex;
use crate::service::shelter::presence::Interval;
use crate::service::sites::{Designation, Hazards, Validity};

/// Five people of drill data in two neighbourhoods; 4 is protected, 5 needs care.
fn register() -> RecordsFold {
    let people = [
        (1, "あきの", "上"),
        (2, "いけだ", "上"),
        (3, "うえだ", "下"),
        (4, "えのき", "下"),
        (5, "おのだ", "上"),
    ];
    records(people.into_iter().flat_map(|(number, kana, district)| {
        let record = of_person(person(number));
        let yes = |is: bool| Value::Bool(is);
        [
            (record, field::PERSON_NAME, text(&format!("訓練 {kana}"))),
            (record, field::PERSON_KANA, text(kana)),
            (record, field::PERSON_DISTRICT, text(district)),
            (record, field::PERSON_PROTECTED, yes(number == 4)),
            (record, field::PERSON_NEEDS_CARE, yes(number == 5)),
            (record, field::PERSON_HOUSEHOLD, Value::Bytes(vec![u8::from(number < 4); 8])),
        ]
    }))
}

/// Three sites; B is not designated for a flood, of C nobody says.
fn town() -> RecordsFold {
    let flood = |designation| Value::Int(Hazards::new([(Hazard::Flood, designation)]).as_int());
    records(['A', 'B', 'C'].into_iter().flat_map(|name| {
        let record = of_site(site(name));
        let hazards = match name {
            'A' => Some(flood(Designation::Designated)),
            'B' => Some(flood(Designation::NotDesignated)),
            _ => None,
        };
        let capacity = (name != 'C').then_some(Value::Int(10));
        [
            Some((record, field::SITE_NAME, text(&format!("訓練会館{name}")))),
            hazards.map(|hazards| (record, field::SITE_HAZARDS, hazards)),
            capacity.map(|seats| (record, field::SITE_CAPACITY, seats)),
        ]
        .into_iter()
        .flatten()
    }))
}

struct Page {
    town: RecordsFold,
    register: RecordsFold,
    heard: Town,
}

impl Page {
    fn of(script: &str) -> Self {
        Self { town: town(), register: register(), heard: Town::play(script) }
    }

    fn sources(&self) -> Sources<'_> {
        let desk = self.heard.desk('A');
        Sources {
            shelter: &desk.shelter,
            tokens: &desk.tokens,
            town: Some(&self.town),
            register: Some(&self.register),
            authority: false,
        }
    }

    fn board(&self) -> Board {
        board(&self.sources(), FLOOD, &BTreeMap::new(), wall(START)).unwrap()
    }
}

const APART: &str = "A.incident B.incident A.open B.open ";

#[test]
fn the_board_counts_each_person_once_and_shows_who_says_what() {
    let page = Page::of(&format!("{APART} A.in:1+2 B.in:1 B.leave:1 B.safe:3 meet"));
    let board = page.board();
    assert_eq!(board.total.present, Interval { sure: 1, at_most: 2 });
    assert_eq!((board.open_sites, board.rows.len()), (2, 3));
    assert_eq!(board.safety.verified, 3);
    assert_eq!((board.safety.register, board.safety.unaccounted), (Some(5), Some(2)));
    let [unsettled] = board.unsettled.as_slice() else { panic!("one is in two places") };
    assert!(unsettled.two_places);
    let said: Vec<_> = unsettled.evidence.iter().map(|word| (word.site, word.act)).collect();
    assert_eq!(said, [(site('A'), Act::CheckIn), (site('B'), Act::Leave)]);
    assert_eq!(unsettled.evidence[1].by, Some(NodeId([b'B'; 32])));
}

#[test]
fn without_the_register_nobody_is_called_missing() {
    let page = Page::of(&format!("{APART} A.in:1"));
    let sources = Sources { register: None, ..page.sources() };
    let board = board(&sources, FLOOD, &BTreeMap::new(), wall(START)).unwrap();
    assert_eq!((board.safety.verified, board.safety.unaccounted), (1, None));
    assert_eq!(unaccounted(&sources, FLOOD), None);
}

#[test]
fn a_shelter_not_good_for_the_hazard_is_shown_as_such_and_blank_is_not_safe() {
    let rows = Page::of(APART).board().rows;
    let validity: Vec<Validity> = rows.into_iter().map(|row| row.validity).collect();
    let not = Validity::NotValid(vec![Hazard::Flood]);
    assert_eq!(validity, [Validity::Valid, not, Validity::Unknown]);
}

#[test]
fn a_crowd_is_counted_against_the_places_and_staff_may_say_otherwise_for_a_while() {
    let crowd = |script: &str, later: i64| {
        let page = Page::of(&format!("{APART} {script}"));
        let board = board(&page.sources(), FLOOD, &BTreeMap::new(), wall(START + later));
        board.unwrap().rows[0].crowd.map(|crowd| (crowd.level, crowd.said))
    };
    assert_eq!(crowd("A.in:1+2", 0), Some((Congestion::Free, false)));
    assert_eq!(crowd("A.in:1+2+3", 0), Some((Congestion::Some, false)));
    assert_eq!(crowd("A.in:1+2+3+4+5+6", 0), Some((Congestion::Crowded, false)));
    assert_eq!(crowd("A.in:1+2+3+4+5+6+7+8", 0), Some((Congestion::Full, false)));
    assert_eq!(crowd("A.full", 0), Some((Congestion::Full, true)));
    assert_eq!(crowd("A.full", 7200), Some((Congestion::Free, false)));
}

#[test]
fn ids_that_were_joined_are_one_person_on_every_page() {
    let page = Page::of(&format!("{APART} A.in:1 B.in:9 A.join:9=1 meet"));
    let board = page.board();
    assert_eq!(board.total.present, Interval { sure: 1, at_most: 1 });
    assert_eq!(board.rows[0].headcount.present, Interval { sure: 0, at_most: 1 });
    assert_eq!(board.safety.verified, 1);
    assert_eq!(board.unsettled.len(), 1);
    let roster = roster(&page.sources(), FLOOD, site('B')).unwrap();
    assert_eq!(roster.rows.len(), 1);
    assert_eq!((roster.rows[0].person, roster.rows[0].sure), (person(1), false));
    assert_eq!(roster.rows[0].elsewhere, [site('A')]);
    let parted = Page::of(&format!("{APART} A.in:1 B.in:9 A.join:9=1 A.undo:tokens meet"));
    assert_eq!(parted.board().total.present, Interval { sure: 2, at_most: 2 });
}

#[test]
fn a_roster_is_in_the_order_of_kana_with_the_protected_unnamed() {
    let page = Page::of(&format!("{APART} A.in:4+3+1 A.in:2@-600 A.leave:2"));
    let roster = roster(&page.sources(), FLOOD, site('A')).unwrap();
    let people: Vec<PersonId> = roster.rows.iter().map(|row| row.person).collect();
    assert_eq!(people, [1, 2, 3, 4].map(person));
    assert!(roster.rows[1].on_leave);
    assert_eq!(roster.rows[0].since, Some(wall(START)));
    let protected = roster.rows[3].details.as_ref().unwrap();
    assert!(protected.protected && protected.name.is_none() && protected.district.is_none());
    let authority = Sources { authority: true, ..page.sources() };
    assert!(authority.person(person(4)).unwrap().name.is_some());
}

#[test]
fn a_late_entry_shows_when_it_was_true_and_when_it_was_recorded() {
    let page = Page::of(&format!("{APART} A.in:2@-600"));
    let roster = roster(&page.sources(), FLOOD, site('A')).unwrap();
    let word = roster.rows[0].evidence[0];
    assert!(word.late);
    assert_eq!((word.when.seconds, word.recorded.seconds), (START - 600, START));
}

#[test]
fn the_unaccounted_are_listed_by_neighbourhood_with_those_who_need_care_first() {
    let page = Page::of(&format!("{APART} A.in:2"));
    let districts = unaccounted(&page.sources(), FLOOD).unwrap();
    let ids = |district: Option<&str>| -> Vec<PersonId> {
        districts[&district.map(str::to_owned)].iter().map(|person| person.id).collect()
    };
    assert_eq!(ids(Some("上")), [person(5), person(1)]);
    assert_eq!(ids(Some("下")), [person(3)]);
    assert_eq!(ids(None), [person(4)]);
}

#[test]
fn a_desk_finds_people_and_their_household_but_not_the_protected() {
    let page = Page::of(&format!("{APART} A.in:2"));
    let index = PeopleIndex::build(&page.register);
    let found = |query| desk::search(&page.sources(), &index, Some(FLOOD), query, 10);
    let [row] = found("イケ").try_into().unwrap();
    assert_eq!(row.person, person(2));
    assert_eq!(row.whereabouts.surely_in(), Some(site('A')));
    assert_eq!(found("えのき"), []);
    assert_eq!(desk::search(&page.sources(), &index, None, "訓練", 2).len(), 2);
    let household = desk::household(&page.sources(), Some(FLOOD), person(2));
    let ids: Vec<PersonId> = household.iter().map(|row| row.person).collect();
    assert_eq!(ids, [2, 1, 3].map(person));
}

#[test]
fn what_was_issued_for_a_district_is_shown_until_it_is_lifted() {
    let heard = |script: &str| {
        let page = Page::of(script);
        warnings(page.sources().shelter.incident(FLOOD).unwrap())
    };
    let [shown] = heard("A.incident A.warn:4").try_into().unwrap();
    assert_eq!(
        (shown.district.as_str(), shown.level),
        ("都賀", Some(WarningLevel::EveryoneLeaves))
    );
    assert_eq!((shown.since.seconds, shown.is_disputed), (START, false));
    let [lifted] = heard("A.incident A.warn:4 later A.lift:4").try_into().unwrap();
    assert_eq!((lifted.level, lifted.since.seconds), (None, START + 3600));
    let [both] = heard("A.incident B.incident A.warn:3 B.warn:5 meet").try_into().unwrap();
    assert_eq!((both.level, both.is_disputed), (Some(WarningLevel::SaveYourself), true));
    let [settled] = heard("A.incident A.warn:5 A.warn:3").try_into().unwrap();
    assert_eq!((settled.level, settled.is_disputed), (Some(WarningLevel::ElderlyLeave), false));
    assert_eq!(heard("A.incident A.warn:5 A.undo"), [], "a correction takes it back");
}

#[test]
fn a_trend_counts_each_person_once_and_ends_in_the_count_of_now() {
    let page =
        Page::of(&format!("{APART} A.in:1+2 B.in:1 later A.leave:2 later A.back:2 A.in:3 meet"));
    let gathered = Gathered::new(page.sources(), FLOOD).unwrap();
    let people = |trend: Vec<Point>| trend.iter().map(|point| point.people).collect::<Vec<_>>();
    let trend = gathered.trend(START - 3600, START + 2 * 3600, 4);
    assert_eq!(
        trend.iter().map(|point| point.at).collect::<Vec<_>>(),
        [-1, 0, 1, 2].map(|hour| START + hour * 3600)
    );
    assert_eq!(people(trend), [0, 2, 1, 3]);
    assert_eq!(people(gathered.trend(START, START, 1)).last(), Some(&3));
}

#[test]
fn the_public_sees_a_band_and_nobody() {
    let page = Page::of(&format!("{APART} A.in:1+2+3"));
    let shown = public_shelters(&page.sources(), wall(START));
    assert!(shown.is_drill());
    let [a, b, c] = shown.shelters.try_into().unwrap();
    assert_eq!(a.headcount_band, Some(Band::Under10));
    assert_eq!((a.state, a.congestion), (SiteState::Open, Some(Congestion::Some)));
    assert_eq!(a.hazards, Some(vec![Hazard::Flood]));
    assert_eq!(b.hazards, Some(vec![]));
    assert_eq!((c.state, c.headcount_band, c.hazards), (SiteState::NotOpened, None, None));
}

#[test]
fn in_quiet_times_the_public_sees_places_and_no_incident() {
    let page = Page::of("A.incident A.open A.over");
    let shown = public_shelters(&page.sources(), wall(START));
    assert_eq!(shown.incident, None);
    assert!(shown.shelters.iter().all(|shelter| shelter.state == SiteState::NotOpened));
}

#[test]
fn a_bus_or_a_hall_for_courses_is_no_shelter_until_somebody_opens_it_as_one() {
    use crate::fact::Fact;
    use crate::fact::edit::{Change, Edit};
    use crate::register::Saw;
    use crate::service::Fold as _;
    use crate::service::rehearsal::origin;

    let serves = |script: &str| {
        let mut page = Page::of(script);
        // A serves as a shelter and a facility, B as a facility alone, of C nobody says.
        for (seq, (name, bits)) in (1..).zip([('A', 3), ('B', 2)]) {
            let (record, field) = (of_site(site(name)), field::SITE_SERVES);
            let change = Change::Put(Value::Int(bits));
            let edit = Edit { record, field, change, saw: Saw::NOTHING, happened_at: None };
            page.town.apply(&origin('K', seq, START), &Fact::Edit(edit));
        }
        let public = public_shelters(&page.sources(), wall(START)).shelters;
        let board = board(&page.sources(), FLOOD, &BTreeMap::new(), wall(START));
        let board = board.map(|board| board.rows.iter().map(|row| row.site.id).collect::<Vec<_>>());
        (public.iter().map(|shelter| shelter.id).collect::<Vec<_>>(), board)
    };
    let (public, board) = serves("A.incident A.open");
    assert_eq!(public, ['A', 'C'].map(site));
    assert_eq!(board.unwrap(), ['A', 'C'].map(site));
    assert_eq!(serves("A.incident A.over").0, ['A', 'C'].map(site), "in quiet times too");
    let opened = serves("A.incident B.incident B.open meet");
    assert_eq!(opened.0, ['A', 'B', 'C'].map(site), "in need");
}
