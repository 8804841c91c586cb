//! What headquarters has to look at, and what it has told the town.

use std::collections::BTreeSet;

use digiana_core::id::PersonId;
use digiana_core::record::{self, field};
use digiana_core::register::Register;
use digiana_core::service::people::Person;
use digiana_core::service::stamp::Stamped as _;
use digiana_core::view::gathered::Gathered;
use digiana_core::view::trend::Point;
use digiana_core::view::warnings::warnings;

use super::Seen;
use super::plain::{district_of, in_u32, name_of, shown_name};
use crate::backend::{KitUse, LATE_MAX, Late, Warning};

/// How many points the chart of the board has: one for about ten pixels.
const TREND_POINTS: u32 = 49;

/// For how long the use of an opening kit is shown.
const KIT_SHOWN_SECONDS: i64 = 24 * 3600;

/// What waits for a decision, beside people at two places.
pub(super) struct Queue {
    pub(super) late: Vec<Late>,
    pub(super) unverified: u32,
    pub(super) set_aside: u64,
}

impl Seen<'_> {
    pub(super) fn queue(&self, board: Option<&digiana_core::view::board::Board>) -> Queue {
        Queue {
            late: self.late(),
            unverified: board.map_or(0, |board| in_u32(board.safety.unverified)),
            set_aside: self.set_aside,
        }
    }

    /// What districts are to do.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let incident = self.incident().and_then(|held| self.sources.shelter.incident(held.id));
        let all = incident.map(warnings).unwrap_or_default().into_iter();
        all.map(|warning| Warning {
            district: warning.district,
            level: warning.level,
            since: warning.since.seconds,
            is_disputed: warning.is_disputed,
        })
        .collect()
    }

    /// The parts of the town: neighbourhoods of the register, and what sites' addresses name.
    pub(super) fn districts(&self) -> Vec<String> {
        let people = self.sources.register.map(|register| {
            let ids = digiana_core::service::people::ids(register);
            ids.filter_map(|id| Person::read(register, id)?.district).collect::<BTreeSet<_>>()
        });
        let addresses = self.sources.sites().filter_map(|site| site.address);
        let places = addresses.filter_map(|address| district_of(&address).map(str::to_owned));
        people.into_iter().flatten().chain(places).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// How many were at shelters since the incident began.
    pub(super) fn trend(&self) -> Vec<Point> {
        let Some(incident) = self.incident() else { return Vec::new() };
        let gathered = Gathered::new(self.sources, incident.id);
        gathered.map_or_else(Vec::new, |gathered| {
            gathered.trend(incident.since, self.now.seconds, TREND_POINTS)
        })
    }

    /// Which opening kits were used in the last day, the newest first.
    pub(super) fn kits(&self) -> Vec<KitUse> {
        let Some(town) = self.sources.town else { return Vec::new() };
        let of_site = |site: digiana_core::service::sites::Site| {
            let uses = town.field(record::of_site(site.id), field::SITE_KIT_USED);
            let uses = uses.into_iter().flat_map(Register::current);
            let name = name_of(&site);
            uses.map(move |write| KitUse {
                site_name: name.clone(),
                at: write.value.when().seconds,
            })
            .collect::<Vec<_>>()
        };
        let mut kits: Vec<KitUse> = self.sources.sites().flat_map(of_site).collect();
        kits.retain(|used| self.now.seconds.saturating_sub(used.at) <= KIT_SHOWN_SECONDS);
        kits.sort_by_key(|used| std::cmp::Reverse(used.at));
        kits.truncate(LATE_MAX);
        kits
    }

    /// What was entered after it happened, the newest first.
    fn late(&self) -> Vec<Late> {
        let incident = self.incident().and_then(|held| self.sources.shelter.incident(held.id));
        let Some(incident) = incident else { return Vec::new() };
        let mut late: Vec<(i64, PersonId, Late)> = Vec::new();
        for (person, _) in incident.accounted_people() {
            let current = incident.presence(person).into_iter().flat_map(Register::current);
            late.extend(current.filter(|write| write.value.happened_at().is_some()).map(|write| {
                let entered_at = write.value.stamp().wall().seconds;
                let entry = Late {
                    name: shown_name(None),
                    site_name: self.site_name(write.value.site),
                    act: write.value.act,
                    happened_at: write.value.when().seconds,
                    entered_at,
                };
                (entered_at, person, entry)
            }));
        }
        late.sort_by_key(|(at, person, _)| (std::cmp::Reverse(*at), *person));
        late.truncate(LATE_MAX);
        let named = |(_, person, late): (i64, PersonId, Late)| {
            let person = self.sources.person(self.sources.tokens.canonical(person));
            Late { name: shown_name(person.as_ref()), ..late }
        };
        late.into_iter().map(named).collect()
    }
}
