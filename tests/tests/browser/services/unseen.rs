//! Who was not seen for a day, and a reader that could not say.

use std::process::Command;
use std::time::{Duration, SystemTime};

use digiana_tests::gateways::{Gateways, Post};
use digiana_tests::processes::binary;
use serde_json::json;

use super::until_headquarters_counts;
use crate::clerk::Clerk;

const DAY: u64 = 86_400;

/// How much time there is at least until somebody is to be asked after.
const LEAST: u64 = 35;

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Headquarters' register says after how many days somebody asks after these people.
fn watch(town: &Gateways, number: u32, days: u32) {
    let process = &town.headquarters().process;
    let text = std::fs::read_to_string(process.folder.join("people.csv")).unwrap();
    let row = format!("{number},");
    let rows = text.lines().enumerate().map(|(at, line)| match at {
        0 => format!("{line},見守り日数\r\n"),
        _ if line.starts_with(&row) => format!("{line},{days}\r\n"),
        _ => format!("{line},\r\n"),
    });
    let file = process.folder.join("watched.csv");
    std::fs::write(&file, rows.collect::<String>()).unwrap();
    let mut import = Command::new(binary("digiana-gateway"));
    import.args(["import", "people", "--config"]).arg(process.config()).arg(file);
    let done = import.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_silent_reader_makes_not_seen_into_not_known_and_back() {
    let town = Gateways::serving(&[Post::Facility("plaza")], 12);
    let facility = town.desk(1);
    let elder = town.people.iter().find(|person| !person.suppressed).unwrap();
    watch(&town, elder.number, 1);
    town.until_of_one_mind();

    // They were last seen a day ago, but for a minute or so.
    let mut due = (now() / 60 + 1) * 60;
    if due < now() + LEAST {
        due += 60;
    }
    let counter = Clerk::at(facility);
    counter.types("氏名・ふりがな", elder.family.written);
    counter.presses("探す");
    counter.presses(&elder.name());
    counter.presses("訪問を記録する");
    let seen = format!(
        "document.querySelector('form[action$=\"/visit\"] [name=happened_at]').value = \
         new Date(({due} - {DAY}) * 1000 + 9 * 3600 * 1000).toISOString().slice(0, 16)"
    );
    counter.browser.run(&seen, &json!([]));
    counter.presses_beside("訪問を記録する", "訪問した日時");
    counter.sees("訪問を記録しました");
    until_headquarters_counts(&town, "visits", 1);
    town.until_of_one_mind();
    town.tell("pause", &[1]);
    assert!(now() < due, "the machine took its time");

    let staff = Clerk::at(town.headquarters());
    let look = || staff.opens(&town.headquarters().page("/wellbeing/unseen"));
    look();
    staff.sees("外出の記録がない方はいません。");
    while now() <= due + 1 {
        std::thread::sleep(Duration::from_secs(1));
    }
    look();
    staff.sees(&elder.name());
    staff.sees(&format!("読取機「{}」と連絡がとれません", facility.process.name));
    staff.sees("外出の記録がない方はいません。");

    town.tell("resume", &[1]);
    town.until_of_one_mind();
    look();
    staff.sees_no("連絡がとれません");
    staff.sees_no("外出の記録がない方はいません。");
    staff.sees(&elder.name());
}
