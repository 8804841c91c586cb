//! Dials every known peer that has no link, as often as the switchboard says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use digiana_core::id::NodeId;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::Shared;
use super::connection::{self, Wire};
use super::endpoint::{self, dial_error, end_of_connection};
use super::event::PeerMisbehaved;
use super::framing::{FrameReader, HEARTBEAT, Heard};
use super::limits::DIAL_WITHIN;
use super::switchboard::Refused;

/// When nothing is due, how long until the switchboard is asked again anyway.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Dials until the mesh is dropped.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut dials = JoinSet::new();
    loop {
        let now = Instant::now();
        let (due, next) = shared.board().due(now);
        for (peer, addresses) in due {
            dials.spawn(dial(Arc::clone(&shared), peer, addresses));
        }
        tokio::select! {
            () = shared.change.notified() => {}
            () = sleep_until(next.unwrap_or(now + ASK_AGAIN_AFTER)) => {}
            Some(_) = dials.join_next() => {}
        }
    }
}

async fn dial(shared: Arc<Shared>, peer: NodeId, addresses: Vec<SocketAddr>) {
    tracing::debug!(peer = %peer.short(), ?addresses, "dialling");
    let met = match timeout(DIAL_WITHIN, connect(&shared, peer, &addresses)).await {
        Ok(met) => met,
        Err(_late) => Err(format!("no answer within 3 s at {addresses:?}")),
    };
    let error = match met {
        Ok(None) => None,
        Ok(Some(wire)) => {
            let admitted = shared.board().admit(peer, true, Instant::now());
            match admitted {
                Ok(admitted) => {
                    shared.spawn(connection::serve(Arc::clone(&shared), admitted, wire));
                    None
                }
                Err(refused) => {
                    endpoint::close(&wire.connection, refused.code(), &refused.to_string());
                    (refused != Refused::Replaced).then(|| refused.to_string())
                }
            }
        }
        Err(error) => {
            tracing::debug!(peer = %peer.short(), error, "dial failed");
            Some(error)
        }
    };
    shared.board().dialled(peer, error, Instant::now());
}

/// Connects and waits for the listener's first heartbeat; `None` when the peer dialled meanwhile.
async fn connect(
    shared: &Shared,
    peer: NodeId,
    addresses: &[SocketAddr],
) -> Result<Option<Wire>, String> {
    let Some(key) = endpoint::endpoint_id(peer) else {
        return Err("its id is no public key".to_owned());
    };
    let to = endpoint::endpoint_addr(key, addresses);
    let connection =
        shared.endpoint.connect(to, &shared.alpn).await.map_err(|error| dial_error(&error))?;
    // Nothing was said on this connection yet, so the peer holds no link on it: its own stays.
    if shared.board().is_linked(peer) {
        endpoint::close(&connection, Refused::Replaced.code(), &Refused::Replaced.to_string());
        return Ok(None);
    }
    let closed = |_| match connection.close_reason() {
        Some(reason) => end_of_connection(&reason).to_string(),
        None => "the peer takes no stream".to_owned(),
    };
    let (mut send, recv) =
        connection.open_bi().await.map_err(|error| end_of_connection(&error).to_string())?;
    send.write_all(&HEARTBEAT).await.map_err(closed)?;
    let mut reader = FrameReader::new(recv);
    match reader.next().await.map_err(|end| end.to_string())? {
        Heard::Heartbeat => Ok(Some(Wire { connection, send, reader })),
        Heard::Frame(_) | Heard::Finished => {
            let early = PeerMisbehaved::SpokeTooEarly;
            endpoint::close(&connection, endpoint::CloseCode::Misbehaved, &early.to_string());
            Err(early.to_string())
        }
    }
}
