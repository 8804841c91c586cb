//! A sweep of power cuts: at every moment of a node's life, whatever the disk had made of the
//! writes that no flush had confirmed, the store opens again with everything that was told.
//!
//! `make sweep` looks at many; `make test` at some of them. A point that fails says how to look
//! at it alone.

mod dice;
mod held;
mod life;
mod point;
mod town;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::*;
use crate::store::recording::{Event, Recording};
use dice::Dice;
use held::{Held, held};
use life::{Keeps, Life, live};
use point::{Fate, Medium, Point, points};
use town::{CACHE_BYTES, believed, owner};

/// How many steps a life has.
const STEPS: usize = 200;

/// How many points `make test` looks at.
const POINTS: usize = 2_000;

/// How many points `make sweep` is to look at, or the one.
const SWEEP: &str = "DIGIANA_SWEEP";

/// How many steps a life with a planted defect has, and how many of its points are looked at.
const PLANTED_STEPS: usize = 20;
const PLANTED_POINTS: usize = 300;

/// How many failures are told one by one.
const FAILURES_TOLD: usize = 10;

/// What became of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The store holds what it held after this transaction.
    Holds(usize),
    /// It says that it is damaged.
    Damaged,
}

/// A life, and what was found out about it.
struct Witness {
    life: Life,
    // States of which an engine was woken already.
    believed: BTreeSet<usize>,
}

impl Witness {
    fn of(seed: u64) -> Self {
        let life = live(seed, STEPS, Keeps::Whole);
        for (transaction, entry) in &life.indicated {
            let state = &life.states[usize::try_from(*transaction).unwrap()];
            assert!(state.ends[&entry.journal] >= entry.seq, "what was indicated is in the store");
        }
        Self { life, believed: BTreeSet::new() }
    }

    /// The transactions told before a moment, and those handed to the store: what may be there
    /// ends with one of them.
    fn between(&self, moment: usize) -> (usize, usize) {
        let (mut told, mut handed) = (0, 0);
        for event in &self.life.events[..moment] {
            match event {
                Event::Told(number) => told = usize::try_from(*number).unwrap(),
                Event::Handed(number) => handed = usize::try_from(*number).unwrap(),
                Event::Written { .. }
                | Event::Resized(_)
                | Event::Flushing
                | Event::Flushed
                | Event::Left(_) => {}
            }
        }
        (told, handed)
    }

    /// Opens what a power cut left, and looks whether it may be so.
    fn look(&mut self, point: Point, image: Vec<u8>) -> Result<Outcome, String> {
        let (told, handed) = self.between(point.moment);
        let first = if point.fate.is_honest() { told } else { 0 };
        let image = if let Fate::Again(seed) = point.fate { again(image, seed)? } else { image };
        let disk = Recording::of(image);
        let store = match guarded(|| disk.open(owner(), CACHE_BYTES))? {
            Ok(store) => store,
            Err(StoreFault::Damaged { .. }) if !point.fate.is_honest() => {
                return Ok(Outcome::Damaged);
            }
            Err(fault) => return Err(fault.to_string()),
        };
        let there = guarded(|| held(&store))?.map_err(|fault| fault.to_string())?;
        let state = self.state(&there, first, handed)?;
        if self.believed.insert(state) {
            let ends = guarded(|| believed(&store))??;
            if ends != there.ends {
                return Err("the engine believes in other ends than the store holds".to_owned());
            }
        }
        if Dice::new(u64::try_from(point.moment).unwrap(), "goes on").once_in(8) {
            guarded(|| goes_on(&disk, store))??;
        } else {
            guarded(|| drop(store))?;
        }
        Ok(Outcome::Holds(state))
    }

    /// The transaction after which the store held just that.
    fn state(&self, there: &Held, first: usize, last: usize) -> Result<usize, String> {
        let may_be = self.life.states[first..=last].iter().rposition(|state| state == there);
        may_be.map(|at| first + at).ok_or_else(|| {
            let known = self.life.states.iter().rposition(|state| state == there);
            known.map_or_else(
                || "what it holds was never written so".to_owned(),
                |at| format!("it holds transaction {at}, not one of {first} to {last}"),
            )
        })
    }
}

/// A panic is a failure of the point, not of the sweep.
fn guarded<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        format!("it panics: {}", said.unwrap_or("without a word"))
    })
}

/// Opens a disk, lets the power go in the middle of that, and returns what is then left.
fn again(image: Vec<u8>, seed: u64) -> Result<Vec<u8>, String> {
    let disk = Recording::of(image.clone());
    let store = guarded(|| disk.open(owner(), CACHE_BYTES))?.map_err(|fault| fault.to_string())?;
    let mut dice = Dice::new(seed, "again");
    if dice.once_in(2) {
        drop(store);
    } else {
        disk.kill(store);
    }
    let events = disk.events();
    let moment = dice.below(events.len() + 1);
    Ok(Medium::of(image, &events).image(moment, Fate::Random(seed)))
}

