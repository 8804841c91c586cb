//! Cards of every kind, honest and not, at the slot.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use digiana_core::id::NodeId;
use digiana_core::token::{TagKey, TokenTag};

use super::*;
use crate::node::wall;
use crate::reader::READER_EVENTS_QUEUED_MAX;
use crate::reader::card::Presented;
use crate::reader::enrol::{Asked, EnrolFault, Read, Secret};
use crate::reader::identify::Known;
use crate::reader::trust::Trust;

/// Long enough for a card that never answers and a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

const ATR: &[u8] = &[0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45, 0x14];
/// What a card that is no My Number card says when it is asked for JPKI's application.
const NO_SUCH_APPLICATION: &[u8] = &[0x6a, 0x82];
const SELECT_JPKI: &[u8] =
    &[0x00, 0xa4, 0x04, 0x0c, 0x0a, 0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];
const HONEST: &[u8] = &[1, 2, 3, 4, 0x90, 0x00];

fn bind(listen: SocketAddr) -> Result<VirtualReader, ReaderMistake> {
    VirtualReader::bind(listen, checks(), AtHand::default())
}

fn checks() -> Arc<Checks> {
    let node = NodeId([7; 32]);
    Arc::new(Checks::new(key(), node, Trust::published(), wall, |_| Known::default()))
}

fn key() -> TagKey {
    TagKey::new([5; 32])
}

/// Whether somebody's plain card was read, by its number.
fn is_card(event: &ReaderEvent, uid: &[u8]) -> bool {
    let token = TokenTag::of_uid(&key(), uid);
    matches!(event, ReaderEvent::Inserted(Presented { token: read, is_my_number: false, .. })
        if *read == token)
}

struct Bench {
    addr: SocketAddr,
    events: mpsc::Receiver<ReaderEvent>,
}

impl Bench {
    async fn new() -> Self {
        let reader = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let addr = reader.local_addr();
        let (sender, events) = mpsc::channel(READER_EVENTS_QUEUED_MAX);
        tokio::spawn(reader.run(sender));
        let mut bench = Self { addr, events };
        assert!(matches!(bench.next().await, ReaderEvent::Ready));
        bench
    }

    async fn next(&mut self) -> ReaderEvent {
        timeout(PATIENCE, self.events.recv()).await.unwrap().unwrap()
    }

    async fn connect(&self) -> Card {
        Card { line: TcpStream::connect(self.addr).await.unwrap() }
    }

    /// The next tap of an honest card works, whoever was at the slot before.
    async fn check_next_tap_works(&mut self) {
        let mut card = self.connect().await;
        card.tell(HONEST).await;
        let heard = self.next().await;
        assert!(is_card(&heard, &[1, 2, 3, 4]), "{heard:?}");
        drop(card);
        assert!(matches!(self.next().await, ReaderEvent::Removed { .. }));
    }

    async fn check_fault(&mut self, expected: CardFault) {
        let ReaderEvent::Fault(fault) = self.next().await else {
            panic!("the card was not {expected:?}");
        };
        assert_eq!(fault, expected);
    }
}

/// The card's end of a line, in the test's own hand.
struct Card {
    line: TcpStream,
}

impl Card {
    async fn hear(&mut self) -> Vec<u8> {
        let length = self.line.read_u16().await.unwrap();
        let mut payload = vec![0; usize::from(length)];
        self.line.read_exact(&mut payload).await.unwrap();
        payload
    }

    async fn say(&mut self, payload: &[u8]) {
        let mut message = u16::try_from(payload.len()).unwrap().to_be_bytes().to_vec();
        message.extend_from_slice(payload);
        self.line.write_all(&message).await.unwrap();
    }

    /// Gets power, answers to reset, and hears that its number is wanted.
    async fn wake(&mut self) {
        assert_eq!(self.hear().await, [0x01]);
        assert_eq!(self.hear().await, [0x04]);
        self.say(ATR).await;
        assert_eq!(self.hear().await, SELECT_JPKI);
        self.say(NO_SUCH_APPLICATION).await;
        assert_eq!(self.hear().await, [0xff, 0xca, 0, 0, 0]);
    }

    async fn tell(&mut self, reply: &[u8]) {
        self.wake().await;
        self.say(reply).await;
    }
}

/// Checks what a card that answers like this is told to be, and that it spoils no other tap.
async fn check_reply(reply: &[u8], expected: CardFault) {
    let mut bench = Bench::new().await;
    let mut card = bench.connect().await;
    card.tell(reply).await;
    bench.check_fault(expected).await;
    // The slot has let go of it.
    assert_eq!(card.line.read(&mut [0; 1]).await.unwrap_or(0), 0);
    bench.check_next_tap_works().await;
}

