//! What a map shows of Misato's real places.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails says so by panicking"
)]

use super::*;

fn places() -> Vec<Place> {
    let of = |(number, site): (usize, crate::import::sites::SiteImport)| Place {
        site: site.id,
        number: number + 1,
        name: site.name.clone(),
        at: millionths(site.latitude, site.longitude),
        state: SiteState::NotOpened,
        congestion: None,
        is_unfit: false,
        said: String::new(),
        href: String::new(),
    };
    data::sites().into_iter().enumerate().map(of).collect()
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "degrees are small numbers"
)]
fn millionths(north: f64, east: f64) -> (i64, i64) {
    ((north * 1e6) as i64, (east * 1e6) as i64)
}

fn at(mark: &Mark) -> (f64, f64) {
    (mark.x.parse().unwrap(), mark.y.parse().unwrap())
}

#[test]
fn the_whole_town_shows_every_place_and_none_lies_on_another() {
    let sheet = Sheet::draw(View::Whole, places());
    assert_eq!(sheet.marks.len(), 19);
    for (number, one) in sheet.marks.iter().enumerate() {
        assert!(is_in_view(at(one)), "{}", one.place.name);
        for other in &sheet.marks[number + 1..] {
            let (a, b) = (at(one), at(other));
            let distance = (a.0 - b.0).hypot(a.1 - b.1);
            assert!(distance > spread::APART - 1.0, "{} {}", one.place.name, other.place.name);
        }
    }
    assert_eq!(sheet.boundary.len(), 1);
    assert!(!sheet.river.is_empty() && sheet.river_name.is_some());
}

#[test]
fn north_is_up_and_the_two_halves_are_the_whole() {
    let sheet = Sheet::draw(View::Whole, places());
    let north = sheet.marks.iter().max_by_key(|mark| mark.place.at.0).unwrap();
    let south = sheet.marks.iter().min_by_key(|mark| mark.place.at.0).unwrap();
    assert!(at(north).1 < at(south).1);
    let seen = |view| {
        let sheet = Sheet::draw(view, places());
        sheet.marks.iter().map(|mark| mark.place.number).collect::<std::collections::BTreeSet<_>>()
    };
    let halves = &seen(View::North) | &seen(View::South);
    assert_eq!(halves.len(), 19);
    assert!(seen(View::North).len() < 19 && seen(View::South).len() < 19);
}

#[test]
fn a_view_around_a_place_has_it_in_the_middle_with_its_name() {
    let place = places().swap_remove(4);
    let sheet = Sheet::draw(View::Around(place.site), places());
    let mark = sheet.marks.iter().find(|mark| mark.place.site == place.site).unwrap();
    let (x, y) = at(mark);
    assert!((x - WIDTH / 2.0).hypot(y - HEIGHT / 2.0) < spread::APART, "{x} {y}");
    assert!(mark.label.is_some());
    let whole: f64 = Sheet::draw(View::Whole, places()).kilometre.parse().unwrap();
    assert!(sheet.kilometre.parse::<f64>().unwrap() > 3.0 * whole);
}

#[test]
fn a_town_without_places_has_a_map_still() {
    let sheet = Sheet::draw(View::North, Vec::new());
    assert!(sheet.marks.is_empty() && !sheet.boundary[0].contains("NaN"));
}

#[test]
fn an_address_names_a_view() {
    let site = places()[3].site;
    assert_eq!(View::read(&site.to_string()), View::Around(site));
    assert_eq!((View::read("north"), View::read("anything")), (View::North, View::Whole));
}
