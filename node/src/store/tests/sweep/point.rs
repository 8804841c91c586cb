//! Points: a moment at which the power goes, and what the disk had made of its unsynced writes.

use std::fmt;
use std::str::FromStr;

use super::dice::Dice;
use crate::store::recording::{Event, write_at};

/// A disk writes sectors whole; what is larger can tear between them.
const SECTOR: usize = 512;

/// Where redb's pages begin.
const PAGE: u64 = 4096;

/// What becomes of the writes that no flush had confirmed. Numbers count them in their order, or
/// are seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// None of them is there.
    None,
    /// All are there.
    All,
    /// One is not.
    Lost(u64),
    /// Only one is.
    Alone(u64),
    /// All are there, of one only the first half.
    Front(u64),
    /// All are there, of one only the second half.
    Back(u64),
    /// One is there, and only its first half.
    FrontAlone(u64),
    /// One is there, and only its second half.
    BackAlone(u64),
    /// Chance decides about each, and about each sector of some.
    Random(u64),
    /// Chance decides about each, and about the order they came in.
    Shuffled(u64),
    /// What chance left is opened, and the power goes again while it is being repaired.
    Again(u64),
    /// All are there, but one landed in another's place.
    Misdirected(u64),
    /// The disk had confirmed flushes that it never did: chance decides from when on.
    Lied(u64),
}

impl Fate {
    /// Whether the disk kept its promise: what it had confirmed is there.
    pub(super) fn is_honest(self) -> bool {
        !matches!(self, Self::Misdirected(_) | Self::Lied(_))
    }

    fn parts(self) -> (&'static str, u64) {
        match self {
            Self::None => ("none", 0),
            Self::All => ("all", 0),
            Self::Lost(number) => ("lost", number),
            Self::Alone(number) => ("alone", number),
            Self::Front(number) => ("front", number),
            Self::Back(number) => ("back", number),
            Self::FrontAlone(number) => ("front-alone", number),
            Self::BackAlone(number) => ("back-alone", number),
            Self::Random(seed) => ("random", seed),
            Self::Shuffled(seed) => ("shuffled", seed),
            Self::Again(seed) => ("again", seed),
            Self::Misdirected(seed) => ("misdirected", seed),
            Self::Lied(seed) => ("lied", seed),
        }
    }
}

/// One point of a life: the events before it have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    /// The seed of the life.
    pub(super) life: u64,
    /// How many events have happened.
    pub(super) moment: usize,
    /// What the power cut leaves.
    pub(super) fate: Fate,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fate, number) = self.fate.parts();
        write!(f, "{}/{}/{fate}/{number}", self.life, self.moment)
    }
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is no point: it has the form 1/234/lost/5");
        let parts: Vec<&str> = text.split('/').collect();
        let &[life, moment, fate, number] = parts.as_slice() else { return Err(wrong()) };
        let number = number.parse().map_err(|_| wrong())?;
        let fates = [
            Fate::None,
            Fate::All,
            Fate::Lost(number),
            Fate::Alone(number),
            Fate::Front(number),
            Fate::Back(number),
            Fate::FrontAlone(number),
            Fate::BackAlone(number),
            Fate::Random(number),
            Fate::Shuffled(number),
            Fate::Again(number),
            Fate::Misdirected(number),
            Fate::Lied(number),
        ];
        Ok(Self {
            life: life.parse().map_err(|_| wrong())?,
            moment: moment.parse().map_err(|_| wrong())?,
            fate: fates.into_iter().find(|known| known.parts().0 == fate).ok_or_else(wrong)?,
        })
    }
}

/// The points of a life that differ from each other, from the end of its founding on.
pub(super) fn points(life: u64, events: &[Event]) -> Vec<Point> {
    let founded = events.iter().position(|event| *event == Event::Told(0)).unwrap_or(0);
    let mut points = Vec::new();
    let mut pending: u64 = 0;
    for (before, event) in events.iter().enumerate() {
        let mut fates = Vec::new();
        match event {
            Event::Written { .. } | Event::Resized(_) => {
                pending += 1;
                let newest = pending - 1;
                fates.extend([Fate::All, Fate::Alone(newest)]);
                fates.extend((0..newest).map(Fate::Lost));
                fates.extend([Fate::Front(newest), Fate::Back(newest)]);
                fates.extend([Fate::FrontAlone(newest), Fate::BackAlone(newest)]);
                let seed = u64::try_from(before).unwrap();
                fates.extend([Fate::Random(2 * seed), Fate::Random(2 * seed + 1)]);
                fates.push(Fate::Shuffled(seed));
                fates.extend([Fate::Again(seed), Fate::Misdirected(seed), Fate::Lied(seed)]);
            }
            Event::Flushed | Event::Left(_) => {
                pending = 0;
                fates.push(Fate::None);
            }
            Event::Told(_) => fates.push(Fate::None),
            Event::Flushing | Event::Handed(_) => {}
        }
        if before >= founded {
            let moment = before + 1;
            points.extend(fates.into_iter().map(|fate| Point { life, moment, fate }));
        }
    }
    points
}

/// The disk of a life while its points are looked at in order.
pub(super) struct Medium<'a> {
    events: &'a [Event],
    // Invariant: what the events before `flushed` made of an empty file.
    durable: Vec<u8>,
    flushed: usize,
}

impl<'a> Medium<'a> {
    pub(super) fn new(events: &'a [Event]) -> Self {
        Self { events, durable: Vec::new(), flushed: 0 }
    }

    /// A disk that held that before its first event.
    pub(super) fn of(image: Vec<u8>, events: &'a [Event]) -> Self {
        Self { events, durable: image, flushed: 0 }
    }

