//! For which hazards a site is good; blank is never safe.

use super::*;
use crate::fact::shelter::Hazard::{Earthquake, Flood, Landslide, Volcano};

fn site(hazards: Option<Hazards>) -> Site {
    Site { hazards, ..Site::unknown(SiteId([1; 8])) }
}

fn school() -> Hazards {
    Hazards::new([
        (Flood, Designation::NotDesignated),
        (Landslide, Designation::Designated),
        (Earthquake, Designation::Designated),
    ])
}

#[test]
fn a_site_is_valid_when_it_is_designated_for_all_that_threatens() {
    let site = site(Some(school()));
    assert_eq!(site.validity(&[Landslide, Earthquake]), Validity::Valid);
    assert_eq!(site.validity(&[Landslide, Flood]), Validity::NotValid(vec![Flood]));
    assert_eq!(site.validity(&[Landslide, Volcano]), Validity::Unknown);
}

#[test]
fn blank_is_never_safe() {
    assert_eq!(site(None).validity(&[Flood]), Validity::Unknown);
    assert_eq!(site(Some(school())).validity(&[]), Validity::Unknown);
    assert_eq!(site(Hazards::from_int(0)).validity(&[Flood]), Validity::Unknown);
}

#[test]
fn the_number_of_the_field_is_two_bits_for_each_hazard() {
    assert_eq!(school().as_int(), 0b01_00_01_10);
    assert_eq!(Hazards::from_int(0b01_00_01_10), Some(school()));
    assert_eq!(Hazards::from_int(0b11), None);
    assert_eq!(Hazards::from_int(-1), None);
    assert_eq!(Hazards::from_int(1 << 16), None);
    assert_eq!(school().designated().collect::<Vec<_>>(), [Landslide, Earthquake]);
}
