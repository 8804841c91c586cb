//! What headquarters publishes, and what a gateway makes of it that holds nothing else.

#![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

use digiana_core::fact::shelter::SiteState;
use digiana_core::fact::warning::WarningLevel;

use crate::backend::order::Order;
use crate::backend::town::{MemoryTown, NOW};
use crate::backend::{Backend as _, PublicTown};

fn warned() -> MemoryTown {
    let town = MemoryTown::flooded(false);
    for (district, level) in
        [("都賀", WarningLevel::EveryoneLeaves), ("", WarningLevel::ElderlyLeave)]
    {
        let level = Some(level);
        let happened_at = Some(NOW - 600);
        town.order(Order::SetWarning { district: district.to_owned(), level, happened_at });
    }
    town
}

fn undated(town: PublicTown) -> PublicTown {
    PublicTown { updated_at: None, ..town }
}

#[test]
fn a_gateway_that_holds_nothing_else_shows_what_headquarters_shows() {
    let town = warned();
    let shown = town.public();
    assert!(shown.shelters.iter().any(|shelter| shelter.unheard_since.is_some()));
    town.publish(NOW - 60);
    let town = town.into_public();
    let public = town.public();
    assert_eq!(public.updated_at, Some(NOW - 60), "as of when it was published");
    assert_eq!(undated(public), undated(shown));
    assert_eq!(town.incident().unwrap().title, "令和8年11月豪雨（訓練データ）");
}

#[test]
fn the_same_town_twice_publishes_nothing() {
    let town = warned();
    assert!(town.publish(NOW) > 8);
    assert_eq!(town.publish(NOW + 30), 0);
    town.order(Order::SetSite { site: town.site(3), state: SiteState::Preparing, opening: None });
    // Its state, its band or crowd if it has one, since when, and the time of publishing.
    assert!((3..=5).contains(&town.publish(NOW + 60)));
    assert_eq!(town.publish(NOW + 90), 0);
}

#[test]
fn a_quiet_town_publishes_that_it_is_there_and_no_more() {
    let town = MemoryTown::new(false);
    assert_eq!(town.publish(NOW), 1);
    assert_eq!(town.publish(NOW), 0);
    assert_eq!(town.into_public().public().updated_at, Some(NOW));
    let unheard = MemoryTown::new(false).into_public().public();
    assert_eq!(unheard.updated_at, None, "nothing has arrived, which is not the same");
}

#[test]
fn what_is_over_is_cleared() {
    let town = warned();
    town.publish(NOW);
    town.order(Order::SetWarning { district: "都賀".to_owned(), level: None, happened_at: None });
    assert_eq!(town.publish(NOW), 4, "district, level, since, and the time");
    let incident = town.incident().unwrap().id;
    town.order(Order::CloseIncident(incident));
    assert!(town.publish(NOW) > 4);
    assert_eq!(town.publish(NOW), 0);
    let public = town.into_public().public();
    assert!(public.incident.is_none() && public.warnings.is_empty());
    assert!(public.shelters.iter().all(|shelter| shelter.state == SiteState::NotOpened));
}

#[test]
fn a_number_of_a_later_version_opens_no_shelter() {
    assert_eq!(super::of_place(&super::STATES, Some(2)), Some(SiteState::Open));
    assert_eq!(super::of_place(&super::STATES, Some(9)), None);
    assert_eq!(super::of_place(&super::STATES, Some(-1)), None);
}
