//! Peers that stall, speak garbage, never stop talking or were never admitted: each wastes its own
//! link and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use digiana_core::id::{JournalId, NodeId};
use digiana_core::sync::frame::Frame;
use digiana_core::wire::{put_run, put_varint};
use digiana_node::keys::{NodeKey, TownFile};
use digiana_sim::card::Uid;
use digiana_sim::rng::Rng;
use digiana_tests::cards::{enrol, tap};
use digiana_tests::processes::{PATIENCE, Process, Town, person, until, until_within};
use iroh::endpoint::{
    Connection, NetReportConfig, PortmapperConfig, RecvStream, SendStream, presets,
};
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMode, SecretKey, TransportAddr};

/// How many people come while the crooked peers are at work, and how quickly.
const PEOPLE: u32 = 60;
const ONE_EVERY: Duration = Duration::from_millis(150);

/// How long somebody at the reader may wait for the lamp, whatever a peer does.
const LAMP_WITHIN: Duration = Duration::from_secs(2);

/// How long a tap may take to headquarters meanwhile.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// How long a peer rests before it tries again: a node takes in only so many at once.
const REST: Duration = Duration::from_millis(50);

const HEARTBEAT: [u8; 1] = [0];

/// What a crooked peer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// It connects, and opens no stream.
    StallsAtTheDoor,
    /// It says that it lives, takes nothing and answers nothing.
    TakesNothing,
    /// It says one thing that is no frame, or no frame of ours.
    SpeaksGarbage,
    /// It says valid and useless things as fast as they are taken.
    NeverStops,
    /// Its key was never admitted. It says too much, or nothing of what it should.
    Unknown,
    /// It is of another town.
    OfAnotherTown,
}

#[test]
fn crooked_peers_waste_their_own_links_and_taps_and_sync_go_on() {
    let crooked = [
        ("戸口で黙る端末", Manner::StallsAtTheDoor),
        ("受け取らない端末", Manner::TakesNothing),
        ("でたらめな端末", Manner::SpeaksGarbage),
        ("しゃべり続ける端末", Manner::NeverStops),
    ];
    let names = ["本部", "都賀"].into_iter().chain(crooked.map(|(name, _)| name));
    let names: Vec<_> = names.collect();
    let mut town = Town::of(&names, &[(0, 1)]);
    enrol(&town.nodes[0], 1..=PEOPLE);
    town.nodes[..2].iter_mut().for_each(Process::start);
    town.until_equal();
    town.open_shelters(&[1]);
    town.until_equal();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let work = Arc::new(Work { goes_on: AtomicBool::new(true), tries: AtomicU64::new(0) });
    let alpn = {
        let file = TownFile::load(&town.nodes[0].folder.join("town.json")).unwrap();
        format!("digiana/1/{}", file.town()).into_bytes()
    };
    let keys = town.nodes[2..].iter().zip(crooked).map(|(node, (_, manner))| {
        (*NodeKey::load(&node.folder.join("data/node.key")).unwrap().secret(), manner)
    });
    let strangers = [([91; 32], Manner::Unknown), ([92; 32], Manner::OfAnotherTown)];
    let mut busy = Vec::new();
    for (secret, manner) in keys.chain(strangers) {
        for victim in &town.nodes[..2] {
            let peer = Peer { secret, manner, alpn: alpn.clone(), to: address(victim) };
            busy.push(runtime.spawn(peer.work(Arc::clone(&work))));
        }
    }

    let (hq, shelter) = (&town.nodes[0], &town.nodes[1]);
    let outcomes = shelter.follow();
    let mut slowest = Duration::ZERO;
    for number in 1..=PEOPLE {
        let came = Instant::now();
        tap(shelter, number);
        let outcome = outcomes.next();
        assert_eq!(outcome["accepted"], true, "{outcome}");
        slowest = slowest.max(came.elapsed());
        std::thread::sleep(ONE_EVERY.saturating_sub(came.elapsed()));
    }
    assert!(slowest < LAMP_WITHIN, "{slowest:?}");
    let all = u64::from(PEOPLE);
    until_within(ARRIVES_WITHIN, "headquarters has all", || hq.present() == (all, all));
    town.until_equal();
    work.goes_on.store(false, Ordering::Relaxed);
    for task in busy {
        runtime.block_on(task).unwrap();
    }
    let tries = work.tries.load(Ordering::Relaxed);
    assert!(tries > 100, "{tries}");

    // The honest link never went, and each crooked one has its reason in the log.
    for (node, other) in [(hq, shelter), (shelter, hq)] {
        let log = node.log();
        let of_the_other = format!("peer={}", short(other));
        let gone =
            log.lines().find(|line| line.contains("link down") && line.contains(&of_the_other));
        assert_eq!(gone, None, "{}", node.name);
        for reason in [
            "connected and stalled",
            "over the limit of 65536",
            "not a canonical varint",
            "the stream ended inside a frame",
            "is not admitted",
        ] {
            assert!(log.contains(reason), "{}: {reason}\n{log}", node.name);
        }
        for number in 1..=PEOPLE {
            let uid = Uid::of_person(1, number).0.map(|byte| format!("{byte:02x}")).concat();
            let person = person(u64::from(number)).to_string();
            assert!(!log.contains(&uid) && !log.contains(&person), "{}", node.name);
        }
        assert!(!log.contains("panicked"), "{log}");
    }
    until("the crooked links are gone", || {
        let status = hq.status();
        let peers = status["peers"].as_array().unwrap();
        peers.iter().filter(|peer| peer["linked"] == true).count() == 1
    });
}

/// How a node is named in logs.
fn short(node: &Process) -> String {
    node.status()["node"].as_str().unwrap().parse::<NodeId>().unwrap().short()
}

