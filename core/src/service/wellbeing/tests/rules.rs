//! The rules, one line each: what was so, what is asked, what it means.

use crate::service::wellbeing::rehearsal::{Town, told};

/// Plays what was, asks, and compares what was decided.
fn check(given: &str, asked: &str, expected: &str) {
    let mut town = Town::play(given);
    assert_eq!(told(&town.step(asked)), expected, "after `{given}`, `{asked}`");
}

#[test]
fn a_visit_is_recorded_with_what_the_rules_in_force_give() {
    check("A.link:7=1", "A.tap:7", "Visit 1@A +5");
    check("C.link:7=1", "C.tap:7", "Visit 1@C +10 +5");
    check("", "A.visit:2+1+2", "Visit 1@A +5, Visit 2@A +5");
    check("", "A.visit:1@-86400", "Visit 1@A +5");
}

#[test]
fn a_token_is_asked_after_before_its_reader_and_its_reader_before_the_amount() {
    check("", "H.tap:7", "UnknownToken");
    check("A.link:7=1 A.lost:7", "A.tap:7", "TokenSuspended");
    check("A.link:7=1 B.link:7=2 meet", "A.tap:7", "TokenConflict");
    check("H.link:7=1", "H.tap:7", "NoSite");
    check("", "S.pay:7=0", "UnknownToken");
    check("H.link:7=1", "H.pay:7=0", "NoSite");
    check("S.link:7=1", "S.pay:7=0", "NoAmount");
    check("S.link:7=1", "S.pay:7=1", "TooFewPoints");
}

#[test]
fn a_second_touch_of_a_day_at_a_facility_records_nothing() {
    check("A.link:7=1 A.tap:7 later", "A.tap:7", "AlreadyVisited");
    check("A.link:7=1 A.tap:7", "A.visit:1+2", "Visit 2@A +5");
    check("A.link:7=1 A.tap:7 tomorrow", "A.tap:7", "Visit 1@A +5");
    check("A.link:7=1 A.tap:7 tomorrow", "A.visit:1@-86400", "AlreadyVisited");
    check("A.link:7=1 A.link:8=9 A.tap:7 A.join:9=1", "A.tap:8", "AlreadyVisited");
}

#[test]
fn late_entries_carry_their_time_and_the_future_is_refused() {
    check("", "A.visit:1@400", "TimeInFuture");
    check("", "A.visit:@400", "TimeInFuture");
    check("", "A.visit:", "UnknownPerson");
    check("", "S.spend:1=1@400", "TimeInFuture");
}

#[test]
fn nobody_spends_more_than_is_known_here() {
    let five = "A.link:7=1 A.tap:7 S.link:7=1 T.link:7=1 meet";
    check(five, "S.pay:7=5", "Spend 1@S -5");
    check(five, "S.pay:7=6", "TooFewPoints");
    check(&format!("{five} S.pay:7=3"), "S.spend:1=3", "TooFewPoints");
    check(&format!("{five} S.pay:7=3"), "H.transfer:1=5", "TooFewPoints");
    check(&format!("{five} S.pay:7=3 S.reverse"), "S.transfer:1=5", "Transfer 1 -5");
    check(five, "S.transfer:1=0", "NoAmount");
}

#[test]
fn a_posting_is_reversed_once() {
    let paid = "A.visit:1 S.link:7=1 meet S.pay:7=3";
    check("", "S.reverse", "UnknownTarget");
    check(paid, "S.unvisit", "UnknownTarget");
    check(paid, "S.reverse", "Reverse");
    check(paid, "S.mute", "NoReason");
    check(&format!("{paid} S.reverse"), "S.mute", "AlreadyReversed");
    check(&format!("{paid} S.undo"), "S.undo", "AlreadyCorrected");
}

#[test]
fn only_a_debt_is_settled_and_no_more_than_it() {
    let debt = "A.visit:1 S.link:7=1 T.link:7=1 meet S.pay:7=5 T.pay:7=5 meet";
    check("A.visit:1", "A.settle:1=5", "NoDebt");
    check(debt, "A.settle:1=6", "NoDebt");
    check(debt, "A.settle:1=0", "NoAmount");
    check(debt, "A.settle:1=5", "Settle 1 +5");
    check(&format!("{debt} A.writeoff:1=2"), "A.settle:1=4", "NoDebt");
}

#[test]
fn an_award_that_is_held_is_passed_over_unless_more_is_due() {
    check("", "A.award:1=2", "Award 1@E +2");
    check("A.award:1=2", "A.award:1=2", "NothingToChange");
    check("A.award:1=2", "A.award:1=3", "Award 1@E +3");
    check("A.award:1=2 tomorrow", "A.award:1=2", "Award 1@E +2");
    check("A.award:9=2 A.join:9=1", "A.award:1=2", "NothingToChange");
}
