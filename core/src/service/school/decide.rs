//! The rules: what a command means, given what is known here and the time.
//!
//! Pure: the same knowledge, command and time give the same facts or the same refusal.

use crate::fact::Fact;
use crate::fact::school::{Attendance, Attends};
use crate::fact::shelter::Assurance;
use crate::id::{PersonId, SiteId};
use crate::limits::{FACTS_PER_COMMAND_MAX, SAME_TAP_SECONDS};
use crate::register::{Register, Saw};
use crate::service::asked::{Context, few, past};
use crate::service::records::RecordsFold;
use crate::service::refusal::Refusal;
use crate::service::stamp::Stamped as _;
use crate::service::tokens::{Resolved, TokenFold};
use crate::time::{Confidence, Day, Wall, minute_of_day};

use super::command::{Asked, Command, Note};
use super::fold::SchoolFold;
use super::pupils;
use super::standing::Standing;
use super::timetable::Timetable;

/// How long after arriving a pupil may leave, where no timetable says when they do: nobody leaves
/// by touching a reader twice in the morning.
const LEAVE_AFTER_SECONDS: i64 = 3 * 3600;

/// What is known here.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The scope of the school.
    pub school: &'a SchoolFold,
    /// Which school.
    pub site: SiteId,
    /// The pupils, as the school lists them.
    pub pupils: Option<&'a RecordsFold>,
    /// The tokens scope.
    pub tokens: &'a TokenFold,
    /// The town scope's records: rules and lists.
    pub town: Option<&'a RecordsFold>,
}

/// Decides what a command means: at least one fact, or why not.
///
/// # Errors
/// The first refusal that applies, in the order of [`Refusal`].
pub fn decide(
    known: &Known<'_>,
    command: &Command,
    context: &Context,
) -> Result<Vec<Fact>, Refusal> {
    match &command.asked {
        Asked::Tap { token, assurance } => {
            let person = match known.tokens.resolve(*token) {
                Resolved::Person(person) => person,
                Resolved::Unknown => return Err(Refusal::UnknownToken),
                Resolved::Suspended(_) => return Err(Refusal::TokenSuspended),
                Resolved::Ended(_) => return Err(Refusal::TokenEnded),
                Resolved::Conflict(_) => return Err(Refusal::TokenConflict),
            };
            known.at_the_gate(person, *assurance, context)
        }
        Asked::Choose { person } => {
            known.at_the_gate(known.tokens.canonical(*person), Assurance::Vouched, context)
        }
        Asked::Note(asked) => known.note(asked, context),
    }
}

impl<'a> Known<'a> {
    /// A pupil stands at the gate: do they come or go?
    fn at_the_gate(
        &self,
        person: PersonId,
        assurance: Assurance,
        context: &Context,
    ) -> Result<Vec<Fact>, Refusal> {
        self.is_pupil(person)?;
        let today = Day::of(context.now.seconds);
        let attends = self.means(&self.standing(person, today), context.now);
        let attends = attends.ok_or(Refusal::AlreadyNoted)?;
        let said = Said { attends, assurance, happened_at: None, day: None };
        Ok(self.facts(person, today, &said))
    }

    /// What a touch means; none when it is noted already.
    fn means(&self, standing: &Standing<'_>, now: Wall) -> Option<Attends> {
        let Some(newest) = standing.newest() else { return Some(Attends::Arrived) };
        if now.confidence == Confidence::Unsure {
            return None;
        }
        let since = |wall: Wall| now.seconds.saturating_sub(wall.seconds);
        let same_tap = (0..SAME_TAP_SECONDS).contains(&since(newest.value.stamp().wall()));
        if same_tap && newest.value.attends != Attends::Absent {
            return None;
        }
        let arrived = standing.says(Attends::Arrived);
        let timetable = Timetable::read(self.town, self.site);
        let leaving = timetable.leave_from.map_or_else(
            || {
                let arrival = standing.first(Attends::Arrived);
                arrival.is_some_and(|write| since(write.value.when()) > LEAVE_AFTER_SECONDS)
            },
            |from| minute_of_day(now.seconds) >= from,
        );
        match standing.settled() {
            // Who left early may come back; who left at the end of the day touches a second time.
            Some(Attends::Left) => {
                (timetable.leave_from.is_some() && !leaving).then_some(Attends::Arrived)
            }
            Some(Attends::Arrived) => leaving.then_some(Attends::Left),
            Some(Attends::Absent) => Some(Attends::Arrived),
            // Desks disagree: the child who stands here is here, or goes home.
            None if arrived && leaving => Some(Attends::Left),
            None => Some(Attends::Arrived),
        }
    }

    /// A teacher notes several pupils; those of whom it is so already are passed over.
    fn note(&self, asked: &Note, context: &Context) -> Result<Vec<Fact>, Refusal> {
        let Note { persons, attends, happened_at, day } = asked;
        few(persons)?;
        past(*happened_at, context)?;
        let happened = Day::of(happened_at.unwrap_or(context.now.seconds));
        let day = day.filter(|day| *day != happened);
        // An absence may be reported ahead; nobody has come or gone on a day that has not begun.
        let ahead = day.is_some_and(|day| day > Day::of(context.now.seconds));
        let unsure = context.now.confidence == Confidence::Unsure;
        if ahead && *attends != Attends::Absent && !unsure {
            return Err(Refusal::TimeInFuture);
        }
        let mut named: Vec<PersonId> =
            persons.iter().map(|person| self.tokens.canonical(*person)).collect();
        named.sort();
        named.dedup();
        if named.is_empty() {
            return Err(Refusal::UnknownPerson);
        }
        named.iter().try_for_each(|person| self.is_pupil(*person))?;
        let about = day.unwrap_or(happened);
        named.retain(|person| self.standing(*person, about).settled() != Some(*attends));
        let (attends, happened_at) = (*attends, *happened_at);
        let said = Said { attends, assurance: Assurance::Vouched, happened_at, day };
        let facts: Vec<Fact> =
            named.iter().flat_map(|person| self.facts(*person, about, &said)).collect();
        match facts.len() {
            0 => Err(Refusal::NothingToChange),
            many if many > FACTS_PER_COMMAND_MAX => Err(Refusal::TooMany),
            _ => Ok(facts),
        }
    }

    fn is_pupil(&self, person: PersonId) -> Result<(), Refusal> {
        let pupil = pupils::find(self.pupils, self.tokens, person);
        pupil.map(drop).ok_or(Refusal::NotAPupil)
    }

    fn standing(&self, person: PersonId, day: Day) -> Standing<'a> {
        self.school.standing(&self.tokens.aliases(person), day)
    }

    /// The facts of one word on a pupil: under the id that stands for all, and under every other id
    /// of theirs of which that day knows anything, so that none contradicts it.
    fn facts(&self, person: PersonId, day: Day, said: &Said) -> Vec<Fact> {
        let ids = self.tokens.aliases(person).into_iter();
        let fact = |id: PersonId| {
            let register = self.school.register(id, day);
            (id == person || register.is_some()).then(|| {
                let saw = register.map_or(Saw::NOTHING, Register::saw);
                let Said { attends, assurance, happened_at, day } = *said;
                Fact::from(Attendance { person: id, attends, assurance, saw, happened_at, day })
            })
        };
        ids.filter_map(fact).collect()
    }
}

/// What is said of each id of a pupil.
struct Said {
    attends: Attends,
    assurance: Assurance,
    happened_at: Option<i64>,
    day: Option<Day>,
}
