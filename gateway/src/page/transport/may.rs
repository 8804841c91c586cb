//! What staff of a place may do to tickets: a counter everything, a vehicle its own rides.

use digiana_core::id::SiteId;
use digiana_node::config::Serves;

use crate::app::App;
use crate::auth::Role;
use crate::auth::session::Staff;

/// What staff of this place may do to tickets.
#[derive(Debug, Clone, Copy)]
pub(super) struct May {
    /// Whether they may issue books, take them back, and put right what others recorded.
    pub(super) is_counter: bool,
    /// The vehicle whose rides they may enter and put right.
    vehicle: Option<SiteId>,
}

impl May {
    /// Headquarters and a hall's desk are counters; a shop, a school and a facility's health counter
    /// look on.
    pub(super) fn of(app: &App, staff: &Staff) -> Self {
        match (staff.role, app.town().serves()) {
            (Role::Headquarters, _) | (Role::Desk(_), Serves::Shelter) => {
                Self { is_counter: true, vehicle: None }
            }
            (Role::Desk(site), Serves::Bus | Serves::Taxi) => {
                Self { is_counter: false, vehicle: Some(site) }
            }
            (Role::Desk(_), Serves::Facility | Serves::Shop | Serves::School)
            | (Role::Kiosk(_), _) => Self { is_counter: false, vehicle: None },
        }
    }

    /// Whether rides in a vehicle may be entered and put right from here.
    pub(super) fn may_ride(&self, vehicle: SiteId) -> bool {
        self.is_counter || self.vehicle == Some(vehicle)
    }
}
