//! When pupils of a school come and go, as the town's list of sites has it.

use crate::id::SiteId;
use crate::record::{field, of_site};
use crate::service::lists::route::Minute;
use crate::service::records::RecordsFold;
use crate::time::{Confidence, Day, Wall, minute_of_day};

/// When pupils come and go; empty where nobody entered it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timetable {
    /// Until when they arrive.
    pub arrive_by: Option<Minute>,
    /// From when on they leave.
    pub leave_from: Option<Minute>,
}

impl Timetable {
    /// The timetable of a school.
    pub fn read(town: Option<&RecordsFold>, school: SiteId) -> Self {
        let minute = |field| {
            let number = town?.int(of_site(school), field)?;
            Minute::try_from(number).ok().filter(|minute| *minute < 24 * 60)
        };
        Self {
            arrive_by: minute(field::SITE_ARRIVE_BY),
            leave_from: minute(field::SITE_LEAVE_FROM),
        }
    }

    /// Whether somebody who arrived then, for that day, was late (遅刻). A clock that was never set
    /// makes nobody late.
    pub fn is_late(&self, arrived: Wall, day: Day) -> bool {
        let known = arrived.confidence != Confidence::Unsure && Day::of(arrived.seconds) == day;
        let after = |by: Minute| minute_of_day(arrived.seconds) > by;
        known && self.arrive_by.is_some_and(after)
    }
}
