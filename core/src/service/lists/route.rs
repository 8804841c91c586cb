//! Routes of buses, their stops and their timetable.

use crate::id::RecordId;
use crate::record::field;
use crate::service::records::RecordsFold;

use super::id;

/// Minutes since midnight.
pub type Minute = u16;

/// A route of a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its record.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Who runs it.
    pub operator: Option<RecordId>,
    /// Its stops in order.
    pub stops: Vec<RecordId>,
    /// Its runs: for each stop when the bus leaves it, none where it does not stop.
    pub runs: Vec<Vec<Option<Minute>>>,
    /// It is out of use.
    pub is_ended: bool,
}

/// Why a list of stops or a timetable cannot be read, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARoute {
    /// A stop is no 16 hexadecimal digits.
    #[error("stop {place} is no stop's record")]
    Stop {
        /// Which, from 1.
        place: usize,
    },
    /// A line has another number of times than there are stops.
    #[error("line {line} has {times} times for {stops} stops")]
    Times {
        /// Which line, from 1.
        line: usize,
        /// How many times it has.
        times: usize,
        /// How many stops there are.
        stops: usize,
    },
    /// A time is no `HH:MM`.
    #[error("line {line}, time {place} is no time of day like 07:05, and not -")]
    Time {
        /// Which line, from 1.
        line: usize,
        /// Which time in it, from 1.
        place: usize,
    },
    /// A time is earlier than the one before it.
    #[error("line {line}, time {place} is earlier than the one before it")]
    Backwards {
        /// Which line, from 1.
        line: usize,
        /// Which time in it, from 1.
        place: usize,
    },
}

impl Route {
    /// Reads a route; none where it has no name. A list of stops or a timetable that cannot be read
    /// is shown as empty: a bus without one records 停留所不明.
    pub fn read(town: &RecordsFold, record: RecordId) -> Option<Self> {
        let text = |field| town.text(record, field).unwrap_or_default();
        let stops = read_stops(text(field::ROUTE_STOPS)).unwrap_or_default();
        let runs = read_times(text(field::ROUTE_TIMES), stops.len()).unwrap_or_default();
        Some(Self {
            id: record,
            name: town.text(record, field::ROUTE_NAME)?.to_owned(),
            operator: id(town, record, field::ROUTE_OPERATOR),
            stops,
            runs,
            is_ended: town.yes(record, field::ROUTE_ENDED),
        })
    }

    /// Where by its timetable the bus of a run is at a minute: the last stop it has left or leaves
    /// now; before its first, its first. None for a run it does not have.
    pub fn stop_by_timetable(&self, run: usize, now: Minute) -> Option<RecordId> {
        let times = self.runs.get(run)?;
        let stopping =
            times.iter().zip(&self.stops).filter_map(|(time, stop)| Some(((*time)?, *stop)));
        let mut at = None;
        for (time, stop) in stopping {
            if at.is_none() || time <= now {
                at = Some(stop);
            }
        }
        at
    }
}

/// Reads a list of stops.
///
/// # Errors
/// The first [`NotARoute`].
pub fn read_stops(text: &str) -> Result<Vec<RecordId>, NotARoute> {
    let stops = text.split_whitespace().zip(1..);
    stops.map(|(stop, place)| stop.parse().map_err(|_| NotARoute::Stop { place })).collect()
}

/// Reads a timetable for so many stops. Empty lines are passed over.
///
/// # Errors
/// The first [`NotARoute`].
pub fn read_times(text: &str, stops: usize) -> Result<Vec<Vec<Option<Minute>>>, NotARoute> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(text, line)| read_run(text, line, stops)).collect()
}

fn read_run(text: &str, line: usize, stops: usize) -> Result<Vec<Option<Minute>>, NotARoute> {
    let mut times = Vec::new();
    let mut last = 0;
    for (word, place) in text.split_whitespace().zip(1..) {
        if word == "-" {
            times.push(None);
            continue;
        }
        let time = read_minute(word).ok_or(NotARoute::Time { line, place })?;
        if time < last {
            return Err(NotARoute::Backwards { line, place });
        }
        last = time;
        times.push(Some(time));
    }
    if times.len() == stops {
        Ok(times)
    } else {
        Err(NotARoute::Times { line, times: times.len(), stops })
    }
}

/// Reads a time of day, `HH:MM`.
pub fn read_minute(text: &str) -> Option<Minute> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        let right = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        right.then(|| text.parse::<Minute>().ok()).flatten()
    };
    let (hours, minutes) = (digits(hours, 1..=2)?, digits(minutes, 2..=2)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// Every route, by record.
pub fn all(town: &RecordsFold) -> impl Iterator<Item = Route> {
    town.records(field::is_of_route).filter_map(|record| Route::read(town, record))
}
