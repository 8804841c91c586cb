//! Bytes that nobody honest sends, over live links: only the link they come over may suffer.

use std::time::Duration;

use super::random::Draw;
use super::town::Town;
use crate::limits::{COMPARE_EVERY, FRAME_BYTES_MAX};
use crate::scope::Scope;
use crate::sync::frame::Frame;

/// How many mutants a plain test run sends to each town.
const MUTANTS: usize = 300;

/// Frames that a town of three really sent, the longest conversations included.
fn recorded() -> Vec<Vec<u8>> {
    let mut town = lively();
    town.recorded = Some(Vec::new());
    town.cut(0, 1);
    town.restart(1);
    town.check_in(1, &[7]);
    town.restart(0);
    let wide = town.admission(1, &Scope::EVERY_READER[..3]);
    town.give(1, wide);
    town.link(0, 1);
    town.link(0, 2);
    town.pass(Duration::from_secs(3));
    town.recorded.take().unwrap()
}

fn lively() -> Town {
    let mut town = Town::of(3);
    town.open_incident(0);
    town.link(0, 1);
    town.link(0, 2);
    town.open_site(1);
    town.open_site(2);
    town.check_in(1, &[1, 2]);
    town
}

/// One frame, or two, changed somewhere.
fn mutate(draw: &mut Draw, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = frames[draw.below(frames.len())].clone();
    for _ in 0..=draw.below(3) {
        let at = draw.below(bytes.len().max(1));
        let byte = u8::try_from(draw.below(256)).unwrap();
        match draw.below(6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), byte),
            2 => {
                let other = &frames[draw.below(frames.len())];
                bytes.extend_from_slice(&other[draw.below(other.len())..]);
            }
            3 => bytes.iter_mut().skip(at).take(9).for_each(|byte| *byte = 0xff),
            4 => bytes.iter_mut().take(1).for_each(|kind| *kind = byte % 15),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|it| *it ^= byte),
        }
    }
    bytes.truncate(FRAME_BYTES_MAX + 1);
    bytes
}

#[test]
fn what_a_hostile_neighbour_says_hurts_its_own_link_only() {
    let frames = recorded();
    assert!(frames.len() > 30, "{} frames", frames.len());
    let types: std::collections::BTreeSet<u8> = frames.iter().map(|frame| frame[0]).collect();
    assert!(types.len() >= 9, "{types:?}");
    for admitted in [true, false] {
        let mut draw = Draw(if admitted { 5 } else { 6 });
        let mut town = lively();
        if !admitted {
            town.add(3, Vec::new());
        }
        let neighbour = if admitted { 1 } else { 3 };
        for number in 0..MUTANTS {
            let links = town.hosts[0].engine.links();
            let peer = town.hosts[neighbour].engine.me();
            let link = links.filter(|(_, it)| it.peer() == peer).map(|(link, _)| link).next();
            let Some(link) = link else {
                town.link(neighbour, 0);
                continue;
            };
            town.sent.clear();
            let bytes = mutate(&mut draw, &frames);
            town.hear_over(0, link, bytes);
            let sent = town.sent.get(&0).copied().unwrap_or(0);
            assert!(sent < 100_000, "mutant {number} drew {sent} bytes");
        }
        town.cut(0, neighbour);
        // The others never noticed.
        town.check_in(2, &[40]);
        town.open_site(0);
        town.check_in(0, &[41]);
        if admitted {
            town.link(1, 0);
        }
        town.pass(COMPARE_EVERY + Duration::from_secs(3));
        town.assert_equal(0, 2);
        if admitted {
            town.assert_equal(0, 1);
        }
        let peer = town.hosts[2].engine.me();
        assert!(town.hosts[0].engine.links().any(|(_, it)| it.peer() == peer && it.is_compared()));
    }
}

#[test]
fn gaps_and_marks_of_journals_that_nobody_holds_leave_nothing_behind() {
    let mut town = lively();
    for number in 0..1_000u64 {
        let journal = crate::id::JournalId(number.to_be_bytes());
        town.speak(0, Frame::Have { journal, seq: u64::MAX }.to_bytes());
        town.speak(0, Frame::Gap { journal, seq: u64::MAX }.to_bytes());
    }
    assert_eq!(town.closed, []);
    let remembered = town.hosts[0].engine.links().map(|(_, it)| it.flow.journals()).max();
    assert!(remembered < Some(20), "{remembered:?}");
}
