//! What the simulator promises of itself, and the towns that every test run lives through.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod planted;

use super::campaign::Campaign;
use super::fault::Fault;
use super::life::{live, scheme_of};
use super::plan::{NotAPlan, Plan};
use super::scenario::{NotAScenario, Scenario};
use super::step::Step;

/// How many towns a plain test run lives through; `DIGIANA_SEEDS=from..to` asks for others.
const SEEDS: u64 = 8;

fn small(name: &str, nodes: usize, days: u32, facts_per_day: u32) -> Scenario {
    let mut scenario = Scenario::find(name).unwrap();
    (scenario.nodes, scenario.days, scenario.facts_per_day) = (nodes, days, facts_per_day);
    scenario
}

#[test]
fn ordinary_days_keep_every_promise() {
    let asked = std::env::var("DIGIANA_SEEDS").unwrap_or_default();
    let (from, to) = asked.split_once("..").unwrap_or(("0", ""));
    let first: u64 = from.parse().unwrap_or(0);
    let seeds = to.parse().map_or(SEEDS, |to: u64| to - first);
    let scenario = small("everyday", 7, 1, 150);
    let campaign = Campaign { scenario, first, seeds, threads: 2 };
    let report = campaign.run(|| std::time::Duration::ZERO, |_| {});
    let broken: Vec<_> = report.failures.iter().map(|it| (it.seed, &it.violations)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(report.tally.accepted > 100 * seeds, "{:?}", report.tally);
}

#[test]
fn the_same_seed_makes_the_same_town_and_another_seed_another() {
    let scenario = small("quake", 6, 1, 60);
    let digest = |seed| live(seed, &Plan::draw(seed, &scenario), false).digest;
    assert_eq!(digest(4), digest(4));
    assert_ne!(digest(4), digest(5));
}

#[test]
fn a_trace_changes_nothing_and_says_what_became_of_each_tap() {
    let plan = Plan::draw(2, &small("everyday", 5, 1, 40));
    let (traced, plain) = (live(2, &plan, true), live(2, &plan, false));
    assert_eq!(traced.digest, plain.digest);
    assert!(traced.trace.iter().any(|line| line.contains(": tap n")), "{:#?}", traced.trace);
    assert!(traced.trace.iter().any(|line| line.contains("> recorded")));
}

#[test]
fn every_scenario_that_comes_along_keeps_every_promise_in_a_small_town() {
    for (name, mut scenario) in Scenario::known() {
        assert!(!scenario.about.is_empty(), "{name}");
        (scenario.nodes, scenario.facts_per_day) = (6, 40);
        (scenario.days, scenario.residents) = (scenario.days.min(2), Some(40));
        let outcome = live(3, &Plan::draw(3, &scenario), false);
        assert_eq!(outcome.violations, [], "{name}");
    }
}

#[test]
fn a_plan_read_from_its_text_is_the_same_plan() {
    for (name, scenario) in Scenario::known() {
        let plan = Plan::draw(9, &scenario);
        assert_eq!(Plan::read(&plan.to_text()).as_ref(), Ok(&plan), "{name}");
    }
    let wrong = "nodes 3\nresidents 5\nlasts 60\n500 tap n1 r2\n600 dance n1\n";
    let fault = Plan::read(wrong).unwrap_err();
    assert!(matches!(fault, NotAPlan::Step { line: 5, .. }), "{fault}");
    assert!(fault.to_string().contains("\"dance n1\""), "{fault}");
    let stranger = Plan::read("nodes 3\nresidents 5\nlasts 60\n5 tap n7 r1\n").unwrap_err();
    assert!(stranger.to_string().contains("\"tap n7 r1\""), "{stranger}");
    assert!(Plan::read("residents 5\n").unwrap_err().to_string().contains("nodes"));
}

#[test]
fn a_plan_in_which_something_else_was_meant_is_refused() {
    let head = "nodes 3\nresidents 5\nlasts 60\n";
    for (wrong, told) in [
        ("5 start n1 n2", "line 4: \"start n1 n2\""),
        ("5 deaf l0 sekond", "line 4: \"deaf l0 sekond\""),
        ("61000 start n1", "\"start n1\" comes after the plan has ended"),
        ("late n3", "which node is late"),
    ] {
        let fault = Plan::read(&format!("{head}{wrong}\n")).unwrap_err().to_string();
        assert!(fault.contains(told), "{wrong}: {fault}");
    }
    // What editors put there says nothing.
    let edited = format!("\u{feff}{}5\tstart n1\r\n", head.replace('\n', "\r\n"));
    assert_eq!(Plan::read(&edited).unwrap().steps.len(), 1);
}

#[test]
fn an_entry_that_a_full_disk_never_took_is_expected_of_nobody() {
    let text = "nodes 2\nresidents 20\nlasts 900\n10000 start n1\n20000 open-shelter n1\n\
                30000 fill n1\n40000 tap n1 r17\n50000 other-version n1\n";
    let plan = Plan::read(text).unwrap();
    for seed in 1..=3 {
        assert_eq!(live(seed, &plan, false).violations, [], "seed {seed}");
    }
}

#[test]
fn every_fault_of_a_scenario_happens() {
    let mut text = "about = \"訓練データ\"\nnodes = 7\ndays = 1\nfacts_per_day = 120\n".to_owned();
    text += "late_per_mille = 500\n[flood]\nhours = 10\n[faults]\n";
    let drawn = |fault: &Fault| {
        // Lines and buses bring theirs by themselves, and admissions are drawn apart.
        !matches!(
            fault,
            Fault::Loss
                | Fault::Duplication
                | Fault::Reordering
                | Fault::ThinLine
                | Fault::BusVisit
                | Fault::LateAdmission
        )
    };
    for fault in Fault::ALL.iter().filter(|fault| drawn(fault)) {
        text += &format!("{} = 6.0\n", fault.word());
    }
    let scenario = Scenario::read("all", &text).unwrap();
    let campaign = Campaign { scenario, first: 1, seeds: 4, threads: 2 };
    let report = campaign.run(|| std::time::Duration::ZERO, |_| {});
    let broken: Vec<_> = report.failures.iter().map(|it| (it.seed, &it.violations)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let missing: Vec<_> =
        Fault::ALL.iter().filter(|fault| report.tally.faults.of(**fault) == 0).collect();
    assert!(missing.is_empty(), "{missing:?} never happened");
    assert!(Fault::ALL.len() >= 14);
}

#[test]
fn a_scenario_that_cannot_be_meant_is_refused_by_name() {
    let refused = |text: &str| Scenario::read("mine.toml", text).unwrap_err().to_string();
    assert!(refused("about = \"a\"\nnodes = 1\n").contains("2 to 200 nodes"));
    assert!(refused("about = \"a\"\n[faults]\nearthquake = 1.0\n").contains("\"earthquake\""));
    assert!(refused("about = \"a\"\nscript = [\"d1 25:00 heal\"]\n").contains("d1 25:00 heal"));
    assert!(refused("about = \"a\"\nscript = [\"d1 05:00 crash n99\"]\n").contains("crash n99"));
    assert!(refused("about = \"a\"\nnode = 3\n").contains("node"));
    assert!(refused("about = \"a\"\n[flood]\nhours = 0\n").contains("hours"));
    assert!(refused("about = \"a\"\n[flood]\nhours = 4294967295\n").contains("hours"));
    let late = "about = \"a\"\n[flood]\nhours = 1\nbegins = 4294967295\n";
    assert!(refused(late).contains("begins"));
    for rate in ["nan", "inf", "-1.0", "1e8"] {
        let text = format!("about = \"a\"\n[faults]\ncrash = {rate}\n");
        assert!(refused(&text).contains("crash comes"), "{rate}");
    }
    let far = "d9999999999999999 05:00 heal";
    assert!(refused(&format!("about = \"a\"\nscript = [\"{far}\"]\n")).contains(far));
    let fault = Scenario::find("no-such-days").unwrap_err();
    assert!(matches!(&fault, NotAScenario::Unknown { .. }), "{fault}");
    assert!(fault.to_string().contains("night-flood"), "{fault}");
}

#[test]
fn a_step_about_a_line_that_is_not_there_is_passed_over() {
    let text = "nodes 3\nresidents 20\nlasts 60\n5 start n0\n9 flap l99\n20 edit n0 #1\n";
    let outcome = live(1, &Plan::read(text).unwrap(), true);
    assert_eq!(outcome.violations, []);
    assert!(outcome.trace.iter().any(|line| line.contains("no such node or line")));
}

#[test]
fn a_failing_plan_is_made_small_and_still_fails() {
    use digiana_core::planted::{Bug, plant};
    let _bug = plant(Bug::IouForgotten);
    let plan = Plan::draw(3, &small("everyday", 5, 1, 40));
    let broken = live(3, &plan, false).violations.first().unwrap().broken;
    let shrunk = super::campaign::shrink(3, &plan, broken, |_| {});
    assert!(shrunk.outcome.violations.iter().any(|it| it.broken == broken));
    assert!(shrunk.plan.steps.len() <= 4, "{}", shrunk.plan.to_text());
    assert!(shrunk.plan.nodes < plan.nodes, "{}", shrunk.plan.to_text());
    // What is kept as a file fails the same way.
    let read = Plan::read(&shrunk.plan.to_text()).unwrap();
    assert_eq!(live(3, &read, true).violations, shrunk.outcome.violations);
}

#[test]
fn one_seed_of_a_hundred_signs_for_real() {
    let real = (0..1_000).filter(|seed| scheme_of(*seed) == digiana_core::sign::Scheme::Ed25519);
    assert_eq!(real.count(), 10);
}

#[test]
fn a_step_that_cannot_be_read_is_shown_with_an_example() {
    for text in ["", "tap", "tap n1", "tap r1 n1", "clock n1 noon", "damage n1 rust", "deaf l1"] {
        let fault = text.parse::<Step>().unwrap_err();
        assert!(fault.to_string().contains("tap n3 r17"), "{fault}");
    }
}
