//! Two hosts on a LAN without a default route, as a shelter's is once the line is down.
//!
//! A virtual cable joins them, is pulled, and is plugged in again.

use std::io::{BufRead, BufReader, Write};
use std::net::Ipv4Addr;
use std::process::Stdio;
use std::time::Duration;

use digiana_node::mesh::event::MeshEvent;
use digiana_node::mesh::{Mesh, MeshConfig};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use crate::hosts::{host, ip, play, role, run};

const TEST: &str =
    "lan_discovery::two_nodes_meet_on_a_lan_without_a_default_route_and_meet_again_after_a_cut";
const FIRST: Ipv4Addr = Ipv4Addr::new(10, 91, 0, 1);
const SECOND: Ipv4Addr = Ipv4Addr::new(10, 91, 0, 2);

#[test]
fn two_nodes_meet_on_a_lan_without_a_default_route_and_meet_again_after_a_cut() {
    match role().as_deref() {
        None => play(host("-Urn", TEST, "first")),
        Some("first") => first_host(),
        Some(_) => second_host(),
    }
}

fn first_host() {
    let mut second = host("-n", TEST, "second");
    let mut second = second.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a host");
    let mut said = BufReader::new(second.stdout.take().expect("a pipe")).lines();
    assert!(said.any(|line| line.expect("text").contains("second host is up")));
    ip(&format!("link add cable type veth peer name cable netns {}", second.id()));
    ip(&format!("addr add {FIRST}/24 dev cable"));
    ip("link set cable up");
    let mut hands = second.stdin.take().expect("a pipe");
    hands.write_all(b"plugged in\n").expect("the second host listens");
    run(async {
        let (node, mut events) = node(1, FIRST, b"digiana/1/drill").await;
        let (stranger, _none) = self::node(3, FIRST, b"digiana/1/other").await;
        until(&mut events, Duration::from_secs(5), |event| {
            matches!(event, MeshEvent::LinkUp { .. })
        })
        .await;
        ip("link set cable down");
        until(&mut events, Duration::from_secs(4), |event| {
            matches!(event, MeshEvent::LinkDown { .. })
        })
        .await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        ip("link set cable up");
        until(&mut events, Duration::from_secs(20), |event| {
            matches!(event, MeshEvent::LinkUp { .. })
        })
        .await;
        let other_town = stranger.links();
        assert!(other_town.links.is_empty() && other_town.unlinked.is_empty(), "{other_town:?}");
        node.shutdown().await;
        stranger.shutdown().await;
    });
    drop(hands);
    assert!(second.wait().expect("the second host ends").success());
}

fn second_host() {
    let mut out = std::io::stdout();
    writeln!(out, "\nsecond host is up").expect("the first host listens");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("the first host speaks");
    ip(&format!("addr add {SECOND}/24 dev cable"));
    ip("link set cable up");
    run(async {
        let (node, mut events) = node(2, SECOND, b"digiana/1/drill").await;
        let reading = tokio::spawn(async move { while events.recv().await.is_some() {} });
        // Ends when the first host hangs up.
        let hung_up =
            tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
        let hung_up = timeout(Duration::from_secs(60), hung_up).await;
        hung_up.expect("the first host ends in time").expect("a thread").expect("a pipe");
        node.shutdown().await;
        reading.abort();
    });
}

async fn node(seed: u8, interface: Ipv4Addr, alpn: &[u8]) -> (Mesh, Receiver<MeshEvent>) {
    let config = MeshConfig {
        alpn: alpn.to_vec(),
        bind: vec![(Ipv4Addr::UNSPECIFIED, 0).into()],
        peers: vec![],
        multicast: vec![interface],
        links_max: 8,
    };
    Mesh::bind([seed; 32], config, vec![]).await.expect("a mesh")
}

async fn until(
    events: &mut Receiver<MeshEvent>,
    patience: Duration,
    wanted: impl Fn(&MeshEvent) -> bool,
) {
    let found = async {
        while let Some(event) = events.recv().await {
            if wanted(&event) {
                return;
            }
        }
    };
    timeout(patience, found).await.expect("the event comes in time");
}
