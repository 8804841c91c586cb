//! How far long work has come: one line that is rewritten on a terminal, a line a second otherwise.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a log gets a line, and a terminal at most.
const EVERY: Duration = Duration::from_secs(1);
const EVERY_ON_TERMINAL: Duration = Duration::from_millis(100);

/// Tells how far something has come, on standard error.
#[derive(Debug)]
pub(super) struct Progress {
    what: &'static str,
    terminal: bool,
    began: Instant,
    told: Option<Instant>,
}

impl Progress {
    pub(super) fn new(what: &'static str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { what, terminal, began: Instant::now(), told: None }
    }

    /// So many of all are done. The first second is not worth a line in a log.
    pub(super) fn tell(&mut self, done: usize, total: usize) {
        let every = if self.terminal { EVERY_ON_TERMINAL } else { EVERY };
        let last = self.told.unwrap_or(self.began);
        let whole = done == total && (self.terminal || self.told.is_some());
        if last.elapsed() < every && !whole {
            return;
        }
        self.told = Some(Instant::now());
        let words = line(self.what, done, total);
        let (begin, end) = match (self.terminal, done == total) {
            (true, true) => ("\r", "\n"),
            (true, false) => ("\r", ""),
            (false, _) => ("", "\n"),
        };
        // Whoever closed standard error does not want to know.
        let mut out = std::io::stderr().lock();
        let _ = write!(out, "{begin}{words}{end}").and_then(|()| out.flush());
    }
}

fn line(what: &str, done: usize, total: usize) -> String {
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    format!("{what}: {done} of {total} ({percent} %)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_of_all_is_done() {
        assert_eq!(line("people", 64, 605), "people: 64 of 605 (10 %)");
        assert_eq!(line("people", 0, 0), "people: 0 of 0 (100 %)");
    }
}
