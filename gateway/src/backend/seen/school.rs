//! A school as pages see it.

use digiana_core::id::{PersonId, SiteId};
use digiana_core::record::{field, of_person};
use digiana_core::register::{Register, Saw};
use digiana_core::scope::Scope;
use digiana_core::service::lists::site::{SCHOOL, serves};
use digiana_core::service::people;
use digiana_core::service::records::RecordsFold;
use digiana_core::time::Day;
use digiana_core::view::school::School;
use digiana_node::config::Serves;

use super::Seen;
use super::plain::name_of;
use crate::backend::school::{ClassBoard, Devices, ListedPupil, PupilList, PupilPage};
use crate::backend::{ShownName, SiteField};

/// What a school says of a pupil.
const PUPIL_FORM: [digiana_core::fact::edit::FieldId; 4] =
    [field::PUPIL_NAME, field::PUPIL_KANA, field::PUPIL_CLASS, field::PUPIL_ENDED];

impl Seen<'_> {
    /// See [`SchoolBackend::schools`](crate::backend::school::SchoolBackend::schools).
    pub fn schools(&self) -> Vec<(SiteId, String)> {
        let Some(town) = self.sources.town else { return Vec::new() };
        let schools = self.sources.sites().filter(|site| serves(town, site.id) & SCHOOL != 0);
        let mut named: Vec<_> = schools.map(|site| (site.id, name_of(&site))).collect();
        named.sort_by(|one, other| one.1.cmp(&other.1));
        named
    }

    /// See [`SchoolBackend::school_board`](crate::backend::school::SchoolBackend::school_board).
    pub fn school_board(&self, site: SiteId, day: Day, here: Serves) -> Option<ClassBoard> {
        let school = self.school(site, here)?;
        Some(ClassBoard {
            school: self.site_name(site),
            board: school.board(day),
            devices: self.names_of_devices(),
        })
    }

    /// See [`SchoolBackend::pupil_page`](crate::backend::school::SchoolBackend::pupil_page).
    pub fn pupil_page(
        &self,
        site: SiteId,
        person: PersonId,
        day: Day,
        first: Day,
        days: u8,
    ) -> Option<PupilPage> {
        let school = self.any_school(site);
        Some(PupilPage {
            school: self.site_name(site),
            log: school.day_log(person, day)?,
            days: school.days(person, first, days)?,
            devices: self.names_of_devices(),
        })
    }

    /// See [`SchoolBackend::pupil_list`](crate::backend::school::SchoolBackend::pupil_list).
    pub fn pupil_list(&self, site: SiteId, here: Serves) -> Option<PupilList> {
        let school = self.school(site, here)?;
        let listed = school.everyone().into_iter().map(|pupil| ListedPupil {
            is_protected: school.is_protected(pupil.id),
            person: pupil.id,
            name: pupil.name,
            kana: pupil.kana.unwrap_or_default(),
            class: pupil.class.unwrap_or_default(),
            is_ended: pupil.is_ended,
        });
        Some(PupilList { school: self.site_name(site), pupils: listed.collect() })
    }

    /// See [`SchoolBackend::pupil_fields`](crate::backend::school::SchoolBackend::pupil_fields).
    pub fn pupil_fields(&self, site: SiteId, person: PersonId) -> Option<Vec<SiteField>> {
        let list = self.folds.records(Scope::School(site))?;
        // The list has them under the id that they were added by.
        let ids = self.sources.tokens.aliases(person);
        let id =
            ids.into_iter().find(|id| list.text(of_person(*id), field::PUPIL_NAME).is_some())?;
        let of = |number: &digiana_core::fact::edit::FieldId| {
            let held = list.field(of_person(id), *number);
            SiteField {
                field: *number,
                versions: held.map_or_else(Vec::new, |held| self.versions(list, held)),
                saw: held.map_or(Saw::NOTHING, Register::saw),
            }
        };
        Some(PUPIL_FORM.iter().map(of).collect())
    }

    /// See [`SchoolBackend::pupil_name`](crate::backend::school::SchoolBackend::pupil_name).
    pub fn pupil_name(&self, site: SiteId, person: PersonId) -> ShownName {
        let school = self.any_school(site);
        if school.is_protected(person) {
            return ShownName::Protected;
        }
        school.pupil(person).map_or(ShownName::Unknown, |pupil| ShownName::Shown {
            name: pupil.name,
            kana: pupil.kana.unwrap_or_default(),
        })
    }

    /// See [`SchoolBackend::person_of`](crate::backend::school::SchoolBackend::person_of).
    pub fn person_of(&self, name: &str, kana: &str) -> Option<PersonId> {
        let register = self.sources.register?;
        let plain = |text: &str| -> String {
            text.chars().filter(|character| !character.is_whitespace()).collect()
        };
        let says = |person: &PersonId, number, wanted: &str| {
            let said = register.text(of_person(*person), number);
            said.is_some_and(|said| plain(said) == plain(wanted))
        };
        let mut found = people::ids(register)
            .filter(|person| says(person, field::PERSON_NAME, name))
            .filter(|person| says(person, field::PERSON_KANA, kana));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// A school of the town's list, or the place where this reader serves one.
    fn school(&self, site: SiteId, here: Serves) -> Option<School<'_>> {
        let listed = self.sources.town.is_some_and(|town| serves(town, site) & SCHOOL != 0);
        let is_here = self.site == Some(site) && here == Serves::School;
        let has_pupils = self.folds.records(Scope::School(site)).is_some();
        (listed || is_here || has_pupils).then(|| self.any_school(site))
    }

    fn any_school(&self, site: SiteId) -> School<'_> {
        let list: Option<&RecordsFold> = self.folds.records(Scope::School(site));
        School { sources: self.sources, site, fold: self.folds.school(site), list }
    }

    fn names_of_devices(&self) -> Devices {
        let named = self.devices.iter().map(|device| (device.node, device.name.clone()));
        Devices(named.collect())
    }
}
