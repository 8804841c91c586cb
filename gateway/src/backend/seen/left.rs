//! Who has left a shelter for good, so that a wrong check-out can be taken back.

use digiana_core::fact::shelter::Act;
use digiana_core::id::{PersonId, SiteId};
use digiana_core::register::Register;
use digiana_core::service::stamp::Stamped as _;

use super::Seen;
use super::plain::{birth_year, shown_name};
use crate::backend::{Gone, LEFT_MAX};

impl Seen<'_> {
    /// Those whose last act was to leave `site`, the newest first. At most [`LEFT_MAX`].
    pub(super) fn left(&self, site: SiteId) -> Vec<Gone> {
        let incident = self.incident().and_then(|held| self.sources.shelter.incident(held.id));
        let Some(incident) = incident else { return Vec::new() };
        let left = |person: PersonId| {
            let last = incident.presence(person).and_then(Register::settled)?;
            let is_here = last.value.site == site && last.value.act == Act::CheckOut;
            // An id that was joined to another is not where its bearer is.
            let is_own = self.sources.tokens.canonical(person) == person;
            (is_here && is_own).then(|| (last.value.when().seconds, last.entry, person))
        };
        let people = incident.accounted_people();
        let mut gone: Vec<_> = people.filter_map(|(person, _)| left(person)).collect();
        gone.sort_unstable_by_key(|found| std::cmp::Reverse(*found));
        gone.truncate(LEFT_MAX);
        let named = |(at, entry, person)| {
            let details = self.sources.person(person);
            Gone {
                person,
                name: shown_name(details.as_ref()),
                birth_year: details.as_ref().and_then(birth_year),
                at,
                destination: self.destination(person, entry),
                entry,
            }
        };
        gone.into_iter().map(named).collect()
    }
}
