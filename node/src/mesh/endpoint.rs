//! The iroh endpoint: QUIC on the addresses given, and nothing that speaks to anyone else.
//!
//! No relay, no name lookup, no port mapping, no probing of the wider network.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use digiana_core::id::NodeId;
use iroh::endpoint::{
    BindOpts, Builder, Connection, ConnectionError, IdleTimeout, NetReportConfig, PortmapperConfig,
    QuicTransportConfig, TransportErrorCode, VarInt, presets,
};
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMode, SecretKey, TransportAddr};

use super::event::LinkEnd;
use super::fault::MeshFault;
use super::limits::{REASON_BYTES_MAX, RECEIVE_WINDOW_BYTES, SEND_WINDOW_BYTES};

const IDLE_MAX: Duration = Duration::from_secs(6);
const PATH_IDLE_MAX: Duration = Duration::from_secs(4);
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(1);

/// The TLS alert of a listener that serves no protocol the dialler offered (RFC 7301, 3.2).
const NO_APPLICATION_PROTOCOL: u8 = 120;

/// Why a connection is closed, as the number that travels with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CloseCode {
    /// The engine or the operator asked for it.
    Asked,
    /// Another connection of the same two nodes stays.
    Replaced,
    /// No further link may be held.
    Full,
    /// Cut by the operator.
    Paused,
    /// The peer broke the framing.
    Misbehaved,
    /// The link was given up as dead or too slow.
    GivenUp,
    /// The node stops.
    ShutDown,
}

impl CloseCode {
    fn number(self) -> VarInt {
        VarInt::from_u32(match self {
            Self::Asked => 1,
            Self::Replaced => 2,
            Self::Full => 3,
            Self::Paused => 4,
            Self::Misbehaved => 5,
            Self::GivenUp => 6,
            Self::ShutDown => 7,
        })
    }

    /// The code that tells a peer of `end`.
    pub(super) fn of(end: &LinkEnd) -> Self {
        match end {
            LinkEnd::ClosedHere { .. } => Self::Asked,
            LinkEnd::Replaced => Self::Replaced,
            LinkEnd::Paused => Self::Paused,
            LinkEnd::ShutDown => Self::ShutDown,
            LinkEnd::PeerMisbehaved(_) => Self::Misbehaved,
            LinkEnd::ClosedByPeer { .. }
            | LinkEnd::Silent
            | LinkEnd::QueueFull
            | LinkEnd::Lost { .. } => Self::GivenUp,
        }
    }
}

/// Opens the endpoint on `addresses`.
pub(super) async fn bind(
    secret: [u8; 32],
    alpn: &[u8],
    addresses: &[SocketAddr],
) -> Result<Endpoint, MeshFault> {
    let builder = Endpoint::builder(presets::Minimal)
        .secret_key(SecretKey::from_bytes(&secret))
        .alpns(vec![alpn.to_vec()])
        .relay_mode(RelayMode::Disabled)
        .clear_address_lookup()
        .transport_config(transport())
        .portmapper_config(PortmapperConfig::Disabled)
        .net_report_config(NetReportConfig::minimal())
        .clear_ip_transports();
    let builder = listen_on(builder, addresses)?;
    builder
        .bind()
        .await
        .map_err(|fault| MeshFault::Bind { addresses: addresses.to_vec(), cause: chain_of(&fault) })
}

fn transport() -> QuicTransportConfig {
    let idle = IdleTimeout::try_from(IDLE_MAX).expect("six seconds are a QUIC idle time-out");
    QuicTransportConfig::builder()
        .max_idle_timeout(Some(idle))
        .keep_alive_interval(KEEP_ALIVE_EVERY)
        .default_path_max_idle_timeout(PATH_IDLE_MAX)
        .default_path_keep_alive_interval(KEEP_ALIVE_EVERY)
        .max_concurrent_bidi_streams(VarInt::from_u32(1))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .stream_receive_window(VarInt::from_u32(RECEIVE_WINDOW_BYTES))
        .receive_window(VarInt::from_u32(RECEIVE_WINDOW_BYTES))
        .send_window(SEND_WINDOW_BYTES)
        .build()
}

