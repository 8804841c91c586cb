//! The rides of a month by operator and section: what an operator is paid for.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::id::{PersonId, RecordId};
use crate::service::stamp::Stamped as _;
use crate::service::transport::rows::RideRow;
use crate::time::{Confidence, Day};

use super::Tickets;

/// A month of the town's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    // Invariant: 1 to 9,999, and 1 to 12.
    year: u16,
    month: u8,
}

/// A text that is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a month is written like 2026-04")]
pub struct NotAMonth;

impl Month {
    /// A month of a year; none where there is no such month.
    pub fn new(year: u16, month: u8) -> Option<Self> {
        ((1..=9_999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// The month in which a day lies; none beyond the calendar.
    pub fn of(day: Day) -> Option<Self> {
        // A year has 365.2425 days: the guess is off by one at most.
        let guess = i64::from(day.0) * 10_000 / 3_652_425 + 1_970;
        let years = guess.saturating_sub(1)..=guess.saturating_add(1);
        let years = years.filter_map(|year| u16::try_from(year).ok());
        let mut months = years.flat_map(|year| (1..=12).filter_map(move |m| Self::new(year, m)));
        months.find(|month| month.days().contains(&day))
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month in it, from 1.
    pub fn number(self) -> u8 {
        self.month
    }

    /// Its days: the first of it to before the first of the next.
    pub fn days(self) -> Range<Day> {
        let first = |year: u16, month: u8| {
            let year_before = i32::from(year) - 1;
            // Days before the year, by the rule of leap years, and 1970-01-01 as day 0.
            let leaps = year_before / 4 - year_before / 100 + year_before / 400;
            let of_year = year_before * 365 + leaps - 719_162;
            let lengths = [31, 28 + i32::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30];
            let before = lengths.iter().take(usize::from(month.saturating_sub(1)));
            Day(of_year + before.sum::<i32>())
        };
        let next = if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        first(self.year, self.month)..first(next.0, next.1)
    }

    /// The month before; none before the calendar begins.
    pub fn before(self) -> Option<Self> {
        if self.month == 1 {
            Self::new(self.year - 1, 12)
        } else {
            Self::new(self.year, self.month - 1)
        }
    }

    /// The month after; none where the calendar ends.
    pub fn after(self) -> Option<Self> {
        if self.month == 12 {
            Self::new(self.year + 1, 1)
        } else {
            Self::new(self.year, self.month + 1)
        }
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let (year, month) = text.split_once('-').ok_or(NotAMonth)?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !is_number(year) || !is_number(month) {
            return Err(NotAMonth);
        }
        let year = year.parse().map_err(|_| NotAMonth)?;
        Self::new(year, month.parse().map_err(|_| NotAMonth)?).ok_or(NotAMonth)
    }
}

/// The rides of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthTable {
    /// Which.
    pub month: Month,
    /// Each section with its figures, by the names of operator, route and stops.
    pub sections: Vec<SectionRow>,
    /// Each operator with the figures of all its sections.
    pub operators: Vec<OperatorRow>,
    /// All of it.
    pub total: Figures,
    /// How many rides are in no month, since a clock that was never set recorded them.
    pub undated: u32,
}

/// One section of one operator: whence and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionRow {
    /// The operator; none where nobody has said whose the vehicle was.
    pub operator: Named,
    /// The route; none for a taxi, and where none was chosen.
    pub route: Named,
    /// Where they got on; none for 停留所不明.
    pub from: Named,
    /// Where they got off, where the vehicle asks.
    pub to: Named,
    /// What was counted.
    pub figures: Figures,
}

/// One operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRow {
    /// Which; none where nobody has said whose the vehicle was.
    pub operator: Named,
    /// What was counted.
    pub figures: Figures,
}

/// A record of a list with its name as it is now; one without a name is on no list any more.
pub type Named = Option<(RecordId, Option<String>)>;

/// What is counted of rides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// How often somebody got on.
    pub rides: u32,
    /// How many tickets that took.
    pub tickets: u32,
    /// How many of these no book pays yet (後払い乗車).
    pub iou_tickets: u32,
    /// How much taxis' meters showed, in yen.
    pub fares: u64,
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.rides = self.rides.saturating_add(other.rides);
        self.tickets = self.tickets.saturating_add(other.tickets);
        self.iou_tickets = self.iou_tickets.saturating_add(other.iou_tickets);
        self.fares = self.fares.saturating_add(other.fares);
    }
}

type Section = [Option<RecordId>; 4];

impl Tickets<'_> {
    /// The rides of a month by operator and section.
    pub fn month(&self, month: Month) -> MonthTable {
        let days = month.days();
        let mut undated = 0_u32;
        let mut sections: BTreeMap<Section, Figures> = BTreeMap::new();
        for ids in self.everyone() {
            for (ride, owed) in self.rides_with_ious(&ids) {
                let when = ride.when();
                if when.confidence == Confidence::Unsure {
                    undated = undated.saturating_add(1);
                } else if days.contains(&Day::of(when.seconds)) {
                    let section = [ride.operator, ride.route, ride.from, ride.to()];
                    sections.entry(section).or_default().add(Figures {
                        rides: 1,
                        tickets: ride.tickets,
                        iou_tickets: owed,
                        fares: ride.fare().unwrap_or(0).into(),
                    });
                }
            }
        }
        self.table(month, &sections, undated)
    }

    /// Each ride of a person with how many of its tickets no book pays.
    fn rides_with_ious(&self, ids: &[PersonId]) -> Vec<(&RideRow, u32)> {
        let allotted = self.transport.allotted(ids);
        // Both are in the order of counter and entry.
        let mut ious = allotted.ious.iter().peekable();
        let mut owed = |entry| ious.next_if(|iou| iou.ride == entry).map_or(0, |iou| iou.tickets);
        let rides = self.transport.rides_of(ids);
        rides.into_iter().map(|ride| (&ride.value, owed(ride.entry))).collect()
    }

    fn table(
        &self,
        month: Month,
        counted: &BTreeMap<Section, Figures>,
        undated: u32,
    ) -> MonthTable {
        let named = |record: Option<RecordId>, name: &dyn Fn(RecordId) -> Option<String>| {
            record.map(|record| (record, name(record)))
        };
        let operator = |id| named(id, &|id| self.operator_name(id));
        let stop = |id| named(id, &|id| self.stop_name(id));
        let mut of_operator: BTreeMap<Option<RecordId>, Figures> = BTreeMap::new();
        let mut total = Figures::default();
        for ([operator, ..], figures) in counted {
            of_operator.entry(*operator).or_default().add(*figures);
            total.add(*figures);
        }
        let row = |([runs, route, from, to], figures): (&Section, &Figures)| SectionRow {
            operator: operator(*runs),
            route: named(*route, &|id| self.route_name(id)),
            from: stop(*from),
            to: stop(*to),
            figures: *figures,
        };
        let mut sections: Vec<SectionRow> = counted.iter().map(row).collect();
        let by_name =
            |one: &Named| (one.is_none(), one.as_ref().map(|(id, name)| (name.clone(), *id)));
        sections
            .sort_by_cached_key(|row| [&row.operator, &row.route, &row.from, &row.to].map(by_name));
        let row = |(id, figures)| OperatorRow { operator: operator(id), figures };
        let mut operators: Vec<OperatorRow> = of_operator.into_iter().map(row).collect();
        operators.sort_by_cached_key(|row| by_name(&row.operator));
        MonthTable { month, sections, operators, total, undated }
    }
}
