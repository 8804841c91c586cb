//! A card made of nothing: it is put into a virtual reader over TCP and answers like a plain one.
//!
//! The line is vpcd's: the card is the client, each message is a big-endian `u16` length and that
//! many bytes, connecting puts the card in and closing takes it out. So the same card serves
//! pcscd's virtual reader and a node's own. It dials loopback addresses only.

mod apdu;
mod line;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{AddrParseError, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// The answer to reset of every virtual card, as vpcd's own test card has it.
pub const ATR: [u8; 9] = [0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45, 0x14];

/// How long a reader on this machine may take to let a card connect.
pub const INSERT_WITHIN: Duration = Duration::from_secs(3);

/// The number a generated card answers to `FF CA 00 00 00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uid(pub [u8; 8]);

impl Uid {
    /// The number of one person's card in the town of one seed. Persons are counted from 1.
    pub fn of_person(seed: u64, person: u32) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("digiana/sim/card-uid/1");
        hasher.update(&seed.to_le_bytes()).update(&person.to_le_bytes());
        let mut uid = [0; 8];
        hasher.finalize_xof().fill(&mut uid);
        Self(uid)
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uid(hidden)")
    }
}

/// Where a virtual reader listens. Only an address of this machine can be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderAddr(SocketAddr);

impl ReaderAddr {
    /// Takes an address if it is a loopback one.
    ///
    /// # Errors
    ///
    /// [`CardMistake::NotLoopback`] otherwise.
    pub fn new(addr: SocketAddr) -> Result<Self, CardMistake> {
        if addr.ip().is_loopback() {
            Ok(Self(addr))
        } else {
            Err(CardMistake::NotLoopback { addr })
        }
    }
}

impl fmt::Display for ReaderAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for ReaderAddr {
    type Err = CardMistake;

    /// Reads `HOST:PORT`. No name is looked up: `localhost` means 127.0.0.1.
    fn from_str(text: &str) -> Result<Self, CardMistake> {
        let numeric = match text.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}"),
            None => text.to_owned(),
        };
        let addr = numeric
            .parse()
            .map_err(|source| CardMistake::NotAnAddress { text: text.to_owned(), source })?;
        Self::new(addr)
    }
}

/// Why a card could not be put in. Whoever starts the card has to mend it.
#[derive(Debug, thiserror::Error)]
pub enum CardMistake {
    /// Not `HOST:PORT` in numbers.
    #[error("{text:?} is no address of a reader: write it like 127.0.0.1:35963")]
    NotAnAddress {
        /// What was given.
        text: String,
        /// What is wrong with it.
        source: AddrParseError,
    },
    /// An address of another machine.
    #[error(
        "{addr} is not on this machine: a virtual card is only put into a reader on a loopback \
         address such as 127.0.0.1:35963"
    )]
    NotLoopback {
        /// What was given.
        addr: SocketAddr,
    },
    /// Nobody listens there, or the machine is out of sockets.
    #[error("no virtual reader can be reached at {reader} (is the node or pcscd running?)")]
    NoReader {
        /// Where the reader should be.
        reader: ReaderAddr,
        /// What the machine said.
        source: std::io::Error,
    },
}

/// What a reader has asked of a card so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conversation {
    /// How often the reader gave it power.
    pub power_ons: u64,
    /// How many commands it answered.
    pub apdus: u64,
    /// How many of them were answered with its number.
    pub uids_told: u64,
}

/// How a card's time in a reader ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was taken out.
    Removed,
    /// The reader closed the slot, or broke off in the middle of a message.
    ReaderClosed,
}

/// A virtual card that is in no reader yet.
#[derive(Debug)]
pub struct Card;

impl Card {
    /// Puts a card with this number into a virtual reader. It answers from now on, on a task of its
    /// own, until [`InsertedCard::remove`] or until the value is dropped.
    ///
    /// A reader with a card in it takes this one only after the other has left, as a slot does; the
    /// connection then waits unanswered, and [`InsertedCard::until_read`] tells.
    ///
    /// # Errors
    ///
    /// [`CardMistake::NoReader`] when nobody listens there within [`INSERT_WITHIN`].
    pub async fn insert(reader: ReaderAddr, uid: Uid) -> Result<InsertedCard, CardMistake> {
        let refused = |source| CardMistake::NoReader { reader, source };
        let stream = tokio::time::timeout(INSERT_WITHIN, TcpStream::connect(reader.0))
            .await
            .map_err(|_| refused(std::io::ErrorKind::TimedOut.into()))?
            .map_err(refused)?;
        let line = line::Line::new(stream).map_err(refused)?;
        let (told, conversation) = watch::channel(Conversation::default());
        let (take_out, taken_out) = oneshot::channel();
        let task = tokio::spawn(answer_until(line, uid, told, taken_out));
        Ok(InsertedCard { conversation, take_out, task })
    }
}

/// A card in a reader. Dropping it takes it out too, without a word about the conversation.
#[derive(Debug)]
pub struct InsertedCard {
    conversation: watch::Receiver<Conversation>,
    take_out: oneshot::Sender<()>,
    task: JoinHandle<Ending>,
}

impl InsertedCard {
    /// What the reader has asked so far.
    pub fn conversation(&self) -> Conversation {
        *self.conversation.borrow()
    }

    /// Waits until the card has told its number once. False when the reader closed the slot, or
    /// when that took longer than `within`.
    pub async fn until_read(&mut self, within: Duration) -> bool {
        let read = self.conversation.wait_for(|so_far| so_far.uids_told > 0);
        matches!(tokio::time::timeout(within, read).await, Ok(Ok(_)))
    }

    /// Waits until the reader closes the slot by itself.
    pub async fn until_closed(&mut self) {
        while self.conversation.changed().await.is_ok() {}
    }

    /// Takes the card out and says how it went.
    pub async fn remove(self) -> (Conversation, Ending) {
        // A task that has ended already has nobody to take the message, and needs none.
        let _ = self.take_out.send(());
        let ending = self.task.await.expect("a card's task neither panics nor is aborted");
        (*self.conversation.borrow(), ending)
    }
}

async fn answer_until(
    mut line: line::Line,
    uid: Uid,
    told: watch::Sender<Conversation>,
    taken_out: oneshot::Receiver<()>,
) -> Ending {
    tokio::select! {
        // Both the wish to take it out and the loss of whoever held it end the conversation.
        _ = taken_out => Ending::Removed,
        _ = answer(&mut line, uid, &told) => Ending::ReaderClosed,
    }
}

/// Answers until the line ends, which is the only way out.
async fn answer(
    line: &mut line::Line,
    uid: Uid,
    told: &watch::Sender<Conversation>,
) -> std::io::Error {
    loop {
        let message = match line.read().await {
            Ok(message) => message,
            Err(ended) => return ended,
        };
        let reply = match message {
            line::Message::PowerOff | line::Message::Reset | line::Message::Unknown => continue,
            line::Message::PowerOn => {
                told.send_modify(|so_far| so_far.power_ons += 1);
                continue;
            }
            line::Message::Atr => ATR.to_vec(),
            line::Message::Apdu(command) => {
                let reply = apdu::answer(uid, &command);
                told.send_modify(|so_far| {
                    so_far.apdus += 1;
                    so_far.uids_told += u64::from(reply.tells_uid());
                });
                reply.into_bytes()
            }
        };
        if let Err(ended) = line.write(&reply).await {
            return ended;
        }
    }
}
