//! The line between a virtual card and its reader: vpcd's messages, at the speed of loopback.
//!
//! Small answers on a TCP line wait for one another unless three things hold: a message leaves in
//! one write, the sender does not collect (`TCP_NODELAY`), and the receiver acknowledges at once
//! (`TCP_QUICKACK`). pcscd's end sends a length and its bytes in two writes and holds the second
//! back until the first is acknowledged, and the kernel forgets our haste with each answer: so it is
//! told again before each read. Without all this a command takes 50 to 90 milliseconds, with it well
//! under one.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const POWER_OFF: u8 = 0x00;
const POWER_ON: u8 = 0x01;
const RESET: u8 = 0x02;
const ATR: u8 = 0x04;

/// What a reader says to a card.
pub(super) enum Message {
    PowerOff,
    PowerOn,
    Reset,
    /// It asks for the answer to reset; it may do so at any time, to see whether a card is there.
    Atr,
    Apdu(Vec<u8>),
    /// An empty message or a control byte of a later vpcd. No reply is due.
    Unknown,
}

pub(super) struct Line {
    stream: TcpStream,
}

impl Line {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream })
    }

    /// Reads one message. Its length is bounded by the two bytes that say it.
    pub(super) async fn read(&mut self) -> io::Result<Message> {
        self.acknowledge_at_once()?;
        let length = usize::from(self.stream.read_u16().await?);
        self.acknowledge_at_once()?;
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await?;
        Ok(match payload.as_slice() {
            [POWER_OFF] => Message::PowerOff,
            [POWER_ON] => Message::PowerOn,
            [RESET] => Message::Reset,
            [ATR] => Message::Atr,
            [] | [_] => Message::Unknown,
            _ => Message::Apdu(payload),
        })
    }

    /// Writes one message, length and payload in a single write.
    pub(super) async fn write(&mut self, payload: &[u8]) -> io::Result<()> {
        let length = u16::try_from(payload.len()).expect("no answer of a card reaches 64 KiB");
        let mut message = Vec::with_capacity(2 + payload.len());
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(payload);
        self.stream.write_all(&message).await
    }

    fn acknowledge_at_once(&self) -> io::Result<()> {
        Ok(rustix::net::sockopt::set_tcp_quickack(&self.stream, true)?)
    }
}
