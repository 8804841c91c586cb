//! Who sits at a staff page.
//!
//! There are two ways in: a passphrase of the place, and a login link that works once. Both end in
//! a session, which lives in memory and is known to the browser by a cookie. What a session may
//! open follows from the screen's place, never from the address that was typed.

pub(crate) mod brief;
pub mod kit;
pub mod login_link;
pub mod passphrase;
pub mod secret;
pub mod session;
pub mod throttle;

use digiana_core::id::SiteId;
use digiana_node::config::Serves;

/// What a member of staff may open here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The board, and every desk.
    Headquarters,
    /// The desk and the kiosk of one site.
    Desk(SiteId),
    /// The kiosk of one site.
    Kiosk(SiteId),
}

impl Role {
    /// Where `/` leads, at a reader that serves this.
    pub fn home(self, serves: Serves) -> &'static str {
        match (self, serves) {
            (Self::Headquarters, _) => "/board",
            (Self::Kiosk(_), _) => "/kiosk",
            (Self::Desk(_), Serves::Shelter) => "/desk",
            (Self::Desk(_), Serves::Facility) => "/wellbeing",
            (Self::Desk(_), Serves::Shop) => "/shop",
            (Self::Desk(_), Serves::Bus | Serves::Taxi) => "/bus",
            (Self::Desk(_), Serves::School) => "/school",
        }
    }

    /// The one site it is confined to, if it is.
    pub fn site(self) -> Option<SiteId> {
        match self {
            Self::Headquarters => None,
            Self::Desk(site) | Self::Kiosk(site) => Some(site),
        }
    }
}