/// Where a node is met.
fn address(node: &Process) -> EndpointAddr {
    let id: NodeId = node.status()["node"].as_str().unwrap().parse().unwrap();
    let key = EndpointId::from_bytes(id.as_bytes()).unwrap();
    EndpointAddr::from_parts(key, [TransportAddr::Ip(node.mesh())])
}

/// What all crooked peers share.
struct Work {
    goes_on: AtomicBool,
    tries: AtomicU64,
}

impl Work {
    fn goes_on(&self) -> bool {
        self.goes_on.load(Ordering::Relaxed)
    }

    /// Waits, but not beyond the end of the work.
    async fn rest(&self, time: Duration) {
        let until = Instant::now() + time;
        while self.goes_on() && Instant::now() < until {
            tokio::time::sleep(REST).await;
        }
    }
}

/// A crooked peer, and its victim.
struct Peer {
    secret: [u8; 32],
    manner: Manner,
    alpn: Vec<u8>,
    to: EndpointAddr,
}

impl Peer {
    /// Is crooked until the work is over.
    async fn work(self, work: Arc<Work>) {
        let is_of_ours = self.manner != Manner::OfAnotherTown;
        let alpn = if is_of_ours { self.alpn.clone() } else { b"digiana/1/other".to_vec() };
        let here: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let endpoint = Endpoint::builder(presets::Minimal)
            .secret_key(SecretKey::from_bytes(&self.secret))
            .relay_mode(RelayMode::Disabled)
            .clear_address_lookup()
            .portmapper_config(PortmapperConfig::Disabled)
            .net_report_config(NetReportConfig::minimal())
            .clear_ip_transports()
            .bind_addr(here)
            .unwrap()
            .bind()
            .await
            .unwrap();
        let mut chance = Rng::new(1, "stories/crooked-peers");
        while work.goes_on() {
            work.tries.fetch_add(1, Ordering::Relaxed);
            let met =
                tokio::time::timeout(PATIENCE, endpoint.connect(self.to.clone(), &alpn)).await;
            if let Ok(Ok(connection)) = met {
                // However it ends, it ends for this peer alone.
                let _ = self.meet(&connection, &work, &mut chance).await;
                connection.close(0u8.into(), b"drill");
            }
            work.rest(REST).await;
        }
        endpoint.close().await;
    }

    async fn meet(&self, connection: &Connection, work: &Work, chance: &mut Rng) -> Option<()> {
        match self.manner {
            Manner::StallsAtTheDoor => work.rest(Duration::from_secs(4)).await,
            Manner::TakesNothing => {
                let (mut send, _recv) = open(connection).await?;
                while work.goes_on() && connection.close_reason().is_none() {
                    work.rest(Duration::from_secs(1)).await;
                    send.write_all(&HEARTBEAT).await.ok()?;
                }
            }
            Manner::SpeaksGarbage => {
                let (mut send, recv) = open(connection).await?;
                drain(recv);
                send.write_all(&garbage(chance)).await.ok()?;
                send.finish().ok()?;
                until_closed(connection).await;
            }
            Manner::NeverStops => {
                let (mut send, recv) = open(connection).await?;
                drain(recv);
                let mut said = Vec::new();
                for number in 0..64u8 {
                    let journal = JournalId([number; 8]);
                    put_run(&mut said, &Frame::Gap { journal, seq: 0 }.to_bytes());
                    put_run(&mut said, &Frame::Have { journal, seq: 1 }.to_bytes());
                    put_run(&mut said, &Frame::WantCredentials(Vec::new()).to_bytes());
                }
                while work.goes_on() {
                    send.write_all(&said).await.ok()?;
                }
            }
            Manner::Unknown => {
                let (mut send, recv) = open(connection).await?;
                drain(recv);
                let mut said = Vec::new();
                if chance.below(2) == 0 {
                    put_run(&mut said, &[1; 3000]);
                } else {
                    put_run(&mut said, &Frame::Present(Vec::new()).to_bytes());
                }
                send.write_all(&said).await.ok()?;
                until_closed(connection).await;
            }
            // Its door stays shut.
            Manner::OfAnotherTown => panic!("a node of another town was let in"),
        }
        Some(())
    }
}

async fn open(connection: &Connection) -> Option<(SendStream, RecvStream)> {
    let (mut send, recv) = connection.open_bi().await.ok()?;
    send.write_all(&HEARTBEAT).await.ok()?;
    Some((send, recv))
}

fn drain(mut recv: RecvStream) {
    tokio::spawn(async move {
        let mut sink = [0; 4096];
        while let Ok(Some(_)) = recv.read(&mut sink).await {}
    });
}

async fn until_closed(connection: &Connection) {
    // A node that does not mind closes nothing; the next try says something else.
    let _ = tokio::time::timeout(Duration::from_secs(4), connection.closed()).await;
}

/// Bytes that no honest peer sends.
fn garbage(chance: &mut Rng) -> Vec<u8> {
    let mut noise = vec![0; usize::try_from(chance.between(1, 4096)).unwrap()];
    chance.fill(&mut noise);
    let mut said = Vec::new();
    match chance.below(6) {
        0 => said = noise,
        1 => put_run(&mut said, &noise),
        // A known kind of frame, and noise in it.
        2 => {
            noise[0] = u8::try_from(chance.between(1, 13)).unwrap();
            put_run(&mut said, &noise);
        }
        3 => put_varint(&mut said, 1 << chance.between(17, 62)),
        4 => said = vec![0x83, 0x80, 0x00],
        _ => {
            put_varint(&mut said, 60_000);
            said.extend(noise);
        }
    }
    said
}
