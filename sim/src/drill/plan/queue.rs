//! People in an order drawn at random, for as long as somebody asks for the next.

use std::collections::VecDeque;

use crate::rng::Rng;

/// Groups of people, each of which comes once before any comes again.
#[derive(Debug)]
pub(super) struct Queue {
    all: Vec<Vec<u32>>,
    waiting: VecDeque<Vec<u32>>,
}

impl Queue {
    /// Of these groups.
    pub(super) fn of(all: Vec<Vec<u32>>) -> Self {
        Self { all, waiting: VecDeque::new() }
    }

    /// The next group on its way. When all have been somewhere they set out again.
    pub(super) fn next(&mut self, rng: &mut Rng) -> Vec<u32> {
        if self.waiting.is_empty() {
            let mut all = self.all.clone();
            rng.shuffle(&mut all);
            self.waiting = all.into();
        }
        self.waiting.pop_front().unwrap_or_default()
    }
}
