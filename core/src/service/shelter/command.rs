//! What a reader or a desk asks of the shelter service.

use crate::fact::shelter::{Assurance, Congestion, Hazard, IncidentKind, SafePlace, SiteState};
use crate::fact::token::TokenState;
use crate::fact::warning::WarningLevel;
use crate::fact::words::Words;
use crate::id::{IncidentId, PersonId, SiteId};
use crate::register::Saw;
use crate::scope::Scope;
use crate::token::TokenTag;
use crate::token::proof::ProofKey;

/// How an incident is opened. Its id is drawn by the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIncident {
    /// A fresh random id.
    pub incident: IncidentId,
    /// Whether it is one.
    pub kind: IncidentKind,
    /// What threatens.
    pub hazards: Vec<Hazard>,
    /// What people are to call it. Never a person's name.
    pub title: String,
    /// When it began, if before now: Unix seconds.
    pub happened_at: Option<i64>,
}

/// Who is checked in by a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckIn {
    /// In which incident.
    pub incident: Option<IncidentId>,
    /// Where.
    pub site: Option<SiteId>,
    /// Who.
    pub persons: Vec<PersonId>,
    /// Whether the ids were just drawn for people whom the register does not know.
    pub walk_in: bool,
    /// How sure that is: `Vouched` for a desk.
    pub assurance: Assurance,
    /// When, if before now (後追い入力): Unix seconds.
    pub happened_at: Option<i64>,
    /// Staff were shown that somebody was seen later than that, and mean it.
    pub anyway: bool,
}

/// Who is seen going for good, going for a while, or coming back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    /// In which incident.
    pub incident: Option<IncidentId>,
    /// From where, or back to where.
    pub site: Option<SiteId>,
    /// Who.
    pub person: PersonId,
    /// Where to, in the person's own words.
    pub destination: Option<Words>,
    /// When, if before now (後追い入力): Unix seconds.
    pub happened_at: Option<i64>,
    /// Staff were shown that the person was seen later than that, and mean it.
    pub anyway: bool,
}

/// What is asked. Where an `incident` or `site` is none, the one in force at this reader is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A disaster began.
    OpenIncident(OpenIncident),
    /// It is over.
    CloseIncident {
        /// Which.
        incident: IncidentId,
        /// When, if before now.
        happened_at: Option<i64>,
    },
    /// A shelter opens, fills, closes.
    SetSiteState {
        /// In which incident.
        incident: Option<IncidentId>,
        /// Which site.
        site: Option<SiteId>,
        /// From now on.
        state: SiteState,
        /// What the form showed of this site's state; none when it is set at one touch.
        saw: Option<Saw>,
        /// The incident to open as well when none is open here: a shelter opens before
        /// headquarters can be heard.
        opening: Option<OpenIncident>,
        /// When, if before now.
        happened_at: Option<i64>,
    },
    /// A token was held to this site's reader.
    TapCheckIn {
        /// The token.
        token: TokenTag,
        /// How sure that is.
        assurance: Assurance,
    },
    /// A desk checks in people, by ticking a household or by search.
    CheckIn(CheckIn),
    /// Somebody leaves for good.
    CheckOut(Going),
    /// Somebody goes out for a while (外出・外泊).
    Leave(Going),
    /// Somebody comes back from a leave.
    Return(Going),
    /// Somebody is known to be safe without being at a shelter.
    ConfirmSafe {
        /// In which incident.
        incident: Option<IncidentId>,
        /// Who.
        person: PersonId,
        /// Where they are.
        place: SafePlace,
        /// How sure that is.
        assurance: Assurance,
        /// When, if before now.
        happened_at: Option<i64>,
    },
    /// Staff say how crowded a shelter is.
    SetCongestion {
        /// In which incident.
        incident: Option<IncidentId>,
        /// Which site.
        site: Option<SiteId>,
        /// The level, or none to go back to the count.
        level: Option<Congestion>,
        /// Until when it holds: Unix seconds.
        until: i64,
        /// What the form showed of this site's override.
        saw: Option<Saw>,
    },
    /// Headquarters notes what was issued for a district, or that it was lifted (避難情報).
    SetWarning {
        /// In which incident.
        incident: Option<IncidentId>,
        /// The district; empty for the whole town.
        district: String,
        /// The level, or none when it was lifted.
        level: Option<WarningLevel>,
        /// What the form showed of this district's level.
        saw: Option<Saw>,
        /// When, if before now.
        happened_at: Option<i64>,
    },
    /// A token now stands for a person.
    LinkToken {
        /// The token.
        token: TokenTag,
        /// Whom it stands for.
        person: PersonId,
        /// Staff were shown that it stood for somebody else, or was suspended, and mean it.
        replace: bool,
    },
    /// A desk read a card: it stands for a person, and proves itself with a key.
    EnrolCard {
        /// The card's token.
        token: TokenTag,
        /// Whom it stands for.
        person: PersonId,
        /// The public half of its key; none from a card that has none.
        key: Option<ProofKey>,
        /// Staff were shown that it stood for somebody else, or was suspended, and mean it.
        replace: bool,
    },
    /// A token is lost, or no longer in use.
    SuspendToken {
        /// The token.
        token: TokenTag,
        /// `Suspended` or `Ended`; `Active` lifts a suspension.
        state: TokenState,
    },
    /// Two ids are the same human being.
    JoinPersons {
        /// The id made in haste.
        walk_in: PersonId,
        /// The id of the register.
        person: PersonId,
    },
}

impl Command {
    /// The scope that its facts are written to: one, whatever the command decides.
    pub fn scope(&self) -> Scope {
        match self {
            Self::LinkToken { .. }
            | Self::EnrolCard { .. }
            | Self::SuspendToken { .. }
            | Self::JoinPersons { .. } => Scope::Tokens,
            Self::OpenIncident(_)
            | Self::CloseIncident { .. }
            | Self::SetSiteState { .. }
            | Self::TapCheckIn { .. }
            | Self::CheckIn(_)
            | Self::CheckOut(_)
            | Self::Leave(_)
            | Self::Return(_)
            | Self::ConfirmSafe { .. }
            | Self::SetCongestion { .. }
            | Self::SetWarning { .. } => Scope::Shelter,
        }
    }
}
