//! My Number cards at a reader: who is proven, who only shows a number, who is sent to the desk, and
//! what the desk may ask of a card that lies there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a story that fails says so by panicking"
)]

use std::time::Instant;

use digiana_core::fact::shelter::Assurance;
use digiana_core::id::NodeId;
use digiana_core::token::proof::ProofKey;
use digiana_core::token::{TagKey, TokenTag};
use digiana_node::reader::bounds::{Cost, Line};
use digiana_node::reader::card::{CardFault, Presented, TurnedAway, Unmet};
use digiana_node::reader::enrol::{Asked, Doubt, EnrolFault, Read, Secret, Tries};
use digiana_node::reader::identify::{Checks, Known};
use digiana_node::reader::trust::Trust;
use digiana_node::reader::{FORGOTTEN_AFTER, ReaderEvent};
use digiana_sim::card::kind::{Kind, Quirks};
use digiana_sim::card::{Card, Conversation, InsertedCard, ReaderAddr};
use digiana_sim::population::People;
use digiana_sim::rng::Rng;
use digiana_tests::readers::{Bench, InHand, PATIENCE, SEED, checks_with, noon};

const PERSON: u32 = 12;

/// A reader with cards of one town held to it.
struct Reader {
    bench: Bench,
    slot: ReaderAddr,
}

fn card(kind: Kind) -> Card {
    Card::of_person(SEED, PERSON, kind, Quirks::default())
}

impl Reader {
    async fn of_a_node() -> Self {
        let (bench, addr) = Bench::virtual_reader();
        let mut reader = Self { bench, slot: ReaderAddr::new(addr).unwrap() };
        assert!(matches!(reader.bench.next().await, ReaderEvent::Ready));
        reader
    }

    #[cfg(feature = "pcsc")]
    async fn of_pcscd() -> Self {
        let mut reader = Self { bench: Bench::of_pcscd(), slot: crate::pcsc_host::reader() };
        assert!(matches!(reader.bench.next().await, ReaderEvent::Ready));
        reader
    }

    async fn lay_down(&mut self, card: Card) -> (InsertedCard, ReaderEvent) {
        let inserted = card.put_into(self.slot).await.unwrap();
        (inserted, self.bench.next().await)
    }

    async fn take_up(&mut self, card: InsertedCard) -> Conversation {
        let (conversation, _) = card.remove().await;
        let left = self.bench.next().await;
        assert!(matches!(left, ReaderEvent::Removed { .. }), "{left:?}");
        conversation
    }

    /// Holds a card there and takes it away again; whoever the reader saw.
    async fn tap(&mut self, card: Card) -> Presented {
        let (inserted, event) = self.lay_down(card).await;
        let ReaderEvent::Inserted(presented) = event else { panic!("{event:?}") };
        self.take_up(inserted).await;
        presented
    }

    async fn turned_away(&mut self, card: Card) -> TurnedAway {
        let (inserted, event) = self.lay_down(card).await;
        let ReaderEvent::TurnedAway(why) = event else { panic!("{event:?}") };
        self.take_up(inserted).await;
        why
    }

    /// A desk opens the card with 照合番号B, and enrols it.
    async fn enrol(&mut self, card: Card) -> TokenTag {
        let code = card.secrets().unwrap().code_b.clone();
        let (inserted, _) = self.lay_down(card).await;
        let asked = Asked::open(Secret::CodeB, &code).unwrap();
        let read = self.bench.at_hand.ask(asked).await.unwrap();
        let Read::Opened { token, key, .. } = read else { panic!("{read:?}") };
        assert!(key.is_some());
        self.bench.enrol(token, key);
        let asked = self.take_up(inserted).await;
        assert_eq!(asked.number_asked, 0);
        token
    }
}

