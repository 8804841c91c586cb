//! A radio link over the hills: 30 % of all packets lost both ways, 256 kbit/s, 50 ms.
//!
//! The kernel could do this with `tc netem`, but many are built without it, and its losses are other
//! ones each time. So two nodes are told that the other is at a relay of this process, which loses,
//! delays and shapes by a seed. On a host of its own there is no other way between them: nodes that
//! meet tell each other where else they are, and would find it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that fails says so by panicking"
)]

use std::io::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use digiana_sim::rng::Rng;
use digiana_tests::cards::{enrol, tap};
use digiana_tests::processes::{Process, Town, until_within};
use digiana_tests::raw::check_ins;

use crate::hosts::{host, ip, play, role};

const TEST: &str = "bad_road::an_evening_of_taps_arrives_over_a_road_that_loses_every_third_packet";

const LOST_PERCENT: u32 = 30;
const BITS_PER_SECOND: u32 = 256_000;
const DELAY: Duration = Duration::from_millis(50);

/// A packet that would wait longer than this for its turn is lost, as in a modem's small buffer.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// Longer than a packet of any kind.
const PACKET_BYTES_MAX: usize = 65_536;

/// How long the nodes may take to hold the same over such a road.
const EVENING_WITHIN: Duration = Duration::from_secs(60);

/// People who came before there was any road, and while there was this one.
const BEFORE: u32 = 80;
const MEANWHILE: u32 = 60;

/// How quickly they came.
const ONE_EVERY: Duration = Duration::from_millis(150);

#[test]
fn an_evening_of_taps_arrives_over_a_road_that_loses_every_third_packet() {
    match role() {
        None => play(host("-Urn", TEST, "valley")),
        Some(_) => evening(),
    }
}

fn evening() {
    ip("link set lo up");
    let mut town = Town::of(&["本部", "都賀"], &[(0, 1)]);
    enrol(&town.nodes[0], 1..=BEFORE + MEANWHILE);
    // The evening before: they meet over a good road once.
    town.start_all();
    town.until_equal();
    town.open_shelters(&[1]);
    town.until_equal();
    town.nodes[0].stop();
    let outcomes = town.nodes[1].follow();
    let mut shown = Vec::new();
    let mut come = |shelter: &Process, number: u32| {
        tap(shelter, number);
        let outcome = outcomes.next();
        shown.push(outcome["entry"].as_str().expect("everybody is taken in").to_owned());
    };
    (1..=BEFORE).for_each(|number| come(&town.nodes[1], number));
    town.nodes[1].stop();
    drop(outcomes);

    let road = Road::between(&town, 0, 1);
    let downs = |town: &Town| town.nodes[0].log().matches("link down").count();
    let downs_before = downs(&town);
    let began = Instant::now();
    town.start_all();
    let (hq, shelter) = (&town.nodes[0], &town.nodes[1]);
    let shows = |people: u32| hq.present() == (u64::from(people), u64::from(people));
    until_within(EVENING_WITHIN, "headquarters has what was before", || shows(BEFORE));
    let caught_up = began.elapsed();
    let outcomes = shelter.follow();
    let mut slowest = Duration::ZERO;
    for number in BEFORE + 1..=BEFORE + MEANWHILE {
        let came = Instant::now();
        tap(shelter, number);
        let outcome = outcomes.next();
        shown.push(outcome["entry"].as_str().expect("everybody is taken in").to_owned());
        // Nobody at the reader waits for the road.
        slowest = slowest.max(came.elapsed());
        std::thread::sleep(ONE_EVERY.saturating_sub(came.elapsed()));
    }
    let last = Instant::now();
    until_within(EVENING_WITHIN, "headquarters has all", || shows(BEFORE + MEANWHILE));
    let arrived = last.elapsed();
    town.until_equal_within(EVENING_WITHIN);

    let downs = downs(&town) - downs_before;

    // Nothing went another way: without the road they do not hear each other.
    let (carried, lost) = road.close();
    until_within(EVENING_WITHIN, "the link is gone", || hq.status()["peers"][0]["linked"] == false);
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(hq.status()["peers"][0]["linked"], false);
    town.nodes.iter_mut().for_each(Process::stop);
    let (at_hq, at_shelter) = (check_ins(&town.nodes[0]), check_ins(&town.nodes[1]));
    assert_eq!(at_hq, at_shelter);
    assert!(shown.iter().all(|entry| at_hq.contains_key(entry)), "an indicated tap is lost");
    assert_eq!(at_hq.len(), shown.len());
    let figures = format!(
        "bad road: {BEFORE} earlier taps at headquarters after {:.1} s, {MEANWHILE} more {:.1} s \
         after the last; {carried} packets carried, {lost} lost; the link was lost {downs} times; \
         slowest tap {slowest:?}\n",
        caught_up.as_secs_f64(),
        arrived.as_secs_f64(),
    );
    std::io::stdout().write_all(figures.as_bytes()).unwrap();
}

