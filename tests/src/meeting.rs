//! Meetings of two replicas measured in turns with Automerge's sync of the same entries.

use std::ops::Range;

use automerge::Automerge;
use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::fact::{Fact, Kind};
use digiana_core::id::RecordId;
use digiana_core::journal::journals::MemoryJournals;
use digiana_core::register::Saw;
use digiana_core::scope::Scope;

use crate::automerge_twin;
use crate::figure::{count, median, milliseconds, progress, tell};
use crate::replica::{Pair, Replica};
use crate::town::{Town, noise};

/// What the 80 random bytes of an entry lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// A kind of fact that this version does not know: journals alone, nothing is folded.
    Unknown,
    /// A field of a shared record of its own: folded into its register.
    Edit,
}

impl Body {
    /// A kind that no version has named.
    const NO_KIND: Kind = Kind(60_000);

    /// What stands behind a metric's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "entries",
            Self::Edit => "edits",
        }
    }

    fn entry(self, number: usize) -> (Kind, Vec<u8>) {
        let value = noise::<80>("value", number).to_vec();
        match self {
            Self::Unknown => (Self::NO_KIND, value),
            Self::Edit => {
                let fact = Fact::Edit(Edit {
                    record: RecordId(noise("record", number)),
                    field: FieldId(1),
                    change: Change::Put(Value::Bytes(value)),
                    saw: Saw::NOTHING,
                    happened_at: None,
                });
                (fact.kind(), fact.encode())
            }
        }
    }

    /// Has nodes write the entries with these numbers in turns.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn write(
        self,
        town: &mut Town,
        disk: &mut MemoryJournals,
        nodes: Range<usize>,
        entries: Range<usize>,
    ) -> anyhow::Result<()> {
        for (node, number) in nodes.cycle().zip(entries) {
            town.write(disk, node, Scope::Town, self.entry(number))?;
        }
        Ok(())
    }
}

/// Two replicas' disks, and the same as Automerge documents.
#[derive(Debug)]
pub struct Meeting<'a> {
    /// The benchmark's name.
    pub bench: &'a str,
    /// Who the two are, and their town.
    pub town: &'a Town,
    /// The dialler: which node it is, and what it holds.
    pub dialler: (usize, &'a MemoryJournals),
    /// The listener.
    pub listener: (usize, &'a MemoryJournals),
    /// The dialler's document and the listener's.
    pub twins: (&'a Automerge, &'a Automerge),
    /// How often each of the two syncs runs.
    pub rounds: usize,
}

impl Meeting<'_> {
    /// Runs both in turns, and tells bytes and CPU of both sides.
    ///
    /// # Errors
    /// When one of the two does not end with equal replicas.
    pub fn measure(&self, body: Body) -> anyhow::Result<()> {
        let (mut bytes, mut cpu) = (Vec::new(), Vec::new());
        let (mut their_bytes, mut their_cpu) = (Vec::new(), Vec::new());
        for round in 1..=self.rounds {
            progress(&format!("{}: {} round {round} of {}", self.bench, body.name(), self.rounds));
            let (mut one, mut other) = (self.twins.0.clone(), self.twins.1.clone());
            let (sent, took) = automerge_twin::sync(&mut one, &mut other)?;
            their_bytes.push(count(sent));
            their_cpu.push(milliseconds(took));

            let dialler = Replica::start(self.town, self.dialler.0, self.dialler.1.clone())?;
            let listener = Replica::start(self.town, self.listener.0, self.listener.1.clone())?;
            let mut pair = Pair::new(dialler, listener);
            let talk = pair.talk()?;
            let again = pair.talk()?;
            anyhow::ensure!(again.all_bytes() <= 128, "the replicas are not equal after a talk");
            bytes.push(count(talk.all_bytes()));
            cpu.push(milliseconds(talk.cpu));
        }
        let name = body.name();
        let told = |what: &str, of: &[f64], unit: &str, theirs: &[f64]| {
            tell(self.bench, &format!("{name} {what}"), median(of), unit, median(theirs));
        };
        told("payload both ways", &bytes, "B", &their_bytes);
        told("CPU of both sides", &cpu, "ms", &their_cpu);
        Ok(())
    }
}
