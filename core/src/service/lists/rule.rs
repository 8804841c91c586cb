//! Rules by which points are given.

use crate::fact::wellbeing::Grant;
use crate::id::{RecordId, SiteId};
use crate::record::field;
use crate::service::records::RecordsFold;
use crate::time::Day;

use super::{count, id, version};

/// What a rule gives points for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GivenFor {
    /// A visit at a facility.
    Visit,
    /// An arrival at school.
    SchoolArrival,
}

/// A rule by which points are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointRule {
    /// Its record.
    pub id: RecordId,
    /// The state of the record that this was read from.
    pub version: [u8; 4],
    /// What staff call it.
    pub name: String,
    /// How many points it gives.
    pub points: u32,
    /// The only site where it gives them; none for every site of its kind.
    pub site: Option<SiteId>,
    /// The most it gives one person in one day; none for no bound.
    pub daily_cap: Option<u32>,
    /// Its first day; none for always.
    pub from: Option<Day>,
    /// Its last day; none for no end.
    pub until: Option<Day>,
    /// What it gives them for.
    pub given_for: GivenFor,
    /// It is out of use.
    pub is_ended: bool,
}

impl PointRule {
    /// Reads a rule; none where it has no name, or no points to give.
    pub fn read(town: &RecordsFold, record: RecordId) -> Option<Self> {
        let day = |field| {
            let days = town.int(record, field)?;
            i32::try_from(days).ok().map(Day)
        };
        Some(Self {
            id: record,
            version: version(town, record),
            name: town.text(record, field::RULE_NAME)?.to_owned(),
            points: count(town, record, field::RULE_POINTS).filter(|points| *points > 0)?,
            site: id(town, record, field::RULE_SITE).map(|site| SiteId(site.0)),
            daily_cap: count(town, record, field::RULE_DAILY_CAP),
            from: day(field::RULE_FROM),
            until: day(field::RULE_UNTIL),
            given_for: match town.int(record, field::RULE_FOR) {
                Some(1) => GivenFor::SchoolArrival,
                _ => GivenFor::Visit,
            },
            is_ended: town.yes(record, field::RULE_ENDED),
        })
    }

    /// Whether it gives points for something at a site on a day.
    pub fn applies(&self, given_for: GivenFor, site: SiteId, day: Day) -> bool {
        !self.is_ended
            && self.given_for == given_for
            && self.site.is_none_or(|only| only == site)
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
    }

    /// What a fact carries of it.
    pub fn grant(&self) -> Grant {
        let (rule, version) = (self.id, self.version);
        Grant { rule, version, points: self.points, daily_cap: self.daily_cap }
    }
}

/// Every rule, by record.
pub fn all(town: &RecordsFold) -> impl Iterator<Item = PointRule> {
    town.records(field::is_of_rule).filter_map(|record| PointRule::read(town, record))
}
