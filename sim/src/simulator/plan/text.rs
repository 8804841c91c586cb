//! A plan as text: what a trace shows, and what a file keeps to be lived through again.

use std::fmt::Write as _;
use std::time::Duration;

use super::super::clock::ClockFault;
use super::super::disk::Damage;
use super::super::scenario::{DAYS_MAX, NODES_MAX, RESIDENTS_MAX};
use super::super::step::{Step, damage_word};
use super::{Plan, Timed};

/// A line that is no step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no step; a step looks like `tap n3 r17` (see docs/SIMULATION.md)")]
pub struct NotAStep(String);

/// A text that is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlan {
    /// A line of the head is missing or wrong.
    #[error("the plan does not say {0}; its head is `nodes N`, `residents N`, `lasts SECONDS`")]
    Head(&'static str),
    /// A line is no step.
    #[error("line {line}: {why}")]
    Step {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: NotAStep,
    },
    /// A step is about a node that the town has not.
    #[error("{step:?} is about a node that is not there: the plan has {nodes}")]
    Stranger {
        /// The step.
        step: String,
        /// How many nodes the plan has.
        nodes: usize,
    },
    /// A step comes when the plan is over.
    #[error("{step:?} comes after the plan has ended: `lasts` says after how many seconds it does")]
    After {
        /// The step.
        step: String,
    },
    /// A line has no moment before its step.
    #[error("line {line} does not begin with a moment in milliseconds, like `81000`")]
    Moment {
        /// Which line, from 1.
        line: usize,
    },
}

impl Plan {
    /// The plan as text.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "nodes {}\nresidents {}\nlasts {}\n",
            self.nodes,
            self.residents,
            self.lasts.as_secs()
        );
        for node in &self.late {
            let _ = writeln!(text, "late n{node}");
        }
        for Timed { at, step } in &self.steps {
            let _ = writeln!(text, "{} {step}", at.as_millis());
        }
        text
    }

    /// Reads what [`to_text`](Self::to_text) wrote. Lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// [`NotAPlan`], with the line.
    pub fn read(text: &str) -> Result<Self, NotAPlan> {
        let mut plan = Self {
            nodes: 0,
            residents: 0,
            lasts: Duration::ZERO,
            late: std::collections::BTreeSet::new(),
            steps: Vec::new(),
        };
        let text = text.trim_start_matches('\u{feff}');
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            match first {
                "nodes" => {
                    plan.nodes = rest.parse().map_err(|_| NotAPlan::Head("how many nodes"))?;
                }
                "residents" => {
                    let count = rest.parse();
                    plan.residents = count.map_err(|_| NotAPlan::Head("how many residents"))?;
                }
                "lasts" => {
                    let seconds = rest.parse().map_err(|_| NotAPlan::Head("how long it lasts"))?;
                    plan.lasts = Duration::from_secs(seconds);
                }
                "late" => {
                    let node = rest.strip_prefix('n').and_then(|node| node.parse().ok());
                    plan.late.insert(node.ok_or(NotAPlan::Head("which node is late"))?);
                }
                at => {
                    let at = at.parse().map_err(|_| NotAPlan::Moment { line })?;
                    let step = rest.parse().map_err(|why| NotAPlan::Step { line, why })?;
                    plan.steps.push(Timed { at: Duration::from_millis(at), step });
                }
            }
        }
        if !(1..=NODES_MAX).contains(&plan.nodes) {
            return Err(NotAPlan::Head("how many nodes, of 200 at most"));
        }
        if !(1..=RESIDENTS_MAX).contains(&plan.residents) {
            return Err(NotAPlan::Head("how many residents, of 4231 at most"));
        }
        if plan.lasts > Duration::from_secs(u64::from(DAYS_MAX) * 86_400) {
            return Err(NotAPlan::Head("how long it lasts, 400 days at most"));
        }
        if plan.late.iter().any(|node| *node >= plan.nodes) {
            return Err(NotAPlan::Head("which node is late: there is none of that number"));
        }
        if let Some(Timed { step, .. }) = plan.steps.iter().find(|timed| timed.at > plan.lasts) {
            return Err(NotAPlan::After { step: step.to_string() });
        }
        let stranger = plan.steps.iter().find(|timed| timed.step.needs(plan.nodes));
        if let Some(Timed { step, .. }) = stranger {
            return Err(NotAPlan::Stranger { step: step.to_string(), nodes: plan.nodes });
        }
        plan.steps.sort();
        Ok(plan)
    }
}

