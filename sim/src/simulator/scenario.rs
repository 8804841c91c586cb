//! Scenarios: what kind of days a town lives through, as a file that people can read and write.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::fault::Fault;
use super::plan::Timed;
use super::step::Step;

/// The most nodes, days and facts a day that a scenario may ask for.
pub(super) const NODES_MAX: usize = 200;
pub(super) const DAYS_MAX: u32 = 400;
const FACTS_PER_DAY_MAX: u32 = 50_000;

/// The longest disaster, in hours, and the most troubles of a kind in a day.
const HOURS_MAX: u32 = 1_000;
const PER_DAY_MAX: f64 = 10_000.0;

/// The seconds of a day.
const DAY: u32 = 86_400;

/// The most residents: the real town's.
pub(super) const RESIDENTS_MAX: u32 = crate::population::TOWN_PEOPLE;

/// How many residents a town has for each fact of a day, as one in so many.
const FACTS_PER_RESIDENT: u32 = 3;

/// The scenarios that come with the program, by name.
const KNOWN: &[(&str, &str)] = &[
    ("everyday", include_str!("scenario/everyday.toml")),
    ("night-flood", include_str!("scenario/night-flood.toml")),
    ("split-week", include_str!("scenario/split-week.toml")),
    ("blackout", include_str!("scenario/blackout.toml")),
    ("quake", include_str!("scenario/quake.toml")),
];

/// What kind of days a town lives through.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is about, in a sentence.
    pub about: String,
    /// How many nodes the town has.
    #[serde(default = "nodes")]
    pub nodes: usize,
    /// How many days.
    #[serde(default = "days")]
    pub days: u32,
    /// How many things people do in a day.
    #[serde(default = "facts_per_day")]
    pub facts_per_day: u32,
    /// How many residents; where nothing is said, a third of the facts of a day.
    pub residents: Option<u32>,
    /// How many nodes in a thousand are admitted late.
    #[serde(default)]
    pub late_per_mille: u32,
    /// A disaster.
    pub flood: Option<Flood>,
    /// How often what goes wrong, in a town-day.
    #[serde(default)]
    faults: BTreeMap<String, f64>,
    /// What happens for certain: `"d1 21:40 partition n1 n5"`. In a town of fewer nodes than the
    /// scenario's own, what needs the others is left out.
    #[serde(default)]
    script: Vec<String>,
    /// The script, read.
    #[serde(skip)]
    pub scripted: Vec<Timed>,
}

