//! 避難情報: what headquarters says a district is to do.

use crate::id::IncidentId;
use crate::register::Saw;

/// A warning level (警戒レベル) at which the town speaks. The order is the order of urgency.
///
/// The numbers are those of the Cabinet Office's guideline of 2021 on evacuation information
/// (避難情報に関するガイドライン); levels 1 and 2 are the weather agency's.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum WarningLevel {
    /// 警戒レベル3 高齢者等避難
    #[n(3)]
    ElderlyLeave,
    /// 警戒レベル4 避難指示
    #[n(4)]
    EveryoneLeaves,
    /// 警戒レベル5 緊急安全確保
    #[n(5)]
    SaveYourself,
}

impl WarningLevel {
    /// All of them, from the mildest.
    pub const ALL: [Self; 3] = [Self::ElderlyLeave, Self::EveryoneLeaves, Self::SaveYourself];

    /// Its number, 3 to 5.
    pub fn number(self) -> u8 {
        match self {
            Self::ElderlyLeave => 3,
            Self::EveryoneLeaves => 4,
            Self::SaveYourself => 5,
        }
    }

    /// The level of a number, if the town speaks at it.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
}

/// Headquarters notes what was issued for a district, or that it was lifted: a register per
/// incident and district.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct WarningSet {
    /// For which incident.
    #[n(0)]
    pub incident: IncidentId,
    /// The district, in the town's own word for it; empty for the whole town.
    #[n(1)]
    pub district: String,
    /// The level, or none when it was lifted.
    #[n(2)]
    pub level: Option<WarningLevel>,
    /// What its author held of this district's level.
    #[n(3)]
    pub saw: Saw,
    /// When it was issued or lifted, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
}
