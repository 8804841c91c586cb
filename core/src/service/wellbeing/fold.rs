//! The wellbeing scope's facts, folded.

use crate::fact::{Fact, WellbeingFact};
use crate::id::{EntryId, JournalId, NodeId};
use crate::service::canon::{Canon, Canonical as _};
use crate::service::corrections::Corrections;
use crate::service::stamp::Authors;
use crate::service::{Fold, Origin, Standing};

/// All that the admitted facts of the wellbeing scope say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WellbeingFold {
    corrections: Corrections,
    authors: Authors,
}

impl WellbeingFold {
    /// Who writes a journal, for a page that shows who said what.
    pub fn author(&self, journal: JournalId) -> Option<NodeId> {
        self.authors.of(journal)
    }
}

impl Fold for WellbeingFold {
    fn apply(&mut self, origin: &Origin, fact: &Fact) {
        if origin.standing != Standing::Admitted {
            return;
        }
        self.authors.apply(origin);
        if let Fact::Correct(correct) = fact {
            self.corrections.apply(origin, correct);
            return;
        }
        if self.corrections.of(origin.entry, origin.hash).is_some() {
            return;
        }
        let Fact::Wellbeing(fact) = fact else { return };
        match fact {
            WellbeingFact::Visit(_)
            | WellbeingFact::Award(_)
            | WellbeingFact::Spend(_)
            | WellbeingFact::Transfer(_)
            | WellbeingFact::Reverse(_)
            | WellbeingFact::Settle(_) => {}
        }
    }

    fn corrections(&self) -> &Corrections {
        &self.corrections
    }

    fn hash_of(&self, _entry: EntryId) -> Option<[u8; 4]> {
        None
    }

    fn digest(&self) -> [u8; 16] {
        let mut canon = Canon::of("wellbeing");
        self.corrections.put(&mut canon);
        self.authors.put(&mut canon);
        canon.digest()
    }
}
