//! The card's side of the line, spoken to byte by byte as vpcd does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod chance;
mod kinds;
mod rules;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const UID: Uid = Uid([1, 2, 3, 4, 5, 6, 7, 8]);
const PATIENCE: Duration = Duration::from_secs(5);

/// Checks what a card answers to one command, both in hexadecimal.
fn check(command: &str, reply: &str) {
    let command = data_encoding::HEXLOWER_PERMISSIVE.decode(command.as_bytes()).unwrap();
    let got = data_encoding::HEXLOWER.encode(&apdu::answer(UID, &command).into_bytes());
    assert_eq!(got, reply);
}

#[test]
fn a_card_tells_its_number_to_whoever_asks() {
    check("ffca000000", "01020304050607089000");
    check("ffca000008", "01020304050607089000");
}

#[test]
fn a_card_refuses_what_it_does_not_know() {
    check("ffca000004", "6700");
    check("ffca0000", "6700");
    check("ffca00000000", "6700");
    check("ffca010000", "6a81");
    check("00a4040c0ad392f000260100000001", "6a82");
    check("00a4040c0ad392f00026010000000100", "6a82");
    check("00a4020c02000a", "6a82");
    check("00a4040c0ad392", "6700");
    check("00a4040c", "6700");
    check("00b0000004", "6d00");
    check("8000000000", "6d00");
    check("00b2", "6700");
}

#[test]
fn a_persons_card_has_the_same_number_whenever_the_seed_is_the_same() {
    assert_eq!(Uid::of_person(1, 12), Uid::of_person(1, 12));
    assert_ne!(Uid::of_person(1, 12), Uid::of_person(1, 13));
    assert_ne!(Uid::of_person(1, 12), Uid::of_person(2, 12));
    assert_eq!(format!("{UID:?}"), "Uid(hidden)");
}

#[test]
fn a_card_goes_into_no_reader_of_another_machine() {
    assert_eq!("127.0.0.1:35963".parse::<ReaderAddr>().unwrap().to_string(), "127.0.0.1:35963");
    assert_eq!("localhost:35963".parse::<ReaderAddr>().unwrap().to_string(), "127.0.0.1:35963");
    assert_eq!("[::1]:35963".parse::<ReaderAddr>().unwrap().to_string(), "[::1]:35963");
    for text in ["192.168.1.5:35963", "0.0.0.0:35963", "[2001:db8::1]:35963"] {
        let told = text.parse::<ReaderAddr>().unwrap_err().to_string();
        assert!(told.contains("not on this machine") && told.contains("127.0.0.1"), "{told}");
    }
    for text in ["127.0.0.1", "reader.example:35963", "127.0.0.1:99999", ""] {
        let told = text.parse::<ReaderAddr>().unwrap_err().to_string();
        assert!(told.contains("write it like"), "{told}");
    }
}

/// A reader of the test's own: the socket, and nothing that thinks.
async fn slot() -> (TcpListener, ReaderAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = ReaderAddr::new(listener.local_addr().unwrap()).unwrap();
    (listener, addr)
}

async fn exchange(reader: &mut TcpStream, payload: &[u8]) -> Vec<u8> {
    say(reader, payload).await;
    let length = usize::from(reader.read_u16().await.unwrap());
    let mut reply = vec![0; length];
    reader.read_exact(&mut reply).await.unwrap();
    reply
}

async fn say(reader: &mut TcpStream, payload: &[u8]) {
    let mut message = u16::try_from(payload.len()).unwrap().to_be_bytes().to_vec();
    message.extend_from_slice(payload);
    reader.write_all(&message).await.unwrap();
}

#[tokio::test]
async fn a_reader_finds_the_card_and_hears_its_number() {
    let (listener, addr) = slot().await;
    let mut card = Card::insert(addr, UID).await.unwrap();
    let (mut reader, _) = listener.accept().await.unwrap();
    say(&mut reader, &[0x01]).await;
    assert_eq!(exchange(&mut reader, &[0x04]).await, ATR);
    assert_eq!(
        exchange(&mut reader, &[0xff, 0xca, 0, 0, 0]).await,
        [1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0]
    );
    assert!(card.until_read(PATIENCE).await);
    assert_eq!(exchange(&mut reader, &[0x00, 0xb0, 0, 0, 4]).await, [0x6d, 0x00]);
    say(&mut reader, &[0x00]).await;
    // The answer to reset is asked for again to see whether a card without power is still there.
    assert_eq!(exchange(&mut reader, &[0x04]).await, ATR);

    let (conversation, ending) = card.remove().await;
    assert_eq!(
        conversation,
        Conversation { power_ons: 1, apdus: 2, uids_told: 1, ..Conversation::default() }
    );
    assert_eq!(ending, Ending::Removed);
    assert_eq!(reader.read_u8().await.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn control_bytes_of_a_later_reader_disturb_nothing() {
    let (listener, addr) = slot().await;
    let card = Card::insert(addr, UID).await.unwrap();
    let (mut reader, _) = listener.accept().await.unwrap();
    for payload in [&[][..], &[0x03], &[0x77], &[0x02]] {
        say(&mut reader, payload).await;
    }
    assert_eq!(exchange(&mut reader, &[0x04]).await, ATR);
    assert_eq!(exchange(&mut reader, &[0xee; 65_535]).await, [0x6d, 0x00]);
    assert_eq!(
        card.conversation(),
        Conversation { power_ons: 0, apdus: 1, uids_told: 0, ..Conversation::default() }
    );
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_cards_time() {
    let (listener, addr) = slot().await;
    let mut card = Card::insert(addr, UID).await.unwrap();
    let (mut reader, _) = listener.accept().await.unwrap();
    reader.write_all(&[0x00]).await.unwrap();
    drop(reader);
    card.until_closed().await;
    assert!(!card.until_read(PATIENCE).await);
    assert_eq!(card.remove().await.1, Ending::ReaderClosed);
}

#[tokio::test]
async fn a_card_that_is_dropped_is_out_of_the_reader() {
    let (listener, addr) = slot().await;
    drop(Card::insert(addr, UID).await.unwrap());
    let (mut reader, _) = listener.accept().await.unwrap();
    assert_eq!(reader.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_card_without_a_reader_says_where_it_looked() {
    let (listener, addr) = slot().await;
    drop(listener);
    let told = Card::insert(addr, UID).await.unwrap_err().to_string();
    assert!(told.contains(&addr.to_string()) && told.contains("running"), "{told}");
}
