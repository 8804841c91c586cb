//! A slot for virtual cards: the reader's side of vpcd's line, on a loopback address.
//!
//! Like a real slot it holds one card. A card that connects while another is in waits in the
//! system's list of connections, unanswered, until the other has left; a handful may wait there, and
//! further ones do not get through to it. Whatever a card does, it can waste its own stay only: every
//! exchange is bounded in time and bytes, and after a fault the slot closes the line and is free.

mod slot;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;

use super::at_hand::{AtHand, Question};
use super::card::{CardFault, Unmet};
use super::enrol::EnrolFault;
use super::identify::Checks;
use super::{FORGOTTEN_AFTER, ReaderEvent, ReaderLost, ReaderMistake};
use slot::Slot;

/// How many cards may wait in front of the slot.
pub const CARDS_WAITING_MAX: u32 = 8;

/// How long a card has to show who it is, from power to the last status, while this machine runs.
pub const CARD_READ_WITHIN: Duration = Duration::from_millis(CARD_TURN_MILLIS * CARD_TURNS);

/// How long one turn of a card's time is.
const CARD_TURN_MILLIS: u64 = 100;

/// How many turns a card's time has.
const CARD_TURNS: u64 = 20;

/// How long the reader rests when the machine cannot give it another connection.
const SOCKET_REST: Duration = Duration::from_millis(500);

/// A virtual reader that listens.
#[derive(Debug)]
pub struct VirtualReader {
    listener: TcpListener,
    listen: SocketAddr,
    checks: Arc<Checks>,
    at_hand: AtHand,
}

impl VirtualReader {
    /// Listens on a loopback address. Port 0 takes any free one.
    ///
    /// # Errors
    ///
    /// [`ReaderMistake`] when the address is not a loopback one, or cannot be listened on.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn bind(
        listen: SocketAddr,
        checks: Arc<Checks>,
        at_hand: AtHand,
    ) -> Result<Self, ReaderMistake> {
        if !listen.ip().is_loopback() {
            return Err(ReaderMistake::NotLoopback { listen });
        }
        let (listener, listen) = Self::listen(listen)
            .map_err(|source| ReaderMistake::CannotListen { listen, source })?;
        Ok(Self { listener, listen, checks, at_hand })
    }

    fn listen(listen: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
        let socket = if listen.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A node that is restarted takes its port back at once.
        socket.set_reuseaddr(true)?;
        socket.bind(listen)?;
        let listener = socket.listen(CARDS_WAITING_MAX)?;
        let listen = listener.local_addr()?;
        Ok((listener, listen))
    }

    /// Where cards connect, with the port that was taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.listen
    }

    /// Reads one card after another until nobody takes the events any more.
    pub async fn run(self, events: mpsc::Sender<ReaderEvent>) {
        if events.send(ReaderEvent::Ready).await.is_err() {
            return;
        }
        let mut usable = true;
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = events.closed() => return,
            };
            let told = match accepted {
                Ok((stream, _)) => {
                    let ready = if usable { Ok(()) } else { events.send(ReaderEvent::Ready).await };
                    usable = true;
                    match ready {
                        Ok(()) => self.take_card(stream, &events).await,
                        Err(nobody) => Err(nobody),
                    }
                }
                // A connection that ended while it waited is a card that left: no fault of the slot.
                Err(ended) if ended.kind() == std::io::ErrorKind::ConnectionAborted => Ok(()),
                Err(refused) => {
                    let gone = ReaderEvent::Gone(ReaderLost::Socket(refused.kind()));
                    let told = if usable { events.send(gone).await } else { Ok(()) };
                    usable = false;
                    tokio::time::sleep(SOCKET_REST).await;
                    told
                }
            };
            if told.is_err() {
                return;
            }
        }
    }

    /// Holds one card from its insertion to its removal. The error says that nobody listens any more.
    async fn take_card(
        &self,
        stream: TcpStream,
        events: &mpsc::Sender<ReaderEvent>,
    ) -> Result<(), mpsc::error::SendError<ReaderEvent>> {
        // A card that came and went while another was in is one that nobody noticed.
        let Some(mut slot) = Slot::with_card(stream) else {
            return Ok(());
        };
        let checks = Arc::clone(&self.checks);
        let meeting = async {
            slot.wake().await?;
            slot.talk(move |card| checks.meet(card).0).await
        };
        let met = in_a_cards_time(meeting).await;
        // Whoever hears of the card may ask it at once.
        let (card_is_in, mut questions) = self.at_hand.card_is_in();
        match met {
            Ok(card) => events.send(ReaderEvent::Inserted(card)).await?,
            Err(Unmet::TurnedAway(why)) => events.send(ReaderEvent::TurnedAway(why)).await?,
            Err(Unmet::Fault(fault)) => {
                // The line closes first, so that whoever hears of the fault finds the slot free.
                drop((slot, card_is_in));
                return events.send(ReaderEvent::Fault(fault)).await;
            }
        }
        tokio::select! {
            left = self.until_removed(&mut slot, &mut questions, events) => left,
            // Nobody is there to hear of the removal; the next event would say so as well.
            () = events.closed() => Ok(()),
        }
    }

    /// Answers what the desk asks of the card, and says when it is forgotten and when it leaves.
    async fn until_removed(
        &self,
        slot: &mut Slot,
        questions: &mut mpsc::Receiver<Question>,
        events: &mpsc::Sender<ReaderEvent>,
    ) -> Result<(), mpsc::error::SendError<ReaderEvent>> {
        let mut forgotten = std::pin::pin!(tokio::time::sleep(FORGOTTEN_AFTER));
        let mut is_forgotten = false;
        loop {
            tokio::select! {
                () = slot.until_removed() => {
                    return events.send(ReaderEvent::Removed { was_forgotten: is_forgotten }).await;
                }
                Some(question) = questions.recv() => {
                    let (checks, asked) = (Arc::clone(&self.checks), question.asked);
                    let talk = slot.talk(move |card| checks.enrol(card, &asked));
                    let read = in_a_cards_time(talk).await;
                    let is_over = matches!(read, Err(EnrolFault::Fault(_)));
                    // The page may have been closed.
                    let _ = question.answer.send(read);
                    if is_over {
                        // What it says late must not be taken for its next answer.
                        return events.send(ReaderEvent::Removed { was_forgotten: is_forgotten }).await;
                    }
                    forgotten.as_mut().reset(tokio::time::Instant::now() + FORGOTTEN_AFTER);
                    // Somebody sits before it; a card that was told of stays told of.
                }
                () = &mut forgotten, if !is_forgotten => {
                    is_forgotten = true;
                    events.send(ReaderEvent::Forgotten).await?;
                }
            }
        }
    }
}

/// Reads, and gives up after [`CARD_READ_WITHIN`].
///
/// The time is counted in turns that begin where the one before was seen to end: a machine that
/// stood still or had other things to do takes one of them off a card at most, however long it was.
/// Nobody is asked for another tap because the machine was slow.
async fn in_a_cards_time<T, E: From<CardFault>>(
    read: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let mut read = std::pin::pin!(read);
    for _ in 0..CARD_TURNS {
        let turn = tokio::time::timeout(Duration::from_millis(CARD_TURN_MILLIS), read.as_mut());
        if let Ok(read) = turn.await {
            return read;
        }
    }
    Err(CardFault::TooSlow.into())
}
