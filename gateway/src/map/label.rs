//! Names beside their signs, where they cover nothing.

use super::{HEIGHT, WIDTH, units};

/// The height of a line of a name.
const LINE: f64 = 15.0;

/// The width of a wide character of a name.
const WIDE: f64 = 12.5;

/// From the middle of a sign to its name.
const GAP: f64 = 16.0;

/// Half the size of a sign.
const SIGN: f64 = 12.0;

/// A name on the sheet.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    /// Where its text is anchored.
    pub(crate) x: String,
    /// Where its letters stand.
    pub(crate) y: String,
    /// Which end is anchored: `start`, `middle` or `end`.
    pub(crate) anchor: &'static str,
}

#[derive(Debug, Clone, Copy)]
struct Rect {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Rect {
    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn is_on_sheet(&self) -> bool {
        self.left >= 2.0
            && self.right <= WIDTH - 2.0
            && self.top >= 2.0
            && self.bottom <= HEIGHT - 2.0
    }
}

/// A label for each name, or none where every side of its sign is taken: its number still says
/// which it is.
pub(super) fn place(names: &[&str], drawn: &[(f64, f64)]) -> Vec<Option<Label>> {
    let sign = |(x, y): &(f64, f64)| Rect {
        left: x - SIGN,
        top: y - SIGN,
        right: x + SIGN,
        bottom: y + SIGN,
    };
    let mut taken: Vec<Rect> = drawn.iter().map(sign).collect();
    let mut labels = Vec::new();
    for (name, spot) in names.iter().zip(drawn) {
        let free = sides(*spot, width(name))
            .into_iter()
            .find(|(rect, _)| rect.is_on_sheet() && !taken.iter().any(|held| held.meets(rect)));
        labels.push(free.map(|(rect, label)| {
            taken.push(rect);
            label
        }));
    }
    labels
}

/// Right, left, below and above of a sign.
fn sides((x, y): (f64, f64), width: f64) -> [(Rect, Label); 4] {
    let side = |anchor: &'static str, at: f64, left: f64, base: f64| {
        let rect = Rect { left, top: base - LINE + 3.0, right: left + width, bottom: base + 3.0 };
        (rect, Label { x: units(at), y: units(base), anchor })
    };
    [
        side("start", x + GAP, x + GAP, y + 4.0),
        side("end", x - GAP, x - GAP - width, y + 4.0),
        side("middle", x, x - width / 2.0, y + GAP + LINE - 4.0),
        side("middle", x, x - width / 2.0, y - GAP),
    ]
}

/// How wide a name is: letters of the Latin alphabet take about half of a kanji.
fn width(name: &str) -> f64 {
    name.chars().map(|c| if c.is_ascii() { WIDE * 0.55 } else { WIDE }).sum()
}
