//! A card that is put in until it is proven, against the bare exchange of the same commands.
//!
//! Both ends of each tap are in this process, and the card signs in both: what is left is the
//! reader's own, its thread, its checks and its verification.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use digiana_core::fact::shelter::Assurance;
use digiana_node::reader::ReaderEvent;
use digiana_node::reader::bounds::Line;
use digiana_node::reader::card::CardFault;
use digiana_node::reader::enrol::{Asked, Read, Secret};
use digiana_node::reader::identify::Known;
use digiana_sim::card::kind::{Kind, Quirks};
use digiana_sim::card::{Card, ReaderAddr};
use digiana_tests::figure::{median, milliseconds, progress, quantile, sized, tell};
use digiana_tests::readers::{Bench, InHand, SEED, checks_with};

/// What a tap may take of our own time, in milliseconds.
const OWN_MS: f64 = 30.0;

fn card(person: u32) -> Card {
    Card::of_person(SEED, person, Kind::Normal, Quirks::default())
}

/// Keeps what is said to a card.
struct Overheard<L>(L, Arc<Mutex<Vec<Vec<u8>>>>);

impl<L: Line> Line for Overheard<L> {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
        self.1.lock().expect("one thread").push(command.to_vec());
        self.0.exchange(command)
    }
}

fn main() -> anyhow::Result<()> {
    let taps = sized(500, 5);
    progress("enrolling a card");
    let mut opened = card(1);
    opened.power_on();
    let code = opened.secrets().context("it has a code")?.code_b.clone();
    let stranger = checks_with(|_| Known { is_known: true, keys: Vec::new() });
    let asked = Asked::open(Secret::CodeB, &code)?;
    let Read::Opened { token, key: Some(key), .. } = stranger.enrol(InHand(opened), &asked)? else {
        bail!("the card has no key");
    };

    // What a reader says to a card that it knows.
    let known = key.clone();
    let reader = checks_with(move |_| Known { is_known: true, keys: vec![known.clone()] });
    let heard = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..2 {
        heard.lock().expect("one thread").clear();
        let mut card = card(1);
        card.power_on();
        let (met, _) = reader.meet(Overheard(InHand(card), Arc::clone(&heard)));
        anyhow::ensure!(met?.assurance == Assurance::Proven);
    }
    let commands = heard.lock().expect("one thread").clone();

    let runtime = tokio::runtime::Runtime::new()?;
    let entered = runtime.enter();
    let (mut bench, slot) = Bench::virtual_reader();
    drop(entered);
    bench.enrol(token, Some(key));
    let bare = TcpListener::bind("127.0.0.1:0")?;
    let bare_at = bare.local_addr()?;
    let (mut proven, mut exchanged) = (Vec::new(), Vec::new());
    progress("holding it to a reader, and to a bare line");
    // The first tap reads the whole certificate.
    for tap in 0..=taps {
        let took = runtime.block_on(a_proven_tap(&mut bench, slot))?;
        let bare_took = a_bare_exchange(&runtime, &bare, bare_at, &commands)?;
        if tap > 0 {
            proven.push(milliseconds(took));
            exchanged.push(milliseconds(bare_took));
        }
    }
    let (typical, baseline) = (median(&proven), median(&exchanged));
    tell("card", "present_to_proven_p50", typical, "ms", baseline);
    tell(
        "card",
        "present_to_proven_p99",
        quantile(&proven, 99, 100),
        "ms",
        quantile(&exchanged, 99, 100),
    );
    tell("card", "own_time_p50", typical - baseline, "ms", OWN_MS);
    Ok(())
}

async fn a_proven_tap(bench: &mut Bench, slot: SocketAddr) -> anyhow::Result<Duration> {
    let card = card(1);
    let begun = Instant::now();
    let inserted = card.put_into(ReaderAddr::new(slot)?).await?;
    loop {
        let event = bench.next().await;
        if let ReaderEvent::Inserted(read) = event {
            anyhow::ensure!(read.assurance == Assurance::Proven);
            break;
        }
        anyhow::ensure!(matches!(event, ReaderEvent::Ready), "{event:?}");
    }
    let took = begun.elapsed();
    inserted.remove().await;
    anyhow::ensure!(matches!(bench.next().await, ReaderEvent::Removed { .. }));
    Ok(took)
}

/// The same card and the same commands, with nobody who thinks about the answers.
fn a_bare_exchange(
    runtime: &tokio::runtime::Runtime,
    listener: &TcpListener,
    at: SocketAddr,
    commands: &[Vec<u8>],
) -> anyhow::Result<Duration> {
    let card = card(1);
    let begun = Instant::now();
    let inserted = runtime.block_on(card.put_into(ReaderAddr::new(at)?))?;
    let (mut line, _) = listener.accept()?;
    line.set_nodelay(true)?;
    let mut say = |payload: &[u8], is_answered: bool| -> anyhow::Result<()> {
        let length = u16::try_from(payload.len())?.to_be_bytes();
        line.write_all(&[&length, payload].concat())?;
        if is_answered {
            rustix::net::sockopt::set_tcp_quickack(&line, true)?;
            let mut length = [0; 2];
            line.read_exact(&mut length)?;
            line.read_exact(&mut vec![0; usize::from(u16::from_be_bytes(length))])?;
        }
        Ok(())
    };
    say(&[0x01], false)?;
    say(&[0x04], true)?;
    commands.iter().try_for_each(|command| say(command, true))?;
    let took = begun.elapsed();
    runtime.block_on(inserted.remove());
    Ok(took)
}
