//! Custody: what headquarters holds durably, and since when that is known here (本部受信済 12:03).

use std::collections::BTreeMap;

use crate::id::{EntryId, JournalId};
use crate::time::Wall;

/// Steps of custody: each says that a journal was held up to an entry since a moment.
///
/// Steps are kept, so that the mark of an entry keeps its time; steps of one minute are one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Custody {
    steps: BTreeMap<JournalId, Vec<(u64, Wall)>>,
}

impl Custody {
    /// Headquarters holds a journal up to `upto`. Whether that is more than was known.
    pub fn note(&mut self, upto: EntryId, at: Wall) -> bool {
        let steps = self.steps.entry(upto.journal).or_default();
        match steps.last_mut() {
            Some((held, _)) if *held >= upto.seq => false,
            Some((held, since)) if since.seconds.div_euclid(60) == at.seconds.div_euclid(60) => {
                *held = upto.seq;
                true
            }
            _ => {
                steps.push((upto.seq, at));
                true
            }
        }
    }

    /// Since when headquarters is known to hold `entry`.
    pub fn since(&self, entry: EntryId) -> Option<Wall> {
        let steps = self.steps.get(&entry.journal)?;
        let step = steps.partition_point(|(held, _)| *held < entry.seq);
        steps.get(step).map(|(_, at)| *at)
    }

    /// The last entry of `journal` that headquarters is known to hold.
    pub fn upto(&self, journal: JournalId) -> u64 {
        self.steps.get(&journal).and_then(|steps| steps.last()).map_or(0, |(held, _)| *held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Confidence;

    #[test]
    fn a_mark_keeps_the_time_it_was_first_known() {
        let at = |seconds| Wall { seconds, confidence: Confidence::Synced };
        let entry = |seq| EntryId { journal: JournalId([1; 8]), seq };
        let mut custody = Custody::default();
        assert!(custody.note(entry(4), at(0)));
        assert!(custody.note(entry(6), at(30)));
        assert!(custody.note(entry(9), at(600)));
        assert!(!custody.note(entry(8), at(900)));
        assert_eq!(custody.since(entry(5)), Some(at(0)));
        assert_eq!(custody.since(entry(7)), Some(at(600)));
        assert_eq!(custody.since(entry(10)), None);
        assert_eq!(custody.upto(JournalId([1; 8])), 9);
    }
}