async fn a_card_is_proven_after_a_desk_took_its_key_down_and_a_copy_never(reader: &mut Reader) {
    let first = reader.tap(card(Kind::Normal)).await;
    assert_eq!((first.assurance, first.is_my_number), (Assurance::Listed, true));
    let token = reader.enrol(card(Kind::Normal)).await;
    assert_eq!(token, first.token);

    let proven = Presented {
        token,
        assurance: Assurance::Proven,
        is_my_number: true,
        would_not_sign: false,
    };
    assert_eq!(reader.tap(card(Kind::Normal)).await, proven);
    let wakes = Quirks { first_command_fails: true, ..Quirks::default() };
    let waking = Card::of_person(SEED, PERSON, Kind::Normal, wakes);
    assert_eq!(reader.tap(waking).await, proven);

    // A copy signs with noise, or says that it will not: it is never more than a number.
    assert_eq!(reader.turned_away(card(Kind::Cloned)).await, TurnedAway::NotGenuine);
    let listed = Presented { assurance: Assurance::Listed, would_not_sign: true, ..proven };
    assert_eq!(reader.tap(card(Kind::ClonedRefusing)).await, listed);
    // Blocked PINs do not matter to a tap.
    assert_eq!(reader.tap(card(Kind::Blocked)).await, proven);

    // The next card of the same person is another token.
    let renewed = reader.tap(card(Kind::Renewed)).await;
    assert_ne!(renewed.token, token);
    assert_eq!(renewed.assurance, Assurance::Listed);
}

async fn who_cannot_be_taken_is_told_why(reader: &mut Reader) {
    for (kind, why) in [
        (Kind::Android, TurnedAway::Phone),
        (Kind::Iphone, TurnedAway::Phone),
        (Kind::Expired, TurnedAway::Expired),
        (Kind::Revoked, TurnedAway::Revoked),
        (Kind::OtherTown, TurnedAway::OtherTown),
    ] {
        assert_eq!(reader.turned_away(card(kind)).await, why, "{kind}");
    }
    let child = reader.tap(card(Kind::Child)).await;
    assert_eq!((child.assurance, child.is_my_number), (Assurance::Listed, true));
    let plain = reader.tap(card(Kind::Plain)).await;
    assert_eq!((plain.assurance, plain.is_my_number), (Assurance::Listed, false));

    // Whoever fled here from there is enrolled at the desk, and is known from then on.
    let code = card(Kind::OtherTown).secrets().unwrap().code_b.clone();
    let (guest, _) = reader.lay_down(card(Kind::OtherTown)).await;
    let opened = reader.bench.at_hand.ask(Asked::open(Secret::CodeB, &code).unwrap()).await;
    let Ok(Read::Opened { token, key, .. }) = opened else { panic!("{opened:?}") };
    reader.bench.enrol(token, key);
    reader.take_up(guest).await;
    let guest = reader.tap(card(Kind::OtherTown)).await;
    assert_eq!((guest.token, guest.assurance), (token, Assurance::Proven));
}

