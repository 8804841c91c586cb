//! Bugs of stores and disks, and of what becomes of lives after a store fell back.

use digiana_core::planted::Bug;

use super::super::super::fault::Fault;
use super::super::super::slip::Slip;
use super::super::super::violation::Broken;
use super::{Mistake, TRIAL, Trial, check};

/// A shelter that nobody hears for an hour, where two things are written down.
const ALONE: &str = "60 start n1; 300 partition n1; 400 edit n1 #1; 410 edit n1 #3; 4000 heal";

/// The same, and it loses its power when its disk is idle.
const ALONE_AND_DARK: &str = "60 start n1; 300 partition n1; 400 edit n1 #1; 410 edit n1 #3; \
                              900 crash n1; 960 restart n1; 4000 heal";

const LOST: &[(Broken, &str)] = &[(Broken::Lost, "lacks")];

const DAMAGED: &[(Broken, &str)] = &[(Broken::DoesNotStart, "damaged")];

pub(super) fn trials() -> Vec<Trial> {
    let around = |slip, fault, steps| Trial {
        mistake: Mistake::Around(slip),
        everyday: ALONE,
        trouble: Some((fault, steps)),
        found: LOST,
        ..TRIAL
    };
    let unchecked = |fault, steps, found| Trial {
        everyday: ALONE_AND_DARK,
        found,
        ..around(Slip::OpensUnchecked, fault, steps)
    };
    vec![
        around(Slip::NeverSynced, Fault::Crash, "900 crash n1; 960 restart n1"),
        Trial {
            seeds: &[1, 2, 5],
            ..around(
                Slip::ToldBeforeDurable,
                Fault::TornWrite,
                "900 edit n1 #5; 900 crash n1; 960 restart n1",
            )
        },
        unchecked(Fault::LostWrite, "800 damage n1 lost-write", LOST),
        unchecked(Fault::MisdirectedWrite, "800 damage n1 misdirected-write", DAMAGED),
        // The newest seal is looked at when a store is opened, so that a turned bit cannot pass.
        unchecked(Fault::BitRot, "800 damage n1 bit-rot", DAMAGED),
        Trial {
            found: &[(Broken::NotLive, "other entries")],
            ..around(Slip::FullDiskConfirms, Fault::DiskFull, "390 fill n1; 430 free n1")
        },
        Trial {
            mistake: Mistake::Of(Bug::HaveBeforeDurable),
            everyday: "60 start n1; 400 edit n1 #1; 410 edit n1 #3",
            trouble: Some((Fault::SlowDisk, "390 slow-disk n0; 600 quick-disk n0")),
            seeds: &[1, 2, 4, 5],
            found: &[(Broken::Custody, "notes")],
            ..TRIAL
        },
        Trial {
            mistake: Mistake::Of(Bug::LifeGoesOn),
            everyday: "60 start n1; 200 edit n1 #1; 300 edit n1 #3; 500 partition n1; \
                       520 crash n1; 530 restart n1; 600 edit n1 #5; 610 edit n1 #7; 700 heal",
            trouble: Some((Fault::Rollback, "290 lie n1")),
            found: &[(Broken::Misjudged, "closed an honest link")],
            ..TRIAL
        },
        Trial {
            mistake: Mistake::Of(Bug::DoubtedIsForgotten),
            nodes: 3,
            // What the shelter lost comes back only after headquarters heard of its next life, by
            // the bus.
            everyday: "60 start n1; 70 start n2; 100 open-incident n0; 110 open-shelter n1; \
                       300 tap n1 r1; 310 flap l0; 400 crash n1; 410 restart n1; 420 tap n1 r2; \
                       500 call l2; 600 depart l2; 700 call l1; 800 depart l1; \
                       900 open-shelter n0; 1500 mend l0",
            trouble: Some((Fault::Rollback, "200 lie n1")),
            found: &[(Broken::NotTheModel, "accounted for")],
            ..TRIAL
        },
        Trial {
            mistake: Mistake::Of(Bug::UnknownKindStopsTheStart),
            everyday: "60 start n1; 300 edit n1 #1",
            trouble: Some((Fault::OtherVersion, "600 other-version n1")),
            found: DAMAGED,
            ..TRIAL
        },
        Trial {
            mistake: Mistake::Of(Bug::PeersCredentialsAreNotKept),
            nodes: 4,
            everyday: "60 start n1; 70 start n3; 400 edit n3 #1",
            trouble: Some((Fault::LateAdmission, "late n3; 300 introduce n3 n1")),
            found: &[(Broken::NotItsDisk, "its disk does not make of it")],
            ..TRIAL
        },
    ]
}

#[test]
fn bugs_of_stores_are_caught() {
    check(&trials());
}
