//! A resident's phone that has lost its line shows what it last knew, and how old that is.

use digiana_tests::gateways::Gateways;
use serde_json::json;

use crate::clerk::Clerk;
use crate::scene::FIRST;
use crate::webdriver::Scripts;

/// Waits until the worker has what it keeps.
const KEPT: &str = r#"
const done = arguments[0];
navigator.serviceWorker.ready.then(() => done(true), why => done(String(why)));
"#;

#[test]
fn a_phone_without_a_line_shows_the_shelters_it_last_knew_and_how_old_that_is() {
    let mut town = Gateways::started(&[FIRST], 12);
    let staff = Clerk::at(town.desk(1));
    staff.presses("避難所を開設する");
    town.until_of_one_mind();
    let resident = Clerk::sits_down(Scripts::On);
    let page = town.headquarters().page("/public/");
    resident.opens(&page);
    resident.sees("比之宮交流センター");
    let kept = resident.browser.tell("/execute/async", &json!({ "script": KEPT, "args": [] }));
    assert_eq!(kept, true, "the worker is there");

    // The line goes: nobody answers at that address any more.
    town.all.first_mut().unwrap().process.stop();
    resident.opens(&page);
    resident.sees("オフライン");
    resident.sees("比之宮交流センター");
    resident.sees("開設中の避難所");

    // And comes back.
    town.all.first_mut().unwrap().process.start();
    resident.opens(&page);
    resident.sees_no("オフライン");
}
