//! What a page asks the node to do.

use std::fmt;

use digiana_core::engine::input::Command;
use digiana_core::fact::edit::{FieldId, Value};
use digiana_core::fact::shelter::{Act, IncidentKind, SiteState};
use digiana_core::fact::warning::WarningLevel;
use digiana_core::id::{EntryId, IncidentId, PersonId, SiteId};
use digiana_core::register::Saw;
use digiana_core::scope::Scope;

use crate::import::hazard::Hazard;

/// How a disaster begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Whether it is one.
    pub kind: IncidentKind,
    /// What people call it.
    pub title: String,
    /// What threatens.
    pub hazards: Vec<Hazard>,
}

/// What a page asks the node to do. `Debug` says what kind it is only.
#[derive(Clone, PartialEq)]
pub enum Order {
    /// A disaster begins.
    OpenIncident(Opening),
    /// It is over.
    CloseIncident(IncidentId),
    /// Headquarters notes what was issued for a district, or that it was lifted.
    SetWarning {
        /// The district; empty for the whole town.
        district: String,
        /// The level; `None` when it was lifted.
        level: Option<WarningLevel>,
        /// When, if before now: Unix seconds.
        happened_at: Option<i64>,
    },
    /// A shelter opens, fills, closes.
    SetSite {
        /// Which.
        site: SiteId,
        /// From now on.
        state: SiteState,
        /// How to begin the disaster too, should none be open: a shelter opens before
        /// headquarters can be heard.
        opening: Option<Opening>,
    },
    /// These people of the register have come; staff say so.
    CheckIn {
        /// Where.
        site: SiteId,
        /// Who.
        people: Vec<PersonId>,
        /// When, if before now (後追い入力): Unix seconds.
        happened_at: Option<i64>,
        /// Staff were shown that somebody was seen later than that, and mean it.
        anyway: bool,
    },
    /// Somebody whom no search finds has come.
    WalkIn {
        /// Where.
        site: SiteId,
        /// As they say it.
        name: String,
        /// As it is read.
        kana: String,
        /// If they say it.
        birth_year: Option<i32>,
        /// When, if before now (後追い入力): Unix seconds.
        happened_at: Option<i64>,
    },
    /// Somebody of this shelter goes, leaves for a while or is back.
    Presence {
        /// Where.
        site: SiteId,
        /// Who.
        person: PersonId,
        /// What they do: never a check-in.
        act: Act,
        /// Where to.
        destination: String,
        /// When, if before now (後追い入力): Unix seconds.
        happened_at: Option<i64>,
        /// Staff were shown that the person was seen later than that, and mean it.
        anyway: bool,
    },
    /// An entry was wrong.
    Correct {
        /// In which scope it lies.
        scope: Scope,
        /// Which.
        target: EntryId,
        /// Why.
        reason: String,
    },
    /// Something of another service, in its own words.
    Service(Command),
    /// Of several sites that count somebody, this one is right; staff say so.
    Settle(PersonId, SiteId),
    /// Staff say what a place is; perhaps one that nobody foresaw, and open it.
    SaveSite {
        /// Which.
        site: SiteId,
        /// Fields, their values or none, and what the form that was sent had seen of each.
        edits: Vec<(FieldId, Option<Value>, Saw)>,
        /// How to begin the disaster too, should none be open, where the place is to open at once.
        opening: Option<Opening>,
    },
    /// The opening kit of a site was used.
    NoteKit(SiteId),
    /// Fields of the evacuee form are written.
    SaveFields {
        /// At which desk.
        site: SiteId,
        /// Of whom.
        person: PersonId,
        /// Fields, their values, of which an empty one empties the field, and what the form that was
        /// sent had seen of each.
        edits: Vec<(FieldId, String, Saw)>,
    },
}

impl Order {
    /// Whether it may be taken back by one button: it says what somebody did, or ended a disaster.
    pub fn can_be_taken_back(&self) -> bool {
        match self {
            Self::CheckIn { .. }
            | Self::WalkIn { .. }
            | Self::Presence { .. }
            | Self::Settle(..)
            | Self::Service(_)
            | Self::CloseIncident(_) => true,
            Self::OpenIncident(_)
            | Self::SetSite { .. }
            | Self::SetWarning { .. }
            | Self::Correct { .. }
            | Self::NoteKit(_)
            | Self::SaveSite { .. }
            | Self::SaveFields { .. } => false,
        }
    }
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenIncident(_) => "OpenIncident",
            Self::CloseIncident(_) => "CloseIncident",
            Self::SetWarning { .. } => "SetWarning",
            Self::SetSite { .. } => "SetSite",
            Self::CheckIn { .. } => "CheckIn",
            Self::WalkIn { .. } => "WalkIn",
            Self::Presence { .. } => "Presence",
            Self::Correct { .. } => "Correct",
            Self::Settle(..) => "Settle",
            Self::Service(_) => "Service",
            Self::NoteKit(_) => "NoteKit",
            Self::SaveSite { .. } => "SaveSite",
            Self::SaveFields { .. } => "SaveFields",
        })
    }
}
