//! Where each of the eight stands on the diagram, and with it each link, so that no line runs over a
//! device that it does not belong to.

use std::fmt::Write as _;

use super::super::cast::{LINKS, Link, Post};

/// A place on the diagram, in thousandths of its width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// From the left.
    pub(super) x: u32,
    /// From the top.
    pub(super) y: u32,
}

impl Spot {
    /// Where a post stands.
    pub(super) fn of(post: Post) -> Self {
        let (x, y) = match post {
            Post::Headquarters => (650, 120),
            Post::FirstShelter => (290, 250),
            Post::SecondShelter => (520, 890),
            Post::ThirdShelter => (790, 350),
            Post::School => (140, 90),
            Post::Bus => (140, 630),
            Post::Facility => (130, 900),
            Post::Shop => (860, 740),
        };
        Self { x, y }
    }

    /// The middle of a link.
    fn between(Link(one, other): Link) -> Self {
        let (one, other) = (Self::of(one), Self::of(other));
        Self { x: u32::midpoint(one.x, other.x), y: u32::midpoint(one.y, other.y) }
    }
}

/// A link's name in forms and addresses.
pub(super) fn name(link: Link) -> String {
    format!("{}_{}", link.0.folder(), link.1.folder())
}

/// The link of this name.
pub(super) fn from_name(text: &str) -> Option<Link> {
    LINKS.into_iter().find(|link| name(*link) == text)
}

/// The rules that put everything in its place.
pub(super) fn style() -> String {
    let mut rules = String::new();
    let mut place = |id: String, Spot { x, y }: Spot| {
        let (left, top) = (percent(x), percent(y));
        writeln!(rules, "#{id} {{ left: {left}; top: {top}; }}").expect("a text takes more text");
    };
    Post::ALL.into_iter().for_each(|post| place(format!("at-{}", post.folder()), Spot::of(post)));
    LINKS.into_iter().for_each(|link| place(format!("on-{}", name(link)), Spot::between(link)));
    rules
}

fn percent(thousandths: u32) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_buttons_stand_so_near_that_a_finger_meets_both() {
        // The narrowest diagram is 320 pixels wide and 425 high; a button is 30 wide.
        let pixels = |at: Spot| (f64::from(at.x) * 0.32, f64::from(at.y) * 0.425);
        for (at, one) in LINKS.iter().enumerate() {
            for other in LINKS.iter().skip(at + 1) {
                let ((x, y), (u, v)) = (pixels(Spot::between(*one)), pixels(Spot::between(*other)));
                assert!((x - u).hypot(y - v) > 34.0, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_link_is_found_by_its_name_and_has_its_place() {
        for link in LINKS {
            assert_eq!(from_name(&name(link)), Some(link));
            assert!(style().contains(&format!("#on-{} {{ left: ", name(link))));
        }
        assert_eq!(from_name("hq_shop"), None);
        assert!(style().contains("#at-hq { left: 65.0%; top: 12.0%; }"));
    }
}
