//! The rules of coming and going.

use crate::fact::Fact;
use crate::fact::shelter::{Act, Assurance, Presence, SiteState};
use crate::fact::words::Words;
use crate::id::{PersonId, SiteId};
use crate::limits::{FACTS_PER_COMMAND_MAX, SAME_TAP_SECONDS};
use crate::register::{Register, Saw, Write};
use crate::service::asked::{Context, few, past};
use crate::service::refusal::Refusal;
use crate::service::stamp::Stamped as _;
use crate::service::tokens::Resolved;
use crate::token::TokenTag;

use super::command::{CheckIn, Going};
use super::decide::{Known, Within, seconds_since};
use super::presence::Whereabouts;
use super::writes::PresenceWrite;

/// What will be written for each id of a person.
struct Move<'a> {
    within: Within<'a>,
    site: SiteId,
    act: Act,
    assurance: Assurance,
    happened_at: Option<i64>,
    destination: Option<Words>,
}

impl Move<'_> {
    fn fact(&self, person: PersonId, site: SiteId, act: Act, saw: Saw) -> Fact {
        Fact::from(Presence {
            incident: self.within.id,
            person,
            site,
            act,
            assurance: self.assurance,
            saw,
            happened_at: self.happened_at,
            destination: self.destination.clone(),
        })
    }
}

