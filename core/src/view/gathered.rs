//! One incident with joined ids counted as the one person they are.
//!
//! The shelter scope does not know which ids were joined, so its own counts are put right here:
//! only the few people with several ids are looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{IncidentId, PersonId, SiteId};
use crate::register::Register;
use crate::service::shelter::incident::{Accounted, Incident};
use crate::service::shelter::presence::{Headcount, Whereabouts};
use crate::service::stamp::Stamped;

use super::{Evidence, Sources};

/// An incident as views see it. All ids it gives out stand for all ids of their person.
#[derive(Debug)]
pub struct Gathered<'a> {
    sources: Sources<'a>,
    /// Its id.
    pub id: IncidentId,
    /// What the shelter scope says of it.
    pub incident: &'a Incident,
    // Whoever has several ids of which one at least was seen at a shelter.
    joined: Vec<Joined>,
}

#[derive(Debug)]
struct Joined {
    ids: Vec<PersonId>,
    whereabouts: Whereabouts,
}

impl<'a> Gathered<'a> {
    /// Gathers an incident; none when nothing is known of it.
    pub fn new(sources: Sources<'a>, id: IncidentId) -> Option<Self> {
        let incident = sources.shelter.incident(id)?;
        let seen = |ids: &Vec<PersonId>| ids.iter().any(|id| incident.presence(*id).is_some());
        let joined = sources.tokens.joined().filter(seen).map(|ids| {
            let registers = ids.iter().filter_map(|id| incident.presence(*id));
            let whereabouts = Whereabouts::of_writes(registers.flat_map(Register::current));
            Joined { ids, whereabouts }
        });
        Some(Self { sources, id, incident, joined: joined.collect() })
    }

    /// How many are at shelters, each person once.
    pub fn total(&self) -> Headcount {
        self.put_right(self.incident.total(), Whereabouts::count)
    }

    /// How many are at a site.
    pub fn headcount(&self, site: SiteId) -> Headcount {
        self.put_right(self.incident.headcount(site), |whereabouts| whereabouts.count_at(site))
    }

    /// Everyone who is, or may be, in at a site or on leave from it.
    pub fn people_at(&self, site: SiteId) -> BTreeSet<PersonId> {
        let all = self.incident.people_at(site);
        all.map(|person| self.sources.tokens.canonical(person)).collect()
    }

    /// Where a person is.
    pub fn whereabouts(&self, person: PersonId) -> &Whereabouts {
        let joined = self.joined.iter().find(|joined| joined.ids.contains(&person));
        joined.map_or_else(|| self.incident.whereabouts(person), |joined| &joined.whereabouts)
    }

    /// Everyone whose whereabouts contradict each other.
    pub fn unsettled(&self) -> BTreeSet<PersonId> {
        let alone = self
            .incident
            .unsettled()
            .filter(|person| !self.joined.iter().any(|joined| joined.ids.contains(person)));
        let joined = self.joined.iter().filter(|joined| !joined.whereabouts.is_settled());
        alone.chain(joined.filter_map(|joined| joined.ids.first().copied())).collect()
    }

    /// Everyone accounted for, with the best grade of all their ids.
    pub fn accounted(&self) -> BTreeMap<PersonId, Accounted> {
        let mut accounted = BTreeMap::new();
        for (person, grade) in self.incident.accounted_people() {
            let person = self.sources.tokens.canonical(person);
            accounted
                .entry(person)
                .and_modify(|held: &mut Accounted| *held = grade.max(*held))
                .or_insert(grade);
        }
        accounted
    }

    /// What the current writes say of a person, by site and entry.
    pub fn evidence(&self, person: PersonId) -> Vec<Evidence> {
        let ids = self.sources.tokens.aliases(person);
        let registers = ids.iter().filter_map(|id| self.incident.presence(*id));
        let mut evidence: Vec<Evidence> = registers
            .flat_map(Register::current)
            .map(|write| Evidence {
                entry: write.entry,
                site: write.value.site,
                act: write.value.act,
                assurance: write.value.assurance,
                when: write.value.when(),
                recorded: write.value.stamp().wall(),
                late: write.value.happened_at().is_some(),
                by: self.sources.shelter.author(write.entry.journal),
            })
            .collect();
        evidence.sort_by_key(|word| (word.site, word.entry));
        evidence
    }

    /// The id that stands for all ids of a person.
    pub(super) fn canonical(&self, person: PersonId) -> PersonId {
        self.sources.tokens.canonical(person)
    }

    fn put_right(&self, mut count: Headcount, of: impl Fn(&Whereabouts) -> Headcount) -> Headcount {
        for joined in &self.joined {
            count += of(&joined.whereabouts);
            joined.ids.iter().for_each(|id| count -= of(self.incident.whereabouts(*id)));
        }
        count
    }
}
