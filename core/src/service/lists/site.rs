//! What a site serves: the bits of its field `SITE_SERVES`.

use crate::id::SiteId;
use crate::record::{field, of_site};
use crate::service::records::RecordsFold;

/// People may flee to it.
pub const SHELTER: i64 = 1;
/// People visit it for their health.
pub const FACILITY: i64 = 2;
/// A school.
pub const SCHOOL: i64 = 4;
/// A bus or a taxi.
pub const VEHICLE: i64 = 8;
/// Points may be spent there.
pub const SHOP: i64 = 16;

/// What a site serves. A site of which nobody said anything is a shelter, as the GSI's list brings
/// them.
pub fn serves(town: &RecordsFold, site: SiteId) -> i64 {
    town.int(of_site(site), field::SITE_SERVES).unwrap_or(SHELTER)
}