    /// What stands on the disk after a power cut. Moments must come in order.
    ///
    /// For [`Fate::Again`] it is what stands there before the repair.
    pub(super) fn image(&mut self, moment: usize, fate: Fate) -> Vec<u8> {
        let flushed = flushed_before(self.events, moment);
        for event in &self.events[self.flushed..flushed] {
            apply(&mut self.durable, event);
        }
        self.flushed = flushed;
        let pending: Vec<&Event> = changes(&self.events[flushed..moment]).collect();
        let mut image = self.durable.clone();
        let all = |image: &mut Vec<u8>| pending.iter().for_each(|event| apply(image, event));
        let one = |number: u64| usize::try_from(number).unwrap();
        match fate {
            Fate::None => {}
            Fate::All => all(&mut image),
            Fate::Lost(number) => {
                let kept = pending.iter().enumerate().filter(|(at, _)| *at != one(number));
                kept.for_each(|(_, event)| apply(&mut image, event));
            }
            Fate::Alone(number) => apply(&mut image, pending[one(number)]),
            Fate::Front(number) | Fate::Back(number) => {
                for (at, event) in pending.iter().enumerate() {
                    if at == one(number) {
                        half(&mut image, event, matches!(fate, Fate::Front(_)));
                    } else {
                        apply(&mut image, event);
                    }
                }
            }
            Fate::FrontAlone(number) | Fate::BackAlone(number) => {
                half(&mut image, pending[one(number)], matches!(fate, Fate::FrontAlone(_)));
            }
            Fate::Random(seed) | Fate::Again(seed) => {
                let mut dice = Dice::new(seed, "random");
                by_chance(&mut image, &pending, &mut dice);
            }
            Fate::Shuffled(seed) => {
                let mut dice = Dice::new(seed, "shuffled");
                let mut left = pending;
                while !left.is_empty() {
                    let next = left.swap_remove(dice.below(left.len()));
                    by_chance(&mut image, &[next], &mut dice);
                }
            }
            Fate::Misdirected(seed) => {
                let mut dice = Dice::new(seed, "misdirected");
                let astray = dice.below(pending.len());
                for (at, event) in pending.iter().enumerate() {
                    match event {
                        Event::Written { bytes, .. } if at == astray => {
                            let pages = u64::try_from(image.len()).unwrap().div_ceil(PAGE).max(1);
                            let page = dice.below(usize::try_from(pages).unwrap());
                            write_at(&mut image, u64::try_from(page).unwrap() * PAGE, bytes);
                        }
                        Event::Written { .. }
                        | Event::Resized(_)
                        | Event::Flushing
                        | Event::Flushed
                        | Event::Left(_)
                        | Event::Handed(_)
                        | Event::Told(_) => apply(&mut image, event),
                    }
                }
            }
            Fate::Lied(seed) => {
                let mut dice = Dice::new(seed, "lied");
                let flushes: Vec<usize> = (0..flushed)
                    .filter(|at| self.events[*at] == Event::Flushing)
                    .rev()
                    .take(40)
                    .collect();
                let kept = flushes.get(dice.below(flushes.len().max(1))).copied().unwrap_or(0);
                image.clear();
                changes(&self.events[..kept]).for_each(|event| apply(&mut image, event));
                let claimed: Vec<&Event> = changes(&self.events[kept..moment]).collect();
                if !dice.once_in(4) {
                    by_chance(&mut image, &claimed, &mut dice);
                }
            }
        }
        image
    }
}

/// The first event before a moment that no flush had confirmed.
pub(super) fn flushed_before(events: &[Event], moment: usize) -> usize {
    let sure = |event: &Event| matches!(event, Event::Flushed | Event::Left(_));
    let Some(last) = events[..moment].iter().rposition(sure) else { return 0 };
    if events[last] != Event::Flushed {
        return last + 1;
    }
    let began = events[..last].iter().rposition(|event| *event == Event::Flushing);
    began.expect("a flush that returned had begun")
}

fn changes(events: &[Event]) -> impl Iterator<Item = &Event> {
    events
        .iter()
        .filter(|event| matches!(event, Event::Written { .. } | Event::Resized(_) | Event::Left(_)))
}

fn apply(image: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Written { at, bytes } => write_at(image, *at, bytes),
        Event::Resized(len) => image.resize(usize::try_from(*len).unwrap(), 0),
        Event::Left(left) => image.clone_from(left),
        Event::Flushing | Event::Flushed | Event::Handed(_) | Event::Told(_) => {}
    }
}

/// Half of the sectors of a write; a file cannot be made half as long.
fn half(image: &mut [u8], event: &Event, front: bool) {
    let Event::Written { bytes, .. } = event else { return };
    let sectors = bytes.len().div_ceil(SECTOR);
    let middle = if sectors > 1 { sectors / 2 } else { usize::from(front) };
    torn(image, event, |sector| (sector < middle) == front);
}

fn torn(image: &mut [u8], event: &Event, mut is_there: impl FnMut(usize) -> bool) {
    let Event::Written { at, bytes } = event else { return };
    for (number, sector) in bytes.chunks(SECTOR).enumerate() {
        if is_there(number) {
            write_at(image, at + u64::try_from(number * SECTOR).unwrap(), sector);
        }
    }
}

/// Chance decides what of the writes is there, sector by sector for one in four.
fn by_chance(image: &mut Vec<u8>, pending: &[&Event], dice: &mut Dice) {
    for event in pending {
        match dice.below(8) {
            0..=2 => {}
            3..=5 => apply(image, event),
            _ if matches!(event, Event::Written { .. }) => {
                torn(image, event, |_| dice.once_in(2));
            }
            _ => apply(image, event),
        }
    }
}
