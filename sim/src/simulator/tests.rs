//! What the simulator promises of itself.

use super::life::live;
use super::plan::Plan;
use super::scenario::Scenario;

fn scenario(nodes: usize, days: u32) -> Scenario {
    let mut scenario = Scenario::find("everyday").expect("it comes with the program");
    (scenario.nodes, scenario.days) = (nodes, days);
    scenario
}

#[test]
fn ordinary_days_keep_every_promise() {
    let asked = std::env::var("DIGIANA_SEEDS").unwrap_or_default();
    let (from, to) = asked.split_once("..").unwrap_or(("1", ""));
    let from: u64 = from.parse().unwrap_or(1);
    let to = to.parse().unwrap_or(from + 3);
    for seed in from..to {
        let plan = Plan::draw(seed, &scenario(8, 2));
        let outcome = live(seed, &plan, std::env::var("DIGIANA_TRACE").is_ok());
        for line in &outcome.trace {
            eprintln!("{line}");
        }
        eprintln!("{:?}", outcome.tally);
        assert_eq!(outcome.violations, [], "seed {seed}");
    }
}
