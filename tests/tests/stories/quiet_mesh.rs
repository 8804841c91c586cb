//! A node that was given no address speaks to nobody, even where the whole world is a route away.

use std::net::Ipv4Addr;
use std::time::Duration;

use digiana_node::mesh::{Mesh, MeshConfig};

use crate::hosts::{host, ip, play, role, run};

const TEST: &str = "quiet_mesh::a_node_without_addresses_sends_no_packet_anywhere";

#[test]
fn a_node_without_addresses_sends_no_packet_anywhere() {
    if role().is_none() {
        return play(host("-Urn", TEST, "alone"));
    }
    ip("link set lo up");
    ip("link add world type veth peer name far-end");
    ip("link set far-end up");
    ip("addr add 10.91.1.1/24 dev world");
    ip("link set world up");
    ip("route add default via 10.91.1.254");
    run(async {
        let config = MeshConfig {
            alpn: b"digiana/1/drill".to_vec(),
            bind: vec![(Ipv4Addr::UNSPECIFIED, 0).into()],
            peers: vec![],
            multicast: vec![],
            links_max: 8,
        };
        let (mesh, _events) = Mesh::bind([1; 32], config, vec![]).await.expect("a mesh");
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(counted("Udp", "OutDatagrams"), 0);
        assert_eq!(counted("Tcp", "ActiveOpens"), 0);
        mesh.shutdown().await;
        // And had there been a packet, it would have been counted.
        let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a socket");
        socket.send_to(b"drill", "10.91.1.254:9").expect("a route");
        assert_eq!(counted("Udp", "OutDatagrams"), 1);
    });
}

/// A counter of this host, as the kernel keeps it: a line of names, then a line of values.
fn counted(protocol: &str, name: &str) -> u64 {
    let table = std::fs::read_to_string("/proc/self/net/snmp").expect("the kernel counts");
    let mut lines =
        table.lines().filter_map(|line| line.strip_prefix(protocol)?.strip_prefix(": "));
    let (names, values) = lines.next().zip(lines.next()).expect("two lines a protocol");
    let mut columns = names.split(' ').zip(values.split(' '));
    let (_, value) = columns.find(|(column, _)| *column == name).expect("such a counter");
    value.parse().expect("a number")
}
