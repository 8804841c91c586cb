//! The conversation with the card that is in: power, answer to reset, number.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use crate::reader::card::{CardFault, CardUid};

const POWER_ON: &[u8] = &[0x01];
const REQUEST_ATR: &[u8] = &[0x04];
/// "Get data: the card's number", PC/SC part 3.
const GET_UID: &[u8] = &[0xff, 0xca, 0x00, 0x00, 0x00];

/// The lengths an answer to reset can have: ISO/IEC 7816-3.
const ATR_BYTES: std::ops::RangeInclusive<usize> = 2..=33;

/// The most bytes a card answers to a short command: 256 of data and a status.
const REPLY_BYTES_MAX: usize = 256 + 2;

const STATUS_GOOD: u16 = 0x9000;
/// What some cards answer to their first command after power-up, though nothing is wrong.
const STATUS_NOT_AWAKE: u16 = 0x6f00;

/// A slot with a card in it. Dropping it closes the line.
pub(super) struct Slot {
    line: Line,
}

impl Slot {
    /// The slot with the card that connected, unless that has left already.
    pub(super) fn with_card(stream: TcpStream) -> Option<Self> {
        stream.set_nodelay(true).ok()?;
        let line = Line(stream);
        line.acknowledge_at_once();
        let left = match rustix::net::recv(
            &line.0,
            &mut [0; 1],
            rustix::net::RecvFlags::PEEK | rustix::net::RecvFlags::DONTWAIT,
        ) {
            Ok((_, waiting)) => waiting == 0,
            Err(nothing) => nothing != rustix::io::Errno::AGAIN,
        };
        (!left).then_some(Self { line })
    }

    /// Gives the card power and asks for its number. The caller bounds the time.
    pub(super) async fn read_uid(&mut self) -> Result<CardUid, CardFault> {
        read_uid(&mut self.line).await
    }

    /// Waits until the card has left. A card that talks without being asked is thrown out, so that
    /// nothing it says is ever taken for an answer.
    pub(super) async fn until_removed(&mut self) {
        // An end, a broken line and an unasked word mean the same here.
        let _ = self.line.read(&mut [0; 1]).await;
    }
}

/// Gives the card at the other end of vpcd's line power and asks for its number.
///
/// The time is the caller's to bound; of bytes it takes no more than a card's answers have.
///
/// # Errors
/// [`CardFault`]: the line ended, or what came over it is no card's answer.
pub async fn read_uid(
    line: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> Result<CardUid, CardFault> {
    write(line, POWER_ON).await?;
    let atr = exchange(line, REQUEST_ATR).await?;
    if !ATR_BYTES.contains(&atr.len()) {
        return Err(CardFault::AtrLength { bytes: atr.len() });
    }
    let reply = match exchange(line, GET_UID).await? {
        reply if status(&reply)?.1 == STATUS_NOT_AWAKE => exchange(line, GET_UID).await?,
        reply => reply,
    };
    match status(&reply)? {
        (uid, STATUS_GOOD) => CardUid::new(uid),
        (_, refused) => Err(CardFault::Refused(refused)),
    }
}

async fn exchange(
    line: &mut (impl AsyncRead + AsyncWrite + Unpin),
    payload: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CardFault> {
    write(line, payload).await?;
    let bytes = usize::from(line.read_u16().await.map_err(pulled)?);
    if bytes > REPLY_BYTES_MAX {
        return Err(CardFault::ReplyTooLong { bytes });
    }
    let mut reply = Zeroizing::new(vec![0; bytes]);
    line.read_exact(&mut reply).await.map_err(pulled)?;
    Ok(reply)
}

/// One message in one write, for the reason CARD.md measures: two writes cost 40 ms and more.
async fn write(line: &mut (impl AsyncWrite + Unpin), payload: &[u8]) -> Result<(), CardFault> {
    let length = u16::try_from(payload.len()).expect("our commands are short");
    let mut message = Vec::with_capacity(2 + payload.len());
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(payload);
    line.write_all(&message).await.map_err(pulled)
}

/// A stream whose every read is acknowledged at once, because the kernel forgets that it should.
/// Only speed depends on it.
struct Line(TcpStream);

impl Line {
    fn acknowledge_at_once(&self) {
        if let Err(refused) = rustix::net::sockopt::set_tcp_quickack(&self.0, true) {
            tracing::debug!(%refused, "virtual cards will be slow");
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.0).poll_read(cx, buf));
        self.acknowledge_at_once();
        Poll::Ready(read)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Every way a line on this machine breaks means that the card is no longer there.
fn pulled(_: io::Error) -> CardFault {
    CardFault::PulledTooSoon
}

/// Parts an answer into its data and its status.
fn status(reply: &[u8]) -> Result<(&[u8], u16), CardFault> {
    let (data, status) =
        reply.split_last_chunk().ok_or(CardFault::ReplyTooShort { bytes: reply.len() })?;
    Ok((data, u16::from_be_bytes(*status)))
}
