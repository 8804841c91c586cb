//! A virtual card at a node's virtual reader: the two ends know only the line between them.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on should stop"
)]

use std::time::{Duration, Instant};

use digiana_core::token::{TagKey, TokenTag};
use digiana_node::reader::ReaderEvent;
use digiana_sim::card::{Card, Conversation, Ending, ReaderAddr, Uid};
use digiana_tests::readers::{Bench, PATIENCE};

struct Shelter {
    reader: ReaderAddr,
    bench: Bench,
}

impl Shelter {
    async fn open() -> Self {
        let (bench, addr) = Bench::virtual_reader();
        let mut shelter = Self { reader: ReaderAddr::new(addr).unwrap(), bench };
        assert!(matches!(shelter.next().await, ReaderEvent::Ready));
        shelter
    }

    async fn next(&mut self) -> ReaderEvent {
        self.bench.next().await
    }

    /// The tag of the card that comes next.
    async fn next_tag(&mut self) -> TokenTag {
        match self.next().await {
            ReaderEvent::Inserted(card) => card.token,
            event => panic!("no card was read: {event:?}"),
        }
    }
}

#[tokio::test]
async fn a_persons_card_is_known_at_the_reader_by_the_tag_the_town_expects() {
    let key = TagKey::new([5; 32]);
    let mut shelter = Shelter::open().await;
    for person in 1..=20 {
        let uid = Uid::of_person(1, person);
        let mut card = Card::insert(shelter.reader, uid).await.unwrap();
        assert_eq!(shelter.next_tag().await, TokenTag::of_uid(&key, &uid.0));
        assert!(card.until_read(PATIENCE).await);
        let (conversation, ending) = card.remove().await;
        assert_eq!(
            conversation,
            Conversation { power_ons: 1, apdus: 2, uids_told: 1, ..Conversation::default() }
        );
        assert_eq!(ending, Ending::Removed);
        assert!(matches!(shelter.next().await, ReaderEvent::Removed { .. }));
    }
}

#[tokio::test]
async fn a_card_that_is_left_on_the_reader_keeps_the_next_one_waiting() {
    let key = TagKey::new([5; 32]);
    let mut shelter = Shelter::open().await;
    let left = Card::insert(shelter.reader, Uid::of_person(1, 1)).await.unwrap();
    shelter.next_tag().await;
    let mut next = Card::insert(shelter.reader, Uid::of_person(1, 2)).await.unwrap();
    assert!(!next.until_read(Duration::from_millis(200)).await);

    assert_eq!(left.remove().await.1, Ending::Removed);
    assert!(matches!(shelter.next().await, ReaderEvent::Removed { .. }));
    assert_eq!(shelter.next_tag().await, TokenTag::of_uid(&key, &Uid::of_person(1, 2).0));
    assert!(next.until_read(PATIENCE).await);
}

/// How long taps take on this machine, printed and not judged: run with `--nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_taps_are_read_one_after_another() {
    let mut shelter = Shelter::open().await;
    let mut times = Vec::new();
    for person in 1..=100 {
        let begun = Instant::now();
        let card = Card::insert(shelter.reader, Uid::of_person(1, person)).await.unwrap();
        shelter.next_tag().await;
        times.push(begun.elapsed());
        card.remove().await;
        assert!(matches!(shelter.next().await, ReaderEvent::Removed { .. }));
    }
    times.sort_unstable();
    let [median, slowest] = [times.get(times.len() / 2), times.last()].map(Option::unwrap);
    println!(
        "card put in to number read (connect, power, 2 exchanges): p50 {median:?}, max {slowest:?}"
    );
}
