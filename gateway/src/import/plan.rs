//! What an import asks of the node: commands, and the rows each of them comes from.

use std::ops::RangeInclusive;

use digiana_core::engine::input::Command;
use digiana_core::fact::edit::Edit;
use digiana_core::limits::FACTS_PER_COMMAND_MAX;
use digiana_core::scope::Scope;

/// The most bytes of edits in one command: as text they fit in a line of the control socket.
const COMMAND_BYTES_MAX: usize = 24 * 1024;

/// Commands in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    commands: Vec<Command>,
    // Invariant: as many as commands.
    rows: Vec<RangeInclusive<usize>>,
}

impl Plan {
    /// Whole records, each with its row, packed into as few commands as there may be.
    pub fn of_edits(scope: Scope, records: impl IntoIterator<Item = (usize, Vec<Edit>)>) -> Self {
        let mut plan = Self::default();
        let mut waiting: Vec<Edit> = Vec::new();
        let mut rows: Option<RangeInclusive<usize>> = None;
        let mut bytes = 0;
        for (row, edits) in records.into_iter().filter(|(_, edits)| !edits.is_empty()) {
            let more: usize = edits.iter().map(length).sum();
            let full = waiting.len() + edits.len() > FACTS_PER_COMMAND_MAX
                || bytes + more > COMMAND_BYTES_MAX;
            if full {
                plan.flush(scope, &mut waiting, &mut rows);
                bytes = 0;
            }
            waiting.extend(edits);
            bytes += more;
            rows = Some(rows.map_or(row..=row, |held| *held.start()..=row));
        }
        plan.flush(scope, &mut waiting, &mut rows);
        plan
    }

    fn flush(
        &mut self,
        scope: Scope,
        waiting: &mut Vec<Edit>,
        rows: &mut Option<RangeInclusive<usize>>,
    ) {
        if let Some(rows) = rows.take() {
            self.push(rows, Command::Edit { scope, edits: std::mem::take(waiting) });
        }
    }

    /// Adds a command.
    pub fn push(&mut self, rows: RangeInclusive<usize>, command: Command) {
        self.commands.push(command);
        self.rows.push(rows);
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// The commands.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// The rows that a command comes from.
    pub fn rows(&self, command: usize) -> Option<RangeInclusive<usize>> {
        self.rows.get(command).cloned()
    }
}

fn length(edit: &Edit) -> usize {
    minicbor::to_vec(edit).expect("writing to a Vec cannot fail").len()
}
