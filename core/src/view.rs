//! What people look at: plain values made of folds, thrown away after each page.
//!
//! Views may join scopes; folds may not. A view says no more than its node may read: without the
//! register it has ids and counts, and whoever is protected has no name outside the authority.

pub mod board;
pub mod desk;
pub mod gathered;
pub mod public;
pub mod roster;
pub mod school;
pub mod transport;
pub mod trend;
pub mod warnings;
pub mod wellbeing;

use crate::fact::shelter::{Act, Assurance};
use crate::id::{EntryId, NodeId, PersonId, SiteId};
use crate::service::lists::site::{SHELTER, serves};
use crate::service::people::Person;
use crate::service::records::RecordsFold;
use crate::service::shelter::fold::ShelterFold;
use crate::service::sites::{self, Site};
use crate::service::tokens::TokenFold;
use crate::time::Wall;

#[cfg(test)]
mod tests;

/// The folds that a view may read, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The shelter scope.
    pub shelter: &'a ShelterFold,
    /// The tokens scope.
    pub tokens: &'a TokenFold,
    /// The town scope's records.
    pub town: Option<&'a RecordsFold>,
    /// The register, where this node and this reader of the page may read it.
    pub register: Option<&'a RecordsFold>,
    /// Whether the page is for the authority, the only one shown who the protected are.
    pub authority: bool,
}

impl Sources<'_> {
    /// A person as this page may show them; none where the register is out of reach.
    ///
    /// Of somebody who is protected only the id and the mark are left.
    pub fn person(&self, id: PersonId) -> Option<Person> {
        let register = self.register?;
        let ids = self.tokens.aliases(id);
        let person = ids.iter().find_map(|alias| Person::read(register, *alias))?;
        let protected = ids.iter().any(|alias| {
            register.yes(crate::record::of_person(*alias), crate::record::field::PERSON_PROTECTED)
        });
        let person = Person { id, protected, ..person };
        if !protected || self.authority {
            return Some(person);
        }
        Some(Person {
            name: None,
            kana: None,
            birth: None,
            sex: None,
            address: None,
            district: None,
            household: None,
            phone: None,
            needs_care: false,
            ..person
        })
    }

    /// A site as the town's records have it; without them, its id alone.
    pub fn site(&self, id: SiteId) -> Site {
        let known = self.town.and_then(|town| Site::read(town, id));
        known.unwrap_or_else(|| Site::unknown(id))
    }

    /// Every site that people may flee to: a bus, a shop or a hall for its courses is none.
    pub fn shelters(&self) -> impl Iterator<Item = Site> {
        let town = self.town;
        let is_shelter =
            move |site: &Site| town.is_none_or(|town| serves(town, site.id) & SHELTER != 0);
        self.sites().filter(is_shelter)
    }

    /// Every site of the town's records.
    pub fn sites(&self) -> impl Iterator<Item = Site> {
        self.town.into_iter().flat_map(sites::all)
    }
}

/// One word on where somebody is: where, when, who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// The entry, for a correction and for custody marks.
    pub entry: EntryId,
    /// Where.
    pub site: SiteId,
    /// What happened.
    pub act: Act,
    /// How sure that is.
    pub assurance: Assurance,
    /// When it was true.
    pub when: Wall,
    /// When it was recorded.
    pub recorded: Wall,
    /// Whether it was recorded later than it happened (後追い入力).
    pub late: bool,
    /// Which node says so.
    pub by: Option<NodeId>,
}
