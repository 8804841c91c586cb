//! Cards made of nothing: My Number cards of generated people, other cards, copies and hostile ones.
//!
//! A [`Card`] is a state machine: a command in, an answer out ([`Card::transmit`]). It knows no clock
//! and no socket. [`Card::put_into`] holds it to a virtual reader over TCP.
//!
//! That line is vpcd's: the card is the client, each message is a big-endian `u16` length and that
//! many bytes, connecting puts the card in and closing takes it out. So the same card serves
//! pcscd's virtual reader and a node's own. It dials loopback addresses only.
//!
//! People, names and numbers on these cards are drill data (訓練データ), issued by an
//! [`authority`] of our own whose keys everybody can make. No secret is in a log: what opens a card
//! has a silent `Debug`.

mod apdu;
pub mod authority;
mod certificate;
mod chip;
mod command;
mod der;
mod file;
mod hostile;
mod issue;
mod keys;
pub mod kind;
mod line;
pub mod secrets;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{AddrParseError, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use self::chip::Chip;
use self::hostile::Manner;
use self::issue::Issue;
use self::kind::{Kind, Quirks};
use self::secrets::Secrets;
use crate::population::{People, Person};

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
    /// How many signatures it was asked for and allowed to make.
    pub signatures: u64,
    /// How many PINs, passwords and codes were presented that were wrong.
    pub wrong_secrets: u64,
    /// How often somebody wanted the 12-digit number: selected its file, or presented it as a code.
    /// A reader that does so breaks the law it works under.
    pub number_asked: u64,
}

/// How a card's time in a reader ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was taken out.
    Removed,
    /// The reader closed the slot, or broke off in the middle of a message.
    ReaderClosed,
}

/// When an answer comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// At once.
    Now(Vec<u8>),
    /// After that long.
    After(Duration, Vec<u8>),
    /// Never.
    Never,
}

/// A virtual card that is in no reader.
///
/// Its answers depend on nothing but who it was made for and what it was told since, so that a test
/// may hold it in its hands: [`power_on`](Self::power_on), then [`transmit`](Self::transmit).
pub struct Card {
    uid: Uid,
    kind: Kind,
    /// None in a card that has nothing but its number.
    chip: Option<Chip>,
    secrets: Option<Secrets>,
    quirks: Quirks,
    /// No command has come since it got power.
    is_waking: bool,
    manner: Manner,
    so_far: Conversation,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({})", self.kind)
    }
}

impl Card {
    /// A card that tells its number and nothing else.
    pub fn plain(uid: Uid) -> Self {
        Self {
            uid,
            kind: Kind::Plain,
            chip: None,
            secrets: None,
            quirks: Quirks::default(),
            is_waking: true,
            manner: Manner::of(Kind::Plain),
            so_far: Conversation::default(),
        }
    }

    /// The card of a person by number in the town of one seed. The same arguments make the same
    /// card, but for what has been done with it since.
    ///
    /// # Panics
    ///
    /// When there is no such person: they are counted from 1 to [`PEOPLE_MAX`](crate::population::PEOPLE_MAX).
    pub fn of_person(seed: u64, number: u32, kind: Kind, quirks: Quirks) -> Self {
        let person = People::generate(seed, number).pop();
        Self::issue(seed, &person.expect("people are counted from 1"), kind, quirks)
    }

    /// The card of a generated person.
    pub fn issue(seed: u64, person: &Person, kind: Kind, quirks: Quirks) -> Self {
        let mut card = Self::plain(Uid::of_person(seed, person.number));
        if kind != Kind::Plain {
            let issue = Issue::new(seed, person, kind);
            card.chip = Some(Chip::new(issue.applications(), quirks.blocked_tells_6984));
            card.secrets = Some(issue.secrets());
        }
        Self { kind, quirks, manner: Manner::of(kind), ..card }
    }

    /// What sort of card it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The number it answers to `FF CA 00 00 00`.
    pub fn uid(&self) -> Uid {
        self.uid
    }

    /// What its holder knows; none for a card that asks for nothing.
    pub fn secrets(&self) -> Option<&Secrets> {
        self.secrets.as_ref()
    }

    /// Gives it power, or takes it away and gives it again: whatever was selected or presented is
    /// forgotten. The answer to reset comes back.
    pub fn power_on(&mut self) -> [u8; 9] {
        self.so_far.power_ons += 1;
        self.power_off();
        ATR
    }

    /// Takes its power away.
    pub fn power_off(&mut self) {
        self.is_waking = true;
        if let Some(chip) = &mut self.chip {
            chip.power_cycle();
        }
    }

    /// A warm reset: nothing is selected any more, but what was presented still counts once the
    /// same application is selected again.
    pub fn reset(&mut self) {
        if let Some(chip) = &mut self.chip {
            chip.reset();
        }
    }