#[tokio::test]
async fn a_card_is_in_until_it_leaves() {
    let mut bench = Bench::new().await;
    let mut card = bench.connect().await;
    card.tell(&[9, 8, 7, 6, 5, 4, 3, 0x90, 0x00]).await;
    assert!(is_card(&bench.next().await, &[9, 8, 7, 6, 5, 4, 3]));
    assert!(bench.events.try_recv().is_err());
    drop(card);
    assert!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
    bench.check_next_tap_works().await;
}

#[tokio::test]
async fn a_card_that_refuses_is_asked_for_again() {
    check_reply(&[0x6d, 0x00], CardFault::Refused(0x6d00)).await;
    check_reply(&[1, 2, 3, 4, 0x63, 0x00], CardFault::Refused(0x6300)).await;
}

#[tokio::test]
async fn an_answer_without_a_status_is_no_cards() {
    check_reply(&[], CardFault::ReplyTooShort { bytes: 0 }).await;
    check_reply(&[0x90], CardFault::ReplyTooShort { bytes: 1 }).await;
}

#[tokio::test]
async fn a_number_that_is_too_short_or_too_long_is_no_cards() {
    check_reply(&[0x90, 0x00], CardFault::UidLength { bytes: 0 }).await;
    check_reply(&[1, 2, 3, 0x90, 0x00], CardFault::UidLength { bytes: 3 }).await;
    let mut long = vec![7; 256];
    long.extend_from_slice(&[0x90, 0x00]);
    check_reply(&long, CardFault::UidLength { bytes: 256 }).await;
}

#[tokio::test]
async fn a_card_that_would_answer_64_kilobytes_is_not_heard_out() {
    let mut bench = Bench::new().await;
    let mut card = bench.connect().await;
    card.wake().await;
    card.line.write_all(&[0xff, 0xff]).await.unwrap();
    bench.check_fault(CardFault::ReplyTooLong { bytes: 65_535 }).await;
    bench.check_next_tap_works().await;
}

#[tokio::test]
async fn an_answer_to_reset_is_held_to_its_bounds() {
    for (atr, expected) in [
        (vec![], CardFault::AtrLength { bytes: 0 }),
        (vec![0x3b], CardFault::AtrLength { bytes: 1 }),
        (vec![0x3b; 34], CardFault::AtrLength { bytes: 34 }),
    ] {
        let mut bench = Bench::new().await;
        let mut card = bench.connect().await;
        assert_eq!(card.hear().await, [0x01]);
        assert_eq!(card.hear().await, [0x04]);
        card.say(&atr).await;
        bench.check_fault(expected).await;
        bench.check_next_tap_works().await;
    }
}

#[tokio::test]
async fn a_card_that_is_not_awake_is_asked_once_more() {
    let mut bench = Bench::new().await;
    let mut card = bench.connect().await;
    assert_eq!(card.hear().await, [0x01]);
    assert_eq!(card.hear().await, [0x04]);
    card.say(ATR).await;
    for said in [&[0x6f, 0x00], NO_SUCH_APPLICATION] {
        assert_eq!(card.hear().await, SELECT_JPKI);
        card.say(said).await;
    }
    assert_eq!(card.hear().await, [0xff, 0xca, 0, 0, 0]);
    card.say(HONEST).await;
    assert!(is_card(&bench.next().await, &[1, 2, 3, 4]));
    drop(card);
    assert!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
    check_reply(&[0x6f, 0x00], CardFault::Refused(0x6f00)).await;
}

#[tokio::test]
async fn a_card_that_always_has_more_to_say_is_not_heard_out() {
    let mut bench = Bench::new().await;
    let mut card = bench.connect().await;
    card.tell(&[0x61, 0x08]).await;
    let more = tokio::spawn(async move {
        // The slot's closing ends it.
        while card.line.read_u16().await.is_ok() {
            card.line.read_exact(&mut [0; 5]).await.unwrap();
            card.say(&[1, 2, 3, 4, 0x61, 0xff]).await;
        }
    });
    let exchanges = crate::reader::bounds::EXCHANGES_MAX;
    bench.check_fault(CardFault::NeverEnds { exchanges }).await;
    timeout(PATIENCE, more).await.unwrap().unwrap();
    bench.check_next_tap_works().await;
}