async fn a_desk_spends_one_try_and_then_no_more(reader: &mut Reader) {
    let person = People::generate(SEED, PERSON).pop().unwrap();
    let normal = card(Kind::Normal);
    let secrets = normal.secrets().unwrap().clone();
    let wrong = if secrets.pin == "0000" { "0001" } else { "0000" };
    let (lies, _) = reader.lay_down(normal).await;
    let tries = async |reader: &Reader| match reader.bench.at_hand.ask(Asked::Tries).await {
        Ok(Read::Tries { left, .. }) => left.unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(tries(reader).await, Tries { pin: Some(3), code_b: Some(10) });
    assert_eq!(lies.conversation().wrong_secrets, 0);

    let open = |secret, typed: &str| Asked::open(secret, typed).unwrap();
    // What is meant for another card is not tried on this one.
    let other = open(Secret::Pin, wrong).of_card(TokenTag([9; 16]));
    assert_eq!(reader.bench.at_hand.ask(other).await, Err(EnrolFault::Changed));
    assert_eq!(lies.conversation().wrong_secrets, 0);
    let refused = reader.bench.at_hand.ask(open(Secret::Pin, wrong)).await;
    assert_eq!(refused, Err(EnrolFault::Wrong { left: Some(2) }));
    // Two are kept, even from the right one.
    let refused = reader.bench.at_hand.ask(open(Secret::Pin, &secrets.pin)).await;
    assert_eq!(refused, Err(EnrolFault::FewTries { left: Some(2) }));
    assert_eq!(tries(reader).await, Tries { pin: Some(2), code_b: Some(10) });

    // What is printed on the card opens it too.
    let read = reader.bench.at_hand.ask(open(Secret::CodeB, &secrets.code_b)).await.unwrap();
    let Read::Opened { holder, key: Some(_), .. } = read else { panic!("{read:?}") };
    assert_eq!(holder.name, format!("{}\u{3000}{}", person.family.written, person.given.written));
    let birth = person.birth;
    assert_eq!(holder.birth, (birth.year, birth.month, birth.day));
    let asked = reader.take_up(lies).await;
    assert_eq!((asked.wrong_secrets, asked.number_asked), (1, 0));

    let (blocked, _) = reader.lay_down(card(Kind::Blocked)).await;
    assert_eq!(tries(reader).await, Tries { pin: Some(0), code_b: Some(0) });
    let refused = reader.bench.at_hand.ask(open(Secret::Pin, &secrets.pin)).await;
    assert_eq!(refused, Err(EnrolFault::FewTries { left: Some(0) }));
    reader.take_up(blocked).await;

    // A copy is opened by the same code, and is not enrolled.
    let (copied, _) = reader.lay_down(card(Kind::Cloned)).await;
    let refused = reader.bench.at_hand.ask(open(Secret::CodeB, &secrets.code_b)).await;
    assert_eq!(refused, Err(EnrolFault::TurnedAway(TurnedAway::NotGenuine)));
    reader.take_up(copied).await;
}

/// A card of which something is changed on its line.
struct Meddled<F>(InHand, F);

impl<F: FnMut(&[u8], Vec<u8>) -> Result<Vec<u8>, CardFault>> Line for Meddled<F> {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
        let answer = self.0.exchange(command)?;
        (self.1)(command, answer)
    }
}

#[test]
fn a_wrong_secret_is_told_of_though_the_card_leaves_right_after() {
    let checks = checks_with(|_| Known { is_known: true, keys: Vec::new() });
    let mut is_gone = false;
    let line = Meddled(in_hand(Kind::Normal), |_: &[u8], answer: Vec<u8>| {
        if is_gone {
            return Err(CardFault::PulledTooSoon);
        }
        is_gone = answer == [0x63, 0xc2];
        Ok(answer)
    });
    let secrets = card(Kind::Normal).secrets().unwrap().clone();
    let wrong = if secrets.pin == "0000" { "0001" } else { "0000" };
    let read = checks.enrol(line, &Asked::open(Secret::Pin, wrong).unwrap());
    assert_eq!(read, Err(EnrolFault::Wrong { left: Some(2) }));
    assert!(is_gone);
}

/// Whoever shows somebody's certificate with a key of their own may come to a desk before them.
#[test]
fn a_card_whose_number_was_taken_with_another_key_gets_its_own_at_the_desk() {
    let others = ProofKey::rsa(&[1, 0, 1], &[0xc5; 256]).unwrap();
    let checks = checks_with(move |_| Known { is_known: true, keys: vec![others.clone()] });
    let tap = checks.meet(in_hand(Kind::Normal)).0;
    assert_eq!(tap, Err(Unmet::TurnedAway(TurnedAway::NotGenuine)));
    let looked = checks.enrol(in_hand(Kind::Normal), &Asked::Tries).unwrap();
    let Read::Tries { left: Some(_), doubt, .. } = looked else { panic!("{looked:?}") };
    assert_eq!(doubt, Some(Doubt::OtherKey));
    let code = card(Kind::Normal).secrets().unwrap().code_b.clone();
    let opened = checks.enrol(in_hand(Kind::Normal), &Asked::open(Secret::CodeB, &code).unwrap());
    assert!(matches!(opened, Ok(Read::Opened { key: Some(_), .. })), "{opened:?}");

    // A copy is not opened into a key, and one that will not sign is told of.
    let copy = checks.enrol(in_hand(Kind::Cloned), &Asked::open(Secret::CodeB, &code).unwrap());
    assert!(!matches!(copy, Ok(Read::Opened { key: Some(_), .. })), "{copy:?}");
    let silent = checks.enrol(in_hand(Kind::ClonedRefusing), &Asked::Tries).unwrap();
    assert!(matches!(silent, Read::Tries { doubt: Some(Doubt::WouldNotSign), .. }), "{silent:?}");
}

