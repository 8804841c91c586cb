//! The line to the card that is in: power, answer to reset, commands and their answers.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use crate::reader::bounds::{Line as Conversed, REPLY_BYTES_MAX};
use crate::reader::card::CardFault;

const POWER_ON: &[u8] = &[0x01];
const REQUEST_ATR: &[u8] = &[0x04];

/// The lengths an answer to reset can have: ISO/IEC 7816-3.
const ATR_BYTES: std::ops::RangeInclusive<usize> = 2..=33;

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

    /// Gives the card power. The caller bounds the time.
    pub(super) async fn wake(&mut self) -> Result<(), CardFault> {
        write(&mut self.line, POWER_ON).await?;
        let atr = exchange(&mut self.line, REQUEST_ATR).await?;
        if ATR_BYTES.contains(&atr.len()) {
            Ok(())
        } else {
            Err(CardFault::AtrLength { bytes: atr.len() })
        }
    }

    /// Has a conversation with the card, which takes its time on a thread of its own while commands
    /// and answers go over the line here. The caller bounds the time: when this is dropped, the
    /// conversation's next command fails.
    pub(super) async fn talk<T: Send + 'static>(
        &mut self,
        conversation: impl FnOnce(Remote) -> T + Send + 'static,
    ) -> T {
        let (commands, mut asked) = mpsc::channel(1);
        let mut talk = tokio::task::spawn_blocking(move || conversation(Remote { commands }));
        loop {
            tokio::select! {
                biased;
                Some((command, answer)) = asked.recv() => {
                    // Whoever asked may have given up.
                    let _ = answer.send(exchange(&mut self.line, &command).await);
                }
                told = &mut talk => return told.expect("a conversation does not panic"),
            }
        }
    }

    /// Waits until the card has left. A card that talks without being asked is thrown out, so that
    /// nothing it says is ever taken for an answer.
    pub(super) async fn until_removed(&mut self) {
        // An end, a broken line and an unasked word mean the same here.
        let _ = self.line.read(&mut [0; 1]).await;
    }
}

/// The card at the other end of the slot's line, for a conversation on another thread.
#[derive(Debug)]
pub(super) struct Remote {
    commands: mpsc::Sender<(Zeroizing<Vec<u8>>, oneshot::Sender<Answer>)>,
}

type Answer = Result<Vec<u8>, CardFault>;

impl Conversed for Remote {
    fn exchange(&mut self, command: &[u8]) -> Answer {
        let (answer, answered) = oneshot::channel();
        let command = Zeroizing::new(command.to_vec());
        // The slot lets go of a card that takes too long.
        self.commands.blocking_send((command, answer)).map_err(|_| CardFault::TooSlow)?;
        answered.blocking_recv().unwrap_or(Err(CardFault::TooSlow))
    }
}

async fn exchange(
    line: &mut (impl AsyncRead + AsyncWrite + Unpin),
    payload: &[u8],
) -> Result<Vec<u8>, CardFault> {
    write(line, payload).await?;
    let bytes = usize::from(line.read_u16().await.map_err(pulled)?);
    if bytes > REPLY_BYTES_MAX {
        return Err(CardFault::ReplyTooLong { bytes });
    }
    let mut reply = vec![0; bytes];
    line.read_exact(&mut reply).await.map_err(pulled)?;
    Ok(reply)
}

/// One message in one write: after two, the other end waits for the kernel to acknowledge the first.
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