/// The first address of each family is the one for peers that none of the others' subnets holds.
fn listen_on(mut builder: Builder, addresses: &[SocketAddr]) -> Result<Builder, MeshFault> {
    for family in [SocketAddr::is_ipv4, SocketAddr::is_ipv6] {
        let mut of_family = addresses.iter().filter(|address| family(address));
        let default_route = of_family.next();
        let subnets = of_family.map(|address| {
            let bits = if address.is_ipv4() { 24 } else { 64 };
            (address, BindOpts::default().set_prefix_len(bits))
        });
        // iroh takes the default route last.
        for (address, options) in
            subnets.chain(default_route.map(|address| (address, BindOpts::default())))
        {
            builder = builder.bind_addr_with_opts(*address, options).map_err(|fault| {
                MeshFault::Bind { addresses: vec![*address], cause: chain_of(&fault) }
            })?;
        }
    }
    Ok(builder)
}

/// The peer's key as iroh knows it; `None` when the id is no point on the curve.
pub(super) fn endpoint_id(peer: NodeId) -> Option<EndpointId> {
    EndpointId::from_bytes(peer.as_bytes()).ok()
}

/// The peer's key as the town knows it.
pub(super) fn node_id(peer: EndpointId) -> NodeId {
    NodeId(*peer.as_bytes())
}

/// Where to dial a peer: all addresses at once.
pub(super) fn endpoint_addr(peer: EndpointId, addresses: &[SocketAddr]) -> EndpointAddr {
    EndpointAddr::from_parts(peer, addresses.iter().copied().map(TransportAddr::Ip))
}

/// Where the peer is reached now, and how long a packet takes there and back.
pub(super) fn path_of(connection: &Connection) -> Option<(SocketAddr, Duration)> {
    let paths = connection.paths();
    let of = |path: iroh::endpoint::Path<'_>| {
        let TransportAddr::Ip(address) = path.remote_addr() else { return None };
        Some((*address, path.rtt()))
    };
    paths.iter().filter(|path| path.is_selected()).find_map(of).or_else(|| {
        // In the first instant no path is selected yet.
        paths.iter().find_map(of)
    })
}

/// Closes a connection with a reason the peer's operator can read.
pub(super) fn close(connection: &Connection, code: CloseCode, reason: &str) {
    connection.close(code.number(), shortened(reason).as_bytes());
}

/// What the end of a connection means for the link on it.
pub(super) fn end_of_connection(error: &ConnectionError) -> LinkEnd {
    match error {
        ConnectionError::ApplicationClosed(close) => {
            if close.error_code == CloseCode::Replaced.number() {
                return LinkEnd::Replaced;
            }
            let reason = readable(&String::from_utf8_lossy(&close.reason));
            LinkEnd::ClosedByPeer { reason }
        }
        ConnectionError::VersionMismatch
        | ConnectionError::TransportError(_)
        | ConnectionError::ConnectionClosed(_)
        | ConnectionError::Reset
        | ConnectionError::TimedOut
        | ConnectionError::LocallyClosed
        | ConnectionError::CidsExhausted => LinkEnd::Lost { cause: readable(&error.to_string()) },
    }
}

/// An error with its causes on one line.
pub(super) fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        // Many an error only repeats its cause.
        if !text.ends_with(&said) {
            let _ = write!(text, ": {said}");
        }
        source = cause.source();
    }
    text
}

/// Why a dial failed, in the operator's words where there are any.
pub(super) fn dial_error(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(ConnectionError::ConnectionClosed(close)) = error.downcast_ref()
            && close.error_code == TransportErrorCode::crypto(NO_APPLICATION_PROTOCOL)
        {
            return "the peer is of another town or another version".to_owned();
        }
        cause = error.source();
    }
    readable(&chain_of(error))
}

/// Text that may hold foreign bytes, on one line and short.
fn readable(text: &str) -> String {
    shortened(text).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(REASON_BYTES_MAX)).unwrap_or_default()
}