/// A disaster for which people go to shelters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flood {
    /// In how many towns of a thousand it comes.
    #[serde(default = "always")]
    pub per_mille: u32,
    /// When, in seconds since the town began; where nothing is said, at any time.
    pub begins: Option<u32>,
    /// For how many hours.
    pub hours: u32,
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NotAScenario {
    /// Neither a name nor a file.
    #[error("there is no scenario {name:?}; known are {}, or the path of a file", names())]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The file is there and cannot be read.
    #[error("{name}: {why}")]
    Unreadable {
        /// Which.
        name: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// The file cannot be read as TOML of this shape.
    #[error("{name}: {why}")]
    Malformed {
        /// Which.
        name: String,
        /// What is wrong, with the place.
        why: toml::de::Error,
    },
    /// A value cannot be meant.
    #[error("{name}: {what}")]
    Value {
        /// Which.
        name: String,
        /// What is wrong.
        what: String,
    },
}

fn nodes() -> usize {
    30
}

fn days() -> u32 {
    3
}

fn facts_per_day() -> u32 {
    600
}

fn always() -> u32 {
    1_000
}

fn names() -> String {
    KNOWN.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

impl Scenario {
    /// The scenario of that name, or in the file at that path.
    ///
    /// # Errors
    /// [`NotAScenario`].
    pub fn find(name: &str) -> Result<Self, NotAScenario> {
        if let Some((name, text)) = KNOWN.iter().find(|(known, _)| *known == name) {
            return Self::read(name, text);
        }
        match std::fs::read_to_string(name) {
            Ok(text) => Self::read(name, &text),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
                Err(NotAScenario::Unknown { name: name.to_owned() })
            }
            Err(why) => Err(NotAScenario::Unreadable { name: name.to_owned(), why }),
        }
    }

    /// Every scenario that comes with the program, with its name.
    pub fn known() -> impl Iterator<Item = (&'static str, Self)> {
        let read = |(name, text): &(&'static str, &str)| {
            let scenario = Self::read(name, text).expect("a test reads them all");
            (*name, scenario)
        };
        KNOWN.iter().map(read)
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// [`NotAScenario::Malformed`] or `Value`.
    pub fn read(name: &str, text: &str) -> Result<Self, NotAScenario> {
        let name = || name.to_owned();
        let malformed = |why| NotAScenario::Malformed { name: name(), why };
        let mut scenario: Self = toml::from_str(text).map_err(malformed)?;
        let value = |what: String| NotAScenario::Value { name: name(), what };
        for word in scenario.faults.keys() {
            if !Fault::ALL.iter().any(|fault| fault.word() == word) {
                let known: Vec<_> = Fault::ALL.iter().map(|fault| fault.word()).collect();
                let what = format!("there is no fault {word:?}; there are {}", known.join(", "));
                return Err(value(what));
            }
        }
        for line in &scenario.script {
            let step = scripted(line);
            scenario.scripted.push(step.ok_or_else(|| {
                value(format!("script: {line:?} is not like \"d1 21:40 partition n1 n5\""))
            })?);
        }
        let strangers = scenario.scripted.iter().filter(|timed| timed.step.needs(scenario.nodes));
        if let Some(timed) = strangers.min() {
            let step = timed.step.to_string();
            return Err(value(format!("script: {step:?} names a node that is not there")));
        }
        scenario.check().map_err(value)?;
        Ok(scenario)
    }

    /// Whether every value can be meant.
    ///
    /// # Errors
    /// A sentence that names the value.
    pub fn check(&self) -> Result<(), String> {
        if !(2..=NODES_MAX).contains(&self.nodes) {
            return Err(format!("a town has 2 to {NODES_MAX} nodes, not {}", self.nodes));
        }
        if !(1..=DAYS_MAX).contains(&self.days) {
            return Err(format!("a town lives for 1 to {DAYS_MAX} days, not {}", self.days));
        }
        if self.facts_per_day > FACTS_PER_DAY_MAX {
            return Err(format!("a day has at most {FACTS_PER_DAY_MAX} facts"));
        }
        if let Some(flood) = &self.flood {
            if !(1..=HOURS_MAX).contains(&flood.hours) {
                return Err(format!("flood: hours are 1 to {HOURS_MAX}, not {}", flood.hours));
            }
            if flood.begins.is_some_and(|begins| begins > DAYS_MAX * DAY) {
                return Err(format!("flood: begins within {DAYS_MAX} days, in seconds"));
            }
        }
        for (fault, per_day) in &self.faults {
            if !(0.0..=PER_DAY_MAX).contains(per_day) {
                return Err(format!("{fault} comes 0 to {PER_DAY_MAX} times a day, not {per_day}"));
            }
        }
        Ok(())
    }

    /// How many residents the town has.
    pub fn residents(&self) -> u32 {
        self.residents.unwrap_or(self.facts_per_day / FACTS_PER_RESIDENT).clamp(20, RESIDENTS_MAX)
    }

    /// What goes wrong, and how often in a day.
    pub fn faults(&self) -> impl Iterator<Item = (Fault, f64)> {
        let rate = |fault: &Fault| Some((*fault, *self.faults.get(fault.word())?));
        Fault::ALL.iter().filter_map(rate)
    }
}

/// Reads `d1 21:40 partition n1 n5`.
fn scripted(line: &str) -> Option<Timed> {
    let mut words = line.splitn(3, ' ');
    let day: u64 = words.next()?.strip_prefix('d')?.parse().ok()?;
    let (hour, minute) = words.next()?.split_once(':')?;
    let (hour, minute): (u64, u64) = (hour.parse().ok()?, minute.parse().ok()?);
    let step: Step = words.next()?.parse().ok()?;
    if !(1..=u64::from(DAYS_MAX)).contains(&day) || hour > 23 || minute > 59 {
        return None;
    }
    let seconds = ((day - 1) * 24 + hour) * 3_600 + minute * 60;
    Some(Timed { at: Duration::from_secs(seconds), step })
}
