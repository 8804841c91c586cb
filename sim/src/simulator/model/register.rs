//! The one rule of everything that can be overwritten.
//!
//! A write is current while no other write of its register covers it; a dot of what its author saw
//! covers every write of that journal up to its sequence. No clock decides.

use std::borrow::Cow;
use std::cmp::Reverse;

use digiana_core::fact::edit::Edit;
use digiana_core::fact::school::Attendance;
use digiana_core::fact::shelter::{CongestionSet, Presence, SiteStateSet};
use digiana_core::fact::token::TokenSet;
use digiana_core::fact::warning::WarningSet;
use digiana_core::id::{EntryId, JournalId};
use digiana_core::register::Saw;

use super::Recorded;

/// A fact that overwrites.
pub trait Overwrites {
    /// What its author held of the register.
    fn saw(&self) -> &Saw;
}

macro_rules! overwrites {
    ($($fact:ident),*) => {$(
        impl Overwrites for $fact {
            fn saw(&self) -> &Saw {
                &self.saw
            }
        }
    )*};
}

overwrites!(Attendance, CongestionSet, Edit, Presence, SiteStateSet, TokenSet, WarningSet);

/// The writes of one register that count.
#[derive(Debug)]
pub struct Writes<'a, F>(Vec<(&'a Recorded, &'a F)>);

impl<F> Default for Writes<'_, F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, F: Overwrites> Writes<'a, F> {
    /// Takes up a write.
    pub fn push(&mut self, recorded: &'a Recorded, fact: &'a F) {
        self.0.push((recorded, fact));
    }

    /// Every write.
    pub fn all(&self) -> &[(&'a Recorded, &'a F)] {
        &self.0
    }

    /// The writes that no other covers, in the order in which they were taken up.
    pub fn current(&self) -> Cow<'_, [(&'a Recorded, &'a F)]> {
        if self.0.len() < 2 {
            // Nearly every register has one write.
            return Cow::Borrowed(&self.0);
        }
        let dots = self.0.iter().flat_map(|(by, fact)| {
            fact.saw().dots().iter().map(|dot| (dot.journal, Reverse(dot.seq), by.entry))
        });
        let mut dots: Vec<Dot> = dots.collect();
        dots.sort_unstable();
        let current = self.0.iter().filter(|(write, _)| !is_covered(&dots, write.entry));
        Cow::Owned(current.copied().collect())
    }
}

/// A journal, up to where it was seen, and by which write.
type Dot = (JournalId, Reverse<u64>, EntryId);

/// Whether another write than this one saw it, or a later one of its journal. `dots` are sorted.
fn is_covered(dots: &[Dot], write: EntryId) -> bool {
    let first = dots.partition_point(|(journal, ..)| *journal < write.journal);
    let of_journal = dots
        .iter()
        .skip(first)
        .take_while(|(journal, Reverse(seq), _)| *journal == write.journal && *seq >= write.seq);
    of_journal.into_iter().any(|(.., by)| *by != write)
}
