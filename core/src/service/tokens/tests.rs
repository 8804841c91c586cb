//! Whom a token stands for, and who is one person.

use proptest::prelude::*;

use super::*;
use crate::service::digested::tests::keeps_its_digest;
use crate::service::rehearsal::{START, Town, origin, person, proof_key, token, told};

fn resolved(script: &str) -> Resolved {
    Town::play(script).desk('A').tokens.resolve(token(7))
}

#[test]
fn a_token_stands_for_whom_it_was_given_to_last() {
    assert_eq!(resolved("A.link:8=1"), Resolved::Unknown);
    assert_eq!(resolved("A.link:7=1"), Resolved::Person(person(1)));
    assert_eq!(resolved("A.link:7=1 A.relink:7=2"), Resolved::Person(person(2)));
    assert_eq!(resolved("A.link:7=1 A.relink:7=2 A.undo:tokens"), Resolved::Person(person(1)));
    assert_eq!(resolved("A.link:7=1 A.undo:tokens"), Resolved::Unknown);
}

#[test]
fn a_lost_token_opens_nothing_until_it_is_found() {
    assert_eq!(resolved("A.link:7=1 A.lost:7"), Resolved::Suspended(person(1)));
    assert_eq!(resolved("A.link:7=1 A.ended:7"), Resolved::Ended(person(1)));
    assert_eq!(resolved("A.link:7=1 A.lost:7 A.relink:7=1"), Resolved::Person(person(1)));
}

#[test]
fn of_two_places_that_agree_on_the_person_the_stricter_state_holds() {
    let apart = "A.link:7=1 B.link:7=1 meet A.lost:7 B.ended:7 meet";
    assert_eq!(resolved(apart), Resolved::Ended(person(1)));
}

#[test]
fn a_token_given_to_two_people_is_a_conflict_until_they_are_one() {
    let apart = "A.link:7=1 B.link:7=9 meet";
    assert_eq!(resolved(apart), Resolved::Conflict(vec![person(1), person(9)]));
    assert_eq!(resolved(&format!("{apart} A.join:9=1")), Resolved::Person(person(1)));
    assert_eq!(resolved(&format!("{apart} B.relink:7=9 meet")), Resolved::Person(person(9)));
}

#[test]
fn the_id_of_the_register_stands_for_all_ids() {
    let town = Town::play("A.join:2=5 A.join:3=5 A.join:3=4");
    let tokens = &town.desk('A').tokens;
    assert_eq!(tokens.canonical(person(2)), person(4));
    assert_eq!(tokens.aliases(person(3)), [person(4), person(2), person(3), person(5)]);
    assert_eq!(tokens.joined().count(), 1);
    let parted = Town::play("A.join:2=5 A.undo:tokens");
    assert_eq!(parted.desk('A').tokens.aliases(person(2)), [person(2)]);
}

fn keys(script: &str) -> Vec<ProofKey> {
    Town::play(script).desk('A').tokens.proof_keys(token(7)).cloned().collect()
}

#[test]
fn a_card_proves_itself_with_the_key_that_was_taken_down_last() {
    assert_eq!(resolved("A.enrol:7=1/3"), Resolved::Person(person(1)));
    assert_eq!(keys("A.enrol:7=1/3"), [proof_key(3)]);
    assert_eq!(keys("A.link:7=1 A.enrol:7=1/3"), [proof_key(3)]);
    assert_eq!(keys("A.enrol:7=1/3 A.enrol:7=1/4"), [proof_key(4)]);
    assert_eq!(keys("A.enrol:7=1/3 A.enrol:7=1/4 A.undo:tokens"), [proof_key(3)]);
    assert_eq!(keys("A.enrol:7=1/3 A.undo:tokens"), []);
    assert_eq!(keys("A.link:7=1"), []);
}

#[test]
fn what_a_desk_read_twice_is_recorded_once() {
    let mut town = Town::play("A.enrol:7=1/3");
    assert_eq!(told(&town.step("A.enrol:7=1/3")), "NothingToChange");
}

#[test]
fn keys_that_two_places_read_both_count_until_a_desk_reads_the_card_again() {
    let apart = "A.enrol:7=1/3 B.enrol:7=1/4 meet";
    assert_eq!(keys(apart), [proof_key(3), proof_key(4)]);
    assert_eq!(keys(&format!("{apart} A.enrol:7=1/3")), [proof_key(3)]);
}

#[test]
fn a_card_of_somebody_else_is_not_enrolled_unless_staff_mean_it() {
    let mut town = Town::play("A.link:7=2");
    assert_eq!(told(&town.step("A.enrol:7=1/3")), "TokenTaken");
    assert_eq!(town.desk('A').tokens.proof_keys(token(7)).count(), 0);
}

fn facts() -> impl Strategy<Value = Vec<(Origin, Fact)>> {
    let set = (0u8..3, 1u32..4, any::<bool>(), any::<u8>());
    let fact = prop_oneof![
        set.prop_map(|(tag, who, lost, seen)| {
            let state = if lost { TokenState::Suspended } else { TokenState::Active };
            let dots = (1..=8).filter(|seq| seen >> (seq - 1) & 1 == 1);
            let saw = Saw::new(dots.map(|seq| origin('A', seq, START).entry).collect());
            let person = person(who);
            Fact::from(TokenSet { token: token(tag), person, state, saw, happened_at: None })
        }),
        (1u32..6, 1u32..6).prop_map(|(walk_in, to)| {
            let (walk_in, person) = (person(walk_in), person(to));
            Fact::from(PersonsJoined { walk_in, person, happened_at: None })
        }),
        (0u8..3, 1u8..4, any::<u8>()).prop_map(|(tag, number, seen)| {
            let dots = (1..=8).filter(|seq| seen >> (seq - 1) & 1 == 1);
            let saw = Saw::new(dots.map(|seq| origin('A', seq, START).entry).collect());
            let (token, key) = (token(tag), proof_key(number));
            Fact::from(TokenKey { token, key, saw, happened_at: None })
        }),
        (1u64..12).prop_map(|seq| {
            let of = origin('A', seq, START);
            let target_hash = crate::fact::correct::Correct::hash_of(of.hash);
            let reason = crate::fact::words::Words::new("訓練データ");
            let target = of.entry;
            Fact::Correct(crate::fact::correct::Correct { target, target_hash, reason })
        }),
    ];
    let log = proptest::collection::vec(fact, 1..14);
    log.prop_map(|facts| (1..).map(|seq| origin('A', seq, START)).zip(facts).collect())
}

proptest! {
    #[test]
    fn the_digest_that_is_kept_is_that_of_what_is_there(log in facts().prop_shuffle()) {
        keeps_its_digest::<TokenFold>(&log);
    }

    #[test]
    fn any_order_gives_the_same_tokens(log in facts(), turn in any::<prop::sample::Index>()) {
        let fold = |log: &[(Origin, Fact)]| {
            let mut fold = TokenFold::default();
            log.iter().for_each(|(origin, fact)| fold.apply(origin, fact));
            fold
        };
        let whole = fold(&log);
        let mut other: Vec<_> = log.iter().rev().chain(&log).cloned().collect();
        let turn = turn.index(other.len());
        other.rotate_left(turn);
        let other = fold(&other);
        prop_assert_eq!(&other, &whole);
        prop_assert_eq!(other.digest(), whole.digest());
        for id in (1..6).map(person) {
            let aliases = whole.aliases(id);
            prop_assert!(aliases.contains(&id));
            prop_assert!(aliases.iter().all(|alias| whole.canonical(*alias) == aliases[0]));
        }
    }
}