#[test]
fn cards_whose_first_answer_is_short_are_not_taken_for_each_other() {
    // Each certificate begins with the same few bytes.
    const SHORT: usize = 2;
    let checks = checks_with(|_| Known { is_known: true, keys: Vec::new() });
    let token_of = |person, is_short: bool| {
        let mut card = Card::of_person(SEED, person, Kind::Normal, Quirks::default());
        card.power_on();
        let line = Meddled(InHand(card), |command: &[u8], answer: Vec<u8>| {
            let is_head = command.starts_with(&[0x00, 0xb0, 0x00, 0x00]) && is_short;
            Ok(if is_head { [&answer[..4 + SHORT], &[0x90, 0x00]].concat() } else { answer })
        });
        checks.meet(line).0.unwrap().token
    };
    let whole = [12, 13].map(|person| token_of(person, false));
    let short = [12, 13].map(|person| token_of(person, true));
    assert_ne!(whole[0], whole[1]);
    assert_eq!(short, whole);
}

/// What a hostile card is told to have done. Drivers that refuse its answers themselves say no more
/// than that it is gone.
fn is_its_fault(kind: Kind, fault: CardFault) -> bool {
    match kind {
        Kind::CutCertificate | Kind::LyingLength => fault == CardFault::BadCertificate,
        Kind::EndlessMore => matches!(fault, CardFault::NeverEnds { .. }),
        Kind::OneByte => {
            matches!(fault, CardFault::ReplyTooShort { bytes: 1 } | CardFault::PulledTooSoon)
        }
        Kind::Huge => matches!(fault, CardFault::ReplyTooLong { .. } | CardFault::PulledTooSoon),
        Kind::Slow | Kind::Silent => fault == CardFault::TooSlow,
        Kind::StrayStatus => true,
        _ => false,
    }
}

async fn a_hostile_card_wastes_its_own_stay_only(reader: &mut Reader, slow_is_left: bool) {
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_hostile()) {
        let begun = Instant::now();
        let (inserted, event) = reader.lay_down(card(kind)).await;
        match &event {
            ReaderEvent::Fault(fault) => assert!(is_its_fault(kind, *fault), "{kind}: {fault:?}"),
            // Most of what it says is right.
            ReaderEvent::Inserted(_) | ReaderEvent::TurnedAway(_) if kind == Kind::StrayStatus => {}
            other => panic!("{kind}: {other:?}"),
        }
        assert!(begun.elapsed() < PATIENCE, "{kind}");
        let is_out = matches!(event, ReaderEvent::Fault(_)) && slow_is_left;
        if kind == Kind::CutCertificate && !is_out {
            // A desk hears that the card cannot be read, and not that none lies there.
            let told = reader.bench.at_hand.ask(Asked::Tries).await;
            assert_eq!(told, Err(EnrolFault::Fault(CardFault::BadCertificate)));
        }
        inserted.remove().await;
        if !is_out {
            let left = reader.bench.next().await;
            assert!(matches!(left, ReaderEvent::Removed { .. }), "{kind}: {left:?}");
        }
        let next = reader.tap(card(Kind::Normal)).await;
        assert!(next.is_my_number, "after {kind}");
    }
}

#[tokio::test]
async fn a_card_is_proven_after_a_desk_took_its_key_down_and_a_copy_never_is() {
    let mut reader = Reader::of_a_node().await;
    a_card_is_proven_after_a_desk_took_its_key_down_and_a_copy_never(&mut reader).await;
}

#[tokio::test]
async fn whoever_cannot_be_taken_is_told_why() {
    who_cannot_be_taken_is_told_why(&mut Reader::of_a_node().await).await;
}

#[tokio::test]
async fn a_desk_spends_one_try_of_a_pin_and_then_no_more() {
    a_desk_spends_one_try_and_then_no_more(&mut Reader::of_a_node().await).await;
}

