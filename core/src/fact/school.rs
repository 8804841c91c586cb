//! Arrivals and departures of pupils, in the scope of one school.

use crate::fact::shelter::Assurance;
use crate::id::PersonId;
use crate::register::Saw;
use crate::time::Day;

/// What is known of a pupil.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Attends {
    /// 到着
    #[n(0)]
    Arrived,
    /// 下校
    #[n(1)]
    Left,
    /// 欠席
    #[n(2)]
    Absent,
}

/// A pupil came, left, or is absent: a register per pupil and day.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Attendance {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// What they did.
    #[n(1)]
    pub attends: Attends,
    /// How sure that is: `Vouched` where a teacher entered it (先生が入力).
    #[n(2)]
    pub assurance: Assurance,
    /// What its author held of this pupil on this day.
    #[n(3)]
    pub saw: Saw,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
    /// The day it is about, if that is not the day on which it happened, as for an absence that is
    /// reported the evening before: days since 1970-01-01, as the town's calendar counts them.
    #[n(5)]
    pub day: Option<Day>,
}
