//! The eight dangers a place of evacuation may be designated for, and whether it is.
//!
//! There are three answers, and only one of them lets people be sent somewhere. An unknown or an
//! empty answer is never taken for a safe place.

use digiana_core::fact::shelter;
use std::fmt;

/// A dangerous event that a place may be designated for, in GSI's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hazard {
    /// 洪水
    Flood,
    /// 崖崩れ、土石流及び地滑り
    Landslide,
    /// 高潮
    StormSurge,
    /// 地震
    Earthquake,
    /// 津波
    Tsunami,
    /// 大規模な火事
    LargeFire,
    /// 内水氾濫
    InlandFlood,
    /// 火山現象
    Volcano,
}

impl Hazard {
    /// The same as facts number it.
    pub fn in_facts(self) -> shelter::Hazard {
        match self {
            Self::Flood => shelter::Hazard::Flood,
            Self::Landslide => shelter::Hazard::Landslide,
            Self::StormSurge => shelter::Hazard::StormSurge,
            Self::Earthquake => shelter::Hazard::Earthquake,
            Self::Tsunami => shelter::Hazard::Tsunami,
            Self::LargeFire => shelter::Hazard::Fire,
            Self::InlandFlood => shelter::Hazard::InlandFlood,
            Self::Volcano => shelter::Hazard::Volcano,
        }
    }

    /// All of them, in GSI's order.
    pub const ALL: [Self; 8] = [
        Self::Flood,
        Self::Landslide,
        Self::StormSurge,
        Self::Earthquake,
        Self::Tsunami,
        Self::LargeFire,
        Self::InlandFlood,
        Self::Volcano,
    ];

    /// The name of the property in GSI's files, which is the name in law too.
    pub fn property(self) -> &'static str {
        match self {
            Self::Flood => "洪水",
            Self::Landslide => "崖崩れ、土石流及び地滑り",
            Self::StormSurge => "高潮",
            Self::Earthquake => "地震",
            Self::Tsunami => "津波",
            Self::LargeFire => "大規模な火事",
            Self::InlandFlood => "内水氾濫",
            Self::Volcano => "火山現象",
        }
    }
}

/// Whether a place is designated for a hazard. Only the first means that people may be sent there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Validity {
    /// 指定あり: the mayor has designated the place for this hazard.
    Designated,
    /// 指定なし: a place of emergency evacuation, but not for this hazard.
    NotDesignated,
    /// 対象外の区分: designations of this sort say nothing about hazards, so nothing is known.
    OutOfScope,
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Designated => "指定あり",
            Self::NotDesignated => "指定なし",
            Self::OutOfScope => "対象外の区分",
        })
    }
}

/// The validity of a place for each hazard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hazards([Validity; 8]);

impl Hazards {
    /// Nothing is known about any hazard.
    pub const OUT_OF_SCOPE: Self = Self([Validity::OutOfScope; 8]);

    /// The validities that `validity` gives.
    pub fn from_fn(validity: impl FnMut(Hazard) -> Validity) -> Self {
        Self(Hazard::ALL.map(validity))
    }

    /// Whether the place is designated for this hazard.
    pub fn of(&self, hazard: Hazard) -> Validity {
        let mut each = self.iter();
        each.find(|(known, _)| *known == hazard).map_or(Validity::OutOfScope, |(_, found)| found)
    }

    /// Each hazard with its validity, in GSI's order.
    pub fn iter(&self) -> impl Iterator<Item = (Hazard, Validity)> {
        Hazard::ALL.into_iter().zip(self.0)
    }
}

impl fmt::Debug for Hazards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
