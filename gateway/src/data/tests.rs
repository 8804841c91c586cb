//! The carried files are whole and lie where they should.

use super::*;

#[test]
fn the_carried_sites_lie_within_the_box_of_the_boundary() {
    let boundary: Line = town_boundary().concat();
    let within = |degrees: f64, of: fn(&(f64, f64)) -> f64| {
        boundary.iter().any(|point| of(point) <= degrees)
            && boundary.iter().any(|point| degrees <= of(point))
    };
    let sites = sites();
    assert_eq!(sites.len(), 19);
    for site in sites {
        assert!(within(site.longitude, |point| point.0), "{}", site.key);
        assert!(within(site.latitude, |point| point.1), "{}", site.key);
    }
}

#[test]
fn the_boundary_is_one_closed_ring_and_the_river_three_pieces() {
    let boundary = town_boundary();
    assert_eq!(boundary.iter().map(Vec::len).collect::<Vec<_>>(), [211]);
    assert!(boundary.iter().all(|ring| ring.first() == ring.last()));
    let river = river_course();
    assert_eq!(river.len(), 3);
    for (longitude, latitude) in boundary.concat().into_iter().chain(river.concat()) {
        assert!((132.0..133.0).contains(&longitude) && (34.5..35.5).contains(&latitude));
    }
}
