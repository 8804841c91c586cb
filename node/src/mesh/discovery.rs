//! Finding peers on the LAN, on the interfaces the configuration pins and on no other.
//!
//! A shelter's LAN has no default route, so multicast must be told its interface. What is heard
//! is unproven: it says where to knock, and the key at the door says who answers.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use digiana_core::id::NodeId;
use iroh::EndpointId;
use swarm_discovery::{Discoverer, DropGuard, IpClass, Peer};
use tokio::time::{Instant, sleep};

use super::Shared;
use super::address_book::{Change, Source, is_local};
use super::endpoint::{chain_of, node_id};
use super::limits::DISCOVERY_DEAF_AFTER;

/// Announces this node and listens for others until the mesh is dropped.
pub(super) async fn run(shared: Arc<Shared>, interfaces: Vec<Ipv4Addr>) {
    let heard = Arc::new(AtomicBool::new(false));
    let mut discovery = None;
    loop {
        // A cable that comes back brings its address back, but not the group that was joined on
        // it. Multicast loops back to its sender, so one who hears nothing at all is deaf.
        if !heard.swap(false, Ordering::Relaxed) {
            drop(discovery.take());
            discovery = begin(&shared, &interfaces, Arc::clone(&heard));
        }
        sleep(DISCOVERY_DEAF_AFTER).await;
    }
}

fn begin(
    shared: &Arc<Shared>,
    interfaces: &[Ipv4Addr],
    heard: Arc<AtomicBool>,
) -> Option<DropGuard> {
    let me = shared.endpoint.id();
    // A weak hold: discovery's own task must not keep a dropped mesh alive.
    let town = Arc::downgrade(shared);
    let mut discoverer = Discoverer::new_interactive(service_name(&shared.alpn), me.to_z32())
        .with_ip_class(IpClass::V4Only)
        .with_multicast_interfaces_v4(interfaces.to_vec())
        .with_callback(move |label, peer| {
            heard.store(true, Ordering::Relaxed);
            if let (Some(shared), Ok(id)) = (town.upgrade(), EndpointId::from_z32(label))
                && id != me
            {
                found(&shared, node_id(id), peer);
            }
        });
    for (port, addresses) in announced(&shared.endpoint.bound_sockets(), interfaces) {
        discoverer = discoverer.with_addrs(port, addresses);
    }
    match discoverer.spawn(&tokio::runtime::Handle::current()) {
        Ok(guard) => Some(guard),
        Err(fault) => {
            let fault = chain_of(&fault);
            tracing::warn!(fault, ?interfaces, "no LAN discovery now; it is tried again");
            None
        }
    }
}

fn found(shared: &Shared, peer: NodeId, word: &Peer) {
    let addresses: BTreeSet<_> = word
        .addrs()
        .iter()
        .filter(|(address, _)| is_local(*address))
        .map(|(address, port)| SocketAddr::new(*address, *port))
        .collect();
    let addresses: Vec<_> = addresses.into_iter().collect();
    let change = shared.board().told(peer, Source::Discovered, addresses.clone(), Instant::now());
    match change {
        Change::None => {}
        Change::Addresses => {
            tracing::debug!(peer = %peer.short(), ?addresses, "heard of on the LAN");
            shared.changed();
        }
        Change::BookFull => {
            tracing::debug!(peer = %peer.short(), "heard of on the LAN; the book is full");
        }
    }
}

/// What to announce: where a socket listens on a pinned interface.
fn announced(sockets: &[SocketAddr], interfaces: &[Ipv4Addr]) -> Vec<(u16, Vec<IpAddr>)> {
    let of_socket = |socket: &SocketAddr| {
        let reached = interfaces.iter().copied().map(IpAddr::V4);
        let reached = reached
            .filter(|ip| socket.is_ipv4() && (socket.ip().is_unspecified() || socket.ip() == *ip));
        (socket.port(), reached.collect::<Vec<_>>())
    };
    sockets.iter().map(of_socket).filter(|(_, reached)| !reached.is_empty()).collect()
}

/// Two towns on one LAN must not knock at each other's doors, so the name comes from version and
/// town. A chance meeting of names is harmless: the handshake compares the whole.
fn service_name(alpn: &[u8]) -> String {
    let hash = alpn.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("digiana-{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pinned_interfaces_are_announced() {
        let (lan, radio) = (Ipv4Addr::new(10, 0, 0, 7), Ipv4Addr::new(192, 168, 9, 1));
        let socket = |text: &str| text.parse::<SocketAddr>().expect("a socket address");
        let both = vec![IpAddr::V4(lan), IpAddr::V4(radio)];
        assert_eq!(announced(&[socket("0.0.0.0:41001")], &[lan, radio]), [(41001, both)]);
        let one = vec![IpAddr::V4(lan)];
        assert_eq!(announced(&[socket("10.0.0.7:5"), socket("[::]:6")], &[lan]), [(5, one)]);
        assert_eq!(announced(&[socket("127.0.0.1:5")], &[lan]), []);
    }

    #[test]
    fn two_towns_have_two_names_that_fit_a_label() {
        let (ours, theirs) = (service_name(b"digiana/1/misato"), service_name(b"digiana/1/other"));
        assert_ne!(ours, theirs);
        assert!(ours.len() < 63);
    }
}
