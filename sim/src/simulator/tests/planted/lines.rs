//! Bugs of conversations: links that come and go, and what is said over them.

use digiana_core::planted::Bug;

use super::super::super::fault::Fault;
use super::super::super::slip::Slip;
use super::super::super::violation::Broken;
use super::{Mistake, TRIAL, Trial, check, lives};

/// Seeds in whose town of two the line is a radio in the rain.
const RADIOS: [u64; 8] = [8, 10, 12, 30, 33, 36, 38, 39];

const APART: &[(Broken, &str)] = &[(Broken::NotLive, "other entries")];

const TAKEN_FOR_BAD: &[(Broken, &str)] = &[(Broken::Misjudged, "closed an honest link")];

/// Both ends of one line write something now and then.
const BUSY: &str = "60 start n1; 200 edit n0 #1; 201 edit n1 #3; 400 edit n1 #5; 400 edit n0 #7; \
                    700 edit n0 #9; 800 splice n0 #3; 820 splice n1 #4";

pub(super) fn trials() -> Vec<Trial> {
    let of = |bug| Trial { mistake: Mistake::Of(bug), ..TRIAL };
    vec![
        Trial {
            mistake: Mistake::Around(Slip::HalfOpen),
            everyday: "60 start n1; 900 edit n1 #1",
            trouble: Some((Fault::OneWay, "500 deaf l0 second; 560 mend l0")),
            found: APART,
            // The probe cuts lines itself.
            is_probed: false,
            ..TRIAL
        },
        Trial {
            everyday: "60 start n1; 900 edit n1 #1",
            trouble: Some((Fault::Flapping, "500 flap l0; 505 mend l0")),
            found: APART,
            is_probed: false,
            ..of(Bug::MetBeforeIsConnected)
        },
        Trial {
            nodes: 3,
            everyday: "60 start n1; 70 start n2; 900 edit n2 #1",
            trouble: Some((Fault::BusVisit, "500 call l1; 600 depart l1")),
            found: APART,
            is_probed: false,
            ..of(Bug::MetBeforeIsConnected)
        },
        Trial {
            trouble: Some((Fault::Malformed, "500 garble l0 #8")),
            found: &[(Broken::Panicked, "no peer sends that")],
            ..of(Bug::MalformedPanics)
        },
        Trial {
            nodes: 4,
            everyday: "60 start n1; 70 start n3",
            trouble: Some((Fault::WidenedAdmission, "500 widen n2 n1")),
            found: &[(Broken::NotLive, "other credentials")],
            ..of(Bug::HelloWithoutCredentials)
        },
        Trial {
            nodes: 4,
            everyday: "60 start n1; 70 start n3; 500 partition n0; 600 edit n1 #1; 700 heal",
            found: &[(Broken::Custody, "notes")],
            ..of(Bug::CustodyFromAnybody)
        },
        // The lines of these seeds are radios in the rain.
        Trial {
            everyday: BUSY,
            trouble: Some((Fault::Loss, "")),
            transport: Some(Slip::LostStaysLost),
            seeds: &[10, 12, 30],
            found: APART,
            ..of(Bug::ComparesNoMore)
        },
        // A block is so many packets that one of them is always missing.
        Trial {
            mistake: Mistake::Around(Slip::LostStaysLost),
            residents: 600,
            trouble: Some((Fault::Loss, "")),
            seeds: &[10, 12],
            found: APART,
            ..TRIAL
        },
        Trial {
            everyday: BUSY,
            residents: 600,
            trouble: Some((Fault::Duplication, "")),
            transport: Some(Slip::TwiceIsTwice),
            seeds: &[8, 36],
            found: TAKEN_FOR_BAD,
            ..of(Bug::AgainIsWrong)
        },
        Trial {
            everyday: BUSY,
            residents: 600,
            trouble: Some((Fault::Reordering, "")),
            transport: Some(Slip::OvertakenComesLate),
            seeds: &[8, 33, 36],
            found: TAKEN_FOR_BAD,
            ..of(Bug::EarlyIsWrong)
        },
        // And the line of this one carries 256 kbit/s.
        Trial {
            mistake: Mistake::Around(Slip::Impatient),
            residents: 2_200,
            trouble: Some((Fault::ThinLine, "")),
            seeds: &[4],
            found: &[(Broken::NotLive, "other")],
            ..TRIAL
        },
        Trial {
            residents: 2_200,
            found: &[(Broken::OverLimit, "sends a frame of")],
            ..of(Bug::RunPastTheBlock)
        },
        Trial {
            seeds: &[1, 2, 3, 4, 5],
            found: &[(Broken::RoundTrips, "allowed are")],
            ..of(Bug::AsksTwice)
        },
        Trial {
            nodes: 4,
            everyday: "60 start n1; 70 start n3; 600 edit n1 #1",
            found: &[(Broken::NeverRests, "round and round")],
            ..of(Bug::TimerStays)
        },
    ]
}

#[test]
fn bugs_of_conversations_are_caught() {
    check(&trials());
}

/// The engines compare again and ask again: a transport that only hands on what its line does would
/// cost time and nothing else, as long as what is said fits into a few packets.
#[test]
fn what_a_transport_loses_doubles_and_swaps_the_engines_mend_by_themselves() {
    let transports =
        [(Slip::LostStaysLost, 20), (Slip::TwiceIsTwice, 600), (Slip::OvertakenComesLate, 600)];
    for (transport, residents) in transports {
        let trial = Trial { everyday: BUSY, residents, transport: Some(transport), ..TRIAL };
        for seed in RADIOS {
            let outcome = lives(&trial, seed, None, true);
            assert_eq!(outcome.violations, [], "{transport:?}, seed {seed}");
            let trouble = transport.spoils().expect("it is a trouble of lines");
            assert!(outcome.tally.faults.of(trouble) > 0, "{transport:?}, seed {seed}");
        }
    }
}