#[tokio::test]
async fn a_card_that_is_left_there_is_told_of_once_and_is_itself_still() {
    let mut reader = Reader::of_a_node().await;
    let (lies, _) = reader.lay_down(card(Kind::Normal)).await;
    let begun = Instant::now();
    let told = tokio::time::timeout(2 * FORGOTTEN_AFTER, reader.bench.events.recv()).await;
    assert!(matches!(told, Ok(Some(ReaderEvent::Forgotten))), "{told:?}");
    assert!(begun.elapsed() + std::time::Duration::from_secs(1) > FORGOTTEN_AFTER);
    assert!(reader.bench.at_hand.is_there());
    lies.remove().await;
    let left = reader.bench.next().await;
    assert!(matches!(left, ReaderEvent::Removed { was_forgotten: true }), "{left:?}");
}

#[tokio::test]
async fn after_a_hostile_card_the_next_tap_works() {
    a_hostile_card_wastes_its_own_stay_only(&mut Reader::of_a_node().await, true).await;
}

/// What a reader told so far: a card that was read lies there until it is told that it has left.
#[derive(Default)]
struct Told {
    lies: bool,
    read: u32,
    unread: u32,
}

impl Told {
    /// Takes up an event; the token of a card that came in.
    fn take(&mut self, event: &ReaderEvent) -> Option<TokenTag> {
        let follows = match event {
            ReaderEvent::Inserted(_) | ReaderEvent::Fault(_) => !self.lies,
            ReaderEvent::Removed { .. } => self.lies,
            _ => false,
        };
        assert!(follows, "{event:?}, and a card lies there: {}", self.lies);
        self.lies = matches!(event, ReaderEvent::Inserted(_));
        match event {
            ReaderEvent::Inserted(card) => {
                self.read += 1;
                Some(card.token)
            }
            ReaderEvent::Fault(fault) => {
                assert_eq!(*fault, CardFault::PulledTooSoon);
                self.unread += 1;
                None
            }
            _ => None,
        }
    }
}

/// A thousand cards of every honest sort, a third of them pulled at any moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_taps_and_pulls_leave_no_half_tap() {
    const TAPS: u32 = 1_000;
    const WHO_STAY: u32 = 10;
    let mut reader = Reader::of_a_node().await;
    let of = |person, is_plain| {
        let kind = if is_plain { Kind::Plain } else { Kind::Normal };
        Card::of_person(SEED, person, kind, Quirks::default())
    };
    let mut tokens = std::collections::BTreeMap::new();
    for person in 1..=WHO_STAY {
        for is_plain in [false, true] {
            let presented = reader.tap(of(person, is_plain)).await;
            tokens.insert((person, is_plain), presented.token);
        }
    }
    let mut chance = Rng::new(SEED, "story/taps-and-pulls");
    let (mut told, mut stayed, mut pulled) = (Told::default(), 0, 0);
    for _ in 0..TAPS {
        let (person, is_plain) = (1 + chance.below(WHO_STAY), chance.below(4) == 0);
        if chance.below(3) == 0 {
            // Others than those who stay, so that one is never taken for the other.
            let inserted = of(WHO_STAY + person, is_plain).put_into(reader.slot).await.unwrap();
            let micros = chance.below(3_000).into();
            tokio::time::sleep(std::time::Duration::from_micros(micros)).await;
            inserted.remove().await;
            pulled += 1;
            continue;
        }
        let inserted = of(person, is_plain).put_into(reader.slot).await.unwrap();
        let token = tokens.get(&(person, is_plain)).copied();
        loop {
            let event = reader.bench.next().await;
            if told.take(&event) == token {
                break;
            }
        }
        stayed += 1;
        inserted.remove().await;
    }
    let last = reader.bench.next().await;
    told.take(&last);
    println!("{stayed} stayed, {pulled} were pulled: {} read, {} not", told.read, told.unread);
    assert!(!told.lies && told.read >= stayed, "a card that stayed was read");
    assert!(stayed > TAPS / 2 && told.read + told.unread <= TAPS, "each card is told of once");
    // Some were pulled in the middle, or this test tries nothing.
    assert!(told.unread > 10, "{}", told.unread);
}