/// A store that opened after a power cut takes writes, and keeps them over the next one.
fn goes_on(disk: &Recording, store: Store) -> Result<(), String> {
    let told = |fault: StoreFault| format!("it does not go on: {fault}");
    let before = disk.image();
    let begins = disk.events().len();
    for number in 0..3 {
        let journal = JournalId([0xee; 8]);
        let upto = EntryId { journal, seq: number };
        let first = number * 400 + 1;
        let writes = vec![
            StoreWrite::Custody { upto, at: WALL },
            append(&batch(0xee, first, &[7; 400], false), first),
        ];
        store.commit(&[commit(number, writes)]).map_err(told)?;
    }
    let there = held(&store).map_err(told)?;
    let events = disk.events();
    let cut = Medium::of(before, &events[begins..]).image(events.len() - begins, Fate::None);
    drop(store);
    for image in [disk.image(), cut] {
        let store = Recording::of(image).open(owner(), CACHE_BYTES).map_err(told)?;
        if held(&store).map_err(told)? != there {
            return Err("what it wrote after the power cut is not what it holds".to_owned());
        }
    }
    Ok(())
}

/// What a sweep found.
#[derive(Debug, Default)]
struct Found {
    points: usize,
    // Those at which the disk had kept its word.
    honest: usize,
    opened: usize,
    damaged: usize,
    failures: Vec<(Point, String)>,
    digest: blake3::Hasher,
}

impl Found {
    fn look(&mut self, witness: &mut Witness, point: Point, image: Vec<u8>) {
        self.points += 1;
        self.honest += usize::from(point.fate.is_honest());
        let outcome = witness.look(point, image);
        self.digest.update(format!("{point} {outcome:?}\n").as_bytes());
        match outcome {
            Ok(Outcome::Holds(_)) => self.opened += 1,
            Ok(Outcome::Damaged) => self.damaged += 1,
            Err(why) => self.failures.push((point, why)),
        }
    }

    /// Looks at every point of a life that stands at a multiple of `stride`.
    fn sweep(&mut self, witness: &mut Witness, points: &[Point], stride: usize) {
        let events = witness.life.events.clone();
        let mut medium = Medium::new(&events);
        for point in points.iter().step_by(stride) {
            let image = medium.image(point.moment, point.fate);
            self.look(witness, *point, image);
        }
    }

    fn assert_none_failed(&self) {
        for (point, why) in self.failures.iter().take(FAILURES_TOLD) {
            eprintln!("{point}: {why}; again with: make sweep SWEEP={point}");
        }
        assert_eq!(self.failures.len(), 0, "of {} points", self.points);
    }
}

/// Looks at one point alone.
fn look_at(point: Point) -> Found {
    let mut witness = Witness::of(point.life);
    let events = witness.life.events.clone();
    assert!(point.moment <= events.len(), "life {} has {} events", point.life, events.len());
    let image = Medium::new(&events).image(point.moment, point.fate);
    let mut found = Found::default();
    found.look(&mut witness, point, image);
    found
}

/// Looks at that many points: of one life after the other, or of all over the first.
fn look_around(wanted: Option<usize>) -> Found {
    let mut found = Found::default();
    for seed in 1.. {
        let mut witness = Witness::of(seed);
        let points = points(seed, &witness.life.events);
        let stride = if wanted.is_some() { 1 } else { points.len().div_ceil(POINTS) };
        let left = wanted.map_or(points.len(), |wanted| wanted - found.points);
        found.sweep(&mut witness, &points[..left.min(points.len())], stride);
        let (transactions, events) = (witness.life.states.len(), witness.life.events.len());
        let (looked, failed) = (found.points, found.failures.len());
        eprintln!(
            "life {seed}: {transactions} transactions, {events} events; {looked} points, {failed} failed"
        );
        if wanted.is_none_or(|wanted| found.points >= wanted) {
            break;
        }
    }
    found
}

#[test]
fn whenever_the_power_goes_the_store_opens_with_all_that_was_told() {
    let began = Instant::now();
    let found = match std::env::var(SWEEP) {
        Err(_) => look_around(None),
        Ok(text) => match (text.parse(), text.parse()) {
            (Ok(wanted), _) => look_around(Some(wanted)),
            (_, Ok(point)) => look_at(point),
            (Err(_), Err(why)) => panic!("{SWEEP}: {why}"),
        },
    };
    println!(
        "{{\"points\":{},\"honest\":{},\"opened\":{},\"damaged\":{},\"lost\":{},\"seconds\":{},\"digest\":\"{}\"}}",
        found.points,
        found.honest,
        found.opened,
        found.damaged,
        found.failures.len(),
        began.elapsed().as_secs(),
        &found.digest.finalize().to_hex()[..16],
    );
    found.assert_none_failed();
}

