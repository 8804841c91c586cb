//! The rules: what a command means, given what is known here and the time.
//!
//! Pure: the same knowledge, command and time give the same facts or the same refusal.

use crate::fact::Fact;
use crate::fact::shelter::{
    Act, ConfirmedSafe, CongestionSet, IncidentClosed, IncidentOpened, SiteState, SiteStateSet,
};
use crate::fact::token::{PersonsJoined, TokenKey, TokenSet, TokenState};
use crate::fact::warning::{WarningLevel, WarningSet};
use crate::id::{IncidentId, PersonId, SiteId};
use crate::register::{Register, Saw};
use crate::service::asked::{Context, fits, past};
use crate::service::people;
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::stamp::Stamped;
use crate::service::tokens::{Resolved, TokenFold};
use crate::time::Wall;
use crate::token::TokenTag;
use crate::token::proof::ProofKey;

use super::command::{Command, OpenIncident};
use super::fold::ShelterFold;
use super::incident::Incident;

/// What is known here.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The shelter scope.
    pub shelter: &'a ShelterFold,
    /// The tokens scope.
    pub tokens: &'a TokenFold,
    /// The register, where this node may read it.
    pub register: Option<&'a RecordsFold>,
}

/// The incident that a command is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within<'a> {
    pub(super) id: IncidentId,
    pub(super) incident: &'a Incident,
}

/// Decides what a command means: at least one fact, all of the command's scope, or why not.
///
/// # Errors
/// The first refusal that applies, in the order of [`Refusal`].
pub fn decide(
    known: &Known<'_>,
    command: &Command,
    context: &Context,
) -> Result<Vec<Fact>, Refusal> {
    match command {
        Command::OpenIncident(opening) => open_incident(known, opening, context),
        Command::CloseIncident { incident, happened_at } => {
            past(*happened_at, context)?;
            let within = chosen(known, *incident)?;
            if within.incident.is_open() {
                let fact = IncidentClosed { incident: within.id, happened_at: *happened_at };
                Ok(vec![Fact::from(fact)])
            } else {
                Err(Refusal::NothingToChange)
            }
        }
        Command::SetSiteState { incident, site, state, saw, opening, happened_at } => {
            let asked = SiteAsked { incident: *incident, site: *site, saw: saw.as_ref() };
            set_site_state(known, &asked, *state, opening.as_ref(), *happened_at, context)
        }
        Command::TapCheckIn { token, assurance } => known.tap_check_in(*token, *assurance, context),
        Command::CheckIn(asked) => known.check_in(asked, context),
        Command::CheckOut(asked) => known.go(asked, Act::CheckOut, context),
        Command::Leave(asked) => known.go(asked, Act::Leave, context),
        Command::Return(asked) => known.go(asked, Act::Return, context),
        Command::ConfirmSafe { incident, person, place, assurance, happened_at } => {
            past(*happened_at, context)?;
            let within = known.within(*incident, context.site, *happened_at)?;
            let (place, assurance, happened_at) = (*place, *assurance, *happened_at);
            let person = known.tokens.canonical(*person);
            known.is_known(within, person)?;
            let incident = within.id;
            let fact = ConfirmedSafe { incident, person, place, assurance, happened_at };
            Ok(vec![Fact::from(fact)])
        }
        Command::SetCongestion { incident, site, level, until, saw } => {
            let site_or_here = site.or(context.site);
            let within = known.within(*incident, site_or_here, None)?;
            let site = site_or_here.ok_or(Refusal::NoSite)?;
            let held = || within.incident.congestion(site).map(Register::saw);
            let saw = saw.clone().or_else(held).unwrap_or(Saw::NOTHING);
            let (incident, level, until) = (within.id, *level, *until);
            let fact = CongestionSet { incident, site, level, until, saw };
            Ok(vec![Fact::from(fact)])
        }
        Command::SetWarning { incident, district, level, saw, happened_at } => {
            fits(district)?;
            past(*happened_at, context)?;
            let within = known.within(*incident, None, *happened_at)?;
            warn(within, district, *level, saw.as_ref(), *happened_at)
        }
        Command::LinkToken { token, person, replace } => {
            link_token(known, *token, *person, *replace)
        }
        Command::EnrolCard { token, person, key, replace } => {
            enrol_card(known, *token, *person, key.as_ref(), *replace)
        }
        Command::SuspendToken { token, state } => set_token_state(known, *token, *state),
        Command::JoinPersons { walk_in, person } => {
            if known.tokens.canonical(*walk_in) == known.tokens.canonical(*person) {
                return Err(Refusal::NothingToChange);
            }
            let (walk_in, person) = (*walk_in, *person);
            Ok(vec![Fact::from(PersonsJoined { walk_in, person, happened_at: None })])
        }
    }
}