impl Known<'_> {
    /// A touch at a reader of an open site: in, or back from a leave.
    pub(super) fn tap_check_in(
        &self,
        token: TokenTag,
        assurance: Assurance,
        context: &Context,
    ) -> Result<Vec<Fact>, Refusal> {
        let within = self.within(None, context.site, None)?;
        let person = match self.tokens.resolve(token) {
            Resolved::Person(person) => person,
            Resolved::Unknown => return Err(Refusal::UnknownToken),
            Resolved::Suspended(_) => return Err(Refusal::TokenSuspended),
            Resolved::Ended(_) => return Err(Refusal::TokenEnded),
            Resolved::Conflict(_) => return Err(Refusal::TokenConflict),
        };
        let site = context.site.ok_or(Refusal::NoSite)?;
        let whereabouts = self.whereabouts(within, person);
        let act =
            if whereabouts.surely_on_leave() == Some(site) { Act::Return } else { Act::CheckIn };
        let states = within.incident.states(site);
        // Who belongs to a shelter may come back to it though it takes no more people in.
        let open = states.iter().any(|state| match state {
            SiteState::Open => true,
            SiteState::Suspended => act == Act::Return || whereabouts.at(site).is_some(),
            SiteState::NotOpened | SiteState::Preparing | SiteState::Closed => false,
        });
        if !open {
            return Err(Refusal::SiteNotOpen);
        }
        if whereabouts.surely_in() == Some(site) {
            return Err(self.already_here(within, &[person], site, context));
        }
        let step = Move { within, site, act, assurance, happened_at: None, destination: None };
        Ok(self.presences(&step, person))
    }

    /// A desk checks people in; those who are in already are passed over.
    pub(super) fn check_in(
        &self,
        asked: &CheckIn,
        context: &Context,
    ) -> Result<Vec<Fact>, Refusal> {
        let CheckIn { incident, site, persons, walk_in, assurance, happened_at, anyway } = asked;
        few(persons)?;
        past(*happened_at, context)?;
        let within = self.within(*incident, site.or(context.site), *happened_at)?;
        let mut named: Vec<PersonId> =
            persons.iter().map(|person| self.tokens.canonical(*person)).collect();
        named.sort();
        named.dedup();
        if named.is_empty() {
            return Err(Refusal::UnknownPerson);
        }
        if !walk_in {
            named.iter().try_for_each(|person| self.is_known(within, *person))?;
        }
        let site = site.or(context.site).ok_or(Refusal::NoSite)?;
        let late = happened_at.is_some();
        let open = within.incident.states(site).into_iter().any(|state| match state {
            SiteState::Preparing | SiteState::Open | SiteState::Suspended => true,
            SiteState::Closed => late,
            SiteState::NotOpened => false,
        });
        if !open {
            return Err(Refusal::SiteNotOpen);
        }
        let in_already =
            |person: &&PersonId| self.whereabouts(within, **person).surely_in() == Some(site);
        if named.iter().all(|person| in_already(&person)) {
            return Err(self.already_here(within, &named, site, context));
        }
        let coming = named.iter().filter(|person| !in_already(person));
        if !anyway {
            coming.clone().try_for_each(|one| self.is_newest(within, *one, *happened_at))?;
        }
        let facts = coming.flat_map(|person| {
            let back = self.whereabouts(within, *person).surely_on_leave() == Some(site);
            let act = if back { Act::Return } else { Act::CheckIn };
            let (assurance, happened_at) = (*assurance, *happened_at);
            let step = Move { within, site, act, assurance, happened_at, destination: None };
            self.presences(&step, *person)
        });
        let facts: Vec<Fact> = facts.collect();
        if facts.len() > FACTS_PER_COMMAND_MAX { Err(Refusal::TooMany) } else { Ok(facts) }
    }

    /// A desk sees somebody go for good, go for a while, or come back.
    pub(super) fn go(
        &self,
        asked: &Going,
        act: Act,
        context: &Context,
    ) -> Result<Vec<Fact>, Refusal> {
        past(asked.happened_at, context)?;
        let site = asked.site.or(context.site);
        let within = self.within(asked.incident, site, asked.happened_at)?;
        let person = self.tokens.canonical(asked.person);
        self.is_known(within, person)?;
        let site = site.ok_or(Refusal::NoSite)?;
        let whereabouts = self.whereabouts(within, person);
        let Some(place) = whereabouts.at(site) else { return Err(Refusal::NotHere) };
        let settled = whereabouts.is_settled();
        match act {
            Act::Return if settled && place.is_in => {
                return Err(self.already_here(within, &[person], site, context));
            }
            Act::Leave if settled && place.on_leave => return Err(Refusal::NothingToChange),
            Act::CheckIn | Act::CheckOut | Act::Leave | Act::Return => {}
        }
        if !asked.anyway {
            self.is_newest(within, person, asked.happened_at)?;
        }
        let step = Move {
            within,
            site,
            act,
            assurance: Assurance::Vouched,
            happened_at: asked.happened_at,
            destination: asked.destination.clone(),
        };
        Ok(self.presences(&step, person))
    }

    /// Whether nothing newer is known of a person than what a late entry tells of: whatever is
    /// recorded last is where they are now, and an old paper card must not move them unseen.
    fn is_newest(
        &self,
        within: Within<'_>,
        person: PersonId,
        happened_at: Option<i64>,
    ) -> Result<(), Refusal> {
        let Some(happened_at) = happened_at else { return Ok(()) };
        let ids = self.tokens.aliases(person);
        let current = ids.iter().filter_map(|id| within.incident.presence(*id));
        let seen = current.flat_map(Register::current);
        let last = seen.max_by_key(|write| (write.value.when().seconds, write.entry));
        let newer = last.filter(|write| write.value.when().seconds > happened_at);
        newer.map_or(Ok(()), |write| {
            let (site, at) = (write.value.site, write.value.when().seconds);
            Err(Refusal::SeenLater { person, site, at })
        })
    }

    /// Where a person is, under all their ids.
    fn whereabouts(&self, within: Within<'_>, person: PersonId) -> Whereabouts {
        let ids = self.tokens.aliases(person);
        let current = ids.iter().filter_map(|id| within.incident.presence(*id));
        Whereabouts::of_writes(current.flat_map(Register::current))
    }

    /// The facts of one move: under the id that stands for all, and a check-out for every other id
    /// of the person that is still somewhere.
    ///
    /// Whoever is checked out of one of two places stays at the other: only a touch or a desk that
    /// sees the person says where they are.
    fn presences(&self, step: &Move<'_>, person: PersonId) -> Vec<Fact> {
        let ids = self.tokens.aliases(person);
        let elsewhere = |write: &Write<PresenceWrite>| {
            write.value.site != step.site && write.value.act != Act::CheckOut
        };
        let leaves_one = step.act == Act::CheckOut;
        let saw = |register: &Register<PresenceWrite>| {
            if leaves_one { register.saw_sparing(elsewhere) } else { register.saw() }
        };
        let mut facts = Vec::new();
        for id in ids {
            let register = step.within.incident.presence(id);
            if id == person {
                let saw = register.map_or(Saw::NOTHING, saw);
                facts.push(step.fact(person, step.site, step.act, saw));
                continue;
            }
            let Some(register) = register else { continue };
            let places = Whereabouts::of(register);
            let left = if leaves_one { places.at(step.site) } else { places.places().first() };
            if let Some(place) = left {
                facts.push(step.fact(id, place.site, Act::CheckOut, saw(register)));
            }
        }
        facts
    }

    /// Everyone is in already: was it the same touch?
    fn already_here(
        &self,
        within: Within<'_>,
        persons: &[PersonId],
        site: SiteId,
        context: &Context,
    ) -> Refusal {
        let ids = persons.iter().flat_map(|person| self.tokens.aliases(*person));
        let same_tap = ids.filter_map(|id| within.incident.presence(id)).any(|register| {
            let mut here = register.current().filter(|write| write.value.site == site);
            here.any(|write| {
                (0..SAME_TAP_SECONDS).contains(&seconds_since(&write.value, context.now))
            })
        });
        Refusal::AlreadyHere { same_tap }
    }
}