/// Looks at some points of a life in which something is wrong; what the failures say.
fn failures_of(life: Life) -> BTreeSet<String> {
    let points = points(0, &life.events);
    let mut witness = Witness { life, believed: BTreeSet::new() };
    let mut found = Found::default();
    found.sweep(&mut witness, &points, points.len().div_ceil(PLANTED_POINTS));
    found.failures.into_iter().map(|(_, why)| why).collect()
}

#[test]
fn a_life_in_which_somebody_is_told_before_the_flush_is_caught() {
    let mut life = live(1, PLANTED_STEPS, Keeps::Whole);
    // A disk thread that answers as soon as it has the commit.
    let mut events = Vec::new();
    for event in std::mem::take(&mut life.events) {
        match event {
            Event::Told(number) if number > 0 => {}
            Event::Handed(number) if number > 0 => {
                events.extend([event, Event::Told(number)]);
            }
            Event::Written { .. }
            | Event::Resized(_)
            | Event::Flushing
            | Event::Flushed
            | Event::Left(_)
            | Event::Handed(_)
            | Event::Told(_) => events.push(event),
        }
    }
    life.events = events;
    let why = failures_of(life);
    assert!(why.iter().any(|why| why.starts_with("it holds transaction")), "{why:?}");
}

#[test]
fn a_life_whose_pages_are_not_flushed_before_the_word_that_they_count_is_caught() {
    let mut life = live(1, PLANTED_STEPS, Keeps::Whole);
    // Of each transaction only the last flush is done: the one after which somebody is told.
    let events = std::mem::take(&mut life.events);
    let is_told = |at: usize| matches!(events.get(at), Some(Event::Told(_)));
    let is_last = |(at, event): &(usize, &Event)| match event {
        Event::Flushing => is_told(at + 2),
        Event::Flushed => is_told(at + 1),
        Event::Written { .. }
        | Event::Resized(_)
        | Event::Left(_)
        | Event::Handed(_)
        | Event::Told(_) => true,
    };
    life.events = events.iter().enumerate().filter(is_last).map(|it| it.1.clone()).collect();
    let why = failures_of(life);
    assert!(why.iter().any(|why| why.contains("damaged")), "{why:?}");
}

#[test]
fn a_life_that_writes_a_group_in_two_transactions_is_caught() {
    let why = failures_of(live(1, PLANTED_STEPS, Keeps::InHalves));
    assert!(why.iter().any(|why| why == "what it holds was never written so"), "{why:?}");
}

#[test]
fn the_life_that_is_swept_meets_whatever_a_store_meets() {
    let life = live(1, STEPS, Keeps::Whole);
    assert!(life.joined > 0, "a block closes over rows of its own");
    assert!(life.closes > 0, "it is closed");
    assert!(life.stored.credentials.len() > 3, "credentials come later");
    assert!(!life.stored.custody.is_empty() && !life.stored.reports.is_empty());
    assert!(life.corrections > 0, "something is corrected");
    let length = |event: &Event| match event {
        Event::Resized(len) => Some(*len),
        Event::Written { .. }
        | Event::Flushing
        | Event::Flushed
        | Event::Left(_)
        | Event::Handed(_)
        | Event::Told(_) => None,
    };
    let lengths: Vec<u64> = life.events.iter().filter_map(length).collect();
    assert!(lengths.len() > 4 && !lengths.is_sorted(), "the file grows, and shrinks again");
    let cuts = life.events.iter().filter(|event| matches!(event, Event::Left(_))).count();
    assert!(cuts > 1, "the power goes, and it lives on");
    let mut written = BTreeSet::new();
    let again = life.events.iter().filter(
        |event| matches!(event, Event::Written { at, .. } if *at > 0 && !written.insert(*at)),
    );
    assert!(again.count() > 100, "pages are used again");
}

#[test]
fn a_point_is_read_as_it_is_shown() {
    for text in ["1/234/lost/5", "3/9/none/0", "0/17/lied/99", "7/1/front-alone/2"] {
        assert_eq!(text.parse::<Point>().unwrap().to_string(), text);
    }
    for text in ["", "1/2/lost", "1/2/drowned/3", "1/x/lost/3"] {
        assert!(text.parse::<Point>().is_err(), "{text}");
    }
}