struct SiteAsked<'a> {
    incident: Option<IncidentId>,
    site: Option<SiteId>,
    saw: Option<&'a Saw>,
}

fn open_incident(
    known: &Known<'_>,
    opening: &OpenIncident,
    context: &Context,
) -> Result<Vec<Fact>, Refusal> {
    fits(&opening.title)?;
    past(opening.happened_at, context)?;
    if known.shelter.incident(opening.incident).is_some() {
        return Err(Refusal::NothingToChange);
    }
    Ok(vec![opened(opening)])
}

fn opened(opening: &OpenIncident) -> Fact {
    let OpenIncident { incident, kind, hazards, title, happened_at } = opening.clone();
    Fact::from(IncidentOpened { incident, kind, hazards, title, happened_at })
}

/// A shelter that hears nobody opens the incident along with itself.
fn set_site_state(
    known: &Known<'_>,
    asked: &SiteAsked<'_>,
    state: SiteState,
    opening: Option<&OpenIncident>,
    happened_at: Option<i64>,
    context: &Context,
) -> Result<Vec<Fact>, Refusal> {
    let site_or_here = asked.site.or(context.site);
    opening.map_or(Ok(()), |opening| fits(&opening.title))?;
    past(happened_at, context)?;
    let set =
        |incident, site, saw| Fact::from(SiteStateSet { incident, site, state, saw, happened_at });
    match (known.within(asked.incident, site_or_here, happened_at), opening) {
        (Ok(within), _) => {
            let site = site_or_here.ok_or(Refusal::NoSite)?;
            let register = within.incident.site_state(site);
            let settled = register.and_then(Register::settled);
            if settled.is_some_and(|write| write.value.state == state) {
                return Err(Refusal::NothingToChange);
            }
            let held = || register.map(Register::saw);
            let saw = asked.saw.cloned().or_else(held).unwrap_or(Saw::NOTHING);
            Ok(vec![set(within.id, site, saw)])
        }
        (Err(Refusal::NoOpenIncident), Some(opening)) => {
            let site = site_or_here.ok_or(Refusal::NoSite)?;
            let mut facts = open_incident(known, opening, context)?;
            facts.push(set(opening.incident, site, Saw::NOTHING));
            Ok(facts)
        }
        (Err(refusal), _) => Err(refusal),
    }
}

fn warn(
    within: Within<'_>,
    district: &str,
    level: Option<WarningLevel>,
    saw: Option<&Saw>,
    happened_at: Option<i64>,
) -> Result<Vec<Fact>, Refusal> {
    let district = district.trim();
    let register = within.incident.warning(district);
    let settled = register.and_then(Register::settled).map(|write| write.value.level);
    // A district that nobody ever spoke for has nothing to lift.
    if settled == Some(level) || (register.is_none() && level.is_none()) {
        return Err(Refusal::NothingToChange);
    }
    let saw = saw.cloned().or_else(|| register.map(Register::saw)).unwrap_or(Saw::NOTHING);
    let (incident, district) = (within.id, district.to_owned());
    Ok(vec![Fact::from(WarningSet { incident, district, level, saw, happened_at })])
}

fn link_token(
    known: &Known<'_>,
    token: TokenTag,
    person: PersonId,
    replace: bool,
) -> Result<Vec<Fact>, Refusal> {
    let person = known.tokens.canonical(person);
    match known.tokens.resolve(token) {
        Resolved::Person(held) if held == person => return Err(Refusal::NothingToChange),
        Resolved::Unknown => {}
        Resolved::Person(_) | Resolved::Conflict(_) if !replace => return Err(Refusal::TokenTaken),
        Resolved::Suspended(_) if !replace => return Err(Refusal::TokenSuspended),
        Resolved::Ended(_) if !replace => return Err(Refusal::TokenEnded),
        Resolved::Person(_)
        | Resolved::Conflict(_)
        | Resolved::Suspended(_)
        | Resolved::Ended(_) => {}
    }
    Ok(vec![token_set(known, token, person, TokenState::Active)])
}

