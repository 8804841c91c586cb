//! Where somebody is, as far as the facts at hand can tell.
//!
//! Two shelters that could not hear each other may both have somebody. Nobody is wrong and no
//! clock decides: the person counts once in the town and perhaps at each place, until a later tap
//! or a member of staff settles it.

use std::ops::{AddAssign, SubAssign};

use crate::fact::shelter::Act;
use crate::id::SiteId;
use crate::planted::{self, Bug};
use crate::register::{Register, Write};

use super::writes::PresenceWrite;

/// A count that is known within bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Interval {
    /// At least so many.
    pub sure: u32,
    /// At most so many.
    pub at_most: u32,
}

impl Interval {
    fn of(sure: bool, perhaps: bool) -> Self {
        Self { sure: u32::from(sure), at_most: u32::from(perhaps) }
    }

    /// Whether both bounds are one.
    pub fn is_exact(self) -> bool {
        self.sure == self.at_most
    }
}

/// How many people are at a shelter, or at all shelters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Headcount {
    /// Those who are in.
    pub present: Interval,
    /// Those who went out for a while (外出・外泊) and still belong to the shelter.
    pub on_leave: Interval,
}

impl AddAssign for Headcount {
    fn add_assign(&mut self, more: Self) {
        self.present.sure += more.present.sure;
        self.present.at_most += more.present.at_most;
        self.on_leave.sure += more.on_leave.sure;
        self.on_leave.at_most += more.on_leave.at_most;
    }
}

impl SubAssign for Headcount {
    fn sub_assign(&mut self, less: Self) {
        self.present.sure -= less.present.sure;
        self.present.at_most -= less.present.at_most;
        self.on_leave.sure -= less.on_leave.sure;
        self.on_leave.at_most -= less.on_leave.at_most;
    }
}

/// What the current writes say of one person at one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub site: SiteId,
    /// A current write says that the person is in.
    pub is_in: bool,
    /// A current write says that the person is on leave.
    pub on_leave: bool,
    /// A current write says that the person left for good: two desks disagree.
    pub left: bool,
}

/// Where somebody is: every site that a current write puts them at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whereabouts {
    // Invariant: ascending by site, each `is_in` or `on_leave`.
    places: Vec<Place>,
}

impl Whereabouts {
    /// At no shelter.
    pub const NOWHERE: Self = Self { places: Vec::new() };

    /// Where a register puts its person.
    pub fn of(register: &Register<PresenceWrite>) -> Self {
        Self::of_writes(register.current())
    }

    /// Where current writes put one person: of one register, or of several when ids were joined.
    pub fn of_writes<'a>(current: impl Iterator<Item = &'a Write<PresenceWrite>>) -> Self {
        let mut places: Vec<Place> = Vec::new();
        for write in current {
            let site = write.value.site;
            let place = match places.binary_search_by_key(&site, |place| place.site) {
                Ok(at) => places.get_mut(at),
                Err(at) => {
                    places.insert(at, Place { site, is_in: false, on_leave: false, left: false });
                    places.get_mut(at)
                }
            }
            .expect("a place that was found or just put in is there");
            match write.value.act {
                Act::CheckIn | Act::Return => place.is_in = true,
                Act::Leave => place.on_leave = true,
                Act::CheckOut => place.left = true,
            }
        }
        places.retain(|place| place.is_in || place.on_leave);
        if planted::is(Bug::OnePlaceOnly) {
            places.truncate(1);
        }
        places.shrink_to_fit();
        Self { places }
    }

    /// Every site the person may be at or on leave from.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// What is known of the person at that site.
    pub fn at(&self, site: SiteId) -> Option<&Place> {
        self.places.iter().find(|place| place.site == site)
    }

    /// Whether no shelter has the person.
    pub fn is_nowhere(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether shelters that could not hear each other both have the person.
    pub fn is_two_places(&self) -> bool {
        self.places.len() > 1
    }

    /// Whether nothing contradicts it.
    pub fn is_settled(&self) -> bool {
        match self.places.as_slice() {
            [] => true,
            [place] => !(place.left || place.is_in && place.on_leave),
            _ => false,
        }
    }

    /// The site where the person surely is in.
    pub fn surely_in(&self) -> Option<SiteId> {
        let place = self.places.first().filter(|_| self.is_settled())?;
        place.is_in.then_some(place.site)
    }

    /// The site from which the person surely is on leave.
    pub fn surely_on_leave(&self) -> Option<SiteId> {
        let place = self.places.first().filter(|_| self.is_settled())?;
        place.on_leave.then_some(place.site)
    }

    /// What the person adds to the count of that site.
    pub fn count_at(&self, site: SiteId) -> Headcount {
        let sole = self.places.len() == 1;
        self.at(site).map_or_else(Headcount::default, |place| {
            let sure = sole && !place.left;
            Headcount {
                present: Interval::of(sure && !place.on_leave, place.is_in),
                on_leave: Interval::of(sure && !place.is_in, place.on_leave),
            }
        })
    }

    /// What the person adds to the count of the town: one at most, wherever they are.
    pub fn count(&self) -> Headcount {
        let somewhere = self.places.iter().any(|place| !place.left);
        let any_in = self.places.iter().any(|place| place.is_in);
        let any_leave = self.places.iter().any(|place| place.on_leave);
        Headcount {
            present: Interval::of(somewhere && !any_leave, any_in),
            on_leave: Interval::of(somewhere && !any_in, any_leave),
        }
    }
}
