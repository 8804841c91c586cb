//! Bugs of what facts fold into, and of the rules.

use digiana_core::planted::Bug;

use super::super::super::fault::Fault;
use super::super::super::violation::Broken;
use super::{Mistake, TRIAL, Trial, check};

/// A bus that heard the lists once, and takes two rides of one resident.
const TWO_RIDES: &str =
    "60 start n1; 70 start n2; 100 call l1; 200 depart l1; 1000 tap n2 r1; 2000 tap n2 r1";

const REFUSED: &[(Broken, &str)] = &[(Broken::RiderRefused, "TimeInFuture")];

pub(super) fn trials() -> Vec<Trial> {
    let of = |bug| Trial { mistake: Mistake::Of(bug), ..TRIAL };
    let rides = |bug| Trial { nodes: 3, everyday: TWO_RIDES, ..of(bug) };
    vec![
        Trial { found: &[(Broken::FoldsDiffer, "alarmed")], ..of(Bug::LastEntryNotFolded) },
        Trial {
            everyday: "60 start n1; 100 open-incident n0; 110 open-shelter n0; \
                       120 open-shelter n1; 500 tap n0 r1; 505 tap n1 r1",
            trouble: Some((Fault::Partition, "400 partition n1; 700 heal")),
            found: &[(Broken::NotTheModel, "presence")],
            ..of(Bug::OnePlaceOnly)
        },
        Trial {
            trouble: Some((Fault::ClockUnset, "900 clock n2 1970")),
            found: REFUSED,
            ..rides(Bug::UnsetClockRefusesRiders)
        },
        Trial {
            trouble: Some((Fault::ClockFarAhead, "900 clock n2 2035; 1500 clock n2 right")),
            found: REFUSED,
            ..rides(Bug::RidesOnlyForward)
        },
        Trial {
            trouble: Some((Fault::ClockJump, "900 clock n2 +7200s; 1500 clock n2 right")),
            found: REFUSED,
            ..rides(Bug::RidesOnlyForward)
        },
        Trial {
            found: &[(Broken::Ledger, "ledger"), (Broken::NotTheModel, "ticket ledger")],
            ..rides(Bug::OneSidedPosting)
        },
        Trial {
            found: &[(Broken::Ledger, "ledger"), (Broken::NotTheModel, "IOUs")],
            ..rides(Bug::IouForgotten)
        },
        Trial {
            nodes: 5,
            everyday: "60 start n4; 300 tap n4 r1; 310 tap n4 r2; 400 join n0 r1 #0",
            found: &[(Broken::NotTheModel, "one visit earns once")],
            ..of(Bug::EarnsTwice)
        },
        Trial {
            nodes: 4,
            everyday: "60 start n3; 300 note-pupil n3 r0 #0; 400 note-pupil n3 r0 #1",
            found: &[(Broken::NotTheModel, "class board")],
            ..of(Bug::WhoLeftIsHere)
        },
    ]
}

#[test]
fn bugs_of_folds_and_rules_are_caught() {
    check(&trials());
}
