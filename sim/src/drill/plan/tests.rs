//! Plans: who comes where, and how many.

use super::*;
use crate::population::People;

const MINUTE: Duration = Duration::from_secs(60);

fn plan(seed: u64, length: Duration) -> Plan {
    Crowd::new(seed, &People::generate(seed, 300), Tempo::Rush).plan(length)
}

fn taps(plan: &Plan) -> usize {
    plan.acts.iter().flat_map(|(_, _, taps)| taps.values()).map(Vec::len).sum()
}

#[test]
fn the_same_seed_plans_the_same_drill() {
    assert_eq!(plan(1, MINUTE), plan(1, MINUTE));
    assert_ne!(plan(1, MINUTE), plan(2, MINUTE));
}

#[test]
fn a_minute_has_about_two_hundred_and_fifty_taps_and_a_longer_drill_has_more() {
    for seed in 0..20 {
        let plan = plan(seed, MINUTE);
        assert!((200..=300).contains(&taps(&plan)), "seed {seed}: {}", taps(&plan));
    }
    assert!(taps(&plan(1, MINUTE * 10)) > 2_000);
}

#[test]
fn gently_about_eighty_a_minute_come_as_the_drills_page_says() {
    let mut crowd = Crowd::new(1, &People::generate(1, 300), Tempo::Gentle);
    let rounds: usize = (0..5).map(|_| taps(&crowd.plan(MINUTE * 2))).sum();
    assert!((700..=900).contains(&rounds), "{rounds}");
}

#[test]
fn acts_fill_the_time_and_no_tap_is_outside_of_its_act() {
    for seed in 0..20 {
        let plan = plan(seed, MINUTE);
        assert_eq!(plan.acts.iter().map(|(_, length, _)| *length).sum::<Duration>(), MINUTE);
        for (_, length, taps) in &plan.acts {
            assert_eq!(taps.len(), Post::READERS.len());
            for list in taps.values() {
                assert!(list.is_sorted_by_key(|tap| tap.at));
                assert!(list.iter().all(|tap| tap.at < *length));
            }
        }
    }
}

#[test]
fn everyone_doubled_goes_to_both_cut_off_shelters_and_nowhere_else_from_then_on() {
    for seed in 0..50 {
        let plan = plan(seed, MINUTE / 2);
        assert!(!plan.doubled.is_empty(), "seed {seed}");
        let [_, (_, _, cut), (_, _, healed)] = &plan.acts;
        for person in &plan.doubled {
            let at: Vec<Post> = cut
                .iter()
                .filter(|(post, _)| Post::SHELTERS.contains(post))
                .filter(|(_, list)| list.iter().any(|tap| tap.person == *person))
                .map(|(post, _)| *post)
                .collect();
            assert_eq!(at, plan.cut[..2], "seed {seed}");
            let shelters = Post::SHELTERS.into_iter().flat_map(|post| &healed[&post]);
            let later = shelters.into_iter().any(|tap| tap.person == *person);
            assert!(!later, "seed {seed}");
        }
    }
}

#[test]
fn some_cards_are_registered_for_nobody_and_some_come_twice() {
    let plan = plan(3, MINUTE * 5);
    let all: Vec<Tap> =
        plan.acts.iter().flat_map(|(_, _, taps)| taps.values().flatten().copied()).collect();
    assert!(all.iter().any(|tap| tap.person > 300));
    let next_is_same = plan
        .acts
        .iter()
        .flat_map(|(_, _, taps)| taps.values())
        .any(|list| list.windows(2).any(|pair| pair[0].person == pair[1].person));
    assert!(next_is_same);
}

#[test]
fn who_pays_has_visited_in_the_act_before_and_pays_with_what_one_visit_gives() {
    for seed in 0..20 {
        let plan = plan(seed, MINUTE);
        for pair in plan.acts.windows(2) {
            let [(_, _, before), (_, _, taps)] = pair else { unreachable!("pairs are pairs") };
            let visits: Vec<_> =
                before[&Post::Facility].iter().filter(|tap| tap.pays.is_none()).collect();
            let shop = &taps[&Post::Shop];
            assert!(!shop.is_empty(), "seed {seed}");
            for tap in shop {
                assert_eq!(tap.pays, Some(POINTS_A_VISIT));
                assert!(visits.iter().any(|visit| visit.person == tap.person), "seed {seed}");
            }
        }
        assert!(plan.acts[0].2[&Post::Shop].is_empty());
    }
}

#[test]
fn some_pay_with_the_same_points_at_both_cut_off_tills_and_nobody_else_pays_twice() {
    for seed in 0..50 {
        let plan = plan(seed, MINUTE / 2);
        assert!(!plan.overdrawn.is_empty(), "seed {seed}");
        assert_eq!(plan.cut[2..], Post::TILLS);
        let mut paid: BTreeMap<u32, Vec<(Act, Post)>> = BTreeMap::new();
        for (act, _, taps) in &plan.acts {
            for (post, list) in taps {
                for tap in list.iter().filter(|tap| tap.pays.is_some()) {
                    paid.entry(tap.person).or_default().push((*act, *post));
                }
            }
        }
        for (person, paid) in paid {
            if plan.overdrawn.contains(&person) {
                assert_eq!(paid, Post::TILLS.map(|till| (Act::Cut, till)), "seed {seed}");
            } else {
                assert_eq!(paid.len(), 1, "seed {seed}");
                assert_eq!(paid[0].1, Post::Shop);
            }
        }
    }
}

#[test]
fn every_pupil_comes_to_school_once() {
    let people = People::generate(4, 300);
    let plan = Crowd::new(4, &people, Tempo::Rush).plan(MINUTE);
    let came = plan.acts.iter().flat_map(|(_, _, taps)| &taps[&Post::School]);
    let mut came: Vec<_> = came.map(|tap| tap.person).collect();
    came.sort_unstable();
    assert_eq!(came, pupils::of(&people).map(|pupil| pupil.number).collect::<Vec<_>>());
}
