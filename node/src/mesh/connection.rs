//! One link: its frames in and out, its heartbeat, and its end.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use digiana_core::id::LinkId;
use iroh::endpoint::{Connection, SendStream, WriteError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use super::Shared;
use super::endpoint::{self, CloseCode, end_of_connection};
use super::event::{LinkEnd, MeshEvent, PeerMisbehaved};
use super::framing::{FrameReader, HEARTBEAT, Heard, put_frame};
use super::limits::{FLUSH_WITHIN, GOODBYE_WITHIN, HEARTBEAT_EVERY};
use super::status::Counters;
use super::switchboard::{Admitted, Ending};

/// The connection of a link, and the one stream on it.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) connection: Connection,
    pub(super) send: SendStream,
    pub(super) reader: FrameReader,
}

/// What made a link stop.
enum Stop {
    Ended(LinkEnd),
    /// The peer sent all it had and waits for this node to have read it.
    PeerFinished,
    Asked {
        ending: Ending,
        written: bool,
    },
}

/// Serves a link from its first event to its last.
pub(super) async fn serve(shared: Arc<Shared>, admitted: Admitted, wire: Wire) {
    let Admitted { link, peer, dialled, queue, mut ending, counters, predecessor, over } = admitted;
    let Wire { connection, send, mut reader } = wire;
    let announced = AtomicBool::new(false);
    let stop = {
        let mut writing = pin!(write(send, queue, &counters));
        let stop = {
            let mut reading = pin!(async {
                let up = MeshEvent::LinkUp { link, peer, dialled };
                announce(&shared, up, predecessor, &announced).await?;
                note_path(&shared, link, &connection, &counters).await?;
                read(&shared, link, &mut reader, &counters).await
            });
            let mut watching = pin!(watch_path(&shared, link, &connection, &counters, &announced));
            tokio::select! {
                biased;
                ending = asked(&mut ending) => Stop::Asked { ending, written: false },
                read = &mut reading => match read {
                    Ok(()) => Stop::PeerFinished,
                    Err(end) => Stop::Ended(end),
                },
                written = &mut writing => match written {
                    Ok(()) => Stop::Asked { ending: asked(&mut ending).await, written: true },
                    Err(end) => Stop::Ended(end),
                },
                () = &mut watching => Stop::Ended(LinkEnd::ShutDown),
            }
        };
        if let Stop::Asked { ending: Ending { flush: true, .. }, written } = &stop {
            let flush = async {
                if *written || writing.as_mut().await.is_ok() {
                    reader.drain().await;
                }
            };
            if timeout(FLUSH_WITHIN, flush).await.is_err() {
                tracing::debug!(peer = %peer.short(), "the peer did not take all in time");
            }
        }
        // The writer goes here and finishes its stream: a peer that waits for that may close.
        stop
    };
    let end = match stop {
        Stop::Ended(end) | Stop::Asked { ending: Ending { end, .. }, .. } => end,
        Stop::PeerFinished => goodbye(&connection).await,
    };
    endpoint::close(&connection, CloseCode::of(&end), &reason_for_peer(&end));
    tracing::info!(peer = %peer.short(), %link, reason = %end, "link down");
    if announced.load(Ordering::Relaxed) {
        let down = MeshEvent::LinkDown { link, reason: end.clone() };
        // Without a listener the mesh is being dropped; there is nobody left to tell.
        let _ = shared.events.send(down).await;
    }
    shared.board().retire(link, &end, Instant::now());
    drop(over);
    shared.changed();
}

/// Says that the link is up, after the link it replaces was said to be down.
async fn announce(
    shared: &Shared,
    up: MeshEvent,
    predecessor: Option<oneshot::Receiver<()>>,
    announced: &AtomicBool,
) -> Result<(), LinkEnd> {
    if let Some(predecessor) = predecessor {
        // It is never sent anything: its end is the word.
        let _ = predecessor.await;
    }
    let room = shared.events.reserve().await.map_err(|_| LinkEnd::ShutDown)?;
    // Between these two nothing can be cancelled, so a link that was said to be up is said to be
    // down too.
    announced.store(true, Ordering::Relaxed);
    if let MeshEvent::LinkUp { link, peer, dialled } = up {
        tracing::info!(peer = %peer.short(), %link, dialled, "link up");
    }
    room.send(up);
    Ok(())
}

