//! How much memory a town's accounts take, and how much a late fact makes anew.

use crate::fact::Fact;
use crate::fact::shelter::Assurance;
use crate::fact::wellbeing::{Grant, Spend, Visit};
use crate::id::PersonId;
use crate::service::Fold as _;
use crate::service::rehearsal::{START, origin, person, site};
use crate::service::wellbeing::fold::{Held, WellbeingFold};
use crate::service::wellbeing::rows::Row;
use crate::service::wellbeing::wallet::Wallet;

use crate::service::wellbeing::rehearsal::WALK;

/// What an allocator adds to each piece of heap, at most.
const PIECE: usize = 16;

const PEOPLE: u32 = 4_231;
const FACTS: u32 = 100_000;

/// A town in which everybody visits and spends, at ten places.
fn busy_town() -> WellbeingFold {
    let mut fold = WellbeingFold::default();
    let mut seqs = [0; 10];
    for round in 0..FACTS {
        let (person, desk) = (person(round % PEOPLE), round / PEOPLE % 10);
        let name = char::from(b'A' + u8::try_from(desk).unwrap());
        let seq: &mut u64 = &mut seqs[usize::try_from(desk).unwrap()];
        *seq += 1;
        let (site, assurance, happened_at) = (site(name), Assurance::Listed, None);
        let fact = if round.is_multiple_of(5) {
            Fact::from(Spend { person, shop: site, points: 1, assurance, happened_at })
        } else {
            let grant = Grant { rule: WALK, version: [0; 4], points: 5, daily_cap: None };
            let (grants, temperature) = (vec![grant], None);
            Fact::from(Visit { person, site, grants, assurance, happened_at, temperature })
        };
        fold.apply(&origin(name, *seq, START + i64::from(round) * 60), &fact);
    }
    fold
}

/// Counts what the accounts of a fold take, room to spare and the allocator's own included.
fn bytes_of(fold: &WellbeingFold) -> usize {
    // A tree is half empty at worst.
    let account = 2 * (size_of::<PersonId>() + size_of::<Held>());
    let kept = size_of::<Wallet>() + PIECE;
    let accounts = fold
        .accounts
        .values()
        .map(|held| account + kept + held.rows.capacity() * size_of::<Row>() + PIECE);
    let index = fold.indexed() * size_of::<(u64, PersonId)>();
    accounts.sum::<usize>() + index
}

#[test]
fn a_posting_takes_a_hundred_and_twenty_bytes_at_most() {
    let fold = busy_town();
    let bytes = bytes_of(&fold);
    let facts = usize::try_from(FACTS).unwrap();
    assert!(bytes <= 120 * facts, "{} bytes a fact", bytes / facts);
    assert_eq!(fold.people().count(), usize::try_from(PEOPLE).unwrap());
}

#[test]
fn a_late_fact_makes_its_own_account_anew_and_no_other() {
    let mut fold = busy_town();
    let people: Vec<PersonId> = fold.people().collect();
    people.iter().for_each(|person| assert!(fold.wallet(&[*person]).pending < u64::MAX));
    let (person, shop, points) = (people[7], site('A'), 1);
    let (assurance, happened_at) = (Assurance::Listed, None);
    let late = Fact::from(Spend { person, shop, points, assurance, happened_at });
    let before = fold.wallet(&[person]).points;
    fold.apply(&origin('Z', 1, START), &late);
    let anew: Vec<PersonId> =
        fold.accounts.iter().filter(|(_, held)| !held.is_counted()).map(|(id, _)| *id).collect();
    assert_eq!(anew, [person]);
    assert_eq!(fold.wallet(&[person]).points, before - 1);
}
