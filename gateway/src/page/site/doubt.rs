//! What about a place is refused or asked after: a second of one name, half a coordinate, far away.

use unicode_normalization::UnicodeNormalization as _;

use super::{LATITUDE, LONGITUDE, NAME};
use crate::backend::SiteRow;
use crate::page::form::Fields;
use crate::page::typed::{Mistake, Wrong};

/// How far from every other place of the town one may lie that nobody asks after: kilometres.
const NEAR_KILOMETRES: f64 = 30.0;

/// Kilometres in a degree of latitude.
const KILOMETRES_A_DEGREE: f64 = 111.2;

/// Refuses a name that another place has, and a place that is half said. `others` are the places of
/// the town but this one.
pub(super) fn refuse<'a>(
    fields: &Fields,
    mut others: impl Iterator<Item = &'a SiteRow>,
) -> Result<(), Mistake> {
    let name = folded(fields.text(NAME.field));
    if others.any(|other| folded(&other.name) == name) {
        return Err(NAME.is(Wrong::Taken));
    }
    let is_said = |typed: super::Typed| !fields.text(typed.field).is_empty();
    match (is_said(LATITUDE), is_said(LONGITUDE)) {
        (true, false) => Err(LONGITUDE.is(Wrong::Half)),
        (false, true) => Err(LATITUDE.is(Wrong::Half)),
        (true, true) | (false, false) => Ok(()),
    }
}

/// How many kilometres a place is from the nearest other one, where that is too far to go unasked:
/// somebody mistyped a digit, or took the one for the other.
pub(super) fn too_far<'a>(
    place: (i64, i64),
    others: impl Iterator<Item = &'a SiteRow>,
) -> Option<String> {
    let distances = others.filter_map(|other| other.place).map(|other| kilometres(place, other));
    let nearest = distances.min_by(f64::total_cmp)?;
    (nearest > NEAR_KILOMETRES).then(|| format!("{nearest:.0}"))
}

/// Between two places in millionths of a degree, near enough for a question.
fn kilometres(one: (i64, i64), other: (i64, i64)) -> f64 {
    let degrees =
        |millionths: i64| f64::from(i32::try_from(millionths).unwrap_or(i32::MAX)) / 1_000_000.0;
    let north = degrees(one.0) - degrees(other.0);
    let east = (degrees(one.1) - degrees(other.1)) * degrees(other.0).to_radians().cos();
    north.hypot(east) * KILOMETRES_A_DEGREE
}

/// A name without what two spellings of it differ by.
fn folded(name: &str) -> String {
    name.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_near_enough_for_a_question() {
        let kasubuchi = (35_076_000, 132_592_000);
        assert!(kilometres(kasubuchi, kasubuchi) < 0.001);
        let tokyo = kilometres((35_681_000, 139_767_000), kasubuchi);
        assert!((600.0..700.0).contains(&tokyo), "{tokyo}");
        let south = kilometres((34_806_000, 132_592_000), kasubuchi);
        assert!((29.0..31.0).contains(&south), "{south}");
    }

    #[test]
    fn two_spellings_of_a_name_are_one() {
        assert_eq!(folded("ＢＧ海洋 センター"), folded("bg海洋センター"));
        assert_ne!(folded("上野"), folded("下野"));
    }
}
