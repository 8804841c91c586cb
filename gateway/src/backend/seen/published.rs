//! What a gateway sees that may not read the shelters' journals: what headquarters publishes.

use std::collections::BTreeSet;

use digiana_core::credential::admit::Role;
use digiana_core::engine::Engine;
use digiana_core::fact::shelter::SiteState;
use digiana_core::id::SiteId;
use digiana_core::receipt::Body;
use digiana_core::scope::Scope;
use digiana_core::service::records::RecordsFold;
use digiana_core::time::Wall;

use super::Seen;
use super::plain::{name_of, validity};
use crate::backend::{Incident, PublicShelter, PublicTown, aggregate};

/// What headquarters published, and as of when it is known to hold.
#[derive(Debug, Clone, Copy)]
pub struct Published<'a> {
    /// The shared records of `public`; none where nothing has arrived.
    pub records: Option<&'a RecordsFold>,
    /// Headquarters had published nothing else at this moment: Unix seconds.
    pub holds_at: Option<i64>,
}

impl<'a> Published<'a> {
    /// What a replica holds of it; none where it may read the shelters' journals themselves.
    pub(super) fn of(engine: &'a Engine, now: Wall) -> Option<Self> {
        let own = engine.credentials().standing(engine.me())?;
        if own.reads.contains(&Scope::Shelter) {
            return None;
        }
        let records = engine.folds().records(Scope::Public);
        Some(Self { records, holds_at: holds_at(engine, now) })
    }

    pub(super) fn incident(&self) -> Option<Incident> {
        self.records.and_then(aggregate::incident)
    }
}

/// The last moment at which a device of headquarters is known to have published no more than is
/// held here: now where it is linked, else the time of its last sign of life that says so.
fn holds_at(engine: &Engine, now: Wall) -> Option<i64> {
    let nodes = engine.credentials().nodes();
    let publishers = nodes.filter(|(_, standing)| {
        standing.role == Role::Headquarters && standing.writes(Scope::Public)
    });
    let of = |node| {
        let held = engine.frontier().ends(Scope::Public, node);
        if held.is_empty() {
            return None;
        }
        if engine.links().any(|(_, session)| session.peer() == node) {
            return Some(now.seconds);
        }
        let Body::Alive(alive) = &engine.reports().newest(node, None)?.body else { return None };
        let is_all = alive
            .ends
            .iter()
            .any(|end| held.iter().any(|own| own.journal == end.journal && own.seq >= end.seq));
        is_all.then_some(alive.wall.seconds.min(now.seconds))
    };
    publishers.filter_map(|(node, _)| of(node)).max()
}

impl Seen<'_> {
    /// The town as headquarters published it; the places themselves lie in `town`.
    pub(super) fn published_town(&self, published: &Published<'_>) -> PublicTown {
        let shelters = self.sources.sites().map(|site| {
            let shelter = PublicShelter {
                site: site.id,
                name: name_of(&site),
                hazards: validity(&site, &[]),
                address: site.address.clone().unwrap_or_default(),
                place: site.latitude_e6.zip(site.longitude_e6),
                state: SiteState::NotOpened,
                congestion: None,
                people: None,
                capacity: site.capacity,
                is_welfare: site.welfare_only,
                updated_at: None,
                unheard_since: None,
            };
            match published.records {
                Some(held) => aggregate::of_shelter(held, shelter),
                None => shelter,
            }
        });
        let listed: BTreeSet<SiteId> = self.sources.shelters().map(|site| site.id).collect();
        // A place that is none by the town's list, and was opened as one in need, is shown too.
        let is_one = |shelter: &PublicShelter| {
            listed.contains(&shelter.site) || shelter.state != SiteState::NotOpened
        };
        let mut shelters: Vec<_> = shelters.filter(is_one).collect();
        shelters.sort_by(|one, other| one.name.cmp(&other.name));
        let told = published.records.and_then(aggregate::published_at);
        PublicTown {
            incident: published.incident(),
            updated_at: told.map(|told| published.holds_at.map_or(told, |at| at.max(told))),
            warnings: published.records.map(aggregate::warnings).unwrap_or_default(),
            shelters,
        }
    }
}
