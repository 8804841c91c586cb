//! Takes connections in, and gives each a moment to become a link.

use std::sync::Arc;

use digiana_core::id::NodeId;
use iroh::endpoint::{Connection, Incoming};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::Shared;
use super::connection::{self, Wire};
use super::endpoint::{self, CloseCode, chain_of};
use super::framing::FrameReader;
use super::limits::{DIAL_WITHIN, STREAM_WITHIN, WELCOMES_AT_ONCE_MAX};
use super::switchboard::Refused;

/// Accepts until the endpoint is closed.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut welcomes = JoinSet::new();
    loop {
        tokio::select! {
            incoming = shared.endpoint.accept() => match incoming {
                Some(incoming) if welcomes.len() < WELCOMES_AT_ONCE_MAX => {
                    welcomes.spawn(welcome(Arc::clone(&shared), incoming));
                }
                Some(incoming) => incoming.refuse(),
                None => return,
            },
            Some(_) = welcomes.join_next() => {}
        }
    }
}

async fn welcome(shared: Arc<Shared>, incoming: Incoming) {
    let handshake = async {
        let accepting = incoming.accept().map_err(|error| chain_of(&error))?;
        accepting.await.map_err(|error| chain_of(&error))
    };
    let connection = match timeout(DIAL_WITHIN, handshake).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => {
            tracing::debug!(error, "a handshake failed");
            return;
        }
        Err(_late) => {
            tracing::debug!("a handshake took too long");
            return;
        }
    };
    let peer = endpoint::node_id(connection.remote_id());
    let refused = shared.board().refusal(peer);
    if let Some(refused) = refused {
        return refuse(&connection, peer, refused);
    }
    let (send, recv) = match timeout(STREAM_WITHIN, connection.accept_bi()).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(peer = %peer.short(), %error, "connected and left");
            return;
        }
        Err(_stalled) => {
            tracing::info!(peer = %peer.short(), "connected and stalled");
            let reason = "no stream within 3 s of connecting";
            endpoint::close(&connection, CloseCode::GivenUp, reason);
            return;
        }
    };
    let admitted = shared.board().admit(peer, false, Instant::now());
    match admitted {
        Ok(admitted) => {
            let wire = Wire { connection, send, reader: FrameReader::new(recv) };
            shared.spawn(connection::serve(Arc::clone(&shared), admitted, wire));
        }
        Err(refused) => refuse(&connection, peer, refused),
    }
}

fn refuse(connection: &Connection, peer: NodeId, refused: Refused) {
    tracing::debug!(peer = %peer.short(), %refused, "connection refused");
    endpoint::close(connection, refused.code(), &refused.to_string());
}