/// What a road counts.
#[derive(Default)]
struct Counts {
    carried: AtomicU64,
    lost: AtomicU64,
}

/// The relay. Each end believes that the other is here.
struct Road {
    open: Arc<AtomicBool>,
    counts: Arc<Counts>,
    lanes: Vec<JoinHandle<()>>,
}

impl Road {
    /// Puts a relay between two nodes that do not run.
    fn between(town: &Town, one: usize, other: usize) -> Self {
        let sockets = [0; 2].map(|_| UdpSocket::bind("127.0.0.1:0").unwrap());
        let ends = [&town.nodes[one], &town.nodes[other]].map(|node| node.mesh());
        // What is on this machine is found by a rule as well, and that rule may stand behind others.
        ip("rule add pref 100 lookup local");
        ip("rule del pref 0");
        for (from, to) in [(ends[0], ends[1]), (ends[1], ends[0])] {
            let packets = format!("ipproto udp sport {} dport {}", from.port(), to.port());
            ip(&format!("rule add pref 10 {packets} unreachable"));
        }
        for (node, far_end, relay) in [(one, ends[1], &sockets[0]), (other, ends[0], &sockets[1])] {
            let here = relay.local_addr().unwrap();
            town.nodes[node].redirect(far_end, here);
        }
        let [at_one, at_other] = sockets;
        let open = Arc::new(AtomicBool::new(true));
        let counts = Arc::new(Counts::default());
        let mut lanes = Vec::new();
        for (purpose, from, to, end) in [
            ("stories/road/there", &at_one, &at_other, ends[1]),
            ("stories/road/back", &at_other, &at_one, ends[0]),
        ] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            from.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            let (queue, queued) = mpsc::channel();
            let (open, counts) = (Arc::clone(&open), Arc::clone(&counts));
            let chance = Rng::new(1, purpose);
            lanes.push(std::thread::spawn(move || take_in(&from, &queue, chance, &open, &counts)));
            lanes.push(std::thread::spawn(move || give_out(&to, end, &queued)));
        }
        Self { open, counts, lanes }
    }

    /// Closes it, and says how many packets it carried and lost.
    fn close(self) -> (u64, u64) {
        self.open.store(false, Ordering::Relaxed);
        self.lanes.into_iter().for_each(|lane| lane.join().unwrap());
        let Counts { carried, lost } = &*self.counts;
        (carried.load(Ordering::Relaxed), lost.load(Ordering::Relaxed))
    }
}

/// A packet, and when it reaches the other end.
type Carried = (Instant, Vec<u8>);

fn take_in(
    from: &UdpSocket,
    queue: &mpsc::Sender<Carried>,
    mut chance: Rng,
    open: &AtomicBool,
    counts: &Counts,
) {
    let mut free_at = Instant::now();
    let mut packet = vec![0; PACKET_BYTES_MAX];
    while open.load(Ordering::Relaxed) {
        // A node that does not run yet, or any more, is an error here and no packet.
        let Ok(len) = from.recv(&mut packet) else { continue };
        let now = Instant::now();
        let begins = free_at.max(now);
        if chance.below(100) < LOST_PERCENT || begins - now > WAIT_MAX {
            counts.lost.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let bits = u32::try_from(len).unwrap() * 8;
        free_at = begins + Duration::from_secs(1) * bits / BITS_PER_SECOND;
        counts.carried.fetch_add(1, Ordering::Relaxed);
        if queue.send((free_at + DELAY, packet[..len].to_vec())).is_err() {
            return;
        }
    }
}

fn give_out(to: &UdpSocket, end: SocketAddr, queued: &mpsc::Receiver<Carried>) {
    for (due, packet) in queued {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        // Nobody listens there while the node does not run.
        let _ = to.send_to(&packet, end);
    }
}
