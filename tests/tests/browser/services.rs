//! The town's everyday: points, tickets, school, on real processes that lose each other and meet.

mod points;
mod school;
mod tickets;
mod unseen;

use digiana_tests::gateways::{Gateway, Gateways};
use digiana_tests::processes::until;
use serde_json::Value;

/// What the services of a gateway come to.
fn services(gateway: &Gateway) -> Value {
    gateway.process.status()["services"].clone()
}

/// Waits until headquarters counts so many of one thing.
fn until_headquarters_counts(town: &Gateways, what: &str, number: u64) {
    until(&format!("headquarters counts {number} {what}"), || {
        services(town.headquarters())[what] == number
    });
}
