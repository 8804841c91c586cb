//! The address of a desk in the mode it is in, so that every form returns to it.

use std::fmt;

use digiana_core::id::SiteId;

use super::late::Late;
use crate::auth::session::Staff;
use crate::page::form::StaffForm;
use crate::page::shell::percent_encoded;

/// The address of a desk.
#[derive(Clone)]
pub(crate) struct Address {
    // Headquarters names the desk; a desk is its own.
    site: Option<SiteId>,
    late: Option<Late>,
    asked: String,
}

impl Address {
    /// The desk of a site, as this session opens it.
    pub(crate) fn of(staff: &Staff, site: SiteId) -> Self {
        let site = staff.role.site().is_none().then_some(site);
        Self { site, late: None, asked: String::new() }
    }

    /// Where a form goes back to when it was done.
    pub(super) fn after(form: &StaffForm, site: SiteId) -> Self {
        Self::of(&form.staff, site).late(Late::typed(&form.fields))
    }

    /// Where a form goes back to when it was refused: to what was searched for, to be mended.
    pub(super) fn again(form: &StaffForm, site: SiteId) -> Self {
        Self { asked: form.fields.text("q").to_owned(), ..Self::after(form, site) }
    }

    pub(super) fn late(self, late: Option<Late>) -> Self {
        Self { late, ..self }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("/desk")?;
        let site = self.site.map(|site| ("site", site.to_string()));
        let late = self.late.as_ref().map(|late| ("late", late.word()));
        let asked = (!self.asked.is_empty()).then(|| ("q", percent_encoded(&self.asked)));
        let mut sign = '?';
        for (name, value) in [site, late, asked].into_iter().flatten() {
            write!(f, "{sign}{name}={value}")?;
            sign = '&';
        }
        Ok(())
    }
}