    /// Answers one command as it would come back over a line without any time: at most 258 bytes
    /// from a card that is not hostile, and none from one that never answers.
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        match self.answer(command) {
            Answer::Now(bytes) | Answer::After(_, bytes) => bytes,
            Answer::Never => vec![],
        }
    }

    /// Answers one command, and says when.
    pub fn answer(&mut self, command: &[u8]) -> Answer {
        self.so_far.apdus += 1;
        let honest = match &mut self.chip {
            Some(chip) if !apdu::is_for_reader(command) => {
                let wakes = std::mem::take(&mut self.is_waking) && self.quirks.first_command_fails;
                if wakes { command::Status::NO_DIAGNOSIS.bytes() } else { chip.reply(command) }
            }
            _ => {
                let reply = apdu::answer(self.uid, command);
                self.so_far.uids_told += u64::from(reply.tells_uid());
                reply.into_bytes()
            }
        };
        self.manner.twist(command, honest)
    }

    /// What was asked of it so far.
    pub fn conversation(&self) -> Conversation {
        let asked = self.chip.as_ref().map(|chip| chip.asked).unwrap_or_default();
        Conversation {
            signatures: asked.signatures,
            wrong_secrets: asked.wrong_secrets,
            number_asked: asked.number,
            ..self.so_far
        }
    }

    /// Puts a plain card with this number into a virtual reader; else as [`put_into`](Self::put_into).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn insert(reader: ReaderAddr, uid: Uid) -> Result<InsertedCard, CardMistake> {
        Self::plain(uid).put_into(reader).await
    }

    /// Puts the card into a virtual reader. It answers from now on, on a task of its own, until
    /// [`InsertedCard::remove`] or until the value is dropped.
    ///
    /// A reader with a card in it takes this one only after the other has left, as a slot does; the
    /// connection then waits unanswered, and [`InsertedCard::until_read`] tells.
    ///
    /// # Errors
    ///
    /// [`CardMistake::NoReader`] when nobody listens there within [`INSERT_WITHIN`].
    pub async fn put_into(self, reader: ReaderAddr) -> Result<InsertedCard, CardMistake> {
        let refused = |source| CardMistake::NoReader { reader, source };
        let stream = tokio::time::timeout(INSERT_WITHIN, TcpStream::connect(reader.0))
            .await
            .map_err(|_| refused(std::io::ErrorKind::TimedOut.into()))?
            .map_err(refused)?;
        let line = line::Line::new(stream).map_err(refused)?;
        let (told, conversation) = watch::channel(self.conversation());
        let (take_out, taken_out) = oneshot::channel();
        let task = tokio::spawn(answer_until(line, self, told, taken_out));
        Ok(InsertedCard { conversation, take_out, task })
    }
}

/// A card in a reader. Dropping it takes it out too, without a word about the conversation.
#[derive(Debug)]
pub struct InsertedCard {
    conversation: watch::Receiver<Conversation>,
    take_out: oneshot::Sender<()>,
    task: JoinHandle<(Card, Ending)>,
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
        let (card, ending) = self.take_back().await;
        (card.conversation(), ending)
    }

    /// Takes the card out and into one's hand, with the tries it has left.
    pub async fn take_back(self) -> (Card, Ending) {
        // A task that has ended already has nobody to take the message, and needs none.
        let _ = self.take_out.send(());
        self.task.await.expect("a card's task neither panics nor is aborted")
    }
}

async fn answer_until(
    mut line: line::Line,
    mut card: Card,
    told: watch::Sender<Conversation>,
    taken_out: oneshot::Receiver<()>,
) -> (Card, Ending) {
    let ending = tokio::select! {
        // Both the wish to take it out and the loss of whoever held it end the conversation.
        _ = taken_out => Ending::Removed,
        _ = answer(&mut line, &mut card, &told) => Ending::ReaderClosed,
    };
    (card, ending)
}

/// Answers until the line ends, which is the only way out.
async fn answer(
    line: &mut line::Line,
    card: &mut Card,
    told: &watch::Sender<Conversation>,
) -> std::io::Error {
    loop {
        let message = match line.read().await {
            Ok(message) => message,
            Err(ended) => return ended,
        };
        let reply = match message {
            line::Message::Unknown => continue,
            line::Message::PowerOff => {
                card.power_off();
                continue;
            }
            line::Message::Reset => {
                card.reset();
                continue;
            }
            line::Message::PowerOn => {
                card.power_on();
                told.send_replace(card.conversation());
                continue;
            }
            line::Message::Atr => ATR.to_vec(),
            line::Message::Apdu(command) => {
                let answer = card.answer(&command);
                told.send_replace(card.conversation());
                match answer {
                    Answer::Now(reply) => reply,
                    Answer::After(wait, reply) => {
                        tokio::time::sleep(wait).await;
                        reply
                    }
                    Answer::Never => continue,
                }
            }
        };
        if let Err(ended) = line.write(&reply).await {
            return ended;
        }
    }
}
