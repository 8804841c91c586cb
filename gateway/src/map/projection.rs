//! Degrees onto a sheet: so near the ground that the earth is flat, with east scaled by the cosine
//! of the latitude.

use super::units;
use crate::data::Line;

/// Metres of one degree of latitude.
const METRES_OF_DEGREE: f64 = 111_320.0;

/// The smallest view, in degrees of latitude: about 1 km.
const SMALLEST_DEGREES: f64 = 0.009;

/// A part of the earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

impl Frame {
    /// The smallest frame with all points in it, each east and north. Of no point at all it is a
    /// speck in the sea, which shows as an empty sheet.
    pub(super) fn around(points: impl Iterator<Item = (f64, f64)>) -> Self {
        points
            .fold(None, |frame: Option<Self>, (east, north)| {
                let point = Self { west: east, east, south: north, north };
                Some(frame.map_or(point, |frame| Self {
                    west: frame.west.min(east),
                    east: frame.east.max(east),
                    south: frame.south.min(north),
                    north: frame.north.max(north),
                }))
            })
            .unwrap_or(Self { west: 0.0, east: 0.0, south: 0.0, north: 0.0 })
    }

    /// What lies within `degrees` of latitude of a point.
    pub(super) fn near((east, north): (f64, f64), degrees: f64) -> Self {
        Self { west: east, east, south: north, north }.wider(degrees)
    }

    /// The same with a share of its size added on each side.
    pub(super) fn grown(self, share: f64) -> Self {
        self.wider((self.north - self.south).max(self.east - self.west) * share)
    }

    fn wider(self, degrees: f64) -> Self {
        Self {
            west: self.west - degrees,
            east: self.east + degrees,
            south: self.south - degrees,
            north: self.north + degrees,
        }
    }
}

/// How degrees become places on a sheet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Projection {
    centre: (f64, f64),
    middle: (f64, f64),
    /// Units of one degree of latitude.
    scale: f64,
    /// How much shorter a degree of longitude is.
    narrowing: f64,
}

impl Projection {
    /// All of `frame` on a sheet of that size, as large as it goes.
    pub(super) fn of(frame: &Frame, width: f64, height: f64) -> Self {
        let centre =
            (f64::midpoint(frame.west, frame.east), f64::midpoint(frame.south, frame.north));
        let narrowing = centre.1.to_radians().cos();
        let tall = (frame.north - frame.south).max(SMALLEST_DEGREES);
        let wide = ((frame.east - frame.west) * narrowing).max(SMALLEST_DEGREES);
        let scale = (width / wide).min(height / tall);
        Self { centre, middle: (width / 2.0, height / 2.0), scale, narrowing }
    }

    /// Where a point, east and north in degrees, lies on the sheet.
    pub(super) fn spot(&self, (east, north): (f64, f64)) -> (f64, f64) {
        let x = self.middle.0 + (east - self.centre.0) * self.narrowing * self.scale;
        let y = self.middle.1 - (north - self.centre.1) * self.scale;
        (x, y)
    }

    /// A line as the data of an SVG path.
    pub(super) fn path(&self, line: &Line) -> String {
        let step = |(number, point): (usize, &(f64, f64))| {
            let (x, y) = self.spot(*point);
            format!("{}{} {}", if number == 0 { "M" } else { "L" }, units(x), units(y))
        };
        line.iter().enumerate().map(step).collect()
    }

    /// How long a kilometre is.
    pub(super) fn kilometre(&self) -> f64 {
        1000.0 / METRES_OF_DEGREE * self.scale
    }
}
