//! What happens at shelters, under person ids.

use crate::fact::words::Words;
use crate::id::{IncidentId, PersonId, SiteId};
use crate::register::Saw;

/// Whether the disaster is one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum IncidentKind {
    /// It happens.
    #[n(0)]
    Real,
    /// 訓練: a rehearsal, shown as one everywhere.
    #[n(1)]
    Drill,
}

/// The hazards a site can be valid for, as the GSI lists them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Hazard {
    /// 洪水
    #[n(0)]
    Flood,
    /// 崖崩れ、土石流及び地滑り
    #[n(1)]
    Landslide,
    /// 高潮
    #[n(2)]
    StormSurge,
    /// 地震
    #[n(3)]
    Earthquake,
    /// 津波
    #[n(4)]
    Tsunami,
    /// 大規模な火事
    #[n(5)]
    Fire,
    /// 内水氾濫
    #[n(6)]
    InlandFlood,
    /// 火山現象
    #[n(7)]
    Volcano,
}

impl Hazard {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Flood,
        Self::Landslide,
        Self::StormSurge,
        Self::Earthquake,
        Self::Tsunami,
        Self::Fire,
        Self::InlandFlood,
        Self::Volcano,
    ];
}

/// An incident begins. It works before HQ knows of it: any cut-off shelter may open one.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct IncidentOpened {
    /// Its name, drawn at random where it was opened.
    #[n(0)]
    pub incident: IncidentId,
    /// Whether it is one.
    #[n(1)]
    pub kind: IncidentKind,
    /// What threatens; a site not valid for one of these is shown as such.
    #[n(2)]
    pub hazards: Vec<Hazard>,
    /// What people call it. Never a person's name.
    #[n(3)]
    pub title: String,
    /// When it began, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
}

/// An incident is over.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct IncidentClosed {
    /// Which one.
    #[n(0)]
    pub incident: IncidentId,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(1)]
    pub happened_at: Option<i64>,
}

/// Whether a shelter takes people in. The order is the order of its life.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum SiteState {
    /// 未開設
    #[n(0)]
    NotOpened,
    /// 開設準備中
    #[n(1)]
    Preparing,
    /// 開設
    #[n(2)]
    Open,
    /// 受入停止
    #[n(3)]
    Suspended,
    /// 閉鎖
    #[n(4)]
    Closed,
}

/// A shelter's state is set: a register per incident and site.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SiteStateSet {
    /// For which incident.
    #[n(0)]
    pub incident: IncidentId,
    /// Which site.
    #[n(1)]
    pub site: SiteId,
    /// From now on.
    #[n(2)]
    pub state: SiteState,
    /// What its author held of this site's state.
    #[n(3)]
    pub saw: Saw,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
}

/// How sure a tap is. The order is from weakest to strongest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Assurance {
    /// 番号のみ: an identifier that could have been copied.
    #[n(0)]
    Listed,
    /// 職員確認: a member of staff says so.
    #[n(1)]
    Vouched,
    /// カード確認済: the card signed a challenge.
    #[n(2)]
    Proven,
}

/// What somebody did at a shelter.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Act {
    /// 入所
    #[n(0)]
    CheckIn,
    /// 退所
    #[n(1)]
    CheckOut,
    /// 外出・外泊: gone for a while, still of this shelter.
    #[n(2)]
    Leave,
    /// 帰所
    #[n(3)]
    Return,
}

/// Somebody came, left for a while, returned or went: a register per incident and person.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Presence {
    /// In which incident.
    #[n(0)]
    pub incident: IncidentId,
    /// Who, as an id without a name.
    #[n(1)]
    pub person: PersonId,
    /// Where.
    #[n(2)]
    pub site: SiteId,
    /// What they did.
    #[n(3)]
    pub act: Act,
    /// How sure that is.
    #[n(4)]
    pub assurance: Assurance,
    /// What its author held of this person's presence.
    #[n(5)]
    pub saw: Saw,
    /// When, if that was before it was recorded (後追い入力): Unix seconds.
    #[n(6)]
    pub happened_at: Option<i64>,
    /// Where to, for a check-out or a leave, in the person's own words to the desk.
    #[n(7)]
    pub destination: Option<Words>,
}

/// Where somebody is who is safe elsewhere.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum SafePlace {
    /// At home.
    #[n(0)]
    Home,
    /// With relatives or friends.
    #[n(1)]
    Relatives,
    /// In a car.
    #[n(2)]
    Car,
    /// In a hospital or care home.
    #[n(3)]
    Facility,
    /// Out of town.
    #[n(4)]
    OutOfTown,
    /// Somewhere else.
    #[n(5)]
    Elsewhere,
}

/// Somebody is known to be safe without being at a shelter.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ConfirmedSafe {
    /// In which incident.
    #[n(0)]
    pub incident: IncidentId,
    /// Who.
    #[n(1)]
    pub person: PersonId,
    /// Where they are.
    #[n(2)]
    pub place: SafePlace,
    /// How sure that is.
    #[n(3)]
    pub assurance: Assurance,
    /// When, if that was before it was recorded: Unix seconds.
    #[n(4)]
    pub happened_at: Option<i64>,
}

/// How crowded a shelter is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Congestion {
    /// 空いています
    #[n(0)]
    Free,
    /// やや混雑
    #[n(1)]
    Some,
    /// 混雑
    #[n(2)]
    Crowded,
    /// 満員
    #[n(3)]
    Full,
}

/// Staff say how crowded a shelter is: a register per incident and site, until it expires.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct CongestionSet {
    /// In which incident.
    #[n(0)]
    pub incident: IncidentId,
    /// Which site.
    #[n(1)]
    pub site: SiteId,
    /// The level, or none to go back to the count.
    #[n(2)]
    pub level: Option<Congestion>,
    /// Until when it holds: Unix seconds.
    #[n(3)]
    pub until: i64,
    /// What its author held of this site's override.
    #[n(4)]
    pub saw: Saw,
}
