//! A shelter opens, a household of three comes with one card among them, and headquarters sees it.

use std::time::{Duration, Instant, SystemTime};

use digiana_tests::figure::{milliseconds, tell};
use digiana_tests::gateways::Gateways;
use serde_json::{Value, json};

use crate::clerk::Clerk;
use crate::scene::FIRST;

/// The most clicks and taps that a household of three may take.
const ACTIONS_MAX: u32 = 6;

/// What pages may take in all, of which nobody is to be aware. A figure, not a verdict: machines
/// that run checks are busy.
const MACHINE_TIME: Duration = Duration::from_secs(1);

/// Beyond this something is wrong and not only slow.
const TOO_LONG: Duration = Duration::from_secs(20);

/// Notes when something that a page follows comes to be on it.
const WATCH: &str = r#"
window.came = null;
const look = () => { if (window.came === null && (IS_THERE)) window.came = Date.now(); };
new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
"#;

fn watch(clerk: &Clerk, is_there: &str) {
    clerk.browser.run(&WATCH.replace("IS_THERE", is_there), &json!([]));
}

/// How long after `begun` what is watched for came to be there.
fn came_after(clerk: &Clerk, begun: SystemTime) -> Duration {
    let waiting = Instant::now();
    loop {
        let came = clerk.browser.run("return window.came", &Value::Array(vec![]));
        if let Some(at) = came.as_u64() {
            let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at);
            return at.duration_since(begun).unwrap_or_default();
        }
        assert!(waiting.elapsed() < TOO_LONG, "it does not come:\n{}", clerk.reads());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_household_of_three_is_taken_in_by_one_tap_and_two_ticks() {
    let town = Gateways::started(&[FIRST], 60);
    let (desk, board) = (Clerk::at(town.desk(1)), Clerk::at(town.headquarters()));
    desk.presses("避難所を開設する");
    desk.sees("にしました");
    board.sees("1/19");
    let household = town.households_of(3).find(|members| members.iter().all(|it| !it.suppressed));
    let [head, rest @ ..] = household.expect("the register has one") else {
        panic!("a household has a head");
    };

    desk.begins();
    watch(&desk, "document.querySelector('#tap form') !== null");
    watch(&board, "document.querySelector('#people').textContent.startsWith('1人')");
    let begun = SystemTime::now();
    town.desk(1).tap(head.number);
    let comes_up = came_after(&desk, begun);
    let at_headquarters = came_after(&board, begun);
    desk.sees(&head.name());
    for member in rest {
        desk.ticks(&member.name());
    }
    desk.presses("チェックした人も入所する");
    desk.sees("2人の入所を記録しました。");
    board.sees("3人");

    let (clicks, pages) = desk.has_done();
    // The tap is what the household does itself.
    let actions = clicks + 1;
    let machine = comes_up + pages;
    tell("browser", "household_actions", f64::from(actions), "actions", f64::from(ACTIONS_MAX));
    let told = |metric, took| {
        tell("browser", metric, milliseconds(took), "ms", milliseconds(MACHINE_TIME));
    };
    told("household_machine_time", machine);
    told("tap_to_board", at_headquarters);
    assert!(actions <= ACTIONS_MAX, "{actions} actions");
    assert!(machine < TOO_LONG && at_headquarters < TOO_LONG, "{machine:?} {at_headquarters:?}");
}
