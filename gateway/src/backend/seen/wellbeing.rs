//! Visits and points as pages see them: core's views with the names of places, rules and devices.

use std::collections::BTreeMap;

use digiana_core::credential::admit::Role;
use digiana_core::id::{NodeId, PersonId, RecordId, SiteId};

use digiana_core::service::lists::rule::PointRule;
use digiana_core::service::lists::site::serves;
use digiana_core::service::stamp::Stamped as _;
use digiana_core::service::wellbeing::rows::What;
use digiana_core::service::wellbeing::statement::{Given, Happened, statement};
use digiana_core::time::{Confidence, Day};
use digiana_core::view::wellbeing as view;
use digiana_core::view::wellbeing::age::AgeGroup;
use digiana_core::view::wellbeing::unseen::{Sighting, Watch, Word};

use super::plain::shown_name;
use super::{Device, Seen, name_of};
use crate::backend::wellbeing::{
    Earned, FacilityVisits, GrantSeen, Line, LineWhat, Owing, Payment, Takings, Unseen, Visits,
    WalletSeen,
};
use crate::backend::{ShownName, Unheard};

impl Seen<'_> {
    /// See [`WellbeingBackend::visits`](crate::backend::wellbeing::WellbeingBackend::visits).
    pub fn visits(&self, days: u16) -> Visits {
        let today = Day::of(self.now.seconds);
        let first = today.plus(1 - i32::from(days.max(1)));
        let range = first..=today;
        let visits = view::visits(&self.sources, &self.folds.wellbeing, &range);
        let mut sites: Vec<FacilityVisits> = visits
            .by_site
            .iter()
            .map(|(site, days)| FacilityVisits {
                site: *site,
                name: self.site_name(*site),
                days: days.iter().map(|(day, count)| (*day, *count)).collect(),
            })
            .collect();
        let came = |site: &FacilityVisits| -> u64 {
            site.days.iter().map(|(_, count)| u64::from(count.visits)).sum()
        };
        sites.sort_by_key(|site| (std::cmp::Reverse(came(site)), site.name.clone()));
        let ages = visits.by_age.as_ref().map(|by_age| {
            let of = |group| by_age.values().filter_map(|ages| ages.get(group)).sum();
            AgeGroup::ALL.iter().map(|group| (*group, of(group))).collect()
        });
        let each = (0..i32::from(days.max(1))).map(|number| first.plus(number));
        Visits {
            has_register: self.sources.register.is_some(),
            today,
            days: each.map(|day| (day, visits.on(day))).collect(),
            sites,
            ages,
            unsure: visits.unsure,
            unheard: self.unheard_readers(),
        }
    }

    /// See [`WellbeingBackend::wallet`](crate::backend::wellbeing::WellbeingBackend::wallet).
    pub fn wallet(&self, person: PersonId) -> Option<WalletSeen> {
        let ids = self.sources.tokens.aliases(person);
        let person = *ids.first()?;
        let fold = &self.folds.wellbeing;
        let details = self.sources.person(person);
        let is_known = fold.rows(&ids).next().is_some()
            || self.sources.tokens.tokens_of(person).next().is_some();
        if details.is_none() && !is_known {
            return None;
        }
        let lines = statement(fold, &ids).into_iter().rev().map(|line| Line {
            entry: line.entry,
            at: line.when.seconds,
            is_unsure: line.when.confidence == Confidence::Unsure,
            entered_at: line.recorded.map(|wall| wall.seconds),
            by: self.device_name(line.by),
            what: self.line_what(line.what),
            points: line.points,
            balance: line.balance,
        });
        Some(WalletSeen {
            person,
            name: shown_name(details.as_ref()),
            wallet: fold.wallet(&ids),
            lines: lines.collect(),
            unheard: self.unheard_readers(),
        })
    }

    /// See [`WellbeingBackend::earned`](crate::backend::wellbeing::WellbeingBackend::earned).
    pub fn earned(&self, person: PersonId) -> Earned {
        let ids = self.sources.tokens.aliases(person);
        let fold = &self.folds.wellbeing;
        let (today, wallet) = (Day::of(self.now.seconds), fold.wallet(&ids));
        let earned = fold.earned(&ids, &(today..=today));
        Earned {
            today: earned.iter().map(|earned| u64::from(earned.given)).sum(),
            points: wallet.points,
            pending: wallet.pending,
        }
    }

    /// See [`WellbeingBackend::overdrawn`](crate::backend::wellbeing::WellbeingBackend::overdrawn).
    pub fn overdrawn(&self) -> Vec<Owing> {
        let owing = view::overdrawn(&self.folds.wellbeing, self.sources.tokens);
        let owing = owing.into_iter();
        owing.map(|(person, debt)| Owing { person, name: self.wallet_name(person), debt }).collect()
    }

    /// See [`WellbeingBackend::unseen`](crate::backend::wellbeing::WellbeingBackend::unseen).
    pub fn unseen(&self) -> Option<Vec<Unseen>> {
        let readers: Vec<NodeId> = self.visit_readers().map(|device| device.node).collect();
        let transport = &self.folds.transport;
        let rides = |ids: &[PersonId]| {
            let rides = transport.rides_of(ids).into_iter();
            let sure = rides.map(|row| (row.value.when(), row.entry.journal));
            let sure = sure.filter(|(when, _)| when.confidence != Confidence::Unsure);
            sure.map(|(when, journal)| Sighting { at: when.seconds, by: transport.author(journal) })
                .collect()
        };
        let heard = |node: NodeId| {
            if node == self.me {
                return Some(self.now);
            }
            self.devices.iter().find(|device| device.node == node)?.heard
        };
        let (sources, wellbeing) = (self.sources, &self.folds.wellbeing);
        let watch = Watch { sources, wellbeing, readers: &readers, now: self.now };
        let list = watch.list(rides, heard)?.into_iter();
        let unseen = list.map(|watched| Unseen {
            person: watched.person,
            name: self.wallet_name(watched.person),
            days: watched.days,
            last_seen: watched.last_seen,
            silent: match watched.word {
                Word::NotSeen => Vec::new(),
                Word::Unknown(silent) => silent
                    .iter()
                    .map(|silent| Unheard {
                        device: self.device_name(Some(silent.node)),
                        last_heard: silent.last_heard,
                    })
                    .collect(),
            },
        });
        Some(unseen.collect())
    }

    /// See [`WellbeingBackend::takings`](crate::backend::wellbeing::WellbeingBackend::takings).
    pub fn takings(&self, shop: SiteId) -> Takings {
        let (fold, today) = (&self.folds.wellbeing, Day::of(self.now.seconds));
        let mut payments: Vec<(u64, Payment)> = Vec::new();
        for person in fold.people() {
            for row in fold.rows(&[person]).filter(|row| row.day() == today) {
                let What::Spend { shop: at, points, .. } = row.what else { continue };
                if at == shop {
                    let is_reversed = fold.reversal(row).is_some();
                    let (entry, at) = (row.entry, row.when().seconds);
                    let person = self.sources.tokens.canonical(person);
                    let payment = Payment { entry, person, at, points, is_reversed };
                    payments.push((row.stamp().counter, payment));
                }
            }
        }
        payments.sort_by_key(|(counter, payment)| std::cmp::Reverse((*counter, payment.entry)));
        let payments: Vec<Payment> = payments.into_iter().map(|(_, payment)| payment).collect();
        let taken = payments.iter().filter(|payment| !payment.is_reversed);
        Takings { points: taken.map(|payment| u64::from(payment.points)).sum(), payments }
    }

    /// See
    /// [`WellbeingBackend::sites_serving`](crate::backend::wellbeing::WellbeingBackend::sites_serving).
    pub fn sites_serving(&self, bits: i64) -> Vec<(SiteId, String)> {
        let is_meant =
            |site: SiteId| self.sources.town.is_some_and(|town| serves(town, site) & bits != 0);
        let sites = self.sources.sites().filter(|site| is_meant(site.id));
        let mut sites: Vec<(SiteId, String)> =
            sites.map(|site| (site.id, name_of(&site))).collect();
        sites.sort_by(|one, other| one.1.cmp(&other.1));
        sites
    }

    fn wallet_name(&self, person: PersonId) -> ShownName {
        shown_name(self.sources.person(person).as_ref())
    }

    /// The devices that record visits.
    fn visit_readers(&self) -> impl Iterator<Item = &Device> {
        self.devices.iter().filter(|device| device.role == Role::Reader)
    }

    fn unheard_readers(&self) -> Vec<Unheard> {
        let unheard = self.visit_readers().filter(|device| self.is_unheard(device));
        let mut unheard: Vec<Unheard> = unheard
            .map(|device| Unheard {
                device: device.name.clone(),
                last_heard: device.heard.map(|at| at.seconds),
            })
            .collect();
        unheard.sort_by_key(|device| device.last_heard);
        unheard
    }

    fn line_what(&self, happened: Happened) -> LineWhat {
        match happened {
            Happened::Visited { site, grants } => {
                LineWhat::Visited { site: self.site_name(site), grants: self.grants_seen(&grants) }
            }
            Happened::Awarded { site, grants } => {
                LineWhat::Awarded { site: self.site_name(site), grants: self.grants_seen(&grants) }
            }
            Happened::Spent { shop, is_reversed } => {
                LineWhat::Spent { shop, name: self.site_name(shop), is_reversed }
            }
            Happened::Transferred { is_reversed } => LineWhat::Transferred { is_reversed },
            Happened::Reversed { reason, .. } => {
                LineWhat::Reversed { reason: reason.as_str().to_owned() }
            }
            Happened::Settled { how, reason } => {
                LineWhat::Settled { how, reason: reason.as_str().to_owned() }
            }
        }
    }

    fn grants_seen(&self, grants: &[Given]) -> Vec<GrantSeen> {
        let mut names: BTreeMap<RecordId, String> = BTreeMap::new();
        let mut name = |rule: RecordId| {
            let read = || {
                let found = self.sources.town.and_then(|town| PointRule::read(town, rule));
                found.map_or_else(|| rule.short(), |rule| rule.name)
            };
            names.entry(rule).or_insert_with(read).clone()
        };
        grants
            .iter()
            .map(|given| GrantSeen {
                rule: name(given.rule),
                points: given.points,
                outcome: given.outcome,
            })
            .collect()
    }
}
