//! The map: boundary, schematic river and the town's places as SVG, drawn here so that it prints and
//! needs neither a script nor a line to anybody.
//!
//! A place shows its state by shape, colour and word, how crowded it is by bars, and a warning sign
//! where it is not designated for what threatens. Places that stand too close to tell apart are
//! moved a little, with a line to where they are.

mod label;
mod projection;
mod spread;

use std::sync::LazyLock;

use digiana_core::fact::shelter::{Congestion, SiteState};
use digiana_core::id::SiteId;

use self::label::Label;
use self::projection::{Frame, Projection};
use crate::data;
use crate::page::words;

/// The size of the sheet in its own units, which are CSS pixels where it is shown unscaled.
pub(crate) const WIDTH: f64 = 480.0;
/// See [`WIDTH`].
pub(crate) const HEIGHT: f64 = 440.0;

/// How far around a place its own view reaches, in degrees of latitude: about 1.5 km.
const AROUND_DEGREES: f64 = 0.0135;

/// What a view leaves free at its edges, as a share of its size.
const MARGIN: f64 = 0.06;

static BOUNDARY: LazyLock<Vec<data::Line>> = LazyLock::new(data::town_boundary);
static RIVER: LazyLock<Vec<data::Line>> = LazyLock::new(data::river_course);

/// Which part of the town is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// All of it.
    Whole,
    /// The half of its places that lies north.
    North,
    /// The half of its places that lies south.
    South,
    /// One place and what is near it.
    Around(SiteId),
}

impl View {
    /// The view of an address: `north`, `south`, a site, or else the whole town.
    pub(crate) fn read(text: &str) -> Self {
        match text {
            "north" => Self::North,
            "south" => Self::South,
            site => site.parse().map_or(Self::Whole, Self::Around),
        }
    }
}

/// A place to be drawn.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Which.
    pub(crate) site: SiteId,
    /// The number it has in the list beside the map.
    pub(crate) number: usize,
    /// What people call it.
    pub(crate) name: String,
    /// Millionths of a degree north and east.
    pub(crate) at: (i64, i64),
    /// Whether it takes people in.
    pub(crate) state: SiteState,
    /// How crowded it is.
    pub(crate) congestion: Option<Congestion>,
    /// It is not designated for something that threatens.
    pub(crate) is_unfit: bool,
    /// All of it in words.
    pub(crate) said: String,
    /// Where a click on it leads.
    pub(crate) href: String,
}

impl Place {
    /// Its state as styles read it.
    pub(crate) fn state_code(&self) -> &'static str {
        words::state_code(self.state)
    }
}

/// The map as its template prints it.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// The town's boundary, as paths.
    pub(crate) boundary: Vec<String>,
    /// The river's schematic course, as paths.
    pub(crate) river: Vec<String>,
    /// Where the river's name stands.
    pub(crate) river_name: Option<(String, String)>,
    /// The places in view.
    pub(crate) marks: Vec<Mark>,
    /// How long a line of a kilometre is.
    pub(crate) kilometre: String,
}

/// One place on the sheet.
#[derive(Debug)]
pub(crate) struct Mark {
    /// The place.
    pub(crate) place: Place,
    /// Where its sign is drawn.
    pub(crate) x: String,
    /// See `x`.
    pub(crate) y: String,
    /// Where it lies, if its sign had to be moved.
    pub(crate) moved_from: Option<(String, String)>,
    /// Its name, where there is room for it.
    pub(crate) label: Option<Label>,
    /// How many of four bars of congestion are full.
    pub(crate) bars: usize,
}

impl Sheet {
    /// Draws `places` as `view` shows them.
    pub(crate) fn draw(view: View, places: Vec<Place>) -> Self {
        let projection = Projection::of(&frame(view, &places), WIDTH, HEIGHT);
        let path = |line: &data::Line| projection.path(line);
        let spots = places.iter().map(|place| projection.spot(degrees(place.at)));
        let seen: Vec<(Place, (f64, f64))> =
            places.iter().cloned().zip(spots).filter(|(_, spot)| is_in_view(*spot)).collect();
        let at: Vec<(f64, f64)> = seen.iter().map(|(_, spot)| *spot).collect();
        let drawn = spread::apart(&at);
        let names: Vec<&str> = seen.iter().map(|(place, _)| place.name.as_str()).collect();
        let labels = label::place(&names, &drawn);
        let marks = seen.into_iter().zip(drawn).zip(labels).map(|(((place, spot), at), label)| {
            let has_moved = (spot.0 - at.0).hypot(spot.1 - at.1) > spread::NOTICEABLE;
            Mark {
                bars: place.congestion.map_or(0, bars),
                x: units(at.0),
                y: units(at.1),
                moved_from: has_moved.then(|| (units(spot.0), units(spot.1))),
                label,
                place,
            }
        });
        let named = RIVER.iter().flatten().map(|point| projection.spot(*point));
        // At its western end in view, where the river leaves and fewest places stand.
        let named =
            named.filter(|spot| is_in_view(*spot)).min_by(|one, other| one.0.total_cmp(&other.0));
        Self {
            marks: marks.collect(),
            boundary: BOUNDARY.iter().map(path).collect(),
            river: RIVER.iter().map(path).collect(),
            river_name: named
                .map(|(x, y)| (units(x.min(WIDTH - 90.0)), units((y + 16.0).min(HEIGHT - 4.0)))),
            kilometre: units(projection.kilometre()),
        }
    }
}

fn bars(level: Congestion) -> usize {
    match level {
        Congestion::Free => 1,
        Congestion::Some => 2,
        Congestion::Crowded => 3,
        Congestion::Full => 4,
    }
}

fn frame(view: View, places: &[Place]) -> Frame {
    let spots: Vec<(f64, f64)> = places.iter().map(|place| degrees(place.at)).collect();
    let whole = || Frame::around(BOUNDARY.iter().flatten().copied()).grown(MARGIN / 2.0);
    let mut norths: Vec<f64> = spots.iter().map(|(_, north)| *north).collect();
    norths.sort_by(f64::total_cmp);
    let Some(middle) = norths.get(norths.len() / 2).copied() else { return whole() };
    let half = |is_of: &dyn Fn(f64) -> bool| {
        let of = spots.iter().copied().filter(|(_, north)| is_of(*north));
        Frame::around(of).grown(MARGIN * 2.0)
    };
    match view {
        View::Whole => whole(),
        View::North => half(&|north| north >= middle),
        View::South => half(&|north| north <= middle),
        View::Around(site) => {
            let centre = places.iter().find(|place| place.site == site);
            centre.map_or_else(whole, |place| Frame::near(degrees(place.at), AROUND_DEGREES))
        }
    }
}

fn is_in_view((x, y): (f64, f64)) -> bool {
    (0.0..=WIDTH).contains(&x) && (0.0..=HEIGHT).contains(&y)
}

/// East and north in degrees, as GeoJSON orders them.
fn degrees((north, east): (i64, i64)) -> (f64, f64) {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "millionths of a degree fit a double exactly"
    )]
    let degree = |millionths: i64| millionths as f64 / 1e6;
    (degree(east), degree(north))
}

/// A length as SVG writes it, to a tenth.
fn units(length: f64) -> String {
    format!("{length:.1}")
}

#[cfg(test)]
mod tests;