#[tokio::test]
async fn a_desk_that_asks_without_a_card_is_told_so_and_with_a_plain_one_learns_its_token() {
    let at_hand = AtHand::default();
    let reader =
        VirtualReader::bind("127.0.0.1:0".parse().unwrap(), checks(), at_hand.clone()).unwrap();
    let addr = reader.local_addr();
    let (sender, events) = mpsc::channel(READER_EVENTS_QUEUED_MAX);
    tokio::spawn(reader.run(sender));
    let mut bench = Bench { addr, events };
    assert!(matches!(bench.next().await, ReaderEvent::Ready));
    assert_eq!(at_hand.ask(Asked::Tries).await, Err(EnrolFault::NoCard));

    let mut card = bench.connect().await;
    card.tell(HONEST).await;
    assert!(is_card(&bench.next().await, &[1, 2, 3, 4]));
    let asks = at_hand.clone();
    let asked = tokio::spawn(async move { asks.ask(Asked::Tries).await });
    assert_eq!(card.hear().await, SELECT_JPKI);
    card.say(NO_SUCH_APPLICATION).await;
    assert_eq!(card.hear().await, [0xff, 0xca, 0, 0, 0]);
    card.say(HONEST).await;
    // Whatever was opened is closed.
    assert_eq!(card.hear().await, SELECT_JPKI);
    card.say(NO_SUCH_APPLICATION).await;
    let token = TokenTag::of_uid(&key(), &[1, 2, 3, 4]);
    assert_eq!(asked.await.unwrap(), Ok(Read::Tries { left: None, token, doubt: None }));

    drop(card);
    assert!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
    assert!(!at_hand.is_there());
}

#[test]
fn what_cannot_be_a_secret_costs_no_try() {
    for (secret, typed) in [
        (Secret::Pin, "１２ ３4"),
        (Secret::Pin, "12-34"),
        (Secret::CodeB, "400101 2048 1234"),
        (Secret::CodeB, "400101－2048－1234"),
    ] {
        assert!(matches!(Asked::open(secret, typed), Ok(Asked::Open { .. })), "{typed}");
    }
    for (secret, typed) in
        [(Secret::Pin, ""), (Secret::Pin, "123"), (Secret::Pin, "12345"), (Secret::CodeB, "12a4")]
    {
        let refused = Asked::open(secret, typed).unwrap_err();
        assert!(matches!(refused, EnrolFault::NotDigits { .. }), "{typed}");
    }
    let opened = Asked::open(Secret::Pin, "1234").unwrap();
    assert_eq!(format!("{opened:?}"), "Open(Pin)");
}

#[tokio::test]
async fn a_card_that_never_answers_gives_the_slot_back_in_time() {
    let mut bench = Bench::new().await;
    let card = bench.connect().await;
    bench.check_fault(CardFault::TooSlow).await;
    bench.check_next_tap_works().await;
    drop(card);
}

