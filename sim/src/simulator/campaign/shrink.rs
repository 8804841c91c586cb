//! Making a failing town small: fewer nodes, fewer steps, the same broken promise.

use std::time::Duration;

use super::super::life::{self, Outcome};
use super::super::plan::Plan;
use super::super::violation::Broken;

/// How many towns are lived through at most to make one small.
const TRIES_MAX: u32 = 400;

/// A failing plan made small.
#[derive(Debug, Clone)]
pub struct Shrunk {
    /// What is left of it.
    pub plan: Plan,
    /// What becomes of it.
    pub outcome: Outcome,
    /// How many towns were lived through for it.
    pub tries: u32,
}

/// Takes away nodes and steps as long as the same promise is broken. `progress` is told how many
/// steps are left.
pub fn shrink(seed: u64, plan: &Plan, broken: Broken, mut progress: impl FnMut(usize)) -> Shrunk {
    let mut search = Search { seed, broken, tries: 0 };
    let mut plan = plan.clone();
    // What comes after the break has no part in it.
    let whole = life::live(seed, &plan, false);
    if let Some(first) = whole.violations.first() {
        // In whole seconds, as a plan is written: what is kept must be what was lived through.
        let in_plan = first.at.saturating_sub(whole.plan_began).as_secs() + 1;
        let mut short = plan.clone();
        short.lasts = short.lasts.min(Duration::from_secs(in_plan));
        short.steps.retain(|timed| timed.at <= short.lasts);
        search.keep_if_broken(&mut plan, short);
    }
    let mut nodes = plan.nodes;
    while nodes > 2 {
        nodes -= (nodes / 4).max(1);
        let smaller = with_nodes(&plan, nodes.max(2));
        if !search.keep_if_broken(&mut plan, smaller) {
            break;
        }
    }
    let mut piece = plan.steps.len().div_ceil(2);
    while piece > 0 {
        let mut from = 0;
        let mut took_any = false;
        while from < plan.steps.len() && search.tries < TRIES_MAX {
            let mut without = plan.clone();
            let to = (from + piece).min(without.steps.len());
            without.steps.drain(from..to);
            if search.keep_if_broken(&mut plan, without) {
                took_any = true;
                progress(plan.steps.len());
            } else {
                from += piece;
            }
        }
        if !took_any || piece > 1 {
            piece = if piece == 1 { 0 } else { piece.div_ceil(2) };
        }
    }
    let outcome = life::live(seed, &plan, true);
    Shrunk { plan, outcome, tries: search.tries }
}

struct Search {
    seed: u64,
    broken: Broken,
    tries: u32,
}

impl Search {
    /// Takes the smaller plan if the same promise is broken in it; whether it did.
    fn keep_if_broken(&mut self, plan: &mut Plan, smaller: Plan) -> bool {
        if self.tries >= TRIES_MAX {
            return false;
        }
        self.tries += 1;
        let outcome = life::live(self.seed, &smaller, false);
        let same = outcome.violations.iter().any(|violation| violation.broken == self.broken);
        if same {
            *plan = smaller;
        }
        same
    }
}

/// The plan in a town of fewer nodes: what the others did is left out.
fn with_nodes(plan: &Plan, nodes: usize) -> Plan {
    let mut smaller = plan.clone();
    smaller.nodes = nodes;
    smaller.late.retain(|node| *node < nodes);
    smaller.steps.retain(|timed| !timed.step.needs(nodes));
    smaller
}