/// A card without any line: what it costs is what is counted.
fn in_hand(kind: Kind) -> InHand {
    let mut card = card(kind);
    card.power_on();
    InHand(card)
}

#[test]
fn a_town_that_believes_nobody_but_j_lis_takes_no_drill_card() {
    let key = ProofKey::rsa(&[1, 0, 1], &[0xc5; 256]).unwrap();
    let known = move |_| Known { is_known: true, keys: vec![key.clone()] };
    let (tag, node) = (TagKey::new([5; 32]), NodeId([7; 32]));
    let checks = Checks::new(tag, node, Trust::published(), noon, known);
    let (met, _) = checks.meet(in_hand(Kind::Normal));
    assert_eq!(met, Err(Unmet::TurnedAway(TurnedAway::Untrusted)));
}

/// The table of docs/CARDS.md.
#[test]
fn a_tap_costs_what_cards_says() {
    let unknown = checks_with(|_| Known { is_known: true, keys: Vec::new() });
    let code = card(Kind::Normal).secrets().unwrap().code_b.clone();
    let asked = Asked::open(Secret::CodeB, &code).unwrap();
    let opened = unknown.enrol(&mut in_hand(Kind::Normal), &asked).unwrap();
    let Read::Opened { key: Some(key), .. } = opened else { panic!("{opened:?}") };
    let (_, number_only) = unknown.meet(in_hand(Kind::Normal));
    let known = checks_with(move |_| Known { is_known: true, keys: vec![key.clone()] });
    let [first, again] = [(), ()].map(|()| {
        let (met, cost) = known.meet(in_hand(Kind::Normal));
        assert_eq!(met.unwrap().assurance, Assurance::Proven);
        cost
    });
    let cards = include_str!("../../../docs/CARDS.md");
    for (what, cost) in [
        ("a known card, proven", again),
        ("a known card, number only", number_only),
        ("a card for the first time, proven", first),
    ] {
        let Cost { exchanges, sent, received } = cost;
        let row = format!("| {what} | {exchanges} | {sent} | {received} |");
        // Thousands are parted on the page.
        assert!(cards.replace(',', "").contains(&row.replace(',', "")), "{row}");
    }
}

/// How long it takes from a card's coming to its proof, printed and not judged but by an order of
/// magnitude: run with `--nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_cards_are_proven_one_after_another() {
    let mut reader = Reader::of_a_node().await;
    reader.enrol(card(Kind::Normal)).await;
    let mut times = Vec::new();
    for _ in 0..100 {
        let card = card(Kind::Normal);
        let begun = Instant::now();
        let (inserted, event) = reader.lay_down(card).await;
        times.push(begun.elapsed());
        let ReaderEvent::Inserted(Presented { assurance, .. }) = event else { panic!("{event:?}") };
        assert_eq!(assurance, Assurance::Proven);
        reader.take_up(inserted).await;
    }
    times.sort_unstable();
    let [median, slowest] = [times.get(times.len() / 2), times.last()].map(Option::unwrap);
    println!(
        "card put in to proven, the card's own signature included: p50 {median:?}, max {slowest:?}"
    );
    assert!(median.as_millis() < 300, "{median:?}");
}

#[cfg(feature = "pcsc")]
mod under_pcscd {
    //! The same at pcscd's virtual reader.

    use super::*;
    use crate::hosts::{host, play, role, run};
    use crate::pcsc_host::{Daemon, NAMESPACES, die_with_the_story};

    fn on_a_host(test: &str, story: impl AsyncFnOnce(&mut Reader)) {
        if role().is_none() {
            return play(host(NAMESPACES, &format!("my_number::under_pcscd::{test}"), "reader"));
        }
        die_with_the_story();
        let daemon = Daemon::start();
        run(async {
            let mut reader = Reader::of_pcscd().await;
            story(&mut reader).await;
        });
        drop(daemon);
    }