/// A card that stands for this person already may still be without a key.
fn enrol_card(
    known: &Known<'_>,
    token: TokenTag,
    person: PersonId,
    key: Option<&ProofKey>,
    replace: bool,
) -> Result<Vec<Fact>, Refusal> {
    let mut facts = match link_token(known, token, person, replace) {
        Err(Refusal::NothingToChange) => Vec::new(),
        linked => linked?,
    };
    let is_settled = |key| known.tokens.proof_keys(token).eq([key]);
    if let Some(key) = key.filter(|key| !is_settled(*key)) {
        let (key, saw) = (key.clone(), known.tokens.key_saw(token));
        facts.push(Fact::from(TokenKey { token, key, saw, happened_at: None }));
    }
    if facts.is_empty() { Err(Refusal::NothingToChange) } else { Ok(facts) }
}

fn set_token_state(
    known: &Known<'_>,
    token: TokenTag,
    state: TokenState,
) -> Result<Vec<Fact>, Refusal> {
    let (person, held) = match known.tokens.resolve(token) {
        Resolved::Unknown => return Err(Refusal::UnknownToken),
        Resolved::Conflict(_) => return Err(Refusal::TokenConflict),
        Resolved::Person(person) => (person, TokenState::Active),
        Resolved::Suspended(person) => (person, TokenState::Suspended),
        Resolved::Ended(person) => (person, TokenState::Ended),
    };
    if held == state {
        return Err(Refusal::NothingToChange);
    }
    Ok(vec![token_set(known, token, person, state)])
}

fn token_set(known: &Known<'_>, token: TokenTag, person: PersonId, state: TokenState) -> Fact {
    let saw = known.tokens.token(token).map_or(Saw::NOTHING, Register::saw);
    Fact::from(TokenSet { token, person, state, saw, happened_at: None })
}

impl<'a> Known<'a> {
    /// The incident that a command is about. A closed one takes late entries only.
    pub(super) fn within(
        &self,
        incident: Option<IncidentId>,
        site: Option<SiteId>,
        happened_at: Option<i64>,
    ) -> Result<Within<'a>, Refusal> {
        let Some(incident) = incident else {
            let in_force = match site {
                Some(site) => self.shelter.incident_at(site),
                None => self.shelter.current_incident(),
            };
            return chosen(self, in_force.ok_or(Refusal::NoOpenIncident)?);
        };
        let within = chosen(self, incident)?;
        if within.incident.is_open() || happened_at.is_some() {
            Ok(within)
        } else {
            Err(Refusal::NoOpenIncident)
        }
    }

    /// Whether anybody of that id is known: to the register, to this incident, or as the bearer of
    /// a token, since the register may arrive later than the tokens. A node that may not read the
    /// register believes the desk.
    pub(super) fn is_known(&self, within: Within<'_>, person: PersonId) -> Result<(), Refusal> {
        let Some(register) = self.register else { return Ok(()) };
        let mut ids = self.tokens.aliases(person).into_iter();
        let known = ids
            .any(|id| people::exists(register, id) || within.incident.accounted(id).is_some())
            || self.tokens.tokens_of(person).next().is_some();
        if known { Ok(()) } else { Err(Refusal::UnknownPerson) }
    }
}

/// The incident of that name; closed or not.
fn chosen<'a>(known: &Known<'a>, id: IncidentId) -> Result<Within<'a>, Refusal> {
    let incident = known.shelter.incident(id).ok_or(Refusal::UnknownIncident)?;
    Ok(Within { id, incident })
}

/// When a write of a person's presence was true, for telling one touch of a card from two.
pub(super) fn seconds_since(write: &impl Stamped, now: Wall) -> i64 {
    now.seconds.saturating_sub(write.stamp().wall().seconds)
}