/// Hands frames to the node's loop; where that is slow, the peer's stream waits.
async fn read(
    shared: &Shared,
    link: LinkId,
    reader: &mut FrameReader,
    counters: &Counters,
) -> Result<(), LinkEnd> {
    loop {
        match reader.next().await? {
            Heard::Heartbeat => {}
            Heard::Frame(bytes) => {
                counters.came(bytes.len());
                let frame = MeshEvent::Frame { link, bytes };
                shared.events.send(frame).await.map_err(|_| LinkEnd::ShutDown)?;
            }
            Heard::Finished => return Ok(()),
        }
    }
}

/// Writes what is queued, and a heartbeat where nothing is. Ends when the queue is closed.
async fn write(
    mut send: SendStream,
    mut queue: mpsc::Receiver<Vec<u8>>,
    counters: &Counters,
) -> Result<(), LinkEnd> {
    let mut bytes = HEARTBEAT.to_vec();
    loop {
        match send.write_all(&bytes).await {
            Ok(()) => {}
            Err(WriteError::Stopped(_)) => return Err(PeerMisbehaved::StoppedListening.into()),
            Err(
                WriteError::ConnectionLost(_)
                | WriteError::ClosedStream
                | WriteError::ZeroRttRejected,
            ) => {
                // What came before the connection broke may still wait to be read: the reader
                // says when and why the link ends.
                std::future::pending::<()>().await;
            }
        }
        bytes.clear();
        match timeout(HEARTBEAT_EVERY, queue.recv()).await {
            Err(_quiet) => bytes.extend(HEARTBEAT),
            Ok(Some(frame)) => {
                put_frame(&mut bytes, &frame);
                counters.went(frame.len());
            }
            Ok(None) => {
                // A stream that is closed already is finished enough.
                let _ = send.finish();
                return Ok(());
            }
        }
    }
}

/// Notes every second where the peer is and how far. It ends only when nobody listens any more.
async fn watch_path(
    shared: &Shared,
    link: LinkId,
    connection: &Connection,
    counters: &Counters,
    announced: &AtomicBool,
) {
    loop {
        sleep(HEARTBEAT_EVERY).await;
        if announced.load(Ordering::Relaxed)
            && note_path(shared, link, connection, counters).await.is_err()
        {
            return;
        }
    }
}

async fn note_path(
    shared: &Shared,
    link: LinkId,
    connection: &Connection,
    counters: &Counters,
) -> Result<(), LinkEnd> {
    let Some((address, round_trip)) = endpoint::path_of(connection) else { return Ok(()) };
    counters.measured(round_trip);
    let news = shared.board().met_at(link, address, Instant::now());
    let Some((peer, addresses)) = news else { return Ok(()) };
    let learned = MeshEvent::AddressLearned { peer, addresses };
    shared.events.send(learned).await.map_err(|_| LinkEnd::ShutDown)
}

async fn asked(ending: &mut watch::Receiver<Option<Ending>>) -> Ending {
    match ending.wait_for(Option::is_some).await.map(|asked| asked.clone()) {
        Ok(Some(ending)) => ending,
        // The switchboard is gone without a word.
        Ok(None) | Err(_) => Ending { flush: false, end: LinkEnd::ShutDown },
    }
}

/// The peer finished: it closes the connection with its reason once it knows that all was read.
async fn goodbye(connection: &Connection) -> LinkEnd {
    match timeout(GOODBYE_WITHIN, connection.closed()).await {
        Ok(closed) => end_of_connection(&closed),
        Err(_silent) => LinkEnd::ClosedByPeer { reason: "no reason given".to_owned() },
    }
}

fn reason_for_peer(end: &LinkEnd) -> String {
    match end {
        LinkEnd::ClosedHere { reason } => reason.clone(),
        LinkEnd::ClosedByPeer { .. }
        | LinkEnd::Replaced
        | LinkEnd::Paused
        | LinkEnd::ShutDown
        | LinkEnd::Silent
        | LinkEnd::QueueFull
        | LinkEnd::Lost { .. }
        | LinkEnd::PeerMisbehaved(_) => end.to_string(),
    }
}