    #[test]
    fn a_card_is_proven_and_a_copy_never_is() {
        on_a_host("a_card_is_proven_and_a_copy_never_is", async |reader| {
            a_card_is_proven_after_a_desk_took_its_key_down_and_a_copy_never(reader).await;
        });
    }

    #[test]
    fn whoever_cannot_be_taken_is_told_why() {
        on_a_host("whoever_cannot_be_taken_is_told_why", async |reader| {
            who_cannot_be_taken_is_told_why(reader).await;
        });
    }

    #[test]
    fn a_desk_spends_one_try_of_a_pin_and_then_no_more() {
        on_a_host("a_desk_spends_one_try_of_a_pin_and_then_no_more", async |reader| {
            a_desk_spends_one_try_and_then_no_more(reader).await;
        });
    }

    #[test]
    fn after_a_hostile_card_the_next_tap_works() {
        on_a_host("after_a_hostile_card_the_next_tap_works", async |reader| {
            a_hostile_card_wastes_its_own_stay_only(reader, false).await;
        });
    }

    /// How many threads and open files this process has.
    fn in_use() -> [usize; 2] {
        ["/proc/self/task", "/proc/self/fd"].map(|all| std::fs::read_dir(all).unwrap().count())
    }

    /// Holds cards there one after another, read or not, and asks each of them as a desk does.
    async fn cards_come_and_go(reader: &mut Reader, count: usize) {
        let kinds = [Kind::Normal, Kind::Plain, Kind::CutCertificate, Kind::Cloned];
        for kind in kinds.into_iter().cycle().take(count) {
            let (inserted, event) = reader.lay_down(card(kind)).await;
            let was_read = !matches!(event, ReaderEvent::Fault(_));
            let asked = reader.bench.at_hand.ask(Asked::Tries).await;
            assert_eq!(asked.is_ok(), was_read, "{kind}: {asked:?}");
            reader.take_up(inserted).await;
        }
    }

    /// A reader stands at its desk for years, and one thread a card would be many.
    #[test]
    fn forty_cards_leave_no_thread_and_no_open_file_behind() {
        let test = "forty_cards_leave_no_thread_and_no_open_file_behind";
        on_a_host(test, async |reader| {
            cards_come_and_go(reader, 8).await;
            let before = in_use();
            cards_come_and_go(reader, 40).await;
            // What the last card was asked ends by itself.
            let begun = Instant::now();
            while in_use().iter().zip(before).any(|(now, before)| *now > before) {
                assert!(begun.elapsed() < PATIENCE, "{before:?} before, {:?} now", in_use());
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            println!("threads and open files: {before:?} before, {:?} after", in_use());
        });
    }

    /// A driver that waits for a card without an end keeps its own reader only.
    #[test]
    fn a_silent_card_at_one_reader_keeps_no_other_reader_from_its_cards() {
        on_a_host(
            "a_silent_card_at_one_reader_keeps_no_other_reader_from_its_cards",
            async |reader| {
                let other = crate::pcsc_host::other_reader();
                let silent = card(Kind::Silent).put_into(other).await.unwrap();
                // It has come when it was given power; its reader waits for its first answer.
                while silent.conversation().apdus == 0 {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
                let begun = Instant::now();
                let (held, event) = reader.lay_down(card(Kind::Normal)).await;
                let at_once = begun.elapsed();
                assert!(matches!(event, ReaderEvent::Inserted(_)), "{event:?}");
                println!("read in {at_once:?} while another reader waits");
                let late = reader.bench.next().await;
                assert!(matches!(late, ReaderEvent::Fault(CardFault::TooSlow)), "{late:?}");
                held.remove().await;
                assert!(matches!(reader.bench.next().await, ReaderEvent::Removed { .. }));
                silent.remove().await;
                assert!(matches!(reader.bench.next().await, ReaderEvent::Removed { .. }));
                // And the reader that waited takes the next card.
                let next = card(Kind::Plain).put_into(other).await.unwrap();
                let event = reader.bench.next().await;
                assert!(matches!(event, ReaderEvent::Inserted(_)), "{event:?}");
                next.remove().await;
                assert!(matches!(reader.bench.next().await, ReaderEvent::Removed { .. }));
            },
        );
    }
}
