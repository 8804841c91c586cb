//! What will happen to a town, drawn from its seed before it begins: a list of steps that can be
//! read, cut short, and lived through again.

mod draw;
mod text;

use std::collections::BTreeSet;
use std::time::Duration;

use super::step::Step;

pub use self::text::{NotAPlan, NotAStep};

/// A step and when it comes, since the plan begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timed {
    /// When.
    pub at: Duration,
    /// What.
    pub step: Step,
}

/// A town's plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How many nodes the town has.
    pub nodes: usize,
    /// How many residents.
    pub residents: u32,
    /// How long the plan is.
    pub lasts: Duration,
    /// The nodes whose admission nobody but they have at first.
    pub late: BTreeSet<usize>,
    /// What happens, by time.
    pub steps: Vec<Timed>,
}
