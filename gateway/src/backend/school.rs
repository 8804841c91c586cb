//! What pages of a school read: its board, a pupil's log, its list.

use std::collections::BTreeMap;

use digiana_core::id::{NodeId, PersonId, SiteId};
use digiana_core::time::Day;
use digiana_core::view::school::{Board, DayLog, DayRow};

use super::{ShownName, SiteField};

/// What pages of schools need of the node.
pub trait SchoolBackend {
    /// Every school of the town, by name.
    fn schools(&self) -> Vec<(SiteId, String)>;

    /// The class board of a school on a day; `None` for a site that is no school.
    fn school_board(&self, site: SiteId, day: Day) -> Option<ClassBoard>;

    /// What is known of a pupil: a day, and so many days from `first` on; `None` for nobody who was
    /// ever on the list.
    fn pupil_page(
        &self,
        site: SiteId,
        person: PersonId,
        day: Day,
        first: Day,
        days: u8,
    ) -> Option<PupilPage>;

    /// Everyone who was ever on the list of a school, by class and kana; `None` for a site that is
    /// no school.
    fn pupil_list(&self, site: SiteId) -> Option<PupilList>;

    /// What the list says of a pupil, field by field; `None` for nobody who was ever on it.
    fn pupil_fields(&self, site: SiteId, person: PersonId) -> Option<Vec<SiteField>>;

    /// A pupil's name as a screen at the gate may show it.
    fn pupil_name(&self, site: SiteId, person: PersonId) -> ShownName;

    /// The one person of the register with that name and kana, where it can be read and there is
    /// one only: a pupil who is added goes by the id that their card knows.
    fn person_of(&self, name: &str, kana: &str) -> Option<PersonId>;
}

/// A school on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassBoard {
    /// What people call it.
    pub school: String,
    /// The board.
    pub board: Board,
    /// What people call the devices.
    pub devices: Devices,
}

/// What is known of a pupil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PupilPage {
    /// What people call the school.
    pub school: String,
    /// The day that was asked for.
    pub log: DayLog,
    /// The days around it.
    pub days: Vec<DayRow>,
    /// What people call the devices.
    pub devices: Devices,
}

/// A school's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PupilList {
    /// What people call the school.
    pub school: String,
    /// Everyone who was ever on it.
    pub pupils: Vec<ListedPupil>,
}

/// Somebody on a school's list.
#[derive(Clone, PartialEq, Eq)]
pub struct ListedPupil {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// The name in kana; empty where nobody knows.
    pub kana: String,
    /// The class; empty for none.
    pub class: String,
    /// They left the school.
    pub is_ended: bool,
    /// The name is not for a screen at the gate (支援措置), as far as the register can be read here.
    pub is_protected: bool,
}

impl std::fmt::Debug for ListedPupil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ListedPupil({:?})", self.person)
    }
}

/// What people call the devices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Devices(pub BTreeMap<NodeId, String>);

impl Devices {
    /// The name of one; the first bytes of its key where nobody named it.
    pub fn name(&self, node: Option<NodeId>) -> String {
        let Some(node) = node else { return String::new() };
        self.0.get(&node).cloned().unwrap_or_else(|| node.short())
    }
}

macro_rules! seen_through {
    ($backend:ty) => {
        impl $crate::backend::school::SchoolBackend for $backend {
            fn schools(&self) -> Vec<(SiteId, String)> {
                self.see(|seen| seen.schools())
            }

            fn school_board(
                &self,
                site: SiteId,
                day: digiana_core::time::Day,
            ) -> Option<$crate::backend::school::ClassBoard> {
                let serves = self.serves();
                self.see(|seen| seen.school_board(site, day, serves))
            }

            fn pupil_page(
                &self,
                site: SiteId,
                person: PersonId,
                day: digiana_core::time::Day,
                first: digiana_core::time::Day,
                days: u8,
            ) -> Option<$crate::backend::school::PupilPage> {
                self.see(|seen| seen.pupil_page(site, person, day, first, days))
            }

            fn pupil_list(&self, site: SiteId) -> Option<$crate::backend::school::PupilList> {
                let serves = self.serves();
                self.see(|seen| seen.pupil_list(site, serves))
            }

            fn pupil_fields(&self, site: SiteId, person: PersonId) -> Option<Vec<SiteField>> {
                self.see(|seen| seen.pupil_fields(site, person))
            }

            fn pupil_name(&self, site: SiteId, person: PersonId) -> ShownName {
                self.see(|seen| seen.pupil_name(site, person))
            }

            fn person_of(&self, name: &str, kana: &str) -> Option<PersonId> {
                self.see(|seen| seen.person_of(name, kana))
            }
        }
    };
}
pub(super) use seen_through;