#[tokio::test]
async fn a_card_that_drips_its_answer_has_no_more_time_than_others() {
    let mut bench = Bench::new().await;
    let mut card = bench.connect().await;
    card.wake().await;
    let drip = tokio::spawn(async move {
        // Each byte comes soon after the last, the whole never; the slot's closing ends it.
        let mut byte = 0;
        while card.line.write_all(&[byte]).await.is_ok() {
            byte = if byte == 0 { 200 } else { 1 };
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    bench.check_fault(CardFault::TooSlow).await;
    bench.check_next_tap_works().await;
    timeout(PATIENCE, drip).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_card_that_is_pulled_is_told_from_one_that_is_slow() {
    let mut bench = Bench::new().await;
    let mut card = bench.connect().await;
    assert_eq!(card.hear().await, [0x01]);
    drop(card);
    bench.check_fault(CardFault::PulledTooSoon).await;

    let mut card = bench.connect().await;
    card.wake().await;
    drop(card);
    bench.check_fault(CardFault::PulledTooSoon).await;

    let mut card = bench.connect().await;
    card.wake().await;
    card.line.write_all(&[0, 6, 1, 2]).await.unwrap();
    drop(card);
    bench.check_fault(CardFault::PulledTooSoon).await;
    bench.check_next_tap_works().await;
}

#[tokio::test]
async fn a_card_that_talks_unasked_is_thrown_out() {
    let mut bench = Bench::new().await;
    let mut card = bench.connect().await;
    card.tell(HONEST).await;
    assert!(matches!(bench.next().await, ReaderEvent::Inserted(_)));
    card.say(HONEST).await;
    assert!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
    bench.check_next_tap_works().await;
}

#[tokio::test]
async fn the_next_card_waits_until_the_slot_is_free() {
    let mut bench = Bench::new().await;
    let mut first = bench.connect().await;
    first.tell(HONEST).await;
    assert!(matches!(bench.next().await, ReaderEvent::Inserted(_)));

    let mut second = bench.connect().await;
    let unanswered = timeout(Duration::from_millis(200), second.line.read_u8()).await;
    assert!(unanswered.is_err(), "a slot has room for one card");
    let gave_up = bench.connect().await;
    drop(gave_up);

    drop(first);
    assert!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
    second.tell(HONEST).await;
    assert!(matches!(bench.next().await, ReaderEvent::Inserted(_)));
    drop(second);
    assert!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
    // The one that gave up while it waited was never in, so the next event is of the next card.
    bench.check_next_tap_works().await;
}

#[tokio::test]
async fn a_reader_that_nobody_listens_to_ends() {
    let reader = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let (sender, mut events) = mpsc::channel(READER_EVENTS_QUEUED_MAX);
    let task = tokio::spawn(reader.run(sender));
    assert!(matches!(events.recv().await, Some(ReaderEvent::Ready)));
    drop(events);
    timeout(PATIENCE, task).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_slot_stands_open_to_this_machine_only() {
    for listen in ["0.0.0.0:0", "192.168.1.5:35963", "[::]:0"] {
        let told = bind(listen.parse().unwrap()).unwrap_err().to_string();
        assert!(told.contains("[reader] listen") && told.contains("loopback"), "{told}");
    }
    let held = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let told = bind(held.local_addr()).unwrap_err().to_string();
    assert!(told.contains("another node"), "{told}");
}

#[tokio::test]
async fn after_any_of_a_hundred_noisy_cards_the_next_tap_works() {
    let mut bench = Bench::new().await;
    for round in 0_u8..100 {
        let mut noisy = bench.connect().await;
        // Noise of every length, the same in every run; the slot may have closed the line already.
        let noise: Vec<u8> = (0..round).map(|at| at.wrapping_mul(37) ^ round).collect();
        let _ = noisy.line.write_all(&noise).await;
        drop(noisy);

        let mut card = bench.connect().await;
        card.tell(HONEST).await;
        let mut heard = bench.next().await;
        if let ReaderEvent::Fault(_) = heard {
            heard = bench.next().await;
        }
        assert!(is_card(&heard, &[1, 2, 3, 4]), "round {round}: {heard:?}");
        drop(card);
        assert!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
    }
}

#[tokio::test]
async fn a_loop_that_is_busy_makes_the_next_card_wait_and_loses_no_tap() {
    let reader = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let addr = reader.local_addr();
    let (sender, events) = mpsc::channel(1);
    tokio::spawn(reader.run(sender));
    let mut bench = Bench { addr, events };
    // `Ready` fills the queue, so the reader comes to the first card when the loop has taken it.
    let mut cards = vec![bench.connect().await, bench.connect().await, bench.connect().await];
    assert!(matches!(bench.next().await, ReaderEvent::Ready));
    for mut card in cards.drain(..) {
        card.tell(HONEST).await;
        assert!(matches!(bench.next().await, ReaderEvent::Inserted(_)));
        drop(card);
        assert!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
    }
}

#[tokio::test]
async fn a_machine_that_stands_still_takes_no_time_off_a_card() {
    let mut bench = Bench::new().await;
    let (is_asked, asked) = tokio::sync::oneshot::channel();
    let (stand_still, stands_still) = std::sync::mpsc::channel();
    let addr = bench.addr;
    // The card is of another machine than the reader: this test's runtime is what stands still.
    let card = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let mut line = std::net::TcpStream::connect(addr).unwrap();
        let mut power_and_reset = [0; 3 + 3];
        line.read_exact(&mut power_and_reset).unwrap();
        is_asked.send(()).unwrap();
        stands_still.recv().unwrap();
        line.write_all(&[&[0, 9], ATR].concat()).unwrap();
        // Where the reader has given up, it is not asked for anything any more.
        if line.read_exact(&mut [0; 2 + 15]).is_ok() {
            let _ = line.write_all(&[&[0, 2], NO_SUCH_APPLICATION].concat());
        }
        if line.read_exact(&mut [0; 2 + 5]).is_ok() {
            // As long as a plain card takes.
            std::thread::sleep(Duration::from_millis(20));
            let _ = line.write_all(&[&[0, 6], HONEST].concat());
        }
        line
    });
    // The reader has asked for the answer to reset; now nothing runs here, and the card answers.
    asked.await.unwrap();
    stand_still.send(()).unwrap();
    std::thread::sleep(CARD_READ_WITHIN + Duration::from_millis(500));
    let heard = bench.next().await;
    assert!(matches!(heard, ReaderEvent::Inserted(_)), "{heard:?}");
    drop(card.join().unwrap());
    assert!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
}