impl std::str::FromStr for Step {
    type Err = NotAStep;

    fn from_str(text: &str) -> Result<Self, NotAStep> {
        let wrong = || NotAStep(text.to_owned());
        let mut words = text.split_whitespace();
        let verb = words.next().ok_or_else(wrong)?;
        let rest: Vec<&str> = words.collect();
        // A word too many says that something else was meant.
        let takes = |step: &Self| step.to_string().split(' ').count() == rest.len() + 1;
        read(verb, &rest).filter(takes).ok_or_else(wrong)
    }
}

fn read(verb: &str, rest: &[&str]) -> Option<Step> {
    let number = |place: usize, mark: char| rest.get(place)?.strip_prefix(mark)?.parse().ok();
    let node = || number(0, 'n').and_then(to_usize);
    let line = || number(0, 'l').and_then(to_usize);
    let second = |mark| number(1, mark);
    Some(match verb {
        "tap" => Step::Tap(node()?, second('r')?),
        "going" => Step::Going(node()?, second('r')?, number(2, '#')?),
        "edit" => Step::Edit(node()?, second('#')?),
        "splice" => Step::Splice(node()?, second('#')?),
        "correct" => Step::Correct(node()?, second('#')?),
        "open-incident" => Step::OpenIncident(node()?),
        "close-incident" => Step::CloseIncident(node()?),
        "open-shelter" => Step::OpenShelter(node()?),
        "close-shelter" => Step::CloseShelter(node()?),
        "issue-book" => Step::IssueBook(node()?, second('r')?),
        "void-book" => Step::VoidBook(node()?, second('#')?),
        "note-pupil" => Step::NotePupil(node()?, second('r')?, number(2, '#')?),
        "card" => Step::Card(node()?, second('r')?, number(2, '#')?),
        "join" => Step::Join(node()?, second('r')?, number(2, '#')?),
        "crash" => Step::Crash(node()?),
        "close" => Step::Close(node()?),
        "start" => Step::Start(node()?),
        "restart" => Step::Restart(node()?),
        "lie" => Step::Lie(node()?),
        "damage" => {
            let kinds = [Damage::LostWrite, Damage::MisdirectedWrite, Damage::BitRot];
            let word = *rest.get(1)?;
            Step::Damage(node()?, kinds.into_iter().find(|kind| damage_word(*kind) == word)?)
        }
        "fill" => Step::Fill(node()?),
        "free" => Step::Free(node()?),
        "slow-disk" => Step::SlowDisk(node()?, true),
        "quick-disk" => Step::SlowDisk(node()?, false),
        "clock" => {
            let fault = match *rest.get(1)? {
                "1970" => ClockFault::Unset,
                "2035" => ClockFault::FarAhead,
                "right" => ClockFault::SetRight,
                by => ClockFault::Jump(by.strip_suffix('s')?.parse().ok()?),
            };
            Step::Clock(node()?, fault)
        }
        "partition" => {
            let nodes = rest.iter().map(|word| word.strip_prefix('n')?.parse().ok());
            Step::Partition(nodes.collect::<Option<_>>()?)
        }
        "heal" => Step::Heal,
        "deaf" => match *rest.get(1)? {
            "first" => Step::OneWay(line()?, false),
            "second" => Step::OneWay(line()?, true),
            _ => return None,
        },
        "flap" => Step::Flap(line()?),
        "mend" => Step::Mend(line()?),
        "call" => Step::Call(line()?),
        "depart" => Step::Depart(line()?),
        "garble" => Step::Garble(line()?, second('#')?),
        "other-version" => Step::OtherVersion(node()?),
        "introduce" => Step::Introduce(node()?, second('n').and_then(to_usize)?),
        "widen" => Step::Widen(node()?, second('n').and_then(to_usize)?),
        _ => return None,
    })
}

fn to_usize(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}
