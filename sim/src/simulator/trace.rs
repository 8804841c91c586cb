//! What happened in a town, a line each, for a person to read.

use std::fmt;
use std::time::Duration;

use super::step::{Node, Step};

/// A moment of a simulated town: day, hour, minute, second, millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub Duration);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (day, hour) = (seconds / 86_400 + 1, seconds / 3_600 % 24);
        let (minute, second) = (seconds / 60 % 60, seconds % 60);
        let millis = self.0.subsec_millis();
        write!(f, "d{day} {hour:02}:{minute:02}:{second:02}.{millis:03}")
    }
}

/// The lines of a run.
#[derive(Debug, Default)]
pub struct Trace {
    lines: Vec<String>,
}

/// What the words of a trace mean.
pub const LEGEND: &str = "\
d2 06:30:00.000  day 2 of the town, half past six
n0               a node; n0 is headquarters (the list at the top says what each is)
r17              a resident
l4               a line between two nodes
#123             a choice, made among what there is when the step comes
12: tap n3 r17   step 12 of the plan
   12> recorded  what the person of step 12 was shown; a refusal by its name (docs/REFUSALS.md)";

impl Trace {
    /// A step begins.
    pub fn step(&mut self, now: Duration, number: usize, step: &Step) {
        self.lines.push(format!("{} {number}: {step}", Moment(now)));
    }

    /// Somebody was shown what became of their step.
    pub fn answered(&mut self, now: Duration, step: Option<usize>, node: Node, word: &str) {
        // What headquarters enters before the town begins is no step.
        if let Some(number) = step {
            self.lines.push(format!("{}    {number}> {word} (n{node})", Moment(now)));
        }
    }

    /// Something else worth a line.
    pub fn note(&mut self, now: Duration, what: &str) {
        self.lines.push(format!("{} -- {what}", Moment(now)));
    }

    /// The lines so far.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}
